// SIGKILL while several clients write, again and again: what was acknowledged
// is there, once, at the revision that was answered; what was not is there once
// or not at all; and nothing else is there.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/crash/spoilt_disk.h"
#include "tests/crash/writers.h"
#include "tests/support/seed.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kKills = 20;
constexpr int kKillsAtPoints = 40;
#else
constexpr int kKills = 100;
constexpr int kKillsAtPoints = 500;
#endif
constexpr int kAnswersMax = 60;
constexpr int kMicrosecondsMax = 3000;
// A start reads the whole store, so a new one now and then keeps starts short.
constexpr int kKillsOfAStore = 50;
// How long the kills at points may take, unless their number was asked for.
constexpr absl::Duration kTimeMax = absl::Seconds(90);
// How long a server may take to come to the point.
constexpr absl::Duration kPointMax = absl::Minutes(2);
constexpr int kKilledExit = 128 + SIGKILL;

// A server, those who write to it, and what they were told.
class Killed {
 public:
  explicit Killed(unsigned seed) : server_(disk_.Options()), writers_(seed) {}

  void Start() {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    wire_ = std::make_unique<WireCaller>(server_.address());
    ASSERT_NO_FATAL_FAILURE(writers_.SetUp(*wire_));
  }
  void Write(const std::function<void()>& meanwhile) {
    writers_.Run(*wire_, Writers::OnFailure::kStop, meanwhile);
  }
  // Checks the requests since the start before.
  void Restart() {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    wire_ = std::make_unique<WireCaller>(server_.address());
    ASSERT_NO_FATAL_FAILURE(writers_.CheckNew(*wire_));
  }
  // Checks all of them and the store.
  void Finish() {
    ASSERT_NO_FATAL_FAILURE(writers_.CheckAll(*wire_));
    EXPECT_EQ(server_.Terminate(), 0);
    const Ended verified = server_.Verify();
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }

  const SpoiltDisk& disk() const { return disk_; }
  ServerProcess& server() { return server_; }
  Writers& writers() { return writers_; }

 private:
  const SpoiltDisk disk_;
  ServerProcess server_;
  Writers writers_;
  std::unique_ptr<WireCaller> wire_;
};

TEST(KillTest, LosesNothingAcknowledgedAndAppliesNothingTwice) {
  const unsigned seed = Seed();
  std::mt19937 random(seed);
  Killed killed(seed);
  ASSERT_NO_FATAL_FAILURE(killed.Start());
  for (int kill = 0; kill < kKills; ++kill) {
    SCOPED_TRACE(absl::StrCat("kill ", kill));
    // Drawn in answers, so that a slow machine does not change what is met, and
    // then in time, so that it is not always met just after an answer.
    const int answers = static_cast<int>(random() % kAnswersMax);
    const absl::Duration time = absl::Microseconds(random() % kMicrosecondsMax);
    killed.Write([&] {
      killed.writers().AwaitAnswers(answers);
      killed.writers().Wait(time);
      killed.server().Kill();
    });
    ASSERT_NO_FATAL_FAILURE(killed.Restart());
  }
  ASSERT_NO_FATAL_FAILURE(killed.Finish());
  std::printf("%d kills, %zu requests\n", kKills, killed.writers().requests());
}

// Where a server dies, and how often it may pass by before, while it serves and
// while it starts or ends.
struct Point {
  const char* name;
  unsigned passes;
  unsigned passes_at_ends;
};
constexpr std::array<Point, 4> kPoints = {{{"before_append", 30, 2},
                                           {"before_commit", 500, 4},
                                           {"after_commit", 30, 1},
                                           {"checkpoint", 200, 6}}};
constexpr int kAnswersToCopy = 5;
// Filling the log until it is copied takes a while: so many are not waited for
// before one is.
constexpr unsigned kLogsNotFilled = 20;

// The server dies at each point in turn: while it serves, and now and then once
// more while it starts after that.
class KillAtPoints : public testing::Test {
 protected:
  // Starts a new store; kills its server `kills` times; checks everything.
  void KillOfAStore(int kills);
  // Kills the serving server.
  void Kill(Killed& killed, const Point& point);
  // Kills the server while it starts, or does not.
  void KillStarting(Killed& killed, const Point& point);

