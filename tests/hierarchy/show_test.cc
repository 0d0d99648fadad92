// What a viewer sees: visibility for each kind of principal and resource,
// states that time alone changes, and tokens (R56, D5, design of trust).

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Show : public Channel {
 protected:
  // A small story: litware brought adatum to wingtip; adatum delegated azure to
  // fabrikam, of another provider; wingtip asked for litware.
  Show() {
    invitation_ = w_.Invite("wingtip");
    forward_ = w_.Forward("litware", invitation_);
    const auto made = w_.Accept("adatum", forward_);
    acceptance_ = made.acceptance().name();
    relationship_ = made.reseller_relationship().name();
    own_admin_ = made.admin_relationship().name();
    auto split = w_.GrantRequest("adatum", "fabrikam", {"azure"});
    split.set_replace_overlapping(true);
    other_admin_ = w_.Must<v1::GrantAdminRelationshipResponse>(
                         w_.CustomerCaller("adatum"), split)
                       .admin_relationship()
                       .name();
    request_ =
        w_.Must<v1::RequestAdminRelationshipResponse>(
              w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware"))
            .admin_relationship()
            .name();
  }
  bool Sees(const Principal& caller, const std::string& name) {
    const Kind kind = KindOfName(name);
    const auto document = NewDocument(kind);
    EXPECT_TRUE(document->ParseFromString(w_.documents().bodies().at(name)));
    return CanSee(w_.graph(), w_.revision(), w_.now(), caller, kind, *document);
  }
  // Names of the partners and customers that see a document.
  std::set<std::string> ViewersOf(const std::string& name) {
    std::set<std::string> viewers;
    for (const char* id : {"wingtip", "northwind", "litware", "fabrikam",
                           "proseware", "contoso", "advent", "ghost"}) {
      if (Sees(w_.PartnerCaller(id), name)) viewers.insert(id);
    }
    for (const char* id : {"adatum", "tailspin", "nobody"}) {
      if (Sees(w_.CustomerCaller(id), name)) viewers.insert(id);
    }
    EXPECT_TRUE(Sees(World::Operator(), name));
    EXPECT_TRUE(Sees(World::Auditor(), name));
    return viewers;
  }

  std::string invitation_, forward_, acceptance_, relationship_, own_admin_,
      other_admin_, request_;
};

TEST_F(Show, PartnersAreSeenByThemselvesTheirPartnersAndTheirCustomers) {
  EXPECT_THAT(ViewersOf(w_.Partner("wingtip")),
              UnorderedElementsAre("wingtip", "litware", "adatum"));
  EXPECT_THAT(ViewersOf(w_.Partner("litware")),
              UnorderedElementsAre("wingtip", "litware", "adatum"));
  EXPECT_THAT(ViewersOf(w_.Partner("fabrikam")),
              UnorderedElementsAre("northwind", "fabrikam", "adatum"));
  EXPECT_THAT(ViewersOf(w_.Partner("contoso")),
              UnorderedElementsAre("contoso"));
}

TEST_F(Show, PartnershipsAreSeenByTheirTwoSides) {
  EXPECT_THAT(ViewersOf(partnership_),
              UnorderedElementsAre("wingtip", "litware"));
}

TEST_F(Show, R56_CustomersAreSeenByThoseWhoHaveToDoWithThem) {
  EXPECT_THAT(ViewersOf(w_.Customer("adatum")),
              UnorderedElementsAre("wingtip", "litware", "fabrikam", "adatum"));
  EXPECT_THAT(ViewersOf(w_.Customer("tailspin")),
              UnorderedElementsAre("tailspin"));
}

TEST_F(Show, R56_ProviderDoesNotSeeItsResellersOtherCustomers) {
  w_.Partnership("northwind", "litware");
  EXPECT_FALSE(Sees(w_.PartnerCaller("northwind"), w_.Customer("adatum")));
  EXPECT_FALSE(Sees(w_.PartnerCaller("northwind"), relationship_));
}

TEST_F(Show, D5_InvitationsAreSeenByTheIssuerAndItsAudience) {
  EXPECT_THAT(ViewersOf(invitation_),
              UnorderedElementsAre("wingtip", "litware"));
  v1::CreateInvitationRequest direct = w_.InviteRequest("wingtip");
  direct.mutable_invitation()->set_audience(
      v1::INVITATION_AUDIENCE_DIRECT_ONLY);
  EXPECT_THAT(ViewersOf(w_.Must<v1::CreateInvitationResponse>(
                              w_.PartnerCaller("wingtip"), direct)
                            .invitation()
                            .name()),
              UnorderedElementsAre("wingtip"));
  w_.Partnership("wingtip", "proseware");
  v1::CreateInvitationRequest listed = w_.InviteRequest("wingtip");
  listed.mutable_invitation()->set_audience(v1::INVITATION_AUDIENCE_LISTED);
  listed.mutable_invitation()->add_listed_resellers(w_.Partner("proseware"));
  EXPECT_THAT(ViewersOf(w_.Must<v1::CreateInvitationResponse>(
                              w_.PartnerCaller("wingtip"), listed)
                            .invitation()
                            .name()),
              UnorderedElementsAre("wingtip", "proseware"));
}

TEST_F(Show, ForwardsAndAcceptancesAreSeenByIssuerForwarderAndCustomer) {
  EXPECT_THAT(ViewersOf(forward_), UnorderedElementsAre("wingtip", "litware"));
  EXPECT_THAT(ViewersOf(acceptance_),
              UnorderedElementsAre("wingtip", "litware", "adatum"));
}

TEST_F(Show, RelationshipsAreSeenByOwnerAssociatesAndCustomer) {
  EXPECT_THAT(ViewersOf(relationship_),
              UnorderedElementsAre("wingtip", "litware", "adatum"));
}

TEST_F(Show, AdministrationIsSeenByDelegateSponsorAndCustomer) {
  EXPECT_THAT(ViewersOf(own_admin_), UnorderedElementsAre("wingtip", "adatum"));
  EXPECT_THAT(ViewersOf(other_admin_),
              UnorderedElementsAre("fabrikam", "adatum"))
      << "not by the owner";
  EXPECT_THAT(ViewersOf(request_),
              UnorderedElementsAre("wingtip", "litware", "adatum"));
}

TEST_F(Show, EndedFactsGiveNoSightOfTheCustomer) {
  ASSERT_TRUE(Accepted(w_.Run(
      w_.PartnerCaller("fabrikam"),
      World::Named<v1::TerminateAdminRelationshipRequest>(other_admin_))));
  ASSERT_TRUE(Accepted(w_.Run(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::TerminateResellerRelationshipRequest>(relationship_))));
  EXPECT_THAT(ViewersOf(w_.Customer("adatum")), UnorderedElementsAre("adatum"));
  EXPECT_TRUE(Sees(w_.PartnerCaller("wingtip"), relationship_))
      << "its own past stays its own";
}

TEST_F(Show, PolicyIsSeenByEverybody) {
  v1::Policy policy;
  policy.set_name(PolicyName("global"));
  for (const Principal& caller :
       {w_.PartnerCaller("litware"), w_.CustomerCaller("adatum"),
        World::Auditor()}) {
    EXPECT_TRUE(CanSee(w_.graph(), w_.revision(), w_.now(), caller,
                       Kind::kPolicy, policy));
  }
}

// --- Who else
// ------------------------------------------------------------------

TEST_F(Show, ChosenResellersAreShownToTheIssuerAndEachToItself) {
  w_.Partnership("wingtip", "proseware");
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_audience(v1::INVITATION_AUDIENCE_LISTED);
  for (const char* id : {"litware", "proseware"}) {
    request.mutable_invitation()->add_listed_resellers(w_.Partner(id));
  }
  const std::string name = w_.Must<v1::CreateInvitationResponse>(
                                 w_.PartnerCaller("wingtip"), request)
                               .invitation()
                               .name();
  const auto listed = [&](const Principal& viewer) {
    auto document = w_.Read<v1::Invitation>(name);
    ShowAt(w_.now(), viewer, w_.tokens(), &document);
    return std::vector<std::string>(document.listed_resellers().begin(),
                                    document.listed_resellers().end());
  };
  EXPECT_EQ(listed(w_.PartnerCaller("wingtip")).size(), 2u);
  EXPECT_EQ(listed(World::Operator()).size(), 2u);
  EXPECT_EQ(listed(World::Auditor()).size(), 2u);
  EXPECT_THAT(listed(w_.PartnerCaller("litware")),
              ElementsAre(w_.Partner("litware")));
}

TEST_F(Show, AssociatesAreShownToOwnerAndCustomerAndEachToItself) {
  w_.Partnership("wingtip", "proseware");
  w_.Accept("adatum", w_.Forward("proseware", w_.Invite("wingtip")));
  const auto associated = [&](const Principal& viewer) {
    auto document = w_.Read<v1::ResellerRelationship>(relationship_);
    ShowAt(w_.now(), viewer, w_.tokens(), &document);
    std::vector<std::string> partners;
    for (const auto& item : document.associated_resellers()) {
      partners.push_back(item.partner());
    }
    return partners;
  };
  EXPECT_EQ(associated(w_.PartnerCaller("wingtip")).size(), 2u);
  EXPECT_EQ(associated(w_.CustomerCaller("adatum")).size(), 2u);
  EXPECT_EQ(associated(World::Auditor()).size(), 2u);
  EXPECT_THAT(associated(w_.PartnerCaller("proseware")),
              ElementsAre(w_.Partner("proseware")));
}

// --- Tokens and time
// --------------------------------------------------------------

TEST_F(Show, D5_TokensAreShownToIssuerForwarderAndOperatorsOnly) {
  const auto invitation_token = [&](const Principal& viewer) {
    auto document = w_.Read<v1::Invitation>(invitation_);
    ShowAt(w_.now(), viewer, w_.tokens(), &document);
    return document.token();
  };
  const auto forward_token = [&](const Principal& viewer) {
    auto document = w_.Read<v1::InvitationForward>(forward_);
    ShowAt(w_.now(), viewer, w_.tokens(), &document);
    return document.token();
  };
  EXPECT_EQ(invitation_token(w_.PartnerCaller("wingtip")),
            w_.tokens().Make(invitation_));
  EXPECT_EQ(invitation_token(World::Operator()), w_.tokens().Make(invitation_));
  EXPECT_EQ(invitation_token(w_.PartnerCaller("litware")), "");
  EXPECT_EQ(invitation_token(World::Auditor()), "");
  EXPECT_EQ(forward_token(w_.PartnerCaller("litware")),
            w_.tokens().Make(forward_));
  EXPECT_EQ(forward_token(World::Operator()), w_.tokens().Make(forward_));
  EXPECT_EQ(forward_token(w_.PartnerCaller("wingtip")), "");
  EXPECT_EQ(forward_token(World::Auditor()), "");
}

TEST_F(Show, StatesThatTimeChangesAreShownAsOfTheMoment) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  const absl::Time end = w_.now() + absl::Hours(1);
  *request.mutable_invitation()->mutable_expire_time() = ToProto(end);
  v1::CreateInvitationResponse response = w_.Must<v1::CreateInvitationResponse>(
      w_.PartnerCaller("wingtip"), request);
  ShowResponseAt(end - absl::Microseconds(1), w_.PartnerCaller("wingtip"),
                 w_.tokens(), &response);
  EXPECT_EQ(response.invitation().state(), v1::INVITATION_STATE_ACTIVE);
  EXPECT_NE(response.invitation().token(), "");
  ShowResponseAt(end, w_.PartnerCaller("wingtip"), w_.tokens(), &response);
  EXPECT_EQ(response.invitation().state(), v1::INVITATION_STATE_EXPIRED);

  v1::Partnership partnership;
  partnership.set_state(v1::PARTNERSHIP_STATE_PENDING);
  *partnership.mutable_expire_time() = ToProto(end);
  ShowAt(end, World::Operator(), w_.tokens(), &partnership);
  EXPECT_EQ(partnership.state(), v1::PARTNERSHIP_STATE_EXPIRED);
  partnership.set_state(v1::PARTNERSHIP_STATE_ACTIVE);
  ShowAt(end, World::Operator(), w_.tokens(), &partnership);
  EXPECT_EQ(partnership.state(), v1::PARTNERSHIP_STATE_ACTIVE);
}

