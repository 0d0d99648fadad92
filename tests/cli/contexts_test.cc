// Goal: named contexts are stored, chosen, listed and forgotten, and stand
// behind flags and environment. Method: runs with a configuration directory of
// their own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "partner/hierarchy/v1/partner_service.pb.h"
#include "tests/cli/cli_run.h"
#include "tests/client/fake_server.h"

namespace partner::client {
namespace {

namespace fs = std::filesystem;
namespace v1 = ::partner::hierarchy::v1;
using testing::HasSubstr;
using testing::Not;

class ContextsTest : public testing::Test {
 protected:
  ContextsTest() {
    std::string pattern = (fs::temp_directory_path() / "partnerctl-XXXXXX");
    directory_ = mkdtemp(pattern.data());
  }
  ~ContextsTest() override { fs::remove_all(directory_); }

  CliRun Run(const std::vector<std::string>& words,
             std::map<std::string, std::string> environment = {}) {
    environment.emplace("XDG_CONFIG_HOME", directory_.string());
    return RunCli(words, {std::move(environment)});
  }

  fs::path file() const { return directory_ / "partnerctl/contexts.json"; }

  fs::path directory_;
};

TEST_F(ContextsTest, TheFirstOneIsUsed) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(v1::GetPartnerResponse());
  });
  EXPECT_EQ(Run({"context", "set", "dev", "--server", server.address(),
                 "--program", "global", "--as", "partner:contoso"})
                .exit,
            kExitOk);

  EXPECT_EQ(Run({"partner", "get", "a"}).exit, kExitOk);
  EXPECT_EQ(
      Run({"partner", "get", "a"}, {{"PARTNERCTL_PROGRAM", "germany"}}).exit,
      kExitOk);

  EXPECT_EQ(server.calls()[0].As<v1::GetPartnerRequest>().name(),
            "programs/global/partners/a");
  EXPECT_EQ(server.calls()[0].metadata.at("partner-principal"),
            "programs/global/partners/contoso");
  EXPECT_EQ(server.calls()[1].metadata.at("partner-principal"),
            "programs/germany/partners/contoso");
}

TEST_F(ContextsTest, AreListedUsedAndForgotten) {
  Run({"context", "set", "a", "--program", "global"});
  Run({"context", "set", "b", "--program", "germany"});
  EXPECT_THAT(Run({"context", "list"}).out, HasSubstr("*  a"));
  EXPECT_EQ(Run({"context", "use", "b"}).exit, kExitOk);
  EXPECT_THAT(Run({"context", "list"}).out, HasSubstr("*  b"));
  EXPECT_EQ(Run({"context", "delete", "b"}).exit, kExitOk);
  EXPECT_THAT(Run({"context", "list"}).out, Not(HasSubstr("germany")));
}

TEST_F(ContextsTest, AreListedAsJson) {
  Run({"context", "set", "a", "--program", "global"});
  const auto list =
      nlohmann::json::parse(Run({"-o", "json", "context", "list"}).out);
  EXPECT_EQ(list["current"], "a");
  EXPECT_EQ(list["contexts"]["a"]["program"], "global");
}

TEST_F(ContextsTest, SettingAgainKeepsWhatIsNotGiven) {
  Run({"context", "set", "a", "--program", "global", "--as", "operators/x"});
  Run({"context", "set", "a", "--program", "germany"});
  const CliRun run = Run({"context", "list"});
  EXPECT_THAT(run.out, HasSubstr("germany"));
  EXPECT_THAT(run.out, HasSubstr("operators/x"));
}

TEST_F(ContextsTest, UnknownOnesAreErrors) {
  EXPECT_EQ(Run({"context", "use", "x"}).exit, kExitError);
  EXPECT_EQ(Run({"context", "delete", "x"}).exit, kExitError);
  const CliRun run = Run({"--context", "x", "program", "list"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_THAT(run.err, HasSubstr("no context `x`"));
}

TEST_F(ContextsTest, TheFileIsTheOwnersOnly) {
  Run({"context", "set", "a", "--program", "global"});
  EXPECT_EQ(fs::status(file()).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ContextsTest, NeedAPlace) {
  const CliRun set = RunCli({"context", "set", "z", "--program", "global"});
  EXPECT_EQ(set.exit, kExitError);
  EXPECT_THAT(set.err, HasSubstr("set XDG_CONFIG_HOME or HOME"));
  EXPECT_EQ(RunCli({"context", "list"}).exit, kExitOk);
  EXPECT_THAT(RunCli({"--context", "z", "program", "list"}).err,
              HasSubstr("no context `z`"));
}

TEST_F(ContextsTest, AreRefusedWhenNoCallCouldUseThem) {
  EXPECT_THAT(Run({"context", "set", "", "--program", "global"}).err,
              HasSubstr("needs a name"));
  EXPECT_THAT(Run({"context", "set", "a\tb"}).err, HasSubstr("NAME has"));
  EXPECT_THAT(Run({"context", "set", "a", "--as", "operators/\xff"}).err,
              HasSubstr("--as has"));
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(ContextsTest, AnIdentityThatCannotBeSentIsAnError) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()) << R"({"current": "a", "contexts": {"a": {)"
                           R"("as": "operators/é", "program": "global"}}})";
  const CliRun run = Run({"partner", "list"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_THAT(run.err, HasSubstr("printable ASCII"));
}

TEST_F(ContextsTest, ADamagedFileIsAnErrorAndStays) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()) << "{";
  EXPECT_THAT(Run({"context", "set", "a"}).err,
              HasSubstr("does not hold contexts"));
  EXPECT_EQ(fs::file_size(file()), 1U);
}

}  // namespace
}  // namespace partner::client
