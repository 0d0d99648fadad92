// EvaluatePolicy over the wire: the pages of every size tell the same, of one
// revision, whatever is written beside them; what it costs is bounded; who may
// ask.

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/policy/policy.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kStrict[] = "global-2040-01";
constexpr char kLoose[] = "global-2041-01";
constexpr char kRegional[] = "global-2042-01";

// Three more editions of the global program: a closed one in which direct-bill
// partners alone invite, one that takes partners' tenants as customers, and one
// in which everybody stays in its country.
class EvaluatePolicyTest : public RpcTest {
 protected:
  EvaluatePolicyTest() {
    for (const auto& [name, text] : hierarchy::PolicyLibrary::EmbeddedFiles()) {
      if (name != "global-2017-03.textproto") continue;
      Write(kStrict, absl::StrReplaceAll(
                         text, {{"global-2017-03", kStrict},
                                {"invitation_issuers {\n"
                                 "  types: ENROLLMENT_TYPE_INDIRECT_PROVIDER\n",
                                 "invitation_issuers {\n"},
                                {"closed_to_new_customers { value: false",
                                 "closed_to_new_customers { value: true"}}));
      Write(kLoose,
            absl::StrReplaceAll(
                text, {{"global-2017-03", kLoose},
                       {"refuse_partner_tenant_as_customer { value: true",
                        "refuse_partner_tenant_as_customer { value: false"}}));
      Write(kRegional,
            absl::StrReplaceAll(text, {{"global-2017-03", kRegional},
                                       {"one_region { value: false",
                                        "one_region { value: true"}}));
    }
  }
  Config MakeConfig() const override {
    Config config = RpcTest::MakeConfig();
    config.policy_dir = editions_.path();
    return config;
  }
  void Write(const std::string& id, const std::string& text) {
    std::ofstream(editions_.File(id + ".textproto")) << text;
  }

  static std::string Asked(const std::string& edition,
                           const std::string& more) {
    return absl::StrCat("name: 'programs/global/policyEditions/", edition, "' ",
                        more);
  }
  v1::EvaluatePolicyResponse Page(
      const std::string& edition, const std::string& more = "",
      const CallerMetadata& caller = As("operators/me")) {
    return Do<v1::EvaluatePolicyRequest, v1::EvaluatePolicyResponse>(
        "PolicyService/EvaluatePolicy", Asked(edition, more), caller);
  }
  Ended RefusedPage(const std::string& edition, const std::string& more,
                    const CallerMetadata& caller = As("operators/me")) {
    return Refused<v1::EvaluatePolicyRequest>("PolicyService/EvaluatePolicy",
                                              Asked(edition, more), caller);
  }
  // All pages as one.
  v1::EvaluatePolicyResponse All(const std::string& edition, int size,
                                 const std::string& more = "",
                                 bool write_between = false) {
    v1::EvaluatePolicyResponse all;
    std::string token;
    do {
      const auto page =
          Page(edition, absl::StrCat("page_size: ", size, " page_token: '",
                                     token, "' ", more));
      EXPECT_LE(page.findings_size(), size);
      if (all.has_revision()) {
        EXPECT_EQ(page.revision().number(), all.revision().number());
      }
      EXPECT_EQ(page.has_evaluation(), page.next_page_token().empty());
      all.MergeFrom(page);
      token = page.next_page_token();
      static int number = 0;
      if (write_between && !token.empty()) {
        MakeCustomer("north", absl::StrCat("late", ++number));
      }
    } while (!token.empty());
    all.clear_next_page_token();
    return all;
  }
  // `REASON name` of each.
  static std::vector<std::string> Lines(
      const v1::EvaluatePolicyResponse& response) {
    std::vector<std::string> lines;
    for (const v1::PolicyFinding& finding : response.findings()) {
      lines.push_back(absl::StrCat(
          v1::ErrorReason_Name(finding.reason()).substr(13), " ",
          finding.resource().substr(std::string("programs/global/").size())));
    }
    return lines;
  }
  // `REASON kind count` of each.
  static std::vector<std::string> Totals(
      const v1::EvaluatePolicyResponse& response) {
    std::vector<std::string> lines;
    for (const v1::PolicyFindingTotal& total : response.evaluation().totals()) {
      lines.push_back(
          absl::StrCat(v1::ErrorReason_Name(total.reason()).substr(13), " ",
                       total.kind(), " ", total.count()));
    }
    return lines;
  }
  void MakeFacts() {
    MakeProvider("north");
    MakeReseller("nils");
    for (int i = 0; i < 5; ++i) MakeCustomer("north", absl::StrCat("c", i));
    Do<v1::CreateInvitationRequest, v1::CreateInvitationResponse>(
        "InvitationService/CreateInvitation",
        absl::StrCat(Options(), "parent: 'programs/global/partners/north'"),
        As("programs/global/partners/north"));
  }

