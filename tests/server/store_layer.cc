#include "tests/server/store_layer.h"

namespace partner::server {

AppendResult StoreLayer::Append(std::int64_t expected_head, std::int64_t epoch,
                                const std::vector<NewRevision>& batch) {
  OnAppend append;
  {
    MutexLock lock(&mutex_);
    groups_.push_back(batch.size());
    append = append_;
  }
  const Below below = [&] {
    return below_->Append(expected_head, epoch, batch);
  };
  return append ? append(batch, below) : below();
}

absl::Status StoreLayer::Settle() {
  OnSettle settle;
  {
    MutexLock lock(&mutex_);
    settle = settle_;
  }
  return settle ? settle(below_.get()) : below_->Settle();
}

absl::StatusOr<std::optional<StoredDocument>> StoreLayer::Reader::Get(
    hierarchy::Kind kind, absl::string_view name, std::int64_t revision) {
  OnGet get;
  {
    MutexLock lock(&layer_->mutex_);
    get = layer_->get_;
  }
  if (get) {
    const absl::Status status = get(name);
    if (!status.ok()) return status;
  }
  return below()->Get(kind, name, revision);
}

}  // namespace partner::server
