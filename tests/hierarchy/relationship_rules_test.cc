// Reseller relationships: R19, R46, R49, R52, R53, R61, D9, D10, D20. Goal:
// only the owner changes them, associating gives nothing, and ending one ends
// the owner's own administration and nobody else's.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RelationshipRules : public Channel {
 protected:
  RelationshipRules() {
    w_.Partnership("wingtip", "proseware");
    made_ = w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
    name_ = made_.reseller_relationship().name();
  }
  v1::AssociateResellerRequest AssociateRequest(absl::string_view reseller,
                                                bool make_default = false) {
    auto request = World::Named<v1::AssociateResellerRequest>(name_);
    request.set_reseller(w_.Partner(reseller));
    request.set_make_default(make_default);
    return request;
  }
  Decision Associate(absl::string_view caller, absl::string_view reseller,
                     bool make_default = false) {
    return w_.Run(w_.PartnerCaller(caller),
                  AssociateRequest(reseller, make_default));
  }
  Decision Dissociate(absl::string_view caller, absl::string_view reseller) {
    auto request = World::Named<v1::DissociateResellerRequest>(name_);
    request.set_reseller(w_.Partner(reseller));
    return w_.Run(w_.PartnerCaller(caller), request);
  }
  Decision End(absl::string_view caller) {
    return w_.Run(
        w_.PartnerCaller(caller),
        World::Named<v1::TerminateResellerRelationshipRequest>(name_));
  }
  // `+` for live, `*` for the default one.
  std::vector<std::string> Associated() {
    std::vector<std::string> all;
    const auto relationship = w_.Read<v1::ResellerRelationship>(name_);
    for (const auto& item : relationship.associated_resellers()) {
      all.push_back(std::string(LastId(item.partner())) +
                    (item.has_end_time() ? "" : "+") +
                    (item.is_default() ? "*" : ""));
    }
    return all;
  }
  v1::AdminRelationshipState StateOf(const std::string& name) {
    return w_.Read<v1::AdminRelationship>(name).state();
  }

  v1::AcceptInvitationResponse made_;
  std::string name_;
};

// --- Associating
// ----------------------------------------------------------------

TEST_F(RelationshipRules, D9_OwnerAssociatesItsResellersAndChoosesTheDefault) {
  ASSERT_TRUE(Accepted(Associate("wingtip", "proseware")));
  EXPECT_THAT(Associated(), ElementsAre("litware+*", "proseware+"));
  ASSERT_TRUE(Accepted(Associate("wingtip", "proseware", true)));
  EXPECT_THAT(Associated(), ElementsAre("litware+", "proseware+*"));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "litware"),
                         v1::ERROR_REASON_ALREADY_ASSOCIATED, "D9"));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "proseware", true),
                         v1::ERROR_REASON_ALREADY_ASSOCIATED, "D9"));
}

TEST_F(RelationshipRules, R46_AssociatingGivesNoRightAndDissociatingTakesNone) {
  ASSERT_TRUE(Accepted(Associate("wingtip", "proseware")));
  EXPECT_EQ(w_.Check("proseware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(w_.Check("proseware", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), [&] {
    auto request = w_.GrantRequest("adatum", "litware", {"azure"});
    request.set_replace_overlapping(true);
    return request;
  }())));
  ASSERT_TRUE(Accepted(Dissociate("wingtip", "litware")));
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum", "azure").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(RelationshipRules, R19_OnlyTheOwnerAssociatesAndDissociates) {
  for (const char* caller : {"litware"}) {
    EXPECT_TRUE(RefusedFor(Associate(caller, "proseware"),
                           v1::ERROR_REASON_NOT_THE_PARTY, "R19"));
    EXPECT_TRUE(RefusedFor(Dissociate(caller, "litware"),
                           v1::ERROR_REASON_NOT_THE_PARTY, "R19"));
  }
  EXPECT_TRUE(RefusedFor(Associate("northwind", "proseware"),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("adatum"), AssociateRequest("proseware")),
      v1::ERROR_REASON_NOT_THE_PARTY, "R19"));
  EXPECT_TRUE(
      Accepted(w_.Run(World::Operator(), AssociateRequest("proseware"))));
}

TEST_F(RelationshipRules, R61_OnlyAnActivePartnerOfTheOwnerIsAssociated) {
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "fabrikam"),
                         v1::ERROR_REASON_NOT_A_PARTNER, "R61"));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "ghost"),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "wingtip"),
                         v1::ERROR_REASON_SELF_RELATIONSHIP, "R61"));
  Suspend("proseware");
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "proseware"),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
  ASSERT_TRUE(Accepted(OnPartner<v1::ReinstatePartnerRequest>("proseware")));
  EXPECT_TRUE(Accepted(Associate("wingtip", "proseware")));
}

