// Partners and their enrolments: R1, R2, R23, R58, D8, D11, D12. Goal: only an
// operator makes, enrols and ends partners; what exists goes on; nothing is
// deleted while anything live names it.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class PartnerRules : public Channel {
 protected:
  v1::CreatePartnerRequest CreateRequest(absl::string_view id) {
    v1::CreatePartnerRequest request;
    request.set_parent(w_.Program());
    request.set_partner_id(std::string(id));
    request.mutable_partner()->set_display_name("Company");
    request.mutable_partner()->set_country("FR");
    request.mutable_partner()->set_tenant_id(World::Tenant(id));
    return request;
  }
  v1::UpdatePartnerRequest UpdateRequest(absl::string_view id) {
    v1::UpdatePartnerRequest request;
    request.mutable_partner()->set_name(w_.Partner(id));
    request.mutable_partner()->set_display_name("New name");
    request.mutable_update_mask()->add_paths("display_name");
    return request;
  }
  v1::Partner Read(absl::string_view id) {
    return w_.Read<v1::Partner>(w_.Partner(id));
  }
};

TEST_F(PartnerRules, OperatorCreatesWithEnrolments) {
  v1::CreatePartnerRequest request = CreateRequest("fourth");
  request.add_enrollments(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  const v1::Partner made = Read("fourth");
  EXPECT_EQ(made.state(), v1::PARTNER_STATE_ACTIVE);
  ASSERT_THAT(made.enrollments(), SizeIs(1));
  EXPECT_EQ(made.enrollments(0).state(), v1::ENROLLMENT_STATE_ACTIVE);
  EXPECT_TRUE(made.has_create_time());
  EXPECT_EQ(made.etag(), "\"" + std::to_string(w_.revision()) + "\"");
}

TEST_F(PartnerRules, IdIsMadeUpWhereNoneIsGiven) {
  v1::CreatePartnerRequest request = CreateRequest("x");
  request.clear_partner_id();
  const auto made =
      w_.Must<v1::CreatePartnerResponse>(World::Operator(), request);
  EXPECT_EQ(LastId(made.partner().name()).size(), kServerIdBytes);
}

TEST_F(PartnerRules, OnlyOperatorsCreateEnrolSuspendAndDelete) {
  const std::string name = w_.Partner("wingtip");
  auto enroll = World::Named<v1::EnrollPartnerRequest>(name);
  enroll.set_type(v1::ENROLLMENT_TYPE_ADVISOR);
  auto end = World::Named<v1::EndPartnerEnrollmentRequest>(name);
  end.set_type(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  auto restrict_it = World::Named<v1::RestrictPartnerEnrollmentRequest>(name);
  restrict_it.set_type(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  const v1::CreatePartnerRequest create = CreateRequest("x");
  const auto suspend = World::Named<v1::SuspendPartnerRequest>(name);
  const auto reinstate = World::Named<v1::ReinstatePartnerRequest>(name);
  const auto remove = World::Named<v1::DeletePartnerRequest>(name);
  for (const google::protobuf::Message* request :
       std::initializer_list<const google::protobuf::Message*>{
           &create, &enroll, &end, &restrict_it, &suspend, &reinstate,
           &remove}) {
    SCOPED_TRACE(request->GetDescriptor()->name());
    for (const Principal& caller :
         {w_.PartnerCaller("wingtip"), w_.CustomerCaller("adatum"),
          World::Auditor()}) {
      EXPECT_TRUE(RefusedFor(w_.Run(caller, *request),
                             v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
    }
  }
}

TEST_F(PartnerRules, ExistingNameAndTenantAreRefusedTogether) {
  v1::CreatePartnerRequest request = CreateRequest("wingtip");
  const Decision decision = w_.Run(World::Operator(), request);
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_RESOURCE_EXISTS, "C2"));
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_TENANT_TAKEN, "D8"));
  request = CreateRequest("other");
  request.mutable_partner()->set_tenant_id(World::Tenant("wingtip"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_TENANT_TAKEN, "D8"));
}

TEST_F(PartnerRules, R1_R2_EachProgramHasPartnersOfItsOwn) {
  World germany("germany");
  EXPECT_EQ(germany.AddProvider("wingtip"), "programs/germany/partners/wingtip")
      << "the same id and tenant exist in global";
  EXPECT_TRUE(RefusedFor(germany.Run(w_.PartnerCaller("wingtip"),
                                     germany.InviteRequest("wingtip")),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R2"));
}

TEST_F(PartnerRules, D11_PartnerMayShareTheTenantOfACustomer) {
  v1::CreatePartnerRequest request = CreateRequest("adatum-cloud");
  request.mutable_partner()->set_tenant_id(World::Tenant("c-adatum"));
  request.add_enrollments(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  const Decision decision = w_.Run(World::Operator(), request);
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(decision.warnings, IsEmpty()) << "nobody serves the customer";
}

TEST_F(PartnerRules, D11_EnrollingACustomersTenantWarnsOfEveryRelationship) {
  const std::string one = w_.Own("wingtip", "adatum");
  const std::string two = w_.Own("northwind", "adatum");
  v1::CreatePartnerRequest request = CreateRequest("adatum-cloud");
  request.mutable_partner()->set_tenant_id(World::Tenant("c-adatum"));
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  auto advisor =
      World::Named<v1::EnrollPartnerRequest>(w_.Partner("adatum-cloud"));
  advisor.set_type(v1::ENROLLMENT_TYPE_ADVISOR);
  EXPECT_THAT(w_.Run(World::Operator(), advisor).warnings, IsEmpty())
      << "an advisor is outside the programme";
  advisor.set_type(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  const Decision decision = w_.Run(World::Operator(), advisor);
  ASSERT_TRUE(Accepted(decision));
  ASSERT_THAT(decision.warnings, SizeIs(2));
  EXPECT_EQ(decision.warnings[0].reason(),
            v1::WARNING_REASON_TENANT_IS_CUSTOMER);
  EXPECT_EQ(decision.warnings[0].rule(), "R23");
  EXPECT_EQ(decision.warnings[0].subject(), one);
  EXPECT_EQ(decision.warnings[1].subject(), two);
}

TEST_F(PartnerRules, PartnerUpdatesItselfOthersDoNot) {
  EXPECT_TRUE(
      Accepted(w_.Run(w_.PartnerCaller("wingtip"), UpdateRequest("wingtip"))));
  EXPECT_EQ(Read("wingtip").display_name(), "New name");
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), UpdateRequest("litware"))));
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("litware"), UpdateRequest("wingtip")),
                 v1::ERROR_REASON_NOT_THE_PARTY, "C1"));
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("fabrikam"), UpdateRequest("wingtip")),
                 v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(PartnerRules, UpdateChangesOnlyWhatTheMaskNames) {
  v1::UpdatePartnerRequest request = UpdateRequest("wingtip");
  request.mutable_partner()->set_country("DE");
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  EXPECT_EQ(Read("wingtip").country(), "FR");
  request.mutable_update_mask()->clear_paths();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  for (const char* path : {"tenant_id", "state", "nothing"}) {
    request.mutable_update_mask()->clear_paths();
    request.mutable_update_mask()->add_paths(path);
    EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                           v1::ERROR_REASON_MASK_INVALID, ""))
        << path;
  }
  request.mutable_update_mask()->clear_paths();
  request.mutable_update_mask()->add_paths("country");
  request.mutable_partner()->clear_country();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
}

