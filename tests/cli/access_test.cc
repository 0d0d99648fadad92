// Goal: checks print and exit by their verdict, explanations are a tree, and
// batches are read in every form. Method: whole runs against a server that
// answers as each test says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/access_text.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "tests/cli/cli_run.h"
#include "tests/client/fake_server.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using testing::HasSubstr;
using testing::SizeIs;

CliRun RunOn(const FakeServer& server, std::vector<std::string> words,
             const CliHost& host = {}) {
  std::vector<std::string> all = {"--server", server.address(), "--program",
                                  "global"};
  all.insert(all.end(), words.begin(), words.end());
  return RunCli(all, host);
}

v1::CheckAccessResponse Allowed() {
  v1::CheckAccessResponse response;
  v1::AccessDecision& decision = *response.mutable_decision();
  decision.set_verdict(v1::ACCESS_VERDICT_ALLOWED);
  decision.set_reason(v1::ACCESS_REASON_BROAD_ADMINISTRATION);
  decision.set_rule("R22");
  decision.set_decided_by(
      "programs/global/customers/adatum/adminRelationships/0abc");
  decision.mutable_since()->set_seconds(1'800'000'000);
  response.mutable_revision()->set_number(12);
  return response;
}

v1::CheckAccessResponse Denied() {
  v1::CheckAccessResponse response;
  v1::AccessDecision& decision = *response.mutable_decision();
  decision.set_verdict(v1::ACCESS_VERDICT_DENIED);
  decision.set_reason(v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
  decision.set_rule("R10");
  return response;
}

TEST(Check, AllowedExits0) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Allowed()); });

  const CliRun run = RunOn(server, {"check", "litware", "manage_users",
                                    "adatum", "exchange-online"});

  EXPECT_EQ(run.exit, kExitOk) << run.err;
  EXPECT_EQ(run.out,
            "ALLOWED: litware may manage_users for adatum in exchange-online\n"
            "reason: BROAD_ADMINISTRATION (R22)\n"
            "decided by: customers/adatum/adminRelationships/0abc since "
            "2027-01-15T08:00:00Z\n"
            "revision: 12\n");
  const auto query = server.calls()[0].As<v1::CheckAccessRequest>().query();
  EXPECT_EQ(query.partner(), "programs/global/partners/litware");
  EXPECT_EQ(query.permission(), "manage_users");
  EXPECT_EQ(query.customer(), "programs/global/customers/adatum");
  EXPECT_EQ(query.service(), "programs/global/services/exchange-online");
}

TEST(Check, DeniedExits1) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Denied()); });
  const CliRun run = RunOn(server, {"check", "litware", "order", "adatum"});
  EXPECT_EQ(run.exit, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("DENIED: litware may not order for adatum\n"
                                 "reason: NO_CUSTOMER_PERMISSION (R10)\n"));
  EXPECT_EQ(server.calls()[0].As<v1::CheckAccessRequest>().query().service(),
            "");
}

TEST(Check, AnErrorExits2) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::NOT_FOUND, "No.");
  });
  EXPECT_EQ(RunOn(server, {"check", "a", "order", "b"}).exit, kExitError);
  EXPECT_EQ(RunOn(server, {"check", "a", "order"}).exit, kExitError);
}

TEST(Check, JsonIsTheAnswerItself) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Denied()); });
  const CliRun run =
      RunOn(server, {"-o", "json", "check", "litware", "order", "adatum"});
  EXPECT_EQ(run.exit, kExitNo);
  EXPECT_EQ(nlohmann::json::parse(run.out)["decision"]["verdict"],
            "ACCESS_VERDICT_DENIED");
}

v1::ExplainAccessResponse Explanation() {
  v1::ExplainAccessResponse response;
  *response.mutable_decision() = Denied().decision();
  const struct {
    int depth;
    bool satisfied;
    const char* text;
  } conditions[] = {{0, true, "The customer is active."},
                    {0, false, "It was given administration."},
                    {1, true, "One is live."},
                    {1, false, "Its duties fit."},
                    {0, false, "The last."}};
  for (const auto& row : conditions) {
    v1::AccessCondition& condition = *response.add_conditions();
    condition.set_depth(row.depth);
    condition.set_satisfied(row.satisfied);
    condition.set_description(row.text);
  }
  v1::AccessRemedy& remedy = *response.mutable_conditions(3)->add_remedies();
  remedy.set_party("programs/global/customers/adatum");
  remedy.set_rpc("AdminRelationshipService.GrantAdminRelationship");
  remedy.set_description("Widen it.");
  return response;
}

TEST(Explain, IsATreeWithWhoCanChangeWhat) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(Explanation());
  });
  const CliRun run =
      RunOn(server, {"check", "--explain", "litware", "order", "adatum"});
  EXPECT_EQ(run.exit, kExitNo);
  EXPECT_THAT(run.out,
              HasSubstr("|- + The customer is active.\n"
                        "|- x It was given administration.\n"
                        "|  |- + One is live.\n"
                        "|  `- x Its duties fit.\n"
                        "|        -> customers/adatum calls "
                        "AdminRelationshipService.GrantAdminRelationship: "
                        "Widen it.\n"
                        "`- x The last.\n"));
}

