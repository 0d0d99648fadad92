// Granular administration: R70-R79, R83-R85, D17, D18. Goal: each step of its
// life is taken by whom it is for and refused to everybody else and at any
// other time, and nothing else changes.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/granular_channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GranularRules : public GranularChannel {};

// --- The draft ---------------------------------------------------------------

TEST_F(GranularRules, D18_DraftLockedApprovedUsedAndOver) {
  const v1::AdminRelationship draft = Drafted(DraftRequest());
  EXPECT_EQ(draft.state(), v1::ADMIN_RELATIONSHIP_STATE_DRAFT);
  EXPECT_EQ(draft.sponsor(), w_.Partner("proseware"));
  EXPECT_EQ(draft.delegate(), w_.Partner("proseware"));
  EXPECT_THAT(draft.roles(), ElementsAre(Role("helpdesk-administrator"),
                                         Role("license-administrator")));
  const Decision locked = Lock(draft.name());
  ASSERT_TRUE(Accepted(locked));
  EXPECT_THAT(
      EffectsOn(locked, draft.name()),
      ElementsAre(v1::EFFECT_KIND_CHANGES, v1::EFFECT_KIND_NEEDS_ACTION));
  EXPECT_FALSE(MayHelp());
  ASSERT_TRUE(Accepted(Approve(draft.name())));
  const v1::AdminRelationship active = Read(draft.name());
  EXPECT_EQ(active.state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(active.expire_time().seconds() - active.start_time().seconds(),
            30 * kDay);
  EXPECT_TRUE(MayHelp());
  AdvanceDays(29);
  EXPECT_TRUE(MayHelp());
  AdvanceDays(1);
  EXPECT_FALSE(MayHelp());
}

TEST_F(GranularRules, R83_AnyEnrolledPartnerAsksAndNobodyElse) {
  for (const char* partner : {"wingtip", "litware", "proseware", "contoso"}) {
    EXPECT_EQ(Drafted(DraftRequest(), partner).delegate(), w_.Partner(partner));
  }
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("advent"), DraftRequest()),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "R83"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), DraftRequest()),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R83"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), DraftRequest()),
                         v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R83"));
  auto for_advent = DraftRequest();
  for_advent.set_delegate(w_.Partner("advent"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), for_advent),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "R83"));
  Restrict("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), DraftRequest()),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "R83"));
  Suspend("litware");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), DraftRequest()),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(GranularRules, R76_OneRequestIsForOneCustomerThatIsThere) {
  auto request = DraftRequest();
  request.set_parent(w_.Customer("nobody"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  DeleteCustomer("tailspin");
  request.set_parent(w_.Customer("tailspin"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), request),
                         v1::ERROR_REASON_CUSTOMER_DELETED, "C2"));
  // Another customer cannot answer it, nor learn of it.
  w_.AddCustomer("relecloud");
  EXPECT_TRUE(
      RefusedFor(On<v1::ApproveAdminRelationshipRequest>(
                     w_.CustomerCaller("relecloud"), Locked(DraftRequest())),
                 v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(GranularRules, R70_LastsFrom1To730Days) {
  for (const std::int64_t seconds : {kDay, 730 * kDay}) {
    auto request = DraftRequest();
    request.mutable_duration()->set_seconds(seconds);
    Drafted(request);
  }
  for (const std::int64_t seconds :
       {std::int64_t{0}, kDay - 1, 730 * kDay + 1, 731 * kDay, -kDay}) {
    auto request = DraftRequest();
    request.mutable_duration()->set_seconds(seconds);
    const Decision decision = w_.Run(w_.PartnerCaller("proseware"), request);
    ASSERT_TRUE(
        RefusedFor(decision, v1::ERROR_REASON_DURATION_OUT_OF_RANGE, "R70"))
        << seconds;
    EXPECT_THAT(decision.violations[0].description(),
                HasSubstr("from 1 day to 730 days"));
    EXPECT_EQ(decision.metadata.at("duration_min"), "86400s");
    EXPECT_EQ(decision.metadata.at("duration_max"), "63072000s");
  }
}

TEST_F(GranularRules, R71_NameIsOneSponsorsOnceAndForEver) {
  const auto request = DraftRequest();
  const std::string name = Drafted(request).name();
  const auto again = [&] {
    return w_.Run(w_.PartnerCaller("proseware"), request);
  };
  EXPECT_TRUE(RefusedFor(again(), v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71"));
  Drafted(request, "litware");
  // Neither renamed nor discarded does it become free, but for itself.
  v1::AdminRelationship other;
  other.set_display_name("Other");
  ASSERT_TRUE(Accepted(Update(name, {"display_name"}, other)));
  EXPECT_TRUE(RefusedFor(again(), v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71"));
  auto renamed = request;
  renamed.set_display_name("Other");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), renamed),
                         v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71"));
  other.set_display_name(request.display_name());
  ASSERT_TRUE(Accepted(Update(name, {"display_name"}, other)));
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.PartnerCaller("proseware"), name)));
  EXPECT_TRUE(RefusedFor(again(), v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71"));
}

TEST_F(GranularRules, R71_NameHas1To50Characters) {
  auto request = DraftRequest();
  request.set_display_name(std::string(50, 'x'));
  Drafted(request);
  request.set_display_name(std::string(51, 'x'));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), request),
                         v1::ERROR_REASON_LIMIT_EXCEEDED, ""));
  request.clear_display_name();
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), request),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
}

