// Partnerships: R12, R54, R55, R58, D12, D13. Goal: the provider asks, the
// reseller answers, many to many; ending one removes no customer and no right.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PartnershipRules : public Channel {
 protected:
  v1::CreatePartnershipRequest AskRequest(absl::string_view reseller) {
    v1::CreatePartnershipRequest request;
    request.set_parent(w_.Program());
    request.set_reseller(w_.Partner(reseller));
    return request;
  }
  Decision Ask(absl::string_view provider, absl::string_view reseller) {
    return w_.Run(w_.PartnerCaller(provider), AskRequest(reseller));
  }
  // A request that waits for the reseller.
  std::string Pending(absl::string_view provider, absl::string_view reseller,
                      absl::Duration lasts = absl::ZeroDuration()) {
    v1::CreatePartnershipRequest request = AskRequest(reseller);
    if (lasts > absl::ZeroDuration()) {
      *request.mutable_expire_time() = ToProto(w_.now() + lasts);
    }
    return w_
        .Must<v1::CreatePartnershipResponse>(w_.PartnerCaller(provider),
                                             request)
        .partnership()
        .name();
  }
  template <typename Request>
  Decision Answer(absl::string_view caller, const std::string& name) {
    return w_.Run(w_.PartnerCaller(caller), World::Named<Request>(name));
  }
  v1::PartnershipState StateOf(const std::string& name) {
    return w_.Read<v1::Partnership>(name).state();
  }
};

TEST_F(PartnershipRules, R55_ProviderAsksAndResellerAccepts) {
  const Decision asked = Ask("wingtip", "proseware");
  ASSERT_TRUE(Accepted(asked));
  const std::string name = asked.mutations[0].name;
  EXPECT_EQ(StateOf(name), v1::PARTNERSHIP_STATE_PENDING);
  const v1::Effect& todo = asked.effects[0];
  EXPECT_EQ(todo.kind(), v1::EFFECT_KIND_NEEDS_ACTION);
  EXPECT_EQ(todo.party(), w_.Partner("proseware"));
  EXPECT_EQ(todo.rpc(), "PartnershipService.AcceptPartnership");
  EXPECT_TRUE(RefusedFor(Answer<v1::AcceptPartnershipRequest>("wingtip", name),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R55"))
      << "the asker does not answer";
  EXPECT_TRUE(
      Accepted(Answer<v1::AcceptPartnershipRequest>("proseware", name)));
  EXPECT_EQ(StateOf(name), v1::PARTNERSHIP_STATE_ACTIVE);
  EXPECT_TRUE(w_.Read<v1::Partnership>(name).has_start_time());
}

TEST_F(PartnershipRules, R55_ManyToMany) {
  w_.Partnership("wingtip", "fabrikam");
  w_.Partnership("northwind", "litware");
  const auto litware = *w_.graph().FindPartner("litware");
  int partnerships = 0;
  w_.graph().VisitPartnerships(litware, w_.revision(),
                               [&](const Graph::Partnership&) {
                                 ++partnerships;
                                 return true;
                               });
  EXPECT_EQ(partnerships, 2);
}

TEST_F(PartnershipRules, R55_OneOpenPartnershipForEachPair) {
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "litware"),
                         v1::ERROR_REASON_PARTNERSHIP_EXISTS, "R55"));
  const std::string pending = Pending("wingtip", "proseware");
  const Decision again = Ask("wingtip", "proseware");
  EXPECT_TRUE(RefusedFor(again, v1::ERROR_REASON_PARTNERSHIP_EXISTS, "R55"));
  EXPECT_EQ(ViolationOf(again, v1::ERROR_REASON_PARTNERSHIP_EXISTS).subject(),
            pending);
  ASSERT_TRUE(
      Accepted(Answer<v1::DeclinePartnershipRequest>("proseware", pending)));
  EXPECT_TRUE(Accepted(Ask("wingtip", "proseware")));
}

