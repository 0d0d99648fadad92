// Accepting an invitation: R19, R20, R23, R41, R43, R47, R48, D6-D9, D11, D16,
// D19. Goal: the issuer owns whoever delivered, gets what was offered, the
// forwarder becomes at most associated reseller, and only the customer decides.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Acceptance : public Channel {
 protected:
  Decision Run(absl::string_view customer, const std::string& name,
               bool replace = false) {
    v1::AcceptInvitationRequest request = w_.AcceptRequest(name);
    request.set_replace_overlapping(replace);
    return w_.Run(w_.CustomerCaller(customer), request);
  }
  v1::AcceptInvitationRequest NewCustomer(const std::string& name,
                                          absl::string_view tenant) {
    v1::AcceptInvitationRequest request = w_.AcceptRequest(name);
    v1::Customer* customer = request.mutable_new_customer();
    customer->set_display_name("Fresh");
    customer->set_domain("fresh.example");
    customer->set_country("DE");
    customer->set_tenant_id(World::Tenant(tenant));
    return request;
  }
  std::string InviteOnce() {
    v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
    request.mutable_invitation()->set_max_acceptances(1);
    return w_
        .Must<v1::CreateInvitationResponse>(w_.PartnerCaller("wingtip"),
                                            request)
        .invitation()
        .name();
  }
};
class GermanAcceptance : public GermanChannel {};
class ChineseAcceptance : public ChineseChannel {};

// --- What acceptance makes
// -------------------------------------------------------

