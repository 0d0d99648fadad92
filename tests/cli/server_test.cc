// Goal: partnerctl and partnerd, as they are shipped, understand each other:
// names, errors, dry runs, pages, past revisions, repeats, checks. Method: both
// real programs; the server keeps its clock still until a test moves it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace partner::client {
namespace {

using nlohmann::json;
using test::Ended;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kOperator[] = "operators/ops";

class RealServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ =
        new test::ServerProcess({PARTNERD_PATH, "", {"--test-clock"}, {}});
    const absl::Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status;
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  // Each test has a program's worth of names of its own.
  std::string Id(const std::string& name) const {
    return absl::StrCat(
        testing::UnitTest::GetInstance()->current_test_info()->name(), "-",
        name);
  }

  static Ended Run(const std::string& as,
                   const std::vector<std::string>& words) {
    std::vector<std::string> command = {
        PARTNERCTL_PATH, "--server", server_->address(), "--program", "global",
        "--as",          as};
    command.insert(command.end(), words.begin(), words.end());
    return test::RunProgram(command, {"HOME=/nonexistent", "LANG=C"});
  }

  // Runs it with -o json and reads the answer; null when it failed.
  static json Answer(const std::string& as, std::vector<std::string> words) {
    words.insert(words.begin(), {"-o", "json"});
    const Ended ended = Run(as, words);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return json::parse(ended.out, nullptr, false);
  }

  static json Failure(const std::string& as, std::vector<std::string> words) {
    words.insert(words.begin(), {"-o", "json"});
    const Ended ended = Run(as, words);
    EXPECT_EQ(ended.exit_code, 2) << ended.out;
    return json::parse(ended.err, nullptr, false)["error"];
  }

  void CreatePartner(const std::string& id, const std::string& enrollment) {
    static int number = 0;
    Answer(kOperator,
           {"partner", "create", id, "--display-name", "The " + id, "--country",
            "US", "--tenant-id",
            absl::StrCat("00000000-0000-4000-8000-", 100000000000 + ++number),
            "--enroll", enrollment});
  }

  static test::ServerProcess* server_;
};

test::ServerProcess* RealServerTest::server_ = nullptr;

TEST_F(RealServerTest, CreatedIsReadBackAtItsRevision) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-provider");
  const json before = Answer(kOperator, {"partner", "get", id});
  Answer(kOperator,
         {"partner", "update", id, "--display-name", "Another name"});

  const std::string revision = before["revision"]["number"];
  EXPECT_EQ(Answer(kOperator, {"partner", "get", id})["partner"]["displayName"],
            "Another name");
  EXPECT_EQ(Answer(kOperator, {"--at-revision", revision, "partner", "get",
                               id})["partner"]["displayName"],
            "The " + id);
}

TEST_F(RealServerTest, ARepeatWithTheSameRequestIdIsReplayed) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-reseller");
  const std::vector<std::string> words = {
      "--request-id", "11111111-2222-4333-8444-555555555555", "partner",
      "suspend", id};
  EXPECT_FALSE(Answer(kOperator, words)["result"]["replayed"]);
  EXPECT_TRUE(Answer(kOperator, words)["result"]["replayed"]);
  const Ended text = Run(kOperator, words);
  EXPECT_THAT(text.out, HasSubstr("the stored answer of an earlier request"));
}

TEST_F(RealServerTest, ARefusalNamesReasonRuleAndNextStep) {
  const std::string provider = Id("p");
  const std::string reseller = Id("r");
  CreatePartner(provider, "indirect-provider");
  CreatePartner(reseller, "indirect-reseller");
  const json partnership =
      Answer("partner:" + provider,
             {"partnership", "create", reseller})["partnership"];
  Answer("partner:" + reseller, {"partnership", "accept", partnership["name"]});

  const json error = Failure("partner:" + reseller, {"invitation", "create"});
  EXPECT_EQ(error["code"], "PERMISSION_DENIED");
  EXPECT_EQ(error["reason"], "RESELLER_CANNOT_INVITE");
  EXPECT_EQ(error["rule"], "R15");
  EXPECT_FALSE(error["nextStep"].get<std::string>().empty());
  EXPECT_THAT(error.dump(), HasSubstr(provider));

  const Ended text = Run("partner:" + reseller, {"invitation", "create"});
  EXPECT_THAT(text.out, IsEmpty());
  EXPECT_THAT(text.err, HasSubstr("error: RESELLER_CANNOT_INVITE "
                                  "(PERMISSION_DENIED, rule R15)"));
  EXPECT_THAT(text.err, HasSubstr("next step: "));
}

