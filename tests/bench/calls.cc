#include "tests/bench/calls.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/request_id.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "tests/bench/ledger.h"
#include "tests/bench/population.h"

namespace partner::bench {
namespace {

namespace v1 = hierarchy::v1;

constexpr char kServices[] = "/partner.hierarchy.v1.";
constexpr int kQuestionsInBatch = 1000;
// Made before the clock runs, then sent again and again.
constexpr int kChecks = 16384;
constexpr int kBatches = 64;
constexpr int kPages = 50;

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// Calls made beforehand.
class PreparedSource : public CallSource {
 public:
  explicit PreparedSource(const char* method)
      : path_(absl::StrCat(kServices, method)) {}

  std::string path() const override { return path_; }
  Call Next() override {
    next_ = (next_ + 1) % calls_.size();
    return {.bytes = calls_[next_], .number = next_};
  }

 protected:
  const std::string path_;
  std::vector<grpc::ByteBuffer> calls_;
  std::size_t next_ = 0;
};

template <typename Request, typename Response>
class CheckSource : public PreparedSource {
 public:
  CheckSource(const char* method, const SourceOptions& options)
      : PreparedSource(method) {
    std::mt19937_64 random(options.seed);
    for (int i = 0; i < kChecks; ++i) {
      const Question question = RandomQuestion(options.customers, random);
      Request request;
      *request.mutable_query() = question.query;
      calls_.push_back(ToBytes(request));
      allowed_.push_back(question.allowed);
    }
  }

  bool IsRight(const Call& call,
               const grpc::ByteBuffer& answer) const override {
    Response response;
    return response.ParseFromString(ToString(answer)) &&
           response.decision().verdict() == (allowed_[call.number]
                                                 ? v1::ACCESS_VERDICT_ALLOWED
                                                 : v1::ACCESS_VERDICT_DENIED);
  }

 private:
  std::vector<bool> allowed_;
};

// Could it then? Moments all over the time in which the customers came.
class PastSource : public PreparedSource {
 public:
  explicit PastSource(const SourceOptions& options)
      : PreparedSource("AccessService/CheckAccess") {
    std::mt19937_64 random(options.seed);
    for (int i = 0; i < kChecks; ++i) {
      std::uint64_t customer = 0;
      const Question question =
          RandomQuestion(options.customers, random, &customer);
      // Between the coming of this one and of the next.
      const std::uint64_t newest = random() % options.customers;
      const std::int64_t at_us =
          options.begin_us +
          static_cast<std::int64_t>(newest + 1) * options.pace_us +
          options.pace_us / 2;
      v1::CheckAccessRequest request;
      *request.mutable_query() = question.query;
      request.mutable_at()->set_seconds(at_us / 1000000);
      request.mutable_at()->set_nanos(
          static_cast<std::int32_t>(at_us % 1000000 * 1000));
      calls_.push_back(ToBytes(request));
      allowed_.push_back(question.allowed && customer <= newest);
    }
  }

  bool IsRight(const Call& call,
               const grpc::ByteBuffer& answer) const override {
    v1::CheckAccessResponse response;
    return response.ParseFromString(ToString(answer)) &&
           response.decision().verdict() == (allowed_[call.number]
                                                 ? v1::ACCESS_VERDICT_ALLOWED
                                                 : v1::ACCESS_VERDICT_DENIED);
  }

 private:
  std::vector<bool> allowed_;
};

class BatchSource : public PreparedSource {
 public:
  explicit BatchSource(const SourceOptions& options)
      : PreparedSource("AccessService/BatchCheckAccess") {
    std::mt19937_64 random(options.seed);
    for (int i = 0; i < kBatches; ++i) {
      v1::BatchCheckAccessRequest request;
      request.set_parent(kProgram);
      std::vector<bool>& allowed = allowed_.emplace_back();
      for (int j = 0; j < kQuestionsInBatch; ++j) {
        const Question question = RandomQuestion(options.customers, random);
        *request.add_queries() = question.query;
        allowed.push_back(question.allowed);
      }
      calls_.push_back(ToBytes(request));
    }
  }

