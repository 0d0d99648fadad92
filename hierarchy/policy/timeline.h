#ifndef PARTNER_HIERARCHY_POLICY_TIMELINE_H_
#define PARTNER_HIERARCHY_POLICY_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hierarchy/policy/policy.h"
#include "partner/hierarchy/v1/policy.pb.h"

// Which edition is in force when.
namespace partner::hierarchy {

// An edition in force and the moment at which another comes into force by time
// alone; infinite when none is announced.
struct EditionInForce {
  const Edition* edition = nullptr;
  absl::Time until = absl::InfiniteFuture();
};

// The activations of a program with the revisions that made them known or
// withdrew them, so that a question about a revision is answered by what was
// known then. Value type; the editions must outlive it.
class EditionTimeline {
 public:
  // Takes in a version of the program's policy: its activations and withdrawals
  // that earlier versions did not have. Versions come in the order written.
  // FAILED_PRECONDITION naming an edition the library does not have; nothing is
  // taken in then.
  absl::Status TakeIn(const v1::Policy& policy, std::int64_t revision,
                      const PolicyLibrary& library);

  // What is in force at a moment by what was known at a revision; before the
  // first activation that one. `edition` is null only while nothing was known.
  EditionInForce At(std::int64_t revision, absl::Time moment) const;

  // When the first edition came into force, by what was known at a revision;
  // infinite while nothing was known.
  absl::Time Begins(std::int64_t revision) const;

  // Activations and withdrawals taken in.
  std::size_t size() const { return entries_.size() + withdrawals_; }

 private:
  struct Entry {
    absl::Time from;
    // Tells it from one that was withdrawn and was for the same moment.
    absl::Time activated;
    std::int64_t revision = 0;
    const Edition* edition = nullptr;
    // The revision that withdrew it.
    std::int64_t withdrawn = std::numeric_limits<std::int64_t>::max();

    bool IsKnownAt(std::int64_t at) const {
      return revision <= at && at < withdrawn;
    }
  };
  // By `from`, which no two share that are known at one revision.
  std::vector<Entry> entries_;
  std::size_t withdrawals_ = 0;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_TIMELINE_H_