TEST_F(RealServerTest, ADryRunSaysNoAndWritesNothing) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-reseller");
  const Ended dry = Run("partner:" + id, {"--dry-run", "invitation", "create"});
  EXPECT_EQ(dry.exit_code, 1) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("dry run: REFUSED"));
  EXPECT_THAT(dry.out, HasSubstr("RESELLER_CANNOT_INVITE"));
  EXPECT_EQ(Run(kOperator, {"--dry-run", "partner", "suspend", id}).exit_code,
            0);
  EXPECT_EQ(Answer(kOperator, {"partner", "get", id})["partner"]["state"],
            "PARTNER_STATE_ACTIVE");
}

TEST_F(RealServerTest, MalformedFieldsAreNamed) {
  const json error =
      Failure(kOperator, {"partner", "create", "x", "--display-name", "X",
                          "--country", "usa", "--tenant-id", "1"});
  EXPECT_EQ(error["code"], "INVALID_ARGUMENT");
  EXPECT_THAT(error["fieldViolations"].dump(), HasSubstr("partner.country"));
  EXPECT_THAT(error["fieldViolations"].dump(), HasSubstr("partner.tenant_id"));
}

TEST_F(RealServerTest, ListsAreCompleteWhateverThePageSize) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    CreatePartner(Id(name), "indirect-reseller");
  }
  const json all = Answer(kOperator, {"partner", "list"});
  EXPECT_GE(all.size(), 5U);
  for (const char* size : {"1", "2", "5", "1000"}) {
    SCOPED_TRACE(size);
    EXPECT_EQ(Answer(kOperator, {"partner", "list", "--page-size", size}), all);
  }
  EXPECT_EQ(Answer(kOperator, {"partner", "list", "--limit", "2"}).size(), 2U);
  const json fields =
      Answer(kOperator, {"partner", "list", "--fields", "name"});
  EXPECT_EQ(fields[0], json({{"name", all[0]["name"]}}));
}

TEST_F(RealServerTest, AStaleEtagIsRefused) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-reseller");
  const std::string etag =
      Answer(kOperator, {"partner", "get", id})["partner"]["etag"];
  Answer(kOperator, {"--etag", etag, "partner", "suspend", id});
  const json error =
      Failure(kOperator, {"--etag", etag, "partner", "reinstate", id});
  EXPECT_EQ(error["reason"], "ETAG_MISMATCH");
}

TEST_F(RealServerTest, TheEtagShownIsTakenWithAndWithoutItsQuotes) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-reseller");
  for (const char* verb : {"suspend", "reinstate"}) {
    const std::string etag =
        Answer(kOperator, {"partner", "get", id})["partner"]["etag"];
    EXPECT_THAT(Run(kOperator, {"partner", "get", id}).out,
                HasSubstr("etag:          " + etag + "\n"));
    const bool bare = verb == std::string("suspend");
    Answer(kOperator, {"--etag", bare ? etag.substr(1, etag.size() - 2) : etag,
                       "partner", verb, id});
  }
}

TEST_F(RealServerTest, AnIdentityThatCannotBeSentIsAnErrorNotACrash) {
  for (const char* as : {"operators/\xc3\xa9", "operators/a\tb",
                         "operators/a\nb", "operators/\x7f"}) {
    SCOPED_TRACE(as);
    const Ended flag = Run(as, {"partner", "list"});
    EXPECT_EQ(flag.exit_code, 2);
    EXPECT_THAT(flag.err, HasSubstr("printable ASCII"));
    const Ended environment = test::RunProgram(
        {PARTNERCTL_PATH, "--server", server_->address(), "--program", "global",
         "partner", "list"},
        {"HOME=/nonexistent", absl::StrCat("PARTNERCTL_AS=", as)});
    EXPECT_EQ(environment.exit_code, 2);
    EXPECT_THAT(environment.err, HasSubstr("printable ASCII"));
  }
}

TEST_F(RealServerTest, AFullDiskIsNotSuccess) {
  // A list of nothing writes nothing.
  CreatePartner(Id("listed"), "indirect-provider");
  for (const char* words :
       {"partner list", "-o json partner list", "program get global", "--help",
        "help partner", "--version", "completion bash"}) {
    SCOPED_TRACE(words);
    const Ended ended = test::RunProgram(
        {"/bin/sh", "-c",
         absl::StrCat(PARTNERCTL_PATH, " --server ", server_->address(),
                      " --program global --as operators/ops ", words,
                      " > /dev/full")},
        {"HOME=/nonexistent"});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr("error: cannot write the output\n"));
  }
}

