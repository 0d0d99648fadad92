#ifndef PARTNER_SERVER_RPC_RAW_SERVICE_H_
#define PARTNER_SERVER_RPC_RAW_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "server/rpc/method.h"
#include "server/rpc/serving.h"

namespace partner::server {

// One gRPC service whose methods all take and give bytes, so that the wrapper,
// not gRPC, parses them: gRPC itself would answer UNIMPLEMENTED without a word
// to whatever does not parse.
class RawService : public grpc::Service {
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
