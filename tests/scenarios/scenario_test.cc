// Tells every scenario of this directory to the real server, each program on a
// server of its own, and verifies the stores afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/conform/player.h"
#include "client/conform/scenario_files.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"

namespace partner::test {
namespace {

// Empty when they cannot be read; then ReadAndCite says why.
const std::vector<client::ScenarioFile>& Files() {
  static const auto& files = *new std::vector<client::ScenarioFile>(
      client::ReadScenarios(SCENARIO_DIR)
          .value_or(std::vector<client::ScenarioFile>()));
  return files;
}

// A scenario in one of its programs.
struct Telling {
  const client::ScenarioFile* file = nullptr;
  client::Program program;
};

void PrintTo(const Telling& telling, std::ostream* out) {
  *out << telling.file->name << " in " << telling.program.id();
}

std::vector<Telling> Tellings() {
  std::vector<Telling> tellings;
  for (const client::ScenarioFile& file : Files()) {
    for (const client::Program& program : file.scenario.programs()) {
      tellings.push_back({&file, program});
    }
  }
  return tellings;
}

class ScenarioTest : public testing::TestWithParam<Telling> {};

TEST_P(ScenarioTest, ComesOutAsTold) {
  const Telling& telling = GetParam();
  ServerProcess server({.program = PARTNERD_PATH, .flags = {"--test-clock"}});
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started.message();
  const auto restart = [&]() -> absl::StatusOr<std::string> {
    server.Kill();
    const absl::Status status = server.Start();
    if (!status.ok()) return status;
    return server.address();
  };
  client::Player player(telling.program, {server.address(), restart});
  const absl::Status cast = player.Play(telling.file->cast);
  ASSERT_TRUE(cast.ok()) << "cast, " << cast.message();
  const absl::Status told = player.Play(telling.file->scenario);
  EXPECT_TRUE(told.ok()) << told.message();
  EXPECT_EQ(server.Terminate(), 0) << server.Log();
  const Ended verified = server.Verify();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

std::string NameOf(const testing::TestParamInfo<Telling>& item) {
  std::string name =
      absl::StrCat(item.param.file->name, "_in_", item.param.program.id());
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ScenarioTest, testing::ValuesIn(Tellings()),
                         NameOf);

TEST(ScenarioFilesTest, ReadAndCite) {
  const auto files = client::ReadScenarios(SCENARIO_DIR);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_GE(files->size(), 30u);
}

}  // namespace
}  // namespace partner::test
