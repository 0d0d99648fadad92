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
  std::vector<Entry> entries = entries_;
  for (const v1::PolicyActivation& activation : policy.activations()) {
    const absl::Time from = TimeOf(activation.effective_time());
    const auto at = std::lower_bound(
        entries.begin(), entries.end(), from,
        [](const Entry& entry, absl::Time time) { return entry.from < time; });
    if (at != entries.end() && at->from == from) continue;
    const Edition* edition = library.Find(ProgramOf(activation.edition()),
                                          LastId(activation.edition()));
    if (edition == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          activation.edition(),
          " is activated in the store, and no policy file has it; give its "
          "file with --policy-dir"));
    }
    entries.insert(at, {from, revision, edition});
  }
  entries_ = std::move(entries);
  return absl::OkStatus();
}

EditionInForce EditionTimeline::At(std::int64_t revision,
                                   absl::Time moment) const {
  EditionInForce found;
  absl::Time until = absl::InfiniteFuture();
  // Nearly every question is about the newest.
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->revision > revision) continue;
    found = {entry->edition, until};
    if (entry->from <= moment) break;
    until = entry->from;
  }
  return found;
}

}  // namespace partner::hierarchy
