// SIGKILL while several clients write, again and again: what was acknowledged
// is there, once, at the revision that was answered; what was not is there once
// or not at all; and nothing else is there.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/crash/writers.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kKills = 20;
#else
constexpr int kKills = 100;
#endif
constexpr int kAnswersMax = 60;
constexpr int kMicrosecondsMax = 3000;

TEST(KillTest, LosesNothingAcknowledgedAndAppliesNothingTwice) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  ServerProcess server(
      {.program = PARTNERD_PATH, .flags = {"--programs", "global"}});
  ASSERT_TRUE(server.Start().ok()) << server.Log();
  auto wire = std::make_unique<WireCaller>(server.address());
  Writers writers(seed);
  ASSERT_NO_FATAL_FAILURE(writers.SetUp(*wire));
  for (int kill = 0; kill < kKills; ++kill) {
    SCOPED_TRACE(absl::StrCat("kill ", kill));
    // Drawn in answers, so that a slow machine does not change what is met, and
    // then in time, so that it is not always met just after an answer.
    const int answers = static_cast<int>(random() % kAnswersMax);
    const absl::Duration time = absl::Microseconds(random() % kMicrosecondsMax);
    writers.Run(*wire, Writers::OnFailure::kStop, [&] {
      writers.AwaitAnswers(answers);
      writers.Wait(time);
      server.Kill();
    });
    ASSERT_TRUE(server.Start().ok()) << server.Log();
    wire = std::make_unique<WireCaller>(server.address());
    ASSERT_NO_FATAL_FAILURE(writers.CheckNew(*wire));
  }
  ASSERT_NO_FATAL_FAILURE(writers.CheckAll(*wire));
  std::printf("%d kills, %zu requests\n", kKills, writers.requests());
  EXPECT_EQ(server.Terminate(), 0);
  const Ended verified = server.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace partner::test
