// Customers: R19, R23, R48, R56, R57, R61, R63, D8, D10, D11, D12.

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class CustomerRules : public Channel {
 protected:
  Decision Create(absl::string_view partner,
                  const v1::CreateCustomerRequest& request) {
    return w_.Run(w_.PartnerCaller(partner), request);
  }
  v1::UpdateCustomerRequest UpdateRequest(absl::string_view id) {
    v1::UpdateCustomerRequest request;
    request.mutable_customer()->set_name(w_.Customer(id));
    request.mutable_customer()->set_domain("new.example");
    request.mutable_update_mask()->add_paths("domain");
    return request;
  }
};
class GermanCustomer : public GermanChannel {};
class ChineseCustomer : public ChineseChannel {};

TEST_F(CustomerRules, D10_ProviderCreatesAndOwnsWithoutAdministration) {
  const auto made = w_.Must<v1::CreateCustomerResponse>(
      w_.PartnerCaller("wingtip"), w_.CustomerRequest("fresh"));
  const v1::ResellerRelationship& relationship = made.reseller_relationship();
  EXPECT_EQ(relationship.owner(), w_.Partner("wingtip"));
  EXPECT_EQ(relationship.source(),
            v1::RESELLER_RELATIONSHIP_SOURCE_CUSTOMER_CREATION);
  EXPECT_EQ(ParentOf(relationship.name()), made.customer().name());
  EXPECT_EQ(w_.Check("wingtip", "order", "fresh").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "fresh").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

TEST_F(GermanCustomer, D10_CreationGivesNoAdministrationThereEither) {
  w_.Must<v1::CreateCustomerResponse>(w_.PartnerCaller("wingtip"),
                                      w_.CustomerRequest("fresh"));
  EXPECT_EQ(w_.Check("wingtip", "manage_users", "fresh").verdict(),
            v1::ACCESS_VERDICT_DENIED);
}

TEST_F(CustomerRules, D10_DirectBillPartnerCreatesResellerAndAdvisorDoNot) {
  EXPECT_TRUE(Accepted(Create("contoso", w_.CustomerRequest("fresh"))));
  const Decision reseller = Create("litware", w_.CustomerRequest("other"));
  EXPECT_TRUE(
      RefusedFor(reseller, v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D10"));
  EXPECT_THAT(
      ViolationOf(reseller, v1::ERROR_REASON_PARTNER_NOT_ENROLLED).next_step(),
      HasSubstr("provider"));
  EXPECT_TRUE(RefusedFor(Create("advent", w_.CustomerRequest("other")),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D10"));
}

TEST_F(CustomerRules, D10_OperatorRecordsWithoutRelationshipOrForAnOwner) {
  const auto plain = w_.Must<v1::CreateCustomerResponse>(
      World::Operator(), w_.CustomerRequest("plain"));
  EXPECT_FALSE(plain.has_reseller_relationship());
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.set_associated_reseller(w_.Partner("litware"));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_FIELD_INVALID, ""));
  request.mutable_options()->set_acting_party(w_.Partner("wingtip"));
  EXPECT_EQ(w_.Must<v1::CreateCustomerResponse>(World::Operator(), request)
                .reseller_relationship()
                .owner(),
            w_.Partner("wingtip"));
}

TEST_F(CustomerRules, D8_CustomersAreNotCreatedByCustomers) {
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("fresh"), w_.CustomerRequest("fresh")),
      v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "D8"));
}

