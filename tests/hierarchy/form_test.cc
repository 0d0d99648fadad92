// What is wrong with a request by itself. Goal: each kind of bad input has a
// reason of its own and the path of the field, all of them at once, and
// everything well-formed passes. R2, D15.

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Message;
using testing::ElementsAre;
using testing::IsEmpty;

// `REASON field` of everything that is wrong.
std::vector<std::string> WrongWith(const Message& request) {
  std::vector<std::string> wrong;
  for (const Violation& violation : CheckForm(request)) {
    EXPECT_TRUE(IsComplete(violation));
    wrong.push_back(ReasonName(violation.reason()) + " " + violation.field());
  }
  return wrong;
}

constexpr char kRequestId[] = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

v1::CreateCustomerRequest WholeCustomer() {
  v1::CreateCustomerRequest request;
  request.mutable_options()->set_request_id(kRequestId);
  request.set_parent("programs/global");
  request.set_customer_id("adatum");
  v1::Customer* customer = request.mutable_customer();
  customer->set_display_name("Adatum");
  customer->set_domain("adatum.example");
  customer->set_country("FR");
  customer->set_tenant_id("00000000-0000-4000-8000-000000000001");
  return request;
}

v1::CreateInvitationRequest WholeInvitation() {
  v1::CreateInvitationRequest request;
  request.mutable_options()->set_request_id(kRequestId);
  request.set_parent("programs/global/partners/p");
  return request;
}

v1::GrantAdminRelationshipRequest WholeGrant() {
  v1::GrantAdminRelationshipRequest request;
  request.mutable_options()->set_request_id(kRequestId);
  request.set_parent("programs/global/customers/c");
  request.set_delegate("programs/global/partners/p");
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  request.mutable_scope()->set_all_services(true);
  return request;
}

TEST(Form, WholeRequestsHaveNothingWrong) {
  EXPECT_THAT(WrongWith(WholeCustomer()), IsEmpty());
  EXPECT_THAT(WrongWith(WholeInvitation()), IsEmpty());
  EXPECT_THAT(WrongWith(WholeGrant()), IsEmpty());
}

TEST(Form, EveryCommandHasAForm) {
  for (const CommandSpec& spec : Commands()) {
    SCOPED_TRACE(spec.method);
    EXPECT_EQ(FindCommand(spec.service, spec.method), &spec);
    EXPECT_EQ(spec.request->GetDescriptor()->name(),
              std::string(spec.method) + "Request");
    EXPECT_EQ(spec.response->GetDescriptor()->name(),
              std::string(spec.method) + "Response");
    EXPECT_NE(OptionsOf(*spec.request), nullptr);
    std::unique_ptr<Message> response(spec.response->New());
    EXPECT_NE(MutableResultOf(response.get()), nullptr);
    // An empty one misses its request id at least.
    EXPECT_EQ(WrongWith(*spec.request)[0],
              "REQUEST_ID_MISSING options.request_id");
  }
  EXPECT_EQ(FindCommand("PartnerService", "GetPartner"), nullptr);
}

TEST(Form, RequestIdIsAUuidAndMayBeLeftOutOfADryRun) {
  v1::CreateCustomerRequest request = WholeCustomer();
  for (const char* id : {"1", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b",
                         "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g"}) {
    request.mutable_options()->set_request_id(id);
    EXPECT_THAT(WrongWith(request),
                ElementsAre("REQUEST_ID_INVALID options.request_id"))
        << id;
  }
  request.mutable_options()->clear_request_id();
  EXPECT_THAT(WrongWith(request),
              ElementsAre("REQUEST_ID_MISSING options.request_id"));
  request.mutable_options()->set_validate_only(true);
  EXPECT_THAT(WrongWith(request), IsEmpty());
}

TEST(Form, EverythingThatIsWrongIsSaidAtOnce) {
  v1::CreateCustomerRequest request = WholeCustomer();
  request.set_customer_id("-x");
  request.mutable_customer()->set_display_name("a\nb");
  request.mutable_customer()->set_country("fr");
  request.mutable_customer()->set_domain("Adatum");
  request.mutable_customer()->set_tenant_id(
      "0000000A-0000-4000-8000-000000000001");
  EXPECT_THAT(
      WrongWith(request),
      testing::UnorderedElementsAre(
          "FIELD_INVALID customer_id", "TEXT_INVALID customer.display_name",
          "FIELD_INVALID customer.country", "FIELD_INVALID customer.domain",
          "FIELD_INVALID customer.tenant_id"));
}

TEST(Form, MissingFieldsAreNamed) {
  v1::CreateCustomerRequest request = WholeCustomer();
  request.clear_customer();
  EXPECT_THAT(WrongWith(request), testing::UnorderedElementsAre(
                                      "FIELD_REQUIRED customer.display_name",
                                      "FIELD_REQUIRED customer.country",
                                      "FIELD_REQUIRED customer.domain",
                                      "FIELD_REQUIRED customer.tenant_id"));
}