TEST_F(Acceptance, R19_IssuerOwnsAndGetsTheAdministrationOffered) {
  const std::string invitation = w_.Invite("wingtip");
  const auto made = w_.Accept("adatum", invitation);
  const v1::ResellerRelationship& relationship = made.reseller_relationship();
  EXPECT_EQ(relationship.owner(), w_.Partner("wingtip"));
  EXPECT_EQ(relationship.state(), v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(relationship.source(), v1::RESELLER_RELATIONSHIP_SOURCE_ACCEPTANCE);
  EXPECT_EQ(relationship.acceptance(), made.acceptance().name());
  EXPECT_THAT(relationship.associated_resellers(), IsEmpty());
  const v1::AdminRelationship& admin = made.admin_relationship();
  EXPECT_EQ(admin.delegate(), w_.Partner("wingtip"));
  EXPECT_EQ(admin.source(), v1::ADMIN_RELATIONSHIP_SOURCE_INVITATION);
  EXPECT_TRUE(admin.scope().all_services());
  EXPECT_THAT(admin.duties(),
              ElementsAre(v1::ADMIN_DUTY_PROVISIONING, v1::ADMIN_DUTY_SUPPORT));
  EXPECT_EQ(made.acceptance().accepted_by(), w_.Customer("adatum"));
  EXPECT_EQ(w_.Read<v1::Invitation>(invitation).accepted_count(), 1);
}

TEST_F(Acceptance, R19_ForwarderIsAssociatedAndOwnsAndAdministersNothing) {
  const std::string forward = w_.Forward("litware", w_.Invite("wingtip"));
  const auto made = w_.Accept("adatum", forward);
  const v1::ResellerRelationship& relationship = made.reseller_relationship();
  EXPECT_EQ(relationship.owner(), w_.Partner("wingtip"));
  ASSERT_THAT(relationship.associated_resellers(), SizeIs(1));
  const v1::AssociatedReseller& brought = relationship.associated_resellers(0);
  EXPECT_EQ(brought.partner(), w_.Partner("litware"));
  EXPECT_EQ(brought.forward(), forward);
  EXPECT_TRUE(brought.is_default());
  EXPECT_EQ(made.admin_relationship().delegate(), w_.Partner("wingtip"));
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
  EXPECT_EQ(w_.Check("litware", "order", "adatum").reason(),
            v1::ACCESS_REASON_NOT_OWNER);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(ChineseAcceptance, R20_IssuerOwnsAlsoWhenAResellerDelivered) {
  const auto made =
      w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  EXPECT_EQ(made.reseller_relationship().owner(), w_.Partner("wingtip"));
  EXPECT_EQ(made.reseller_relationship().associated_resellers(0).partner(),
            w_.Partner("litware"));
}

TEST_F(Acceptance, R19_DirectBillPartnerOwnsAsSuch) {
  const auto made = w_.Accept("adatum", w_.Invite("contoso"));
  EXPECT_EQ(made.reseller_relationship().as_enrollment(),
            v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
}

TEST_F(Acceptance, D7_OfferOfNoneGivesNoAdministration) {
  const auto made =
      w_.Accept("adatum", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE));
  EXPECT_FALSE(made.has_admin_relationship());
  EXPECT_EQ(made.acceptance().admin_relationship(), "");
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
}

TEST_F(GermanAcceptance, R67_GivesTheAdministrationAlways) {
  EXPECT_TRUE(
      w_.Accept("adatum", w_.Invite("wingtip")).has_admin_relationship());
}

TEST_F(Acceptance, R41_SecondOwnersOfferAddsOnlyAdministration) {
  w_.Own("wingtip", "adatum");
  const std::string before =
      w_.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship)[0]
          .DebugString();
  w_.Accept("adatum", w_.Invite("northwind"));
  EXPECT_EQ(w_.Check("northwind", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship)[0]
                .DebugString(),
            before);
}

TEST_F(Acceptance, R53_CustomerMayHaveSeveralOwners) {
  w_.Own("wingtip", "adatum");
  w_.Own("northwind", "adatum");
  w_.Own("contoso", "adatum");
  for (const char* owner : {"wingtip", "northwind", "contoso"}) {
    EXPECT_EQ(w_.Check(owner, "order", "adatum").verdict(),
              v1::ACCESS_VERDICT_ALLOWED)
        << owner;
  }
}

TEST_F(Acceptance, R17_OneInvitationServesManyCustomers) {
  const std::string invitation = w_.Invite("wingtip");
  w_.Accept("adatum", invitation);
  w_.Accept("tailspin", invitation);
  EXPECT_EQ(w_.Read<v1::Invitation>(invitation).accepted_count(), 2);
}

// --- New customers
// ---------------------------------------------------------------

TEST_F(Acceptance, D8_NewCustomerIsCreatedInTheSameCommit) {
  const std::int64_t before = w_.revision();
  const auto made = w_.Must<v1::AcceptInvitationResponse>(
      w_.CustomerCaller("fresh"), NewCustomer(w_.Invite("wingtip"), "fresh"));
  EXPECT_EQ(w_.revision(), before + 2);  // Invite, accept.
  EXPECT_EQ(made.customer().name(), w_.Customer("fresh"));
  EXPECT_EQ(w_.Read<v1::Customer>(w_.Customer("fresh")).domain(),
            "fresh.example");
  EXPECT_EQ(w_.Check("wingtip", "order", "fresh").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Acceptance, D8_CustomerRecordsItselfUnderItsOwnNameOnly) {
  auto request = NewCustomer(w_.Invite("wingtip"), "fresh");
  request.set_customer_id("other");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("fresh"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  request.set_customer_id("fresh");
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("fresh"), request)));
}

TEST_F(Acceptance, D8_KnownNameIsNotRecordedAgain) {
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"),
                                NewCustomer(w_.Invite("wingtip"), "fresh")),
                         v1::ERROR_REASON_RESOURCE_EXISTS, "D8"));
}

TEST_F(Acceptance, D8_KnownTenantOfAnotherCustomerIsNotNamed) {
  const Decision decision =
      w_.Run(w_.CustomerCaller("fresh"),
             NewCustomer(w_.Invite("wingtip"), "c-adatum"));
  EXPECT_TRUE(RefusedFor(decision,
                         v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION, "D8"));
  EXPECT_THAT(World::Describe(decision), Not(HasSubstr("adatum")));
}

