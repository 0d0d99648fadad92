// Customers: R23, R53, R57, R61, R63, R66, D8, D10, D11.
#include "hierarchy/rules/customers.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/references.h"
#include "partner/hierarchy/v1/partner.pb.h"

namespace partner::hierarchy {

void RequireNewTenant(Decider& decider, absl::string_view tenant) {
  const auto taken = decider.FindUnique(CustomerTenantKey(tenant));
  if (!taken) return;
  const auto customer =
      decider.LoadUnseen<v1::Customer>(Kind::kCustomer, *taken);
  if (customer &&
      CanSee(decider.graph(), decider.view(), decider.now(),
             decider.context().principal, Kind::kCustomer, *customer)) {
    decider.Refuse(v1::ERROR_REASON_TENANT_TAKEN, "D8", *taken,
                   absl::StrCat("tenant ", tenant, " belongs to ", *taken),
                   "Use that customer, or correct the tenant id.");
    return;
  }
  const char* next_step =
      "Send the customer an invitation with CreateInvitation.";
  if (decider.actor().is_customer()) {
    next_step =
        "Call as the customer the tenant belongs to; an operator can tell "
        "which.";
  } else if (customer && customer->state() == v1::CUSTOMER_STATE_DELETED) {
    next_step = "It was deleted and stays so; ask an operator.";
  }
  decider.Refuse(v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION, "D8",
                 "customers/(not visible)",
                 "the tenant is known in this program and not visible to you",
                 next_step);
}

namespace {

// D10: what only a relationship needs, sent where none is made.
void RefuseOwnerField(Decider& decider, absl::string_view field, bool sent) {
  if (!sent) return;
  decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID, field,
                      "an operator records a customer without a relationship",
                      "Leave it out, or name the owner in "
                      "options.acting_party.");
}

}  // namespace

void RequireOpenProgram(Decider& decider) {
  const v1::RuleSwitch& rule =
      decider.edition().data().closed_to_new_customers();
  if (!rule.value()) return;
  decider.Refuse(v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS, rule.rule(),
                 ProgramName(decider.context().program),
                 "the program takes no new customers; those it has go on",
                 "Record the customer in another program; GetPolicy says since "
                 "when this one is closed.");
}

void RefusePartnerTenant(Decider& decider, absl::string_view tenant) {
  const v1::RuleSwitch& rule =
      decider.edition().data().refuse_partner_tenant_as_customer();
  if (!rule.value()) return;
  const auto partner = decider.ProgrammePartnerOfTenant(tenant);
  if (!partner) return;
  const auto document =
      decider.LoadUnseen<v1::Partner>(Kind::kPartner, *partner);
  const bool seen =
      document &&
      CanSee(decider.graph(), decider.view(), decider.now(),
             decider.context().principal, Kind::kPartner, *document);
  decider.Refuse(
      v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, rule.rule(),
      seen ? *partner : "partners/(not visible)",
      absl::StrCat("tenant ", tenant, " is enrolled in the programme",
                   seen ? absl::StrCat(" as ", *partner) : ""),
      "Use a separate tenant for the company's own purchases.");
}

void RefuseOwnReseller(Decider& decider, absl::string_view tenant,
                       const std::string& owner) {
  const v1::RuleSwitch& rule =
      decider.edition().data().refuse_own_reseller_as_customer();
  if (!rule.value()) return;
  const auto holder = decider.FindUnique(PartnerTenantKey(tenant));
  if (!holder) return;
  const auto reseller = decider.graph().PartnerNamed(*holder);
  const auto provider = decider.graph().PartnerNamed(owner);
  if (!reseller || !provider ||
      !decider.graph().HavePartnership(*provider, *reseller, decider.view())) {
    return;
  }
  const auto document =
      decider.LoadUnseen<v1::Partner>(Kind::kPartner, *holder);
  const bool seen =
      document &&
      CanSee(decider.graph(), decider.view(), decider.now(),
             decider.context().principal, Kind::kPartner, *document);
  decider.Refuse(
      v1::ERROR_REASON_ALREADY_PARTNERED, rule.rule(),
      seen ? *holder : "partners/(not visible)",
      absl::StrCat("tenant ", tenant, " is that of a reseller of ", owner),
      "Use a separate tenant for the company's own purchases, or another "
      "provider.");
}

void RequireRegionOf(Decider& decider, const std::string& owner,
                     absl::string_view country) {
  const v1::RuleSwitch& rule = decider.edition().data().one_region();
  if (!rule.value()) return;
  const auto partner = decider.LoadUnseen<v1::Partner>(Kind::kPartner, owner);
  if (!partner || decider.edition().InOneRegion(partner->country(), country)) {
    return;
  }
  decider.Refuse(
      v1::ERROR_REASON_REGION_MISMATCH, rule.rule(), owner,
      absl::StrCat(owner, " is of ", partner->country(), ", the customer of ",
                   country, ", which are not of one region"),
      "Choose a provider or direct-bill partner of the customer's "
      "region.");
}

