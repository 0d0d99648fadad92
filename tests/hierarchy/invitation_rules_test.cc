// Creating, forwarding and revoking invitations: R11-R18, R67, D2, D5, D7, D12.
// Goal: only providers and direct-bill partners invite, only the issuer's
// audience forwards, and everybody else learns what to do instead. Method: the
// channel of channel.h, one command after the other.

#include "gmock/gmock.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/invitations.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Invitation : public Channel {
 protected:
  Decision Forward(absl::string_view reseller, const std::string& name) {
    return w_.Run(w_.PartnerCaller(reseller),
                  World::Named<v1::ForwardInvitationRequest>(name));
  }
  Decision ForwardToken(absl::string_view reseller, const std::string& name) {
    v1::ForwardInvitationRequest request;
    request.set_parent(w_.Program());
    request.set_token(w_.tokens().Make(name));
    return w_.Run(w_.PartnerCaller(reseller), request);
  }
  // Invitations of wingtip for one audience.
  std::string InviteFor(v1::InvitationAudience audience,
                        const std::vector<std::string>& listed = {}) {
    v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
    request.mutable_invitation()->set_audience(audience);
    for (const std::string& id : listed) {
      request.mutable_invitation()->add_listed_resellers(w_.Partner(id));
    }
    return w_
        .Must<v1::CreateInvitationResponse>(w_.PartnerCaller("wingtip"),
                                            request)
        .invitation()
        .name();
  }
  Decision Revoke(absl::string_view caller, const std::string& name) {
    return w_.Run(w_.PartnerCaller(caller),
                  World::Named<v1::RevokeInvitationRequest>(name));
  }
};
class GermanInvitation : public GermanChannel {};
class ChineseInvitation : public ChineseChannel {};

// --- Who invites -------------------------------------------------------------