  const test::TempDirectory editions_;
};

TEST_F(EvaluatePolicyTest, R24_TellsEveryFactOnceAndCountsIt) {
  MakeFacts();
  const auto whole = All(kStrict, 1000);
  // An invitation, five customers and their relationships.
  EXPECT_EQ(whole.findings_size(), 11);
  EXPECT_THAT(Totals(whole),
              ElementsAre("PROGRAM_CLOSED_TO_NEW_CUSTOMERS customers 5",
                          "ROLE_CANNOT_INVITE invitations 1",
                          "ROLE_CANNOT_INVITE resellerRelationships 5"));
  EXPECT_EQ(whole.evaluation().base(),
            "programs/global/policyEditions/global-2017-03");
  EXPECT_EQ(whole.evaluation().partners(), 2);
  EXPECT_EQ(whole.evaluation().customers(), 5);
  EXPECT_EQ(whole.evaluation().values_size(), 2);
  for (const v1::PolicyFinding& finding : whole.findings()) {
    EXPECT_FALSE(finding.rule().empty());
    EXPECT_EQ(finding.impact(), v1::POLICY_IMPACT_REFUSED_ANEW);
  }
  // The other way round every one is lifted.
  const auto back =
      All("global-2017-03", 1000,
          absl::StrCat("base: 'programs/global/policyEditions/", kStrict, "'"));
  EXPECT_EQ(Lines(back), Lines(whole));
  EXPECT_EQ(back.findings(0).impact(), v1::POLICY_IMPACT_LIFTED);
}

TEST_F(EvaluatePolicyTest, R24_PagesOfEverySizeTellTheSameWhileWritesGoOn) {
  MakeFacts();
  const auto whole = All(kStrict, 1000);
  for (int size : {1, 2, 3, 10, 11, 12}) {
    SCOPED_TRACE(size);
    const std::string at = absl::StrCat(
        "read_options { exact_revision { number: ", whole.revision().number(),
        " } }");
    auto paged = All(kStrict, size, at, true);
    EXPECT_EQ(Lines(paged), Lines(whole));
    EXPECT_EQ(Totals(paged), Totals(whole));
    EXPECT_EQ(paged.evaluation().values_size(),
              whole.evaluation().values_size());
    EXPECT_EQ(paged.evaluation().customers(), 5);
    EXPECT_EQ(paged.evaluation().partners(), 2);
  }
}

TEST_F(EvaluatePolicyTest, R24_TotalsAloneCountTheSame) {
  MakeFacts();
  const auto page = Page(kStrict, "totals_only: true page_size: 1");
  EXPECT_THAT(page.findings(), IsEmpty());
  EXPECT_EQ(Totals(page), Totals(All(kStrict, 1000)));
}

