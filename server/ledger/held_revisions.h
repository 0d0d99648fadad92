#ifndef PARTNER_SERVER_LEDGER_HELD_REVISIONS_H_
#define PARTNER_SERVER_LEDGER_HELD_REVISIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/time/time.h"

namespace partner::server {

// The revisions memory holds, for those who began to read when they were the
// newest, and their commit times: 8 bytes for each. Not thread-safe.
class HeldRevisions {
 public:
  // At most `count_max` revisions are held.
  explicit HeldRevisions(std::size_t count_max) : count_max_(count_max) {}

  // Holds only `revision`, committed at `at` and visible since `seen`.
  void Begin(std::int64_t revision, absl::Time at, absl::Time seen);
  // The revision after the newest.
  void Add(absl::Time at, absl::Time seen);
  // Lets go of the revisions that nobody can have begun to read at `since` or
  // later, and of the oldest when there are too many. Returns the oldest left.
  std::int64_t Drop(absl::Time since);

  // When a revision was committed. Of one not held: of the nearest that is.
  absl::Time TimeOf(std::int64_t revision) const;

 private:
  // The newest revision of a short stretch of time. To take the end of the
  // stretch for the whole of it keeps a revision longer, never shorter.
  struct Stretch {
    absl::Time begin;
    absl::Time end;
    std::int64_t revision;
  };

  const std::size_t count_max_;
  std::int64_t oldest_ = 0;
  std::deque<std::int64_t> times_us_;  // From `oldest_` on.
  // The first holds `oldest_`, the last the newest revision.
  std::deque<Stretch> stretches_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_HELD_REVISIONS_H_
