// Goal: wrong words are named with what could be meant, help is found, and what
// the server says in its own terms is said in the terms of the command line.
// Method: whole runs against a server that answers as each test says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/text.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "tests/cli/cli_run.h"
#include "tests/client/fake_server.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

CliRun RunOn(const FakeServer& server, std::vector<std::string> words,
             const CliHost& host = {}) {
  std::vector<std::string> all = {"--server", server.address(), "--program",
                                  "global"};
  all.insert(all.end(), words.begin(), words.end());
  return RunCli(all, host);
}

FakeServer::Script Always(const google::protobuf::Message& message) {
  return [reply = FakeServer::Answer(message)](const FakeServer::Call&) {
    return reply;
  };
}

// A server that refuses with these details.
FakeServer::Script Refusing(
    const std::vector<std::pair<std::string, std::string>>& metadata,
    const std::string& message) {
  v1::ErrorInfo info;
  info.set_reason("STILL_REFERENCED");
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[key] = value;
  }
  v1::PreconditionFailure failure;
  failure.add_violations()->set_type("STILL_REFERENCED");
  v1::Status status;
  const std::pair<const char*, const google::protobuf::Message*> details[] = {
      {"ErrorInfo", &info}, {"PreconditionFailure", &failure}};
  for (const auto& [name, detail] : details) {
    auto* any = status.add_details();
    any->set_type_url(absl::StrCat("type.googleapis.com/google.rpc.", name));
    detail->SerializeToString(any->mutable_value());
  }
  return [reply = FakeServer::Fail(grpc::StatusCode::FAILED_PRECONDITION,
                                   message, status.SerializeAsString())](
             const FakeServer::Call&) { return reply; };
}

// Help without its options: CLI11 lists what excludes what in any order.
std::string HelpOf(const std::vector<std::string>& words) {
  const CliRun run = RunCli(words);
  EXPECT_EQ(run.exit, kExitOk) << run.err;
  return run.out.substr(0, run.out.find("\nOptions:"));
}

TEST(Help, IsACommandToo) {
  const std::string root = HelpOf({"--help"});
  EXPECT_EQ(HelpOf({"help"}), root);
  EXPECT_EQ(HelpOf({"help", "--help"}), root);
  const std::string noun = HelpOf({"partner", "--help"});
  EXPECT_THAT(noun, Not(root));
  EXPECT_EQ(HelpOf({"help", "partner"}), noun);
  const std::string verb = HelpOf({"admin", "terminate", "--help"});
  EXPECT_THAT(verb, HasSubstr("Usage: "));
  EXPECT_EQ(HelpOf({"--as", "x", "help", "admin", "revoke"}), verb);
  EXPECT_THAT(RunCli({"--help"}).out, HasSubstr("  help "));
}

TEST(Help, OfNothingIsAnError) {
  const CliRun run = RunCli({"help", "partner", "graet"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_THAT(run.err, HasSubstr("`graet` is no command"));
}

TEST(WrongWords, AreNamedWithNearOnes) {
  const CliRun noun = RunCli({"--as", "operators/o", "partnr", "list"});
  EXPECT_EQ(noun.exit, kExitError);
  EXPECT_EQ(noun.err,
            "error: `partnr` is no command of `partnerctl`; did you mean "
            "partner?\n");
  const CliRun verb = RunCli({"invitation", "revok", "x"});
  EXPECT_EQ(verb.exit, kExitError);
  EXPECT_EQ(verb.err,
            "error: `revok` is no command of `partnerctl invitation`; did you "
            "mean revoke-forward, revoke?\n");
}

TEST(WrongWords, AreNamedWithAllWhenNoneIsNear) {
  EXPECT_EQ(RunCli({"policy", "nosuch"}).err,
            "error: `nosuch` is no command of `partnerctl policy`; there are "
            "show, list, get, diff, activate, withdraw, evaluate, roles, "
            "services\n");
  EXPECT_EQ(RunCli({"policy"}).err,
            "error: `partnerctl policy` needs a command; there are show, list, "
            "get, diff, activate, withdraw, evaluate, roles, services\n");
  const CliRun none = RunCli({"nosuch"});
  EXPECT_EQ(none.exit, kExitError);
  EXPECT_THAT(none.err, HasSubstr("`nosuch` is no command of `partnerctl`"));
  EXPECT_THAT(none.err, HasSubstr("partner, partnership, customer"));
  EXPECT_EQ(RunCli({}).exit, kExitError);
}

TEST(WrongWords, AreFoundAfterOptions) {
  for (const char* option : {"-ojson", "--output=json", "--dry-run"}) {
    EXPECT_THAT(RunCli({option, "partnr", "list"}).err,
                HasSubstr("`partnr` is no command"))
        << option;
  }
}

TEST(WrongWords, AreNotThoseOfOptions) {
  EXPECT_THAT(RunCli({"--nosuch", "x", "partner", "list"}).err,
              HasSubstr("--nosuch"));
  FakeServer server(Always(v1::ListPartnersResponse()));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"-o", "json", "partner", "list"},
           {"-ojson", "partner", "list"},
           {"--output=json", "--dry-run", "partner", "list"},
           {"partner", "--as", "operators/o", "list"}}) {
    SCOPED_TRACE(words[0]);
    EXPECT_THAT(RunOn(server, words).err, Not(HasSubstr("is no command")));
  }
}

