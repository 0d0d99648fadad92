// Goal: `partnerctl conform` says of any server whether it keeps the rules: yes
// of ours, again and again on the same data, and which rule is broken where one
// is. Method: the real partnerd, with its own editions and with one altered.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/cli/cli_run.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace partner::client {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

CliRun Conform(const std::string& address, std::vector<std::string> words) {
  words.insert(words.begin(), {"conform", "--server", address});
  return RunCli(words,
                {.environment = {{"PARTNERCTL_SCENARIOS", SCENARIO_DIR}}});
}

json ReadJson(const std::string& path) {
  return json::parse(test::ReadFile(path), nullptr, false);
}

// What came of each scenario, as `SCENARIO/PROGRAM`.
std::vector<std::string> With(const json& report, const std::string& outcome) {
  std::vector<std::string> names;
  for (const json& telling : report["tellings"]) {
    if (telling["outcome"] == outcome) {
      names.push_back(absl::StrCat(telling["scenario"].get<std::string>(), "/",
                                   telling["program"].get<std::string>()));
    }
  }
  return names;
}

class ConformTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> flags) {
    server_ = std::make_unique<test::ServerProcess>(
        test::ServerProcess::Options{PARTNERD_PATH, "", std::move(flags), {}});
    const absl::Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status;
  }

  const test::TempDirectory directory_;
  std::unique_ptr<test::ServerProcess> server_;
};

TEST_F(ConformTest, ItsOwnServerKeepsEveryRuleWithDataInItToo) {
  Start({"--test-clock"});
  const CliRun first =
      Conform(server_->address(), {"-o", "json", "--filter", "R56"});
  EXPECT_EQ(first.exit, 0) << first.out;
  EXPECT_THAT(With(json::parse(first.out), "PASSED"),
              testing::Contains("lists/global"));

  const std::string path = absl::StrCat(directory_.path(), "/report.json");
  const CliRun all = Conform(server_->address(), {"--report", path});
  EXPECT_EQ(all.exit, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("RULE"));
  EXPECT_THAT(all.err, HasSubstr("skipped lists in global: it wants a program "
                                 "with nothing in it"));
  const json report = ReadJson(path);
  EXPECT_THAT(With(report, "FAILED"), IsEmpty());
  // Two stories want Germany for themselves.
  EXPECT_THAT(With(report, "SKIPPED"),
              testing::UnorderedElementsAre(
                  "lists/global", "edition_evaluated_and_withdrawn/germany"));
  EXPECT_EQ(report["passed"], report["tellings"].size() - 2);
  EXPECT_EQ(report["rules"][0]["rule"], "R1");
  EXPECT_GT(report["rules"].size(), 50u);
}

TEST_F(ConformTest, AServerThatBreaksARuleFailsAndTheRuleIsNamed) {
  const std::string edition = absl::StrCat(
      PARTNER_SOURCE_DIR, "/hierarchy/policies/global-2017-03.textproto");
  const std::string held = "tenant_as_customer { value: true";
  const std::string text = test::ReadFile(edition);
  ASSERT_THAT(text, HasSubstr(held));
  std::ofstream(absl::StrCat(directory_.path(), "/global-2017-03.textproto"))
      << absl::StrReplaceAll(text,
                             {{held, "tenant_as_customer { value: false"}});
  Start({"--test-clock", "--policy-dir", directory_.path()});

  const CliRun run = Conform(server_->address(), {"--filter", "R23"});
  EXPECT_EQ(run.exit, 1) << run.err;
  EXPECT_THAT(run.out,
              testing::ContainsRegex("R23 .*csp_partner_as_customer/global"));
  EXPECT_THAT(run.err,
              HasSubstr("FAILED  csp_partner_as_customer in global (R23, R24"));
  EXPECT_THAT(run.err, HasSubstr("CUSTOMER_IS_CSP_PARTNER"));
  EXPECT_THAT(run.err, HasSubstr("and it came OK"));

  const CliRun machine =
      Conform(server_->address(), {"-o", "json", "--filter", "R23"});
  EXPECT_EQ(machine.exit, 1);
  EXPECT_THAT(machine.err, IsEmpty());
  EXPECT_THAT(With(json::parse(machine.out), "FAILED"),
              testing::Contains("csp_partner_as_customer/global"));
}

TEST_F(ConformTest, AProgramThatIsNotServedIsSkipped) {
  Start({"--test-clock", "--programs", "germany"});
  const CliRun run = Conform(server_->address(), {"--filter", "R67"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("skipped customer_create_by_provider in "
                                 "global: the server does not have this "
                                 "program"));
  const CliRun nothing = Conform(server_->address(), {"--filter", "R44"});
  EXPECT_EQ(nothing.exit, 2);
  EXPECT_THAT(nothing.err, HasSubstr("no scenario could be told"));
}

TEST_F(ConformTest, NothingIsWrittenToAServerWithoutAClockForTests) {
  Start({});
  const CliRun run = Conform(server_->address(), {});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("--test-clock"));
  const CliRun partners =
      RunCli({"--server", server_->address(), "--program", "global", "--as",
              "operators/me", "-o", "json", "partner", "list"});
  EXPECT_EQ(partners.out, "[]\n") << partners.err;
}

TEST_F(ConformTest, WhatCannotBeAskedIsAnError) {
  const auto refused = [&](const std::vector<std::string>& words) {
    const CliRun run = Conform("127.0.0.1:1", words);
    EXPECT_EQ(run.exit, 2);
    EXPECT_THAT(run.out, IsEmpty());
    return run.err;
  };
  EXPECT_THAT(refused({}), HasSubstr("no server of this contract"));
  EXPECT_THAT(refused({"--filter", "R999"}),
              HasSubstr("no scenario cites the rule R999"));
  EXPECT_THAT(refused({"--scenarios", "/nowhere"}),
              HasSubstr("no scenarios in /nowhere"));
  EXPECT_THAT(refused({"--report", "/nowhere/report"}),
              HasSubstr("cannot write /nowhere/report"));
  EXPECT_THAT(
      json::parse(refused({"-o", "json", "--filter", "R999"}))["error"].dump(),
      HasSubstr("R999"));

  const std::string path = absl::StrCat(directory_.path(), "/bad.textproto");
  std::ofstream(path) << "name: 'x'\nsteps { nothing: 1 }\n";
  EXPECT_THAT(refused({"--scenarios", directory_.path()}),
              HasSubstr("bad.textproto: line 2, column "));
  std::ofstream(path) << "name: 'x' cites: 'no rule'\n";
  EXPECT_THAT(refused({"--scenarios", directory_.path()}),
              HasSubstr("the scenario bad has no rule among its cites"));
  std::ofstream(path) << "name: 'x' cites: 'R1' cast: 'lost'\n"
                         "programs { id: 'global' } steps { note: 'x' }\n";
  EXPECT_THAT(refused({"--scenarios", directory_.path()}),
              HasSubstr("cast/lost.textproto"));
}

TEST_F(ConformTest, TheProgramFindsTheScenariosBesideIt) {
  Start({"--test-clock"});
  const test::Ended run =
      test::RunProgram({PARTNERCTL_PATH, "conform", "--server",
                        server_->address(), "--filter", "R44"},
                       {"HOME=/nonexistent", "LANG=C"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("R44"));
  EXPECT_THAT(run.err, HasSubstr("1 passed, 0 failed, 0 skipped"));
  EXPECT_THAT(run.err, Not(HasSubstr("FAILED")));
}

}  // namespace
}  // namespace partner::client
