// SIGTERM: what is under way ends within a bound, what comes later is refused
// as not applied, and a second signal ends the process at once.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/crash/health.h"
#include "tests/crash/requests.h"
#include "tests/crash/spoilt_disk.h"
#include "tests/crash/writers.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

constexpr int kEndedAtOnce = 130;

TEST(Drain, UnderLoadLosesNothingAndSaysWhatItDidNotApply) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  ServerProcess server(
      {.program = PARTNERD_PATH, .flags = {"--programs", "global"}});
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  const WireCaller wire(server.address());
  Writers writers(seed);
  ASSERT_NO_FATAL_FAILURE(writers.SetUp(wire));
  writers.Run(wire, Writers::OnFailure::kStop, [&] {
    writers.AwaitAnswers(100);
    // 10 s is the bound; a sanitized server on a busy machine gets more.
    EXPECT_EQ(server.Terminate(absl::Seconds(40)), 0) << server.Log();
  });
  const Ended verified = server.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;

  ASSERT_TRUE(server.Start().ok()) << server.Log();
  ASSERT_NO_FATAL_FAILURE(writers.CheckAll(WireCaller(server.address())));
}

// A server that was told to end while a write waits for the disk.
class StalledDrain : public testing::Test {
 protected:
  StalledDrain() : server_(disk_.Options({"--drain-seconds", "600"})) {}

  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    wire_ = std::make_unique<WireCaller>(server_.address());
    ASSERT_TRUE(CreatePartner(*wire_, 1).ok());
    disk_.Spoil("stalled");
    write_ = std::thread([this] { answer_ = CreatePartner(*wire_, 2); });
    ASSERT_TRUE(Eventually([this] { return disk_.IsWaitedFor(); }));
    server_.Signal(SIGTERM);
    ASSERT_TRUE(Eventually(
        [this] { return HealthOf(server_.address(), "") == Health::kNot; }));
  }

  void TearDown() override {
    disk_.Mend("stalled");
    if (write_.joinable()) write_.join();
  }

  const SpoiltDisk disk_;
  ServerProcess server_;
  std::unique_ptr<WireCaller> wire_;
  Answer answer_;
  std::thread write_;
};

TEST_F(StalledDrain, EndsWhatIsUnderWayAndTakesNothingNew) {
  const Answer late = CreatePartner(*wire_, 3);
  EXPECT_EQ(late.error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(late.error.reason, v1::ERROR_REASON_DRAINING)
      << late.error.reason_name;
  EXPECT_TRUE(late.error.retry_delay.has_value());
  EXPECT_EQ(GetPartner(*wire_, 1).error.reason, v1::ERROR_REASON_DRAINING);

  disk_.Mend("stalled");
  write_.join();
  EXPECT_TRUE(answer_.ok()) << answer_.error.message;
  EXPECT_EQ(server_.Wait(absl::Seconds(40)), 0) << server_.Log();
}

TEST_F(StalledDrain, ASecondSignalEndsItAtOnce) {
  server_.Signal(SIGTERM);
  EXPECT_EQ(server_.Wait(absl::Seconds(40)), kEndedAtOnce) << server_.Log();
  write_.join();
  EXPECT_EQ(answer_.error.code, grpc::StatusCode::UNAVAILABLE);

  disk_.Mend("stalled");
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  const WireCaller again(server_.address());
  EXPECT_TRUE(GetPartner(again, 1).ok());
  EXPECT_TRUE(CreatePartner(again, 2).ok());
}

}  // namespace
}  // namespace partner::test
