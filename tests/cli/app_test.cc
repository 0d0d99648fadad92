// Goal: what partnerctl asks the server for, what it prints and how it exits.
// Method: whole runs in this process against a server that answers as each test
// says.

#include "client/cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/command_table.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "tests/cli/cli_run.h"
#include "tests/client/fake_server.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Runs partnerctl against `server` in program global.
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

std::string KeyOf(const FakeServer& server, std::size_t call,
                  const std::string& key) {
  const auto calls = const_cast<FakeServer&>(server).calls();
  const auto found = calls.at(call).metadata.find(key);
  return found == calls.at(call).metadata.end() ? "" : found->second;
}

// The words of an example, as a shell would split them.
std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (const char c : line + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  return words;
}

TEST(Examples, EveryOneIsACommandThatReachesItsMethod) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Reply{grpc::Status::OK, {""}};
  });
  for (const Command& command : Commands()) {
    // Its own example file does not exist here; see batch_check_test.
    if (command.runner == Runner::kBatchCheck) continue;
    for (const std::string& example : command.examples) {
      SCOPED_TRACE(example);
      const std::vector<std::string> words = Words(example);
      const std::size_t before = server.calls().size();
      const CliRun run = RunOn(server, {words.begin() + 1, words.end()});
      EXPECT_NE(run.exit, kExitError) << run.err;
      ASSERT_EQ(server.calls().size(), before + 1) << run.err;
      const std::string method = absl::StrContains(example, "--explain")
                                     ? "AccessService.ExplainAccess"
                                     : command.method;
      EXPECT_EQ(absl::StrCat("/partner.hierarchy.v1.", method),
                std::string(absl::StrReplaceAll(server.calls().back().method,
                                                {{"Service/", "Service."}})));
    }
  }
}

TEST(Settings, FlagsWinOverEnvironment) {
  FakeServer server(Always(v1::GetPartnerResponse()));
  const CliHost host{{{"PARTNERCTL_SERVER", server.address()},
                      {"PARTNERCTL_PROGRAM", "germany"},
                      {"PARTNERCTL_AS", "partner:envy"}}};

  EXPECT_EQ(RunCli({"partner", "get", "a"}, host).exit, kExitOk);
  EXPECT_EQ(RunCli({"partner", "get", "a", "--program", "global", "--as",
                    "auditor:x"},
                   host)
                .exit,
            kExitOk);

  EXPECT_EQ(server.calls()[0].As<v1::GetPartnerRequest>().name(),
            "programs/germany/partners/a");
  EXPECT_EQ(KeyOf(server, 0, "partner-principal"),
            "programs/germany/partners/envy");
  EXPECT_EQ(server.calls()[1].As<v1::GetPartnerRequest>().name(),
            "programs/global/partners/a");
  EXPECT_EQ(KeyOf(server, 1, "partner-principal"), "auditors/x");
}

TEST(Settings, CustomersAreAdministratorsUnlessTheySayOtherwise) {
  FakeServer server(Always(v1::GetPartnerResponse()));
  RunOn(server, {"--as", "customer:a", "partner", "get", "x"});
  RunOn(server,
        {"--as", "customer:a", "--no-customer-admin", "partner", "get", "x"});
  RunOn(server, {"--as", "partner:a", "partner", "get", "x"});

  EXPECT_EQ(KeyOf(server, 0, "partner-customer-admin"), "true");
  EXPECT_EQ(KeyOf(server, 1, "partner-customer-admin"), "");
  EXPECT_EQ(KeyOf(server, 2, "partner-customer-admin"), "");
}

