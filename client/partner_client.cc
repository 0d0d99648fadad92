#include "client/partner_client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "client/request_id.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// A page of 1,000 resources with long lists is larger than gRPC's 4 MiB.
constexpr int kReceiveBytesMax = 64 * 1024 * 1024;
// A connection that failed is tried again as fast as calls are repeated.
constexpr int kReconnectBackoffMinMs = 50;
constexpr int kReconnectBackoffMaxMs = 1000;

// Longer is no limit: the clock's nanoseconds overflow in 2262.
constexpr milliseconds kTimeoutMax = std::chrono::hours(24 * 365 * 100);

using MessageStub = grpc::TemplatedGenericStub<Message, Message>;

// The MutationOptions of a write; nullptr for others.
v1::MutationOptions* OptionsOf(Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("options");
  if (field == nullptr ||
      field->message_type() != v1::MutationOptions::descriptor()) {
    return nullptr;
  }
  return static_cast<v1::MutationOptions*>(
      request->GetReflection()->MutableMessage(request, field));
}

bool IsRead(const std::string& request_type) {
  static constexpr const char* kReadVerbs[] = {
      "Get",        "List",    "Lookup",   "Compare", "Check",
      "BatchCheck", "Explain", "Evaluate", "Resolve"};
  return std::any_of(
      std::begin(kReadVerbs), std::end(kReadVerbs),
      [&](const char* verb) { return request_type.rfind(verb, 0) == 0; });
}

std::string PathOf(const MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

milliseconds JitteredBackoff(const RetryPolicy& policy, int attempts_made) {
  thread_local std::minstd_rand random{std::random_device{}()};
  milliseconds full = policy.backoff_initial;
  for (int i = 1; i < attempts_made && full < policy.backoff_max; ++i) {
    full *= 2;
  }
  full = std::min(full, policy.backoff_max);
  std::uniform_int_distribution<milliseconds::rep> part(full.count() / 2,
                                                        full.count());
  return milliseconds(part(random));
}

Error Unusable(const std::string& message) {
  Error error;
  error.code = grpc::StatusCode::INVALID_ARGUMENT;
  error.message = message;
  return error;
}

// A unix socket's path may hold any letters, so only what no address has.
bool IsAddress(const std::string& target) {
  return !target.empty() &&
         std::none_of(target.begin(), target.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Waits for the one operation in flight.
bool Next(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

}  // namespace

bool IsMetadataText(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c >= 0x20 && c <= 0x7e; });
}

bool IsRepeatable(const Message& request) {
  const FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName("options");
  if (field == nullptr) return IsRead(request.GetDescriptor()->name());
  const auto& options = static_cast<const v1::MutationOptions&>(
      request.GetReflection()->GetMessage(request, field));
  return options.validate_only() || !options.request_id().empty();
}

PartnerClient PartnerClient::Connect(const std::string& target,
                                     ClientOptions options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   kReconnectBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMaxMs);
  // This class repeats calls; a second loop below it would multiply them.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  auto credentials = options.credentials != nullptr
                         ? options.credentials
                         : grpc::InsecureChannelCredentials();
  PartnerClient client(
      grpc::CreateCustomChannel(target, credentials, arguments),
      std::move(options));
  if (!IsAddress(target)) {
    client.unusable_ = Unusable(
        "The address of the server is empty or has control characters.");
  }
  return client;
}

PartnerClient::PartnerClient(std::shared_ptr<grpc::ChannelInterface> channel,
                             ClientOptions options)
    : channel_(std::move(channel)), options_(std::move(options)) {
  if (!IsMetadataText(options_.principal)) {
    unusable_ = Unusable(
        "The identity has characters other than printable ASCII, which cannot "
        "be sent.");
  }
}

Error PartnerClient::Run(Message* request, const Attempt& attempt,
                         const CallOptions& options) const {
  if (!unusable_.ok()) return unusable_;
  std::string request_id;
  if (v1::MutationOptions* mutation = OptionsOf(request)) {
    if (mutation->request_id().empty() && !mutation->validate_only()) {
      mutation->set_request_id(NewRequestId());
    }
    request_id = mutation->request_id();
  }
  const bool repeatable = IsRepeatable(*request);
  const milliseconds timeout = options.timeout.value_or(options_.timeout);
  const auto deadline = timeout.count() > 0 && timeout < kTimeoutMax
                            ? system_clock::now() + timeout
                            : system_clock::time_point::max();

  for (int attempts_made = 1;; ++attempts_made) {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    if (!options_.principal.empty()) {
      context.AddMetadata("partner-principal", options_.principal);
    }
    if (options_.customer_admin) {
      context.AddMetadata("partner-customer-admin", "true");
    }
    bool started = false;
    const grpc::Status status = attempt(&context, &started);
    if (status.ok()) return {};
    Error error = DecodeError(status);
    error.request_id = request_id;
    if (error.code != grpc::StatusCode::UNAVAILABLE || !repeatable || started ||
        attempts_made >= options_.retry.attempts_max) {
      return error;
    }
    const milliseconds wait =
        std::max(JitteredBackoff(options_.retry, attempts_made),
                 error.retry_delay.value_or(milliseconds(0)));
    if (deadline - system_clock::now() <= wait) return error;
    std::this_thread::sleep_for(wait);
  }
}

Error PartnerClient::CallMethod(const MethodDescriptor& method,
                                Message* request, Message* response,
                                const CallOptions& options) const {
  return Run(
      request,
      [&](grpc::ClientContext* context, bool*) {
        MessageStub stub(channel_);
        grpc::CompletionQueue queue;
        const auto call =
            stub.PrepareUnaryCall(context, PathOf(method), *request, &queue);
        call->StartCall();
        grpc::Status status;
        call->Finish(response, &status, nullptr);
        Next(&queue);
        return status;
      },
      options);
}

Error PartnerClient::StreamMethod(const MethodDescriptor& method,
                                  Message* request, Message* message,
                                  const std::function<bool()>& visit,
                                  const CallOptions& options) const {
  return Run(
      request,
      [&](grpc::ClientContext* context, bool* started) {
        MessageStub stub(channel_);
        grpc::CompletionQueue queue;
        const auto call = stub.PrepareCall(context, PathOf(method), &queue);
        call->StartCall(nullptr);
        bool alive = Next(&queue);
        if (alive) {
          call->WriteLast(*request, grpc::WriteOptions(), nullptr);
          alive = Next(&queue);
        }
        bool stopped = false;
        while (alive && !stopped) {
          call->Read(message, nullptr);
          alive = Next(&queue);
          if (!alive) break;
          *started = true;
          stopped = !visit();
        }
        if (stopped) context->TryCancel();
        grpc::Status status;
        call->Finish(&status, nullptr);
        Next(&queue);
        return stopped ? grpc::Status::OK : status;
      },
      options);
}

}  // namespace partner::client