TEST_F(RealServerTest, ARefusalSpeaksInFlags) {
  const Ended run =
      test::RunProgram({PARTNERCTL_PATH, "--server", server_->address(),
                        "--program", "global", "partner", "list"},
                       {"HOME=/nonexistent"});
  EXPECT_THAT(run.err, HasSubstr("next step: Say who calls with --as."));
  const Ended check =
      Run(kOperator, {"--as-of", "2026-01-01", "customers", "a"});
  EXPECT_THAT(check.err,
              HasSubstr("next step: Give --at-revision or nothing."));
  const Ended create =
      Run(kOperator, {"partner", "create", "x", "--display-name", "X",
                      "--country", "usa", "--tenant-id", "1"});
  EXPECT_THAT(create.err, HasSubstr("field --country: "));
  EXPECT_THAT(create.err, HasSubstr("field --tenant-id: "));
}

TEST_F(RealServerTest, ReasonsHaveNoPrefixAnywhere) {
  const std::string id = Id("p");
  CreatePartner(id, "indirect-reseller");
  const Ended dry =
      Run("partner:" + id, {"-o", "json", "--dry-run", "invitation", "create"});
  EXPECT_EQ(json::parse(dry.out)["result"]["violations"][0]["reason"],
            "RESELLER_CANNOT_INVITE");
}

TEST_F(RealServerTest, AListSaysItsRevisionWhenAsked) {
  CreatePartner(Id("p"), "indirect-reseller");
  const json all = Answer(kOperator, {"partner", "list"});
  const json with = Answer(kOperator, {"partner", "list", "--with-revision"});
  EXPECT_EQ(with["items"], all);
  EXPECT_EQ(with["revision"],
            Answer(kOperator, {"partner", "get", Id("p")})["revision"]);
  const json none =
      Answer(kOperator, {"customer", "list", "--filter",
                         "domain = \"nowhere.example\"", "--with-revision"});
  EXPECT_EQ(none["items"], json::array());
  EXPECT_EQ(none["revision"], with["revision"]);
}