TEST(Mutation, SendsItsOptionsAndPrintsWhatFollows) {
  v1::SuspendPartnerResponse response;
  response.mutable_partner()->set_name("programs/global/partners/fabrikam");
  response.mutable_partner()->set_state(v1::PARTNER_STATE_SUSPENDED);
  v1::MutationResult& result = *response.mutable_result();
  result.mutable_revision()->set_number(12);
  v1::Effect& effect = *result.add_effects();
  effect.set_kind(v1::EFFECT_KIND_NEEDS_ACTION);
  effect.set_resource("programs/global/partnerships/0abc");
  effect.set_party("programs/global/partners/contoso");
  effect.set_rpc("PartnershipService.TerminatePartnership");
  effect.set_description("Stays until ended.");
  result.set_effects_total(1);
  v1::Warning& warning = *result.add_warnings();
  warning.set_reason(v1::WARNING_REASON_FORWARDER_NOT_PARTNER);
  warning.set_rule("D6");
  warning.set_description("No partnership.");
  FakeServer server(Always(response));

  const CliRun run =
      RunOn(server, {"--as", "operators/ops", "--note", "unpaid", "--etag",
                     "e1", "--acting-party", "partner:contoso", "--request-id",
                     "id-1", "partner", "suspend", "fabrikam"});

  EXPECT_EQ(run.exit, kExitOk) << run.err;
  const auto request = server.calls()[0].As<v1::SuspendPartnerRequest>();
  EXPECT_EQ(request.name(), "programs/global/partners/fabrikam");
  EXPECT_EQ(request.etag(), "e1");
  EXPECT_EQ(request.options().reason_note(), "unpaid");
  EXPECT_EQ(request.options().request_id(), "id-1");
  EXPECT_EQ(request.options().acting_party(),
            "programs/global/partners/contoso");
  EXPECT_THAT(run.out, HasSubstr("name:   programs/global/partners/fabrikam"));
  EXPECT_THAT(run.out, HasSubstr("state:  SUSPENDED"));
  EXPECT_THAT(run.out, HasSubstr("NEEDS_ACTION  partnerships/0abc"));
  EXPECT_THAT(run.out, HasSubstr("partners/contoso calls "
                                 "PartnershipService.TerminatePartnership"));
  EXPECT_THAT(run.out, HasSubstr("warning: FORWARDER_NOT_PARTNER (D6)"));
  EXPECT_THAT(run.out, HasSubstr("revision: 12\n"));
  EXPECT_THAT(run.err, IsEmpty());
}

TEST(Mutation, ADryRunPrintsEveryViolationAndExits1) {
  v1::DeletePartnerResponse response;
  v1::MutationResult& result = *response.mutable_result();
  result.set_verdict(v1::VERDICT_REFUSED);
  for (int i = 0; i < 20; ++i) {
    v1::Violation& violation = *result.add_violations();
    violation.set_reason(v1::ERROR_REASON_STILL_REFERENCED);
    violation.set_rule("R54");
    violation.set_subject(
        absl::StrCat("programs/global/partnerships/p", i, "."));
    violation.set_description("It is active.");
    violation.set_next_step("End it.");
  }
  result.set_violations_total(20);
  FakeServer server(Always(response));

  const CliRun run = RunOn(server, {"--dry-run", "partner", "delete", "x"});

  EXPECT_EQ(run.exit, kExitNo);
  EXPECT_TRUE(server.calls()[0]
                  .As<v1::DeletePartnerRequest>()
                  .options()
                  .validate_only());
  EXPECT_THAT(run.out, HasSubstr("dry run: REFUSED"));
  EXPECT_THAT(run.out, HasSubstr("violations (20):"));
  EXPECT_THAT(run.out, HasSubstr("STILL_REFERENCED (R54) partnerships/p19."));
  EXPECT_THAT(run.out, HasSubstr("next: End it."));
}

TEST(Mutation, AnUpdateSendsTheMaskOfWhatWasTyped) {
  FakeServer server(Always(v1::UpdatePartnerResponse()));

  EXPECT_EQ(RunOn(server, {"--etag", "e", "partner", "update", "contoso",
                           "--country", "DE"})
                .exit,
            kExitOk);
  EXPECT_EQ(RunOn(server, {"partner", "update", "contoso"}).exit, kExitError);

  ASSERT_THAT(server.calls(), SizeIs(1));
  const auto request = server.calls()[0].As<v1::UpdatePartnerRequest>();
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("country"));
  EXPECT_EQ(request.partner().country(), "DE");
  EXPECT_EQ(request.partner().etag(), "e");
}