TEST_F(RelationshipRules, DissociatingTheDefaultMakesTheNextOneDefault) {
  ASSERT_TRUE(Accepted(Associate("wingtip", "proseware")));
  ASSERT_TRUE(Accepted(Dissociate("wingtip", "litware")));
  EXPECT_THAT(Associated(), ElementsAre("litware", "proseware+*"));
  EXPECT_TRUE(RefusedFor(Dissociate("wingtip", "litware"),
                         v1::ERROR_REASON_NOT_ASSOCIATED, "D9"));
  ASSERT_TRUE(Accepted(Associate("wingtip", "litware")));
  EXPECT_THAT(Associated(), ElementsAre("litware", "proseware+*", "litware+"));
}

TEST_F(RelationshipRules, AssociationsAreBounded) {
  auto relationship = w_.Read<v1::ResellerRelationship>(name_);
  while (relationship.associated_resellers_size() < 999) {
    auto* ended = relationship.add_associated_resellers();
    *ended = relationship.associated_resellers(0);
    ended->set_is_default(false);
    *ended->mutable_end_time() = ended->start_time();
  }
  w_.documents().Set(name_, relationship.SerializeAsString());
  ASSERT_TRUE(Accepted(Associate("wingtip", "proseware")));
  ASSERT_TRUE(Accepted(Dissociate("wingtip", "proseware")));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "proseware"),
                         v1::ERROR_REASON_QUOTA_REACHED, "C6"));
  v1::AcceptInvitationRequest accept =
      w_.AcceptRequest(w_.Forward("proseware", w_.Invite("wingtip")));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"), accept),
                         v1::ERROR_REASON_QUOTA_REACHED, "C6"));
}

