#ifndef PARTNER_SERVER_RPC_CALL_LOG_H_
#define PARTNER_SERVER_RPC_CALL_LOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/status_code_enum.h"
#include "hierarchy/rules/refusal.h"
#include "server/rpc/method.h"

// Log lines about calls: writes, refusals, errors and slow calls. An ordinary
// read leaves none.
namespace partner::server {

// How a call ended.
struct EndedCall {
  const Method* method = nullptr;
  absl::string_view principal;
  grpc::StatusCode code = grpc::StatusCode::OK;
  absl::Duration time;
  bool slow = false;
  // Null when it was answered.
  const hierarchy::Refusal* refusal = nullptr;
  // Of a command, as the caller sent it.
  absl::string_view request_id;
  // Null when there is none.
  google::protobuf::Message* response = nullptr;
};

// Writes the line, if the call deserves one.
void LogCall(const EndedCall& call);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_CALL_LOG_H_