TEST_F(Invitation, R17_ProviderInvites) {
  const auto request = w_.InviteRequest("wingtip");
  const auto response = w_.Must<v1::CreateInvitationResponse>(
      w_.PartnerCaller("wingtip"), request);
  const v1::Invitation& made = response.invitation();
  EXPECT_EQ(ParentOf(made.name()), w_.Partner("wingtip"));
  EXPECT_EQ(made.as_enrollment(), v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_EQ(made.state(), v1::INVITATION_STATE_ACTIVE);
  EXPECT_EQ(made.token(), "") << "a token is never stored";
  EXPECT_EQ(w_.Read<v1::Invitation>(made.name()).DebugString(),
            made.DebugString());
}

TEST_F(Invitation, R17_DirectBillPartnerInvites) {
  const std::string name = w_.Invite("contoso");
  EXPECT_EQ(w_.Read<v1::Invitation>(name).as_enrollment(),
            v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
}

TEST_F(Invitation, R15_ResellerCannotInviteAndLearnsWhoseToUse) {
  w_.Partnership("northwind", "litware");
  const Decision decision =
      w_.Run(w_.PartnerCaller("litware"), w_.InviteRequest("litware"));
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15"));
  const Violation violation =
      ViolationOf(decision, v1::ERROR_REASON_RESELLER_CANNOT_INVITE);
  EXPECT_EQ(violation.subject(), w_.Partner("litware"));
  EXPECT_THAT(violation.next_step(), HasSubstr(w_.Partner("wingtip")));
  EXPECT_THAT(violation.next_step(), HasSubstr(w_.Partner("northwind")));
  EXPECT_THAT(violation.next_step(), HasSubstr("ForwardInvitation"));
  EXPECT_EQ(decision.metadata.at("providers"),
            w_.Partner("northwind") + "," + w_.Partner("wingtip"));
}

TEST_F(Invitation, R16_ResellerWithoutProviderLearnsToFindOne) {
  const Decision decision =
      w_.Run(w_.PartnerCaller("proseware"), w_.InviteRequest("proseware"));
  const Violation violation =
      ViolationOf(decision, v1::ERROR_REASON_RESELLER_CANNOT_INVITE);
  EXPECT_THAT(violation.next_step(), HasSubstr("partnership"));
  EXPECT_EQ(decision.metadata.at("providers"), "");
}

TEST_F(Invitation, R16_EndedPartnershipIsNotNamedAmongTheProviders) {
  ASSERT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  const Decision decision =
      w_.Run(w_.PartnerCaller("litware"), w_.InviteRequest("litware"));
  EXPECT_EQ(decision.metadata.at("providers"), "");
}

TEST_F(Invitation, R15_ResellerCannotInviteAsProviderEither) {
  v1::CreateInvitationRequest request = w_.InviteRequest("litware");
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15"));
}

TEST_F(Invitation, R15_OperatorCannotInviteForAResellerEither) {
  v1::CreateInvitationRequest request = w_.InviteRequest("litware");
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15"));
  request = w_.InviteRequest("wingtip");
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(Invitation, R15_RestrictedResellerIsStillToldToForward) {
  Restrict("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("litware"), w_.InviteRequest("litware")),
      v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15"));
}

TEST_F(ChineseInvitation, R11_ProviderInvites) {
  EXPECT_EQ(ProgramOf(w_.Invite("wingtip")), "china-21vianet");
}

TEST_F(ChineseInvitation, R13_ResellerCannotInviteAndLearnsWhoseToUse) {
  const Decision decision =
      w_.Run(w_.PartnerCaller("litware"), w_.InviteRequest("litware"));
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R13"));
  EXPECT_EQ(decision.metadata.at("providers"), w_.Partner("wingtip"));
}

TEST_F(ChineseInvitation, R12_SentByTheProviderOrByItsReseller) {
  const std::string invitation = w_.Invite("wingtip");
  const std::string forward = w_.Forward("litware", invitation);
  EXPECT_EQ(w_.Accept("adatum", invitation).acceptance().forwarder(), "");
  EXPECT_EQ(w_.Accept("tailspin", forward).acceptance().forwarder(),
            w_.Partner("litware"));
}

TEST_F(ChineseInvitation, R14_ResellerUsesItsOwnProvidersInvitationOnly) {
  const std::string invitation = w_.Invite("northwind");
  v1::ForwardInvitationRequest request;
  request.set_parent(w_.Program());
  request.set_token(w_.tokens().Make(invitation));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12"));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("fabrikam"), request)));
}

TEST_F(Invitation, R17_AdvisorAndUnenrolledCannotInvite) {
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("advent"), w_.InviteRequest("advent")),
                 v1::ERROR_REASON_ROLE_CANNOT_INVITE, "R17"));
  w_.AddPartner("nobody", {});
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("nobody"), w_.InviteRequest("nobody")),
                 v1::ERROR_REASON_ROLE_CANNOT_INVITE, "R17"));
}

TEST_F(ChineseInvitation, R11_AdvisorCannotInvite) {
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("advent"), w_.InviteRequest("advent")),
                 v1::ERROR_REASON_ROLE_CANNOT_INVITE, "R11"));
}

TEST_F(Invitation, R11_OnlyTheIssuerInvitesUnderItsName) {
  // litware sees its provider; fabrikam does not.
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("litware"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_NOT_THE_PARTY, "R11"));
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("fabrikam"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("adatum"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(Invitation, D12_RestrictedOrEndedIssuerMakesNoNewInvitation) {
  Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  EndEnrollment("contoso", v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("contoso"), w_.InviteRequest("contoso")),
      v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
}

TEST_F(Invitation, D12_SuspendedIssuerMakesNone) {
  Suspend("wingtip");
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(Invitation, D12_DirectBillAndResellerInvitesOnlyAsDirectBillSaidSo) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER,
                         v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
  v1::CreateInvitationRequest request = w_.InviteRequest("both");
  const Decision unsaid = w_.Run(w_.PartnerCaller("both"), request);
  EXPECT_TRUE(RefusedFor(unsaid, v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS, "D12"));
  EXPECT_THAT(
      ViolationOf(unsaid, v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS).next_step(),
      HasSubstr("DIRECT_BILL_PARTNER"));
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("both"), request),
                         v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15"));
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("both"), request)));
}

TEST_F(Invitation, D12_ProviderThatResellsTooCanOnlyMeanTheProvider) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
  const std::string name = w_.Invite("both");
  EXPECT_EQ(w_.Read<v1::Invitation>(name).as_enrollment(),
            v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
}

TEST_F(Invitation, D12_ProviderAndDirectBillSaysWhich) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER});
  v1::CreateInvitationRequest request = w_.InviteRequest("both");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("both"), request),
                         v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS, "D12"));
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("both"), request)));
}

