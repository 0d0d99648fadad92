// The server as a whole: health, reflection, limits, draining, what it refuses
// to start with, and the program around it.

#include "server/ops/server.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/impl/codegen/sync_stream.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"
#include "server/ops/health.h"
#include "tests/rpc/rpc_fixture.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"

namespace partner::server {
namespace {

using grpc::internal::RpcMethod;
using Reader = std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>>;

// A protobuf field of bytes, as `HealthCheckRequest.service`.
std::string Field(int number, const std::string& text) {
  return absl::StrCat(std::string(1, static_cast<char>(number << 3 | 2)),
                      std::string(1, static_cast<char>(text.size())), text);
}
// HealthCheckResponse.
const std::string kServing("\x08\x01");
const std::string kNotServing("\x08\x02");

Reader OpenStream(grpc::Channel* channel, const char* path,
                  const std::string& bytes, grpc::ClientContext* context) {
  return Reader(grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
      channel, RpcMethod(path, RpcMethod::SERVER_STREAMING), context,
      ToBuffer(bytes)));
}

std::string CheckHealth(grpc::Channel* channel, const std::string& service) {
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
          channel,
          RpcMethod("/grpc.health.v1.Health/Check", RpcMethod::NORMAL_RPC),
          &context, ToBuffer(Field(1, service)), &answer);
  return status.ok() ? ToString(answer) : status.error_message();
}

// The services reflection lists, or why there is none.
std::string Reflect(grpc::Channel* channel) {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>>
      stream(grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer,
                                                       grpc::ByteBuffer>::
                 Create(channel,
                        RpcMethod("/grpc.reflection.v1alpha.ServerReflection/"
                                  "ServerReflectionInfo",
                                  RpcMethod::BIDI_STREAMING),
                        &context));
  stream->Write(ToBuffer(Field(7, "*")));
  stream->WritesDone();
  grpc::ByteBuffer message;
  std::string text;
  while (stream->Read(&message)) text += ToString(message);
  const grpc::Status status = stream->Finish();
  return status.ok() ? text : "none";
}

class ServerTest : public RpcTest {
 protected:
  // Starts one with a changed configuration instead of the usual one.
  void SetUp() override {}
  void Start() { RpcTest::SetUp(); }
  Config MakeConfig() const override {
    Config config = RpcTest::MakeConfig();
    config.reflection = reflection_;
    config.in_flight_unary_max = unary_max_;
    config.drain_seconds = drain_seconds_;
    return config;
  }
  // A call that waits for a revision that does not come.
  Ended Wait(int milliseconds) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(milliseconds));
    return CallBytes(channel_, "PartnerService/GetPartner",
                     Parse<v1::GetPartnerRequest>(
                         "name: 'programs/global/partners/p' "
                         "read_options { min_revision { number: 1000 } }")
                         .SerializeAsString(),
                     As("operators/me"), &context);
  }

  // The same, once there is a place for it.
  Ended WaitInPlace(int milliseconds) {
    Ended ended;
    do {
      ended = Wait(milliseconds);
    } while (ended.reason() == "OVERLOADED");
    return ended;
  }
  // Calls until the call ends with `reason`, 10 s at most; the last outcome.
  Ended CallUntil(const std::string& reason) {
    const absl::Time limit = absl::Now() + absl::Seconds(10);
    Ended ended;
    do {
      v1::GetStatusResponse status;
      ended = Call("AdminService/GetStatus", v1::GetStatusRequest(), &status);
    } while (ended.reason() != reason && absl::Now() < limit);
    return ended;
  }

  // A client that takes a message at a time; its stream has begun.
  struct SlowReader {
    std::shared_ptr<grpc::Channel> channel;
    grpc::ClientContext context;
    Reader reader;
    std::string first;  // Message.
  };
  std::unique_ptr<SlowReader> OpenSlowReader(const std::string& address);
  void MakeAdministeredCustomers(int count);

  bool reflection_ = false;
  int unary_max_ = 512;
  int drain_seconds_ = 10;
};

// One message each: more than a connection takes unread, so that a stream to a
// client that does not read cannot end.
constexpr int kMoreThanFlows = 500;