TEST(Mutation, ACustomerGrantsForItself) {
  FakeServer server(Always(v1::GrantAdminRelationshipResponse()));

  const CliRun run =
      RunOn(server, {"--as", "customer:adatum", "admin", "grant", "litware",
                     "--duty", "provisioning,support", "--service",
                     "exchange-online", "--service", "azure", "--replace"});

  EXPECT_EQ(run.exit, kExitOk) << run.err;
  const auto request =
      server.calls()[0].As<v1::GrantAdminRelationshipRequest>();
  EXPECT_EQ(request.parent(), "programs/global/customers/adatum");
  EXPECT_EQ(request.delegate(), "programs/global/partners/litware");
  EXPECT_THAT(request.duties(),
              ElementsAre(v1::ADMIN_DUTY_PROVISIONING, v1::ADMIN_DUTY_SUPPORT));
  EXPECT_THAT(request.scope().services(),
              ElementsAre("programs/global/services/exchange-online",
                          "programs/global/services/azure"));
  EXPECT_TRUE(request.replace_overlapping());
}

TEST(Requests, DraftHasRolesByNameAndSpansInDays) {
  FakeServer server(Always(v1::CreateAdminRelationshipDraftResponse()));
  RunOn(server, {"--as", "partner:litware", "admin", "draft", "adatum",
                 "--display-name", "Daily care", "--role",
                 "helpdesk-administrator,license-administrator", "--duration",
                 "30d", "--auto-extend", "180d", "--delegate", "fabrikam"});
  const auto request =
      server.calls()[0].As<v1::CreateAdminRelationshipDraftRequest>();
  EXPECT_EQ(request.parent(), "programs/global/customers/adatum");
  EXPECT_EQ(request.delegate(), "programs/global/partners/fabrikam");
  EXPECT_EQ(request.display_name(), "Daily care");
  ASSERT_EQ(request.roles_size(), 2);
  EXPECT_EQ(request.roles(1), "programs/global/roles/license-administrator");
  EXPECT_EQ(request.duration().seconds(), 30 * 86400);
  EXPECT_EQ(request.auto_extend_duration().seconds(), 180 * 86400);
}

TEST(Requests, DraftIsUpdatedInWhatIsTyped) {
  FakeServer server(Always(v1::UpdateAdminRelationshipDraftResponse()));
  RunOn(server,
        {"--as", "partner:litware", "--etag", "7", "admin", "update-draft",
         "adatum/0abc", "--role", "directory-reader", "--duration", "7d"});
  const auto request =
      server.calls()[0].As<v1::UpdateAdminRelationshipDraftRequest>();
  EXPECT_EQ(request.admin_relationship().name(),
            "programs/global/customers/adatum/adminRelationships/0abc");
  EXPECT_EQ(request.admin_relationship().etag(), "\"7\"");
  EXPECT_THAT(request.update_mask().paths(),
              testing::ElementsAre("roles", "duration"));
}

TEST(Requests, AutoExtensionIsASpanOrNone) {
  FakeServer server(Always(v1::SetAdminRelationshipAutoExtendResponse()));
  for (const char* span : {"180d", "0d"}) {
    RunOn(server, {"--as", "customer:adatum", "admin", "extend", "0abc", span});
  }
  const auto seconds = [&](int call) {
    return server.calls()[call]
        .As<v1::SetAdminRelationshipAutoExtendRequest>()
        .auto_extend_duration()
        .seconds();
  };
  EXPECT_EQ(seconds(0), 180 * 86400);
  EXPECT_EQ(seconds(1), 0);
}

