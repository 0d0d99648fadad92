#ifndef PARTNER_SERVER_RPC_RAW_SERVICE_H_
#define PARTNER_SERVER_RPC_RAW_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/method.h"
#include "server/rpc/serving.h"

namespace partner::server {

// A gRPC service whose methods all take and give bytes, so that gRPC parses
// nothing: to whatever does not parse it would answer UNIMPLEMENTED without a
// word.
class BytesService : public grpc::Service {
 public:
  using Unary = std::function<grpc::ServerUnaryReactor*(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response)>;
  using Stream = std::function<grpc::ServerWriteReactor<grpc::ByteBuffer>*(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request)>;

  // `path` is `/package.Service/Method` and outlives the service. Before the
  // server is built.
  void AddUnary(const char* path, Unary serve);
  void AddStream(const char* path, Stream serve);

 private:
  int methods_ = 0;
};

// One of our services: the wrapper parses the bytes of every method.
class RawService : public BytesService {
 public:
  // INTERNAL when a method of the descriptor has no handler.
  static absl::StatusOr<std::unique_ptr<RawService>> Create(
      const Serving* serving, std::unique_ptr<ServiceMethods> methods);

  // The full name, `package.Service`.
  const std::string& name() const {
    return methods_->descriptor()->full_name();
  }
  const std::vector<Method*>& methods() const { return complete_; }

 private:
  RawService(const Serving* serving, std::unique_ptr<ServiceMethods> methods,
             std::vector<Method*> complete);

  const std::unique_ptr<ServiceMethods> methods_;
  const std::vector<Method*> complete_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_RAW_SERVICE_H_