TEST_F(Acceptance, D8_CustomerOrNewCustomerNotBoth) {
  auto request = NewCustomer(w_.Invite("wingtip"), "fresh");
  request.set_customer(w_.Customer("adatum"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
}

TEST_F(Acceptance, D8_OperatorNamesTheCustomer) {
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  *request.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  request.set_customer(w_.Customer("adatum"));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  request = NewCustomer(w_.Invite("wingtip"), "fresh");
  *request.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  request.set_customer_id("fresh");
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(Acceptance, UnknownCustomerIsNotFound) {
  EXPECT_TRUE(RefusedFor(Run("ghost", w_.Invite("wingtip")),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  request.set_customer(w_.Customer("tailspin"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"))
      << "another customer is not visible";
}

TEST_F(Acceptance, DeletedCustomerAcceptsNothing) {
  DeleteCustomer("adatum");
  EXPECT_TRUE(RefusedFor(Run("adatum", w_.Invite("wingtip")),
                         v1::ERROR_REASON_CUSTOMER_DELETED, "C2"));
}

// --- Who accepts
// -------------------------------------------------------------------

TEST_F(Acceptance, R48_OnlyAnAdministratorOfTheCustomerAccepts) {
  const auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerUser("adatum"), request),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
}

TEST_F(Acceptance, D19_NoPartnerAcceptsForACustomer) {
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  request.set_customer(w_.Customer("adatum"));
  for (const char* partner : {"wingtip", "litware", "advent"}) {
    EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller(partner), request),
                           v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"))
        << partner;
  }
}

TEST_F(Acceptance, D19_OperatorNeedsEvidenceAndItIsKept) {
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  request.set_customer(w_.Customer("adatum"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D19"));
  *request.mutable_attestation() = w_.Evidence();
  request.mutable_attestation()->mutable_time()->set_seconds(2000000000);
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_INVALID, "D19"));
  *request.mutable_attestation() = w_.Evidence();
  const auto made =
      w_.Must<v1::AcceptInvitationResponse>(World::Operator(), request);
  EXPECT_EQ(made.acceptance().attestation().document(), "archive/17");
  EXPECT_EQ(made.acceptance().accepted_by(), "operators/test");
  EXPECT_EQ(made.admin_relationship().attestation().document(), "archive/17")
      << "accepting gave it";
}

TEST_F(Acceptance, D19_EvidenceIsForOperatorsOnly) {
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  *request.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_FIELD_INVALID, "D19"));
}

// --- Whether the invitation still stands
// ---------------------------------------------

TEST_F(Acceptance, D5_TokenMustBeWhole) {
  auto request = w_.AcceptRequest(w_.Invite("wingtip"));
  request.set_token("t");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_TOKEN_INVALID, ""));
}

TEST_F(Acceptance, R2_TokenOfAnotherProgramIsInvalid) {
  World other("germany");
  other.AddProvider("wingtip");
  EXPECT_TRUE(RefusedFor(Run("adatum", other.Invite("wingtip")),
                         v1::ERROR_REASON_TOKEN_INVALID, ""));
}

TEST_F(Acceptance, D5_RevokedExpiredOrExhaustedInvitationIsClosed) {
  const std::string revoked = w_.Invite("wingtip");
  const std::string forward = w_.Forward("litware", revoked);
  w_.Must<v1::RevokeInvitationResponse>(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::RevokeInvitationRequest>(revoked));
  EXPECT_TRUE(RefusedFor(Run("adatum", revoked),
                         v1::ERROR_REASON_INVITATION_REVOKED, "D5"));
  EXPECT_TRUE(RefusedFor(Run("adatum", forward),
                         v1::ERROR_REASON_INVITATION_REVOKED, "D5"))
      << "its forwards fall with it";

  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  const absl::Time end = w_.now() + absl::Hours(1);
  request.mutable_invitation()->mutable_expire_time()->set_seconds(
      absl::ToUnixSeconds(end));
  const std::string expired = w_.Must<v1::CreateInvitationResponse>(
                                    w_.PartnerCaller("wingtip"), request)
                                  .invitation()
                                  .name();
  w_.Accept("tailspin", expired);
  w_.Advance(absl::Hours(1));
  EXPECT_TRUE(RefusedFor(Run("adatum", expired),
                         v1::ERROR_REASON_INVITATION_EXPIRED, "D5"));

  const std::string once = InviteOnce();
  w_.AddCustomer("third");
  const Decision last = Run("third", once);
  ASSERT_TRUE(Accepted(last));
  EXPECT_THAT(EffectsOn(last, once), ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_TRUE(RefusedFor(Run("adatum", once),
                         v1::ERROR_REASON_INVITATION_EXHAUSTED, "D5"));
}

TEST_F(Acceptance, D5_RevokedForwardIsClosedAndTheInvitationOpen) {
  const std::string invitation = w_.Invite("wingtip");
  const std::string forward = w_.Forward("litware", invitation);
  w_.Must<v1::RevokeInvitationForwardResponse>(
      w_.PartnerCaller("litware"),
      World::Named<v1::RevokeInvitationForwardRequest>(forward));
  EXPECT_TRUE(RefusedFor(Run("adatum", forward),
                         v1::ERROR_REASON_FORWARD_REVOKED, "D5"));
  EXPECT_TRUE(Accepted(Run("adatum", invitation)));
}

TEST_F(Acceptance, D6_IssuerMustStillBeAllowedToInvite) {
  const std::string invitation = w_.Invite("wingtip");
  Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(RefusedFor(Run("adatum", invitation),
                         v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, "D6"));
  Enroll("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  Suspend("wingtip");
  EXPECT_TRUE(RefusedFor(Run("adatum", invitation),
                         v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, "D6"));
  ASSERT_TRUE(Accepted(OnPartner<v1::ReinstatePartnerRequest>("wingtip")));
  EXPECT_TRUE(Accepted(Run("adatum", invitation)));
}

TEST_F(Acceptance, D6_EndedPartnershipWithTheForwarderOnlyWarns) {
  const std::string forward = w_.Forward("litware", w_.Invite("wingtip"));
  ASSERT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  const Decision decision = Run("adatum", forward);
  ASSERT_TRUE(Accepted(decision));
  ASSERT_THAT(decision.warnings, SizeIs(1));
  EXPECT_EQ(decision.warnings[0].reason(),
            v1::WARNING_REASON_FORWARDER_NOT_PARTNER);
  EXPECT_EQ(decision.warnings[0].rule(), "D6");
  const auto relationship =
      w_.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship)[0];
  EXPECT_EQ(relationship.owner(), w_.Partner("wingtip"));
  EXPECT_THAT(relationship.associated_resellers(), IsEmpty());
}

TEST_F(Acceptance, EveryBlockerIsFoundAndOneClassIsSent) {
  const std::string invitation = w_.Invite("wingtip");
  const std::string forward = w_.Forward("litware", invitation);
  w_.Must<v1::RevokeInvitationForwardResponse>(
      w_.PartnerCaller("litware"),
      World::Named<v1::RevokeInvitationForwardRequest>(forward));
  w_.Must<v1::RevokeInvitationResponse>(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::RevokeInvitationRequest>(invitation));
  Suspend("wingtip");
  w_.Grant("adatum", "fabrikam");
  const Decision decision = Run("adatum", forward);
  EXPECT_THAT(decision.violations, SizeIs(4)) << World::Describe(decision);
  const Decision user =
      w_.Run(w_.CustomerUser("adatum"), w_.AcceptRequest(forward));
  EXPECT_THAT(user.violations, SizeIs(5));
  const auto winners = WinningClass(user.violations);
  ASSERT_THAT(winners, SizeIs(1));
  EXPECT_EQ(winners[0].reason(), v1::ERROR_REASON_NOT_CUSTOMER_ADMIN);
}

// --- R23
// --------------------------------------------------------------------------

TEST_F(Acceptance, R23_EnrolledPartnersTenantIsNoCustomer) {
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("fresh"),
                                NewCustomer(w_.Invite("wingtip"), "litware")),
                         v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, "R23"));
  EXPECT_TRUE(
      Accepted(w_.Run(w_.CustomerCaller("fresh"),
                      NewCustomer(w_.Invite("wingtip"), "litware-own-use"))));
}

