#include "server/rpc/raw_service.h"

#include <utility>

#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "server/rpc/stream_call.h"
#include "server/rpc/unary_call.h"

namespace partner::server {
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

grpc::internal::MethodHandler* MakeHandler(const Serving* serving,
                                           const Method* method) {
  if (method->stream) {
    return new grpc::internal::CallbackServerStreamingHandler<ByteBuffer,
                                                              ByteBuffer>(
        [serving, method](CallbackServerContext* context,
                          const ByteBuffer* request) {
          return ServeStream(serving, method, context, request);
        });
  }
  return new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
      [serving, method](CallbackServerContext* context,
                        const ByteBuffer* request, ByteBuffer* response) {
        return ServeUnary(serving, method, context, request, response);
      });
}

}  // namespace

absl::StatusOr<std::unique_ptr<RawService>> RawService::Create(
    const Serving* serving, std::unique_ptr<ServiceMethods> methods) {
  absl::StatusOr<std::vector<Method*>> complete = methods->Complete();
  if (!complete.ok()) return complete.status();
  return std::unique_ptr<RawService>(
      new RawService(serving, std::move(methods), *std::move(complete)));
}

RawService::RawService(const Serving* serving,
                       std::unique_ptr<ServiceMethods> methods,
                       std::vector<Method*> complete)
    : methods_(std::move(methods)), complete_(std::move(complete)) {
  // What generated service classes do for raw callback methods. AddMethod and
  // MarkMethodRawCallback take ownership.
  for (std::size_t i = 0; i < complete_.size(); ++i) {
    const Method* method = complete_[i];
    AddMethod(new RpcServiceMethod(
        method->path.c_str(),
        method->stream ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC,
        nullptr));
    MarkMethodRawCallback(static_cast<int>(i), MakeHandler(serving, method));
  }
}

}  // namespace partner::server