v1::Customer MakeCustomer(const std::string& name, const v1::Customer& given) {
  v1::Customer customer;
  customer.set_name(name);
  customer.set_display_name(given.display_name());
  customer.set_domain(given.domain());
  customer.set_country(given.country());
  customer.set_tenant_id(given.tenant_id());
  customer.set_state(v1::CUSTOMER_STATE_ACTIVE);
  return customer;
}

void RequireAssociationRoom(Decider& decider,
                            const v1::ResellerRelationship& relationship) {
  constexpr int kAssociationsMax = 1000;
  if (relationship.associated_resellers_size() < kAssociationsMax) return;
  decider.Refuse(v1::ERROR_REASON_QUOTA_REACHED, "C6", relationship.name(),
                 absl::StrCat("a relationship keeps at most ", kAssociationsMax,
                              " associations"),
                 "End the relationship and win the customer again.");
}

void AddAssociation(absl::Time now, const std::string& reseller,
                    const std::string& forward,
                    v1::ResellerRelationship* relationship) {
  bool has_default = false;
  for (const auto& item : relationship->associated_resellers()) {
    has_default |= item.is_default() && !item.has_end_time();
  }
  v1::AssociatedReseller* item = relationship->add_associated_resellers();
  item->set_partner(reseller);
  item->set_forward(forward);
  *item->mutable_start_time() = ToProto(now);
  item->set_is_default(!has_default);
}

void RequireResellerOf(Decider& decider, const std::string& owner,
                       v1::EnrollmentType as_enrollment,
                       const std::string& reseller) {
  const auto reseller_ref = decider.FindPartner(reseller);
  const auto owner_id = decider.graph().PartnerNamed(owner);
  if (!reseller_ref || !owner_id) return;
  decider.RequireActive(reseller_ref, reseller);
  if (reseller == owner) return;  // Said by SELF_RELATIONSHIP.
  if (as_enrollment != v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER) {
    decider.Refuse(v1::ERROR_REASON_NOT_A_PARTNER, "R61", reseller,
                   absl::StrCat(owner,
                                " acts as direct-bill partner, which "
                                "has no resellers"),
                   "Leave the reseller out.");
  } else if (!decider.graph().HavePartnership(*owner_id, reseller_ref.id,
                                              decider.view())) {
    decider.Refuse(
        v1::ERROR_REASON_NOT_A_PARTNER, "R61", reseller,
        absl::StrCat(reseller, " has no active partnership with ", owner),
        "Make one with CreatePartnership and AcceptPartnership.");
  }
}