TEST_F(CustomerRules, D12_OwnerToBeMustBeEnrolledAndActive) {
  Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(RefusedFor(Create("wingtip", w_.CustomerRequest("fresh")),
                         v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12"));
  Suspend("northwind");
  EXPECT_TRUE(RefusedFor(Create("northwind", w_.CustomerRequest("fresh")),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(CustomerRules, D12_CapacityIsSaidWhereTwoCouldBeMeant) {
  w_.AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                         v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER});
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  EXPECT_TRUE(RefusedFor(Create("both", request),
                         v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS, "D12"));
  request.set_as_enrollment(v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
  EXPECT_EQ(
      w_.Must<v1::CreateCustomerResponse>(w_.PartnerCaller("both"), request)
          .reseller_relationship()
          .as_enrollment(),
      v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER);
}

TEST_F(CustomerRules, R61_AssociatedResellerNeedsALivePartnership) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  for (const char* stranger : {"fabrikam", "proseware", "northwind"}) {
    request.set_associated_reseller(w_.Partner(stranger));
    EXPECT_TRUE(RefusedFor(Create("wingtip", request),
                           v1::ERROR_REASON_NOT_A_PARTNER, "R61"))
        << stranger;
  }
  request.set_associated_reseller(w_.Partner("ghost"));
  EXPECT_TRUE(RefusedFor(Create("wingtip", request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  request.set_associated_reseller(w_.Partner("litware"));
  const auto made =
      w_.Must<v1::CreateCustomerResponse>(w_.PartnerCaller("wingtip"), request);
  ASSERT_THAT(made.reseller_relationship().associated_resellers(), SizeIs(1));
  EXPECT_TRUE(
      made.reseller_relationship().associated_resellers(0).is_default());
}

TEST_F(CustomerRules, R61_OwnerIsNoResellerOfItself) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.set_associated_reseller(w_.Partner("wingtip"));
  EXPECT_TRUE(RefusedFor(Create("wingtip", request),
                         v1::ERROR_REASON_SELF_RELATIONSHIP, "R61"));
}

TEST_F(CustomerRules, R61_DirectBillPartnerHasNoResellers) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.set_associated_reseller(w_.Partner("litware"));
  EXPECT_TRUE(RefusedFor(Create("contoso", request),
                         v1::ERROR_REASON_NOT_A_PARTNER, "R61"));
}

TEST_F(CustomerRules, R61_SuspendedResellerIsNotAssociated) {
  Suspend("litware");
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.set_associated_reseller(w_.Partner("litware"));
  EXPECT_TRUE(RefusedFor(Create("wingtip", request),
                         v1::ERROR_REASON_PARTNER_SUSPENDED, "D12"));
}

TEST_F(GermanCustomer, R66_ClosedProgramRecordsNoNewCustomer) {
  w_.Own("wingtip", "adatum", v1::ADMIN_OFFER_BROAD);
  w_.UseEdition(Policies().Find("germany", "germany-2018-10"));
  const v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  for (const Principal& caller :
       {w_.PartnerCaller("wingtip"), w_.PartnerCaller("contoso"),
        World::Operator()}) {
    SCOPED_TRACE(caller.name);
    const Decision decision = w_.Run(caller, request);
    EXPECT_TRUE(RefusedFor(
        decision, v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS, "R66"));
    EXPECT_EQ(
        ViolationOf(decision, v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS)
            .subject(),
        w_.Program());
  }
  EXPECT_EQ(w_.Check("wingtip", "order", "adatum").verdict(),
            v1::ACCESS_VERDICT_ALLOWED);
  w_.Grant("tailspin", "litware");
}

TEST_F(CustomerRules, R23_EnrolledPartnersTenantIsRefusedButNotNamed) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_tenant_id(World::Tenant("fabrikam"));
  const Decision hidden = Create("wingtip", request);
  EXPECT_TRUE(
      RefusedFor(hidden, v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, "R23"));
  EXPECT_THAT(World::Describe(hidden), Not(HasSubstr("fabrikam")))
      << "wingtip does not see fabrikam";
  const Decision seen = Create("northwind", request);
  EXPECT_EQ(
      ViolationOf(seen, v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER).subject(),
      w_.Partner("fabrikam"));
}

TEST_F(CustomerRules, D11_RecordingACustomerIsNeverRefusedForItsTenant) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_tenant_id(World::Tenant("fabrikam"));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

// An edition with R63 on and R23 off, so that each is seen by itself.
class OwnReseller : public CustomerRules {
 protected:
  OwnReseller() : catalogue_(*Policies().CatalogueOf("global")) {
    v1::PolicyEdition data = w_.edition().data();
    data.mutable_refuse_own_reseller_as_customer()->set_value(true);
    data.mutable_refuse_partner_tenant_as_customer()->set_value(false);
    auto made = Edition::Create(data, &catalogue_);
    EXPECT_TRUE(made.ok()) << made.status();
    edition_ = *std::move(made);
    w_.UseEdition(edition_.get());
  }
  v1::CreateCustomerRequest WithTenantOf(absl::string_view partner) const {
    auto request = w_.CustomerRequest("fresh");
    request.mutable_customer()->set_tenant_id(World::Tenant(partner));
    return request;
  }

  Catalogue catalogue_;
  std::unique_ptr<Edition> edition_;
};

TEST_F(OwnReseller, R63_TenantOfAnOwnResellerIsNoCustomer) {
  const Decision decision = Create("wingtip", WithTenantOf("litware"));
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_ALREADY_PARTNERED, "R63"));
  EXPECT_EQ(ViolationOf(decision, v1::ERROR_REASON_ALREADY_PARTNERED).subject(),
            w_.Partner("litware"));
  EXPECT_TRUE(Accepted(Create("northwind", WithTenantOf("litware"))))
      << "another provider's";
}

TEST_F(OwnReseller, R63_NorByAcceptingAndItIsNotNamedToTheCustomer) {
  w_.Must<v1::CreateCustomerResponse>(World::Operator(),
                                      WithTenantOf("litware"));
  const Decision decision = w_.Run(w_.CustomerCaller("fresh"),
                                   w_.AcceptRequest(w_.Invite("wingtip")));
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_ALREADY_PARTNERED, "R63"));
  EXPECT_EQ(ViolationOf(decision, v1::ERROR_REASON_ALREADY_PARTNERED).subject(),
            "partners/(not visible)");
}