TEST_F(Invitation, D12_EnrollmentThatOwnsNothingIsMalformed) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_as_enrollment(v1::ENROLLMENT_TYPE_ADVISOR);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  request.mutable_invitation()->set_as_enrollment(
      v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
}

// --- What is offered
// -----------------------------------------------------------

TEST_F(Invitation, D7_BroadIsTheDefaultAndNoneMayBeChosen) {
  EXPECT_EQ(w_.Read<v1::Invitation>(w_.Invite("wingtip")).admin_offer(),
            v1::ADMIN_OFFER_BROAD);
  EXPECT_EQ(w_.Read<v1::Invitation>(w_.Invite("wingtip", v1::ADMIN_OFFER_NONE))
                .admin_offer(),
            v1::ADMIN_OFFER_NONE);
}

TEST_F(GermanInvitation, R67_OfferWithoutAdministrationDoesNotExist) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_admin_offer(v1::ADMIN_OFFER_NONE);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED, "R67"));
  EXPECT_EQ(w_.Read<v1::Invitation>(w_.Invite("wingtip")).admin_offer(),
            v1::ADMIN_OFFER_BROAD);
}

TEST_F(ChineseInvitation, D7_NoneMayBeChosen) {
  EXPECT_EQ(w_.Read<v1::Invitation>(w_.Invite("wingtip", v1::ADMIN_OFFER_NONE))
                .admin_offer(),
            v1::ADMIN_OFFER_NONE);
}

TEST_F(Invitation, D5_NoExpiryAndNoMaximumUnlessSet) {
  const auto made = w_.Read<v1::Invitation>(w_.Invite("wingtip"));
  EXPECT_FALSE(made.has_expire_time());
  EXPECT_EQ(made.max_acceptances(), 0);
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  *request.mutable_invitation()->mutable_expire_time() =
      ToProto(w_.now() - absl::Seconds(1));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  *request.mutable_invitation()->mutable_expire_time() =
      ToProto(w_.now() + absl::Hours(1));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

TEST_F(Invitation, D5_AudienceDefaultsToDirectOnly) {
  v1::CreateInvitationRequest request;
  request.set_parent(w_.Partner("wingtip"));
  const auto response = w_.Must<v1::CreateInvitationResponse>(
      w_.PartnerCaller("wingtip"), request);
  EXPECT_EQ(response.invitation().audience(),
            v1::INVITATION_AUDIENCE_DIRECT_ONLY);
}

TEST_F(Invitation, D5_ListedResellersBelongToTheirAudience) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_audience(v1::INVITATION_AUDIENCE_LISTED);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  request.mutable_invitation()->add_listed_resellers(w_.Partner("litware"));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
  request.mutable_invitation()->set_audience(
      v1::INVITATION_AUDIENCE_DIRECT_ONLY);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
}

