// Delegated administration: R3, R4, R10, R21, R22, R43-R49, D2, D12, D14-D17,
// D19. Goal: only the customer gives and takes it, to any active reseller of
// the program, asked for or not; one programme delegate for each service; and
// nothing of it touches who owns or sells.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AdminRules : public Channel {
 protected:
  Decision Grant(absl::string_view customer,
                 const v1::GrantAdminRelationshipRequest& request) {
    return w_.Run(w_.CustomerCaller(customer), request);
  }
  // The same, taking services over.
  Decision Replace(absl::string_view customer, absl::string_view delegate,
                   std::vector<std::string> services = {}) {
    auto request = w_.GrantRequest(customer, delegate, std::move(services));
    request.set_replace_overlapping(true);
    return Grant(customer, request);
  }
  v1::AdminRelationship GrantDuties(absl::string_view delegate,
                                    std::vector<v1::AdminDuty> duties,
                                    std::vector<std::string> services) {
    return w_
        .Must<v1::GrantAdminRelationshipResponse>(
            w_.CustomerCaller("adatum"),
            w_.GrantRequest("adatum", delegate, std::move(services),
                            std::move(duties)))
        .admin_relationship();
  }
  v1::AdminRelationship Read(const std::string& name) {
    return w_.Read<v1::AdminRelationship>(name);
  }
  // What wingtip asks for litware at adatum, which it owns.
  std::string Ask(absl::string_view delegate = "litware") {
    return w_
        .Must<v1::RequestAdminRelationshipResponse>(
            w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", delegate))
        .admin_relationship()
        .name();
  }
  Decision Approve(const std::string& name, bool replace = false) {
    auto request = World::Named<v1::ApproveAdminRelationshipRequest>(name);
    request.set_replace_overlapping(replace);
    return w_.Run(w_.CustomerCaller("adatum"), request);
  }
  Decision Reject(const Principal& caller, const std::string& name) {
    return w_.Run(caller,
                  World::Named<v1::RejectAdminRelationshipRequest>(name));
  }
  Decision End(const Principal& caller, const std::string& name) {
    return w_.Run(caller,
                  World::Named<v1::TerminateAdminRelationshipRequest>(name));
  }
  // Bodies of everything but administration.
  std::map<std::string, std::string> Rest() const {
    std::map<std::string, std::string> rest;
    for (const auto& [name, body] : w_.documents().bodies()) {
      if (KindOfName(name) != Kind::kAdminRelationship) rest[name] = body;
    }
    return rest;
  }
};
class ChineseAdmin : public ChineseChannel {};
class GermanAdmin : public GermanChannel {};

// --- Granting
// -----------------------------------------------------------------------

