#include "server/ledger/held_revisions.h"

#include <algorithm>

namespace partner::server {
namespace {

constexpr absl::Duration kStretch = absl::Milliseconds(10);

}  // namespace

void HeldRevisions::Begin(std::int64_t revision, absl::Time at,
                          absl::Time seen) {
  oldest_ = revision;
  times_us_ = {absl::ToUnixMicros(at)};
  stretches_ = {{seen, seen, revision}};
}

void HeldRevisions::Add(absl::Time at, absl::Time seen) {
  times_us_.push_back(absl::ToUnixMicros(at));
  const std::int64_t newest =
      oldest_ + static_cast<std::int64_t>(times_us_.size()) - 1;
  // The first stays as it is: somebody may be reading its revision.
  if (stretches_.size() > 1 && seen - stretches_.back().begin < kStretch) {
    stretches_.back().end = std::max(stretches_.back().end, seen);
    stretches_.back().revision = newest;
  } else {
    stretches_.push_back({seen, seen, newest});
  }
}

std::int64_t HeldRevisions::Drop(absl::Time since) {
  while (stretches_.size() > 1 && stretches_[1].end <= since) {
    stretches_.pop_front();
  }
  std::int64_t oldest = stretches_.front().revision;
  if (times_us_.size() > count_max_) {
    oldest = std::max(oldest, oldest_ + static_cast<std::int64_t>(
                                            times_us_.size() - count_max_));
    while (stretches_.size() > 1 && stretches_[1].revision <= oldest) {
      stretches_.pop_front();
    }
    stretches_.front().revision = oldest;
  }
  times_us_.erase(times_us_.begin(), times_us_.begin() + (oldest - oldest_));
  oldest_ = oldest;
  return oldest_;
}

absl::Time HeldRevisions::TimeOf(std::int64_t revision) const {
  const std::int64_t last = static_cast<std::int64_t>(times_us_.size()) - 1;
  const std::int64_t index =
      std::clamp<std::int64_t>(revision - oldest_, 0, last);
  return absl::FromUnixMicros(times_us_[static_cast<std::size_t>(index)]);
}

}  // namespace partner::server