void ServerTest::MakeAdministeredCustomers(int count) {
  MakeProvider("p");
  MakeReseller("r");
  for (int i = 0; i < count; ++i) {
    const std::string id = absl::StrCat("c", i);
    MakeCustomer("p", id);
    Do<v1::GrantAdminRelationshipRequest, v1::GrantAdminRelationshipResponse>(
        "AdminRelationshipService/GrantAdminRelationship",
        absl::StrCat(Options(), "parent: 'programs/global/customers/", id,
                     "' delegate: 'programs/global/partners/r' "
                     "kind: ADMIN_KIND_BROAD duties: ADMIN_DUTY_SUPPORT "
                     "scope { all_services: true }"),
        AsCustomerAdmin(absl::StrCat("programs/global/customers/", id)));
  }
}

std::unique_ptr<ServerTest::SlowReader> ServerTest::OpenSlowReader(
    const std::string& address) {
  auto slow = std::make_unique<SlowReader>();
  grpc::ChannelArguments arguments;
  // The server can be a few messages ahead, not more.
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 256);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  slow->channel = grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments);
  slow->context.AddMetadata("partner-principal", "operators/me");
  slow->reader = OpenStream(
      slow->channel.get(),
      "/partner.hierarchy.v1.AccessService/ListAdministeredCustomers",
      Parse<v1::ListAdministeredCustomersRequest>(
          "partner: 'programs/global/partners/r' batch_size: 1")
          .SerializeAsString(),
      &slow->context);
  grpc::ByteBuffer message;
  EXPECT_TRUE(slow->reader->Read(&message));
  slow->first = ToString(message);
  return slow;
}

TEST_F(ServerTest, HealthTellsEachService) {
  Start();
  for (const char* name : {"", "reads", "writes", "liveness",
                           "partner.hierarchy.v1.PartnerService",
                           "partner.hierarchy.v1.AccessService"}) {
    EXPECT_EQ(CheckHealth(channel_.get(), name), kServing) << name;
  }
  EXPECT_NE(CheckHealth(channel_.get(), "nothing"), kServing);
}

TEST_F(ServerTest, HealthWatchSeesTheEndFirst) {
  Start();
  grpc::ClientContext context;
  Reader watch = OpenStream(channel_.get(), "/grpc.health.v1.Health/Watch",
                            Field(1, "reads"), &context);
  grpc::ByteBuffer message;
  ASSERT_TRUE(watch->Read(&message));
  EXPECT_EQ(ToString(message), kServing);
  std::thread shutdown([this] { server_->Shutdown(); });
  ASSERT_TRUE(watch->Read(&message));
  EXPECT_EQ(ToString(message), kNotServing);
  EXPECT_FALSE(watch->Read(&message));
  watch->Finish();
  shutdown.join();
}

// Remembers what it is told.
class FakeHealth : public grpc::HealthCheckServiceInterface {
 public:
  void SetServingStatus(const std::string& name, bool serving) override {
    serving_[name] = serving;
  }
  void SetServingStatus(bool) override {}
  void Shutdown() override {
    for (auto& [name, serving] : serving_) serving = false;
  }
  std::map<std::string, bool> serving_;
};

TEST(Health, WritesAreServedWhileEveryProgramTakesThem) {
  FakeHealth fake;
  Health health;
  health.SetWritable("global", false);
  health.Attach(&fake, {"a.Service"});
  EXPECT_FALSE(fake.serving_["writes"]);
  EXPECT_TRUE(fake.serving_["reads"]);
  EXPECT_TRUE(fake.serving_["a.Service"]);
  health.SetWritable("germany", false);
  health.SetWritable("global", true);
  EXPECT_FALSE(fake.serving_["writes"]);
  health.SetWritable("germany", true);
  EXPECT_TRUE(fake.serving_["writes"]);
  health.EndAll();
  health.SetWritable("germany", true);
  for (const auto& [name, serving] : fake.serving_) EXPECT_FALSE(serving);
}

// In one test, because what is loaded once stays.
TEST_F(ServerTest, ReflectionIsThereWithTheFlagOnly) {
  Start();
  EXPECT_EQ(Reflect(channel_.get()), "none");
  reflection_ = true;
  Restart();
  const std::string listed = Reflect(channel_.get());
  EXPECT_TRUE(absl::StrContains(listed, "partner.hierarchy.v1.PartnerService"));
  EXPECT_TRUE(absl::StrContains(listed, "partner.hierarchy.v1.AccessService"));
}