TEST_F(EvaluatePolicyTest, R23_TenantsOfPartnersAreFoundThroughTheStore) {
  MakeFacts();
  const auto partner = Do<v1::GetPartnerRequest, v1::GetPartnerResponse>(
      "PartnerService/GetPartner", "name: 'programs/global/partners/nils'");
  // Recorded by nobody's rule, then owned under the looser edition.
  const auto activate = [&](const std::string& edition) {
    Do<v1::ActivatePolicyEditionRequest, v1::ActivatePolicyEditionResponse>(
        "PolicyService/ActivatePolicyEdition",
        absl::StrCat(Options(),
                     "name: 'programs/global/policy' edition: "
                     "'programs/global/policyEditions/",
                     edition, "'"));
  };
  activate(kLoose);
  const auto made = Do<v1::CreateCustomerRequest, v1::CreateCustomerResponse>(
      "CustomerService/CreateCustomer",
      absl::StrCat(Options(),
                   "parent: 'programs/global' customer { display_name: 'N' "
                   "domain: 'nils.example' country: 'FR' tenant_id: '",
                   partner.partner().tenant_id(), "' }"),
      As("programs/global/partners/north"));
  for (int size : {1, 1000}) {
    const auto stricter = All("global-2017-03", size);
    ASSERT_EQ(stricter.findings_size(), 1);
    EXPECT_EQ(stricter.findings(0).reason(),
              v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER);
    EXPECT_EQ(stricter.findings(0).resource(),
              made.reseller_relationship().name());
    EXPECT_EQ(stricter.evaluation().partners(), 2);
    EXPECT_THAT(Totals(stricter),
                ElementsAre("CUSTOMER_IS_CSP_PARTNER resellerRelationships 1"));
  }
}

TEST_F(EvaluatePolicyTest, R57_CountriesAreReadFromTheStore) {
  MakeFacts();
  // north and nils are of FR, as their customers are but one.
  const auto asked =
      Do<v1::CreatePartnershipRequest, v1::CreatePartnershipResponse>(
          "PartnershipService/CreatePartnership",
          absl::StrCat(Options(),
                       "parent: 'programs/global' reseller: "
                       "'programs/global/partners/nils'"),
          As("programs/global/partners/north"));
  Do<v1::UpdatePartnerRequest, v1::UpdatePartnerResponse>(
      "PartnerService/UpdatePartner",
      absl::StrCat(Options(),
                   "partner { name: 'programs/global/partners/nils' country: "
                   "'JP' } update_mask { paths: 'country' }"));
  Do<v1::UpdateCustomerRequest, v1::UpdateCustomerResponse>(
      "CustomerService/UpdateCustomer",
      absl::StrCat(Options(),
                   "customer { name: 'programs/global/customers/c2' country: "
                   "'BR' } update_mask { paths: 'country' }"));
  for (int size : {1, 1000}) {
    SCOPED_TRACE(size);
    const auto all = All(kRegional, size);
    EXPECT_THAT(Totals(all),
                ElementsAre("REGION_MISMATCH resellerRelationships 1",
                            "REGION_MISMATCH partnerships 1"));
    ASSERT_EQ(all.findings_size(), 2);
    EXPECT_EQ(all.findings(0).resource(), asked.partnership().name());
    EXPECT_THAT(all.findings(1).resource(), testing::HasSubstr("/c2/"));
    EXPECT_EQ(all.evaluation().customers(), 5);
    EXPECT_EQ(all.evaluation().partners(), 2);
  }
}

