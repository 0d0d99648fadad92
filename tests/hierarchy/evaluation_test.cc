// What putting an edition in force would change (R24, D3). Goal: every rule
// that is a value of editions is judged on every fact it is about, in both
// directions, and on nothing else. Method: facts made under one edition, judged
// against copies of it with one value changed; and what is said to be refused
// is asked for anew.

#include "hierarchy/rules/evaluation.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/refusal.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

// The channel with wingtip as owner of adatum, which has its administration,
// and litware as delegate of tailspin for all services.
class Evaluation : public Channel {
 protected:
  Evaluation() : catalogue_(*Policies().CatalogueOf("global")) {
    invitation_ = w_.Invite("wingtip", v1::ADMIN_OFFER_BROAD);
    const v1::AcceptInvitationResponse accepted =
        w_.Accept("adatum", invitation_);
    relationship_ = accepted.reseller_relationship().name();
    owners_ = accepted.admin_relationship().name();
    delegated_ = w_.Grant("tailspin", "litware").name();
  }

  // A copy of the edition in force, changed.
  const Edition* Changed(
      const std::function<void(v1::PolicyEdition*)>& change) {
    v1::PolicyEdition data = w_.edition().data();
    change(&data);
    auto made = Edition::Create(data, &catalogue_);
    EXPECT_TRUE(made.ok()) << made.status();
    editions_.push_back(*std::move(made));
    return editions_.back().get();
  }
  EvaluationView View(const Edition* base, const Edition* proposed) const {
    return {&w_.graph(), w_.revision(), w_.now(), base, proposed};
  }

  // `+ REASON RULE name` for what would be refused anew, `-` for what is
  // lifted, of all facts.
  std::vector<std::string> Findings(const Edition* base,
                                    const Edition* proposed) {
    std::vector<std::string> lines;
    const auto visit = [&](v1::PolicyFinding finding) {
      EXPECT_FALSE(finding.description().empty());
      EXPECT_EQ(finding.kind(), CollectionOf(KindOfName(finding.resource())));
      lines.push_back(absl::StrCat(
          finding.impact() == v1::POLICY_IMPACT_REFUSED_ANEW ? "+ " : "- ",
          ReasonName(finding.reason()), " ", finding.rule(), " ",
          finding.resource()));
    };
    const EvaluationView view = View(base, proposed);
    for (const auto& invitation :
         w_.ReadAll<v1::Invitation>(Kind::kInvitation)) {
      EvaluateInvitation(view, invitation, visit);
    }
    for (const auto& customer : w_.ReadAll<v1::Customer>(Kind::kCustomer)) {
      EvaluateCustomer(view, *w_.graph().CustomerNamed(customer.name()),
                       &counts_, visit);
    }
    return lines;
  }
  // Against the edition in force, both ways: the other way round each line is
  // its opposite.
  std::vector<std::string> Findings(const Edition* proposed) {
    std::vector<std::string> there = Findings(&w_.edition(), proposed);
    std::vector<std::string> back = Findings(proposed, &w_.edition());
    EXPECT_EQ(there.size(), back.size());
    for (std::string& line : back) line[0] = line[0] == '+' ? '-' : '+';
    EXPECT_THAT(back, testing::UnorderedElementsAreArray(there));
    return there;
  }
  // `subject: before -> after TENDENCY REASON parties`.
  std::vector<std::string> Values(const Edition* proposed) {
    const EvaluationView view = View(&w_.edition(), proposed);
    PartyCounts counts;
    for (PartnerId id = 0; id < w_.graph().partner_count(); ++id) {
      CountPartner(view, id, &counts);
    }
    for (CustomerId id = 0; id < w_.graph().customer_count(); ++id) {
      EvaluateCustomer(view, id, &counts, [](v1::PolicyFinding) {});
    }
    std::vector<std::string> lines;
    for (const v1::PolicyValueChange& change : ValueChanges(view, counts)) {
      lines.push_back(absl::StrCat(
          change.subject(), ": ", change.before(), " -> ", change.after(), " ",
          v1::PolicyTendency_Name(change.tendency()).substr(16), " ",
          ReasonName(change.reason()), " ", change.parties()));
    }
    return lines;
  }

