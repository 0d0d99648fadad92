#ifndef PARTNER_SERVER_RPC_UNARY_CALL_H_
#define PARTNER_SERVER_RPC_UNARY_CALL_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/method.h"
#include "server/rpc/serving.h"

namespace partner::server {

// The wrapper around every unary method. Parses, finds out who calls, checks
// the form, runs the handler where its kind belongs (reads of memory here,
// reads of the store in the pool, commands in the ledger) and ends the call
// exactly once, whatever the client does meanwhile. Never blocks.
grpc::ServerUnaryReactor* ServeUnary(const Serving* serving,
                                     const Method* method,
                                     grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_UNARY_CALL_H_
