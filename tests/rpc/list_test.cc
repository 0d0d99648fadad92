// Lists over the wire: pages pinned to a revision, tokens, filters, visibility.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

using Names = std::vector<std::string>;

class ListTest : public RpcTest {
 protected:
  v1::ListPartnersResponse ListPartners(
      const std::string& more,
      const CallerMetadata& caller = As("operators/me")) {
    return Do<v1::ListPartnersRequest, v1::ListPartnersResponse>(
        "PartnerService/ListPartners",
        absl::StrCat("parent: 'programs/global' ", more), caller);
  }
  Names Ids(const v1::ListPartnersResponse& page) {
    Names ids;
    for (const v1::Partner& partner : page.partners()) {
      ids.push_back(partner.name().substr(
          std::string("programs/global/partners/").size()));
    }
    return ids;
  }
  v1::ListCustomersResponse ListCustomers(const std::string& more,
                                          const CallerMetadata& caller) {
    return Do<v1::ListCustomersRequest, v1::ListCustomersResponse>(
        "CustomerService/ListCustomers",
        absl::StrCat("parent: 'programs/global' ", more), caller);
  }
  Ended RefusedPartners(const std::string& more,
                        const CallerMetadata& caller = As("operators/me")) {
    return Refused<v1::ListPartnersRequest>(
        "PartnerService/ListPartners",
        absl::StrCat("parent: 'programs/global' ", more), caller);
  }
};

TEST_F(ListTest, PagesOfEverySizeGiveTheSameWhileWritesGoOn) {
  constexpr int kPartners = 7;
  Names expected;
  for (int i = 0; i < kPartners; ++i) {
    expected.push_back(absl::StrFormat("p%02d", i));
    MakeReseller(expected.back());
  }
  int written = 0;
  for (int size : {1, 2, 5, kPartners - 1, kPartners, kPartners + 1}) {
    SCOPED_TRACE(size);
    Names seen;
    std::string token;
    std::int64_t revision = 0;
    int pages = 0;
    do {
      const auto page = ListPartners(absl::StrFormat(
          "page_size: %d page_token: '%s' filter: 'display_name != \"x\"'",
          size, token));
      if (pages++ == 0) revision = page.revision().number();
      EXPECT_EQ(page.revision().number(), revision);
      EXPECT_LE(page.partners_size(), size);
      for (const std::string& id : Ids(page)) {
        if (id < "q") seen.push_back(id);
      }
      token = page.next_page_token();
      // Sorts among the others and after them; neither may show.
      const std::string early = absl::StrFormat("p00a%02d", written);
      if (!token.empty()) MakeReseller(early);
      if (!token.empty()) expected.push_back(early);
      ++written;
    } while (!token.empty());
    // Pinned: exactly what there was when the list began.
    Names before = expected;
    std::sort(before.begin(), before.end());
    const auto at_revision = ListPartners(absl::StrFormat(
        "page_size: 1000 read_options { exact_revision { number: %d } }",
        revision));
    EXPECT_EQ(seen, Ids(at_revision));
    EXPECT_EQ(Ids(ListPartners("page_size: 1000")), before);
  }
}

TEST_F(ListTest, TheLastPageHasNoToken) {
  for (const char* id : {"a", "b", "c"}) MakeReseller(id);
  EXPECT_TRUE(ListPartners("page_size: 3").next_page_token().empty());
  EXPECT_FALSE(ListPartners("page_size: 2").next_page_token().empty());
  EXPECT_TRUE(ListPartners("").next_page_token().empty());
  EXPECT_EQ(ListPartners("page_size: 100000").partners_size(), 3);
  EXPECT_EQ(RefusedPartners("page_size: -1").reason(), "FIELD_INVALID");
}