  // No kind but GRANULAR, as the newest edition has it.
  static void MakeGranular(v1::PolicyEdition* data) {
    const v1::PolicyEdition& newest =
        Policies().Find("global", "global-2022-06")->data();
    data->mutable_admin_kinds()->mutable_kinds()->Clear();
    data->mutable_admin_kinds()->add_kinds(v1::ADMIN_KIND_GRANULAR);
    *data->mutable_granular_partners() = newest.granular_partners();
    *data->mutable_granular_duration() = newest.granular_duration();
    *data->mutable_granular_answer_within() = newest.granular_answer_within();
    *data->mutable_granular_auto_extend() = newest.granular_auto_extend();
    *data->mutable_privileged_role_bars_auto_extend() =
        newest.privileged_role_bars_auto_extend();
    *data->mutable_roles() = newest.roles();
  }

  std::string invitation_;
  std::string relationship_;
  std::string owners_;     // wingtip's, of adatum.
  std::string delegated_;  // litware's, of tailspin.
  PartyCounts counts_;

 private:
  Catalogue catalogue_;
  std::vector<std::unique_ptr<Edition>> editions_;
};

TEST_F(Evaluation, TheSameRulesChangeNothing) {
  const Edition* same = Changed([](v1::PolicyEdition*) {});
  EXPECT_THAT(Findings(same), IsEmpty());
  EXPECT_THAT(Values(same), IsEmpty());
}

TEST_F(Evaluation, R17_CapacityOfOwnersAndIssuers) {
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_invitation_issuers()->mutable_types()->Clear();
    data->mutable_invitation_issuers()->add_types(
        v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  });
  EXPECT_THAT(
      Findings(edition),
      UnorderedElementsAre("+ ROLE_CANNOT_INVITE R17 " + invitation_,
                           "+ ROLE_CANNOT_INVITE R17 " + relationship_));
  EXPECT_THAT(Values(edition),
              ElementsAre("invitation_issuers/INDIRECT_PROVIDER: "
                          "INDIRECT_PROVIDER ->  STRICTER ROLE_CANNOT_INVITE "
                          "2"));
  // Asked for anew it is refused, for that reason.
  w_.UseEdition(edition);
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.PartnerCaller("wingtip"), w_.InviteRequest("wingtip")),
      v1::ERROR_REASON_ROLE_CANNOT_INVITE, "R17"));
}

TEST_F(Evaluation, R15_ResellersThatMayInviteAreCounted) {
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_invitation_issuers()->add_types(
        v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  });
  EXPECT_THAT(Findings(edition), IsEmpty());
  EXPECT_THAT(Values(edition),
              ElementsAre("invitation_issuers/INDIRECT_RESELLER:  -> "
                          "INDIRECT_RESELLER LOOSER RESELLER_CANNOT_INVITE "
                          "3"));
  Suspend("proseware");
  EXPECT_THAT(Values(edition),
              ElementsAre(testing::EndsWith("RESELLER_CANNOT_INVITE 2")));
}

TEST_F(Evaluation, R67_OffersOfInvitationsAndOfOwners) {
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_admin_offers()->clear_offers();
    data->mutable_admin_offers()->add_offers(v1::ADMIN_OFFER_NONE);
    data->mutable_admin_offers()->set_default_offer(v1::ADMIN_OFFER_NONE);
    data->mutable_admin_offers()->set_rule("R67");
  });
  EXPECT_THAT(
      Findings(&w_.edition(), edition),
      UnorderedElementsAre("+ DELEGATED_ADMIN_REQUIRED R67 " + invitation_,
                           "+ DELEGATED_ADMIN_REQUIRED R67 " + owners_));
  EXPECT_THAT(Values(edition),
              ElementsAre("admin_offers/BROAD: BROAD ->  STRICTER "
                          "DELEGATED_ADMIN_REQUIRED 3",
                          "admin_offers/default_offer: BROAD -> NONE OTHER "
                          "UNSPECIFIED 0"));
  const std::string none = w_.Invite("wingtip", v1::ADMIN_OFFER_NONE);
  const Edition* required = Changed([](v1::PolicyEdition* data) {
    data->mutable_admin_offers()->clear_offers();
    data->mutable_admin_offers()->add_offers(v1::ADMIN_OFFER_BROAD);
  });
  EXPECT_THAT(Findings(required),
              ElementsAre("+ DELEGATED_ADMIN_REQUIRED D7 " + none));
}

