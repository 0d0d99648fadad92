#include "server/rpc/raw_service.h"

#include <utility>

#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "server/rpc/stream_call.h"
#include "server/rpc/unary_call.h"

namespace partner::server {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

// What generated service classes do for raw callback methods. AddMethod and
// MarkMethodRawCallback take ownership.

void BytesService::AddUnary(const char* path, Unary serve) {
  AddMethod(new RpcServiceMethod(path, RpcMethod::NORMAL_RPC, nullptr));
  MarkMethodRawCallback(
      methods_++,
      new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
          std::move(serve)));
}

void BytesService::AddStream(const char* path, Stream serve) {
  AddMethod(new RpcServiceMethod(path, RpcMethod::SERVER_STREAMING, nullptr));
  MarkMethodRawCallback(methods_++,
                        new grpc::internal::CallbackServerStreamingHandler<
                            ByteBuffer, ByteBuffer>(std::move(serve)));
}

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
  for (const Method* method : complete_) {
    const char* path = method->path.c_str();
    if (method->stream) {
      AddStream(path, [serving, method](CallbackServerContext* context,
                                        const ByteBuffer* request) {
        return ServeStream(serving, method, context, request);
      });
    } else {
      AddUnary(path, [serving, method](CallbackServerContext* context,
                                       const ByteBuffer* request,
                                       ByteBuffer* response) {
        return ServeUnary(serving, method, context, request, response);
      });
    }
  }
}

}  // namespace partner::server
