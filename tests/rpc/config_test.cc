// Settings: flags over environment over file, unknown ones refused everywhere,
// unsafe combinations refused.

#include "server/ops/config.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/ops/command_line.h"
#include "tests/support/temp_directory.h"

namespace partner::server {
namespace {

using Environment = std::map<std::string, std::string>;
using Arguments = std::vector<std::string>;

class CommandLineTest : public ::testing::Test {
 protected:
  std::string WriteFile(const std::string& text) {
    const std::string path = directory_.File("partnerd.conf");
    std::ofstream(path) << text;
    return path;
  }

 private:
  test::TempDirectory directory_;
};

CommandLine Read(const Arguments& arguments,
                 const Environment& environment = {}) {
  const auto line = ReadCommandLine(arguments, environment);
  EXPECT_TRUE(line.ok()) << line.status();
  return line.ok() ? *line : CommandLine();
}

std::string Mistake(const Arguments& arguments,
                    const Environment& environment = {}) {
  const auto line = ReadCommandLine(arguments, environment);
  EXPECT_FALSE(line.ok());
  return line.ok() ? "" : std::string(line.status().message());
}

TEST_F(CommandLineTest, FlagsWinOverEnvironmentWinsOverFile) {
  const std::string file = WriteFile(
      "drain-seconds = 1\nslow-call-ms = 1\n# A comment.\n"
      "data-dir = \"/file\"\nlisten = [\"127.0.0.1:1\", \"unix:/s\"]\n"
      "reflection = true\n");
  const CommandLine line =
      Read({"--config", file, "--drain-seconds=3", "--create"},
           {{"PARTNERD_DRAIN_SECONDS", "2"}, {"PARTNERD_SLOW_CALL_MS", "2"}});
  EXPECT_EQ(line.config.drain_seconds, 3);
  EXPECT_EQ(line.config.slow_call_ms, 2);
  EXPECT_EQ(line.config.data_dir, "/file");
  EXPECT_EQ(line.config.listen, Arguments({"127.0.0.1:1", "unix:/s"}));
  EXPECT_TRUE(line.config.reflection);
  EXPECT_TRUE(line.config.create);
  EXPECT_EQ(line.origins.at("drain-seconds"), "flag");
  EXPECT_EQ(line.origins.at("slow-call-ms"), "environment");
  EXPECT_EQ(line.origins.at("data-dir"), file);
  EXPECT_EQ(line.origins.at("production"), "default");
  const std::string printed = PrintConfig(line);
  EXPECT_TRUE(absl::StrContains(printed, "drain-seconds = 3  # flag\n"))
      << printed;
  EXPECT_TRUE(absl::StrContains(
      printed, absl::StrCat("data-dir = /file  # ", file, "\n")));
}

TEST_F(CommandLineTest, TheFileMayBeNamedByTheEnvironment) {
  const std::string file = WriteFile("drain-seconds = 7\n");
  EXPECT_EQ(Read({}, {{"PARTNERD_CONFIG", file}}).config.drain_seconds, 7);
}

TEST_F(CommandLineTest, ListsAreRepeatedOrSeparatedByCommas) {
  EXPECT_EQ(Read({"--listen", "a:1", "--listen=b:2"}).config.listen,
            Arguments({"a:1", "b:2"}));
  EXPECT_EQ(
      Read({}, {{"PARTNERD_PROGRAMS", "global, germany"}}).config.programs,
      Arguments({"global", "germany"}));
}

TEST_F(CommandLineTest, FlagsCanBeSwitchedOff) {
  EXPECT_FALSE(Read({"--reflection=false"}, {{"PARTNERD_REFLECTION", "true"}})
                   .config.reflection);
}

TEST_F(CommandLineTest, UnknownSettingsAreRefused) {
  EXPECT_TRUE(absl::StrContains(Mistake({"--nothing"}), "--nothing"));
  EXPECT_TRUE(absl::StrContains(Mistake({"word"}), "word"));
  EXPECT_TRUE(absl::StrContains(Mistake({}, {{"PARTNERD_NOTHING", "1"}}),
                                "PARTNERD_NOTHING"));
  EXPECT_TRUE(absl::StrContains(
      Mistake({"--config", WriteFile("nothing = 1\n")}), "nothing"));
  EXPECT_TRUE(absl::StrContains(
      Mistake({"--config", WriteFile("[part]\ndrain-seconds = 1\n")}), "part"));
  EXPECT_TRUE(absl::StrContains(Mistake({"--config", "/missing"}), "/missing"));
}

TEST_F(CommandLineTest, ValuesMustFit) {
  EXPECT_TRUE(absl::StrContains(Mistake({"--drain-seconds=-1"}), "from 0 to"));
  EXPECT_TRUE(
      absl::StrContains(Mistake({"--drain-seconds=x"}), "drain-seconds"));
  EXPECT_TRUE(absl::StrContains(Mistake({}, {{"PARTNERD_CREATE", "maybe"}}),
                                "true or false"));
}

TEST_F(CommandLineTest, HasTasks) {
  EXPECT_EQ(Read({}).task, CommandLine::Task::kServe);
  EXPECT_EQ(Read({"verify", "--data-dir", "/d"}).task,
            CommandLine::Task::kVerify);
  EXPECT_EQ(Read({"verify", "--data-dir", "/d"}).config.data_dir, "/d");
  EXPECT_EQ(Read({"--print-config"}).task, CommandLine::Task::kPrintConfig);
  EXPECT_EQ(Read({"--check-config"}).task, CommandLine::Task::kCheckConfig);
  const CommandLine help = Read({"--help"});
  EXPECT_EQ(help.task, CommandLine::Task::kPrintText);
  for (const Setting& setting : Settings()) {
    EXPECT_TRUE(absl::StrContains(help.text, setting.name)) << setting.name;
  }
  EXPECT_EQ(Read({"--version"}).task, CommandLine::Task::kPrintText);
}

TEST(Settings, AreFewEnough) { EXPECT_LE(Settings().size() + 3, 40u); }

TEST(CheckConfig, RefusesWhatIsUnsafe) {
  Config sound;
  sound.data_dir = "/d";
  sound.identity = "development";
  EXPECT_TRUE(CheckConfig(sound).ok()) << CheckConfig(sound);

  Config config = sound;
  config.data_dir.clear();
  EXPECT_FALSE(CheckConfig(config).ok());
  config = sound;
  config.identity.clear();
  EXPECT_FALSE(CheckConfig(config).ok());
  config = sound;
  config.identity = "trust-me";
  EXPECT_FALSE(CheckConfig(config).ok());
  config = sound;
  config.listen = {"127.0.0.1:0", "0.0.0.0:0"};
  EXPECT_FALSE(CheckConfig(config).ok());
  config = sound;
  config.listen.clear();
  EXPECT_FALSE(CheckConfig(config).ok());
  for (const char* address :
       {"127.0.0.1", "127.0.0.1:", ":1", "127.0.0.1:65536", "127.0.0.1:99999",
        "127.0.0.1:x", "127.0.0.1:-1", "unix:", "unix-abstract:"}) {
    config = sound;
    config.listen = {address};
    EXPECT_TRUE(absl::StrContains(std::string(CheckConfig(config).message()),
                                  "is no address"))
        << address;
  }
  config = sound;
  config.default_edition = {"global"};
  EXPECT_FALSE(CheckConfig(config).ok());
  config = sound;
  config.test_clock = true;
  EXPECT_TRUE(CheckConfig(config).ok());
  config.production = true;
  EXPECT_FALSE(CheckConfig(config).ok());
}

}  // namespace
}  // namespace partner::server