TEST(Mutation, RevokeIsTerminate) {
  FakeServer server(Always(v1::TerminateAdminRelationshipResponse()));
  EXPECT_EQ(
      RunOn(server, {"--as", "customer:adatum", "admin", "revoke", "0abc"})
          .exit,
      kExitOk);
  EXPECT_EQ(
      server.calls()[0].As<v1::TerminateAdminRelationshipRequest>().name(),
      "programs/global/customers/adatum/adminRelationships/0abc");
}

v1::ListPartnersResponse PageOf(const std::vector<std::string>& ids,
                                const std::string& next) {
  v1::ListPartnersResponse page;
  for (const std::string& id : ids) {
    v1::Partner& partner = *page.add_partners();
    partner.set_name("programs/global/partners/" + id);
    partner.set_display_name("The " + id);
    partner.set_state(v1::PARTNER_STATE_ACTIVE);
    v1::Enrollment& enrollment = *partner.add_enrollments();
    enrollment.set_type(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
    enrollment.set_state(v1::ENROLLMENT_STATE_RESTRICTED);
  }
  page.set_next_page_token(next);
  page.mutable_revision()->set_number(9);
  return page;
}

FakeServer::Reply TwoPages(const FakeServer::Call& call) {
  const bool first = call.As<v1::ListPartnersRequest>().page_token().empty();
  return FakeServer::Answer(first ? PageOf({"ann", "bob"}, "t")
                                  : PageOf({"cyd"}, ""));
}

TEST(List, PrintsOneTableOverAllPages) {
  FakeServer server(TwoPages);

  const CliRun run = RunOn(server, {"partner", "list", "--page-size", "2",
                                    "--filter", "state = \"ACTIVE\""});

  EXPECT_EQ(run.exit, kExitOk);
  const std::vector<std::string> lines = absl::StrSplit(run.out, '\n');
  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_EQ(lines[0], "NAME  DISPLAY NAME  COUNTRY  STATE   ENROLLMENTS");
  EXPECT_EQ(lines[1],
            "ann   The ann                ACTIVE  INDIRECT_RESELLER "
            "(RESTRICTED)");
  EXPECT_THAT(lines[3], HasSubstr("cyd"));
  EXPECT_EQ(run.err, "3 items at revision 9\n");
  EXPECT_EQ(server.calls()[0].As<v1::ListPartnersRequest>().filter(),
            "state = \"ACTIVE\"");
  EXPECT_EQ(server.calls()[1].As<v1::ListPartnersRequest>().page_size(), 2);
}

TEST(List, PrintsOneJsonArrayOverAllPages) {
  FakeServer server(TwoPages);
  const CliRun run = RunOn(server, {"-o", "json", "partner", "list"});
  const json array = json::parse(run.out);
  ASSERT_EQ(array.size(), 3U);
  EXPECT_EQ(array[2]["displayName"], "The cyd");
  EXPECT_EQ(array[2]["country"], "");
  EXPECT_THAT(run.err, IsEmpty());
}

TEST(List, StopsAtTheLimit) {
  FakeServer server(TwoPages);
  const CliRun run =
      RunOn(server, {"-o", "json", "partner", "list", "--limit", "1"});
  EXPECT_EQ(json::parse(run.out).size(), 1U);
  EXPECT_THAT(server.calls(), SizeIs(1));
}

TEST(List, AnIncompleteJsonListIsNotValidJson) {
  FakeServer server([](const FakeServer::Call& call) {
    return call.As<v1::ListPartnersRequest>().page_token().empty()
               ? FakeServer::Answer(PageOf({"ann"}, "t"))
               : FakeServer::Fail(grpc::StatusCode::INTERNAL, "Oh.");
  });
  const CliRun run = RunOn(server, {"-o", "json", "partner", "list"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_FALSE(json::accept(run.out));
}

TEST(List, AnEmptyListIsAnEmptyArray) {
  FakeServer server(Always(v1::ListPartnersResponse()));
  EXPECT_EQ(RunOn(server, {"-o", "json", "partner", "list"}).out, "[]\n");
}

TEST(List, CoversAllParentsUnlessOneIsNamed) {
  FakeServer server(Always(v1::ListInvitationForwardsResponse()));
  RunOn(server, {"invitation", "forwards"});
  RunOn(server, {"--as", "partner:contoso", "invitation", "forwards", "0abc"});
  EXPECT_EQ(server.calls()[0].As<v1::ListInvitationForwardsRequest>().parent(),
            "programs/global/partners/-/invitations/-");
  EXPECT_EQ(server.calls()[1].As<v1::ListInvitationForwardsRequest>().parent(),
            "programs/global/partners/contoso/invitations/0abc");
}

TEST(List, StreamsCustomers) {
  FakeServer server([](const FakeServer::Call&) {
    FakeServer::Reply reply;
    for (const char* id : {"a", "b"}) {
      v1::ListAdministeredCustomersResponse message;
      v1::AdministeredCustomer& customer = *message.add_customers();
      customer.set_customer(absl::StrCat("programs/global/customers/", id));
      customer.mutable_scope()->set_all_services(true);
      message.mutable_revision()->set_number(4);
      reply.messages.push_back(message.SerializeAsString());
    }
    return reply;
  });
  const CliRun run = RunOn(server, {"customers", "litware"});
  EXPECT_EQ(run.exit, kExitOk) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\na         "));
  EXPECT_THAT(run.out, HasSubstr("all services"));
  EXPECT_EQ(run.err, "2 items at revision 4\n");
}

TEST(Read, PassesReadOptionsAndFields) {
  FakeServer server(Always(v1::GetPartnerResponse()));
  RunOn(server, {"--min-revision", "5", "partner", "get", "a", "--fields",
                 "name,state"});
  RunOn(server, {"--at-revision", "6", "partner", "get", "a"});
  RunOn(server, {"--as-of", "2027-01-01", "partner", "get", "a"});
  RunOn(server,
        {"--at", "2026-03-01", "--as-of", "2027-01-01", "partner", "get", "a"});

  const auto first = server.calls()[0].As<v1::GetPartnerRequest>();
  EXPECT_EQ(first.read_options().min_revision().number(), 5);
  EXPECT_THAT(first.read_mask().paths(), ElementsAre("name", "state"));
  EXPECT_EQ(server.calls()[1]
                .As<v1::GetPartnerRequest>()
                .read_options()
                .exact_revision()
                .number(),
            6);
  EXPECT_TRUE(server.calls()[2]
                  .As<v1::GetPartnerRequest>()
                  .read_options()
                  .has_read_time());
  EXPECT_FALSE(server.calls()[2].As<v1::GetPartnerRequest>().has_at());
  const auto both = server.calls()[3].As<v1::GetPartnerRequest>();
  EXPECT_EQ(both.at().seconds(), 1772323200);
  EXPECT_EQ(both.read_options().read_time().seconds(), 1798761600);
}

TEST(Read, AsksEveryCheckAboutTheMoment) {
  FakeServer server(Always(v1::CheckAccessResponse()));
  RunOn(server, {"--at", "2026-03-01", "check", "a", "order", "b"});
  RunOn(server,
        {"--at", "2026-03-01", "check", "a", "order", "b", "--explain"});
  EXPECT_EQ(server.calls()[0].As<v1::CheckAccessRequest>().at().seconds(),
            1772323200);
  EXPECT_EQ(server.calls()[1].As<v1::ExplainAccessRequest>().at().seconds(),
            1772323200);
}

TEST(Usage, OptionsWithoutAPlaceAreRefused) {
  FakeServer server(Always(v1::GetPartnerResponse()));
  const CliRun write = RunOn(server, {"--dry-run", "partner", "get", "a"});
  EXPECT_EQ(write.exit, kExitError);
  EXPECT_THAT(write.err, HasSubstr("--dry-run has no meaning"));
  const CliRun read =
      RunOn(server, {"--at-revision", "1", "partner", "suspend", "a"});
  EXPECT_THAT(read.err, HasSubstr("--at-revision has no meaning"));
  const CliRun at =
      RunOn(server, {"--at", "2026-03-01", "partner", "suspend", "a"});
  EXPECT_THAT(at.err, HasSubstr("--at has no meaning"));
  EXPECT_THAT(server.calls(), IsEmpty());
}

TEST(Usage, WrongWordsAreReportedInTheFormAskedFor) {
  const CliRun text = RunCli({"partner", "frobnicate"});
  EXPECT_EQ(text.exit, kExitError);
  EXPECT_THAT(text.err, HasSubstr("error: "));
  const CliRun machine = RunCli({"-o", "json", "partner", "frobnicate"});
  EXPECT_EQ(machine.exit, kExitError);
  EXPECT_EQ(json::parse(machine.err)["error"]["code"], "USAGE");
  EXPECT_THAT(machine.out, IsEmpty());
}

TEST(Usage, MissingProgramAndCallerOfAnotherKindSaySo) {
  EXPECT_THAT(RunCli({"partner", "get", "a"}).err, HasSubstr("--program"));
  EXPECT_THAT(RunCli({"partner", "list"}).err, HasSubstr("--program"));
  EXPECT_THAT(RunCli({"policy", "show"}).err, HasSubstr("--program"));
  EXPECT_THAT(RunCli({"--program", "global", "--as", "operators/x",
                      "invitation", "create"})
                  .err,
              HasSubstr("--issuer is needed"));
}

TEST(Usage, EveryCommandHasHelpWithExamples) {
  for (const Command& command : Commands()) {
    std::vector<std::string> words = absl::StrSplit(command.path, ' ');
    words.emplace_back("--help");
    const CliRun run = RunCli(words);
    EXPECT_EQ(run.exit, kExitOk) << command.path;
    EXPECT_THAT(run.out, HasSubstr("Examples:")) << command.path;
  }
}

std::string StillReferenced() {
  v1::ErrorInfo info;
  info.set_reason("STILL_REFERENCED");
  (*info.mutable_metadata())["rule"] = "D12";
  (*info.mutable_metadata())["next_step"] = "End them first.";
  (*info.mutable_metadata())["blockers_total"] = "11";
  (*info.mutable_metadata())["see_all"] = "validate_only lists all";
  v1::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type("STILL_REFERENCED");
  violation->set_subject("programs/global/partnerships/0abc");
  violation->set_description("It is active. End them first.");
  v1::Status status;
  status.set_code(9);
  status.set_message("Something live names it. End them first.");
  const std::pair<const char*, const google::protobuf::Message*> details[] = {
      {"ErrorInfo", &info}, {"PreconditionFailure", &failure}};
  for (const auto& [name, detail] : details) {
    auto* any = status.add_details();
    any->set_type_url(absl::StrCat("type.googleapis.com/google.rpc.", name));
    detail->SerializeToString(any->mutable_value());
  }
  return status.SerializeAsString();
}

TEST(Errors, TextHasReasonRuleBlockersAndNextStep) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::FAILED_PRECONDITION,
                            "Something live names it. End them first.",
                            StillReferenced());
  });
  const CliRun run = RunOn(server, {"partner", "delete", "a"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_EQ(run.err,
            "error: STILL_REFERENCED (FAILED_PRECONDITION, rule D12)\n"
            "Something live names it.\n"
            "blockers (1 of 11):\n"
            "  STILL_REFERENCED partnerships/0abc: It is active.\n"
            "  and 10 more: use --dry-run to see all\n"
            "next step: End them first.\n");
}

TEST(Errors, JsonIsOneObjectWithEveryKey) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::FAILED_PRECONDITION, "Text.",
                            StillReferenced());
  });
  const CliRun run = RunOn(server, {"-o", "json", "partner", "delete", "a"});
  EXPECT_EQ(run.exit, kExitError);
  const json error = json::parse(run.err)["error"];
  EXPECT_EQ(error["code"], "FAILED_PRECONDITION");
  EXPECT_EQ(error["reason"], "STILL_REFERENCED");
  EXPECT_EQ(error["rule"], "D12");
  EXPECT_EQ(error["nextStep"], "End them first.");
  EXPECT_EQ(error["blockersTotal"], 11);
  EXPECT_EQ(error["blockers"][0]["subject"],
            "programs/global/partnerships/0abc");
  EXPECT_EQ(error["requestId"].get<std::string>().size(), 36U);
}