TEST(NormalServerTest, HasNoClockToMove) {
  test::ServerProcess server({PARTNERD_PATH, "", {}, {}});
  const absl::Status status = server.Start();
  ASSERT_TRUE(status.ok()) << status;
  const Ended run =
      test::RunProgram({PARTNERCTL_PATH, "--server", server.address(), "--as",
                        kOperator, "clock", "advance", "1d"},
                       {"HOME=/nonexistent"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(
      run.err,
      absl::StrCat("error: UNIMPLEMENTED\nThe server at ", server.address(),
                   " does not offer TestClockService.AdvanceClock.\n"
                   "next step: Only a server started with --test-clock "
                   "has a clock that can be moved.\n"));
}

// A provider, its invitation accepted by a customer, and a reseller of nobody.
class AccessTest : public RealServerTest {
 protected:
  void SetUp() override {
    CreatePartner(provider(), "indirect-provider");
    CreatePartner(reseller(), "indirect-reseller");
    const json invitation =
        Answer("partner:" + provider(), {"invitation", "create"})["invitation"];
    static int number = 0;
    Answer("customer:" + customer(),
           {"invitation", "accept", invitation["token"], "--display-name", "C",
            "--domain", "customer.example", "--country", "US", "--tenant-id",
            absl::StrCat("00000000-0000-4000-9000-", 100000000000 + ++number)});
  }
  std::string provider() const { return Id("p"); }
  std::string reseller() const { return Id("r"); }
  std::string customer() const { return Id("c"); }
};

TEST_F(AccessTest, ChecksExitByTheirVerdict) {
  const std::string as = "customer:" + customer();
  EXPECT_EQ(
      Run(as, {"check", provider(), "manage_users", customer()}).exit_code, 0);
  EXPECT_EQ(
      Run(as, {"check", reseller(), "manage_users", customer()}).exit_code, 1);
  EXPECT_EQ(Run(as, {"check", reseller(), "fly", customer()}).exit_code, 2);
  EXPECT_EQ(Run(as, {"check", "nobody", "manage_users", customer()}).exit_code,
            2);
}

TEST_F(AccessTest, AnExplanationAgreesWithItsCheck) {
  const Ended run = Run("customer:" + customer(),
                        {"check", reseller(), "manage_users", customer(),
                         "exchange-online", "--explain"});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_THAT(run.out, HasSubstr("DENIED: "));
  EXPECT_THAT(run.out, HasSubstr("`- "));
  EXPECT_THAT(run.out, HasSubstr("GrantAdminRelationship"));
}

TEST_F(AccessTest, ABatchAnswersInOrder) {
  const test::TempDirectory directory;
  const std::string file = directory.File("questions");
  std::ofstream(file) << provider() << " manage_users " << customer() << "\n"
                      << reseller() << " manage_users " << customer() << "\n";
  const Ended run = Run(kOperator, {"-o", "json", "batch-check", file});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const json results = json::parse(run.out)["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["decision"]["verdict"], "ACCESS_VERDICT_ALLOWED");
  EXPECT_EQ(results[1]["decision"]["verdict"], "ACCESS_VERDICT_DENIED");
}

TEST_F(AccessTest, WhoAndCustomersSeeAGrantAndItsEnd) {
  const std::string as = "customer:" + customer();
  const json grant = Answer(
      as, {"admin", "grant", reseller(), "--duty", "support", "--service",
           "exchange-online", "--replace"})["adminRelationship"];
  EXPECT_EQ(Answer(as, {"who", customer()}).size(), 2U);
  const std::string partner = "partner:" + reseller();
  EXPECT_EQ(Answer(partner, {"customers", reseller()}).size(), 1U);

  Answer(as, {"admin", "revoke", grant["name"]});
  EXPECT_EQ(Answer(partner, {"customers", reseller()}), json::array());
  EXPECT_EQ(Run(partner, {"check", reseller(), "reset_passwords", customer()})
                .exit_code,
            1);
}

TEST_F(RealServerTest, AnExpiredInvitationIsRefusedOnceTheClockMoved) {
  const std::string id = Id("p");
  CreatePartner(id, "direct-bill-partner");
  const json invitation =
      Answer("partner:" + id,
             {"invitation", "create", "--expires", "+30d"})["invitation"];
  EXPECT_EQ(invitation["state"], "INVITATION_STATE_ACTIVE");
  Answer(kOperator, {"clock", "advance", "60d"});
  const json error =
      Failure("customer:" + Id("c"),
              {"invitation", "accept", invitation["token"], "--display-name",
               "C", "--domain", "customer.example", "--country", "US",
               "--tenant-id", "00000000-0000-4000-9000-999999999999"});
  EXPECT_EQ(error["reason"], "INVITATION_EXPIRED");
}

TEST_F(RealServerTest, PolicyProgramsAndStatusAnswer) {
  EXPECT_EQ(Answer(kOperator, {"program", "list"}).size(), 3U);
  EXPECT_THAT(Run(kOperator, {"policy", "show"}).out,
              HasSubstr("global-2017-03"));
  EXPECT_THAT(Run(kOperator, {"policy", "roles"}).out,
              HasSubstr("manage_users"));
  EXPECT_THAT(Run(kOperator, {"policy", "services"}).out,
              HasSubstr("exchange-online"));
  EXPECT_THAT(Run(kOperator, {"policy", "list"}).out,
              HasSubstr("global-2017-03"));
  EXPECT_THAT(Run(kOperator, {"policy", "diff", "global-2017-03"}).out,
              HasSubstr("global-2017-03"));
  EXPECT_EQ(
      Failure(kOperator, {"policy", "activate", "global-2017-03"})["reason"],
      "EDITION_ALREADY_ACTIVATED");
  EXPECT_EQ(
      Failure(kOperator, {"policy", "withdraw", "global-2017-03"})["reason"],
      "ACTIVATION_IN_FORCE");
  EXPECT_EQ(Answer(kOperator, {"policy", "evaluate",
                               "global-2017-03"})["evaluation"]["base"],
            "programs/global/policyEditions/global-2017-03");
  EXPECT_EQ(Answer(kOperator, {"status"})["state"], "SERVING_STATE_SERVING");
  const Ended text = Run(kOperator, {"status"});
  EXPECT_THAT(text.out, HasSubstr("programs/global"));
}

TEST_F(RealServerTest, WithoutAnIdentityNothingIsAnswered) {
  const Ended run =
      test::RunProgram({PARTNERCTL_PATH, "--server", server_->address(),
                        "--program", "global", "partner", "list"},
                       {"HOME=/nonexistent"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("IDENTITY_MISSING (UNAUTHENTICATED)"));
}

}  // namespace
}  // namespace partner::client