TEST_F(PartnershipRules, R58_ResellerMustBeEnrolled) {
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "advent"),
                         v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58"));
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "northwind"),
                         v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58"));
  Restrict("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "proseware"),
                         v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58"));
  Enroll("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(Accepted(Ask("wingtip", "proseware")));
}

TEST_F(PartnershipRules, R58_TestedAgainWhenAccepted) {
  const std::string name = Pending("wingtip", "proseware");
  EndEnrollment("proseware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  EXPECT_TRUE(
      RefusedFor(Answer<v1::AcceptPartnershipRequest>("proseware", name),
                 v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58"));
  EXPECT_TRUE(
      Accepted(Answer<v1::DeclinePartnershipRequest>("proseware", name)))
      << "declining needs nothing";
}

TEST_F(PartnershipRules, D12_ProviderMustBeEnrolledAndNeitherSuspended) {
  EXPECT_TRUE(RefusedFor(Ask("contoso", "proseware"),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  EXPECT_TRUE(RefusedFor(Ask("litware", "proseware"),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  Restrict("northwind", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(RefusedFor(Ask("northwind", "proseware"),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  Suspend("proseware");
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "proseware"),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
  ASSERT_TRUE(Accepted(OnPartner<v1::ReinstatePartnerRequest>("proseware")));
  ASSERT_TRUE(Accepted(OnPartner<v1::DeletePartnerRequest>("proseware")));
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "proseware"),
                         v1::ERROR_REASON_PARTNER_DELETED, "C2"));
}

TEST_F(PartnershipRules, BothSidesBlockersAreListed) {
  Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  Suspend("wingtip");
  Suspend("proseware");
  const Decision decision = Ask("wingtip", "proseware");
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_PARTNER_SUSPENDED), 2);
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_PARTNER_NOT_ENROLLED), 1);
}

TEST_F(PartnershipRules, PartnerIsNoPartnerOfItself) {
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "wingtip"),
                         v1::ERROR_REASON_SELF_RELATIONSHIP, ""));
}