TEST_F(ListTest, TokensBelongToListFilterAndCaller) {
  for (const char* id : {"a", "b", "c"}) MakeReseller(id);
  const std::string token = ListPartners("page_size: 1").next_page_token();
  const std::string with = absl::StrCat("page_token: '", token, "' ");
  EXPECT_EQ(Ids(ListPartners(absl::StrCat(with, "page_size: 2"))),
            Names({"b", "c"}));
  for (const char* other :
       {"filter: 'country = FR'", "read_mask { paths: 'name' }",
        "read_options { exact_revision { number: 2 } }"}) {
    EXPECT_EQ(RefusedPartners(absl::StrCat(with, other)).reason(),
              "PAGE_TOKEN_MISMATCH")
        << other;
  }
  EXPECT_EQ(RefusedPartners(with, As("operators/other")).reason(),
            "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(Refused<v1::ListCustomersRequest>(
                "CustomerService/ListCustomers",
                absl::StrCat("parent: 'programs/global' ", with))
                .reason(),
            "PAGE_TOKEN_MISMATCH");
  // Another program has another key.
  EXPECT_EQ(Refused<v1::ListPartnersRequest>(
                "PartnerService/ListPartners",
                absl::StrCat("parent: 'programs/germany' ", with))
                .reason(),
            "PAGE_TOKEN_INVALID");
  std::string tampered = token;
  tampered[token.size() / 2] ^= 1;
  EXPECT_EQ(
      RefusedPartners(absl::StrCat("page_token: '", tampered, "'")).reason(),
      "PAGE_TOKEN_INVALID");
  EXPECT_EQ(RefusedPartners("page_token: 'junk'").reason(),
            "PAGE_TOKEN_INVALID");
}

TEST_F(ListTest, TokensOutliveARestart) {
  for (const char* id : {"a", "b", "c"}) MakeReseller(id);
  const std::string token = ListPartners("page_size: 1").next_page_token();
  Restart();
  EXPECT_EQ(Ids(ListPartners(absl::StrCat("page_token: '", token, "'"))),
            Names({"b", "c"}));
}

TEST_F(ListTest, FiltersAndMasks) {
  MakeProvider("provider");
  MakeReseller("reseller");
  EXPECT_EQ(
      Ids(ListPartners("filter: 'enrollments.type = \"INDIRECT_PROVIDER\"'")),
      Names({"provider"}));
  const auto masked = ListPartners("read_mask { paths: 'display_name' }");
  EXPECT_EQ(masked.partners(0).display_name(), "provider");
  EXPECT_TRUE(masked.partners(0).name().empty());
  EXPECT_EQ(RefusedPartners("filter: 'nothing = 1'").reason(),
            "FILTER_INVALID");
  EXPECT_EQ(RefusedPartners("read_mask { paths: 'nothing' }").reason(),
            "MASK_INVALID");
}

TEST_F(ListTest, FindsTenantsByIndex) {
  MakeProvider("provider");
  MakeReseller("reseller");
  const std::string tenant = ListPartners("").partners(1).tenant_id();
  const std::string filter =
      absl::StrFormat("filter: 'tenant_id = \"%s\"'", tenant);
  EXPECT_EQ(Ids(ListPartners(filter)), Names({"reseller"}));
  EXPECT_EQ(Ids(ListPartners(filter, As("programs/global/partners/provider"))),
            Names());
  EXPECT_EQ(ListPartners("filter: 'tenant_id = \"none\"'").partners_size(), 0);
}

TEST_F(ListTest, ShowsWhatTheCallerMaySee) {
  MakeProvider("provider");
  MakeProvider("other");
  MakeReseller("reseller");
  MakeCustomer("provider", "c1");
  MakeCustomer("provider", "c2");
  MakeCustomer("other", "c3");
  EXPECT_EQ(Ids(ListPartners("", As("programs/global/partners/provider"))),
            Names({"provider"}));
  EXPECT_EQ(ListCustomers("", As("operators/me")).customers_size(), 3);
  EXPECT_EQ(ListCustomers("", As("auditors/me")).customers_size(), 3);
  const CallerMetadata provider = As("programs/global/partners/provider");
  const auto first = ListCustomers("page_size: 1", provider);
  ASSERT_EQ(first.customers_size(), 1);
  EXPECT_EQ(first.customers(0).name(), "programs/global/customers/c1");
  const auto second = ListCustomers(
      absl::StrCat("page_size: 1 page_token: '", first.next_page_token(), "'"),
      provider);
  ASSERT_EQ(second.customers_size(), 1);
  EXPECT_EQ(second.customers(0).name(), "programs/global/customers/c2");
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_EQ(ListCustomers("", As("programs/global/partners/reseller"))
                .customers_size(),
            0);
  const auto own = ListCustomers("", As("programs/global/customers/c3"));
  ASSERT_EQ(own.customers_size(), 1);
  EXPECT_EQ(own.customers(0).name(), "programs/global/customers/c3");
}