TEST_F(EvaluatePolicyTest, R24_LooksAtATimeToComeAndChangesNothing) {
  MakeFacts();
  Do<v1::CreateInvitationRequest, v1::CreateInvitationResponse>(
      "InvitationService/CreateInvitation",
      absl::StrCat(Options(),
                   "parent: 'programs/global/partners/north' invitation { "
                   "expire_time { seconds: 4000000000 } }"),
      As("programs/global/partners/north"));
  const auto now = All(kStrict, 1000, "totals_only: true");
  EXPECT_THAT(Totals(now),
              testing::Contains("ROLE_CANNOT_INVITE invitations 2"));
  const auto later =
      All(kStrict, 1000,
          "totals_only: true effective_time { seconds: 4000000000 }");
  EXPECT_THAT(Totals(later),
              testing::Contains("ROLE_CANNOT_INVITE invitations 1"))
      << "one has expired by then";
  EXPECT_EQ(later.evaluation().effective_time().seconds(), 4000000000);
  EXPECT_EQ(later.revision().number(), now.revision().number());
  // What is announced by then is what it would replace; also itself.
  Do<v1::ActivatePolicyEditionRequest, v1::ActivatePolicyEditionResponse>(
      "PolicyService/ActivatePolicyEdition",
      absl::StrCat(Options(),
                   "name: 'programs/global/policy' edition: "
                   "'programs/global/policyEditions/",
                   kStrict, "' effective_time { seconds: 4000000000 }"));
  EXPECT_EQ(
      Totals(All(kStrict, 1000, "effective_time { seconds: 4000000000 }")),
      Totals(later));
  EXPECT_THAT(
      Totals(All(kStrict, 1000, "effective_time { seconds: 4000000001 }")),
      IsEmpty());
  EXPECT_EQ(
      RefusedPage(kStrict, "effective_time { seconds: 1500000000 }").reason(),
      "FIELD_INVALID");
}

TEST_F(EvaluatePolicyTest, C6_TooManyFactsAreAnErrorNeverAPart) {
  MakeFacts();
  const Ended ended = RefusedPage(kStrict, "facts_max: 5");
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ended.reason(), "EVALUATION_TOO_LARGE");
  EXPECT_EQ(ended.info.metadata().at("limit"), "facts_max");
  // Also where a later page goes beyond it.
  const auto first = Page(kStrict, "facts_max: 15 page_size: 2");
  ASSERT_FALSE(first.next_page_token().empty());
  EXPECT_LE(first.examined(), 15);
  std::string reason;
  std::string token = first.next_page_token();
  for (int i = 0; i < 10 && reason.empty(); ++i) {
    v1::EvaluatePolicyResponse next;
    const Ended page = Call(
        "PolicyService/EvaluatePolicy",
        Parse<v1::EvaluatePolicyRequest>(Asked(
            kStrict, absl::StrCat("facts_max: 15 page_size: 2 page_token: '",
                                  token, "'"))),
        &next);
    reason = page.reason();
    token = next.next_page_token();
  }
  EXPECT_EQ(reason, "EVALUATION_TOO_LARGE");
  EXPECT_EQ(RefusedPage(kStrict, "facts_max: -1").reason(), "FIELD_INVALID");
  EXPECT_EQ(RefusedPage(kStrict, "page_size: -1").reason(), "FIELD_INVALID");
}

TEST_F(EvaluatePolicyTest, C1_OperatorsAndAuditorsAsk) {
  MakeFacts();
  EXPECT_EQ(Page(kStrict, "", As("auditors/me")).findings_size(), 11);
  EXPECT_EQ(
      RefusedPage(kStrict, "", As("programs/global/partners/north")).reason(),
      "PRINCIPAL_NOT_ALLOWED");
  EXPECT_EQ(RefusedPage("global-2050-01", "").reason(), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(RefusedPage(kStrict,
                        "base: 'programs/global/policyEditions/global-2050-01'")
                .reason(),
            "RESOURCE_NOT_FOUND");
}

TEST_F(EvaluatePolicyTest, TokensBelongToTheQuestionAndTheCaller) {
  MakeFacts();
  const std::string with =
      absl::StrCat("page_size: 3 page_token: '",
                   Page(kStrict, "page_size: 3").next_page_token(), "' ");
  EXPECT_EQ(Page(kStrict, with).findings_size(), 3);
  EXPECT_EQ(RefusedPage(kLoose, with).reason(), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(RefusedPage(kStrict, with + "totals_only: true").reason(),
            "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(RefusedPage(kStrict, with, As("operators/other")).reason(),
            "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(RefusedPage(kStrict, "page_token: 'nonsense'").reason(),
            "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace partner::server