TEST_F(RelationshipRules, StaleEtagIsAborted) {
  auto request = AssociateRequest("proseware");
  request.set_etag("\"1\"");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.set_etag(w_.Read<v1::ResellerRelationship>(name_).etag());
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

// --- Ending
// -----------------------------------------------------------------------

TEST_F(RelationshipRules, D20_EndsTheOwnersOwnAdministrationWithIt) {
  const std::string own = made_.admin_relationship().name();
  const Decision ended = End("wingtip");
  ASSERT_TRUE(Accepted(ended));
  EXPECT_THAT(EffectsOn(ended, name_), ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_THAT(EffectsOn(ended, own), ElementsAre(v1::EFFECT_KIND_ENDS));
  const auto admin = w_.Read<v1::AdminRelationship>(own);
  EXPECT_EQ(admin.state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(admin.end_cause(), v1::ADMIN_END_CAUSE_RELATIONSHIP_ENDED);
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").reason(),
            v1::ACCESS_REASON_NOT_OWNER);
  EXPECT_THAT(Associated(), ElementsAre("litware")) << "associations end";
  EXPECT_TRUE(
      RefusedFor(End("wingtip"), v1::ERROR_REASON_ALREADY_IN_STATE, "D20"));
}

TEST_F(RelationshipRules, D20_NobodyElsesAdministrationAndNoOtherOwnership) {
  auto split = w_.GrantRequest("adatum", "fabrikam", {"azure"});
  split.set_replace_overlapping(true);
  const auto other = w_.Must<v1::GrantAdminRelationshipResponse>(
      w_.CustomerCaller("adatum"), split);
  const std::string held = other.admin_relationship().name();
  const std::string second = w_.Own("northwind", "adatum");
  const Decision ended = End("wingtip");
  ASSERT_TRUE(Accepted(ended));
  EXPECT_EQ(StateOf(held), v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(w_.Read<v1::ResellerRelationship>(second).state(),
            v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(w_.Check("fabrikam", "manage_users", "adatum", "azure").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_THAT(EffectsOn(ended, "adminRelationships/(not visible)"),
              ElementsAre(v1::EFFECT_KIND_STAYS))
      << "wingtip may not know whose it is";
  EXPECT_THAT(EffectsOn(ended, held), IsEmpty());
}

TEST_F(RelationshipRules, D20_WithdrawsTheRequestsItSponsored) {
  const auto asked = w_.Must<v1::RequestAdminRelationshipResponse>(
      w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware"));
  ASSERT_TRUE(Accepted(End("wingtip")));
  const auto admin =
      w_.Read<v1::AdminRelationship>(asked.admin_relationship().name());
  EXPECT_EQ(admin.state(), v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  EXPECT_EQ(admin.end_cause(), v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN);
}

TEST_F(RelationshipRules, R46_TheReverseNeverCascades) {
  ASSERT_TRUE(
      Accepted(w_.Run(w_.CustomerCaller("adatum"),
                      World::Named<v1::TerminateAdminRelationshipRequest>(
                          made_.admin_relationship().name()))));
  EXPECT_EQ(w_.Read<v1::ResellerRelationship>(name_).state(),
            v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(RelationshipRules, D20_EndedRelationshipIsNotChangedAnyMore) {
  ASSERT_TRUE(Accepted(End("wingtip")));
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "proseware"),
                         v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "D20"));
  EXPECT_TRUE(RefusedFor(Dissociate("wingtip", "litware"),
                         v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "D20"));
}

TEST_F(RelationshipRules, D9_AfterTheEndAnAcceptanceMakesANewOne) {
  ASSERT_TRUE(Accepted(End("wingtip")));
  const auto again = w_.Accept("adatum", w_.Invite("wingtip"));
  EXPECT_NE(again.reseller_relationship().name(), name_);
  EXPECT_THAT(w_.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship),
              SizeIs(2));
}

TEST_F(RelationshipRules, R52_ResellerDoesNotEndTheOwnersRelationship) {
  const Decision decision = End("litware");
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_RESELLER_CANNOT_REMOVE, "R52"));
  const Violation violation =
      ViolationOf(decision, v1::ERROR_REASON_RESELLER_CANNOT_REMOVE);
  EXPECT_EQ(violation.subject(), name_);
  EXPECT_THAT(violation.next_step(), HasSubstr(w_.Partner("wingtip")));
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("adatum"),
             World::Named<v1::TerminateResellerRelationshipRequest>(name_)),
      v1::ERROR_REASON_NOT_THE_PARTY, "R19"))
      << "the customer is no reseller";
  EXPECT_TRUE(
      RefusedFor(End("northwind"), v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_EQ(w_.Read<v1::ResellerRelationship>(name_).state(),
            v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
}

// --- The customer asks for the end
// -----------------------------------------------

class TerminationRequests : public RelationshipRules {
 protected:
  v1::RequestResellerRelationshipTerminationRequest Wish() const {
    return World::Named<v1::RequestResellerRelationshipTerminationRequest>(
        name_);
  }
  Decision Ask(const Principal& caller) { return w_.Run(caller, Wish()); }
};

TEST_F(TerminationRequests, D20_IsRecordedAndTheOwnerMustAct) {
  const Decision decision = Ask(w_.CustomerCaller("adatum"));
  ASSERT_TRUE(Accepted(decision));
  const auto relationship = w_.Read<v1::ResellerRelationship>(name_);
  EXPECT_EQ(FromProto(relationship.termination_request().request_time()),
            w_.now());
  EXPECT_EQ(relationship.state(), v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_THAT(EffectsOn(decision, name_),
              testing::UnorderedElementsAre(v1::EFFECT_KIND_CHANGES,
                                            v1::EFFECT_KIND_NEEDS_ACTION));
  for (const v1::Effect& effect : decision.effects) {
    if (effect.kind() != v1::EFFECT_KIND_NEEDS_ACTION) continue;
    EXPECT_EQ(effect.party(), w_.Partner("wingtip"));
    EXPECT_EQ(effect.rpc(),
              "ResellerRelationshipService.TerminateResellerRelationship");
  }
  EXPECT_THAT(EffectsOn(decision, made_.admin_relationship().name()),
              ElementsAre(v1::EFFECT_KIND_STAYS));
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  // The owner does.
  ASSERT_TRUE(Accepted(End("wingtip")));
  EXPECT_TRUE(
      w_.Read<v1::ResellerRelationship>(name_).has_termination_request())
      << "the wish stays recorded";
}

TEST_F(TerminationRequests, D20_OnceIsEnough) {
  ASSERT_TRUE(Accepted(Ask(w_.CustomerCaller("adatum"))));
  EXPECT_TRUE(RefusedFor(Ask(w_.CustomerCaller("adatum")),
                         v1::ERROR_REASON_TERMINATION_ALREADY_REQUESTED,
                         "D20"));
  ASSERT_TRUE(Accepted(End("wingtip")));
  EXPECT_TRUE(RefusedFor(Ask(w_.CustomerCaller("adatum")),
                         v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "D20"));
}

TEST_F(TerminationRequests, D19_TheCustomersAdministratorAsks) {
  for (const char* partner : {"wingtip", "litware"}) {
    EXPECT_TRUE(RefusedFor(Ask(w_.PartnerCaller(partner)),
                           v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19"));
  }
  EXPECT_TRUE(RefusedFor(Ask(w_.CustomerUser("adatum")),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(RefusedFor(Ask(w_.CustomerCaller("tailspin")),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(Ask(World::Operator()),
                         v1::ERROR_REASON_FIELD_REQUIRED, "D19"));
  auto request = Wish();
  *request.mutable_attestation() = w_.Evidence();
  ASSERT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  EXPECT_TRUE(w_.Read<v1::ResellerRelationship>(name_)
                  .termination_request()
                  .has_attestation());
}

TEST_F(TerminationRequests, D20_ResellersDoNotSeeIt) {
  ASSERT_TRUE(Accepted(Ask(w_.CustomerCaller("adatum"))));
  const auto shown = [&](const Principal& viewer) {
    auto relationship = w_.Read<v1::ResellerRelationship>(name_);
    ShowAt(w_.now(), viewer, w_.tokens(), &relationship);
    return relationship.has_termination_request();
  };
  EXPECT_TRUE(shown(w_.PartnerCaller("wingtip")));
  EXPECT_TRUE(shown(w_.CustomerCaller("adatum")));
  EXPECT_TRUE(shown(World::Auditor()));
  EXPECT_FALSE(shown(w_.PartnerCaller("litware")));
}

TEST_F(RelationshipRules, OwnerSuspendedAssociatesNobody) {
  Suspend("wingtip");
  EXPECT_TRUE(RefusedFor(Associate("wingtip", "proseware"),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

}  // namespace
}  // namespace partner::hierarchy