TEST_F(OwnReseller, R63_EndsWithThePartnershipAndNeedsTheEdition) {
  EXPECT_TRUE(Accepted(EndPartnership("wingtip", partnership_)));
  EXPECT_TRUE(Accepted(Create("wingtip", WithTenantOf("litware"))));
}

// An edition in which partners and customers stay within a region: France and
// Germany are of one, Japan is one by itself.
class OneRegion : public CustomerRules {
 protected:
  OneRegion() : catalogue_(*Policies().CatalogueOf("global")) {
    v1::PolicyEdition data = w_.edition().data();
    data.mutable_one_region()->set_value(true);
    data.clear_regions();
    v1::Region* region = data.add_regions();
    region->set_id("europe");
    region->add_countries("FR");
    region->add_countries("DE");
    auto made = Edition::Create(data, &catalogue_);
    EXPECT_TRUE(made.ok()) << made.status();
    edition_ = *std::move(made);
    w_.UseEdition(edition_.get());
    Move("wingtip", "FR");
  }
  // An operator records where a partner is.
  void Move(absl::string_view partner, absl::string_view country) {
    v1::UpdatePartnerRequest request;
    request.mutable_partner()->set_name(w_.Partner(partner));
    request.mutable_partner()->set_country(std::string(country));
    request.mutable_update_mask()->add_paths("country");
    EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  }
  v1::CreateCustomerRequest Of(absl::string_view country) const {
    auto request = w_.CustomerRequest("fresh");
    request.mutable_customer()->set_country(std::string(country));
    return request;
  }
  Decision Pair(absl::string_view reseller) {
    v1::CreatePartnershipRequest request;
    request.set_parent(w_.Program());
    request.set_reseller(w_.Partner(reseller));
    return w_.Run(w_.PartnerCaller("wingtip"), request);
  }

  Catalogue catalogue_;
  std::unique_ptr<Edition> edition_;
};

TEST_F(OneRegion, R57_CustomersAreOfTheOwnersRegion) {
  const Decision decision = Create("wingtip", Of("JP"));
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_REGION_MISMATCH, "R57"));
  EXPECT_EQ(ViolationOf(decision, v1::ERROR_REASON_REGION_MISMATCH).subject(),
            w_.Partner("wingtip"));
  EXPECT_TRUE(Accepted(Create("wingtip", Of("DE"))));
}

TEST_F(OneRegion, R57_NorIsAnInvitationOfAnotherRegionAccepted) {
  w_.Must<v1::CreateCustomerResponse>(World::Operator(), Of("JP"));
  const std::string invitation = w_.Invite("wingtip");
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("fresh"), w_.AcceptRequest(invitation)),
      v1::ERROR_REASON_REGION_MISMATCH, "R57"));
  Move("wingtip", "JP");
  EXPECT_TRUE(Accepted(
      w_.Run(w_.CustomerCaller("fresh"), w_.AcceptRequest(invitation))))
      << "a country in no region is one by itself";
}