  unsigned Draw(unsigned bound) { return random_() % bound; }
  const Point& DrawPoint() { return kPoints[Draw(kPoints.size())]; }
  int kills() const { return serving_ + starting_; }

  const unsigned seed_ = Seed();
  std::mt19937 random_{seed_};
  std::map<std::string, int> by_point_;
  int serving_ = 0;
  int starting_ = 0;
  int stores_ = 0;
  std::size_t requests_ = 0;
};

void KillAtPoints::Kill(Killed& killed, const Point& point) {
  const bool copies_log = absl::string_view(point.name) == "checkpoint";
  // Else it copies the log when it ends.
  const bool serves = !copies_log || Draw(kLogsNotFilled) == 0;
  killed.disk().KillAt(
      point.name,
      1 + static_cast<int>(Draw(serves ? point.passes : point.passes_at_ends)));
  killed.Write([&] {
    if (!serves) {
      // So that there is enough in the log to come to the point.
      killed.writers().AwaitAnswers(kAnswersToCopy +
                                    static_cast<int>(Draw(20)));
      killed.server().Signal(SIGTERM);
    }
    const int code = killed.server().Wait(kPointMax);
    EXPECT_EQ(code, kKilledExit) << killed.server().Log();
    killed.server().Kill();
  });
  EXPECT_TRUE(killed.disk().TakeKilled());
  killed.disk().Mend("kill");
  ++by_point_[point.name];
  ++serving_;
}

void KillAtPoints::KillStarting(Killed& killed, const Point& point) {
  killed.disk().KillAt(point.name,
                       1 + static_cast<int>(Draw(point.passes_at_ends)));
  const absl::Status status = killed.server().Start();
  killed.disk().Mend("kill");
  killed.server().Kill();
  if (!killed.disk().TakeKilled()) return;
  EXPECT_FALSE(status.ok());
  ++by_point_[point.name];
  ++starting_;
}

void KillAtPoints::KillOfAStore(int kills) {
  Killed killed(seed_ + static_cast<unsigned>(stores_));
  ASSERT_NO_FATAL_FAILURE(killed.Start());
  for (const int before = this->kills(); this->kills() < before + kills;) {
    SCOPED_TRACE(absl::StrCat("kill ", this->kills()));
    const Point& point = DrawPoint();
    SCOPED_TRACE(point.name);
    Kill(killed, point);
    while (this->kills() < before + kills && Draw(4) == 0) {
      KillStarting(killed, DrawPoint());
    }
    ASSERT_NO_FATAL_FAILURE(killed.Restart());
    ASSERT_FALSE(HasFailure());
  }
  ASSERT_NO_FATAL_FAILURE(killed.Finish());
  ++stores_;
  requests_ += killed.writers().requests();
}

TEST_F(KillAtPoints, LosesNothingAcknowledgedAndAppliesNothingTwice) {
  const char* given = std::getenv("PARTNER_KILLS");
  int wanted = kKillsAtPoints;
  if (given != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(given, &wanted));
  }
  const absl::Time begin = absl::Now();
  while (kills() < wanted) {
    if (given == nullptr && absl::Now() > begin + kTimeMax) {
      std::printf("the time for %d kills is over\n", wanted);
      break;
    }
    ASSERT_NO_FATAL_FAILURE(
        KillOfAStore(std::min(kKillsOfAStore, wanted - kills())));
    ASSERT_FALSE(HasFailure());
  }
  for (const auto& [point, count] : by_point_) {
    std::printf("%s: %d kills\n", point.c_str(), count);
  }
  std::printf(
      "%d kills, %d of them while it started; %d stores verified, %zu requests "
      "repeated\n",
      kills(), starting_, stores_, requests_);
  // Of so many, every kind is drawn.
  if (kills() >= 100) {
    EXPECT_EQ(by_point_.size(), kPoints.size());
    EXPECT_GT(starting_, 0);
  }
}

}  // namespace
}  // namespace partner::test