  bool IsRight(const Call& call,
               const grpc::ByteBuffer& answer) const override {
    v1::BatchCheckAccessResponse response;
    const std::vector<bool>& allowed = allowed_[call.number];
    if (!response.ParseFromString(ToString(answer)) ||
        response.results_size() != kQuestionsInBatch) {
      return false;
    }
    for (int i = 0; i < kQuestionsInBatch; ++i) {
      const bool is_allowed = response.results(i).decision().verdict() ==
                              v1::ACCESS_VERDICT_ALLOWED;
      if (is_allowed != allowed[i]) return false;
    }
    return true;
  }

 private:
  std::vector<std::vector<bool>> allowed_;
};

// Pages one after the other; the same ones again from the first on.
class ListSource : public PreparedSource {
 public:
  explicit ListSource(const SourceOptions& options)
      : PreparedSource("CustomerService/ListCustomers") {
    v1::ListCustomersRequest request;
    request.set_parent(kProgram);
    request.set_page_size(1000);
    for (int i = 0; i < kPages; ++i) {
      calls_.push_back(ToBytes(request));
      v1::ListCustomersResponse response;
      response.ParseFromString(
          ToString(CallOnce(options.server, path_, {.bytes = calls_.back()})));
      request.set_page_token(response.next_page_token());
      if (response.next_page_token().empty()) break;
    }
  }

  bool IsRight(const Call&, const grpc::ByteBuffer& answer) const override {
    v1::ListCustomersResponse response;
    return response.ParseFromString(ToString(answer)) &&
           response.customers_size() == 1000;
  }
};

// A provider records customers of its own.
class CreateSource : public CallSource {
 public:
  explicit CreateSource(const SourceOptions& options)
      : next_(options.first_new) {}

  std::string path() const override {
    return absl::StrCat(kServices, "CustomerService/CreateCustomer");
  }
  Call Next() override {
    v1::CreateCustomerRequest request = CreateRequest(next_++);
    request.mutable_options()->set_request_id(client::NewRequestId());
    return {.bytes = ToBytes(request), .principal = Provider(0)};
  }

 private:
  std::uint64_t next_;
};

// New customers accept one invitation.
class AcceptSource : public CallSource {
 public:
  explicit AcceptSource(const SourceOptions& options)
      : token_(options.token), next_(options.first_new) {}

  std::string path() const override {
    return absl::StrCat(kServices, "InvitationService/AcceptInvitation");
  }
  Call Next() override {
    const std::uint64_t customer = next_++;
    v1::AcceptInvitationRequest request = AcceptRequest(customer, token_);
    request.mutable_options()->set_request_id(client::NewRequestId());
    return {.bytes = ToBytes(request),
            .principal = Customer(customer),
            .customer_admin = true};
  }

 private:
  const std::string token_;
  std::uint64_t next_;
};

}  // namespace

bool CallSource::IsRight(const Call&, const grpc::ByteBuffer& answer) const {
  return answer.Length() > 0;
}

std::unique_ptr<CallSource> MakeSource(const SourceOptions& options) {
  if (options.set == "check") {
    return std::make_unique<
        CheckSource<v1::CheckAccessRequest, v1::CheckAccessResponse>>(
        "AccessService/CheckAccess", options);
  }
  if (options.set == "explain") {
    return std::make_unique<
        CheckSource<v1::ExplainAccessRequest, v1::ExplainAccessResponse>>(
        "AccessService/ExplainAccess", options);
  }
  if (options.set == "past") return std::make_unique<PastSource>(options);
  if (options.set == "batch") return std::make_unique<BatchSource>(options);
  if (options.set == "list") return std::make_unique<ListSource>(options);
  if (options.set == "create") return std::make_unique<CreateSource>(options);
  if (options.set == "accept") return std::make_unique<AcceptSource>(options);
  Die("set", "unknown");
}

std::string ToString(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  bytes.Dump(&slices);
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

grpc::ByteBuffer CallOnce(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& path, const Call& call) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.AddMetadata("partner-principal", call.principal);
  grpc::CompletionQueue queue;
  grpc::ByteBuffer answer;
  grpc::Status status;
  const auto reader = stub.PrepareUnaryCall(&context, path, call.bytes, &queue);
  reader->StartCall();
  reader->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) Die(path, status.error_message());
  return answer;
}

}  // namespace partner::bench