TEST_F(GermanAcceptance, R66_ClosedProgramTakesNoNewCustomerAndKeepsItsOwn) {
  const std::string invitation = w_.Invite("wingtip");
  w_.UseEdition(Policies().Find("germany", "germany-2018-10"));
  v1::AcceptInvitationRequest anew = w_.AcceptRequest(invitation);
  *anew.mutable_new_customer() = w_.CustomerRequest("fresh").customer();
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("fresh"), anew),
                         v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS,
                         "R66"));
  anew.set_customer_id("fresh");
  *anew.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), anew),
                         v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS,
                         "R66"));
  // A customer that is there is no new one, whoever wins it.
  w_.Accept("adatum", invitation);
  v1::AcceptInvitationRequest another =
      w_.AcceptRequest(w_.Invite("northwind"));
  another.set_replace_overlapping(true);
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), another)));
}

TEST_F(Acceptance, R23_AdvisorAndEndedEnrolmentsDoNotCount) {
  const std::string invitation = w_.Invite("wingtip");
  EXPECT_TRUE(Accepted(
      w_.Run(w_.CustomerCaller("fresh"), NewCustomer(invitation, "advent"))));
  EndEnrollment("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("former"),
                              NewCustomer(invitation, "proseware"))));
}

TEST_F(Acceptance, D11_CheckedWhenTheRelationshipIsMadeNotAfterwards) {
  w_.Accept("adatum", w_.Invite("wingtip"));
  v1::CreatePartnerRequest enroll;
  enroll.set_parent(w_.Program());
  enroll.set_partner_id("adatum-cloud");
  enroll.mutable_partner()->set_display_name("Adatum Cloud");
  enroll.mutable_partner()->set_country("FR");
  enroll.mutable_partner()->set_tenant_id(World::Tenant("c-adatum"));
  enroll.add_enrollments(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), enroll)));
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED)
      << "what exists goes on";
  const std::string forward = w_.Forward("litware", w_.Invite("wingtip"));
  EXPECT_TRUE(Accepted(Run("adatum", forward))) << "no new relationship";
  EXPECT_TRUE(
      RefusedFor(Run("adatum", w_.Invite("northwind", v1::ADMIN_OFFER_NONE)),
                 v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, "R23"));
}