TEST_F(PartnerRules, StaleEtagIsAborted) {
  v1::UpdatePartnerRequest request = UpdateRequest("wingtip");
  request.mutable_partner()->set_etag("\"1\"");
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.mutable_partner()->set_etag(Read("wingtip").etag());
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(PartnerRules, D12_EnrolmentsComeAndGoAndStayInTheList) {
  const auto reseller = v1::ENROLLMENT_TYPE_INDIRECT_RESELLER;
  EXPECT_TRUE(
      RefusedFor(OnEnrollment<v1::EnrollPartnerRequest>("litware", reseller),
                 v1::ERROR_REASON_ALREADY_ENROLLED, "D12"));
  Restrict("litware", reseller);
  EXPECT_TRUE(RefusedFor(
      OnEnrollment<v1::RestrictPartnerEnrollmentRequest>("litware", reseller),
      v1::ERROR_REASON_ALREADY_IN_STATE, "D12"));
  Enroll("litware", reseller);
  EXPECT_THAT(Read("litware").enrollments(), SizeIs(1)) << "lifted";
  EndEnrollment("litware", reseller);
  EXPECT_TRUE(Read("litware").enrollments(0).has_end_time());
  EXPECT_TRUE(RefusedFor(
      OnEnrollment<v1::EndPartnerEnrollmentRequest>("litware", reseller),
      v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  Enroll("litware", reseller);
  ASSERT_THAT(Read("litware").enrollments(), SizeIs(2));
  EXPECT_EQ(Read("litware").enrollments(0).state(), v1::ENROLLMENT_STATE_ENDED);
  EXPECT_EQ(Read("litware").enrollments(1).state(),
            v1::ENROLLMENT_STATE_ACTIVE);
}

TEST_F(PartnerRules, EnrolmentsAreBounded) {
  const auto type = v1::ENROLLMENT_TYPE_SYNDICATION;
  for (int i = 0; i < 99; ++i) {
    Enroll("litware", type);
    EndEnrollment("litware", type);
  }
  EXPECT_TRUE(
      RefusedFor(OnEnrollment<v1::EnrollPartnerRequest>("litware", type),
                 v1::ERROR_REASON_QUOTA_REACHED, "C6"));
}

TEST_F(PartnerRules, D12_SuspendingKeepsFactsAndReinstatingBringsThemBack) {
  w_.Grant("adatum", "litware");
  Suspend("litware");
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_PARTNER_SUSPENDED);
  EXPECT_TRUE(RefusedFor(OnPartner<v1::SuspendPartnerRequest>("litware"),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "D12"));
  ASSERT_TRUE(Accepted(OnPartner<v1::ReinstatePartnerRequest>("litware")));
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_TRUE(RefusedFor(OnPartner<v1::ReinstatePartnerRequest>("litware"),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "D12"));
}

TEST_F(PartnerRules, DeletedPartnerStaysDeleted) {
  const Decision deleted = OnPartner<v1::DeletePartnerRequest>("proseware");
  ASSERT_TRUE(Accepted(deleted));
  EXPECT_THAT(EffectsOn(deleted, w_.Partner("proseware")),
              testing::ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_EQ(Read("proseware").state(), v1::PARTNER_STATE_DELETED);
  EXPECT_TRUE(RefusedFor(OnPartner<v1::DeletePartnerRequest>("proseware"),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "C3"));
  EXPECT_TRUE(RefusedFor(OnPartner<v1::SuspendPartnerRequest>("proseware"),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D12"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), UpdateRequest("proseware")),
                         v1::ERROR_REASON_PARTNER_DELETED, "C2"));
  EXPECT_TRUE(RefusedFor(OnEnrollment<v1::EnrollPartnerRequest>(
                             "proseware", v1::ENROLLMENT_TYPE_ADVISOR),
                         v1::ERROR_REASON_PARTNER_DELETED, "C2"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), CreateRequest("proseware")),
                         v1::ERROR_REASON_RESOURCE_EXISTS, "C2"))
      << "the name is not given again";
}

TEST_F(PartnerRules, NothingIsDeletedWhileAnythingLiveNamesIt) {
  // Everything that can name litware: a partnership, an association, a listed
  // invitation, a forward, an administration, a request.
  w_.Accept("adatum",
            w_.Forward("litware", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE)));
  v1::CreateInvitationRequest listed = w_.InviteRequest("wingtip");
  listed.mutable_invitation()->set_audience(v1::INVITATION_AUDIENCE_LISTED);
  listed.mutable_invitation()->add_listed_resellers(w_.Partner("litware"));
  ASSERT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), listed)));
  w_.Grant("tailspin", "litware");
  ASSERT_TRUE(Accepted(
      w_.Run(w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware"))));
  const Decision reseller = OnPartner<v1::DeletePartnerRequest>("litware");
  EXPECT_TRUE(RefusedFor(reseller, v1::ERROR_REASON_STILL_REFERENCED, "C5"));
  EXPECT_EQ(CountOf(reseller, v1::ERROR_REASON_STILL_REFERENCED), 6)
      << World::Describe(reseller);
  // wingtip: a partnership, two invitations, an ownership, a request it
  // sponsors.
  const Decision provider = OnPartner<v1::DeletePartnerRequest>("wingtip");
  EXPECT_EQ(CountOf(provider, v1::ERROR_REASON_STILL_REFERENCED), 5)
      << World::Describe(provider);
}

TEST_F(PartnerRules, RequestForItselfIsListedOnce) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
  w_.Own("both", "adatum");
  ASSERT_TRUE(Accepted(
      w_.Run(w_.PartnerCaller("both"), w_.AskRequest("adatum", "both"))));
  const Decision decision = OnPartner<v1::DeletePartnerRequest>("both");
  // An invitation, the ownership, the request.
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_STILL_REFERENCED), 3)
      << World::Describe(decision);
}

