#include "hierarchy/policy/timeline.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

}  // namespace

absl::Status EditionTimeline::TakeIn(const v1::Policy& policy,
                                     std::int64_t revision,
                                     const PolicyLibrary& library) {
  EditionTimeline taken = *this;
  for (const v1::PolicyActivation& activation : policy.activations()) {
    const absl::Time from = TimeOf(activation.effective_time());
    const absl::Time activated = TimeOf(activation.activate_time());
    const auto known = std::find_if(
        taken.entries_.begin(), taken.entries_.end(), [&](const Entry& entry) {
          return entry.from == from && entry.activated == activated;
        });
    if (known != taken.entries_.end()) {
      if (activation.has_withdraw_time() && known->IsKnownAt(revision)) {
        known->withdrawn = revision;
        ++taken.withdrawals_;
      }
      continue;
    }
    if (activation.has_withdraw_time()) continue;
    const Edition* edition = library.Find(ProgramOf(activation.edition()),
                                          LastId(activation.edition()));
    if (edition == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          activation.edition(),
          " is activated in the store, and no policy file has it; give its "
          "file with --policy-dir"));
    }
    const auto later = std::upper_bound(
        taken.entries_.begin(), taken.entries_.end(), from,
        [](absl::Time time, const Entry& entry) { return time < entry.from; });
    taken.entries_.insert(later, {from, activated, revision, edition});
  }
  *this = std::move(taken);
  return absl::OkStatus();
}

EditionInForce EditionTimeline::At(std::int64_t revision,
                                   absl::Time moment) const {
  EditionInForce found;
  absl::Time until = absl::InfiniteFuture();
  // Nearly every question is about the newest.
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (!entry->IsKnownAt(revision)) continue;
    found = {entry->edition, until};
    if (entry->from <= moment) break;
    until = entry->from;
  }
  return found;
}

absl::Time EditionTimeline::Begins(std::int64_t revision) const {
  for (const Entry& entry : entries_) {
    if (entry.IsKnownAt(revision)) return entry.from;
  }
  return absl::InfiniteFuture();
}

}  // namespace partner::hierarchy
