#ifndef PARTNER_SERVER_RPC_ERROR_EXIT_H_
#define PARTNER_SERVER_RPC_ERROR_EXIT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "hierarchy/rules/refusal.h"

// The one place where refusals become gRPC statuses: nothing leaves the server
// without an ErrorInfo.
namespace partner::server {

// Largest serialized details of one error.
inline constexpr std::size_t kErrorDetailBytesMax = 2048;
// Blockers sent; `blockers_total` counts all.
inline constexpr int kBlockersMax = 8;

// The status a caller sees: description and next step as its message, and the
// details of grpc's rich error model within kErrorDetailBytesMax, whatever the
// refusal holds. Longer texts are cut at a character's boundary.
grpc::Status ToStatus(const hierarchy::Refusal& refusal);

// What a caller is told when the store fails: STORED_BODY_DAMAGED for
// DATA_LOSS, STORE_UNAVAILABLE for UNAVAILABLE and RESOURCE_EXHAUSTED, else
// INTERNAL_ERROR. The text of `status` is for the log
// and is not passed on.
hierarchy::Refusal RefusalOfStore(const absl::Status& status);

// A defect of ours, with a trace id to find its log line by.
hierarchy::Refusal InternalError(absl::string_view trace_id);

// Sixteen hexadecimal digits, different for each call of the process.
std::string NewTraceId();

// At most `bytes` of `text`, cut before a character, with an ellipsis when
// anything is missing.
std::string Shorten(absl::string_view text, std::size_t bytes);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_ERROR_EXIT_H_
