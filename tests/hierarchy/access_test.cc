// Checks, explanations and lists: R3, R10, R12, R19-R22, R41-R46, R56, D11-D14,
// D20, D21. Goal: administrative and commercial permissions never follow from
// one another, every denial says why, an explanation says what a check says,
// and nobody learns what is not theirs to know.

#include "hierarchy/access/access.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/channel.h"
#include "tests/hierarchy/seed.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Conditions = google::protobuf::RepeatedPtrField<v1::AccessCondition>;

class Access : public Channel {
 protected:
  Conditions ExplainTo(const Principal& caller, const v1::AccessQuery& query) {
    Conditions conditions;
    const AccessView view = w_.View();
    const auto resolved = Resolve(view, caller, query);
    const auto* question = std::get_if<ResolvedQuery>(&resolved);
    if (question == nullptr) {
      ADD_FAILURE() << "refused";
      return conditions;
    }
    Explain(view, caller, *question, &conditions);
    return conditions;
  }
  std::vector<std::string> AdministratorsFor(const Principal& caller,
                                             absl::string_view customer,
                                             absl::string_view permission = "",
                                             absl::string_view service = "") {
    const auto listed =
        ListAdministrators(w_.View(), caller, w_.Customer(customer), permission,
                           service.empty() ? "" : w_.Service(service));
    std::vector<std::string> ids;
    if (const auto* found =
            std::get_if<std::vector<v1::Administrator>>(&listed)) {
      for (const v1::Administrator& item : *found) {
        ids.emplace_back(LastId(item.delegate()));
      }
    } else {
      ids.push_back(ReasonName(std::get<Refusal>(listed).reason()));
    }
    return ids;
  }
};

// --- Verdicts
// ---------------------------------------------------------------------

