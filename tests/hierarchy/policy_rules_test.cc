// Putting an edition in force and taking announcements back: R24, D3. Goal:
// only an operator does it, once for each edition and moment, and the past
// stays what it was.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/model/names.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// Germany, which is closed by a later edition.
class ActivationRules : public testing::Test {
 protected:
  std::string Edition(absl::string_view id) const {
    return ChildName(w_.Program(), Kind::kPolicyEdition, id);
  }
  v1::ActivatePolicyEditionRequest Request(absl::string_view id) const {
    v1::ActivatePolicyEditionRequest request;
    request.set_name(PolicyName(w_.program()));
    request.set_edition(Edition(id));
    return request;
  }
  v1::ActivatePolicyEditionRequest RequestAt(absl::string_view id,
                                             absl::Time time) const {
    v1::ActivatePolicyEditionRequest request = Request(id);
    *request.mutable_effective_time() = ToProto(time);
    return request;
  }
  Decision Run(const v1::ActivatePolicyEditionRequest& request) {
    return w_.Run(World::Operator(), request);
  }
  v1::Policy Must(const v1::ActivatePolicyEditionRequest& request) {
    return w_
        .Must<v1::ActivatePolicyEditionResponse>(World::Operator(), request)
        .policy();
  }
  static std::vector<std::string> IdsOf(const v1::Policy& policy) {
    std::vector<std::string> ids;
    for (const v1::PolicyActivation& activation : policy.activations()) {
      ids.emplace_back(LastId(activation.edition()));
    }
    return ids;
  }

  World w_{"germany"};
};

constexpr char kOpen[] = "germany-2017-03";
constexpr char kClosed[] = "germany-2018-10";

TEST_F(ActivationRules, D3_NowIsTheMomentOfTheCommit) {
  w_.AddProvider("wingtip");
  const Decision decision = Run(Request(kClosed));
  ASSERT_TRUE(Accepted(decision));
  const auto policy = w_.Read<v1::Policy>(PolicyName(w_.program()));
  EXPECT_THAT(IdsOf(policy), ElementsAre(kOpen, kClosed));
  EXPECT_EQ(FromProto(policy.activations(1).effective_time()), w_.now());
  EXPECT_EQ(FromProto(policy.activations(1).activate_time()), w_.now());
  ASSERT_EQ(decision.effects.size(), 2u);
  EXPECT_EQ(decision.effects[0].resource(), policy.name());
  EXPECT_THAT(decision.effects[0].description(),
              AllOf(HasSubstr(Edition(kClosed)), HasSubstr(Edition(kOpen))));
  EXPECT_EQ(decision.effects[1].resource(), Edition(kClosed));
  EXPECT_THAT(decision.effects[1].description(),
              AllOf(HasSubstr("closed_to_new_customers (R66) is `true`"),
                    HasSubstr("before `false`")));
}

TEST_F(ActivationRules, R24_LaterTimeIsAnAnnouncement) {
  w_.AddProvider("wingtip");
  const absl::Time later = w_.now() + absl::Hours(24 * 30);
  const v1::Policy policy = Must(RequestAt(kClosed, later));
  EXPECT_THAT(IdsOf(policy), ElementsAre(kOpen, kClosed));
  EXPECT_EQ(FromProto(policy.activations(1).effective_time()), later);
  EXPECT_EQ(FromProto(policy.activations(1).activate_time()), w_.now());
}