TEST_F(ChineseAcceptance, R23_IsNoRuleThere) {
  v1::AcceptInvitationRequest request = w_.AcceptRequest(w_.Invite("wingtip"));
  v1::Customer* customer = request.mutable_new_customer();
  customer->set_display_name("Fresh");
  customer->set_domain("fresh.example");
  customer->set_country("CN");
  customer->set_tenant_id(World::Tenant("litware"));
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("fresh"), request)));
}

// --- Again, and overlaps
// ------------------------------------------------------------

TEST_F(Acceptance, D9_AgainWithTheSameOwnerIsAlreadyAccepted) {
  w_.Accept("adatum", w_.Invite("wingtip"));
  const Decision decision = Run("adatum", w_.Invite("wingtip"));
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_ALREADY_ACCEPTED, "D9"));
}

TEST_F(Acceptance, D9_AgainAfterAReductionSaysHowToGiveItBack) {
  const auto first = w_.Accept("adatum", w_.Invite("wingtip"));
  auto split = w_.GrantRequest("adatum", "litware", {"azure"});
  split.set_replace_overlapping(true);
  w_.Must<v1::GrantAdminRelationshipResponse>(w_.CustomerCaller("adatum"),
                                              split);
  const Decision decision = Run("adatum", w_.Invite("wingtip"));
  ASSERT_TRUE(RefusedFor(decision, v1::ERROR_REASON_ALREADY_ACCEPTED, "D9"));
  EXPECT_THAT(decision.violations.front().next_step(),
              testing::HasSubstr(first.admin_relationship().name()));
  const Decision none =
      Run("adatum", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE));
  ASSERT_TRUE(RefusedFor(none, v1::ERROR_REASON_ALREADY_ACCEPTED, "D9"));
  EXPECT_EQ(none.violations.front().next_step(), "Nothing to do.");
}

TEST_F(Acceptance, D9_AgainThroughAForwardAddsTheForwarder) {
  const auto first = w_.Accept("adatum", w_.Invite("wingtip"));
  const auto second =
      w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  EXPECT_EQ(second.reseller_relationship().name(),
            first.reseller_relationship().name());
  ASSERT_THAT(second.reseller_relationship().associated_resellers(), SizeIs(1));
  EXPECT_FALSE(second.has_admin_relationship()) << "it was live before";
  w_.Partnership("wingtip", "proseware");
  const auto third =
      w_.Accept("adatum", w_.Forward("proseware", w_.Invite("wingtip")));
  ASSERT_THAT(third.reseller_relationship().associated_resellers(), SizeIs(2));
  EXPECT_FALSE(
      third.reseller_relationship().associated_resellers(1).is_default());
  EXPECT_TRUE(
      RefusedFor(Run("adatum", w_.Forward("litware", w_.Invite("wingtip"))),
                 v1::ERROR_REASON_ALREADY_ACCEPTED, "D9"));
}

