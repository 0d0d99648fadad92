#include "tests/rpc/rpc_fixture.h"

#include <atomic>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/support/slice.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "server/rpc/error_exit.h"

namespace partner::server {

CallerMetadata As(const std::string& principal) {
  return {{"partner-principal", principal}};
}

CallerMetadata AsCustomerAdmin(const std::string& customer) {
  return {{"partner-principal", customer}, {"partner-customer-admin", "true"}};
}

grpc::ByteBuffer ToBuffer(absl::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::string text;
  if (!buffer.Valid()) return text;
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

bool Ended::Find(google::protobuf::Message* detail) const {
  const std::string url = absl::StrCat("type.googleapis.com/google.rpc.",
                                       detail->GetDescriptor()->name());
  for (const google::protobuf::Any& any : details.details()) {
    if (any.type_url() == url) return detail->ParseFromString(any.value());
  }
  return false;
}

Ended Decode(const grpc::Status& status) {
  Ended ended;
  ended.status = status;
  if (status.ok()) return ended;
  EXPECT_LE(status.error_details().size(), kErrorDetailBytesMax);
  EXPECT_TRUE(ended.details.ParseFromString(status.error_details()));
  EXPECT_EQ(ended.details.code(), status.error_code());
  EXPECT_EQ(ended.details.message(), status.error_message());
  EXPECT_FALSE(status.error_message().empty());
  EXPECT_TRUE(ended.Find(&ended.info)) << status.error_message();
  EXPECT_EQ(ended.info.domain(), "partner.hierarchy.v1");
  EXPECT_FALSE(ended.info.reason().empty());
  return ended;
}

Ended CallBytes(const std::shared_ptr<grpc::Channel>& channel,
                const std::string& method, absl::string_view bytes,
                const CallerMetadata& metadata, grpc::ClientContext* context) {
  grpc::ClientContext own;
  if (context == nullptr) {
    context = &own;
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(20));
  }
  for (const auto& [key, value] : metadata) context->AddMetadata(key, value);
  const std::string path = absl::StrCat("/partner.hierarchy.v1.", method);
  const grpc::internal::RpcMethod rpc(path.c_str(),
                                      grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::ByteBuffer answer;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
          channel.get(), rpc, context, ToBuffer(bytes), &answer);
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    Ended cancelled;
    cancelled.status = status;
    return cancelled;
  }
  Ended ended = Decode(status);
  ended.bytes = ToString(answer);
  return ended;
}

std::string NewRequestId() {
  static std::atomic<int> next{0};
  return absl::StrFormat("018f0000-0000-7000-8000-%012x", ++next);
}

std::string Options() {
  return absl::StrCat("options { request_id: '", NewRequestId(), "' } ");
}

Config RpcTest::MakeConfig() const {
  Config config;
  config.listen = {"127.0.0.1:0"};
  config.identity = "development";
  config.data_dir = absl::StrCat(directory_.path(), "/data");
  config.create = true;
  config.test_clock = true;
  return config;
}

void RpcTest::SetUp() {
  auto server = Server::Start(MakeConfig());
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel(server_->address(),
                                 grpc::InsecureChannelCredentials());
}

void RpcTest::Restart() {
  channel_.reset();
  server_.reset();
  RpcTest::SetUp();
}

Ended RpcTest::Call(const std::string& method,
                    const google::protobuf::Message& request,
                    google::protobuf::Message* response,
                    const CallerMetadata& metadata) {
  Ended ended =
      CallBytes(channel_, method, request.SerializeAsString(), metadata);
  if (ended.ok()) {
    EXPECT_TRUE(response->ParseFromString(ended.bytes));
  }
  return ended;
}

void RpcTest::MakePartner(const std::string& id,
                          const std::string& enrollment) {
  Do<v1::CreatePartnerRequest, v1::CreatePartnerResponse>(
      "PartnerService/CreatePartner",
      absl::StrCat(Options(), "parent: 'programs/global' partner_id: '", id,
                   "' partner { display_name: '", id,
                   "' country: 'FR' tenant_id: '", NewRequestId(),
                   "' } enrollments: ", enrollment));
}

void RpcTest::MakeProvider(const std::string& id) {
  MakePartner(id, "ENROLLMENT_TYPE_INDIRECT_PROVIDER");
}

void RpcTest::MakeReseller(const std::string& id) {
  MakePartner(id, "ENROLLMENT_TYPE_INDIRECT_RESELLER");
}

void RpcTest::MakeCustomer(const std::string& provider, const std::string& id) {
  Do<v1::CreateCustomerRequest, v1::CreateCustomerResponse>(
      "CustomerService/CreateCustomer",
      absl::StrCat(Options(), "parent: 'programs/global' customer_id: '", id,
                   "' customer { display_name: '", id,
                   "' domain: 'example.com' country: 'FR' tenant_id: '",
                   NewRequestId(), "' }"),
      As(absl::StrCat("programs/global/partners/", provider)));
}

}  // namespace partner::server