Decision Decide(const DecisionContext& context,
                const v1::CreateCustomerRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  if (decider.actor().is_customer()) {
    decider.Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "D8", "",
                   "a customer is recorded by accepting an invitation",
                   "Use AcceptInvitation with new_customer.");
    return decider.Stop();
  }
  RequireOpenProgram(decider);
  const std::string parent = ProgramName(context.program);
  const std::string name =
      request.customer_id().empty()
          ? decider.NewName(parent, Kind::kCustomer)
          : CustomerName(context.program, request.customer_id());
  v1::ResellerRelationship relationship;
  const bool owned = decider.actor().is_partner();
  if (owned) {
    const std::string& owner = decider.actor().name;
    const auto ref = decider.FindPartner(owner);
    if (!ref) return decider.Stop();
    decider.RequireActive(ref, owner);
    const v1::EnrollmentType capacity = decider.IssuingCapacity(
        ref, owner, request.as_enrollment(), "as_enrollment");
    if (capacity == v1::ENROLLMENT_TYPE_INDIRECT_RESELLER) {
      decider.Refuse(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D10", owner,
                     absl::StrCat(owner,
                                  " is neither an indirect provider nor a "
                                  "direct-bill partner"),
                     "Have your provider create the customer, naming you as "
                     "associated_reseller.");
    }
    RefusePartnerTenant(decider, request.customer().tenant_id());
    RefuseOwnReseller(decider, request.customer().tenant_id(), owner);
    RequireRegionOf(decider, owner, request.customer().country());
    relationship.set_name(decider.NewName(name, Kind::kResellerRelationship));
    relationship.set_owner(owner);
    relationship.set_as_enrollment(capacity);
    relationship.set_state(v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
    relationship.set_source(v1::RESELLER_RELATIONSHIP_SOURCE_CUSTOMER_CREATION);
    *relationship.mutable_start_time() = ToProto(decider.now());
    if (!request.associated_reseller().empty()) {
      if (request.associated_reseller() == owner) {
        decider.RefuseField(v1::ERROR_REASON_SELF_RELATIONSHIP,
                            "associated_reseller",
                            "the reseller is the owner itself",
                            "Name one of the owner's resellers.", "R61");
      }
      RequireResellerOf(decider, owner, capacity,
                        request.associated_reseller());
      AddAssociation(decider.now(), request.associated_reseller(), "",
                     &relationship);
    }
  } else {
    RefuseOwnerField(decider, "associated_reseller",
                     !request.associated_reseller().empty());
    RefuseOwnerField(
        decider, "as_enrollment",
        request.as_enrollment() != v1::ENROLLMENT_TYPE_UNSPECIFIED);
  }
  if (decider.LoadUnseen<v1::Customer>(Kind::kCustomer, name)) {
    decider.Refuse(v1::ERROR_REASON_RESOURCE_EXISTS, "C2", name,
                   absl::StrCat(name, " exists"), "Choose another id.");
  }
  RequireNewTenant(decider, request.customer().tenant_id());
  if (!decider.ok()) return decider.Stop();
  v1::Customer customer = MakeCustomer(name, request.customer());
  decider.Write(Kind::kCustomer, &customer, "created",
                {CustomerTenantKey(customer.tenant_id())});
  v1::CreateCustomerResponse response;
  *response.mutable_customer() = std::move(customer);
  if (owned) {
    decider.Write(
        Kind::kResellerRelationship, &relationship,
        request.associated_reseller().empty()
            ? "created; gives no administration"
            : absl::StrCat("created; ", request.associated_reseller(),
                           " is associated reseller; gives no administration"));
    *response.mutable_reseller_relationship() = std::move(relationship);
  }
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::UpdateCustomerRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const std::string& name = request.customer().name();
  auto customer = decider.Load<v1::Customer>(Kind::kCustomer, name);
  if (!customer) return decider.Stop();
  const Decider::Actor& actor = decider.actor();
  if (actor.is_partner()) {
    const auto partner = decider.graph().PartnerNamed(actor.name);
    const auto id = decider.graph().CustomerNamed(name);
    if (!partner || !id ||
        !decider.graph().LiveRelationship(*id, *partner, decider.view())) {
      decider.Refuse(v1::ERROR_REASON_NOT_THE_PARTY, "R19", name,
                     "only an owner of the customer, the customer itself or "
                     "an operator may do this",
                     "Ask the owner or the customer.");
      decider.Bar();
    }
  } else if (actor.is_customer() && !actor.Is(name)) {
    decider.Refuse(v1::ERROR_REASON_NOT_THE_PARTY, "R19", name,
                   "a customer's record is not another customer's to change",
                   "Act for the customer itself, or for nobody.");
    decider.Bar();
  } else if (actor.is_customer() && !decider.by_operator() &&
             !context.principal.customer_admin) {
    decider.Refuse(v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48", name,
                   "the caller is not an administrator of the customer",
                   "Have an administrator of the customer's tenant do it.");
  }
  decider.RequireEtag(request.customer().etag(), customer->etag(), name);
  if (customer->state() == v1::CUSTOMER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_CUSTOMER_DELETED, "C2", name,
                   absl::StrCat(name, " is deleted"),
                   "A deleted customer stays deleted; use another one.");
  }
  ApplyMask(decider, request.update_mask(),
            {"display_name", "domain", "country"}, "customer",
            request.customer(), &*customer);
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kCustomer, &*customer, "updated");
  v1::UpdateCustomerResponse response;
  *response.mutable_customer() = *std::move(customer);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::DeleteCustomerRequest& request) {
  Decider decider(context, request.options());
  decider.RequireOperator();
  if (!decider.ok()) return decider.Stop();
  auto customer = decider.Load<v1::Customer>(Kind::kCustomer, request.name());
  if (!customer) return decider.Stop();
  decider.RequireEtag(request.etag(), customer->etag(), request.name());
  if (customer->state() == v1::CUSTOMER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "C3", request.name(),
                   absl::StrCat(request.name(), " is deleted already"),
                   "Nothing to do.");
  } else {
    RefuseWhileReferenced(decider, *customer);
  }
  if (!decider.ok()) return decider.Stop();
  customer->set_state(v1::CUSTOMER_STATE_DELETED);
  decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS, "deleted");
  decider.Write(Kind::kCustomer, &*customer, "");
  v1::DeleteCustomerResponse response;
  *response.mutable_customer() = *std::move(customer);
  return decider.Finish(std::move(response));
}

}  // namespace partner::hierarchy
