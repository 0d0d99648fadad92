#ifndef PARTNER_HIERARCHY_RULES_REFUSAL_H_
#define PARTNER_HIERARCHY_RULES_REFUSAL_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "partner/hierarchy/v1/errors.pb.h"

// Every error a caller can meet, in one form. The server maps it to a gRPC
// status in one place (server/rpc/error_exit.h).
namespace partner::hierarchy {

using v1::ErrorReason;
using v1::Violation;

// Canonical code of a reason.
absl::StatusCode CodeOf(ErrorReason reason);

// `RESELLER_CANNOT_INVITE` for ERROR_REASON_RESELLER_CANNOT_INVITE.
std::string ReasonName(ErrorReason reason);

// Why a call fails: one or more blockers of one status code. Never empty.
struct Refusal {
  // All blockers found, all of the same code. The first gives the reason.
  std::vector<Violation> violations;
  // Further values for ErrorInfo.metadata, for example `providers` or `limit`.
  std::map<std::string, std::string> metadata;
  // When retrying may help.
  std::optional<absl::Duration> retry_after;
  // The resource missing or in the way, for ResourceInfo. May be empty.
  std::string resource;

  absl::StatusCode code() const { return CodeOf(violations.front().reason()); }
  ErrorReason reason() const { return violations.front().reason(); }
};

// One blocker.
Violation MakeViolation(ErrorReason reason, absl::string_view rule,
                        absl::string_view field, absl::string_view subject,
                        absl::string_view description,
                        absl::string_view next_step);

// A refusal of one malformed field; `rule` where there is one.
Refusal BadField(ErrorReason reason, absl::string_view field,
                 absl::string_view description, absl::string_view next_step,
                 absl::string_view rule = "");

// A refusal of one blocker that is about no field.
Refusal RefuseWith(ErrorReason reason, absl::string_view description,
                   absl::string_view next_step, absl::string_view rule = "");

// NOT_FOUND for `name`; says the same for missing and for invisible ones.
Refusal NotFound(absl::string_view name);

// Keeps only the blockers of the class that wins: INVALID_ARGUMENT,
// UNAUTHENTICATED, NOT_FOUND, PERMISSION_DENIED, ABORTED, ALREADY_EXISTS,
// FAILED_PRECONDITION. `violations` must not be empty.
std::vector<Violation> WinningClass(const std::vector<Violation>& violations);

// True for the three classes that fail even a dry run.
bool FailsDryRun(absl::StatusCode code);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_REFUSAL_H_