TEST_F(PartnerRules, EndedFactsDoNotKeepAPartner) {
  const std::string invitation = w_.Invite("wingtip");
  w_.Forward("litware", invitation);
  const auto admin = w_.Grant("tailspin", "litware");
  ASSERT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  ASSERT_TRUE(
      Accepted(w_.Run(w_.PartnerCaller("wingtip"),
                      World::Named<v1::RevokeInvitationRequest>(invitation))));
  ASSERT_TRUE(Accepted(w_.Run(
      w_.PartnerCaller("litware"),
      World::Named<v1::TerminateAdminRelationshipRequest>(admin.name()))));
  EXPECT_TRUE(Accepted(OnPartner<v1::DeletePartnerRequest>("litware")));
  EXPECT_EQ(w_.Check("litware", "manage_users", "tailspin").reason(),
            v1::ACCESS_REASON_PARTNER_DELETED);
}

// --- acting_party ------------------------------------------------------------

TEST_F(PartnerRules, OnlyOperatorsActForOthers) {
  v1::CreateInvitationRequest request = w_.InviteRequest("wingtip");
  request.mutable_options()->set_acting_party(w_.Partner("wingtip"));
  const Decision acting = w_.Run(World::Operator(), request);
  ASSERT_TRUE(Accepted(acting));
  EXPECT_EQ(acting.acting_party, w_.Partner("wingtip"));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)))
      << "naming oneself is allowed";
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_MAY_NOT_ACT_FOR, "C1"));
  request.mutable_options()->set_acting_party(w_.Partner("ghost"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(PartnerRules, D19_NoPartnerActsForACustomer) {
  v1::GrantAdminRelationshipRequest request =
      w_.GrantRequest("adatum", "litware");
  request.mutable_options()->set_acting_party(w_.Customer("adatum"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_MAY_NOT_ACT_FOR, "C1"));
}

TEST_F(PartnerRules, AuditorsChangeNothing) {
  EXPECT_TRUE(RefusedFor(w_.Run(World::Auditor(), w_.InviteRequest("wingtip")),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
}

}  // namespace
}  // namespace partner::hierarchy