TEST(WrongWords, ThatAreNoUtf8NameTheirFlag) {
  FakeServer server(Always(v1::UpdatePartnerResponse()));
  const CliRun value =
      RunOn(server, {"partner", "update", "a", "--display-name", "\xff"});
  EXPECT_EQ(value.exit, kExitError);
  EXPECT_EQ(value.err, "error: --display-name is not valid UTF-8\n");
  EXPECT_THAT(RunOn(server, {"partner", "get", "\xc3"}).err,
              HasSubstr("PARTNER is not valid UTF-8"));
  EXPECT_THAT(RunOn(server, {"--note", "\xff", "partner", "suspend", "a"}).err,
              HasSubstr("--note is not valid UTF-8"));
  EXPECT_THAT(RunOn(server, {"--program", "\xff", "partner", "list"}).err,
              HasSubstr("--program is not valid UTF-8"));
  EXPECT_THAT(
      RunOn(server, {"batch-check"}, {{}, "a order b\nc or\xff d\n"}).err,
      HasSubstr("line 2: not valid UTF-8"));
  EXPECT_THAT(server.calls(), IsEmpty());
  EXPECT_EQ(RunOn(server, {"partner", "update", "a", "--display-name",
                           "Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80"})
                .exit,
            kExitOk);
}

TEST(IsUtf8, KnowsEveryKindOfWrongByte) {
  for (const char* good :
       {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xc2\x80", "\xe0\xa0\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\xff", "\x80", "a\xc3", "\xc3(", "\xe2\x82", "\xe2(\xac", "\xc0\xaf",
        "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(Etag, MayBeGivenWithoutItsQuotes) {
  FakeServer server(Always(v1::SuspendPartnerResponse()));
  for (const char* etag : {"8", "\"8\"", "e1"}) {
    RunOn(server, {"--etag", etag, "partner", "suspend", "a"});
  }
  RunOn(server, {"--etag", "7", "partner", "update", "a", "--country", "DE"});
  const auto calls = server.calls();
  ASSERT_THAT(calls, SizeIs(4));
  EXPECT_EQ(calls[0].As<v1::SuspendPartnerRequest>().etag(), "\"8\"");
  EXPECT_EQ(calls[1].As<v1::SuspendPartnerRequest>().etag(), "\"8\"");
  EXPECT_EQ(calls[2].As<v1::SuspendPartnerRequest>().etag(), "e1");
  EXPECT_EQ(calls[3].As<v1::UpdatePartnerRequest>().partner().etag(), "\"7\"");
}

TEST(Refusals, OfferADryRunOnlyWhenItShowsMore) {
  FakeServer helps(
      Refusing({{"blockers_total", "3"}, {"see_all", "validate_only"}}, "No."));
  EXPECT_THAT(RunOn(helps, {"partner", "delete", "a"}).err,
              HasSubstr("  and 2 more: use --dry-run to see all\n"));
  FakeServer does_not(Refusing({{"blockers_total", "3"}}, "No."));
  EXPECT_THAT(RunOn(does_not, {"partner", "delete", "a"}).err,
              HasSubstr("  and 2 more\n"));
}

TEST(Refusals, SpeakInFlags) {
  FakeServer server(Refusing(
      {{"providers", ""},
       {"next_step",
        "Set replace_overlapping to take the services over, or list other "
        "services. Ask in options.acting_party."}},
      "`scope.all_services` is set."));
  const std::vector<std::string> words = {
      "--as", "customer:c", "admin", "grant", "x", "--duty", "support"};
  const CliRun text = RunOn(server, words);
  EXPECT_THAT(text.err, HasSubstr("\n--all-services is set.\n"));
  EXPECT_THAT(text.err,
              HasSubstr("next step: Set --replace to take the services over, "
                        "or list other services. Ask in --acting-party.\n"));
  EXPECT_THAT(text.err, Not(HasSubstr("providers")));
  std::vector<std::string> as_json = {"-o", "json"};
  as_json.insert(as_json.end(), words.begin(), words.end());
  const json error = json::parse(RunOn(server, as_json).err)["error"];
  EXPECT_THAT(error["nextStep"].get<std::string>(),
              HasSubstr("Set replace_overlapping"));
  EXPECT_EQ(error["metadata"]["providers"], "");
}

TEST(Refusals, OfADryRunSpeakInFlags) {
  v1::GrantAdminRelationshipResponse response;
  response.mutable_result()->set_verdict(v1::VERDICT_REFUSED);
  v1::Violation& violation = *response.mutable_result()->add_violations();
  violation.set_reason(v1::ERROR_REASON_STILL_REFERENCED);
  violation.set_field("scope.services");
  violation.set_description("replace_overlapping is not set");
  violation.set_next_step("Set replace_overlapping.");
  FakeServer server(Always(response));
  const CliRun run = RunOn(server, {"--as", "customer:c", "--dry-run", "admin",
                                    "grant", "x", "--duty", "support"});
  EXPECT_THAT(run.out, HasSubstr("[--service]\n"));
  EXPECT_THAT(run.out, HasSubstr("      --replace is not set\n"));
  EXPECT_THAT(run.out, HasSubstr("      next: Set --replace.\n"));
}

TEST(NoServer, SaysWhichWasTriedAndWhatToDo) {
  const CliRun text = RunCli({"--server", "unix:/nonexistent/socket",
                              "--program", "global", "partner", "list"});
  EXPECT_EQ(text.exit, kExitError);
  EXPECT_THAT(
      text.err,
      HasSubstr("No answer from the server at unix:/nonexistent/socket: "));
  EXPECT_THAT(text.err, HasSubstr("next step: Name another server with "
                                  "--server, PARTNERCTL_SERVER or a context"));
  EXPECT_THAT(text.err,
              HasSubstr("partnerd --listen unix:/nonexistent/socket"));
  const json error =
      json::parse(RunCli({"-o", "json", "--server", "unix:/nonexistent/socket",
                          "--program", "global", "partner", "list"})
                      .err)["error"];
  EXPECT_EQ(error["code"], "UNAVAILABLE");
  EXPECT_THAT(error["nextStep"].get<std::string>(), HasSubstr("--server"));
}

TEST(NoServer, ThatKnowsTheCommandIsSaid) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::UNIMPLEMENTED, "");
  });
  EXPECT_EQ(
      RunOn(server, {"partner", "get", "a"}).err,
      absl::StrCat("error: UNIMPLEMENTED\nThe server at ", server.address(),
                   " does not offer PartnerService.GetPartner.\n"
                   "next step: Name another server with --server; this "
                   "one is older than partnerctl or another service.\n"));
}

