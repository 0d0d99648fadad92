#ifndef PARTNER_TESTS_STORAGE_STORE_SUITE_H_
#define PARTNER_TESTS_STORAGE_STORE_SUITE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/storage/store.h"

// The tests every engine must pass. An engine's own test file says
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite, testing::Values(&MakeSqlite));
namespace partner::server {

// One store that can be opened again and again.
class StoreEngine {
 public:
  struct Options {
    std::int64_t partition_requests_max = 1'000'000;
    absl::Duration partition_span_max = absl::Hours(6);
  };

  virtual ~StoreEngine() = default;
  // The store, made on the first call. The one opened before must be gone.
  virtual absl::StatusOr<std::unique_ptr<Store>> Open(
      const Options& options) = 0;
};

class StoreSuite
    : public testing::TestWithParam<std::unique_ptr<StoreEngine> (*)()> {
 protected:
  void SetUp() override;

  // Closes the store and opens it again.
  void Reopen();
  void Reopen(const StoreEngine::Options& options);

  // Appends, expecting success.
  void Commit(const std::vector<NewRevision>& batch);
  void Commit(NewRevision revision) {
    Commit(std::vector<NewRevision>{std::move(revision)});
  }

  std::unique_ptr<StoreEngine> engine_;
  std::unique_ptr<Store> store_;
};

// A seed for a random test; that of the environment's PARTNER_TEST_SEED when it
// is set.
std::uint64_t RandomSeed();

// A day to count from.
absl::Time Day();

// Revision `number`, at Day() + `number` seconds, that writes `documents`.
NewRevision Revision(std::int64_t number,
                     std::vector<DocumentWrite> documents = {});

// A partner document to write.
DocumentWrite Partner(absl::string_view id, absl::string_view body);

// Adds a request id to a revision, at the revision's time.
NewRevision WithRequest(NewRevision revision, absl::string_view key);

// What a List visits, until its end.
std::vector<StoredDocument> ListAll(StoreReader* reader,
                                    const ListRange& range);

// Kind, name, revision and body of a document, on one line.
std::string Describe(const StoredDocument& document);

// The state hash of what ScanLive visits.
StateHash RecomputeStateHash(StoreReader* reader);

}  // namespace partner::server

#endif  // PARTNER_TESTS_STORAGE_STORE_SUITE_H_
