// Tells every scenario of this directory to the real server, each program on a
// server of its own, and verifies the stores afterwards.
#include <gmock/gmock.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/scenarios/player.h"
#include "tests/scenarios/scenario.pb.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"

namespace partner::test {
namespace {

using hierarchy::test::Program;
using hierarchy::test::Scenario;

std::string PathOf(const std::string& name) {
  return absl::StrCat(SCENARIO_DIR, "/", name, ".textproto");
}

// Keeps the first complaint about a file.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) {
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ",
                           message);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Reads a scenario's file; the error is in `error`.
Scenario ReadScenario(const std::string& name, std::string* error) {
  Scenario scenario;
  FirstError first;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&first);
  if (!parser.ParseFromString(ReadFile(PathOf(name)), &scenario)) {
    *error = absl::StrCat(PathOf(name), ": ", first.text());
  }
  return scenario;
}

// A scenario in one of its programs.
struct Telling {
  std::string name;
  int program = 0;
  std::string program_id;
};

void PrintTo(const Telling& telling, std::ostream* out) {
  *out << telling.name << " in " << telling.program_id;
}

std::vector<std::string> ScenarioNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SCENARIO_DIR)) {
    if (entry.path().extension() == ".textproto") {
      names.push_back(entry.path().stem());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Telling> Tellings() {
  std::vector<Telling> tellings;
  for (const std::string& name : ScenarioNames()) {
    std::string error;
    const Scenario scenario = ReadScenario(name, &error);
    for (int i = 0; i < scenario.programs_size(); ++i) {
      tellings.push_back({name, i, scenario.programs(i).id()});
    }
  }
  return tellings;
}

class ScenarioTest : public testing::TestWithParam<Telling> {};

TEST_P(ScenarioTest, ComesOutAsTold) {
  const Telling& telling = GetParam();
  std::string error;
  const Scenario scenario = ReadScenario(telling.name, &error);
  ServerProcess server({.program = PARTNERD_PATH, .flags = {"--test-clock"}});
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started.message();
  Player player(scenario.programs(telling.program), &server);
  if (!scenario.cast().empty()) {
    const Scenario cast =
        ReadScenario(absl::StrCat("cast/", scenario.cast()), &error);
    ASSERT_EQ(error, "");
    const absl::Status told = player.Play(cast);
    ASSERT_TRUE(told.ok()) << "cast of " << PathOf(telling.name) << ", "
                           << told.message();
  }
  const absl::Status told = player.Play(scenario);
  EXPECT_TRUE(told.ok()) << PathOf(telling.name) << " in " << telling.program_id
                         << ", " << told.message();
  EXPECT_EQ(server.Terminate(), 0) << server.Log();
  const Ended verified = server.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

std::string NameOf(const testing::TestParamInfo<Telling>& item) {
  std::string name =
      absl::StrCat(item.param.name, "_in_", item.param.program_id);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ScenarioTest, testing::ValuesIn(Tellings()),
                         NameOf);

TEST(ScenarioFilesTest, ReadAndCite) {
  const std::vector<std::string> names = ScenarioNames();
  EXPECT_GE(names.size(), 30u);
  for (const std::string& name : names) {
    std::string error;
    const Scenario scenario = ReadScenario(name, &error);
    EXPECT_EQ(error, "");
    EXPECT_FALSE(scenario.name().empty()) << name;
    EXPECT_FALSE(scenario.cites().empty()) << name;
    EXPECT_FALSE(scenario.programs().empty()) << name;
    EXPECT_FALSE(scenario.steps().empty()) << name;
  }
}

}  // namespace
}  // namespace partner::test