TEST_F(ActivationRules, D3_OnlyAnOperatorActingForItself) {
  w_.AddProvider("wingtip");
  for (const Principal& caller :
       {w_.PartnerCaller("wingtip"), w_.CustomerCaller("adatum"),
        World::Auditor()}) {
    SCOPED_TRACE(caller.name);
    EXPECT_TRUE(RefusedFor(w_.Run(caller, Request(kClosed)),
                           v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
  }
  v1::ActivatePolicyEditionRequest request = Request(kClosed);
  request.mutable_options()->set_acting_party(w_.Partner("wingtip"));
  EXPECT_TRUE(
      RefusedFor(Run(request), v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
}

TEST_F(ActivationRules, D3_UnknownEditionIsNotFound) {
  EXPECT_TRUE(RefusedFor(Run(Request("germany-2035-01")),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  v1::ActivatePolicyEditionRequest foreign = Request(kClosed);
  foreign.set_edition("programs/global/policyEditions/global-2017-03");
  EXPECT_TRUE(
      RefusedFor(Run(foreign), v1::ERROR_REASON_PROGRAM_MISMATCH, "R2"));
}

TEST_F(ActivationRules, D3_TwiceChangesNothingAndIsRefused) {
  w_.AddProvider("wingtip");
  const absl::Time later = w_.now() + absl::Hours(1);
  EXPECT_TRUE(RefusedFor(Run(Request(kOpen)),
                         v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kOpen, later)),
                         v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
  Must(RequestAt(kClosed, later));
  // Announced: neither earlier nor later.
  EXPECT_TRUE(RefusedFor(Run(Request(kClosed)),
                         v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, later + absl::Hours(1))),
                         v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
  EXPECT_TRUE(RefusedFor(Run(Request(kOpen)),
                         v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
}

TEST_F(ActivationRules, D3_ReplacedEditionMayComeBack) {
  w_.AddProvider("wingtip");
  Must(Request(kClosed));
  const v1::Policy policy = Must(RequestAt(kOpen, w_.now() + absl::Hours(1)));
  EXPECT_THAT(IdsOf(policy), ElementsAre(kOpen, kClosed, kOpen));
}

TEST_F(ActivationRules, D3_TwoAtOneMomentHaveNoOrder) {
  w_.AddProvider("wingtip");
  const absl::Time later = w_.now() + absl::Hours(1);
  Must(RequestAt(kClosed, later));
  const Decision decision = Run(RequestAt(kOpen, later));
  EXPECT_TRUE(
      RefusedFor(decision, v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, "D3"));
  EXPECT_EQ(
      ViolationOf(decision, v1::ERROR_REASON_ACTIVATION_TIME_TAKEN).subject(),
      Edition(kClosed));
}

TEST_F(ActivationRules, D3_PastIsClosedOnceThereAreFacts) {
  const absl::Time past = absl::FromUnixSeconds(1500000000);
  World fresh("germany");
  EXPECT_TRUE(Accepted(fresh.Run(World::Operator(), RequestAt(kClosed, past))));
  EXPECT_TRUE(RefusedFor(
      fresh.Run(World::Operator(), RequestAt(kClosed, past - absl::Hours(1))),
      v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3"));
  w_.AddProvider("wingtip");
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, past)),
                         v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3"));
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, w_.now())),
                         v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3"))
      << "the clock has gone on";
}

TEST_F(ActivationRules, D3_NothingIsInForceBeforeTheProgramBegan) {
  const absl::Time first = FromProto(w_.edition().data().effective_from());
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, first - absl::Seconds(1))),
                         v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3"));
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, first)),
                         v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, "D3"));
  // Nor where that is still to come.
  w_.Advance(first - absl::Hours(48) - w_.now());
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kClosed, first - absl::Hours(24))),
                         v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3"));
}

