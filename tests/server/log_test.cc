// Log lines are whole JSON objects whatever is in them, and no kind of line
// can drown the others.

#include "server/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace partner::server {
namespace {

using Json = nlohmann::json;

class LogTest : public testing::Test {
 protected:
  LogTest() : clock_(absl::FromUnixMicros(1'540'771'200'000'001)) {
    std::string path = absl::StrCat(testing::TempDir(), "/log-XXXXXX");
    fd_ = mkostemp(path.data(), O_APPEND);
    EXPECT_GE(fd_, 0);
    unlink(path.c_str());
  }
  ~LogTest() override { close(fd_); }

  Logger::Options Options(int lines_per_second_max = 0) {
    Logger::Options options;
    options.fd = fd_;
    options.lines_per_second_max = lines_per_second_max;
    return options;
  }

  std::vector<std::string> Lines() {
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd_, text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    EXPECT_TRUE(text.empty() || text.back() == '\n');
    std::vector<std::string> lines =
        absl::StrSplit(text, '\n', absl::SkipEmpty());
    return lines;
  }

  TestClock clock_;
  int fd_ = -1;
};

TEST_F(LogTest, LineHasTimeSeverityMessageAndFieldsInOrder) {
  Logger logger(Options(), &clock_);
  logger.Info("serving", {{"address", "127.0.0.1"},
                          {"port", 8443},
                          {"revision", std::int64_t{1} << 60},
                          {"fresh", true},
                          {"took", absl::Milliseconds(1500)}});
  ASSERT_EQ(Lines().size(), 1u);
  EXPECT_EQ(Lines()[0],
            "{\"time\":\"2018-10-29T00:00:00.000001Z\",\"severity\":\"INFO\","
            "\"message\":\"serving\",\"address\":\"127.0.0.1\",\"port\":8443,"
            "\"revision\":1152921504606846976,\"fresh\":true,\"took\":1.5}");
}

TEST_F(LogTest, HostileTextStaysOneLineOfJson) {
  Logger logger(Options(), &clock_);
  const std::string hostile = "a\"}\n{\"severity\":\"x\\\t\x01\xff\xc3";
  logger.Warning(hostile, {{"note", hostile}, {"empty", ""}});
  logger.Error("nul", {{"text", absl::string_view("a\0b", 3)}});
  logger.Info("number", {{"nan", std::numeric_limits<double>::quiet_NaN()}});
  ASSERT_EQ(Lines().size(), 3u);
  const Json first = Json::parse(Lines()[0]);
  EXPECT_EQ(first["severity"], "WARNING");
  EXPECT_EQ(first["note"], first["message"]);
  EXPECT_EQ(first["note"].get<std::string>().substr(0, 4), "a\"}\n");
  EXPECT_EQ(Json::parse(Lines()[1])["text"], std::string("a\0b", 3));
  EXPECT_TRUE(Json::parse(Lines()[2])["nan"].is_null());
}

TEST_F(LogTest, LongTextIsCut) {
  Logger logger(Options(), &clock_);
  logger.Info("long", {{"text", std::string(1 << 20, 'x')}});
  EXPECT_EQ(Json::parse(Lines()[0])["text"].get<std::string>().size(),
            Logger::kTextBytesMax);
}

TEST_F(LogTest, LessSevereLinesAreLeftOut) {
  Logger::Options options = Options();
  options.least = Severity::kWarning;
  Logger logger(options, &clock_);
  logger.Info("a");
  logger.Warning("b");
  logger.Error("c");
  EXPECT_EQ(Lines().size(), 2u);
}

TEST_F(LogTest, EachKindHasItsOwnRateAndSaysWhatWasLeftOut) {
  Logger logger(Options(3), &clock_);
  for (int i = 0; i < 10; ++i) logger.Info("often", {{"i", i}});
  logger.Info("rare");
  EXPECT_EQ(Lines().size(), 4u);
  clock_.AdvanceTo(clock_.Now() + absl::Milliseconds(999));
  logger.Info("often");
  EXPECT_EQ(Lines().size(), 4u);
  clock_.AdvanceTo(clock_.Now() + absl::Milliseconds(1));
  logger.Info("often");
  logger.Info("often");
  ASSERT_EQ(Lines().size(), 6u);
  EXPECT_EQ(Json::parse(Lines()[4])["suppressed"], 8);
  EXPECT_FALSE(Json::parse(Lines()[5]).contains("suppressed"));
}

TEST_F(LogTest, LinesOfThreadsDoNotMix) {
  Logger logger(Options(), &clock_);
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&logger, i] {
      const std::string text(500, static_cast<char>('a' + i));
      for (int line = 0; line < kLines; ++line) {
        logger.Info("line", {{"text", text}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = Lines();
  EXPECT_EQ(lines.size(), std::size_t{kThreads * kLines});
  for (const std::string& line : lines) {
    const std::string text = Json::parse(line)["text"];
    EXPECT_EQ(text, std::string(500, text[0]));
  }
}

TEST_F(LogTest, ClosedFileIsNoReasonToFail) {
  Logger::Options options = Options();
  options.fd = -1;
  Logger(options, &clock_).Error("lost");
}

}  // namespace
}  // namespace partner::server