TEST_F(Evaluation, D2_KindsOfAdministrationLiveOrAskedFor) {
  const v1::RequestAdminRelationshipRequest ask =
      w_.AskRequest("adatum", "proseware");
  const std::string asked = w_.Must<v1::RequestAdminRelationshipResponse>(
                                  w_.PartnerCaller("wingtip"), ask)
                                .admin_relationship()
                                .name();
  const Edition* edition =
      Changed([](v1::PolicyEdition* data) { MakeGranular(data); });
  EXPECT_THAT(
      Findings(edition),
      UnorderedElementsAre("+ ADMIN_KIND_NOT_IN_EDITION D2 " + owners_,
                           "+ ADMIN_KIND_NOT_IN_EDITION D2 " + asked,
                           "+ ADMIN_KIND_NOT_IN_EDITION D2 " + delegated_));
  EXPECT_THAT(
      Values(edition),
      IsSupersetOf(
          {"admin_kinds/BROAD: BROAD ->  STRICTER ADMIN_KIND_NOT_IN_EDITION 2",
           "admin_kinds/GRANULAR:  -> GRANULAR LOOSER "
           "ADMIN_KIND_NOT_IN_EDITION 2",
           "granular_partners/INDIRECT_RESELLER:  -> INDIRECT_RESELLER LOOSER "
           "PARTNER_NOT_ENROLLED 3"}));
  w_.UseEdition(edition);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"),
                                w_.GrantRequest("adatum", "fabrikam")),
                         v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "D2"));
}

TEST_F(Evaluation, R22_DelegatesThatAreNoOwners) {
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_delegates()->mutable_types()->Clear();
    data->mutable_delegates()->add_types(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  });
  EXPECT_THAT(Findings(edition),
              ElementsAre("+ GRANTEE_NOT_RESELLER R22 " + delegated_));
  EXPECT_THAT(
      Values(edition),
      ElementsAre("delegates/INDIRECT_RESELLER: INDIRECT_RESELLER ->  STRICTER "
                  "GRANTEE_NOT_RESELLER 3",
                  "delegates/INDIRECT_PROVIDER:  -> INDIRECT_PROVIDER LOOSER "
                  "GRANTEE_NOT_RESELLER 2"));
  w_.UseEdition(edition);
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("adatum"),
                                w_.GrantRequest("adatum", "fabrikam")),
                         v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22"));
}

TEST_F(Evaluation, R43_SeveralDelegatesOfOneService) {
  const Edition* several = Changed([](v1::PolicyEdition* data) {
    data->mutable_one_delegate_per_service()->set_value(false);
  });
  EXPECT_THAT(Findings(several), IsEmpty());
  w_.UseEdition(several);
  const std::string second =
      w_.Grant("tailspin", "fabrikam", {"exchange-online"}).name();
  w_.UseEdition(Policies().DefaultOf("global"));
  EXPECT_THAT(
      Findings(several, &w_.edition()),
      UnorderedElementsAre("+ SERVICE_ALREADY_DELEGATED R43 " + delegated_,
                           "+ SERVICE_ALREADY_DELEGATED R43 " + second));
  EXPECT_THAT(Values(several),
              ElementsAre("one_delegate_per_service: true -> false LOOSER "
                          "SERVICE_ALREADY_DELEGATED 2"));
}

TEST_F(Evaluation, R43_ServicesThatLeaveTheCatalogue) {
  const std::string azure = w_.Grant("adatum", "advent", {"azure"}).name();
  const Edition* edition = Changed([&](v1::PolicyEdition* data) {
    for (int i = 0; i < data->services_size(); ++i) {
      if (data->services(i).name() != w_.Service("azure")) continue;
      data->mutable_services()->DeleteSubrange(i, 1);
    }
  });
  EXPECT_THAT(Findings(edition), ElementsAre("+ SERVICE_UNKNOWN R43 " + azure));
  EXPECT_THAT(Values(edition),
              ElementsAre(testing::EndsWith("STRICTER SERVICE_UNKNOWN 2")));
}