TEST_F(OneRegion, R57_PartnersPairWithinARegionAlsoWhenAccepting) {
  Move("proseware", "JP");
  EXPECT_TRUE(
      RefusedFor(Pair("proseware"), v1::ERROR_REASON_REGION_MISMATCH, "R57"));
  Move("proseware", "DE");
  const Decision asked = Pair("proseware");
  ASSERT_TRUE(Accepted(asked));
  const std::string name =
      static_cast<const v1::CreatePartnershipResponse&>(*asked.response)
          .partnership()
          .name();
  Move("proseware", "JP");
  EXPECT_TRUE(
      RefusedFor(w_.Run(w_.PartnerCaller("proseware"),
                        World::Named<v1::AcceptPartnershipRequest>(name)),
                 v1::ERROR_REASON_REGION_MISMATCH, "R57"));
}

TEST_F(CustomerRules, R57_IsNoRuleOfTheFirstEditions) {
  auto request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_country("JP");
  EXPECT_TRUE(Accepted(Create("wingtip", request)));
}

TEST_F(ChineseCustomer, R63_IsNoRuleOfTheFirstEditions) {
  auto request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_tenant_id(World::Tenant("litware"));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

TEST_F(ChineseCustomer, R23_IsNoRuleThere) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_tenant_id(World::Tenant("fabrikam"));
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
}

TEST_F(CustomerRules, D8_TenantIsUniqueAndNamedOnlyToThoseWhoSeeIt) {
  w_.Own("wingtip", "adatum");
  v1::CreateCustomerRequest request = w_.CustomerRequest("fresh");
  request.mutable_customer()->set_tenant_id(World::Tenant("c-adatum"));
  const Decision seen = Create("wingtip", request);
  EXPECT_TRUE(RefusedFor(seen, v1::ERROR_REASON_TENANT_TAKEN, "D8"));
  EXPECT_EQ(ViolationOf(seen, v1::ERROR_REASON_TENANT_TAKEN).subject(),
            w_.Customer("adatum"));
  const Decision hidden = Create("northwind", request);
  EXPECT_TRUE(
      RefusedFor(hidden, v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION, "D8"));
  EXPECT_THAT(World::Describe(hidden), Not(HasSubstr("adatum")));
  EXPECT_THAT(
      ViolationOf(hidden, v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION)
          .next_step(),
      HasSubstr("CreateInvitation"));
}

TEST_F(CustomerRules, ExistingNameIsRefused) {
  v1::CreateCustomerRequest request = w_.CustomerRequest("adatum");
  request.mutable_customer()->set_tenant_id(World::Tenant("elsewhere"));
  EXPECT_TRUE(RefusedFor(Create("wingtip", request),
                         v1::ERROR_REASON_RESOURCE_EXISTS, "C2"));
}

TEST_F(CustomerRules, OwnerCustomerAndOperatorUpdateNobodyElse) {
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  const v1::UpdateCustomerRequest request = UpdateRequest("adatum");
  EXPECT_TRUE(Accepted(w_.Run(w_.PartnerCaller("wingtip"), request)));
  EXPECT_TRUE(Accepted(w_.Run(w_.CustomerCaller("adatum"), request)));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
  EXPECT_EQ(w_.Read<v1::Customer>(w_.Customer("adatum")).domain(),
            "new.example");
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("litware"), request),
                         v1::ERROR_REASON_NOT_THE_PARTY, "R19"))
      << "associated is not owner";
  EXPECT_TRUE(RefusedFor(w_.Run(w_.PartnerCaller("northwind"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerUser("adatum"), request),
                         v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48"));
  EXPECT_TRUE(RefusedFor(w_.Run(w_.CustomerCaller("tailspin"), request),
                         v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1"));
}

TEST_F(CustomerRules, OperatorActingForOneCustomerUpdatesNoOther) {
  v1::UpdateCustomerRequest request = UpdateRequest("adatum");
  request.mutable_customer()->set_etag("\"0\"");
  request.mutable_options()->set_acting_party(w_.Customer("tailspin"));
  const Decision other = w_.Run(World::Operator(), request);
  EXPECT_TRUE(RefusedFor(other, v1::ERROR_REASON_NOT_THE_PARTY, "R19"));
  EXPECT_THAT(other.violations, SizeIs(1)) << "and learns nothing else";
  request.mutable_customer()->clear_etag();
  request.mutable_options()->set_acting_party(w_.Customer("adatum"));
  EXPECT_TRUE(Accepted(w_.Run(World::Operator(), request)));
}

TEST_F(CustomerRules, UpdateHoldsMaskAndEtag) {
  v1::UpdateCustomerRequest request = UpdateRequest("adatum");
  request.mutable_customer()->set_etag("\"0\"");
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_ETAG_MISMATCH, "C4"));
  request.mutable_customer()->clear_etag();
  request.mutable_update_mask()->add_paths("tenant_id");
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), request),
                         v1::ERROR_REASON_MASK_INVALID, ""));
}