TEST_F(Access, R22_AdministrationAllowsWhatItsDutiesStandFor) {
  const v1::AdminRelationship admin = w_.Grant("adatum", "litware");
  const v1::AccessDecision decision =
      w_.Check("litware", "manage_users", "adatum", "azure");
  EXPECT_EQ(decision.verdict(), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(decision.reason(), v1::ACCESS_REASON_BROAD_ADMINISTRATION);
  EXPECT_EQ(decision.rule(), "R22");
  EXPECT_EQ(decision.decided_by(), admin.name());
  EXPECT_EQ(decision.since().DebugString(), admin.start_time().DebugString());
  EXPECT_FALSE(decision.has_valid_until()) << "BROAD has no end";
}

TEST_F(Access, R10_WithoutTheCustomersPermissionNoSupport) {
  w_.Own("wingtip", "adatum");
  const v1::AccessDecision decision =
      w_.Check("wingtip", "open_tickets", "adatum");
  EXPECT_EQ(decision.verdict(), v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(decision.reason(), v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
  EXPECT_EQ(decision.rule(), "R10");
  EXPECT_EQ(decision.decided_by(), "");
  w_.Accept("adatum", w_.Invite("wingtip"));
  EXPECT_EQ(w_.Check("wingtip", "open_tickets", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Access, D21_NoPermissionIsAnAnswerNotAnError) {
  EXPECT_EQ(w_.CheckRefusal(w_.PartnerCaller("litware"),
                            w_.Query("litware", "manage_users", "adatum")),
            v1::ERROR_REASON_UNSPECIFIED);
}

TEST_F(Access, R41_AdministrationGivesNoCommercialPermission) {
  w_.Grant("adatum", "litware");
  const v1::AccessDecision decision = w_.Check("litware", "order", "adatum");
  EXPECT_EQ(decision.reason(), v1::ACCESS_REASON_NOT_OWNER);
  EXPECT_EQ(decision.rule(), "R56");
}

TEST_F(Access, R19_OwnershipGivesTheCommercialPermissionAndNoOther) {
  const std::string relationship = w_.Own("wingtip", "adatum");
  const v1::AccessDecision decision = w_.Check("wingtip", "order", "adatum");
  EXPECT_EQ(decision.verdict(), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(decision.reason(), v1::ACCESS_REASON_OWNER);
  EXPECT_EQ(decision.rule(), "R19");
  EXPECT_EQ(decision.decided_by(), relationship);
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

TEST_F(Access, R3_EachDutyIsAskedForItself) {
  auto request = w_.GrantRequest("adatum", "litware");
  request.clear_duties();
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  EXPECT_EQ(w_.Check("litware", "assign_licenses", "adatum").reason(),
            v1::ACCESS_REASON_DUTY_NOT_GRANTED);
  EXPECT_EQ(w_.Check("litware", "reset_passwords", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("litware", "view_directory", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED)
      << "both duties include it";
}

TEST_F(Access, D15_ServiceMustBeInScopeAndNoneMeansAny) {
  w_.Grant("adatum", "litware", {"azure"});
  EXPECT_EQ(
      w_.Check("litware", "manage_users", "adatum", "dynamics-crm").reason(),
      v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE);
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum", "azure").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Access, D12_SuspendedPartnerIsDeniedWhateverItHas) {
  w_.Grant("adatum", "litware");
  w_.Own("wingtip", "adatum");
  Suspend("litware");
  Suspend("wingtip");
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_PARTNER_SUSPENDED);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").reason(),
            v1::ACCESS_REASON_PARTNER_SUSPENDED);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").rule(), "D12");
}

TEST_F(Access, DeletedPartnerAndDeletedCustomerAreDenied) {
  ASSERT_TRUE(Accepted(OnPartner<v1::DeletePartnerRequest>("proseware")));
  EXPECT_EQ(w_.Check("proseware", "order", "adatum").reason(),
            v1::ACCESS_REASON_PARTNER_DELETED);
  DeleteCustomer("adatum");
  EXPECT_EQ(w_.Check("litware", "order", "adatum").reason(),
            v1::ACCESS_REASON_CUSTOMER_DELETED);
  EXPECT_EQ(w_.Check("proseware", "order", "adatum").reason(),
            v1::ACCESS_REASON_CUSTOMER_DELETED)
      << "the first denial decides";
}

TEST_F(Access, D12_OwnerOrdersOnlyWhileItsEnrolmentIsActive) {
  w_.Own("wingtip", "adatum", v1::ADMIN_OFFER_BROAD);
  Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").reason(),
            v1::ACCESS_REASON_OWNER_NOT_ENROLLED);
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED)
      << "administration goes on";
  Enroll("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Access, D12_OtherEnrolmentDoesNotStandInForTheOneItOwnsAs) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER});
  auto request = w_.CustomerRequest("fresh");
  request.set_as_enrollment(v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  ASSERT_TRUE(Accepted(w_.Run(w_.PartnerCaller("both"), request)));
  Restrict("both", v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  EXPECT_EQ(w_.Check("both", "order", "fresh").reason(),
            v1::ACCESS_REASON_OWNER_NOT_ENROLLED);
}

TEST_F(Access, D13_PartnershipIsNoConditionOfAdministration) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  auto request = w_.GrantRequest("adatum", "litware");
  request.set_replace_overlapping(true);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  ASSERT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  EXPECT_EQ(w_.Check("litware", "manage_users", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

TEST_F(Access, R53_OwnersAreIndependent) {
  w_.Own("wingtip", "adatum");
  EXPECT_EQ(w_.Check("northwind", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_DENIED);
  w_.Own("northwind", "adatum");
  EXPECT_EQ(w_.Check("northwind", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
}

// --- What may be asked
// ----------------------------------------------------------------

TEST_F(Access, MalformedQuestions) {
  const auto refusal = [&](const v1::AccessQuery& query) {
    return w_.CheckRefusal(World::Operator(), query);
  };
  v1::AccessQuery query = w_.Query("litware", "telegraph", "adatum");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_UNKNOWN_PERMISSION);
  query.set_permission("change_quantity");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_UNKNOWN_PERMISSION)
      << "until there are subscriptions";
  query = w_.Query("litware", "order", "adatum", "azure");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_FIELD_INVALID);
  query = w_.Query("litware", "manage_users", "adatum", "telegraph");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  query = w_.Query("litware", "manage_users", "adatum");
  query.set_partner("litware");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_NAME_MALFORMED);
  query.set_partner("");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_FIELD_REQUIRED);
  query = w_.Query("ghost", "manage_users", "adatum");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  query = w_.Query("litware", "manage_users", "ghost");
  EXPECT_EQ(refusal(query), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

TEST_F(Access, R2_NothingCrossesPrograms) {
  v1::AccessQuery query = w_.Query("litware", "manage_users", "adatum");
  query.set_customer("programs/germany/customers/adatum");
  EXPECT_EQ(w_.CheckRefusal(World::Operator(), query),
            v1::ERROR_REASON_PROGRAM_MISMATCH);
  query = w_.Query("litware", "manage_users", "adatum");
  query.set_service("programs/germany/services/azure");
  EXPECT_EQ(w_.CheckRefusal(World::Operator(), query),
            v1::ERROR_REASON_PROGRAM_MISMATCH);
}

TEST_F(Access, ForThePartiesAuditorsOperatorsAndTheOwnerAboutItsAssociates) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  const v1::AccessQuery about_litware =
      w_.Query("litware", "manage_users", "adatum");
  for (const Principal& caller :
       {World::Operator(), World::Auditor(), w_.CustomerCaller("adatum"),
        w_.CustomerUser("adatum"), w_.PartnerCaller("litware"),
        w_.PartnerCaller("wingtip")}) {
    EXPECT_EQ(w_.CheckRefusal(caller, about_litware),
              v1::ERROR_REASON_UNSPECIFIED)
        << caller.name;
  }
}

TEST_F(Access, WhoSeesTheCustomerButMayNotAskIsToldSo) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  EXPECT_EQ(w_.CheckRefusal(w_.PartnerCaller("wingtip"),
                            w_.Query("fabrikam", "manage_users", "adatum")),
            v1::ERROR_REASON_CHECK_NOT_YOURS);
  EXPECT_EQ(w_.CheckRefusal(w_.PartnerCaller("litware"),
                            w_.Query("wingtip", "manage_users", "adatum")),
            v1::ERROR_REASON_CHECK_NOT_YOURS)
      << "an associate about the owner";
}

TEST_F(Access, WhoDoesNotSeeTheCustomerIsToldThereIsNone) {
  w_.Own("wingtip", "adatum");
  for (const Principal& caller :
       {w_.PartnerCaller("northwind"), w_.PartnerCaller("litware"),
        w_.CustomerCaller("tailspin"), w_.PartnerCaller("ghost")}) {
    EXPECT_EQ(w_.CheckRefusal(caller, w_.Query("wingtip", "order", "adatum")),
              v1::ERROR_REASON_RESOURCE_NOT_FOUND)
        << caller.name;
  }
}

TEST_F(Access, WhoMayNotAskLearnsOfNoPartnerEither) {
  w_.Own("wingtip", "adatum");
  const auto subject = [&](const Principal& caller,
                           const v1::AccessQuery& query) {
    const auto resolved = Resolve(w_.View(), caller, query);
    return std::get<Refusal>(resolved).violations.front().ShortDebugString();
  };
  // northwind does not see adatum; whether the partner exists is no matter.
  const Principal stranger = w_.PartnerCaller("northwind");
  EXPECT_EQ(subject(stranger, w_.Query("litware", "order", "adatum")),
            subject(stranger, w_.Query("ghost", "order", "adatum")));
  // wingtip sees adatum and may not ask about others.
  const Principal owner = w_.PartnerCaller("wingtip");
  EXPECT_EQ(subject(owner, w_.Query("fabrikam", "order", "adatum")),
            subject(owner, w_.Query("ghost", "order", "adatum")));
}

TEST_F(Access, FormerOwnerAsksNoMoreAboutItsAssociates) {
  const std::string name =
      w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")))
          .reseller_relationship()
          .name();
  ASSERT_TRUE(Accepted(
      w_.Run(w_.PartnerCaller("wingtip"),
             World::Named<v1::TerminateResellerRelationshipRequest>(name))));
  EXPECT_EQ(w_.CheckRefusal(w_.PartnerCaller("wingtip"),
                            w_.Query("litware", "manage_users", "adatum")),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

// --- Explanations
// ----------------------------------------------------------------------

TEST_F(Access, ExplanationOfAYesShowsEveryConditionThatHolds) {
  w_.Grant("adatum", "litware");
  const Conditions conditions = ExplainTo(
      World::Operator(), w_.Query("litware", "manage_users", "adatum"));
  ASSERT_THAT(conditions, SizeIs(5));
  const v1::AccessConditionKind kinds[] = {
      v1::ACCESS_CONDITION_KIND_CUSTOMER, v1::ACCESS_CONDITION_KIND_PARTNER,
      v1::ACCESS_CONDITION_KIND_ADMINISTRATION, v1::ACCESS_CONDITION_KIND_DUTY,
      v1::ACCESS_CONDITION_KIND_SCOPE};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(conditions[i].kind(), kinds[i]);
    EXPECT_TRUE(conditions[i].satisfied());
    EXPECT_NE(conditions[i].description(), "");
    EXPECT_NE(conditions[i].resource(), "");
    EXPECT_THAT(conditions[i].remedies(), IsEmpty());
  }
}

TEST_F(Access, ExplanationOfANoSaysWhoCouldChangeItAndHow) {
  const Conditions for_reseller = ExplainTo(
      World::Operator(), w_.Query("litware", "manage_users", "adatum"));
  const v1::AccessCondition& missing = *for_reseller.rbegin();
  EXPECT_FALSE(missing.satisfied());
  ASSERT_THAT(missing.remedies(), SizeIs(1));
  EXPECT_EQ(missing.remedies(0).party(), w_.Customer("adatum"));
  EXPECT_EQ(missing.remedies(0).rpc(),
            "AdminRelationshipService.GrantAdminRelationship");
  const Conditions for_provider = ExplainTo(
      World::Operator(), w_.Query("wingtip", "manage_users", "adatum"));
  EXPECT_EQ(for_provider.rbegin()->remedies(0).rpc(),
            "InvitationService.AcceptInvitation")
      << "a provider is accepted, not granted (D14)";
  const Conditions commercial =
      ExplainTo(World::Operator(), w_.Query("wingtip", "order", "adatum"));
  EXPECT_EQ(commercial.rbegin()->remedies(0).rpc(),
            "InvitationService.AcceptInvitation");
}

TEST_F(Access, D14_ProviderGetsMoreByAnInvitationNotByAGrant) {
  const auto made = w_.Accept("adatum", w_.Invite("wingtip"));
  auto split = w_.GrantRequest("adatum", "litware", {"azure"});
  split.set_replace_overlapping(true);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), split)));
  const Conditions conditions =
      ExplainTo(World::Operator(),
                w_.Query("wingtip", "manage_users", "adatum", "azure"));
  const v1::AccessCondition& scope = *conditions.rbegin();
  EXPECT_FALSE(scope.satisfied());
  ASSERT_THAT(scope.remedies(), SizeIs(1));
  EXPECT_EQ(scope.remedies(0).rpc(),
            "AdminRelationshipService.TerminateAdminRelationship");
  EXPECT_THAT(scope.remedies(0).description(),
              HasSubstr(made.admin_relationship().name()));
}

TEST_F(Access, ExplanationShowsEveryFailingConditionNotOnlyTheFirst) {
  auto request = w_.GrantRequest("adatum", "litware", {"azure"});
  request.clear_duties();
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  Suspend("litware");
  const Conditions conditions =
      ExplainTo(World::Operator(),
                w_.Query("litware", "manage_users", "adatum", "dynamics-crm"));
  int failing = 0;
  for (const v1::AccessCondition& condition : conditions) {
    if (condition.satisfied()) continue;
    ++failing;
    EXPECT_NE(condition.reason(), v1::ACCESS_REASON_UNSPECIFIED);
    EXPECT_THAT(condition.remedies(), Not(IsEmpty()));
  }
  EXPECT_EQ(failing, 3) << "suspended, duty, scope";
}

TEST_F(Access, ExplanationNamesOtherHoldersOnlyToThoseWhoMaySeeThem) {
  w_.Own("wingtip", "adatum");
  const v1::AdminRelationship held = w_.Grant("adatum", "fabrikam");
  const v1::AccessQuery query = w_.Query("wingtip", "manage_users", "adatum");
  const Conditions shown = ExplainTo(w_.CustomerCaller("adatum"), query);
  EXPECT_EQ(shown.rbegin()->resource(), held.name());
  EXPECT_THAT(shown.rbegin()->description(), HasSubstr(w_.Partner("fabrikam")));
  const Conditions hidden = ExplainTo(w_.PartnerCaller("wingtip"), query);
  EXPECT_EQ(hidden.size(), shown.size());
  EXPECT_EQ(hidden.rbegin()->resource(), "adminRelationships/(not visible)");
  for (const v1::AccessCondition& condition : hidden) {
    EXPECT_THAT(condition.DebugString(), Not(HasSubstr("fabrikam")));
    EXPECT_THAT(condition.DebugString(), Not(HasSubstr(held.name())));
  }
}

TEST_F(Access, ExplanationSaysTheSameAsACheckOverARandomGraph) {
  Choices choices;
  const std::vector<std::string> partners = {"wingtip",  "northwind", "litware",
                                             "fabrikam", "proseware", "contoso",
                                             "advent"};
  const std::vector<std::string> customers = {"adatum", "tailspin"};
  const std::vector<std::string> services = {"azure", "dynamics-crm",
                                             "exchange-online"};
  const std::vector<std::string> permissions = {
      "order", "manage_users", "open_tickets", "view_directory"};
  int allowed = 0;
  for (int step = 0; step < 300; ++step) {
    const std::string& customer = choices.Of(customers);
    const std::string& partner = choices.Of(partners);
    switch (choices.Below(6)) {
      case 0:
        w_.Run(w_.CustomerCaller(customer),
               w_.AcceptRequest(
                   w_.Invite(choices.OneIn(2) ? "wingtip" : "contoso",
                             choices.OneIn(2) ? v1::ADMIN_OFFER_NONE
                                              : v1::ADMIN_OFFER_BROAD)));
        break;
      case 1: {
        v1::RevokeAllAdminRelationshipsRequest request;
        request.set_parent(w_.Customer(customer));
        w_.Run(w_.CustomerCaller(customer), request);
        break;
      }
      case 2:
        OnPartner<v1::SuspendPartnerRequest>(choices.OneIn(2) ? "litware"
                                                              : "fabrikam");
        break;
      case 3:
        OnPartner<v1::ReinstatePartnerRequest>(choices.OneIn(2) ? "litware"
                                                                : "fabrikam");
        break;
      default: {
        auto request = w_.GrantRequest(customer, partner);
        request.set_replace_overlapping(choices.OneIn(2));
        if (choices.OneIn(2)) request.mutable_duties()->RemoveLast();
        if (choices.OneIn(2)) {
          request.mutable_scope()->set_all_services(false);
          request.mutable_scope()->add_services(
              w_.Service(choices.Of(services)));
        }
        w_.Run(w_.CustomerCaller(customer), request);
      }
    }
    for (int i = 0; i < 10; ++i) {
      const std::string& permission = choices.Of(permissions);
      v1::AccessQuery query =
          w_.Query(choices.Of(partners), permission, choices.Of(customers));
      if (permission != "order" && choices.OneIn(2)) {
        query.set_service(w_.Service(choices.Of(services)));
      }
      // World::Check compares the two answers.
      allowed += w_.Check(World::Operator(), query).verdict() ==
                 v1::ACCESS_VERDICT_ALLOWED;
    }
  }
  EXPECT_GT(allowed, 0);
}

// --- Lists
// -----------------------------------------------------------------------------

TEST_F(Access, AdministratorsAreListedToThoseWhoMaySeeThem) {
  const auto made =
      w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  auto request = w_.GrantRequest("adatum", "litware", {"azure"});
  request.set_replace_overlapping(true);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  request = w_.GrantRequest("adatum", "fabrikam", {"dynamics-crm"});
  request.set_replace_overlapping(true);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  for (const Principal& all :
       {World::Operator(), World::Auditor(), w_.CustomerCaller("adatum")}) {
    EXPECT_THAT(AdministratorsFor(all, "adatum"),
                ElementsAre("fabrikam", "litware", "wingtip"));
  }
  EXPECT_THAT(AdministratorsFor(w_.PartnerCaller("wingtip"), "adatum"),
              ElementsAre("litware", "wingtip"))
      << "itself and its associates";
  EXPECT_THAT(AdministratorsFor(w_.PartnerCaller("litware"), "adatum"),
              ElementsAre("litware"));
  EXPECT_THAT(AdministratorsFor(w_.PartnerCaller("northwind"), "adatum"),
              ElementsAre("RESOURCE_NOT_FOUND"));
  EXPECT_THAT(AdministratorsFor(w_.CustomerCaller("tailspin"), "adatum"),
              ElementsAre("RESOURCE_NOT_FOUND"));
  EXPECT_THAT(AdministratorsFor(World::Operator(), "ghost"),
              ElementsAre("RESOURCE_NOT_FOUND"));
}

TEST_F(Access, AdministratorsAreFilteredByPermissionAndService) {
  w_.Grant("adatum", "litware", {"azure"});
  auto support = w_.GrantRequest("adatum", "fabrikam", {"dynamics-crm"});
  support.clear_duties();
  support.add_duties(v1::ADMIN_DUTY_SUPPORT);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), support)));
  const Principal all = World::Operator();
  EXPECT_THAT(AdministratorsFor(all, "adatum", "manage_users"),
              ElementsAre("litware"));
  EXPECT_THAT(AdministratorsFor(all, "adatum", "", "dynamics-crm"),
              ElementsAre("fabrikam"));
  EXPECT_THAT(AdministratorsFor(all, "adatum", "manage_users", "dynamics-crm"),
              IsEmpty());
  EXPECT_THAT(AdministratorsFor(all, "adatum", "telegraph"),
              ElementsAre("UNKNOWN_PERMISSION"));
  EXPECT_THAT(AdministratorsFor(all, "adatum", "", "telegraph"),
              ElementsAre("RESOURCE_NOT_FOUND"));
}

TEST_F(Access, AdministratorsAreTaggedAsOwnerAssociateAndEffective) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  auto request = w_.GrantRequest("adatum", "litware", {"azure"});
  request.set_replace_overlapping(true);
  ASSERT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  Suspend("litware");
  const auto listed = ListAdministrators(w_.View(), World::Operator(),
                                         w_.Customer("adatum"), "", "");
  const auto& all = std::get<std::vector<v1::Administrator>>(listed);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_FALSE(all[0].is_owner());
  EXPECT_TRUE(all[0].is_associated_reseller());
  EXPECT_FALSE(all[0].effective());
  EXPECT_THAT(all[0].scope().services(), ElementsAre(w_.Service("azure")));
  EXPECT_TRUE(all[1].is_owner());
  EXPECT_FALSE(all[1].is_associated_reseller());
  EXPECT_TRUE(all[1].effective());
}

