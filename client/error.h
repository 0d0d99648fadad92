#ifndef PARTNER_CLIENT_ERROR_H_
#define PARTNER_CLIENT_ERROR_H_

#include <grpcpp/support/status.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "partner/hierarchy/v1/errors.pb.h"

// Why a call failed, as values. C++17.
namespace partner::client {

namespace v1 = ::partner::hierarchy::v1;

// One thing that stands in the way of a command.
struct Blocker {
  // Its own reason, without prefix, for example `SERVICE_ALREADY_DELEGATED`.
  std::string type;
  // Name of the resource that blocks; only its kind when it may not be seen.
  std::string subject;
  // What is wrong and the next step, for people.
  std::string description;
};

// One malformed field of a request.
struct FieldViolation {
  // Path of the field, for example `partner.country`.
  std::string field;
  // What is wrong and what is allowed.
  std::string description;
};

// The outcome of a call that is no answer. A plain value; thread-compatible.
// Branch on `reason`, or on `code` for reasons this version does not know;
// texts may change.
struct Error {
  // Canonical status code; OK means no error.
  grpc::StatusCode code = grpc::StatusCode::OK;
  // One sentence for people.
  std::string message;
  // The stable reason. UNSPECIFIED when the server sent none (the failure
  // happened on the way) or one that is newer than this library.
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // The reason as sent, without prefix, also when it is not known here. Empty
  // when the server sent none.
  std::string reason_name;
  // Rule or decision behind a refusal, for example `R13`. May be empty.
  std::string rule;
  // What to do about it, one sentence. May be empty.
  std::string next_step;
  // What blocks the command: at most the first 8. A dry run lists them all.
  std::vector<Blocker> blockers;
  // How many there are, also those not sent.
  int blockers_total = 0;
  // Which fields are malformed: at most the first 8.
  std::vector<FieldViolation> field_violations;
  // Kind and name of the resource that is missing or in the way. May be empty.
  std::string resource_type;
  std::string resource_name;
  // When the server said when to try again.
  std::optional<std::chrono::milliseconds> retry_delay;
  // Everything else the server said about this reason, for example `limit`,
  // `providers` or `trace_id`.
  std::map<std::string, std::string> metadata;
  // The request id of the write that failed; repeat with the same one to find
  // out whether it was applied. Empty for reads.
  std::string request_id;

  bool ok() const { return code == grpc::StatusCode::OK; }
  // True when the server knows more blockers than it sent.
  bool has_more_blockers() const {
    return blockers_total > static_cast<int>(blockers.size());
  }
};

// Decodes a status and the google.rpc details in its trailer
// `grpc-status-details-bin`. Damaged or unknown details are left out; code and
// message always survive.
Error DecodeError(const grpc::Status& status);

// `FAILED_PRECONDITION` for grpc::StatusCode::FAILED_PRECONDITION; the number
// for codes without a name.
std::string CodeName(grpc::StatusCode code);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_ERROR_H_