TEST(Errors, NoConnectionSaysHowToFindOut) {
  const CliRun run = RunCli({"--server", "unix:/nonexistent/socket",
                             "--program", "global", "partner", "suspend", "a"});
  EXPECT_EQ(run.exit, kExitError);
  EXPECT_THAT(run.err, HasSubstr("error: UNAVAILABLE"));
  EXPECT_THAT(run.err, HasSubstr("Repeat it with --request-id"));
}

TEST(Colors, OnlyOnATerminalWithoutNoColor) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Fail(grpc::StatusCode::NOT_FOUND, "No.");
  });
  const std::vector<std::string> words = {"partner", "get", "a"};
  EXPECT_THAT(RunOn(server, words, {{}, "", true}).err, HasSubstr("\x1b["));
  EXPECT_THAT(RunOn(server, words).err, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(RunOn(server, words, {{{"NO_COLOR", "1"}}, "", true}).err,
              Not(HasSubstr("\x1b[")));
  EXPECT_THAT(RunOn(server, words, {{{"TERM", "dumb"}}, "", true}).err,
              Not(HasSubstr("\x1b[")));
  EXPECT_THAT(
      RunOn(server, {"--no-color", "partner", "get", "a"}, {{}, "", true}).err,
      Not(HasSubstr("\x1b[")));
}

