// Checks, explanations and lists with granular administration: R74, R78, R84.
// Goal: an answer says what decided and until when, and an explanation what is
// missing and who can change it.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/granular_channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;

class GranularAccess : public GranularChannel {
 protected:
  google::protobuf::RepeatedPtrField<v1::AccessCondition> Explained(
      const std::string& permission) {
    google::protobuf::RepeatedPtrField<v1::AccessCondition> conditions;
    const auto query = Resolve(w_.View(), World::Operator(),
                               w_.Query("proseware", permission, "adatum"));
    Explain(w_.View(), World::Operator(), std::get<ResolvedQuery>(query),
            &conditions);
    return conditions;
  }
  // The condition that fails for a reason.
  v1::AccessCondition Failed(const std::string& permission,
                             v1::AccessReason reason) {
    for (const v1::AccessCondition& condition : Explained(permission)) {
      if (condition.reason() == reason) return condition;
    }
    ADD_FAILURE() << "no condition fails for " << v1::AccessReason_Name(reason);
    return {};
  }
};

TEST_F(GranularAccess, R74_AnswerSaysWhichAndUntilWhen) {
  const std::string name = Approved();
  const v1::AccessDecision yes =
      w_.Check("proseware", "open_tickets", "adatum");
  EXPECT_EQ(yes.verdict(), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(yes.reason(), v1::ACCESS_REASON_GRANULAR_ADMINISTRATION);
  EXPECT_EQ(yes.rule(), "R74");
  EXPECT_EQ(yes.decided_by(), name);
  EXPECT_EQ(yes.valid_until().DebugString(),
            Read(name).expire_time().DebugString());
  const v1::AccessDecision no = w_.Check("proseware", "manage_users", "adatum");
  EXPECT_EQ(no.reason(), v1::ACCESS_REASON_ROLE_NOT_GRANTED);
  EXPECT_FALSE(no.has_valid_until()) << "time alone allows nothing";
  ASSERT_TRUE(
      Accepted(Extend(w_.PartnerCaller("proseware"), name, 180 * kDay)));
  EXPECT_FALSE(
      w_.Check("proseware", "open_tickets", "adatum").has_valid_until());
}

TEST_F(GranularAccess, D18_WhatLastsLongestDecides) {
  auto brief = DraftRequest();
  brief.mutable_duration()->set_seconds(kDay);
  Approved(brief);
  const std::string longer = Approved();
  EXPECT_EQ(w_.Check("proseware", "open_tickets", "adatum").decided_by(),
            longer);
  const std::string broad = w_.Grant("adatum", "proseware").name();
  const v1::AccessDecision decision =
      w_.Check("proseware", "open_tickets", "adatum");
  EXPECT_EQ(decision.decided_by(), broad);
  EXPECT_EQ(decision.reason(), v1::ACCESS_REASON_BROAD_ADMINISTRATION);
  EXPECT_FALSE(decision.has_valid_until());
}

TEST_F(GranularAccess, R84_RoleCoversItsServices) {
  auto request = DraftRequest();
  request.clear_roles();
  request.add_roles(Role("exchange-administrator"));
  Approved(request);
  const auto reason = [&](const char* permission, const char* service) {
    return w_.Check("proseware", permission, "adatum", service).reason();
  };
  EXPECT_EQ(reason("configure_services", "exchange-online"),
            v1::ACCESS_REASON_GRANULAR_ADMINISTRATION);
  EXPECT_EQ(reason("configure_services", ""),
            v1::ACCESS_REASON_GRANULAR_ADMINISTRATION);
  EXPECT_EQ(reason("configure_services", "sharepoint-online"),
            v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE);
  EXPECT_EQ(reason("manage_users", "exchange-online"),
            v1::ACCESS_REASON_ROLE_NOT_GRANTED);
}

TEST_F(GranularAccess, ExplanationNamesWhatIsMissingAndWhoMayChangeIt) {
  auto request = DraftRequest();
  const std::string name = Locked(request);
  v1::AccessCondition failed =
      Failed("open_tickets", v1::ACCESS_REASON_ADMINISTRATION_PENDING);
  EXPECT_EQ(failed.resource(), name);
  EXPECT_EQ(failed.until().DebugString(),
            Read(name).lapse_time().DebugString());
  ASSERT_EQ(failed.remedies_size(), 1);
  EXPECT_EQ(failed.remedies(0).party(), w_.Customer("adatum"));
  EXPECT_EQ(failed.remedies(0).rpc(),
            "AdminRelationshipService.ApproveAdminRelationship");
  ASSERT_TRUE(Accepted(Approve(name)));
  failed = Failed("manage_users", v1::ACCESS_REASON_ROLE_NOT_GRANTED);
  EXPECT_EQ(failed.kind(), v1::ACCESS_CONDITION_KIND_ROLE);
  EXPECT_EQ(failed.remedies(0).rpc(),
            "AdminRelationshipService.CreateAdminRelationshipDraft");
  AdvanceDays(30);
  failed = Failed("open_tickets", v1::ACCESS_REASON_ADMINISTRATION_EXPIRED);
  EXPECT_EQ(failed.resource(), name);
  EXPECT_EQ(failed.until().DebugString(),
            Read(name).expire_time().DebugString());
  EXPECT_EQ(failed.remedies(0).party(), w_.Partner("proseware"));
  EXPECT_EQ(w_.Check("proseware", "open_tickets", "adatum").reason(),
            v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
}

TEST_F(GranularAccess, ListsHaveItWhileItIsInForce) {
  const std::string name = Approved();
  const auto administrators = [&](const char* permission, const char* service) {
    const auto all = ListAdministrators(
        w_.View(), World::Operator(), w_.Customer("adatum"), permission,
        *service == '\0' ? std::string() : w_.Service(service));
    return std::get<std::vector<v1::Administrator>>(all);
  };
  const auto all = administrators("", "");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind(), v1::ADMIN_KIND_GRANULAR);
  EXPECT_THAT(all[0].roles(), ElementsAre(Role("helpdesk-administrator"),
                                          Role("license-administrator")));
  EXPECT_FALSE(all[0].has_scope());
  EXPECT_EQ(all[0].until().DebugString(),
            Read(name).expire_time().DebugString());
  EXPECT_EQ(administrators("open_tickets", "azure").size(), 1u);
  EXPECT_EQ(administrators("manage_users", "").size(), 0u);
  const auto customers = [&] {
    google::protobuf::RepeatedPtrField<v1::AdministeredCustomer> found;
    Graph::Cursor cursor;
    ListAdministered(w_.View(), *w_.graph().FindPartner("proseware"), {}, 10,
                     &cursor, &found);
    return found.size();
  };
  EXPECT_EQ(customers(), 1);
  EXPECT_TRUE(CanSee(w_.graph(), w_.revision(), w_.now(),
                     w_.PartnerCaller("proseware"), Kind::kCustomer,
                     w_.Read<v1::Customer>(w_.Customer("adatum"))));
  AdvanceDays(30);
  EXPECT_EQ(administrators("", "").size(), 0u);
  EXPECT_EQ(customers(), 0);
  EXPECT_FALSE(CanSee(w_.graph(), w_.revision(), w_.now(),
                      w_.PartnerCaller("proseware"), Kind::kCustomer,
                      w_.Read<v1::Customer>(w_.Customer("adatum"))))
      << "whom it administers no more it does not see";
}

}  // namespace
}  // namespace partner::hierarchy