TEST_F(ChineseAdmin, R22_CustomerGrantsProvisioningAndOrSupportToAReseller) {
  v1::GrantAdminRelationshipRequest request =
      w_.GrantRequest("adatum", "litware");
  request.clear_duties();
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  EXPECT_EQ(w_.Check("litware", "reset_passwords", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("litware", "assign_licenses", "adatum").reason(),
            v1::ACCESS_REASON_DUTY_NOT_GRANTED);
}

TEST_F(AdminRules, R22_GrantIsActiveAtOnceAskedForOrNot) {
  const v1::AdminRelationship made = w_.Grant("adatum", "litware");
  EXPECT_EQ(made.state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(made.source(), v1::ADMIN_RELATIONSHIP_SOURCE_GRANT);
  EXPECT_EQ(made.kind(), v1::ADMIN_KIND_BROAD);
  EXPECT_EQ(made.sponsor(), "");
  EXPECT_TRUE(made.has_start_time());
}

TEST_F(AdminRules, D14_AnyResellerOfTheProgramAndTheAnswerSaysWhose) {
  w_.Own("wingtip", "adatum");
  const auto grant = [&](absl::string_view delegate,
                         std::vector<std::string> services) {
    return w_.Must<v1::GrantAdminRelationshipResponse>(
        w_.CustomerCaller("adatum"),
        w_.GrantRequest("adatum", delegate, std::move(services)));
  };
  const auto own = grant("litware", {"azure"});
  EXPECT_TRUE(own.delegate_is_owners_reseller());
  EXPECT_TRUE(own.admin_relationship().delegate_of_owner());
  const auto other = grant("fabrikam", {"exchange-online"});
  EXPECT_FALSE(other.delegate_is_owners_reseller());
  EXPECT_FALSE(other.admin_relationship().delegate_of_owner());
  const auto nobodys = grant("proseware", {"dynamics-crm"});
  EXPECT_FALSE(nobodys.delegate_is_owners_reseller());
}

TEST_F(AdminRules, D14_OwnerThatResellsTooIsNotItsOwnReseller) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
  w_.Own("both", "adatum");
  const auto granted = w_.Must<v1::GrantAdminRelationshipResponse>(
      w_.CustomerCaller("adatum"), w_.GrantRequest("adatum", "both"));
  EXPECT_FALSE(granted.delegate_is_owners_reseller());
  EXPECT_TRUE(granted.admin_relationship().delegate_of_owner());
}

TEST_F(AdminRules, D14_NoRelationshipNeedsToExist) {
  EXPECT_TRUE(
      Accepted(Grant("tailspin", w_.GrantRequest("tailspin", "litware"))));
}

TEST_F(AdminRules, R22_ProvidersAndDirectBillPartnersAreNotGranted) {
  w_.Own("wingtip", "adatum");
  for (const char* delegate : {"wingtip", "northwind", "contoso"}) {
    const Decision decision =
        Grant("adatum", w_.GrantRequest("adatum", delegate));
    EXPECT_TRUE(
        RefusedFor(decision, v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"))
        << delegate;
    EXPECT_THAT(ViolationOf(decision, v1::ERROR_REASON_GRANTEE_NOT_RESELLER)
                    .next_step(),
                HasSubstr("invitation"));
  }
}

TEST_F(AdminRules, D12_RestrictedEndedSuspendedAndDeletedAreNotGranted) {
  Restrict("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "litware")),
                         v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"));
  EndEnrollment("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "litware")),
                         v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"));
  Suspend("fabrikam");
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "fabrikam")),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
  ASSERT_TRUE(Accepted(OnPartner<v1::DeletePartnerRequest>("proseware")));
  EXPECT_TRUE(
      RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "proseware")),
                 v1::ERROR_REASON_PARTNER_DELETED, "C2"));
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "ghost")),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(AdminRules, D12_WhatExistsGoesOnWhenTheEnrolmentEnds) {
  w_.Grant("adatum", "litware");
  EndEnrollment("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(AdminRules, R44_PartnersOutsideTheProgrammeMayHoldItBesides) {
  w_.AddPartner("plain", {});
  w_.Grant("adatum", "litware");
  w_.Grant("adatum", "advent");
  w_.Grant("adatum", "plain");
  for (const char* holder : {"litware", "advent", "plain"}) {
    EXPECT_EQ(w_.Check(holder, "manage_users", "adatum").verdict(),
              v1::ACCESS_VERDICT_ALLOWED)
        << holder;
  }
  EXPECT_TRUE(
      Accepted(Grant("tailspin", w_.GrantRequest("tailspin", "advent"))));
  EXPECT_TRUE(
      Accepted(Grant("tailspin", w_.GrantRequest("tailspin", "litware"))))
      << "an advisor does not count as the one delegate";
}

TEST_F(AdminRules, D16_PartnerThatWasInTheProgrammeStillCounts) {
  w_.Grant("adatum", "litware");
  EndEnrollment("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "fabrikam")),
                         v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"))
      << "it may be enrolled again";
}

// --- Only the customer
// -----------------------------------------------------------------

TEST_F(AdminRules, D19_OnlyAnAdministratorOfTheCustomerGrants) {
  w_.Own("wingtip", "adatum");
  const auto request = w_.GrantRequest("adatum", "litware");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("northwind"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"))
      << "who does not see the customer learns nothing";
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerUser("adatum"), request),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("tailspin"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(Accepted(Grant("adatum", request)));
}

TEST_F(AdminRules, R21_OwnersOwnGrantIsRefusedAndTellsNothingElse) {
  w_.Own("wingtip", "adatum");
  w_.Grant("adatum", "fabrikam");
  auto request = w_.GrantRequest("adatum", "litware");
  request.set_replace_overlapping(true);
  const Decision dry = w_.Dry(w_.PartnerCaller("wingtip"), request);
  EXPECT_THAT(dry.violations, SizeIs(1)) << World::Describe(dry);
  EXPECT_THAT(dry.effects, IsEmpty())
      << "what fabrikam holds is not wingtip's to know";
}

TEST_F(AdminRules, D19_OperatorGrantsWithEvidenceThatIsKept) {
  auto request = w_.GrantRequest("adatum", "litware", {"azure"});
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D19"));
  *request.mutable_attestation() = w_.Evidence();
  const auto made =
      w_.Must<v1::GrantAdminRelationshipResponse>(World::Operator(), request);
  EXPECT_EQ(made.admin_relationship().attestation().document(), "archive/17");
  request = w_.GrantRequest("adatum", "litware");
  *request.mutable_attestation() = w_.Evidence();
  request.mutable_attestation()->set_document("archive/18");
  const auto widened =
      w_.Must<v1::GrantAdminRelationshipResponse>(World::Operator(), request);
  EXPECT_EQ(widened.admin_relationship().attestation().document(),
            "archive/18");
  auto end = World::Named<v1::TerminateAdminRelationshipRequest>(
      made.admin_relationship().name());
  *end.mutable_attestation() = w_.Evidence();
  end.mutable_attestation()->set_document("archive/19");
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), end)));
  EXPECT_EQ(Read(end.name()).attestation().document(), "archive/19");
}