TEST_F(CustomerRules, NotDeletedWhileAnythingLiveNamesIt) {
  const std::string relationship = w_.Own("wingtip", "adatum");
  const v1::AdminRelationship admin = w_.Grant("adatum", "fabrikam");
  const auto asked = w_.Must<v1::RequestAdminRelationshipResponse>(
      w_.PartnerCaller("wingtip"), w_.AskRequest("adatum", "litware"));
  const auto remove =
      World::Named<v1::DeleteCustomerRequest>(w_.Customer("adatum"));
  const Decision decision = w_.Run(World::Operator(), remove);
  EXPECT_TRUE(RefusedFor(decision, v1::ERROR_REASON_STILL_REFERENCED, "C5"));
  EXPECT_EQ(CountOf(decision, v1::ERROR_REASON_STILL_REFERENCED), 3);
  for (const std::string& name :
       {admin.name(), asked.admin_relationship().name()}) {
    ASSERT_TRUE(Accepted(
        w_.Run(w_.CustomerCaller("adatum"),
               World::Named<v1::TerminateAdminRelationshipRequest>(name))));
  }
  ASSERT_TRUE(Accepted(w_.Run(
      w_.PartnerCaller("wingtip"),
      World::Named<v1::TerminateResellerRelationshipRequest>(relationship))));
  const Decision deleted = w_.Run(World::Operator(), remove);
  ASSERT_TRUE(Accepted(deleted));
  EXPECT_THAT(EffectsOn(deleted, w_.Customer("adatum")),
              testing::ElementsAre(v1::EFFECT_KIND_ENDS));
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), remove),
                         v1::ERROR_REASON_ALREADY_IN_STATE, "C3"));
  EXPECT_EQ(w_.Check("fabrikam", "manage_users", "adatum").reason(),
            v1::ACCESS_REASON_CUSTOMER_DELETED);
}

TEST_F(CustomerRules, OnlyAnOperatorDeletes) {
  EXPECT_TRUE(RefusedFor(
      w_.Run(w_.CustomerCaller("adatum"),
             World::Named<v1::DeleteCustomerRequest>(w_.Customer("adatum"))),
      v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1"));
}

TEST_F(CustomerRules, DeletedCustomerIsNotUpdatedAndItsNameNotGivenAgain) {
  DeleteCustomer("adatum");
  EXPECT_TRUE(RefusedFor(w_.Run(World::Operator(), UpdateRequest("adatum")),
                         v1::ERROR_REASON_CUSTOMER_DELETED, "C2"));
  const Decision again =
      w_.Run(World::Operator(), w_.CustomerRequest("adatum"));
  EXPECT_TRUE(RefusedFor(again, v1::ERROR_REASON_RESOURCE_EXISTS, "C2"));
  EXPECT_TRUE(RefusedFor(again, v1::ERROR_REASON_TENANT_TAKEN, "D8"));
}

TEST_F(CustomerRules, R56_ProviderOrdersOnlyWithARelationshipOfItsOwn) {
  // litware brought the customer for wingtip and works with northwind too.
  w_.Partnership("northwind", "litware");
  w_.Accept("adatum", w_.Forward("litware", w_.Invite("wingtip")));
  const auto denied = w_.Check("northwind", "order", "adatum");
  EXPECT_EQ(denied.verdict(), v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(denied.reason(), v1::ACCESS_REASON_NOT_OWNER);
  EXPECT_EQ(denied.rule(), "R56");
}

}  // namespace
}  // namespace partner::hierarchy
