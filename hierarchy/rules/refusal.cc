#include "hierarchy/rules/refusal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {
namespace {

// Reasons are numbered by class; see errors.proto.
struct Range {
  int first;
  absl::StatusCode code;
};
constexpr Range kRanges[] = {
    {191, absl::StatusCode::kInternal},
    {190, absl::StatusCode::kDataLoss},
    {180, absl::StatusCode::kDeadlineExceeded},
    {170, absl::StatusCode::kUnavailable},
    {160, absl::StatusCode::kResourceExhausted},
    {150, absl::StatusCode::kOutOfRange},
    {110, absl::StatusCode::kFailedPrecondition},
    {90, absl::StatusCode::kAlreadyExists},
    {80, absl::StatusCode::kAborted},
    {60, absl::StatusCode::kPermissionDenied},
    {50, absl::StatusCode::kNotFound},
    {40, absl::StatusCode::kUnauthenticated},
    {1, absl::StatusCode::kInvalidArgument},
};

// The order in which classes win.
constexpr absl::StatusCode kClasses[] = {
    absl::StatusCode::kInvalidArgument,
    absl::StatusCode::kUnauthenticated,
    absl::StatusCode::kNotFound,
    absl::StatusCode::kPermissionDenied,
    absl::StatusCode::kAborted,
    absl::StatusCode::kAlreadyExists,
    absl::StatusCode::kFailedPrecondition,
};

}  // namespace

absl::StatusCode CodeOf(ErrorReason reason) {
  for (const Range& range : kRanges) {
    if (reason >= range.first) return range.code;
  }
  return absl::StatusCode::kInternal;
}

std::string ReasonName(ErrorReason reason) {
  return std::string(
      absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

Violation MakeViolation(ErrorReason reason, absl::string_view rule,
                        absl::string_view field, absl::string_view subject,
                        absl::string_view description,
                        absl::string_view next_step) {
  Violation violation;
  violation.set_reason(reason);
  violation.set_rule(std::string(rule));
  violation.set_field(std::string(field));
  violation.set_subject(std::string(subject));
  violation.set_description(std::string(description));
  violation.set_next_step(std::string(next_step));
  return violation;
}

Refusal BadField(ErrorReason reason, absl::string_view field,
                 absl::string_view description, absl::string_view next_step,
                 absl::string_view rule) {
  Refusal refusal;
  refusal.violations.push_back(
      MakeViolation(reason, rule, field, "", description, next_step));
  return refusal;
}

Refusal RefuseWith(ErrorReason reason, absl::string_view description,
                   absl::string_view next_step, absl::string_view rule) {
  return BadField(reason, "", description, next_step, rule);
}

Refusal NotFound(absl::string_view name) {
  Refusal refusal;
  refusal.violations.push_back(MakeViolation(
      v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1", "", name,
      absl::StrCat(name, " does not exist or is not visible to you"),
      "Check the name; list what you can see."));
  refusal.resource = std::string(name);
  return refusal;
}

std::vector<Violation> WinningClass(const std::vector<Violation>& violations) {
  for (absl::StatusCode code : kClasses) {
    std::vector<Violation> winners;
    for (const Violation& violation : violations) {
      if (CodeOf(violation.reason()) == code) winners.push_back(violation);
    }
    if (!winners.empty()) return winners;
  }
  return violations;
}

bool FailsDryRun(absl::StatusCode code) {
  return code == absl::StatusCode::kInvalidArgument ||
         code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kNotFound;
}

}  // namespace partner::hierarchy