TEST_F(GranularRules, R84_RolesAreTheEditionsGranularOnes) {
  for (const char* role : {"support", "janitor"}) {
    auto request = DraftRequest();
    request.add_roles(Role(role));
    EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("proseware"), request),
                           v1::ERROR_REASON_ROLE_UNKNOWN, "R84"))
        << role;
  }
}

TEST_F(GranularRules, R72_DraftIsSeenAndChangedByItsSponsorAlone) {
  auto request = DraftRequest();
  request.set_delegate(w_.Partner("litware"));
  const std::string name = Drafted(request, "wingtip").name();
  const v1::AdminRelationship document = Read(name);
  const auto sees = [&](const Principal& caller) {
    return CanSee(w_.graph(), w_.revision(), w_.now(), caller,
                  Kind::kAdminRelationship, Read(name));
  };
  EXPECT_TRUE(sees(w_.PartnerCaller("wingtip")));
  EXPECT_TRUE(sees(World::Auditor()));
  EXPECT_FALSE(sees(w_.PartnerCaller("litware")));
  EXPECT_FALSE(sees(w_.CustomerCaller("adatum")));
  EXPECT_TRUE(RefusedFor(On<v1::TerminateAdminRelationshipRequest>(
                             w_.CustomerCaller("adatum"), name),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(Lock(name, "litware"),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  ASSERT_TRUE(Accepted(Lock(name, "wingtip")));
  EXPECT_TRUE(sees(w_.PartnerCaller("litware")));
  EXPECT_TRUE(sees(w_.CustomerCaller("adatum")));
}

TEST_F(GranularRules, R72_OnlyADraftIsChangedAndOnlyAsItWasRead) {
  const v1::AdminRelationship draft = Drafted(DraftRequest());
  v1::AdminRelationship given;
  given.set_display_name("New name");
  given.add_roles(Role("user-administrator"));
  given.add_roles(Role("directory-reader"));
  given.mutable_duration()->set_seconds(7 * kDay);
  given.set_etag("\"0\"");
  const std::vector<std::string> all = {"display_name", "roles", "duration"};
  EXPECT_TRUE(RefusedFor(Update(draft.name(), all, given),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  given.set_etag(draft.etag());
  ASSERT_TRUE(Accepted(Update(draft.name(), all, given)));
  const v1::AdminRelationship changed = Read(draft.name());
  EXPECT_EQ(changed.display_name(), "New name");
  EXPECT_THAT(changed.roles(), ElementsAre(Role("directory-reader"),
                                           Role("user-administrator")));
  EXPECT_EQ(changed.duration().seconds(), 7 * kDay);
  given.clear_etag();
  EXPECT_TRUE(RefusedFor(Update(draft.name(), {"delegate"}, given),
                         v1::ERROR_REASON_MASK_INVALID, ""));
  EXPECT_TRUE(RefusedFor(Update(draft.name(), {}, given),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  EXPECT_TRUE(
      RefusedFor(Update(draft.name(), {"roles"}, v1::AdminRelationship()),
                 v1::ERROR_REASON_FIELD_REQUIRED, ""));
  ASSERT_TRUE(Accepted(Lock(draft.name())));
  EXPECT_TRUE(RefusedFor(Update(draft.name(), all, given),
                         v1::ERROR_REASON_NOT_DRAFT, "R72"));
}

TEST_F(GranularRules, D18_DiscardedDraftIsKeptAndSeenByNobodyElse) {
  const std::string name = Drafted(DraftRequest()).name();
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.PartnerCaller("proseware"), name)));
  const v1::AdminRelationship document = Read(name);
  EXPECT_EQ(document.state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(document.end_cause(), v1::ADMIN_END_CAUSE_DISCARDED);
  EXPECT_FALSE(CanSee(w_.graph(), w_.revision(), w_.now(),
                      w_.CustomerCaller("adatum"), Kind::kAdminRelationship,
                      document));
  EXPECT_TRUE(RefusedFor(Lock(name), v1::ERROR_REASON_NOT_DRAFT, "R73"));
}

// --- The answer --------------------------------------------------------------

TEST_F(GranularRules, R73_SponsorLocksOnceAndWhatIsTrueThenCounts) {
  const std::string name = Drafted(DraftRequest()).name();
  Restrict("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(
      RefusedFor(Lock(name), v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "R83"));
  Enroll("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  ASSERT_TRUE(Accepted(Lock(name)));
  EXPECT_TRUE(RefusedFor(Lock(name), v1::ERROR_REASON_ALREADY_IN_STATE, "R73"));
  EXPECT_EQ(
      Read(name).lapse_time().seconds() - Read(name).update_time().seconds(),
      90 * kDay);
}

TEST_F(GranularRules, R74_OnlyTheCustomerApproves) {
  const std::string name = Locked(DraftRequest());
  EXPECT_TRUE(RefusedFor(On<v1::ApproveAdminRelationshipRequest>(
                             w_.PartnerCaller("proseware"), name),
                         v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  EXPECT_TRUE(RefusedFor(
      On<v1::ApproveAdminRelationshipRequest>(w_.CustomerUser("adatum"), name),
      v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(RefusedFor(
      On<v1::ApproveAdminRelationshipRequest>(World::Operator(), name),
      v1::ERROR_REASON_FIELD_REQUIRED, "D19"));
  auto evidence = World::Named<v1::ApproveAdminRelationshipRequest>(name);
  *evidence.mutable_attestation() = w_.Evidence();
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), evidence)));
  EXPECT_TRUE(
      RefusedFor(Approve(name), v1::ERROR_REASON_ALREADY_IN_STATE, "D17"));
  const std::string draft = Drafted(DraftRequest()).name();
  evidence.set_name(draft);
  *evidence.mutable_attestation() = w_.Evidence();
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), evidence),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R73"));
}

TEST_F(GranularRules, R75_LapsesAfter90DaysUnanswered) {
  const std::string in_time = Locked(DraftRequest());
  const std::string late = Locked(DraftRequest());
  AdvanceDays(89);
  ASSERT_TRUE(Accepted(Approve(in_time)));
  AdvanceDays(1);
  const Principal customer = w_.CustomerCaller("adatum");
  EXPECT_TRUE(
      RefusedFor(Approve(late), v1::ERROR_REASON_REQUEST_LAPSED, "R75"));
  EXPECT_TRUE(RefusedFor(On<v1::RejectAdminRelationshipRequest>(customer, late),
                         v1::ERROR_REASON_REQUEST_LAPSED, "R75"));
  EXPECT_TRUE(
      RefusedFor(On<v1::TerminateAdminRelationshipRequest>(customer, late),
                 v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R77"));
  v1::AdminRelationship shown = Read(late);
  ShowAt(w_.now(), customer, w_.tokens(), &shown);
  EXPECT_EQ(shown.state(), v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
  EXPECT_EQ(shown.end_cause(), v1::ADMIN_END_CAUSE_LAPSED);
}

TEST_F(GranularRules, D17_DelegateConsentsInEitherOrderToWhatAnotherAsked) {
  const auto consent = [&](const Principal& caller, const std::string& name) {
    return On<v1::ConsentToAdminRelationshipRequest>(caller, name);
  };
  const Principal litware = w_.PartnerCaller("litware");
  for (const bool consent_first : {true, false}) {
    auto request = DraftRequest();
    request.set_delegate(w_.Partner("litware"));
    const std::string name = Locked(request, "wingtip");
    EXPECT_TRUE(RefusedFor(consent(w_.PartnerCaller("wingtip"), name),
                           v1::ERROR_REASON_NOT_THE_PARTY, "D17"));
    const Decision first =
        consent_first ? consent(litware, name) : Approve(name);
    ASSERT_TRUE(Accepted(first));
    EXPECT_THAT(
        EffectsOn(first, name),
        ElementsAre(v1::EFFECT_KIND_CHANGES, v1::EFFECT_KIND_NEEDS_ACTION));
    EXPECT_EQ(Read(name).state(),
              v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
    EXPECT_TRUE(
        RefusedFor(consent_first ? consent(litware, name) : Approve(name),
                   v1::ERROR_REASON_ALREADY_IN_STATE, "D17"));
    ASSERT_TRUE(
        Accepted(consent_first ? Approve(name) : consent(litware, name)));
    EXPECT_EQ(Read(name).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
    EXPECT_TRUE(RefusedFor(consent(litware, name),
                           v1::ERROR_REASON_ALREADY_IN_STATE, "D17"));
  }
  EXPECT_TRUE(
      RefusedFor(consent(w_.PartnerCaller("proseware"), Locked(DraftRequest())),
                 v1::ERROR_REASON_CONSENT_NOT_NEEDED, "D17"));
}

TEST_F(GranularRules, D17_CustomerOrDelegateRejects) {
  auto request = DraftRequest();
  request.set_delegate(w_.Partner("litware"));
  const std::string by_delegate = Locked(request, "wingtip");
  EXPECT_TRUE(RefusedFor(On<v1::RejectAdminRelationshipRequest>(
                             w_.PartnerCaller("wingtip"), by_delegate),
                         v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  ASSERT_TRUE(Accepted(On<v1::RejectAdminRelationshipRequest>(
      w_.PartnerCaller("litware"), by_delegate)));
  EXPECT_EQ(Read(by_delegate).state(), v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
  EXPECT_EQ(Read(by_delegate).end_cause(),
            v1::ADMIN_END_CAUSE_DELEGATE_REJECTED);
  const std::string by_customer = Locked(DraftRequest());
  ASSERT_TRUE(Accepted(On<v1::RejectAdminRelationshipRequest>(
      w_.CustomerCaller("adatum"), by_customer)));
  EXPECT_EQ(Read(by_customer).end_cause(), v1::ADMIN_END_CAUSE_UNSPECIFIED);
  EXPECT_TRUE(RefusedFor(Approve(by_customer),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D17"));
}

// --- While it is in force ----------------------------------------------------

TEST_F(GranularRules, R77_EitherSideEndsItAndNobodyElse) {
  auto request = DraftRequest();
  request.set_delegate(w_.Partner("litware"));
  const std::string name = Locked(request, "wingtip");
  ASSERT_TRUE(Accepted(Approve(name)));
  ASSERT_TRUE(Accepted(On<v1::ConsentToAdminRelationshipRequest>(
      w_.PartnerCaller("litware"), name)));
  EXPECT_TRUE(RefusedFor(On<v1::TerminateAdminRelationshipRequest>(
                             w_.PartnerCaller("wingtip"), name),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R45"));
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.PartnerCaller("litware"), name)));
  EXPECT_EQ(Read(name).end_cause(), v1::ADMIN_END_CAUSE_DELEGATE_ENDED);
  const std::string other = Approved();
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.CustomerCaller("adatum"), other)));
  EXPECT_EQ(Read(other).end_cause(), v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED);
  const std::string over = Approved();
  AdvanceDays(30);
  EXPECT_TRUE(RefusedFor(On<v1::TerminateAdminRelationshipRequest>(
                             w_.CustomerCaller("adatum"), over),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R77"));
}

TEST_F(GranularRules, R78_GoesOnByItselfUntilSwitchedOff) {
  const std::string name = Approved();
  const Principal delegate = w_.PartnerCaller("proseware");
  EXPECT_TRUE(RefusedFor(Extend(delegate, name, 90 * kDay),
                         v1::ERROR_REASON_FIELD_INVALID, "R78"));
  EXPECT_TRUE(RefusedFor(Extend(delegate, name, 0),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "R78"));
  ASSERT_TRUE(Accepted(Extend(delegate, name, 180 * kDay)));
  AdvanceDays(30 + 180 * 2 + 5);
  EXPECT_TRUE(MayHelp());
  EXPECT_TRUE(RefusedFor(Extend(w_.CustomerUser("adatum"), name, 0),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  ASSERT_TRUE(Accepted(Extend(w_.CustomerCaller("adatum"), name, 0)));
  const v1::AdminRelationship left = Read(name);
  EXPECT_EQ(left.expire_time().seconds() - left.start_time().seconds(),
            (30 + 180 * 3) * kDay)
      << "the term it is in is the last";
  AdvanceDays(174);
  EXPECT_TRUE(MayHelp());
  AdvanceDays(1);
  EXPECT_FALSE(MayHelp());
  EXPECT_TRUE(RefusedFor(Extend(delegate, name, 180 * kDay),
                         v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "R78"));
}

TEST_F(GranularRules, D18_AutoExtensionIsSetInADraftOrInForce) {
  auto request = DraftRequest();
  request.mutable_auto_extend_duration()->set_seconds(180 * kDay);
  const std::string name = Drafted(request).name();
  const Principal sponsor = w_.PartnerCaller("proseware");
  ASSERT_TRUE(Accepted(Extend(sponsor, name, 0)));
  ASSERT_TRUE(Accepted(Extend(sponsor, name, 180 * kDay)));
  ASSERT_TRUE(Accepted(Lock(name)));
  EXPECT_TRUE(
      RefusedFor(Extend(sponsor, name, 0), v1::ERROR_REASON_NOT_DRAFT, "R72"));
  ASSERT_TRUE(Accepted(Approve(name)));
  AdvanceDays(1000);
  EXPECT_TRUE(MayHelp());
}

TEST_F(GranularRules, R79_PrivilegedRoleKeepsItFromGoingOn) {
  auto request = DraftRequest();
  request.add_roles(Role("global-administrator"));
  request.mutable_auto_extend_duration()->set_seconds(180 * kDay);
  const Principal delegate = w_.PartnerCaller("proseware");
  EXPECT_TRUE(RefusedFor(w_.Run(delegate, request),
                         v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND,
                         "R79"));
  request.clear_auto_extend_duration();
  const std::string name = Approved(request);
  EXPECT_TRUE(RefusedFor(Extend(delegate, name, 180 * kDay),
                         v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND,
                         "R79"));
  EXPECT_EQ(w_.Check("proseware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  using Remove = v1::RemoveAdminRelationshipPrivilegedRoleRequest;
  ASSERT_TRUE(Accepted(On<Remove>(delegate, name)));
  EXPECT_THAT(Read(name).roles(), ElementsAre(Role("helpdesk-administrator"),
                                              Role("license-administrator")));
  EXPECT_EQ(w_.Check("proseware", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_ROLE_NOT_GRANTED);
  EXPECT_TRUE(RefusedFor(On<Remove>(delegate, name),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "R79"));
  ASSERT_TRUE(Accepted(Extend(delegate, name, 180 * kDay)));
  auto alone = DraftRequest();
  alone.clear_roles();
  alone.add_roles(Role("global-administrator"));
  const std::string draft = Drafted(alone).name();
  EXPECT_TRUE(RefusedFor(On<Remove>(delegate, draft),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R72"));
  ASSERT_TRUE(Accepted(Lock(draft)));
  EXPECT_TRUE(RefusedFor(On<Remove>(delegate, draft),
                         v1::ERROR_REASON_NOT_DRAFT, "R72"));
  ASSERT_TRUE(Accepted(Approve(draft)));
  EXPECT_TRUE(RefusedFor(On<Remove>(w_.CustomerCaller("adatum"), draft),
                         v1::ERROR_REASON_LAST_ROLE, "D18"));
}

TEST_F(GranularRules, D15_BroadIsNoneOfThis) {
  const std::string name = w_.Grant("adatum", "litware").name();
  const Principal litware = w_.PartnerCaller("litware");
  for (const Decision& decision :
       {Extend(litware, name, 0), Lock(name, "litware"),
        On<v1::ConsentToAdminRelationshipRequest>(litware, name),
        On<v1::RemoveAdminRelationshipPrivilegedRoleRequest>(litware, name)}) {
    EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_NOT_GRANULAR, "D15"));
  }
}

// --- Beside everything else --------------------------------------------------

TEST_F(GranularRules, R84_SeveralStandSideBySideAndNeverCount) {
  w_.Grant("adatum", "proseware");
  const std::string one = Approved();
  const std::string two = Approved();
  w_.Grant("adatum", "litware");
  EXPECT_EQ(w_.graph().Describe(w_.revision()),
            w_.Rebuild()->Describe(w_.revision()));
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.CustomerCaller("adatum"), one)));
  EXPECT_EQ(Read(two).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
}

TEST_F(GranularRules, R85_NeitherEndsTheOther) {
  const std::string relationship = w_.Own("wingtip", "adatum");
  auto request = DraftRequest();
  const std::string name = Locked(request, "wingtip");
  const std::string waits = Locked(DraftRequest(), "wingtip");
  ASSERT_TRUE(Accepted(Approve(name)));
  // D20: it does not end with the relationship, asked for or given.
  const Decision ended = w_.Run(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::TerminateResellerRelationshipRequest>(relationship));
  ASSERT_TRUE(Accepted(ended));
  EXPECT_THAT(EffectsOn(ended, name), ElementsAre(v1::EFFECT_KIND_STAYS));
  EXPECT_EQ(Read(name).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(Read(waits).state(), v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  const std::string owned = w_.Own("wingtip", "adatum");
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.CustomerCaller("adatum"), name)));
  EXPECT_EQ(w_.Read<v1::ResellerRelationship>(owned).state(),
            v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
}

TEST_F(GranularRules, R45_RevokeAllEndsWhatIsInForceOfEitherKind) {
  const std::string broad = w_.Grant("adatum", "proseware").name();
  const std::string granular = Approved();
  auto brief = DraftRequest();
  brief.mutable_duration()->set_seconds(kDay);
  const std::string over = Approved(brief);
  AdvanceDays(2);
  v1::RevokeAllAdminRelationshipsRequest all;
  all.set_parent(w_.Customer("adatum"));
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), all)));
  EXPECT_EQ(Read(broad).state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(Read(granular).state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(Read(over).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE)
      << "time ended it before";
}

TEST_F(GranularRules, C5_WhatRanOutOrLapsedKeepsNobody) {
  const std::string waits = Locked(DraftRequest());
  const auto remove = [&] {
    return OnPartner<v1::DeletePartnerRequest>("proseware");
  };
  EXPECT_EQ(CountOf(remove(), v1::ERROR_REASON_STILL_REFERENCED), 1);
  ASSERT_TRUE(Accepted(Approve(waits)));
  EXPECT_EQ(CountOf(remove(), v1::ERROR_REASON_STILL_REFERENCED), 1);
  Locked(DraftRequest());
  AdvanceDays(91);
  Drafted(DraftRequest());
  EXPECT_TRUE(Accepted(remove())) << "nor does a draft";
}

TEST_F(GranularRules, D2_EditionWithoutItTakesNothingNewAndEndsNothing) {
  const std::string draft = Drafted(DraftRequest()).name();
  const std::string waits = Locked(DraftRequest());
  const std::string active = Approved();
  w_.UseEdition(Policies().DefaultOf("global"));
  for (const Decision& decision :
       {w_.Run(w_.PartnerCaller("proseware"), DraftRequest()), Lock(draft),
        Approve(waits),
        Extend(w_.PartnerCaller("proseware"), active, 180 * kDay)}) {
    EXPECT_TRUE(
        RefusedFor(decision, v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "D2"));
  }
  EXPECT_EQ(Read(active).state(), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  ASSERT_TRUE(Accepted(On<v1::TerminateAdminRelationshipRequest>(
      w_.CustomerCaller("adatum"), active)));
}

TEST_F(GranularRules, D18_GrantedAndAskedForIsBroadAlone) {
  auto grant = w_.GrantRequest("adatum", "litware");
  grant.set_kind(v1::ADMIN_KIND_GRANULAR);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), grant),
                         v1::ERROR_REASON_FIELD_INVALID, "D18"));
}

TEST_F(GranularRules, C6_AHundredRequestsOfAPartnerWaitForACustomer) {
  std::string last;
  for (int i = 0; i < 100; ++i) last = Locked(DraftRequest());
  const std::string more = Drafted(DraftRequest()).name();
  EXPECT_TRUE(RefusedFor(Lock(more), v1::ERROR_REASON_QUOTA_REACHED, "C6"));
  ASSERT_TRUE(Accepted(Approve(last)));
  EXPECT_TRUE(Accepted(Lock(more)));
}

}  // namespace
}  // namespace partner::hierarchy