TEST_F(ActivationRules, C4_StaleEtagChangesNothing) {
  v1::ActivatePolicyEditionRequest request = Request(kClosed);
  request.set_etag("\"0\"");
  EXPECT_TRUE(RefusedFor(Run(request), v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.set_etag("\"1\"");
  EXPECT_TRUE(Accepted(Run(request)));
}

TEST_F(ActivationRules, C6_PolicyKeepsAHundredActivations) {
  auto policy = w_.Read<v1::Policy>(PolicyName(w_.program()));
  while (policy.activations_size() < 100) {
    v1::PolicyActivation next =
        policy.activations(policy.activations_size() - 1);
    next.mutable_effective_time()->set_seconds(next.effective_time().seconds() +
                                               1);
    *policy.add_activations() = next;
  }
  w_.documents().Set(policy.name(), policy.SerializeAsString());
  EXPECT_TRUE(
      RefusedFor(Run(Request(kClosed)), v1::ERROR_REASON_QUOTA_REACHED, "C6"));
}

// --- Withdrawing ------------------------------------------------------------

class WithdrawalRules : public ActivationRules {
 protected:
  v1::WithdrawPolicyActivationRequest Back(absl::string_view id) const {
    v1::WithdrawPolicyActivationRequest request;
    request.set_name(PolicyName(w_.program()));
    request.set_edition(Edition(id));
    return request;
  }
  v1::WithdrawPolicyActivationRequest BackAt(absl::string_view id,
                                             absl::Time time) const {
    v1::WithdrawPolicyActivationRequest request = Back(id);
    *request.mutable_effective_time() = ToProto(time);
    return request;
  }
  Decision Withdraw(const v1::WithdrawPolicyActivationRequest& request) {
    return w_.Run(World::Operator(), request);
  }
  v1::Policy Policy() const {
    return w_.Read<v1::Policy>(PolicyName(w_.program()));
  }

  const absl::Time later_ = w_.now() + absl::Hours(24);
};

TEST_F(WithdrawalRules, D3_AnnouncementIsMarkedAndStaysRecorded) {
  w_.AddProvider("wingtip");
  Must(RequestAt(kClosed, later_));
  const Decision decision = Withdraw(Back(kClosed));
  ASSERT_TRUE(Accepted(decision));
  const v1::Policy policy = Policy();
  EXPECT_THAT(IdsOf(policy), ElementsAre(kOpen, kClosed));
  EXPECT_FALSE(policy.activations(0).has_withdraw_time());
  EXPECT_EQ(FromProto(policy.activations(1).withdraw_time()), w_.now());
  EXPECT_EQ(FromProto(policy.activations(1).effective_time()), later_);
  ASSERT_EQ(decision.effects.size(), 2u);
  EXPECT_EQ(decision.effects[0].resource(), policy.name());
  EXPECT_THAT(decision.effects[0].description(),
              AllOf(HasSubstr(Edition(kClosed)), HasSubstr("does not come"),
                    HasSubstr(Edition(kOpen))));
  EXPECT_EQ(decision.effects[1].resource(), Edition(kOpen));
  EXPECT_THAT(decision.effects[1].description(),
              HasSubstr("closed_to_new_customers (R66) is `false`"));
}

TEST_F(WithdrawalRules, D3_TheNextOneIsMeantUnlessATimeIsNamed) {
  w_.AddProvider("wingtip");
  Must(RequestAt(kClosed, later_));
  Must(RequestAt(kOpen, later_ + absl::Hours(1)));
  Must(RequestAt(kClosed, later_ + absl::Hours(2)));
  ASSERT_TRUE(Accepted(Withdraw(BackAt(kClosed, later_ + absl::Hours(2)))));
  EXPECT_TRUE(Policy().activations(3).has_withdraw_time());
  EXPECT_FALSE(Policy().activations(1).has_withdraw_time());
  ASSERT_TRUE(Accepted(Withdraw(Back(kClosed))));
  EXPECT_TRUE(Policy().activations(1).has_withdraw_time());
}

TEST_F(WithdrawalRules, D3_WhatIsOrWasInForceIsNotTakenBack) {
  w_.AddProvider("wingtip");
  EXPECT_TRUE(RefusedFor(Withdraw(Back(kOpen)),
                         v1::ERROR_REASON_ACTIVATION_IN_FORCE, "D3"));
  Must(RequestAt(kClosed, later_));
  w_.Advance(absl::Hours(24));
  const Decision now_in_force = Withdraw(BackAt(kClosed, later_));
  EXPECT_TRUE(
      RefusedFor(now_in_force, v1::ERROR_REASON_ACTIVATION_IN_FORCE, "D3"));
  EXPECT_EQ(
      ViolationOf(now_in_force, v1::ERROR_REASON_ACTIVATION_IN_FORCE).subject(),
      Edition(kClosed));
  EXPECT_TRUE(RefusedFor(Withdraw(Back(kOpen)),
                         v1::ERROR_REASON_ACTIVATION_IN_FORCE, "D3"))
      << "it was";
}

TEST_F(WithdrawalRules, D3_WhatIsNotAnnouncedIsNotWithdrawn) {
  w_.AddProvider("wingtip");
  EXPECT_TRUE(RefusedFor(Withdraw(Back(kClosed)),
                         v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED, "D3"));
  Must(RequestAt(kClosed, later_));
  EXPECT_TRUE(RefusedFor(Withdraw(BackAt(kClosed, later_ + absl::Seconds(1))),
                         v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED, "D3"));
  EXPECT_TRUE(RefusedFor(Withdraw(BackAt(kOpen, later_)),
                         v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED, "D3"));
  EXPECT_TRUE(RefusedFor(Withdraw(Back("germany-2035-01")),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(WithdrawalRules, C3_TwiceIsAlreadySo) {
  w_.AddProvider("wingtip");
  Must(RequestAt(kClosed, later_));
  ASSERT_TRUE(Accepted(Withdraw(Back(kClosed))));
  EXPECT_TRUE(RefusedFor(Withdraw(Back(kClosed)),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "C3"));
  EXPECT_TRUE(RefusedFor(Withdraw(BackAt(kClosed, later_)),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "C3"));
}

TEST_F(WithdrawalRules, D3_ItsMomentAndItsEditionAreFreeAgain) {
  w_.AddProvider("wingtip");
  Must(RequestAt(kClosed, later_));
  ASSERT_TRUE(Accepted(Withdraw(Back(kClosed))));
  const v1::Policy policy = Must(RequestAt(kClosed, later_));
  EXPECT_THAT(IdsOf(policy), ElementsAre(kOpen, kClosed, kClosed));
  EXPECT_TRUE(policy.activations(1).has_withdraw_time());
  EXPECT_FALSE(policy.activations(2).has_withdraw_time());
  EXPECT_TRUE(RefusedFor(Run(RequestAt(kOpen, later_)),
                         v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, "D3"));
  // The one withdrawn is no neighbour in time.
  ASSERT_TRUE(Accepted(Withdraw(BackAt(kClosed, later_))));
  EXPECT_TRUE(Accepted(Run(Request(kClosed))));
}

TEST_F(WithdrawalRules, D3_PastStaysOpenWhileNothingButThePolicyChanged) {
  const absl::Time past = absl::FromUnixSeconds(1500000000);
  Must(RequestAt(kClosed, later_));
  ASSERT_TRUE(Accepted(Withdraw(Back(kClosed))));
  EXPECT_TRUE(Accepted(Run(RequestAt(kClosed, past))));
}

TEST_F(WithdrawalRules, D3_OnlyAnOperatorActingForItself) {
  w_.AddProvider("wingtip");
  Must(RequestAt(kClosed, later_));
  for (const Principal& caller :
       {w_.PartnerCaller("wingtip"), w_.CustomerCaller("adatum"),
        World::Auditor()}) {
    SCOPED_TRACE(caller.name);
    EXPECT_TRUE(RefusedFor(w_.Run(caller, Back(kClosed)),
                           v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
  }
  v1::WithdrawPolicyActivationRequest stale = Back(kClosed);
  stale.set_etag("\"0\"");
  EXPECT_TRUE(
      RefusedFor(Withdraw(stale), v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
}

}  // namespace
}  // namespace partner::hierarchy