TEST_F(Show, ListsInAResponseAreShownToo) {
  v1::ListInvitationsResponse response;
  *response.add_invitations() = w_.Read<v1::Invitation>(invitation_);
  ShowResponseAt(w_.now(), World::Operator(), w_.tokens(), &response);
  EXPECT_EQ(response.invitations(0).token(), w_.tokens().Make(invitation_));
}

TEST_F(Show, StoredAnswerIsHiddenFromWhoNoLongerSeesIt) {
  v1::UpdateCustomerResponse response;
  *response.mutable_customer() = w_.Read<v1::Customer>(w_.Customer("adatum"));
  EXPECT_EQ(FirstHidden(w_.graph(), w_.revision(), w_.now(),
                        w_.PartnerCaller("wingtip"), response),
            std::nullopt);
  EXPECT_EQ(FirstHidden(w_.graph(), w_.revision(), w_.now(),
                        w_.PartnerCaller("northwind"), response),
            w_.Customer("adatum"));
  v1::RevokeAllAdminRelationshipsResponse many;
  *many.add_admin_relationships() = w_.Read<v1::AdminRelationship>(own_admin_);
  *many.add_admin_relationships() =
      w_.Read<v1::AdminRelationship>(other_admin_);
  EXPECT_EQ(FirstHidden(w_.graph(), w_.revision(), w_.now(),
                        w_.PartnerCaller("wingtip"), many),
            other_admin_);
}

TEST_F(Show, EveryStoredKindHasADocument) {
  for (int kind = 1; kind <= 9; ++kind) {
    EXPECT_NE(NewDocument(static_cast<Kind>(kind)), nullptr) << kind;
  }
  EXPECT_EQ(NewDocument(Kind::kNone), nullptr);
  EXPECT_EQ(NewDocument(Kind::kService), nullptr);
}

}  // namespace
}  // namespace partner::hierarchy