TEST_F(ServerTest, TurnsAwayWhatIsTooMuch) {
  unary_max_ = 1;
  Start();
  std::thread waiting(
      [this] { EXPECT_EQ(WaitInPlace(1500).reason(), "REVISION_AHEAD"); });
  const Ended ended = CallUntil("OVERLOADED");
  waiting.join();
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ended.reason(), "OVERLOADED");
  EXPECT_EQ(ended.info.metadata().at("limit"), "in_flight_unary_max");
  v1::RetryInfo retry;
  EXPECT_TRUE(ended.Find(&retry));
}

TEST_F(ServerTest, LosesNoPlaceToCallersThatGiveUp) {
  unary_max_ = 4;
  Start();
  MakeProvider("p");
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([this, i] {
      for (int call = 0; call < 60; ++call) {
        grpc::ClientContext context;
        std::thread cancel([&context, i, call] {
          const absl::Time moment =
              absl::Now() + absl::Microseconds((call * 37 + i * 101) % 1500);
          while (absl::Now() < moment) std::this_thread::yield();
          context.TryCancel();
        });
        const char* request =
            call % 2 == 0 ? "name: 'programs/global/partners/p' "
                            "read_options { min_revision { number: 1000 } }"
                          : "name: 'programs/global/partners/p'";
        context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::milliseconds(300));
        CallBytes(channel_, "PartnerService/GetPartner",
                  Parse<v1::GetPartnerRequest>(request).SerializeAsString(),
                  As("operators/me"), &context);
        cancel.join();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  // Those that waited may do so until their deadline.
  EXPECT_EQ(CallUntil("").reason(), "");
  for (int i = 0; i < 50; ++i) {
    Do<v1::GetPartnerRequest, v1::GetPartnerResponse>(
        "PartnerService/GetPartner", "name: 'programs/global/partners/p'");
  }
}

TEST_F(ServerTest, ShutdownEndsWaitsAtOnce) {
  unary_max_ = 1;
  Start();
  std::thread waiting([this] {
    const Ended ended = WaitInPlace(9000);
    EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  });
  // The waiting call has taken the only place.
  EXPECT_EQ(CallUntil("OVERLOADED").reason(), "OVERLOADED");
  const absl::Time start = absl::Now();
  server_->Shutdown();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  waiting.join();
}

TEST_F(ServerTest, DrainingRefusesNewCallsAndEndsStreams) {
  Start();
  MakeAdministeredCustomers(kMoreThanFlows);
  std::unique_ptr<SlowReader> slow = OpenSlowReader(server_->address());
  std::thread shutdown([this] { server_->Shutdown(); });
  std::string seen;
  const absl::Time limit = absl::Now() + absl::Seconds(10);
  while (seen != "DRAINING" && absl::Now() < limit) {
    seen =
        Call("PartnerService/GetPartner",
             Parse<v1::GetPartnerRequest>("name: 'programs/global/partners/p'"),
             std::make_unique<v1::GetPartnerResponse>().get())
            .reason();
  }
  EXPECT_EQ(seen, "DRAINING");
  EXPECT_EQ(CheckHealth(channel_.get(), ""), kNotServing);
  const auto status = Do<v1::GetStatusRequest, v1::GetStatusResponse>(
      "AdminService/GetStatus", "");
  EXPECT_EQ(status.state(), v1::SERVING_STATE_DRAINING);
  // The stream goes on where it was taken up, and ends with a cursor in hand.
  grpc::ByteBuffer message;
  int messages = 1;
  std::string last = slow->first;
  while (slow->reader->Read(&message)) {
    ++messages;
    last = ToString(message);
  }
  const Ended ended = Decode(slow->reader->Finish());
  EXPECT_EQ(ended.reason(), "DRAINING");
  EXPECT_LT(messages, kMoreThanFlows);
  v1::ListAdministeredCustomersResponse response;
  ASSERT_TRUE(response.ParseFromString(last));
  EXPECT_FALSE(response.cursor().empty());
  shutdown.join();
}

TEST_F(ServerTest, DrainingIsBounded) {
  drain_seconds_ = 1;
  Start();
  MakeAdministeredCustomers(kMoreThanFlows);
  std::unique_ptr<SlowReader> slow = OpenSlowReader(server_->address());
  const absl::Time start = absl::Now();
  server_->Shutdown();
  EXPECT_LT(absl::Now() - start, absl::Seconds(6));
  slow->context.TryCancel();
  slow->reader->Finish();
}

TEST_F(ServerTest, RefusesToStart) {
  Start();
  Config config = MakeConfig();
  // The directory is in use.
  EXPECT_FALSE(Server::Start(config).ok());
  const test::TempDirectory other;
  config.data_dir = other.File("data");
  config.create = false;
  EXPECT_TRUE(absl::IsNotFound(Server::Start(config).status()));
  config.create = true;
  config.listen = {server_->address()};
  EXPECT_FALSE(Server::Start(config).ok());
  config.listen = {"127.0.0.1:0"};
  config.programs = {"mars"};
  EXPECT_TRUE(absl::IsNotFound(Server::Start(config).status()));
  config.programs = {};
  config.default_edition = {"global=none"};
  EXPECT_TRUE(absl::IsNotFound(Server::Start(config).status()));
  config.default_edition = {};
  config.policy_dir = other.File("none");
  EXPECT_TRUE(absl::IsNotFound(Server::Start(config).status()));
  config.policy_dir.clear();
  EXPECT_TRUE(Server::Start(config).ok());
}

TEST_F(ServerTest, ServesAUnixSocketAndSomePrograms) {
  Config config = RpcTest::MakeConfig();
  const std::string socket = absl::StrCat("unix:", directory_.File("socket"));
  config.listen = {socket, "127.0.0.1:0"};
  config.programs = {"germany"};
  auto server = Server::Start(config);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ((*server)->address(), socket);
  EXPECT_EQ((*server)->addresses().size(), 2u);
  channel_ = grpc::CreateChannel(socket, grpc::InsecureChannelCredentials());
  const auto status = Do<v1::GetStatusRequest, v1::GetStatusResponse>(
      "AdminService/GetStatus", "");
  ASSERT_EQ(status.programs_size(), 1);
  EXPECT_EQ(status.programs(0).program(), "programs/germany");
  EXPECT_GT(status.limits_size(), 8);
  EXPECT_EQ(Refused<v1::GetPartnerRequest>("PartnerService/GetPartner",
                                           "name: 'programs/global/partners/p'")
                .reason(),
            "PROGRAM_NOT_FOUND");
}

TEST_F(ServerTest, LeavesTheSocketOfALivingServerAlone) {
  const test::TempDirectory other;
  Config config = RpcTest::MakeConfig();
  const std::string path = directory_.File("socket");
  config.listen = {absl::StrCat("unix:", path)};
  Config second = config;
  second.data_dir = other.File("data");
  {
    // What a killed server leaves behind is taken over.
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    close(fd);
  }
  auto server = Server::Start(config);
  ASSERT_TRUE(server.ok()) << server.status();
  const absl::Status refused = Server::Start(second).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(std::string(refused.message()), path));
  channel_ =
      grpc::CreateChannel(config.listen[0], grpc::InsecureChannelCredentials());
  const auto status = Do<v1::GetStatusRequest, v1::GetStatusResponse>(
      "AdminService/GetStatus", "");
  EXPECT_GT(status.programs_size(), 0);
}

TEST_F(ServerTest, RefusesMessagesThatAreTooLong) {
  Start();
  for (const std::size_t bytes : {(1u << 20) + 1, (2u << 20) + 1}) {
    grpc::ClientContext context;
    context.AddMetadata("partner-principal", "operators/me");
    grpc::ByteBuffer answer;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            channel_.get(),
            RpcMethod("/partner.hierarchy.v1.PartnerService/CreatePartner",
                      RpcMethod::NORMAL_RPC),
            &context, ToBuffer(std::string(bytes, 'x')), &answer);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    // Far over the limit, gRPC itself refuses.
    if (bytes > 2u << 20) continue;
    const Ended ended = Decode(status);
    EXPECT_EQ(ended.reason(), "QUOTA_REACHED");
    EXPECT_EQ(ended.info.metadata().at("limit"), "message_bytes_max");
  }
}