TEST_F(AdminRules, DeletedCustomerGrantsNothing) {
  DeleteCustomer("adatum");
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "litware")),
                         v1::ERROR_REASON_CUSTOMER_DELETED, "C2"));
}

// --- What a grant says
// ------------------------------------------------------------------

TEST_F(AdminRules, D2_GranularIsNotInTheseEditions) {
  for (const char* program : {"global", "germany", "china-21vianet"}) {
    World world(program);
    world.AddReseller("litware");
    world.AddCustomer("adatum");
    auto request = world.GrantRequest("adatum", "litware");
    request.set_kind(v1::ADMIN_KIND_GRANULAR);
    request.mutable_duration()->set_seconds(86400);
    EXPECT_TRUE(RefusedFor(world.Run(world.CustomerCaller("adatum"), request),
                           v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "D2"))
        << program;
    request = world.GrantRequest("adatum", "litware");
    request.set_kind(v1::ADMIN_KIND_BROAD);
    EXPECT_TRUE(Accepted(world.Run(world.CustomerCaller("adatum"), request)));
  }
}

TEST_F(AdminRules, D15_BroadHasNoEndInTime) {
  auto request = w_.GrantRequest("adatum", "litware");
  request.mutable_duration()->set_seconds(86400);
  request.mutable_auto_extend_duration()->set_seconds(86400);
  request.mutable_expire_time()->set_seconds(2000000000);
  const Decision decision = Grant("adatum", request);
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_DURATION_NOT_ALLOWED, "D15"));
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_DURATION_NOT_ALLOWED), 3);
}

