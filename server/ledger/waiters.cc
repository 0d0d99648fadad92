#include "server/ledger/waiters.h"

#include <algorithm>
#include <utility>

namespace partner::server {

bool RevisionWaiters::Add(std::int64_t revision, absl::Time deadline,
                          Done& done) {
  MutexLock lock(&mutex_);
  if (waiters_.size() >= kWaitersMax) return false;
  waiters_.emplace(revision, Waiter{deadline, std::move(done)});
  return true;
}

void RevisionWaiters::Run(std::int64_t visible, absl::Time now) {
  std::vector<std::pair<Done, bool>> ready;
  {
    MutexLock lock(&mutex_);
    for (auto at = waiters_.begin(); at != waiters_.end();) {
      const bool reached = at->first <= visible;
      if (reached || at->second.deadline <= now) {
        ready.emplace_back(std::move(at->second.done), reached);
        at = waiters_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (auto& [done, reached] : ready) done(reached);
}

void RevisionWaiters::CancelAll() {
  std::multimap<std::int64_t, Waiter> all;
  {
    MutexLock lock(&mutex_);
    all.swap(waiters_);
  }
  for (auto& [revision, waiter] : all) waiter.done(false);
}

absl::Time RevisionWaiters::NextDeadline() const {
  MutexLock lock(&mutex_);
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [revision, waiter] : waiters_) {
    next = std::min(next, waiter.deadline);
  }
  return next;
}

}  // namespace partner::server