// --- The program -----------------------------------------------------------

class ProgramTest : public ServerTest {
 protected:
  test::ServerProcess MakeProcess(std::vector<std::string> flags) {
    test::ServerProcess::Options options;
    options.program = PARTNERD_PATH;
    options.flags = std::move(flags);
    return test::ServerProcess(std::move(options));
  }
  void Connect(const test::ServerProcess& process) {
    channel_ = grpc::CreateChannel(process.address(),
                                   grpc::InsecureChannelCredentials());
  }
};

TEST_F(ProgramTest, EndsOnSigterm) {
  test::ServerProcess process = MakeProcess({});
  ASSERT_TRUE(process.Start().ok());
  Connect(process);
  MakeProvider("p");
  Do<v1::GetPartnerRequest, v1::GetPartnerResponse>(
      "PartnerService/GetPartner", "name: 'programs/global/partners/p'");
  // The test clock is for tests that ask for it.
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  EXPECT_EQ(
      (grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
           channel_.get(),
           RpcMethod("/partner.hierarchy.v1.TestClockService/AdvanceClock",
                     RpcMethod::NORMAL_RPC),
           &context, ToBuffer(""), &answer))
          .error_code(),
      grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(process.Terminate(), 0);
  const std::string log = process.Log();
  EXPECT_TRUE(absl::StrContains(log, "PartnerService.CreatePartner"));
  // An ordinary read leaves no line.
  EXPECT_FALSE(absl::StrContains(log, "PartnerService.GetPartner"));
  const test::Ended verified = process.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_TRUE(absl::StrContains(verified.out, "global: OK, revision 2"))
      << verified.out;
}