TEST_F(PartnershipRules, OnlyTheProviderAsks) {
  v1::CreatePartnershipRequest request = AskRequest("proseware");
  request.set_provider(w_.Partner("wingtip"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R55"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("fabrikam"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"))
      << "a provider the caller does not see";
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.CustomerCaller("adatum"), AskRequest("proseware")),
                 v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R55"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), AskRequest("proseware")),
                         v1::ERROR_REASON_FIELD_REQUIRED, ""));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(PartnershipRules, UnknownResellerIsNotFound) {
  EXPECT_TRUE(RefusedFor(Ask("wingtip", "ghost"),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(PartnershipRules, UnansweredRequestLapses) {
  const std::string name = Pending("wingtip", "proseware", absl::Hours(1));
  w_.Advance(absl::Hours(1));
  EXPECT_TRUE(
      RefusedFor(Answer<v1::AcceptPartnershipRequest>("proseware", name),
                 v1::ERROR_REASON_PARTNERSHIP_EXPIRED, "C3"));
  EXPECT_TRUE(RefusedFor(EndPartnership("wingtip", name),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R54"));
  EXPECT_TRUE(Accepted(Ask("wingtip", "proseware"))) << "a new one may come";
  v1::CreatePartnershipRequest late = AskRequest("litware");
  *late.mutable_expire_time() = ToProto(w_.now() - absl::Seconds(1));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("northwind"), late),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
}

TEST_F(PartnershipRules, AnsweredRequestsAreNotAnsweredAgain) {
  EXPECT_TRUE(
      RefusedFor(Answer<v1::AcceptPartnershipRequest>("litware", partnership_),
                 v1::ERROR_REASON_ALREADY_IN_STATE, "C3"));
  EXPECT_TRUE(
      RefusedFor(Answer<v1::DeclinePartnershipRequest>("litware", partnership_),
                 v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "C3"));
  const std::string name = Pending("wingtip", "proseware");
  const Decision declined =
      Answer<v1::DeclinePartnershipRequest>("proseware", name);
  ASSERT_TRUE(Accepted(declined));
  EXPECT_THAT(EffectsOn(declined, name), ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_TRUE(
      RefusedFor(Answer<v1::AcceptPartnershipRequest>("proseware", name),
                 v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "C3"));
  EXPECT_TRUE(RefusedFor(EndPartnership("wingtip", name),
                         v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R54"));
}

TEST_F(PartnershipRules, D13_ProviderEndsTheResellerDoesNot) {
  EXPECT_TRUE(RefusedFor(EndPartnership("litware", partnership_),
                         v1::ERROR_REASON_NOT_THE_PARTY, "D13"));
  EXPECT_TRUE(RefusedFor(EndPartnership("fabrikam", partnership_),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  EXPECT_TRUE(RefusedFor(EndPartnership("wingtip", partnership_),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "R54"));
}

TEST_F(PartnershipRules, D13_ResellerEndsWhereTheEditionSaysSo) {
  v1::PolicyEdition data = w_.edition().data();
  data.mutable_reseller_ends_partnership()->set_value(true);
  Catalogue catalogue;
  const auto edition = Edition::Create(data, &catalogue);
  ASSERT_TRUE(edition.ok()) << edition.status();
  w_.UseEdition(edition->get());
  EXPECT_TRUE(Accepted(EndPartnership("litware", partnership_)));
}

TEST_F(PartnershipRules, R54_EndingRemovesNoCustomerAndNoRight) {
  const auto made = w_.Accept(
      "adatum",
      w_.Forward("litware", w_.Invite("wingtip", v1::ADMIN_OFFER_NONE)));
  const std::string relationship = made.reseller_relationship().name();
  const v1::AdminRelationship admin = w_.Grant("adatum", "litware");
  auto bodies = w_.documents().bodies();
  const Decision ended = EndPartnership("wingtip", partnership_);
  ASSERT_TRUE(Accepted(ended));
  EXPECT_THAT(EffectsOn(ended, partnership_),
              ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_THAT(EffectsOn(ended, w_.Customer("adatum")),
              ElementsAre(v1::EFFECT_KIND_STAYS));
  EXPECT_THAT(EffectsOn(ended, relationship),
              ElementsAre(v1::EFFECT_KIND_NEEDS_ACTION));
  EXPECT_THAT(EffectsOn(ended, admin.name()),
              ElementsAre(v1::EFFECT_KIND_STAYS));
  // The partnership is the only document that changed.
  bodies[partnership_] = w_.documents().bodies().at(partnership_);
  EXPECT_EQ(w_.documents().bodies(), bodies);
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(PartnershipRules, R54_OtherProvidersCustomersAreNotListed) {
  w_.Partnership("northwind", "litware");
  w_.Accept("tailspin", w_.Forward("litware", w_.Invite("northwind")));
  const Decision ended = EndPartnership("wingtip", partnership_);
  ASSERT_TRUE(Accepted(ended));
  for (const v1::Effect& effect : ended.effects) {
    EXPECT_THAT(effect.resource(), Not(HasSubstr("tailspin")));
  }
}

TEST_F(PartnershipRules, ProviderMayWithdrawARequest) {
  const std::string name = Pending("wingtip", "proseware");
  EXPECT_TRUE(Accepted(EndPartnership("wingtip", name)));
  EXPECT_EQ(StateOf(name), v1::PARTNERSHIP_STATE_TERMINATED);
}

TEST_F(PartnershipRules, R56_PartnershipGivesTheResellerNoCustomers) {
  w_.Own("wingtip", "adatum", v1::ADMIN_OFFER_BROAD);
  EXPECT_EQ(w_.CheckRefusal(w_.PartnerCaller("litware"),
                            w_.Query("wingtip", "order", "adatum")),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(w_.Check("litware", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

}  // namespace
}  // namespace partner::hierarchy
