// Goal: the completion scripts offer what may follow. Method: the real bash and
// zsh, where installed, read the real script.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <memory>
#include <string>

#include "tests/cli/cli_run.h"

namespace partner::client {
namespace {

using testing::HasSubstr;

std::string Output(const std::string& command) {
  std::string all;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"),
                                                   pclose);
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    all += buffer.data();
  }
  return all;
}

// What bash offers with the cursor after `words`.
std::string Offered(const std::string& words) {
  const std::string file = testing::TempDir() + "/partnerctl_completion_" +
                           std::to_string(getpid()) + ".bash";
  std::ofstream(file) << RunCli({"completion", "bash"}).out;
  return Output("bash -c 'source " + file + "; COMP_WORDS=(partnerctl " +
                words +
                "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _partnerctl; "
                "printf \"%s \" \"${COMPREPLY[@]}\"' 2>&1");
}

TEST(BashCompletion, OffersNounsAndGlobalOptions) {
  const std::string offered = Offered("\"\"");
  EXPECT_THAT(offered, HasSubstr("invitation "));
  EXPECT_THAT(offered, HasSubstr("--as "));
}

TEST(BashCompletion, OffersVerbsAfterOptions) {
  EXPECT_EQ(Offered("--as partner:x invitation re"), "revoke-forward revoke ");
}

TEST(BashCompletion, OffersOptionsAndValuesOfACommand) {
  EXPECT_EQ(Offered("invitation create --aud"), "--audience ");
  EXPECT_EQ(Offered("invitation create --audience a"), "all-active-resellers ");
  EXPECT_EQ(Offered("-o j"), "json ");
}

TEST(BashCompletion, DoesNotTakeAValueForACommand) {
  EXPECT_THAT(Offered("--as partner \"\""), HasSubstr("invitation "));
}

TEST(ZshCompletion, IsReadByZsh) {
  const CliRun run = RunCli({"completion", "zsh"});
  EXPECT_THAT(run.out, HasSubstr("#compdef partnerctl"));
  if (Output("command -v zsh").empty()) GTEST_SKIP() << "no zsh here";
  const std::string file = testing::TempDir() + "/_partnerctl";
  std::ofstream(file) << run.out;
  EXPECT_THAT(Output("zsh -n " + file + " 2>&1 && echo fine"),
              HasSubstr("fine"));
}

TEST(Completion, RefusesOtherShells) {
  EXPECT_EQ(RunCli({"completion", "fish"}).exit, kExitError);
}

}  // namespace
}  // namespace partner::client