TEST_F(ProgramTest, EndsAtOnceOnASecondSignal) {
  test::ServerProcess process = MakeProcess({"--drain-seconds=600"});
  ASSERT_TRUE(process.Start().ok());
  Connect(process);
  MakeAdministeredCustomers(kMoreThanFlows);
  std::unique_ptr<SlowReader> slow = OpenSlowReader(process.address());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(absl::Milliseconds(300)), -1);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(absl::Seconds(10)), 130);
  slow->context.TryCancel();
  slow->reader->Finish();
}

TEST_F(ProgramTest, SaysInOneLineWhyItDoesNotStart) {
  const test::TempDirectory directory;
  const std::string missing = directory.File("missing");
  const std::vector<std::vector<std::string>> commands = {
      {"--identity=development"},
      {"--data-dir", missing},
      {"--data-dir", missing, "--identity=development"},
      {"--data-dir", missing, "--identity=development", "--create",
       "--listen=0.0.0.0:0"},
      {"--data-dir", missing, "--identity=development", "--create",
       "--test-clock", "--production"},
      {"--nothing"},
      {"verify", "--data-dir", missing},
      {"verify"},
  };
  for (std::vector<std::string> command : commands) {
    SCOPED_TRACE(absl::StrCat(command.front(), " ", command.back()));
    command.insert(command.begin(), PARTNERD_PATH);
    const test::Ended ended = test::RunProgram(command);
    EXPECT_TRUE(ended.exit_code == 1 || ended.exit_code == 2)
        << ended.exit_code;
    const std::vector<std::string> lines =
        absl::StrSplit(ended.err, '\n', absl::SkipEmpty());
    EXPECT_EQ(lines.size(), 1u) << ended.err;
    EXPECT_TRUE(ended.out.empty()) << ended.out;
  }
}

TEST_F(ProgramTest, PrintsAndChecksItsSettings) {
  const test::Ended printed =
      test::RunProgram({PARTNERD_PATH, "--print-config", "--data-dir=/d"},
                       {"PARTNERD_DRAIN_SECONDS=3"});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_TRUE(absl::StrContains(printed.out, "data-dir = /d  # flag"));
  EXPECT_TRUE(
      absl::StrContains(printed.out, "drain-seconds = 3  # environment"));
  EXPECT_EQ(test::RunProgram({PARTNERD_PATH, "--check-config", "--data-dir=/d",
                              "--identity=development"})
                .exit_code,
            0);
  EXPECT_EQ(test::RunProgram({PARTNERD_PATH, "--check-config"}).exit_code, 2);
}

}  // namespace
}  // namespace partner::server
