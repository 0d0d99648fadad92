// Clients that die at every step of a call, again and again: the server gives
// back what they held, goes on serving, and each of their writes was applied
// whole or not at all.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "tests/crash/requests.h"
#include "tests/hostile/hostile_fixture.h"
#include "tests/support/seed.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

#if defined(__SANITIZE_ADDRESS__)
constexpr int kDeaths = 1000;
// The sanitizer keeps what was freed, and looks for leaks itself.
constexpr std::int64_t kGrowthMax = std::int64_t{4} << 30;
#else
constexpr int kDeaths = 10000;
// Of resident memory: some 3 KiB for each death.
constexpr std::int64_t kGrowthMax = 32 << 20;
#endif
constexpr int kWarmUp = kDeaths / 5;
constexpr int kSlack = 8;
// The packaged gRPC does not notice every reset: such a connection is found to
// be dead when it is asked for a sign of life, every 60 s with 20 s for an
// answer.
constexpr absl::Duration kReturnMax = absl::Minutes(4);
constexpr absl::Duration kLookEvery = absl::Milliseconds(200);
constexpr int kRuns = -1;  // Of ServerProcess::Wait.
constexpr int kCustomers = 20;
constexpr unsigned kWaitMicrosMax = 8000;
constexpr char kStreamPath[] =
    "/partner.hierarchy.v1.AccessService/ListAdministeredCustomers";
constexpr char kProvider[] = "programs/global/partners/p0";
constexpr std::uint32_t kCancel = 8;  // Of RST_STREAM.

class DyingClient : public HostileTest {
 protected:
  // Few places, so that none may be lost, and little that may grow by itself.
  DyingClient()
      : HostileTest({"--in-flight-unary-max", "256", "--in-flight-stream-max",
                     "256", "--store-cache-bytes", "4194304"}) {}

  void SetUp() override {
    HostileTest::SetUp();
    if (HasFatalFailure()) return;
    library_ = grpc::CreateChannel(server_.address(),
                                   grpc::InsecureChannelCredentials());
    MakeCustomers();
  }

  // A provider whose list of customers takes more than one message.
  void MakeCustomers();
  // One death, at a step of `step` modulo their number.
  void Die(int step);

  // A connection that got so far.
  using Connection = std::unique_ptr<RawConnection>;
  Connection Connected() { return RawConnection::Connect(server_.address()); }
  // Has sent HEADERS of a write.
  Connection Begun();
  // Has sent a whole write, and waits for its answer for up to a few moments.
  Connection Sent();
  // Has read the first message of a stream, whose second the server cannot
  // send.
  Connection Reading();
  // Cancels a call of the gRPC library after so many messages of its answer.
  void CancelLibraryCall(const std::string& path, const std::string& message,
                         int reads);

  // The next write: whether the server saw it whole is not known.
  std::string NextWrite() {
    open_.push_back(++partner_);
    return NewPartner(partner_).SerializeAsString();
  }
  // One that the server never saw whole.
  std::string NextCutWrite() {
    cut_.push_back(++partner_);
    return NewPartner(partner_).SerializeAsString();
  }
  static HeaderList WriteHeaders() {
    HeaderList headers = GrpcHeaders(kCreatePath);
    headers.back().second = kOperatorName;
    return headers;
  }
  static std::string ListRequest() {
    v1::ListAdministeredCustomersRequest request;
    request.set_partner(kProvider);
    request.set_batch_size(1);
    return request.SerializeAsString();
  }

  // Entries of a directory of the server's process.
  int Count(const char* what) const {
    const std::filesystem::directory_iterator entries(
        absl::StrCat("/proc/", server_.pid(), "/", what));
    return static_cast<int>(
        std::distance(entries, std::filesystem::directory_iterator()));
  }
  std::int64_t Head() const { return HeadOf(GetStatus(*bystander_)); }
  static std::int64_t HeadOf(const v1::GetStatusResponse& status) {
    return status.programs(0).revision().number();
  }
  // Repeats every write.
  void ExpectWritesWhole(std::int64_t head_before);

  std::mt19937 random_{Seed()};
  std::shared_ptr<grpc::Channel> library_;
  int partner_ = 0;
  std::vector<int> open_;
  std::vector<int> cut_;
};

