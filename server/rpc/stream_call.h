#ifndef PARTNER_SERVER_RPC_STREAM_CALL_H_
#define PARTNER_SERVER_RPC_STREAM_CALL_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/method.h"
#include "server/rpc/serving.h"

namespace partner::server {

// The wrapper around every server-streaming method: as ServeUnary, then one
// message after the other from the method's source, each asked for when the
// one before was taken. Draining ends the stream with DRAINING between two
// messages; the cursor in the last one resumes it elsewhere.
grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeStream(
    const Serving* serving, const Method* method,
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_STREAM_CALL_H_
