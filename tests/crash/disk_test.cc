// How the server meets a disk that is full, that cannot be synced, or both
// while many write: it says what it cannot do, goes on by itself when it can,
// and settles what it left open.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/crash/health.h"
#include "tests/crash/requests.h"
#include "tests/crash/spoilt_disk.h"
#include "tests/crash/writers.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

constexpr int kFaults = 10;

void ExpectSound(ServerProcess& server) {
  EXPECT_EQ(server.Terminate(), 0) << server.Log();
  const Ended verified = server.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

// The first write that failed: it may be in the log, beyond what can be told
// while the disk is spoilt.
void ExpectOpen(const Answer& answer) {
  EXPECT_EQ(answer.error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.error.reason_name, "COMMIT_UNKNOWN");
  EXPECT_TRUE(answer.error.metadata.contains("request_id"));
  EXPECT_TRUE(answer.error.retry_delay.has_value());
}

// Later ones.
void ExpectRefused(const Answer& answer) {
  EXPECT_EQ(answer.error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.error.reason_name, "STORE_UNAVAILABLE");
  EXPECT_TRUE(answer.error.retry_delay.has_value());
}

void ExpectReadsOnly(const ServerProcess& server, const WireCaller& wire) {
  EXPECT_EQ(HealthOf(server.address(), "writes"), Health::kNot);
  EXPECT_EQ(HealthOf(server.address(), "reads"), Health::kServing);
  EXPECT_EQ(HealthOf(server.address(), ""), Health::kServing);
  const v1::GetStatusResponse status = GetStatus(wire);
  EXPECT_EQ(status.state(), v1::SERVING_STATE_READ_ONLY);
  EXPECT_FALSE(status.state_detail().empty());
  ASSERT_EQ(status.programs_size(), 1);
  EXPECT_FALSE(status.programs(0).writable());
  EXPECT_TRUE(GetPartner(wire, 1).ok());
}

void ExpectWritesAgain(const ServerProcess& server, const WireCaller& wire) {
  EXPECT_TRUE(Eventually([&] { return CreatePartner(wire, 2).ok(); }));
  EXPECT_TRUE(Eventually([&] {
    return HealthOf(server.address(), "writes") == Health::kServing;
  }));
  EXPECT_EQ(GetStatus(wire).state(), v1::SERVING_STATE_SERVING);
}

TEST(FullDisk, RefusesWritesServesReadsSaysSoAndRecovers) {
  const SpoiltDisk disk;
  ServerProcess server(disk.Options());
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  const WireCaller wire(server.address());
  ASSERT_TRUE(CreatePartner(wire, 1).ok());
  EXPECT_EQ(HealthOf(server.address(), "writes"), Health::kServing);

  disk.Spoil("full");
  ExpectOpen(CreatePartner(wire, 2));
  ExpectRefused(CreatePartner(wire, 3));
  EXPECT_EQ(GetPartner(wire, 2).error.code, grpc::StatusCode::NOT_FOUND);
  ExpectReadsOnly(server, wire);

  disk.Mend("full");
  ExpectWritesAgain(server, wire);
  ExpectSound(server);
}

TEST(UnsyncedDisk, LeavesTheOutcomeOpenUntilItIsSettled) {
  const SpoiltDisk disk;
  ServerProcess server(disk.Options());
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  const WireCaller wire(server.address());
  ASSERT_TRUE(CreatePartner(wire, 1).ok());

  disk.Spoil("unsynced");
  ExpectOpen(CreatePartner(wire, 2));
  ExpectRefused(CreatePartner(wire, 3));
  // Nobody sees what may be lost yet.
  EXPECT_EQ(GetPartner(wire, 2).error.code, grpc::StatusCode::NOT_FOUND);
  ExpectReadsOnly(server, wire);

  disk.Mend("unsynced");
  ExpectWritesAgain(server, wire);
  EXPECT_TRUE(GetPartner(wire, 2).ok());
  ExpectSound(server);
}

TEST(SpoiltDisk, UnderLoadLosesNothingAndAppliesNothingTwice) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const SpoiltDisk disk;
  ServerProcess server(disk.Options());
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  const WireCaller wire(server.address());
  Writers writers(seed);
  ASSERT_NO_FATAL_FAILURE(writers.SetUp(wire));
  writers.Run(wire, Writers::OnFailure::kRepeat, [&] {
    for (int i = 0; i < kFaults; ++i) {
      const std::string fault = i % 2 == 0 ? "full" : "unsynced";
      writers.AwaitAnswers(1 + static_cast<int>(random() % 20));
      disk.Spoil(fault);
      EXPECT_TRUE(Eventually([&] {
        return HealthOf(server.address(), "writes") == Health::kNot;
      }));
      disk.Mend(fault);
    }
    writers.AwaitAnswers(20);
  });
  ASSERT_NO_FATAL_FAILURE(writers.CheckAll(wire));

  // The same after a crash in the middle of a fault.
  writers.Run(wire, Writers::OnFailure::kStop, [&] {
    writers.AwaitAnswers(10);
    disk.Spoil("unsynced");
    EXPECT_TRUE(Eventually(
        [&] { return HealthOf(server.address(), "writes") == Health::kNot; }));
    server.Kill();
    disk.Mend("unsynced");
  });
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  const WireCaller again(server.address());
  ASSERT_NO_FATAL_FAILURE(writers.CheckAll(again));
  ExpectSound(server);
}

}  // namespace
}  // namespace partner::test