void DyingClient::MakeCustomers() {
  v1::CreatePartnerRequest provider = NewPartner(0);
  provider.add_enrollments(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  ASSERT_TRUE(
      CallAsOperator(*bystander_, "PartnerService.CreatePartner", provider)
          .ok());
  const auto number_id = [](char kind, int number) {
    return absl::StrFormat("%c0000000-0000-4000-8000-%012d", kind, number);
  };
  v1::CreateInvitationRequest invite;
  invite.mutable_options()->set_request_id(number_id('2', 0));
  invite.set_parent(kProvider);
  invite.mutable_invitation()->set_admin_offer(v1::ADMIN_OFFER_BROAD);
  const Answer invited =
      CallAsOperator(*bystander_, "InvitationService.CreateInvitation", invite);
  ASSERT_TRUE(invited.ok()) << invited.error.message;
  for (int i = 0; i < kCustomers; ++i) {
    v1::AcceptInvitationRequest accept;
    accept.mutable_options()->set_request_id(number_id('3', i));
    accept.set_parent("programs/global");
    accept.set_token(
        static_cast<const v1::CreateInvitationResponse&>(*invited.message)
            .invitation()
            .token());
    accept.set_customer_id(absl::StrCat("c", i));
    v1::Customer* customer = accept.mutable_new_customer();
    customer->set_display_name("C");
    customer->set_domain(absl::StrCat("c", i, ".example"));
    customer->set_country("FR");
    customer->set_tenant_id(number_id('4', i));
    v1::Attestation* attestation = accept.mutable_attestation();
    attestation->set_person("A. Administrator");
    attestation->set_method("letter");
    attestation->mutable_time()->set_seconds(1);
    attestation->set_document("archive/1");
    const Answer accepted = CallAsOperator(
        *bystander_, "InvitationService.AcceptInvitation", accept);
    ASSERT_TRUE(accepted.ok()) << accepted.error.message;
  }
}

DyingClient::Connection DyingClient::Begun() {
  Connection connection = Greeted();
  EXPECT_TRUE(connection != nullptr &&
              connection->SendHeaders(1, WriteHeaders()));
  return connection;
}

DyingClient::Connection DyingClient::Sent() {
  Connection connection = Begun();
  EXPECT_TRUE(connection->Send(
      {.flags = kEndStream, .stream = 1, .payload = GrpcMessage(NextWrite())}));
  connection->AwaitEnd(1, absl::Microseconds(random_() % kWaitMicrosMax));
  const RawAnswer& answer = connection->answer(1);
  // Writes of the dead may fill the places of a slow machine.
  EXPECT_TRUE(!answer.ended || answer.status() == kOk ||
              answer.status() == kUnavailable)
      << answer.status();
  return connection;
}

DyingClient::Connection DyingClient::Reading() {
  Connection connection = Connected();
  // A window smaller than the stream.
  EXPECT_TRUE(connection != nullptr && connection->Greet(600) &&
              connection->SendCall(1, kStreamPath, ListRequest()));
  while (connection->answer(1).data.empty()) {
    const auto frame = connection->Read(kPatience);
    if (!frame) break;
    if (frame->type == FrameType::kSettings) connection->Acknowledge(*frame);
  }
  const RawAnswer& answer = connection->answer(1);
  EXPECT_FALSE(answer.data.empty()) << "status " << answer.status();
  EXPECT_FALSE(answer.ended);
  return connection;
}

void DyingClient::CancelLibraryCall(const std::string& path,
                                    const std::string& message, int reads) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoSeconds(kPatience));
  context.AddMetadata("partner-principal", kOperatorName);
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call =
      grpc::GenericStub(library_).PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  EXPECT_TRUE(next());
  const grpc::Slice slice(message);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  EXPECT_TRUE(next());
  for (int i = 0; i < reads; ++i) {
    grpc::ByteBuffer buffer;
    call->Read(&buffer, nullptr);
    EXPECT_TRUE(next());
  }
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
}

