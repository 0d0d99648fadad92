#ifndef PARTNER_SERVER_RPC_SERVING_H_
#define PARTNER_SERVER_RPC_SERVING_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/rules/refusal.h"
#include "server/auth/identity.h"
#include "server/rpc/admission.h"
#include "server/rpc/backend.h"
#include "server/rpc/call_log.h"
#include "server/rpc/method.h"
#include "server/rpc/read_pool.h"
#include "server/rpc/stream_registry.h"

// What both shapes of call, unary (unary_call.h) and streaming (stream_call.h),
// share: the way in and the way out.
namespace partner::server {

// Everything a call needs; outlives every call.
struct Serving {
  const Backend* backend = nullptr;
  Admission* admission = nullptr;
  ReadPool* pool = nullptr;
  StreamRegistry* streams = nullptr;
  // Longer requests are refused.
  std::size_t message_bytes_max = 1 << 20;
  // Calls slower than this are logged.
  absl::Duration slow_call = absl::Seconds(1);
};

// One call, from admission to its end.
class CallRecord {
 public:
  CallRecord(const Serving* serving, const Method* method);
  // Leaves Admission when it was let in and has not left.
  ~CallRecord();
  CallRecord(const CallRecord&) = delete;
  CallRecord& operator=(const CallRecord&) = delete;

  // Everything that comes before the handler: admission, parsing into
  // `request`, identity, form, program, read options, deadline.
  Outcome Open(grpc::CallbackServerContext* context,
               const grpc::ByteBuffer& bytes,
               google::protobuf::Message* request);

  // The answer's statistics and log lines; gives the status to send.
  // `response` is null when there is none.
  grpc::Status Close(const Outcome& outcome,
                     google::protobuf::Message* response);
  // The same for a call its client gave up.
  grpc::Status CloseCancelled();
  // Gives its place to another call.
  void Leave();

  // DEADLINE_PASSED when the time is over.
  Outcome CheckDeadline() const;
  // The revision the call must wait for before its handler runs; 0 for none.
  std::int64_t RevisionToAwait(const google::protobuf::Message& request) const;
  // Until when to wait for it: so that REVISION_AHEAD still reaches the caller.
  absl::Time WaitLimit() const;

  const Serving& serving() const { return *serving_; }
  const Method& method() const { return *method_; }
  const hierarchy::Principal& principal() const { return principal_; }
  Engine* engine() const { return engine_; }
  absl::Time deadline() const { return deadline_; }
  CallContext context() const { return {principal_, engine_, deadline_}; }

 private:
  Outcome FindProgram(const google::protobuf::Message& request);

  const Serving* const serving_;
  const Method* const method_;
  const absl::Time start_;
  bool admitted_ = false;
  hierarchy::Principal principal_;
  // Of a command.
  std::string request_id_;
  Engine* engine_ = nullptr;
  absl::Time deadline_;
};

// Reads a message from its bytes; false when they are none of its type.
bool ParseMessage(const grpc::ByteBuffer& bytes,
                  google::protobuf::Message* message);
// Makes the bytes of a message.
void Serialize(const google::protobuf::Message& message,
               grpc::ByteBuffer* bytes);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_SERVING_H_
