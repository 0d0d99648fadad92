#ifndef PARTNER_CLIENT_CONFORM_WIRE_CALLER_H_
#define PARTNER_CLIENT_CONFORM_WIRE_CALLER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/error.h"

namespace partner::client {

// Who calls, as development identity.
struct Caller {
  // Empty: no identity is sent.
  std::string principal;
  bool customer_admin = false;
};

// What came back.
struct Answer {
  Error error;
  // Of the trailer with the error's details.
  std::size_t details_bytes = 0;
  // The messages of a stream are merged into one. Default when none came.
  std::unique_ptr<google::protobuf::Message> message;

  bool ok() const { return error.ok(); }
};

// Calls any method by its name with exactly the bytes given: no generated stub,
// nothing filled in, nothing repeated. Thread-safe.
class WireCaller {
 public:
  // Connects lazily.
  explicit WireCaller(const std::string& address);

  // The method called `PartnerService.GetPartner`; nullptr when no service
  // says so.
  static const google::protobuf::MethodDescriptor* FindMethod(
      absl::string_view name);
  // Every method of the contract.
  static std::vector<const google::protobuf::MethodDescriptor*> AllMethods();

  Answer Call(const google::protobuf::MethodDescriptor& method,
              const std::string& bytes, const Caller& caller) const;
  Answer Call(const google::protobuf::MethodDescriptor& method,
              const google::protobuf::Message& request,
              const Caller& caller) const;

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CONFORM_WIRE_CALLER_H_