void DyingClient::Die(int step) {
  const std::vector<std::function<void()>> steps = {
      // Before a call.
      [this] { Connected(); },
      [this] { Connected()->Abort(); },
      [this] { Connected()->Send(std::string(kPreface, 10)); },
      [this] { Greeted(); },
      // In the middle of a request.
      [this] {
        const std::string headers =
            EncodeFrame({.type = FrameType::kHeaders,
                         .flags = kEndHeaders,
                         .stream = 1,
                         .payload = EncodeHeaders(WriteHeaders())});
        Greeted()->Send(headers.substr(0, headers.size() / 2));
      },
      [this] { Begun(); },
      [this] {
        const std::string data =
            EncodeFrame({.flags = kEndStream,
                         .stream = 1,
                         .payload = GrpcMessage(NextCutWrite())});
        Begun()->Send(data.substr(0, data.size() / 2));
      },
      // Whole frames, but not the whole message, and the end.
      [this] {
        const std::string message = GrpcMessage(NextCutWrite());
        Begun()->Send({.flags = kEndStream,
                       .stream = 1,
                       .payload = message.substr(0, message.size() / 2)});
      },
      // Between the request and its answer.
      [this] { Sent(); },
      [this] { Sent()->Abort(); },
      [this] { Sent()->CloseWriting(); },
      [this] {
        Sent()->Send({.type = FrameType::kRstStream,
                      .stream = 1,
                      .payload = Uint32Bytes(kCancel)});
      },
      [this] { CancelLibraryCall(kCreatePath, NextWrite(), 0); },
      // While the answer comes.
      [this] { Reading(); },
      [this] { Reading()->Abort(); },
      [this] {
        Reading()->Send({.type = FrameType::kRstStream,
                         .stream = 1,
                         .payload = Uint32Bytes(kCancel)});
      },
      [this] { CancelLibraryCall(kStreamPath, ListRequest(), 2); },
  };
  steps[static_cast<std::size_t>(step) % steps.size()]();
}

void DyingClient::ExpectWritesWhole(std::int64_t head_before) {
  std::set<std::int64_t> revisions;
  int applied = 0;
  const auto repeat = [&](int number) {
    const Answer first = CreatePartner(*bystander_, number);
    const Answer second = CreatePartner(*bystander_, number);
    EXPECT_TRUE(first.ok()) << first.error.message;
    EXPECT_TRUE(second.ok()) << second.error.message;
    const auto result = [](const Answer& answer) {
      return static_cast<const v1::CreatePartnerResponse&>(*answer.message)
          .result();
    };
    EXPECT_TRUE(result(second).replayed());
    EXPECT_EQ(result(first).revision().number(),
              result(second).revision().number());
    revisions.insert(result(first).revision().number());
    return result(first).replayed();
  };
  for (const int number : open_) {
    if (repeat(number)) ++applied;
  }
  for (const int number : cut_) EXPECT_FALSE(repeat(number)) << number;
  // Each once.
  EXPECT_EQ(revisions.size(), open_.size() + cut_.size());
  EXPECT_EQ(Head(), head_before + partner_);
  std::printf("%zu writes sent whole, %d of them applied; %zu cut, none\n",
              open_.size(), applied, cut_.size());
}

TEST_F(DyingClient, LeavesNothingBehind) {
  const std::int64_t head = Head();
  const int descriptors = Count("fd");
  for (int i = 0; i < kWarmUp; ++i) {
    Die(i);
    ASSERT_FALSE(HasFailure()) << "death " << i;
  }
  const int threads = Count("task");
  const std::int64_t memory = ResidentBytes();
  for (int i = 0; i < kDeaths; ++i) {
    Die(i);
    ASSERT_FALSE(HasFailure()) << "death " << i;
    if (i % 1000 == 0) ExpectServed();
  }
  const int held = Count("fd");
  const absl::Time dead = absl::Now();
  while (Count("fd") > descriptors + kSlack ||
         Count("task") > threads + kSlack) {
    ASSERT_LT(absl::Now() - dead, kReturnMax)
        << Count("fd") << " descriptors, " << descriptors << " before; "
        << Count("task") << " threads, " << threads << " before";
    ASSERT_EQ(server_.Wait(kLookEvery), kRuns);
  }
  const std::int64_t growth = ResidentBytes() - memory;
  EXPECT_LT(growth, kGrowthMax);
  std::printf(
      "%d deaths: %d descriptors at first, %d %lld s later, %d before; "
      "%d threads, %d before; %lld KiB more memory\n",
      kDeaths, held, Count("fd"),
      static_cast<long long>(absl::ToInt64Seconds(absl::Now() - dead)),
      descriptors, Count("task"), threads,
      static_cast<long long>(growth / 1024));
  ExpectWritesWhole(head);
  ASSERT_EQ(server_.Terminate(kPatience), 0) << server_.Log();
  const Ended verified = server_.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  // For TearDown, which expects a server.
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  bystander_ = std::make_unique<WireCaller>(server_.address());
}

}  // namespace
}  // namespace partner::test