TEST_F(Access, AdministeredCustomersComeInBatchesFromACursor) {
  for (int i = 0; i < 7; ++i) {
    const std::string id = absl::StrCat("x", i);
    w_.AddCustomer(id);
    w_.Grant(id, "litware",
             i % 2 == 0 ? std::vector<std::string>{}
                        : std::vector<std::string>{"azure"});
  }
  const auto resolved =
      ResolveDelegate(w_.View(), World::Auditor(), w_.Partner("litware"));
  ASSERT_NE(std::get_if<PartnerId>(&resolved), nullptr);
  const PartnerId litware = std::get<PartnerId>(resolved);
  google::protobuf::RepeatedPtrField<v1::AdministeredCustomer> found;
  Graph::Cursor cursor;
  int batches = 1;
  while (ListAdministered(w_.View(), litware, {}, 3, &cursor, &found)) {
    ++batches;
  }
  EXPECT_EQ(batches, 3);
  ASSERT_THAT(found, SizeIs(7));
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(found[i].customer(), w_.Customer(absl::StrCat("x", i)));
    EXPECT_TRUE(found[i].effective());
  }
  found.Clear();
  cursor = {};
  CoverageFilter only;
  only.service = *w_.edition().ServiceIndex(w_.Service("dynamics-crm"));
  EXPECT_FALSE(
      ListAdministered(w_.View(), litware, only, 100, &cursor, &found));
  EXPECT_THAT(found, SizeIs(4));
}

TEST_F(Access, AdministeredCustomersAreForThePartnerAuditorsAndOperators) {
  const auto refused = [&](const Principal& caller,
                           const std::string& partner) {
    return std::holds_alternative<Refusal>(
        ResolveDelegate(w_.View(), caller, partner));
  };
  EXPECT_FALSE(refused(w_.PartnerCaller("litware"), w_.Partner("litware")));
  EXPECT_FALSE(refused(World::Operator(), w_.Partner("litware")));
  EXPECT_TRUE(refused(w_.PartnerCaller("wingtip"), w_.Partner("litware")));
  EXPECT_TRUE(refused(w_.CustomerCaller("adatum"), w_.Partner("litware")));
  EXPECT_TRUE(refused(World::Operator(), w_.Partner("ghost")));
  EXPECT_TRUE(refused(World::Operator(), "litware"));
}

}  // namespace
}  // namespace partner::hierarchy