TEST(Form, TextsCountCharactersNotBytes) {
  v1::CreateCustomerRequest request = WholeCustomer();
  std::string accents;
  for (int i = 0; i < 256; ++i) accents += "\xc3\xa9";
  request.mutable_customer()->set_display_name(accents);
  EXPECT_THAT(WrongWith(request), IsEmpty());
  request.mutable_customer()->set_display_name(accents + "e");
  EXPECT_THAT(WrongWith(request),
              ElementsAre("LIMIT_EXCEEDED customer.display_name"));
  v1::CreateInvitationRequest invitation = WholeInvitation();
  invitation.mutable_invitation()->set_message(std::string(2000, 'x'));
  EXPECT_THAT(WrongWith(invitation), IsEmpty());
  invitation.mutable_invitation()->set_message(std::string(2001, 'x'));
  EXPECT_THAT(WrongWith(invitation),
              ElementsAre("LIMIT_EXCEEDED invitation.message"));
  request = WholeCustomer();
  request.mutable_options()->set_reason_note(std::string(501, 'x'));
  EXPECT_THAT(WrongWith(request),
              ElementsAre("LIMIT_EXCEEDED options.reason_note"));
}

TEST(Form, ControlAndInvisibleCharactersAndNothingButSpacesAreRefused) {
  for (const char* text : {"   ", "a\tb", "a\nb", "a\x7f", "a\x01", "a\xc2\x85",
                           // NOLINTNEXTLINE(misc-misleading-bidirectional)
                           "a\xe2\x80\x8b", "a\xe2\x80\xae", "a\xe2\x81\xa6"}) {
    v1::CreateCustomerRequest request = WholeCustomer();
    request.mutable_customer()->set_display_name(text);
    EXPECT_THAT(WrongWith(request),
                ElementsAre("TEXT_INVALID customer.display_name"))
        << text;
  }
  v1::CreateInvitationRequest invitation = WholeInvitation();
  invitation.mutable_invitation()->set_message("one\n\ttwo");
  EXPECT_THAT(WrongWith(invitation), IsEmpty()) << "line breaks are allowed";
  invitation.mutable_invitation()->set_message("one\rtwo");
  EXPECT_THAT(WrongWith(invitation),
              ElementsAre("TEXT_INVALID invitation.message"));
}

TEST(Form, DomainsAreLowerCaseWithTwoLabelsAtLeast) {
  const auto wrong = [](const std::string& domain) {
    v1::CreateCustomerRequest request = WholeCustomer();
    request.mutable_customer()->set_domain(domain);
    return !WrongWith(request).empty();
  };
  for (const char* domain :
       {"a.b", "xn--bcher-kva.example", "a-b.c1.example"}) {
    EXPECT_FALSE(wrong(domain)) << domain;
  }
  for (const std::string& domain :
       {std::string("example"), std::string("a..b"), std::string("-a.b"),
        std::string("a-.b"), std::string("A.b"), std::string("a_b.c"),
        absl::StrCat(std::string(64, 'a'), ".b"), std::string("a.b.")}) {
    EXPECT_TRUE(wrong(domain)) << domain;
  }
}

TEST(Form, NamesOfAnotherKindAreMalformed) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.set_delegate("programs/global/customers/p");
  EXPECT_THAT(WrongWith(request), ElementsAre("NAME_MALFORMED delegate"));
  request.set_delegate("programs/global/partners/-");
  EXPECT_THAT(WrongWith(request), ElementsAre("NAME_MALFORMED delegate"));
}

TEST(Form, R2_NamesOfTwoProgramsDoNotMix) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.set_delegate("programs/germany/partners/p");
  EXPECT_THAT(WrongWith(request), ElementsAre("PROGRAM_MISMATCH delegate"));
  EXPECT_EQ(CheckForm(request)[0].rule(), "R2");
  request = WholeGrant();
  request.mutable_scope()->set_all_services(false);
  request.mutable_scope()->add_services("programs/germany/services/azure");
  EXPECT_THAT(WrongWith(request),
              ElementsAre("PROGRAM_MISMATCH scope.services[0]"));
  request = WholeGrant();
  request.mutable_options()->set_acting_party("programs/germany/customers/c");
  EXPECT_THAT(WrongWith(request),
              ElementsAre("PROGRAM_MISMATCH options.acting_party"));
}

TEST(Form, ActingPartyIsAPartnerOrACustomer) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.mutable_options()->set_acting_party("operators/me");
  EXPECT_THAT(WrongWith(request),
              ElementsAre("NAME_MALFORMED options.acting_party"));
}

TEST(Form, UnknownEnumValuesAreRefused) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.set_kind(static_cast<v1::AdminKind>(9));
  EXPECT_THAT(WrongWith(request), ElementsAre("ENUM_UNKNOWN kind"));
  request = WholeGrant();
  request.set_duties(0, v1::ADMIN_DUTY_UNSPECIFIED);
  EXPECT_THAT(WrongWith(request), ElementsAre("FIELD_REQUIRED duties[0]"));
  v1::CreateInvitationRequest invitation = WholeInvitation();
  invitation.mutable_invitation()->set_audience(
      static_cast<v1::InvitationAudience>(9));
  EXPECT_THAT(WrongWith(invitation),
              ElementsAre("ENUM_UNKNOWN invitation.audience"));
}

