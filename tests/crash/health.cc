#include "tests/crash/health.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <vector>

#include "absl/strings/str_cat.h"

namespace partner::test {

Health HealthOf(const std::string& address, const std::string& service) {
  grpc::GenericStub stub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(60));
  // HealthCheckRequest {string service = 1}.
  std::string bytes;
  if (!service.empty()) {
    const char size = static_cast<char>(service.size());
    bytes = absl::StrCat("\x0a", absl::string_view(&size, 1), service);
  }
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(
      &context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (!status.ok() || !response.Dump(&slices).ok()) {
    return Health::kUnreachable;
  }
  std::string answer;
  for (const grpc::Slice& part : slices) {
    answer.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  // HealthCheckResponse {ServingStatus status = 1}.
  return answer.size() == 2 && answer[0] == 0x08
             ? static_cast<Health>(answer[1])
             : Health::kUnknown;
}

}  // namespace partner::test