TEST(Output, StoredControlCharactersDoNotReachTheTerminal) {
  v1::GetPartnerResponse response;
  response.mutable_partner()->set_display_name("a\x1b[2Jb\nc");
  FakeServer server(Always(response));
  const CliRun run = RunOn(server, {"partner", "get", "a"});
  EXPECT_THAT(run.out, HasSubstr("a?[2Jb c"));
}

TEST(Policy, ShowAsksForTheProgramsPolicy) {
  FakeServer server(Always(v1::GetPolicyResponse()));
  RunOn(server, {"policy", "show"});
  EXPECT_EQ(server.calls()[0].As<v1::GetPolicyRequest>().name(),
            "programs/global/policy");
}

TEST(Policy, ActivateNamesThePolicyTheEditionAndTheTime) {
  FakeServer server(Always(v1::ActivatePolicyEditionResponse()));
  RunOn(server,
        {"policy", "activate", "later", "--from", "2027-01-31T00:00:00Z"});
  const auto request = server.calls()[0].As<v1::ActivatePolicyEditionRequest>();
  EXPECT_EQ(request.name(), "programs/global/policy");
  EXPECT_EQ(request.edition(), "programs/global/policyEditions/later");
  EXPECT_EQ(request.effective_time().seconds(), 1801353600);
}

