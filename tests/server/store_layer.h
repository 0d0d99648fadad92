#ifndef PARTNER_TESTS_SERVER_STORE_LAYER_H_
#define PARTNER_TESTS_SERVER_STORE_LAYER_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/mutex.h"
#include "server/storage/store.h"

namespace partner::server {

// A store that passes everything on to another one, and lets a test answer in
// its place. What a test sets is used from the ledger's next call on.
class StoreLayer : public Store {
 public:
  // What the store below would do.
  using Below = std::function<AppendResult()>;
  using OnAppend =
      std::function<AppendResult(const std::vector<NewRevision>&, Below)>;
  using OnSettle = std::function<absl::Status(Store* below)>;
  // The status with which a Get of the writer's reader fails.
  using OnGet = std::function<absl::Status(absl::string_view name)>;

  explicit StoreLayer(std::unique_ptr<Store> below)
      : below_(std::move(below)), reader_(this) {}

  void SetAppend(OnAppend append) {
    MutexLock lock(&mutex_);
    append_ = std::move(append);
  }
  void SetSettle(OnSettle settle) {
    MutexLock lock(&mutex_);
    settle_ = std::move(settle);
  }
  void SetGet(OnGet get) {
    MutexLock lock(&mutex_);
    get_ = std::move(get);
  }
  // Number of revisions in each append so far.
  std::vector<std::size_t> groups() const {
    MutexLock lock(&mutex_);
    return groups_;
  }

  // Shows this head from now on. On the ledger's thread, in a callback.
  void ShowHead(StoreHead head) { head_ = std::move(head); }

  const StoreHead& head() const override {
    return head_ ? *head_ : below_->head();
  }
  AppendResult Append(std::int64_t expected_head, std::int64_t epoch,
                      const std::vector<NewRevision>& batch) override;
  absl::Status Settle() override;
  absl::Status TrimRequests(absl::Time keep_after,
                            std::int64_t keep_max) override {
    return below_->TrimRequests(keep_after, keep_max);
  }
  StoreReader* writer_reader() override { return &reader_; }
  absl::StatusOr<std::vector<std::string>> CheckIntegrity() override {
    return below_->CheckIntegrity();
  }
  absl::StatusOr<std::unique_ptr<StoreReader>> OpenReader() override {
    return below_->OpenReader();
  }

 private:
  class Reader : public StoreReader {
   public:
    explicit Reader(StoreLayer* layer) : layer_(layer) {}
    absl::StatusOr<std::optional<StoredDocument>> Get(
        hierarchy::Kind kind, absl::string_view name,
        std::int64_t revision) override;
    absl::Status List(
        const ListRange& range,
        const std::function<bool(const StoredDocument&)>& visit) override {
      return below()->List(range, visit);
    }
    absl::StatusOr<std::optional<std::string>> FindUnique(
        absl::string_view key) override {
      return below()->FindUnique(key);
    }
    absl::StatusOr<std::optional<RequestRecord>> FindRequest(
        absl::string_view key) override {
      return below()->FindRequest(key);
    }
    absl::StatusOr<std::optional<RevisionRecord>> GetRevision(
        std::int64_t revision) override {
      return below()->GetRevision(revision);
    }
    absl::StatusOr<std::int64_t> RevisionAt(absl::Time time) override {
      return below()->RevisionAt(time);
    }
    absl::Status ScanLive(
        const std::function<absl::Status(const StoredDocument&)>& visit)
        override {
      return below()->ScanLive(visit);
    }
    absl::Status ScanVersions(
        std::int64_t first_revision,
        const std::function<absl::Status(const StoredDocument&)>& visit)
        override {
      return below()->ScanVersions(first_revision, visit);
    }
    absl::StatusOr<StoreHead> ReadHead() override {
      return below()->ReadHead();
    }

   private:
    StoreReader* below() { return layer_->below_->writer_reader(); }
    StoreLayer* const layer_;
  };

  const std::unique_ptr<Store> below_;
  Reader reader_;
  std::optional<StoreHead> head_;
  mutable Mutex mutex_;
  OnAppend append_ ABSL_GUARDED_BY(mutex_);
  OnSettle settle_ ABSL_GUARDED_BY(mutex_);
  OnGet get_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::size_t> groups_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_SERVER_STORE_LAYER_H_