TEST(Explain, IsDrawnInUtf8WhereTheTerminalReadsIt) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(Explanation());
  });
  const CliRun run =
      RunOn(server, {"check", "--explain", "litware", "order", "adatum"},
            {{{"LANG", "en_US.UTF-8"}}, "", true});
  EXPECT_THAT(run.out,
              HasSubstr("├─ \x1b[32m✓\x1b[0m The customer is active."));
}

v1::BatchCheckAccessResponse AnswersTo(const FakeServer::Call& call) {
  v1::BatchCheckAccessResponse response;
  const auto request = call.As<v1::BatchCheckAccessRequest>();
  for (const v1::AccessQuery& query : request.queries()) {
    v1::BatchAccessResult& result = *response.add_results();
    if (query.permission() == "order") {
      *result.mutable_decision() = Denied().decision();
    } else if (query.permission() == "fly") {
      result.mutable_error()->set_reason(v1::ERROR_REASON_UNKNOWN_PERMISSION);
    } else {
      *result.mutable_decision() = Allowed().decision();
    }
  }
  response.mutable_revision()->set_number(3);
  return response;
}

FakeServer::Reply Answer(const FakeServer::Call& call) {
  return FakeServer::Answer(AnswersTo(call));
}

TEST(BatchCheck, ReadsLinesFromTheStandardInput) {
  FakeServer server(Answer);
  const CliRun run = RunOn(server, {"batch-check"},
                           {{},
                            "# who may what\n"
                            "litware manage_users adatum exchange-online\n"
                            "\n"
                            "litware order adatum # commercial\n"});
  EXPECT_EQ(run.exit, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("ALLOWED  litware  manage_users"));
  EXPECT_THAT(run.out, HasSubstr("DENIED   litware  order"));
  const auto request = server.calls()[0].As<v1::BatchCheckAccessRequest>();
  EXPECT_EQ(request.parent(), "programs/global");
  EXPECT_EQ(request.queries_size(), 2);
}

TEST(BatchCheck, AllAllowedExits0AndOneErrorExits2) {
  FakeServer server(Answer);
  EXPECT_EQ(RunOn(server, {"batch-check", "-"}, {{}, "a manage_users b"}).exit,
            kExitOk);
  EXPECT_EQ(RunOn(server, {"batch-check"}, {{}, "a fly b\na order b"}).exit,
            kExitError);
}

TEST(BatchCheck, MoreThanTheServerTakesIsAskedInPortionsAtOneRevision) {
  FakeServer server(Answer);
  std::string lines;
  for (int i = 0; i < 1500; ++i) {
    absl::StrAppend(&lines, "p", i, " manage_users c\n");
  }
  const CliRun run = RunOn(server, {"-o", "json", "batch-check"}, {{}, lines});
  EXPECT_EQ(run.exit, kExitOk);
  EXPECT_EQ(nlohmann::json::parse(run.out)["results"].size(), 1500U);
  ASSERT_THAT(server.calls(), SizeIs(2));
  EXPECT_EQ(server.calls()[1]
                .As<v1::BatchCheckAccessRequest>()
                .read_options()
                .exact_revision()
                .number(),
            3);
}

TEST(BatchCheck, NothingToAskAndUnreadableFilesAreErrors) {
  EXPECT_THAT(RunCli({"--program", "global", "batch-check"}).err,
              HasSubstr("no questions"));
  EXPECT_THAT(
      RunCli({"--program", "global", "batch-check", "/nonexistent/file"}).err,
      HasSubstr("cannot read"));
}

TEST(ParseQuestions, ReadsJsonArraysObjectsAndLines) {
  const NameScope scope{"global", ""};
  const std::string object =
      R"({"partner": "a", "permission": "order", "customer": "b"})";
  for (const std::string& text : {object, absl::StrCat("[", object, "]"),
                                  absl::StrCat(object, "\n", object)}) {
    SCOPED_TRACE(text);
    const auto questions = ParseQuestions(text, scope);
    ASSERT_TRUE(questions.ok()) << questions.status();
    EXPECT_EQ(questions->front().partner(), "programs/global/partners/a");
  }
}

TEST(ParseQuestions, SaysWhereItIsWrong) {
  const NameScope scope{"global", ""};
  EXPECT_THAT(
      std::string(ParseQuestions("a b c\na b", scope).status().message()),
      HasSubstr("line 2"));
  EXPECT_THAT(
      std::string(
          ParseQuestions("[{\"partner\": 1}]", scope).status().message()),
      HasSubstr("query 1: `partner` is not a string"));
  EXPECT_THAT(std::string(ParseQuestions("[1]", scope).status().message()),
              HasSubstr("query 1"));
  EXPECT_FALSE(ParseQuestions("{not json", scope).ok());
}

}  // namespace
}  // namespace partner::client
