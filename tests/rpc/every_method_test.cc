// What holds for every method, found by walking the descriptors: no identity, a
// wrong one, bytes that are no message and text that is not UTF-8 get the
// documented answer, with details, and the server goes on.

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/impl/codegen/sync_stream.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr char kNotUtf8[] = "\xff\xfe";

// A message of the type whose first text, however deep, is not UTF-8.
std::optional<std::string> WithBadText(const Descriptor* type, int depth = 0) {
  for (int i = 0; depth < 4 && i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    std::string value;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      value = kNotUtf8;
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      const auto inner = WithBadText(field->message_type(), depth + 1);
      if (!inner) continue;
      value = *inner;
    } else {
      continue;
    }
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(static_cast<std::uint32_t>(field->number()) << 3 | 2);
    out.WriteVarint32(static_cast<std::uint32_t>(value.size()));
    out.WriteString(value);
    out.Trim();
    return bytes;
  }
  return std::nullopt;
}

class EveryMethod : public RpcTest {
 protected:
  // Works for streams, too: the status is all that is looked at.
  Ended Send(const Method& method, absl::string_view bytes,
             const CallerMetadata& metadata) {
    const std::string name =
        method.path.substr(std::string("/partner.hierarchy.v1.").size());
    if (!method.stream) return CallBytes(channel_, name, bytes, metadata);
    grpc::ClientContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    const grpc::internal::RpcMethod rpc(
        method.path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
    std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
            channel_.get(), rpc, &context, ToBuffer(bytes)));
    grpc::ByteBuffer message;
    EXPECT_FALSE(reader->Read(&message));
    return Decode(reader->Finish());
  }

  void ExpectAlive() {
    Do<v1::GetStatusRequest, v1::GetStatusResponse>("AdminService/GetStatus",
                                                    "");
  }
};

TEST_F(EveryMethod, IsServed) {
  int services = 0;
  for (const Method* method : server_->methods()) {
    if (method->descriptor->index() == 0) ++services;
    EXPECT_EQ(method->descriptor->service()->file()->package(),
              "partner.hierarchy.v1");
  }
  // Those of design section 4 served so far, and the test clock.
  EXPECT_EQ(services, 11);
}

TEST_F(EveryMethod, WithoutIdentityIsUnauthenticated) {
  for (const Method* method : server_->methods()) {
    SCOPED_TRACE(method->label);
    const Ended ended = Send(*method, "", {});
    EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(ended.reason(), "IDENTITY_MISSING");
  }
  ExpectAlive();
}

TEST_F(EveryMethod, WithWrongIdentityIsUnauthenticated) {
  const CallerMetadata wrong[] = {
      As("nobody"),
      As("programs/global/invitations/x"),
      {{"partner-principal", "operators/a"},
       {"partner-principal", "operators/b"}},
      {{"partner-principal", "operators/a"},
       {"partner-customer-admin", "true"}},
  };
  for (const Method* method : server_->methods()) {
    SCOPED_TRACE(method->label);
    for (const CallerMetadata& metadata : wrong) {
      const Ended ended = Send(*method, "", metadata);
      EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      EXPECT_EQ(ended.reason(), "IDENTITY_INVALID");
    }
  }
  ExpectAlive();
}

TEST_F(EveryMethod, RefusesBytesThatAreNoMessage) {
  for (const Method* method : server_->methods()) {
    SCOPED_TRACE(method->label);
    for (const char* garbage : {"\xff\xff\xff\xff\xff", "\x0a\x7f", "\x07"}) {
      const Ended ended = Send(*method, garbage, As("operators/me"));
      EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(ended.reason(), "MALFORMED_MESSAGE");
    }
  }
  ExpectAlive();
}

TEST_F(EveryMethod, RefusesTextThatIsNotUtf8) {
  for (const Method* method : server_->methods()) {
    SCOPED_TRACE(method->label);
    const auto bytes = WithBadText(method->descriptor->input_type());
    if (!bytes) continue;
    const Ended ended = Send(*method, *bytes, As("operators/me"));
    EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ended.reason(), "MALFORMED_MESSAGE");
  }
  ExpectAlive();
}

TEST_F(EveryMethod, AnswersAnEmptyRequestWithDetailsOrSuccess) {
  for (const Method* method : server_->methods()) {
    SCOPED_TRACE(method->label);
    const Ended ended = Send(*method, "", As("programs/global/partners/x"));
    if (ended.ok()) {
      EXPECT_EQ(method->label, "PolicyService.ListPrograms");
    } else {
      EXPECT_TRUE(ended.status.error_code() ==
                      grpc::StatusCode::INVALID_ARGUMENT ||
                  ended.reason() == "PRINCIPAL_NOT_ALLOWED")
          << ended.reason();
    }
  }
}

TEST_F(EveryMethod, IsCounted) {
  for (const Method* method : server_->methods()) Send(*method, "", {});
  const auto status = Do<v1::GetStatusRequest, v1::GetStatusResponse>(
      "AdminService/GetStatus", "");
  EXPECT_EQ(status.methods_size(), static_cast<int>(server_->methods().size()));
  for (const v1::MethodStatistics& method : status.methods()) {
    EXPECT_EQ(method.code(), "UNAUTHENTICATED");
    EXPECT_EQ(method.calls(), 1) << method.method();
  }
}

TEST_F(EveryMethod, UnknownOnesAreUnimplemented) {
  grpc::ClientContext context;
  const grpc::internal::RpcMethod rpc(
      "/partner.hierarchy.v1.PartnerService/Nothing",
      grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::ByteBuffer answer;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
          channel_.get(), rpc, &context, ToBuffer(""), &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace partner::server