TEST(NoServer, AReasonOfTheServerIsLeftAlone) {
  v1::ErrorInfo info;
  info.set_reason("SERVER_DRAINING");
  v1::Status status;
  auto* any = status.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  info.SerializeToString(any->mutable_value());
  FakeServer server([&](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::UNAVAILABLE, "Draining.",
                            status.SerializeAsString());
  });
  EXPECT_EQ(RunOn(server, {"partner", "get", "a"}).err,
            "error: SERVER_DRAINING (UNAVAILABLE)\nDraining.\n");
}

v1::Partner Contoso() {
  v1::Partner partner;
  partner.set_name("programs/global/partners/contoso");
  partner.set_etag("\"8\"");
  return partner;
}

TEST(Fields, OnlyThoseAskedForArePrinted) {
  v1::GetPartnerResponse one;
  *one.mutable_partner() = Contoso();
  one.mutable_revision()->set_number(8);
  FakeServer get(Always(one));
  const json answer =
      json::parse(RunOn(get, {"-o", "json", "partner", "get", "contoso",
                              "--fields", "name,etag,display_name"})
                      .out);
  EXPECT_EQ(answer["partner"],
            json({{"name", "programs/global/partners/contoso"},
                  {"etag", "\"8\""},
                  {"displayName", ""}}));
  EXPECT_EQ(answer["revision"]["number"], "8");
  // Without a selection every key is there.
  EXPECT_TRUE(
      json::parse(RunOn(get, {"-o", "json", "partner", "get", "contoso"})
                      .out)["partner"]
          .contains("country"));

  v1::ListPartnersResponse page;
  *page.add_partners() = Contoso();
  FakeServer list(Always(page));
  EXPECT_EQ(json::parse(RunOn(list, {"-o", "json", "partner", "list",
                                     "--fields", "etag"})
                            .out),
            json::array({{{"etag", "\"8\""}}}));
  EXPECT_EQ(RunOn(list, {"partner", "list", "--fields", "name,etag"}).out,
            "NAME     ETAG\ncontoso  \"8\"\n");
}

TEST(Fields, APathSelectsInsideAMessage) {
  v1::ListAdminRelationshipsResponse page;
  v1::AdminRelationship& admin = *page.add_admin_relationships();
  admin.mutable_scope()->add_services("programs/global/services/a");
  FakeServer server(Always(page));
  EXPECT_EQ(json::parse(RunOn(server, {"-o", "json", "admin", "list",
                                       "--fields", "scope.services"})
                            .out)[0],
            json({{"scope", {{"services", {"programs/global/services/a"}}}}}));
}

TEST(Reasons, HaveNoPrefixInAnyAnswer) {
  v1::BatchCheckAccessResponse response;
  response.add_results()->mutable_error()->set_reason(
      v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  FakeServer server(Always(response));
  const CliRun run =
      RunOn(server, {"-o", "json", "batch-check"}, {{}, "a order b\n"});
  EXPECT_EQ(json::parse(run.out)["results"][0]["error"]["reason"],
            "RESOURCE_NOT_FOUND");
}

}  // namespace
}  // namespace partner::client