TEST_F(Evaluation, R66_CustomersOfAClosedProgram) {
  DeleteCustomer(LastId(w_.Must<v1::CreateCustomerResponse>(
                              World::Operator(), w_.CustomerRequest("gone"))
                            .customer()
                            .name()));
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_closed_to_new_customers()->set_value(true);
  });
  EXPECT_THAT(
      Findings(edition),
      UnorderedElementsAre(
          "+ PROGRAM_CLOSED_TO_NEW_CUSTOMERS R66 " + w_.Customer("adatum"),
          "+ PROGRAM_CLOSED_TO_NEW_CUSTOMERS R66 " + w_.Customer("tailspin")));
  EXPECT_THAT(Values(edition),
              ElementsAre("closed_to_new_customers: false -> true STRICTER "
                          "PROGRAM_CLOSED_TO_NEW_CUSTOMERS 3"));
}

TEST_F(Evaluation, R23_CustomersWithAPartnersTenant) {
  const Edition* allowed = Changed([](v1::PolicyEdition* data) {
    data->mutable_refuse_partner_tenant_as_customer()->set_value(false);
  });
  w_.UseEdition(allowed);
  auto request = w_.CustomerRequest("self");
  request.mutable_customer()->set_tenant_id(World::Tenant("litware"));
  const std::string owned = w_.Must<v1::CreateCustomerResponse>(
                                  w_.PartnerCaller("northwind"), request)
                                .reseller_relationship()
                                .name();
  const Edition* base = Policies().DefaultOf("global");
  EXPECT_TRUE(TenantsMatter(View(base, allowed)));
  EXPECT_FALSE(TenantsMatter(View(base, base)));
  std::vector<std::string> found;
  const auto visit = [&](v1::PolicyFinding finding) {
    found.push_back(absl::StrCat(v1::PolicyImpact_Name(finding.impact()), " ",
                                 ReasonName(finding.reason()), " ",
                                 finding.rule(), " ", finding.resource()));
  };
  const CustomerId customer = *w_.graph().CustomerNamed(w_.Customer("self"));
  EXPECT_EQ(EvaluateTenant(View(base, allowed),
                           *w_.graph().PartnerNamed(w_.Partner("litware")),
                           customer, visit),
            1);
  EvaluateTenant(View(allowed, base),
                 *w_.graph().PartnerNamed(w_.Partner("litware")), customer,
                 visit);
  // Nor does who is deleted, as when a customer is recorded.
  const std::size_t seen = found.size();
  w_.AddPartner("gone", {v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
  w_.Must<v1::DeletePartnerResponse>(
      World::Operator(),
      World::Named<v1::DeletePartnerRequest>(w_.Partner("gone")));
  EXPECT_EQ(EvaluateTenant(View(allowed, base),
                           *w_.graph().PartnerNamed(w_.Partner("gone")),
                           customer, visit),
            0);
  EXPECT_EQ(found.size(), seen);
  // An advisor takes no part.
  EvaluateTenant(View(allowed, base),
                 *w_.graph().PartnerNamed(w_.Partner("advent")), customer,
                 visit);
  EXPECT_THAT(
      found,
      ElementsAre("POLICY_IMPACT_LIFTED CUSTOMER_IS_CSP_PARTNER R23 " + owned,
                  "POLICY_IMPACT_REFUSED_ANEW CUSTOMER_IS_CSP_PARTNER "
                  "R23 " +
                      owned));
}

TEST_F(Evaluation, R63_CustomersWithAnOwnResellersTenant) {
  const Edition* neither = Changed([](v1::PolicyEdition* data) {
    data->mutable_refuse_partner_tenant_as_customer()->set_value(false);
  });
  const Edition* own = Changed([](v1::PolicyEdition* data) {
    data->mutable_refuse_partner_tenant_as_customer()->set_value(false);
    data->mutable_refuse_own_reseller_as_customer()->set_value(true);
  });
  w_.UseEdition(neither);
  auto request = w_.CustomerRequest("self");
  request.mutable_customer()->set_tenant_id(World::Tenant("litware"));
  const std::string owned =
      w_.Must<v1::CreateCustomerResponse>(w_.PartnerCaller("wingtip"), request)
          .reseller_relationship()
          .name();
  EXPECT_TRUE(TenantsMatter(View(neither, own)));
  std::vector<std::string> found;
  EvaluateTenant(
      View(neither, own), *w_.graph().PartnerNamed(w_.Partner("litware")),
      *w_.graph().CustomerNamed(w_.Customer("self")),
      [&](v1::PolicyFinding finding) {
        found.push_back(absl::StrCat(ReasonName(finding.reason()), " ",
                                     finding.rule(), " ", finding.resource()));
      });
  EXPECT_THAT(found, ElementsAre("ALREADY_PARTNERED R63 " + owned));
}

TEST_F(Evaluation, R57_TwoCountriesOfNoRegion) {
  const auto with = [&](bool on, const char* country) {
    return Changed([&](v1::PolicyEdition* data) {
      data->mutable_one_region()->set_value(on);
      data->clear_regions();
      v1::Region* region = data->add_regions();
      region->set_id("europe");
      region->add_countries("FR");
      region->add_countries(country);
    });
  };
  const Edition* off = with(false, "DE");
  const Edition* german = with(true, "DE");
  const Edition* spanish = with(true, "ES");
  const auto found = [&](const Edition* base, const Edition* proposed,
                         const char* country, const char* other) {
    std::string line;
    EvaluateRegion(
        View(base, proposed), Kind::kResellerRelationship, relationship_,
        country, other, [&](v1::PolicyFinding finding) {
          line = absl::StrCat(
              v1::PolicyImpact_Name(finding.impact()).substr(14), " ",
              ReasonName(finding.reason()), " ", finding.rule());
        });
    return line;
  };
  EXPECT_TRUE(RegionsMatter(View(off, german)));
  EXPECT_TRUE(RegionsMatter(View(german, spanish)));
  EXPECT_FALSE(RegionsMatter(View(german, german)));
  EXPECT_FALSE(RegionsMatter(View(off, Policies().DefaultOf("global"))));
  EXPECT_EQ(found(off, german, "FR", "JP"), "REFUSED_ANEW REGION_MISMATCH R57");
  EXPECT_EQ(found(german, off, "FR", "JP"), "LIFTED REGION_MISMATCH R57");
  EXPECT_EQ(found(off, german, "FR", "DE"), "");
  EXPECT_EQ(found(off, german, "JP", "JP"), "");
  EXPECT_EQ(found(german, spanish, "FR", "DE"),
            "REFUSED_ANEW REGION_MISMATCH R57");
  EXPECT_EQ(found(german, spanish, "FR", "ES"), "LIFTED REGION_MISMATCH R57");
}

TEST_F(Evaluation, EndedFactsAreNotLookedAt) {
  w_.Must<v1::TerminateResellerRelationshipResponse>(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::TerminateResellerRelationshipRequest>(relationship_));
  w_.Must<v1::TerminateAdminRelationshipResponse>(
      w_.CustomerCaller("tailspin"),
      World::Named<v1::TerminateAdminRelationshipRequest>(delegated_));
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    MakeGranular(data);
    data->mutable_invitation_issuers()->mutable_types()->Clear();
  });
  EXPECT_THAT(Findings(edition),
              ElementsAre("+ ROLE_CANNOT_INVITE R17 " + invitation_));
}

TEST_F(Evaluation, ValuesThatRefuseNothingAreToldAsOther) {
  const Edition* edition = Changed([](v1::PolicyEdition* data) {
    data->mutable_roles(0)->add_permissions("see_invoices");
    data->mutable_reseller_ends_partnership()->set_value(true);
  });
  EXPECT_THAT(
      Values(edition),
      ElementsAre("reseller_ends_partnership: false -> true LOOSER "
                  "NOT_THE_PARTY 3",
                  testing::AllOf(testing::StartsWith("roles/provisioning: "),
                                 testing::EndsWith("OTHER UNSPECIFIED 0"))));
}

}  // namespace
}  // namespace partner::hierarchy