TEST_F(Invitation, R12_OnlyOwnResellersAreListedAndEveryOtherIsNamed) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_audience(v1::INVITATION_AUDIENCE_LISTED);
  for (const char* id : {"litware", "fabrikam", "proseware"}) {
    request.mutable_invitation()->add_listed_resellers(w_.Partner(id));
  }
  const Decision decision = w_.Run(w_.PartnerCaller("wingtip"), request);
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_NOT_A_PARTNER, "R12"));
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_NOT_A_PARTNER), 2);
  request.mutable_invitation()->add_listed_resellers(w_.Partner("ghost"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(Invitation, D5_DirectBillPartnerHasNoResellers) {
  v1::CreateInvitationRequest request = w_.InviteRequest("contoso");
  request.mutable_invitation()->set_audience(
      v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("contoso"), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
}

// --- Who forwards
// ------------------------------------------------------------------

TEST_F(Invitation, R18_ResellerForwardsWithWordsAndTokenOfItsOwn) {
  const std::string invitation = w_.Invite("wingtip");
  auto request = World::Named<v1::ForwardInvitationRequest>(invitation);
  request.set_message("Bonjour");
  const Decision decision = w_.Run(w_.PartnerCaller("litware"), request);
  ASSERT_TRUE(Accepted(decision));
  v1::ForwardInvitationResponse response;
  response.CopyFrom(*decision.response);
  EXPECT_EQ(ParentOf(response.forward().name()), invitation);
  EXPECT_EQ(response.forward().forwarder(), w_.Partner("litware"));
  EXPECT_EQ(response.forward().message(), "Bonjour");
  EXPECT_EQ(w_.Read<v1::Invitation>(invitation).message(), "");
  EXPECT_THAT(decision.effects[0].description(),
              HasSubstr(w_.Partner("wingtip")));
}

TEST_F(Invitation, R12_ForwardWithTheTokenToo) {
  EXPECT_TRUE(Accepted(ForwardToken("litware", w_.Invite("wingtip"))));
}

TEST_F(Invitation, R12_ForeignResellerWithTheTokenIsNotTheIssuersReseller) {
  const std::string invitation = w_.Invite("wingtip");
  const Decision decision = ForwardToken("fabrikam", invitation);
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12"));
  EXPECT_THAT(
      ViolationOf(decision, v1::ERROR_REASON_NOT_ISSUERS_RESELLER).next_step(),
      HasSubstr("CreatePartnership"));
}

TEST_F(Invitation, D5_WithoutTokenAndOutsideTheAudienceThereIsNone) {
  const std::string all = w_.Invite("wingtip");
  const std::string direct = InviteFor(v1::INVITATION_AUDIENCE_DIRECT_ONLY);
  w_.Partnership("wingtip", "proseware");
  const std::string listed =
      InviteFor(v1::INVITATION_AUDIENCE_LISTED, {"proseware"});
  for (const Decision& decision :
       {Forward("fabrikam", all), Forward("litware", direct),
        Forward("litware", listed),
        Forward("litware", all.substr(0, all.size() - 1) + "z")}) {
    EXPECT_TRUE(
        RefusedFor(decision, v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  }
}

TEST_F(Invitation, D5_OwnResellerOutsideTheAudienceWithTheToken) {
  const std::string direct = InviteFor(v1::INVITATION_AUDIENCE_DIRECT_ONLY);
  EXPECT_TRUE(RefusedFor(ForwardToken("litware", direct),
                         v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5"));
  w_.Partnership("wingtip", "proseware");
  const std::string listed =
      InviteFor(v1::INVITATION_AUDIENCE_LISTED, {"proseware"});
  EXPECT_TRUE(RefusedFor(ForwardToken("litware", listed),
                         v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5"));
  EXPECT_TRUE(Accepted(Forward("proseware", listed)));
}

TEST_F(Invitation, D5_ListedButThePartnershipHasEnded) {
  const std::string listed =
      InviteFor(v1::INVITATION_AUDIENCE_LISTED, {"litware"});
  ASSERT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  EXPECT_TRUE(RefusedFor(Forward("litware", listed),
                         v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12"));
}

TEST_F(Invitation, R12_PendingPartnershipDoesNotForward) {
  v1::CreatePartnershipRequest ask;
  ask.set_parent(w_.Program());
  ask.set_reseller(w_.Partner("proseware"));
  ASSERT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), ask)));
  EXPECT_TRUE(RefusedFor(ForwardToken("proseware", w_.Invite("wingtip")),
                         v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12"));
}

TEST_F(Invitation, D5_ForwardsAreNotForwarded) {
  w_.Partnership("wingtip", "proseware");
  const std::string forward = w_.Forward("litware", w_.Invite("wingtip"));
  EXPECT_TRUE(RefusedFor(ForwardToken("proseware", forward),
                         v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5"));
}

TEST_F(Invitation, R12_IssuerDeliversItsInvitationItself) {
  EXPECT_TRUE(RefusedFor(Forward("wingtip", w_.Invite("wingtip")),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R12"));
}

TEST_F(Invitation, R12_CustomersAndOperatorsDoNotForward) {
  const auto request =
      World::Named<v1::ForwardInvitationRequest>(w_.Invite("wingtip"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R12"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R12"));
  auto acting = request;
  acting.mutable_options()->set_acting_party(w_.Partner("litware"));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), acting)));
}

TEST_F(Invitation, D5_OneLiveForwardForEachReseller) {
  const std::string invitation = w_.Invite("wingtip");
  const std::string first = w_.Forward("litware", invitation);
  EXPECT_TRUE(RefusedFor(Forward("litware", invitation),
                         v1::ERROR_REASON_ALREADY_FORWARDED, "D5"));
  ASSERT_TRUE(Accepted(
      w_.Run(w_.PartnerCaller("litware"),
             World::Named<v1::RevokeInvitationForwardRequest>(first))));
  EXPECT_NE(w_.Forward("litware", invitation), first);
}

TEST_F(Invitation, D12_SuspendedResellerDoesNotForward) {
  const std::string invitation = w_.Invite("wingtip");
  Suspend("litware");
  EXPECT_TRUE(RefusedFor(Forward("litware", invitation),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(Invitation, D5_ClosedInvitationIsNotForwarded) {
  const std::string revoked = w_.Invite("wingtip");
  ASSERT_TRUE(Accepted(Revoke("wingtip", revoked)));
  EXPECT_TRUE(RefusedFor(Forward("litware", revoked),
                         v1::ERROR_REASON_INVITATION_REVOKED, "D5"));

  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  *request.mutable_invitation()->mutable_expire_time() =
      ToProto(w_.now() + absl::Hours(1));
  const std::string expired = w_.Must<v1::CreateInvitationResponse>(
                                    w_.PartnerCaller("wingtip"), request)
                                  .invitation()
                                  .name();
  w_.Advance(absl::Hours(1));
  EXPECT_TRUE(RefusedFor(Forward("litware", expired),
                         v1::ERROR_REASON_INVITATION_EXPIRED, "D5"));

  request = w_.InviteRequest("wingtip");
  request.mutable_invitation()->set_max_acceptances(1);
  const std::string exhausted = w_.Must<v1::CreateInvitationResponse>(
                                      w_.PartnerCaller("wingtip"), request)
                                    .invitation()
                                    .name();
  w_.Accept("adatum", exhausted);
  EXPECT_TRUE(RefusedFor(Forward("litware", exhausted),
                         v1::ERROR_REASON_INVITATION_EXHAUSTED, "D5"));
}

TEST_F(Invitation, D5_ExactlyOneOfNameAndToken) {
  v1::ForwardInvitationRequest request;
  request.set_parent(w_.Program());
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  request.set_token("t:" + w_.Program() + "/nothing");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_TOKEN_INVALID, ""));
}

// --- Revoking
// ---------------------------------------------------------------------

TEST_F(Invitation, D5_IssuerRevokesAndEarlierAcceptancesStay) {
  const std::string invitation = w_.Invite("wingtip");
  const auto accepted = w_.Accept("adatum", invitation);
  const Decision decision = Revoke("wingtip", invitation);
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(EffectsOn(decision, invitation),
              ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_EQ(
      w_.Read<v1::ResellerRelationship>(accepted.reseller_relationship().name())
          .state(),
      v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_TRUE(RefusedFor(Revoke("wingtip", invitation),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "D5"));
}

TEST_F(Invitation, D5_OnlyTheIssuerRevokes) {
  const std::string invitation = w_.Invite("wingtip");
  EXPECT_TRUE(RefusedFor(Revoke("litware", invitation),
                         v1::ERROR_REASON_NOT_THE_PARTY, "D5"));
  EXPECT_TRUE(RefusedFor(Revoke("fabrikam", invitation),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  auto request = World::Named<v1::RevokeInvitationRequest>(invitation);
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(Invitation, D5_RunOutInvitationCannotBeRevoked) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  *request.mutable_invitation()->mutable_expire_time() =
      ToProto(w_.now() + absl::Hours(1));
  const std::string name = w_.Must<v1::CreateInvitationResponse>(
                                 w_.PartnerCaller("wingtip"), request)
                               .invitation()
                               .name();
  w_.Advance(absl::Hours(1));
  EXPECT_TRUE(RefusedFor(Revoke("wingtip", name),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D5"));
}

TEST_F(Invitation, D5_ForwarderAndIssuerRevokeAForwardNobodyElse) {
  w_.Partnership("wingtip", "proseware");
  const std::string invitation = w_.Invite("wingtip");
  const std::string one = w_.Forward("litware", invitation);
  const std::string two = w_.Forward("proseware", invitation);
  const auto revoke = [&](absl::string_view caller, const std::string& name) {
    return w_.Run(w_.PartnerCaller(caller),
                  World::Named<v1::RevokeInvitationForwardRequest>(name));
  };
  EXPECT_TRUE(RefusedFor(revoke("proseware", one),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(Accepted(revoke("litware", one)));
  EXPECT_TRUE(RefusedFor(revoke("litware", one),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "D5"));
  EXPECT_TRUE(Accepted(revoke("wingtip", two)));
}

TEST_F(Invitation, D5_StaleEtagRevokesNothing) {
  auto request =
      World::Named<v1::RevokeInvitationRequest>(w_.Invite("wingtip"));
  request.set_etag("\"1\"");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.set_etag(w_.Read<v1::Invitation>(request.name()).etag());
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

// --- Looking up
// ---------------------------------------------------------------------

TEST_F(Invitation, D5_LookupShowsIssuerForwarderOfferAndBothTexts) {
  v1::CreateInvitationRequest create = w_.InviteRequest("wingtip");
  create.mutable_invitation()->set_message("Welcome");
  const std::string invitation =
      w_.Must<v1::CreateInvitationResponse>(w_.PartnerCaller("wingtip"), create)
          .invitation()
          .name();
  auto pass_on = World::Named<v1::ForwardInvitationRequest>(invitation);
  pass_on.set_message("Bonjour");
  const std::string forward = w_.Must<v1::ForwardInvitationResponse>(
                                    w_.PartnerCaller("litware"), pass_on)
                                  .forward()
                                  .name();
  const auto looked =
      LookUpInvitation(w_.documents(), w_.tokens(), w_.program(),
                       w_.tokens().Make(forward), w_.now());
  const auto& seen = std::get<v1::LookupInvitationResponse>(looked);
  EXPECT_EQ(seen.issuer(), w_.Partner("wingtip"));
  EXPECT_EQ(seen.issuer_display_name(), "Company wingtip");
  EXPECT_EQ(seen.forwarder(), w_.Partner("litware"));
  EXPECT_EQ(seen.forwarder_display_name(), "Company litware");
  EXPECT_EQ(seen.state(), v1::INVITATION_STATE_ACTIVE);
  EXPECT_EQ(seen.forward_state(), v1::INVITATION_FORWARD_STATE_ACTIVE);
  EXPECT_EQ(seen.admin_offer(), v1::ADMIN_OFFER_BROAD);
  EXPECT_EQ(seen.message(), "Welcome");
  EXPECT_EQ(seen.forward_message(), "Bonjour");
}

TEST_F(Invitation, D5_LookupTakesOnlyATokenOfThisProgram) {
  const std::string invitation = w_.Invite("wingtip");
  const auto look = [&](absl::string_view program, const std::string& token) {
    const auto looked =
        LookUpInvitation(w_.documents(), w_.tokens(), program, token, w_.now());
    const auto* failure = std::get_if<LookupFailure>(&looked);
    return failure != nullptr && failure->violation
               ? failure->violation->reason()
               : v1::ERROR_REASON_UNSPECIFIED;
  };
  EXPECT_EQ(look("global", w_.tokens().Make(invitation)),
            v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(look("germany", w_.tokens().Make(invitation)),
            v1::ERROR_REASON_TOKEN_INVALID);
  EXPECT_EQ(look("global", invitation), v1::ERROR_REASON_TOKEN_INVALID);
  EXPECT_EQ(look("global", w_.tokens().Make(invitation + "/forwards/x")),
            v1::ERROR_REASON_TOKEN_INVALID);
}

TEST_F(Invitation, LookupSaysWhenTheStoreCannotBeRead) {
  const std::string token = w_.tokens().Make(w_.Invite("wingtip"));
  w_.documents().Damage(w_.Partner("wingtip"));
  const auto looked = LookUpInvitation(w_.documents(), w_.tokens(),
                                       w_.program(), token, w_.now());
  EXPECT_EQ(std::get<LookupFailure>(looked).status.code(),
            absl::StatusCode::kDataLoss);
  w_.documents().Break(absl::UnavailableError("gone"));
  const auto broken = LookUpInvitation(w_.documents(), w_.tokens(),
                                       w_.program(), token, w_.now());
  EXPECT_EQ(std::get<LookupFailure>(broken).status.code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace partner::hierarchy
