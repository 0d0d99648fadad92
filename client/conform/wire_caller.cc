#include "client/conform/wire_caller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/hierarchy_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"

namespace partner::client {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr std::chrono::seconds kTimeLimit{60};
constexpr int kReceiveBytesMax = 64 << 20;

// Named by a message of each, so that the linker keeps them.
std::vector<const FileDescriptor*> ServiceFiles() {
  return {v1::CheckAccessRequest::descriptor()->file(),
          v1::GrantAdminRelationshipRequest::descriptor()->file(),
          v1::GetStatusRequest::descriptor()->file(),
          v1::CreateCustomerRequest::descriptor()->file(),
          v1::CreateInvitationRequest::descriptor()->file(),
          v1::CreatePartnerRequest::descriptor()->file(),
          v1::CreatePartnershipRequest::descriptor()->file(),
          v1::GetPolicyRequest::descriptor()->file(),
          v1::AssociateResellerRequest::descriptor()->file(),
          v1::ResolveChannelRequest::descriptor()->file(),
          v1::AdvanceClockRequest::descriptor()->file()};
}

// Waits for the one operation in flight.
bool Next(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

WireCaller::WireCaller(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Servers of other tests may have had the same address.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments);
}

std::vector<const MethodDescriptor*> WireCaller::AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : ServiceFiles()) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

const MethodDescriptor* WireCaller::FindMethod(absl::string_view name) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (absl::StrCat(method->service()->name(), ".", method->name()) == name) {
      return method;
    }
  }
  return nullptr;
}

Answer WireCaller::Call(const MethodDescriptor& method,
                        const std::string& bytes, const Caller& caller) const {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeLimit);
  if (!caller.principal.empty()) {
    context.AddMetadata("partner-principal", caller.principal);
  }
  if (caller.customer_admin) {
    context.AddMetadata("partner-customer-admin", "true");
  }
  Answer answer;
  answer.message.reset(MessageFactory::generated_factory()
                           ->GetPrototype(method.output_type())
                           ->New());
  grpc::CompletionQueue queue;
  const auto call = grpc::GenericStub(channel_).PrepareCall(
      &context,
      absl::StrCat("/", method.service()->full_name(), "/", method.name()),
      &queue);
  call->StartCall(nullptr);
  if (Next(&queue)) {
    const grpc::Slice slice(bytes);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    bool alive = Next(&queue);
    while (alive) {
      grpc::ByteBuffer buffer;
      call->Read(&buffer, nullptr);
      alive = Next(&queue);
      if (alive && !answer.message->MergeFromString(ToBytes(buffer))) {
        answer.error.code = grpc::StatusCode::INTERNAL;
        answer.error.message = "the answer cannot be parsed";
        context.TryCancel();
        break;
      }
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  Next(&queue);
  if (answer.ok()) answer.error = DecodeError(status);
  answer.details_bytes = status.error_details().size();
  return answer;
}

Answer WireCaller::Call(const MethodDescriptor& method, const Message& request,
                        const Caller& caller) const {
  return Call(method, request.SerializeAsString(), caller);
}

}  // namespace partner::client