TEST(Policy, WithdrawNamesThePolicyTheEditionAndTheTime) {
  FakeServer server(Always(v1::WithdrawPolicyActivationResponse()));
  RunOn(server,
        {"policy", "withdraw", "later", "--from", "2027-01-31T00:00:00Z"});
  const auto request =
      server.calls()[0].As<v1::WithdrawPolicyActivationRequest>();
  EXPECT_EQ(request.name(), "programs/global/policy");
  EXPECT_EQ(request.edition(), "programs/global/policyEditions/later");
  EXPECT_EQ(request.effective_time().seconds(), 1801353600);
  EXPECT_NE(request.options().request_id(), "");
}

// Two pages of an evaluation, the second with what it comes to.
FakeServer::Script Evaluation() {
  v1::EvaluatePolicyResponse first;
  v1::PolicyFinding* finding = first.add_findings();
  finding->set_impact(v1::POLICY_IMPACT_REFUSED_ANEW);
  finding->set_resource("programs/global/customers/adatum");
  finding->set_kind("customers");
  finding->set_reason(v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS);
  finding->set_rule("R66");
  first.set_next_page_token("more");
  v1::EvaluatePolicyResponse last;
  *last.add_findings() = *finding;
  last.mutable_findings(0)->set_resource("programs/global/customers/tailspin");
  v1::PolicyFindingTotal* total = last.mutable_evaluation()->add_totals();
  total->set_kind("customers");
  total->set_reason(finding->reason());
  total->set_count(2);
  v1::PolicyValueChange* value = last.mutable_evaluation()->add_values();
  value->set_subject("closed_to_new_customers");
  value->set_tendency(v1::POLICY_TENDENCY_STRICTER);
  value->set_concerned("active partners that may invite");
  last.mutable_revision()->set_number(7);
  return [first, last](const FakeServer::Call& call) {
    const auto request = call.As<v1::EvaluatePolicyRequest>();
    return FakeServer::Answer(request.page_token().empty() ? first : last);
  };
}

