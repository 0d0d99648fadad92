#include "tests/fuzz/served.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "google/protobuf/any.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/slice.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "server/base/mutex.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/read_point.h"
#include "server/rpc/stream_call.h"
#include "server/rpc/unary_call.h"
#include "tests/fuzz/input.h"

// A friend of gRPC's contexts, and the only way to give one its metadata
// without a transport.
namespace grpc::testing {

class InteropServerContextInspector {
 public:
  static void SetMetadata(
      const std::multimap<std::string, std::string>& metadata,
      CallbackServerContext* context) {
    for (const auto& [key, value] : metadata) {
      context->client_metadata_.map()->emplace(key, value);
    }
  }
};

}  // namespace grpc::testing

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using test::Must;

// 2018-07-01.
constexpr std::int64_t kStart = 1530403200;
// Of calls that wait for a revision that will not come.
constexpr absl::Duration kWaitMax = absl::Milliseconds(60);

std::multimap<std::string, std::string> MetadataOf(const FuzzCaller& caller) {
  std::multimap<std::string, std::string> metadata;
  if (caller.principal[0] != '\0') {
    metadata.emplace(kPrincipalKey, caller.principal);
  }
  if (caller.customer_admin) metadata.emplace(kCustomerAdminKey, "true");
  return metadata;
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (buffer.Valid() && buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return bytes;
}

// One thing that another thread does.
class Event {
 public:
  void Set() {
    MutexLock lock(&mutex_);
    set_ = true;
    done_.Signal();
  }
  // Waits for it and forgets it.
  void Take() {
    MutexLock lock(&mutex_);
    while (!set_) done_.Wait(&mutex_);
    set_ = false;
  }

 private:
  Mutex mutex_;
  CondVar done_;
  bool set_ ABSL_GUARDED_BY(mutex_) = false;
};

// What gRPC does for a unary call.
class Unary : public grpc::ServerCallbackUnary {
 public:
  grpc::Status Run(grpc::ServerUnaryReactor* reactor) {
    reactor_ = reactor;
    BindReactor(reactor);
    ended_.Take();
    reactor->OnDone();
    return status_;
  }

  void Finish(grpc::Status status) override {
    status_ = std::move(status);
    ended_.Set();
  }
  void SendInitialMetadata() override {}

 private:
  grpc::internal::ServerReactor* reactor() override { return reactor_; }
  void CallOnDone() override {}

  grpc::ServerUnaryReactor* reactor_ = nullptr;
  grpc::Status status_;
  Event ended_;
};

// What gRPC does for a stream, one step after another on one thread.
class Stream : public grpc::ServerCallbackWriter<grpc::ByteBuffer> {
 public:
  FuzzAnswer Run(grpc::ServerWriteReactor<grpc::ByteBuffer>* reactor) {
    reactor_ = reactor;
    BindReactor(reactor);
    FuzzAnswer answer;
    while (true) {
      step_.Take();
      if (status_) break;
      answer.messages.push_back(BytesOf(*std::exchange(message_, nullptr)));
      reactor->OnWriteDone(true);
    }
    answer.status = *status_;
    reactor->OnDone();
    return answer;
  }

  void Finish(grpc::Status status) override {
    status_ = std::move(status);
    step_.Set();
  }
  void SendInitialMetadata() override {}
  void Write(const grpc::ByteBuffer* message, grpc::WriteOptions) override {
    message_ = message;
    step_.Set();
  }
  void WriteAndFinish(const grpc::ByteBuffer*, grpc::WriteOptions,
                      grpc::Status) override {
    Must(false, "streams are finished apart");
  }

 private:
  grpc::internal::ServerReactor* reactor() override { return reactor_; }
  void CallOnDone() override {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* reactor_ = nullptr;
  const grpc::ByteBuffer* message_ = nullptr;
  std::optional<grpc::Status> status_;
  Event step_;
};

void MustBeDocumented(const Method& method, const FuzzAnswer& answer) {
  const grpc::Status& status = answer.status;
  Must(status.error_code() != grpc::StatusCode::INTERNAL &&
           status.error_code() != grpc::StatusCode::UNKNOWN,
       "no call meets a defect");
  for (const std::string& bytes : answer.messages) {
    const std::unique_ptr<google::protobuf::Message> message(
        method.response->New());
    Must(message->ParseFromString(bytes), "an answer is of its type");
  }
  if (status.ok()) {
    Must(!answer.messages.empty(), "a call that succeeds is answered");
    return;
  }
  Must(status.error_details().size() <= kErrorDetailBytesMax,
       "an error is short");
  v1::Status details;
  v1::ErrorInfo info;
  Must(details.ParseFromString(status.error_details()) &&
           details.details_size() > 0 &&
           info.ParseFromString(details.details(0).value()) &&
           !info.reason().empty(),
       "an error says its reason");
}

}  // namespace

const hierarchy::PolicyLibrary& BuiltInPolicies() {
  static const auto* const policies = [] {
    auto loaded = hierarchy::PolicyLibrary::Load(
        hierarchy::PolicyLibrary::EmbeddedFiles());
    Must(loaded.ok(), "the editions built in can be loaded");
    return loaded->release();
  }();
  return *policies;
}

Served::Served() : clock_(absl::FromUnixSeconds(kStart)) {}

absl::StatusOr<std::unique_ptr<Served>> Served::Open(
    std::unique_ptr<Store> store) {
  std::unique_ptr<Served> served(new Served());
  Engine::Options options;
  options.program = "global";
  options.clock = &served->clock_;
  options.policies = &BuiltInPolicies();
  options.on_state = [](const EngineState&) {};
  options.log = [](absl::string_view) {};
  auto engine = Engine::Open(std::move(options), std::move(store));
  if (!engine.ok()) return engine.status();
  served->opened_at_ = (*engine)->visible();
  served->engines_["global"] = *std::move(engine);
  served->backend_ = {&served->clock_, &BuiltInPolicies(), &served->engines_};
  served->serving_ = {.backend = &served->backend_,
                      .admission = &served->admission_,
                      .pool = &served->pool_,
                      .streams = &served->streams_};
  served->facts_.start_time = served->clock_.Now();
  served->facts_.admission = &served->admission_;
  for (auto* make :
       {&PartnerMethods, &PartnershipMethods, &CustomerMethods,
        &InvitationMethods, &ResellerRelationshipMethods,
        &AdminRelationshipMethods, &AccessMethods, &PolicyMethods}) {
    served->Serve(make(&served->backend_));
  }
  served->Serve(AdminMethods(&served->backend_, &served->facts_));
  served->Serve(TestClockMethods(&served->clock_));
  std::sort(
      served->methods_.begin(), served->methods_.end(),
      [](const Method* a, const Method* b) { return a->label < b->label; });
  return served;
}

void Served::Serve(std::unique_ptr<ServiceMethods> methods) {
  auto service = RawService::Create(&serving_, std::move(methods));
  Must(service.ok(), "every method has a handler");
  for (Method* method : (*service)->methods()) {
    methods_.push_back(method);
    facts_.methods.push_back(method);
  }
  services_.push_back(*std::move(service));
}

Method& Served::Find(absl::string_view label) const {
  const auto found = std::find_if(
      methods_.begin(), methods_.end(),
      [&](const Method* method) { return label == method->label; });
  Must(found != methods_.end(), "there is such a method");
  return **found;
}

bool Served::changed() {
  return engines_.begin()->second->visible() != opened_at_ ||
         clock_.Now() != absl::FromUnixSeconds(kStart);
}

bool Served::Waits(const Method& method, absl::string_view bytes) const {
  const std::unique_ptr<google::protobuf::Message> request(
      method.request->New());
  if (!request->ParseFromString(std::string(bytes))) return false;
  const v1::ReadOptions* options = method.form->ReadOptionsOf(*request);
  return options != nullptr &&
         RevisionToAwait(*options) > engines_.begin()->second->visible();
}

FuzzAnswer Served::Call(Method& method, const FuzzCaller& caller,
                        absl::string_view bytes) {
  const absl::Duration time_max = method.time_max;
  if (Waits(method, bytes)) method.time_max = kWaitMax;
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer request(&slice, 1);
  FuzzAnswer answer = method.stream ? CallStream(method, caller, request)
                                    : CallUnary(method, caller, request);
  method.time_max = time_max;
  MustBeDocumented(method, answer);
  Must(admission_.in_flight() == 0, "a call that ended is not in flight");
  return answer;
}

FuzzAnswer Served::CallUnary(const Method& method, const FuzzCaller& caller,
                             const grpc::ByteBuffer& request) {
  const auto metadata = MetadataOf(caller);
  grpc::ByteBuffer response;
  grpc::CallbackServerContext context;
  grpc::testing::InteropServerContextInspector::SetMetadata(metadata, &context);
  Unary unary;
  FuzzAnswer answer;
  answer.status =
      unary.Run(ServeUnary(&serving_, &method, &context, &request, &response));
  if (answer.status.ok()) answer.messages.push_back(BytesOf(response));
  return answer;
}

FuzzAnswer Served::CallStream(const Method& method, const FuzzCaller& caller,
                              const grpc::ByteBuffer& request) {
  const auto metadata = MetadataOf(caller);
  grpc::CallbackServerContext context;
  grpc::testing::InteropServerContextInspector::SetMetadata(metadata, &context);
  Stream stream;
  return stream.Run(ServeStream(&serving_, &method, &context, &request));
}

}  // namespace partner::server
