#ifndef PARTNER_SERVER_LEDGER_WAITERS_H_
#define PARTNER_SERVER_LEDGER_WAITERS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace partner::server {

// Callers waiting for a revision to become visible. Thread-safe; callbacks run
// without its lock.
class RevisionWaiters {
 public:
  using Done = absl::AnyInvocable<void(bool)>;

  // False when too many wait already; `done` is not kept then.
  bool Add(std::int64_t revision, absl::Time deadline, Done& done);
  // Calls those whose revision is visible with true, those whose deadline has
  // passed with false.
  void Run(std::int64_t visible, absl::Time now);
  // Calls everybody with false.
  void CancelAll();
  // The next deadline; InfiniteFuture when nobody waits.
  absl::Time NextDeadline() const;

 private:
  static constexpr std::size_t kWaitersMax = 10000;
  struct Waiter {
    absl::Time deadline;
    Done done;
  };
  mutable Mutex mutex_;
  std::multimap<std::int64_t, Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_WAITERS_H_