TEST_F(ListTest, ParentsMayBeWildcardsAndMustBeVisible) {
  MakeProvider("provider");
  MakeProvider("other");
  MakeCustomer("provider", "c1");
  MakeCustomer("other", "c2");
  const auto list = [this](const std::string& parent,
                           const CallerMetadata& caller) {
    return Do<v1::ListResellerRelationshipsRequest,
              v1::ListResellerRelationshipsResponse>(
               "ResellerRelationshipService/ListResellerRelationships",
               absl::StrCat("parent: '", parent, "'"), caller)
        .reseller_relationships_size();
  };
  const auto refused = [this](const std::string& parent,
                              const CallerMetadata& caller) {
    return Refused<v1::ListResellerRelationshipsRequest>(
               "ResellerRelationshipService/ListResellerRelationships",
               absl::StrCat("parent: '", parent, "'"), caller)
        .reason();
  };
  const CallerMetadata provider = As("programs/global/partners/provider");
  EXPECT_EQ(list("programs/global/customers/-", As("operators/me")), 2);
  EXPECT_EQ(list("programs/global/customers/-", provider), 1);
  EXPECT_EQ(
      list("programs/global/customers/-", As("programs/global/customers/c2")),
      1);
  EXPECT_EQ(list("programs/global/customers/c1", provider), 1);
  EXPECT_EQ(refused("programs/global/customers/c2", provider),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(refused("programs/global/customers/none", provider),
            "RESOURCE_NOT_FOUND");
  // Its own past stays, though it sees the customer no longer.
  const auto relationships = Do<v1::ListResellerRelationshipsRequest,
                                v1::ListResellerRelationshipsResponse>(
      "ResellerRelationshipService/ListResellerRelationships",
      "parent: 'programs/global/customers/c1'", provider);
  Do<v1::TerminateResellerRelationshipRequest,
     v1::TerminateResellerRelationshipResponse>(
      "ResellerRelationshipService/TerminateResellerRelationship",
      absl::StrCat("name: '", relationships.reseller_relationships(0).name(),
                   "' options {request_id: "
                   "'0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'}"),
      provider);
  EXPECT_EQ(Refused<v1::GetCustomerRequest>(
                "CustomerService/GetCustomer",
                "name: 'programs/global/customers/c1'", provider)
                .reason(),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(list("programs/global/customers/c1", provider), 1);
  EXPECT_EQ(refused("programs/global/partners/provider", provider),
            "NAME_MALFORMED");
  EXPECT_EQ(refused("programs/nowhere/customers/-", provider),
            "PROGRAM_NOT_FOUND");
}

TEST_F(ListTest, ForwardsAreListedAcrossIssuersAndInvitations) {
  MakeProvider("provider");
  MakeReseller("reseller");
  const CallerMetadata provider = As("programs/global/partners/provider");
  const CallerMetadata reseller = As("programs/global/partners/reseller");
  const auto partnership =
      Do<v1::CreatePartnershipRequest, v1::CreatePartnershipResponse>(
          "PartnershipService/CreatePartnership",
          absl::StrCat(Options(),
                       "parent: 'programs/global' "
                       "provider: 'programs/global/partners/provider' "
                       "reseller: 'programs/global/partners/reseller'"),
          provider);
  Do<v1::AcceptPartnershipRequest, v1::AcceptPartnershipResponse>(
      "PartnershipService/AcceptPartnership",
      absl::StrCat(Options(), "name: '", partnership.partnership().name(), "'"),
      reseller);
  std::string invitation;
  for (int i = 0; i < 2; ++i) {
    invitation = Do<v1::CreateInvitationRequest, v1::CreateInvitationResponse>(
                     "InvitationService/CreateInvitation",
                     absl::StrCat(Options(),
                                  "parent: 'programs/global/partners/provider' "
                                  "invitation { audience: "
                                  "INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS }"),
                     provider)
                     .invitation()
                     .name();
    Do<v1::ForwardInvitationRequest, v1::ForwardInvitationResponse>(
        "InvitationService/ForwardInvitation",
        absl::StrCat(Options(), "name: '", invitation, "'"), reseller);
  }
  const auto list = [&](const std::string& parent) {
    const auto page = Do<v1::ListInvitationForwardsRequest,
                         v1::ListInvitationForwardsResponse>(
        "InvitationService/ListInvitationForwards",
        absl::StrCat("parent: '", parent, "'"), reseller);
    for (const v1::InvitationForward& forward : page.forwards()) {
      EXPECT_FALSE(forward.token().empty());
    }
    return page.forwards_size();
  };
  const std::string partners = "programs/global/partners/";
  EXPECT_EQ(list(invitation), 1);
  EXPECT_EQ(list(partners + "provider/invitations/-"), 2);
  EXPECT_EQ(list(partners + "-/invitations/-"), 2);
  EXPECT_EQ(list(partners + "-/invitations/" +
                 invitation.substr(invitation.rfind('/') + 1)),
            1);
}

}  // namespace
}  // namespace partner::server