TEST_F(AdminRules, D15_DutiesAreANonEmptySet) {
  auto request = w_.GrantRequest("adatum", "litware");
  request.clear_duties();
  EXPECT_TRUE(RefusedFor(Grant("adatum", request),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D15"));
  request.add_duties(v1::ADMIN_DUTY_PROVISIONING);
  EXPECT_TRUE(Accepted(Grant("adatum", request)));
}

TEST_F(AdminRules, D15_ScopeIsAllServicesOrSomeOfTheCatalogue) {
  auto request = w_.GrantRequest("adatum", "litware", {"azure"});
  request.mutable_scope()->set_all_services(true);
  EXPECT_TRUE(RefusedFor(Grant("adatum", request),
                         v1::ERROR_REASON_FIELD_INVALID, "D15"));
  request.clear_scope();
  EXPECT_TRUE(RefusedFor(Grant("adatum", request),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D15"));
  request = w_.GrantRequest("adatum", "litware", {"azure", "telegraph"});
  const Decision decision = Grant("adatum", request);
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_SERVICE_UNKNOWN, "R43"));
  EXPECT_EQ(ViolationOf(decision, v1::ERROR_REASON_SERVICE_UNKNOWN).subject(),
            w_.Service("telegraph"));
}

// --- Widening
// -----------------------------------------------------------------------------

TEST_F(AdminRules, D14_FurtherGrantWidensTheOneThereIs) {
  const v1::AdminRelationship first =
      GrantDuties("litware", {v1::ADMIN_DUTY_PROVISIONING}, {"azure"});
  const Decision decision = Grant(
      "adatum", w_.GrantRequest("adatum", "litware", {"azure", "dynamics-crm"},
                                {v1::ADMIN_DUTY_PROVISIONING}));
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(EffectsOn(decision, first.name()),
              ElementsAre(v1::EFFECT_KIND_CHANGES));
  EXPECT_THAT(ServicesOf(Read(first.name())),
              ElementsAre("azure", "dynamics-crm"));
  GrantDuties("litware", {v1::ADMIN_DUTY_SUPPORT}, {"azure", "dynamics-crm"});
  EXPECT_THAT(Read(first.name()).duties(),
              ElementsAre(v1::ADMIN_DUTY_PROVISIONING, v1::ADMIN_DUTY_SUPPORT));
  EXPECT_EQ(w_.Grant("adatum", "litware").name(), first.name());
  EXPECT_TRUE(Read(first.name()).scope().all_services());
  EXPECT_THAT(ServicesOf(Read(first.name())), IsEmpty());
}

TEST_F(AdminRules, D14_OtherDutiesOverOtherServicesAreNotMultiplied) {
  const v1::AdminRelationship first =
      GrantDuties("litware", {v1::ADMIN_DUTY_SUPPORT}, {"azure"});
  for (const std::vector<std::string>& services :
       {std::vector<std::string>{"dynamics-crm"},
        std::vector<std::string>{"azure", "dynamics-crm"},
        std::vector<std::string>{}}) {
    const Decision decision =
        Grant("adatum", w_.GrantRequest("adatum", "litware", services,
                                        {v1::ADMIN_DUTY_PROVISIONING}));
    EXPECT_TRUE(
        RefusedFor(decision, v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST, "D14"));
    const Violation violation =
        ViolationOf(decision, v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST);
    EXPECT_EQ(violation.subject(), first.name());
    EXPECT_THAT(violation.description(),
                HasSubstr("it would have PROVISIONING and SUPPORT over"));
  }
  EXPECT_THAT(ServicesOf(Read(first.name())), ElementsAre("azure"));
  // All of it, said.
  EXPECT_TRUE(
      Accepted(Grant("adatum", w_.GrantRequest("adatum", "litware",
                                               {"azure", "dynamics-crm"}))));
}

TEST_F(AdminRules, D14_GrantThatAddsNothingIsAlreadyGranted) {
  w_.Grant("adatum", "litware");
  for (const std::vector<std::string>& services :
       {std::vector<std::string>{}, std::vector<std::string>{"azure"}}) {
    EXPECT_TRUE(RefusedFor(
        Grant("adatum", w_.GrantRequest("adatum", "litware", services)),
        v1::ERROR_REASON_ALREADY_GRANTED, "D14"));
  }
}

TEST_F(AdminRules, D14_WideningMakesTheTestToo) {
  w_.Grant("adatum", "litware", {"azure"});
  const auto held = w_.Grant("adatum", "fabrikam", {"dynamics-crm"});
  EXPECT_TRUE(RefusedFor(Grant("adatum", w_.GrantRequest("adatum", "litware")),
                         v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  ASSERT_TRUE(Accepted(Replace("adatum", "litware")));
  EXPECT_EQ(Read(held.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
}

// --- One delegate for each service
// --------------------------------------------------------

TEST_F(AdminRules, R43_SecondDelegateOfAServiceIsRefusedNamingTheHolder) {
  const auto held = w_.Grant("adatum", "litware", {"azure"});
  const Decision decision =
      Grant("adatum", w_.GrantRequest("adatum", "fabrikam", {"azure"}));
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  const Violation violation =
      ViolationOf(decision, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED);
  EXPECT_EQ(violation.subject(), held.name());
  EXPECT_THAT(violation.description(), HasSubstr(w_.Partner("litware")));
  EXPECT_THAT(violation.next_step(), HasSubstr("replace_overlapping"));
}

TEST_F(AdminRules, R43_ServicesOfOneSuiteMayGoToTwoPartners) {
  w_.Grant("adatum", "litware", {"exchange-online"});
  EXPECT_TRUE(Accepted(Grant(
      "adatum", w_.GrantRequest("adatum", "fabrikam", {"sharepoint-online"}))));
}

TEST_F(AdminRules, R43_OtherDutyOfTheSameServiceCollidesToo) {
  auto provisioning = w_.GrantRequest("adatum", "litware", {"azure"});
  provisioning.clear_duties();
  provisioning.add_duties(v1::ADMIN_DUTY_PROVISIONING);
  ASSERT_TRUE(Accepted(Grant("adatum", provisioning)));
  auto support = w_.GrantRequest("adatum", "fabrikam", {"azure"});
  support.clear_duties();
  support.add_duties(v1::ADMIN_DUTY_SUPPORT);
  EXPECT_TRUE(RefusedFor(Grant("adatum", support),
                         v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
}

TEST_F(AdminRules, D16_EveryHolderIsNamed) {
  w_.Grant("adatum", "litware", {"azure"});
  w_.Grant("adatum", "fabrikam", {"dynamics-crm"});
  const Decision decision =
      Grant("adatum", w_.GrantRequest("adatum", "proseware"));
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED), 2);
}

TEST_F(AdminRules, D16_WildcardMinusServicesIsTheExplicitRest) {
  const auto held = w_.Grant("adatum", "litware");
  const Decision decision =
      Replace("adatum", "fabrikam", {"azure", "dynamics-crm"});
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(EffectsOn(decision, held.name()),
              ElementsAre(v1::EFFECT_KIND_CHANGES));
  const v1::AdminRelationship left = Read(held.name());
  EXPECT_EQ(left.state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_FALSE(left.scope().all_services());
  EXPECT_THAT(
      ServicesOf(left),
      ElementsAre("enterprise-mobility", "exchange-online", "office-proplus",
                  "sharepoint-online", "skype-for-business"));
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum", "azure").reason(),
            v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE);
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum", "exchange-online")
                .verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("fabrikam", "manage_users", "adatum", "azure").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(AdminRules, D16_ListMinusServicesIsTheRest) {
  const auto held = w_.Grant("adatum", "litware", {"azure", "exchange-online"});
  ASSERT_TRUE(Accepted(Replace("adatum", "fabrikam", {"azure"})));
  EXPECT_THAT(ServicesOf(Read(held.name())), ElementsAre("exchange-online"));
}

TEST_F(AdminRules, D16_HolderLeftWithNoneEndsAndItsRelationshipStays) {
  const auto owner = w_.Accept("adatum", w_.Invite("wingtip"));
  const std::string held = owner.admin_relationship().name();
  const Decision decision = Replace("adatum", "fabrikam");
  ASSERT_TRUE(Accepted(decision));
  EXPECT_THAT(EffectsOn(decision, held), ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_THAT(EffectsOn(decision, owner.reseller_relationship().name()),
              ElementsAre(v1::EFFECT_KIND_STAYS));
  EXPECT_EQ(Read(held).state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(Read(held).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
  EXPECT_TRUE(Read(held).has_end_time());
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(AdminRules, D16_LastListedServiceTakenEndsTheHolder) {
  const auto held = w_.Grant("adatum", "litware", {"azure"});
  ASSERT_TRUE(
      Accepted(Replace("adatum", "fabrikam", {"azure", "dynamics-crm"})));
  EXPECT_EQ(Read(held.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
}

TEST_F(AdminRules, D16_AllServicesOneByOneEndTheWildcard) {
  const auto held = w_.Grant("adatum", "litware");
  ASSERT_TRUE(Accepted(Replace(
      "adatum", "fabrikam",
      {"azure", "dynamics-crm", "enterprise-mobility", "exchange-online",
       "office-proplus", "sharepoint-online", "skype-for-business"})));
  EXPECT_EQ(Read(held.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
}

TEST_F(AdminRules, D16_ReplacingReachesEveryHolderAndNobodyOutside) {
  const auto one = w_.Grant("adatum", "litware", {"azure"});
  const auto two = w_.Grant("adatum", "proseware", {"dynamics-crm"});
  const auto advisor = w_.Grant("adatum", "advent");
  const auto elsewhere = w_.Grant("tailspin", "litware");
  ASSERT_TRUE(Accepted(Replace("adatum", "fabrikam")));
  EXPECT_EQ(Read(one.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
  EXPECT_EQ(Read(two.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
  EXPECT_EQ(Read(advisor.name()).DebugString(), advisor.DebugString());
  EXPECT_EQ(Read(elsewhere.name()).DebugString(), elsewhere.DebugString());
}

TEST_F(AdminRules, D16_DryRunShowsTheReplacement) {
  const auto held = w_.Grant("adatum", "litware");
  auto request = w_.GrantRequest("adatum", "fabrikam", {"azure"});
  const Decision refused = w_.Dry(w_.CustomerCaller("adatum"), request);
  EXPECT_FALSE(FailsDryRun(CodeOf(refused.violations[0].reason())))
      << "the verdict is the answer";
  request.set_replace_overlapping(true);
  const Decision shown = w_.Dry(w_.CustomerCaller("adatum"), request);
  ASSERT_TRUE(Accepted(shown));
  EXPECT_THAT(EffectsOn(shown, held.name()),
              ElementsAre(v1::EFFECT_KIND_CHANGES));
  EXPECT_TRUE(Read(held.name()).scope().all_services());
}

// --- Nothing else changes
// ---------------------------------------------------------------------

TEST_F(AdminRules, R49_GrantingReplacingAndRevokingChangeNothingElse) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  const auto before = Rest();
  ASSERT_TRUE(Accepted(Replace("adatum", "fabrikam")));
  EXPECT_EQ(Rest(), before);
  auto all = v1::RevokeAllAdminRelationshipsRequest();
  all.set_parent(w_.Customer("adatum"));
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), all)));
  EXPECT_EQ(Rest(), before);
}

TEST_F(AdminRules, R3_R4_DutiesAreSeparateAndNoPurchaseIsNeeded) {
  // litware sold nothing to tailspin and owns nothing; it may be engaged all
  // the same, for one duty or both.
  auto request = w_.GrantRequest("tailspin", "litware");
  request.clear_duties();
  request.add_duties(v1::ADMIN_DUTY_PROVISIONING);
  ASSERT_TRUE(Accepted(Grant("tailspin", request)));
  EXPECT_EQ(w_.Check("litware", "assign_licenses", "tailspin").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("litware", "open_tickets", "tailspin").reason(),
            v1::ACCESS_REASON_DUTY_NOT_GRANTED);
  EXPECT_EQ(w_.Check("litware", "order", "tailspin").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

// --- Asking, approving, rejecting
// ----------------------------------------------------------------

TEST_F(AdminRules, R21_OwnerAsksForItsResellerAndTheCustomerApproves) {
  w_.Own("wingtip", "adatum");
  const auto request = w_.AskRequest("adatum", "litware");
  const Decision asked = w_.Run(w_.PartnerCaller("wingtip"), request);
  ASSERT_TRUE(Accepted(asked));
  const std::string name = asked.mutations[0].name;
  EXPECT_EQ(Read(name).state(), v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  EXPECT_EQ(Read(name).sponsor(), w_.Partner("wingtip"));
  EXPECT_EQ(asked.effects.back().kind(), v1::EFFECT_KIND_NEEDS_ACTION);
  EXPECT_EQ(asked.effects.back().party(), w_.Customer("adatum"));
  EXPECT_EQ(w_.Check("litware", "open_tickets", "adatum").reason(),
            v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION)
      << "asking gives nothing";
  ASSERT_TRUE(Accepted(Approve(name)));
  EXPECT_EQ(Read(name).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(Read(name).source(), v1::ADMIN_RELATIONSHIP_SOURCE_REQUEST);
  EXPECT_EQ(w_.Check("litware", "open_tickets", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(AdminRules, R21_AnyResellerMayBeAskedFor) {
  w_.Own("wingtip", "adatum");
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"),
                              w_.AskRequest("adatum", "fabrikam"))));
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "wingtip")),
      v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"));
}

TEST_F(AdminRules, D17_OnlyAnOwnerWithALiveRelationshipAsks) {
  const std::string relationship =
      w_.Accept(
            "adatum",
            w_.Forward("litware", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE)))
          .reseller_relationship()
          .name();
  const auto request = w_.AskRequest("adatum", "litware");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_NOT_OWNER, "R21"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_NOT_OWNER, "R21"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_NOT_OWNER, "R21"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("northwind"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  w_.Grant("adatum", "advent");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("advent"), request),
                         v1::ERROR_REASON_NOT_OWNER, "R21"))
      << "to administer is not to own";
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

TEST_F(AdminRules, D17_WhatIsMalformedIsSaidToOthersToo) {
  w_.Grant("adatum", "litware");
  auto request = w_.AskRequest("adatum", "litware");
  request.clear_duties();
  const Decision decision = w_.Dry(w_.PartnerCaller("litware"), request);
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_FIELD_REQUIRED, "D15"));
  request = w_.AskRequest("adatum", "ghost");
  EXPECT_THAT(w_.Dry(w_.PartnerCaller("litware"), request).violations,
              SizeIs(1))
      << "and nothing else";
}

TEST_F(AdminRules, D12_SuspendedOwnerDoesNotAsk) {
  w_.Own("wingtip", "adatum");
  Suspend("wingtip");
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware")),
      v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(AdminRules, D17_OneRequestAtATimeForADelegate) {
  w_.Own("wingtip", "adatum");
  const std::string first = Ask();
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware")),
      v1::ERROR_REASON_ALREADY_REQUESTED, "D17"));
  ASSERT_TRUE(Accepted(Reject(w_.CustomerCaller("adatum"), first)));
  EXPECT_NE(Ask(), first);
}

TEST_F(AdminRules, D17_GranularIsNotAskedFor) {
  w_.Own("wingtip", "adatum");
  auto request = w_.AskRequest("adatum", "litware");
  request.set_kind(v1::ADMIN_KIND_GRANULAR);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "D2"));
}

TEST_F(AdminRules, D17_OnlyTheCustomerApprovesAndRejects) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  const auto approve = World::Named<v1::ApproveAdminRelationshipRequest>(name);
  for (const Principal& caller :
       {w_.PartnerCaller("wingtip"), w_.PartnerCaller("litware")}) {
    EXPECT_TRUE(RefusedFor(w_.Run(caller, approve),
                           v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
    EXPECT_TRUE(RefusedFor(Reject(caller, name),
                           v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  }
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("fabrikam"), approve),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerUser("adatum"), approve),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  auto attested = approve;
  *attested.mutable_attestation() = w_.Evidence();
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), attested)));
  EXPECT_EQ(Read(name).attestation().document(), "archive/17");
}

TEST_F(AdminRules, D16_ApproveMakesTheTestToo) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  const auto held = w_.Grant("adatum", "fabrikam", {"azure"});
  EXPECT_TRUE(RefusedFor(Approve(name),
                         v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
  ASSERT_TRUE(Accepted(Approve(name, true)));
  EXPECT_EQ(Read(held.name()).end_cause(), v1::ADMIN_END_CAUSE_REPLACED);
}

TEST_F(AdminRules, D14_ApprovingForAHolderMergesIntoWhatItHas) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  const auto held = GrantDuties("litware", {v1::ADMIN_DUTY_SUPPORT}, {"azure"});
  const Decision decision = Approve(name);
  ASSERT_TRUE(Accepted(decision));
  EXPECT_EQ(Read(name).end_cause(), v1::ADMIN_END_CAUSE_MERGED);
  EXPECT_TRUE(Read(held.name()).scope().all_services());
  EXPECT_THAT(EffectsOn(decision, name), ElementsAre(v1::EFFECT_KIND_ENDS));
}

TEST_F(AdminRules, D14_ApprovingDoesNotMultiplyEither) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();  // SUPPORT over all.
  GrantDuties("litware", {v1::ADMIN_DUTY_PROVISIONING}, {"azure"});
  EXPECT_TRUE(
      RefusedFor(Approve(name), v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST, "D14"));
}

TEST_F(AdminRules, D14_ApprovingWhatIsHeldAlreadyIsRefused) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  w_.Grant("adatum", "litware");
  EXPECT_TRUE(
      RefusedFor(Approve(name), v1::ERROR_REASON_ALREADY_GRANTED, "D14"));
  EXPECT_TRUE(Accepted(Reject(w_.CustomerCaller("adatum"), name)));
}

TEST_F(AdminRules, D17_DelegateIsTestedAgainWhenApproved) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  Restrict("litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(
      RefusedFor(Approve(name), v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"));
}

TEST_F(AdminRules, D17_AnsweredRequestsAreNotAnsweredAgain) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  ASSERT_TRUE(Accepted(Reject(w_.CustomerCaller("adatum"), name)));
  EXPECT_TRUE(RefusedFor(Reject(w_.CustomerCaller("adatum"), name),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "D17"));
  EXPECT_TRUE(RefusedFor(Approve(name), v1::ERROR_REASON_TRANSITION_NOT_ALLOWED,
                         "D17"));
  EXPECT_TRUE(RefusedFor(End(w_.CustomerCaller("adatum"), name),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R45"));
  const std::string second = Ask();
  ASSERT_TRUE(Accepted(Approve(second)));
  EXPECT_TRUE(
      RefusedFor(Approve(second), v1::ERROR_REASON_ALREADY_IN_STATE, "D17"));
}

// --- Taking it back
// -----------------------------------------------------------------------------

TEST_F(AdminRules, R45_CustomerRemovesAnyOfThemAtAnyTime) {
  const auto owner = w_.Accept("adatum", w_.Invite("wingtip"));
  const std::string name = owner.admin_relationship().name();
  Suspend("wingtip");
  const Decision decision = End(w_.CustomerCaller("adatum"), name);
  ASSERT_TRUE(Accepted(decision)) << "whatever state the partner is in";
  EXPECT_EQ(Read(name).end_cause(), v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED);
  EXPECT_TRUE(RefusedFor(End(w_.CustomerCaller("adatum"), name),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "R45"));
}

TEST_F(AdminRules, R45_DelegateGivesItUpNobodyElseDoes) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  ASSERT_TRUE(Accepted(Approve(name)));
  EXPECT_TRUE(RefusedFor(End(w_.PartnerCaller("wingtip"), name),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R45"))
      << "the sponsor of an approved request";
  EXPECT_TRUE(RefusedFor(End(w_.PartnerCaller("fabrikam"), name),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(End(w_.CustomerUser("adatum"), name),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(RefusedFor(End(World::Operator(), name),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D19"));
  auto attested = World::Named<v1::TerminateAdminRelationshipRequest>(name);
  *attested.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), attested),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  ASSERT_TRUE(Accepted(End(w_.PartnerCaller("litware"), name)));
  EXPECT_EQ(Read(name).end_cause(), v1::ADMIN_END_CAUSE_DELEGATE_ENDED);
}

TEST_F(AdminRules, D17_SponsorWithdrawsItsRequestTheDelegateDoesNot) {
  w_.Own("wingtip", "adatum");
  const std::string name = Ask();
  EXPECT_TRUE(RefusedFor(End(w_.PartnerCaller("litware"), name),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R45"));
  ASSERT_TRUE(Accepted(End(w_.PartnerCaller("wingtip"), name)));
  EXPECT_EQ(Read(name).end_cause(), v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN);
}

TEST_F(AdminRules, R45_RevokeAllOrAllOfOneDelegate) {
  w_.Accept("adatum", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE));
  w_.Grant("adatum", "litware", {"azure"});
  w_.Grant("adatum", "fabrikam", {"dynamics-crm"});
  w_.Grant("adatum", "advent");
  v1::RevokeAllAdminRelationshipsRequest request;
  request.set_parent(w_.Customer("adatum"));
  request.set_delegate(w_.Partner("litware"));
  EXPECT_THAT(w_.Must<v1::RevokeAllAdminRelationshipsResponse>(
                    w_.CustomerCaller("adatum"), request)
                  .admin_relationships(),
              SizeIs(1));
  request.clear_delegate();
  EXPECT_THAT(w_.Must<v1::RevokeAllAdminRelationshipsResponse>(
                    w_.CustomerCaller("adatum"), request)
                  .admin_relationships(),
              SizeIs(2));
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  request.set_delegate(w_.Partner("ghost"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(AdminRules, StaleEtagIsAborted) {
  auto request = World::Named<v1::TerminateAdminRelationshipRequest>(
      w_.Grant("adatum", "litware").name());
  request.set_etag("\"0\"");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), request),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.set_etag(Read(request.name()).etag());
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
}

TEST_F(GermanAdmin, R43_HoldsThereToo) {
  w_.Grant("adatum", "litware", {"azure"});
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.CustomerCaller("adatum"),
                        w_.GrantRequest("adatum", "fabrikam", {"azure"})),
                 v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
}

TEST_F(ChineseAdmin, R43_HoldsThereToo) {
  w_.Grant("adatum", "litware", {"azure"});
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.CustomerCaller("adatum"),
                        w_.GrantRequest("adatum", "fabrikam", {"azure"})),
                 v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43"));
}

}  // namespace
}  // namespace partner::hierarchy