TEST_F(Acceptance, R47_RemovedAdministrationComesBackByAcceptingAgain) {
  const auto first = w_.Accept("adatum", w_.Invite("wingtip"));
  w_.Must<v1::TerminateAdminRelationshipResponse>(
      w_.CustomerCaller("adatum"),
      World::Named<v1::TerminateAdminRelationshipRequest>(
          first.admin_relationship().name()));
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
  EXPECT_TRUE(
      RefusedFor(Run("adatum", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE)),
                 v1::ERROR_REASON_ALREADY_ACCEPTED, "D9"))
      << "an offer of none gives nothing back";
  const auto again = w_.Accept("adatum", w_.Invite("wingtip"));
  EXPECT_EQ(again.reseller_relationship().name(),
            first.reseller_relationship().name());
  EXPECT_NE(again.admin_relationship().name(),
            first.admin_relationship().name());
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Acceptance, R43_AcceptingMakesTheTestOfOneDelegatePerService) {
  const v1::AdminRelationship held =
      w_.Grant("adatum", "fabrikam", {"exchange-online"});
  const std::string invitation = w_.Invite("wingtip");
  const Decision refused = Run("adatum", invitation);
  EXPECT_TRUE(
      RefusedFor(refused, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  EXPECT_EQ(ViolationOf(refused, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED)
                .subject(),
            held.name());
  const Decision replaced = Run("adatum", invitation, true);
  ASSERT_TRUE(Accepted(replaced));
  EXPECT_THAT(EffectsOn(replaced, held.name()),
              ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_EQ(w_.Read<v1::AdminRelationship>(held.name()).end_cause(),
            v1::ADMIN_END_CAUSE_REPLACED);
}

TEST_F(Acceptance, D16_OfferOfNoneNeverCollides) {
  w_.Grant("adatum", "fabrikam");
  EXPECT_TRUE(
      Accepted(Run("adatum", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE))));
}

TEST_F(Acceptance, D16_SecondProvidersOfferTakesTheFirstOnesAdministration) {
  const auto first = w_.Accept("adatum", w_.Invite("wingtip"));
  EXPECT_TRUE(RefusedFor(Run("adatum", w_.Invite("northwind")),
                         v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  const Decision decision = Run("adatum", w_.Invite("northwind"), true);
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(EffectsOn(decision, first.reseller_relationship().name()),
              ElementsAre(v1::EFFECT_KIND_STAYS));
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

TEST_F(Acceptance, DryRunListsEverythingAndWritesNothing) {
  w_.Grant("adatum", "fabrikam");
  const std::string invitation = w_.Invite("wingtip");
  const auto bodies = w_.documents().bodies();
  auto request = w_.AcceptRequest(invitation);
  const Decision refused = w_.Dry(w_.CustomerCaller("adatum"), request);
  EXPECT_TRUE(
      RefusedFor(refused, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  request.set_replace_overlapping(true);
  const Decision accepted = w_.Dry(w_.CustomerCaller("adatum"), request);
  ASSERT_TRUE(Accepted(accepted));
  EXPECT_THAT(accepted.effects, Not(IsEmpty()));
  EXPECT_EQ(w_.documents().bodies(), bodies);
}

TEST_F(Acceptance, RecordThatMakesNoSenseStopsEverything) {
  const std::string invitation = w_.Invite("wingtip");
  auto stored = w_.Read<v1::Invitation>(invitation);
  stored.set_audience(static_cast<v1::InvitationAudience>(99));
  w_.documents().Set(invitation, stored.SerializeAsString());
  EXPECT_EQ(Run("adatum", invitation).failure.code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(Acceptance, DamagedRecordStopsEverything) {
  const std::string invitation = w_.Invite("wingtip");
  w_.documents().Damage(invitation);
  const Decision decision = Run("adatum", invitation);
  EXPECT_EQ(decision.failure.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(decision.mutations, IsEmpty());
  w_.documents().Break(absl::UnavailableError("gone"));
  EXPECT_EQ(Run("adatum", invitation).failure.code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace partner::hierarchy