TEST(Form, ListsAreBoundedAndHoldEachItemOnce) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  EXPECT_THAT(WrongWith(request), ElementsAre("FIELD_INVALID duties[1]"));
  v1::CreateInvitationRequest invitation = WholeInvitation();
  for (int i = 0; i < 1000; ++i) {
    invitation.mutable_invitation()->add_listed_resellers(
        "programs/global/partners/r" + std::to_string(i));
  }
  EXPECT_THAT(WrongWith(invitation), IsEmpty());
  invitation.mutable_invitation()->add_listed_resellers(
      "programs/global/partners/last");
  EXPECT_THAT(WrongWith(invitation),
              ElementsAre("LIMIT_EXCEEDED invitation.listed_resellers"));
}

TEST(Form, NumbersAndTimesAreBounded) {
  v1::CreateInvitationRequest request = WholeInvitation();
  request.mutable_invitation()->set_max_acceptances(-1);
  EXPECT_THAT(WrongWith(request),
              ElementsAre("FIELD_INVALID invitation.max_acceptances"));
  request.mutable_invitation()->set_max_acceptances(1000001);
  EXPECT_THAT(WrongWith(request),
              ElementsAre("FIELD_INVALID invitation.max_acceptances"));
  request.mutable_invitation()->set_max_acceptances(1000000);
  EXPECT_THAT(WrongWith(request), IsEmpty());
  request.mutable_invitation()->mutable_expire_time()->set_nanos(-1);
  EXPECT_THAT(WrongWith(request),
              ElementsAre("FIELD_INVALID invitation.expire_time"));
  request.mutable_invitation()->mutable_expire_time()->set_nanos(0);
  request.mutable_invitation()->mutable_expire_time()->set_seconds(
      253402300800);
  EXPECT_THAT(WrongWith(request),
              ElementsAre("FIELD_INVALID invitation.expire_time"));
}

TEST(Form, D19_EvidenceIsWholeOrAbsent) {
  v1::GrantAdminRelationshipRequest request = WholeGrant();
  request.mutable_attestation()->set_person("A");
  EXPECT_THAT(WrongWith(request), testing::UnorderedElementsAre(
                                      "FIELD_REQUIRED attestation.method",
                                      "FIELD_REQUIRED attestation.time",
                                      "FIELD_REQUIRED attestation.document"));
}

TEST(Form, ReadsHaveAFormToo) {
  v1::GetPartnerRequest get;
  get.set_name("programs/global/partners/p");
  EXPECT_THAT(WrongWith(get), IsEmpty());
  get.mutable_read_options()->mutable_exact_revision()->set_number(0);
  EXPECT_THAT(WrongWith(get),
              ElementsAre("READ_OPTION_INVALID read_options.exact_revision"));
  get.mutable_read_options()->mutable_read_time()->set_nanos(-1);
  EXPECT_THAT(WrongWith(get),
              ElementsAre("READ_OPTION_INVALID read_options.read_time"));
  v1::ListCustomersRequest list;
  EXPECT_THAT(WrongWith(list), ElementsAre("FIELD_REQUIRED parent"));
  list.set_parent("programs/global");
  list.set_page_size(-1);
  EXPECT_THAT(WrongWith(list), ElementsAre("FIELD_INVALID page_size"));
  list.set_page_size(0);
  list.set_filter(std::string(1025, 'x'));
  EXPECT_THAT(WrongWith(list), ElementsAre("LIMIT_EXCEEDED filter"));
  list.clear_filter();
  list.set_parent("nowhere");
  EXPECT_THAT(WrongWith(list), ElementsAre("NAME_MALFORMED parent"));
  v1::BatchCheckAccessRequest batch;
  batch.set_parent("programs/global");
  EXPECT_THAT(WrongWith(batch), ElementsAre("FIELD_REQUIRED queries"));
  for (int i = 0; i < 1001; ++i) batch.add_queries();
  EXPECT_THAT(WrongWith(batch), ElementsAre("LIMIT_EXCEEDED queries"));
}

TEST(Form, ProgramOfARequestIsFoundWhereverItIsNamed) {
  EXPECT_EQ(ProgramOfRequest(WholeCustomer()), "global");
  EXPECT_EQ(ProgramOfRequest(WholeGrant()), "global");
  v1::UpdateCustomerRequest update;
  update.mutable_customer()->set_name("programs/germany/customers/c");
  EXPECT_EQ(ProgramOfRequest(update), "germany");
  v1::ForwardInvitationRequest forward;
  EXPECT_EQ(ProgramOfRequest(forward), "");
  forward.set_parent("programs/global");
  EXPECT_EQ(ProgramOfRequest(forward), "global");
  v1::CheckAccessRequest check;
  check.mutable_query()->set_customer("programs/global/customers/c");
  EXPECT_EQ(ProgramOfRequest(check), "global");
}

}  // namespace
}  // namespace partner::hierarchy
