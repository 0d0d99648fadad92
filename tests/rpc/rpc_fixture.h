#ifndef PARTNER_TESTS_RPC_RPC_FIXTURE_H_
#define PARTNER_TESTS_RPC_RPC_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "server/ops/server.h"
#include "tests/support/temp_directory.h"

// A real server on a free port with a store in a temporary directory, called
// over the wire without generated stubs.
namespace partner::server {

namespace v1 = hierarchy::v1;

// What a caller sends about itself.
using CallerMetadata = std::vector<std::pair<std::string, std::string>>;
CallerMetadata As(const std::string& principal);
CallerMetadata AsCustomerAdmin(const std::string& customer);

grpc::ByteBuffer ToBuffer(absl::string_view bytes);
std::string ToString(const grpc::ByteBuffer& buffer);

// How a call ended, with its details decoded.
struct Ended {
  grpc::Status status;
  v1::Status details;
  v1::ErrorInfo info;
  // Of the answer.
  std::string bytes;

  bool ok() const { return status.ok(); }
  const std::string& reason() const { return info.reason(); }
  // Finds a further detail; false when it was not sent.
  bool Find(google::protobuf::Message* detail) const;
};

// Decodes the details of a status and expects them to hold what every error
// must.
Ended Decode(const grpc::Status& status);

// Unary call of `/partner.hierarchy.v1.{method}`, for example
// `PartnerService/GetPartner`, with any bytes.
Ended CallBytes(const std::shared_ptr<grpc::Channel>& channel,
                const std::string& method, absl::string_view bytes,
                const CallerMetadata& metadata,
                grpc::ClientContext* context = nullptr);

// Text format of a message.
template <class T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message))
      << text;
  return message;
}

// A UUID of the process, different each time.
std::string NewRequestId();
// `options { request_id: "..." }`.
std::string Options();

class RpcTest : public ::testing::Test {
 protected:
  // Serves all programs; one of its services is the test clock's.
  void SetUp() override;
  virtual Config MakeConfig() const;
  // Ends the server and starts it on the same store.
  void Restart();

  Ended Call(const std::string& method,
             const google::protobuf::Message& request,
             google::protobuf::Message* response,
             const CallerMetadata& metadata = As("operators/me"));
  // The request in text format; fails the test unless the call succeeds.
  template <class Request, class Response>
  Response Do(const std::string& method, const std::string& request,
              const CallerMetadata& metadata = As("operators/me")) {
    Response response;
    const Ended ended =
        Call(method, Parse<Request>(request), &response, metadata);
    EXPECT_TRUE(ended.ok()) << method << ": " << ended.status.error_message();
    return response;
  }
  // The same for a call that must fail.
  template <class Request>
  Ended Refused(const std::string& method, const std::string& request,
                const CallerMetadata& metadata = As("operators/me")) {
    const Ended ended =
        CallBytes(channel_, method, Parse<Request>(request).SerializeAsString(),
                  metadata);
    EXPECT_FALSE(ended.ok()) << method;
    return ended;
  }

  // Partners of program global, by id.
  void MakeProvider(const std::string& id);
  void MakeReseller(const std::string& id);
  // A customer the provider owns.
  void MakeCustomer(const std::string& provider, const std::string& id);

  const test::TempDirectory directory_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;

 private:
  void MakePartner(const std::string& id, const std::string& enrollment);
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_RPC_RPC_FIXTURE_H_