TEST(Policy, EvaluateIsATableOfAllPagesAndWhatItComesTo) {
  FakeServer server(Evaluation());
  const CliRun run =
      RunOn(server, {"policy", "evaluate", "later", "--page-size", "1"});
  EXPECT_EQ(run.exit, kExitOk);
  ASSERT_EQ(server.calls().size(), 2U);
  const auto request = server.calls()[1].As<v1::EvaluatePolicyRequest>();
  EXPECT_EQ(request.name(), "programs/global/policyEditions/later");
  EXPECT_EQ(request.page_size(), 1);
  EXPECT_EQ(request.page_token(), "more");
  for (const char* part :
       {"adatum", "tailspin", "PROGRAM_CLOSED_TO_NEW_CUSTOMERS", "R66",
        "closed_to_new_customers", "STRICTER",
        "active partners that may invite"}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_THAT(run.err, HasSubstr("2 items at revision 7"));
}

TEST(Policy, EvaluateIsAnObjectInJson) {
  FakeServer server(Evaluation());
  const CliRun run = RunOn(server, {"-o", "json", "policy", "evaluate", "later",
                                    "--totals", "--facts-max", "9"});
  const json answer = json::parse(run.out);
  EXPECT_EQ(answer["items"].size(), 2U);
  EXPECT_EQ(answer["items"][0]["reason"], "PROGRAM_CLOSED_TO_NEW_CUSTOMERS");
  EXPECT_EQ(answer["evaluation"]["totals"][0]["count"], "2");
  EXPECT_EQ(answer["revision"]["number"], "7");
  const auto request = server.calls()[0].As<v1::EvaluatePolicyRequest>();
  EXPECT_TRUE(request.totals_only());
  EXPECT_EQ(request.facts_max(), 9);
}

TEST(Policy, DiffIsATable) {
  v1::ComparePolicyEditionsResponse response;
  response.set_base("programs/global/policyEditions/first");
  v1::PolicyDifference* difference = response.add_differences();
  difference->set_subject("closed_to_new_customers");
  difference->set_before("false");
  difference->set_after("true");
  difference->set_rule("R66");
  FakeServer server(Always(response));
  const CliRun run = RunOn(server, {"policy", "diff", "later"});
  EXPECT_EQ(server.calls()[0].As<v1::ComparePolicyEditionsRequest>().name(),
            "programs/global/policyEditions/later");
  EXPECT_THAT(run.out, HasSubstr("closed_to_new_customers"));
  EXPECT_THAT(run.out, HasSubstr("R66"));
  EXPECT_THAT(run.out, HasSubstr("first"));
}

}  // namespace
}  // namespace partner::client
