// Customers: R19, R23, R61, R66, D8, D10-D12.

#include "tests/model/rules.h"

namespace partner::model {

void NeedResellerOf(Ruling& ruling, const std::string& owner,
                    v1::EnrollmentType as_enrollment,
                    const std::string& reseller) {
  if (!ruling.NeedPartner(reseller)) return;
  ruling.NeedInOrder(reseller);
  if (reseller == owner) return;  // Blocked as such.
  // Only a provider has resellers.
  if (as_enrollment != v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER ||
      !HavePartnership(ruling.state(), owner, reseller)) {
    ruling.Block(v1::ERROR_REASON_NOT_A_PARTNER, reseller);
  }
}

void Associate(Ruling& ruling, const std::string& reseller,
               const std::string& forward,
               v1::ResellerRelationship* relationship) {
  bool has_default = false;
  for (const v1::AssociatedReseller& item :
       relationship->associated_resellers()) {
    has_default |= item.is_default() && !item.has_end_time();
  }
  v1::AssociatedReseller* added = relationship->add_associated_resellers();
  added->set_partner(reseller);
  added->set_forward(forward);
  *added->mutable_start_time() = Stamp(ruling.now());
  added->set_is_default(!has_default);
}

void NeedOpenProgram(Ruling& ruling) {
  if (ruling.state().edition().closed_to_new_customers) {
    ruling.Block(v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS,
                 absl::StrCat("programs/", ruling.state().program));
  }
}

void NeedNewTenant(Ruling& ruling, const std::string& tenant) {
  const std::string taken = CustomerOfTenant(ruling.state(), tenant);
  if (taken.empty()) return;
  if (Sees(ruling.state(), ruling.caller(), taken)) {
    ruling.Block(v1::ERROR_REASON_TENANT_TAKEN, taken);
  } else {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION,
                 "customers/(not visible)");
  }
}

void RefusePartnerTenant(Ruling& ruling, const std::string& tenant) {
  if (!ruling.state().edition().refuses_partner_tenants) return;
  const std::string holder = PartnerOfTenant(ruling.state(), tenant);
  if (holder.empty()) return;
  const v1::Partner& partner = ruling.state().partners.at(holder);
  if (partner.state() == v1::PARTNER_STATE_DELETED || !InProgramme(partner)) {
    return;
  }
  ruling.Block(v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER,
               Shown(ruling.state(), ruling.caller(), holder));
}

v1::CreateCustomerResponse Rule(Ruling& ruling,
                                const v1::CreateCustomerRequest& request) {
  v1::CreateCustomerResponse response;
  if (ruling.actor_is_customer()) {
    ruling.Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
    ruling.Bar();
    return response;
  }
  NeedOpenProgram(ruling);
  State& state = ruling.state();
  const std::string name = request.customer_id().empty()
                               ? ruling.NameFor(request.parent(), "customers")
                               : absl::StrCat(request.parent(), "/customers/",
                                              request.customer_id());
  if (state.customers.count(name) > 0) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_EXISTS, name);
  }
  NeedNewTenant(ruling, request.customer().tenant_id());
  v1::Customer& customer = state.customers[name];
  customer = v1::Customer();
  customer.set_name(name);
  customer.set_display_name(request.customer().display_name());
  customer.set_domain(request.customer().domain());
  customer.set_country(request.customer().country());
  customer.set_tenant_id(request.customer().tenant_id());
  customer.set_state(v1::CUSTOMER_STATE_ACTIVE);
  ruling.Touch(&customer);
  ruling.Changes(name);
  *response.mutable_customer() = customer;
  if (ruling.actor_is_operator()) {
    if (!request.associated_reseller().empty()) {
      ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    }
    if (request.as_enrollment() != v1::ENROLLMENT_TYPE_UNSPECIFIED) {
      ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    }
    return response;
  }
  const std::string& owner = ruling.actor();
  if (!ruling.NeedPartner(owner)) return response;
  ruling.NeedInOrder(owner);
  v1::ResellerRelationship made;
  made.set_as_enrollment(ruling.Capacity(owner, request.as_enrollment()));
  if (made.as_enrollment() == v1::ENROLLMENT_TYPE_INDIRECT_RESELLER) {
    ruling.Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, owner);
  }
  RefusePartnerTenant(ruling, request.customer().tenant_id());
  made.set_name(ruling.NameFor(name, "resellerRelationships"));
  made.set_owner(owner);
  made.set_state(v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  made.set_source(v1::RESELLER_RELATIONSHIP_SOURCE_CUSTOMER_CREATION);
  *made.mutable_start_time() = Stamp(ruling.now());
  if (!request.associated_reseller().empty()) {
    if (request.associated_reseller() == owner) {
      ruling.Block(v1::ERROR_REASON_SELF_RELATIONSHIP);
    }
    NeedResellerOf(ruling, owner, made.as_enrollment(),
                   request.associated_reseller());
    Associate(ruling, request.associated_reseller(), "", &made);
  }
  ruling.Touch(&made);
  ruling.Changes(made.name());
  state.relationships[made.name()] = made;
  *response.mutable_reseller_relationship() = made;
  return response;
}

v1::UpdateCustomerResponse Rule(Ruling& ruling,
                                const v1::UpdateCustomerRequest& request) {
  v1::UpdateCustomerResponse response;
  const std::string& name = request.customer().name();
  if (!ruling.NeedSeen(name)) return response;
  v1::Customer& customer = ruling.state().customers.at(name);
  const bool owns =
      ruling.actor_is_partner() &&
      LiveRelationship(ruling.state(), name, ruling.actor()) != nullptr;
  if (ruling.caller().name == name && !ruling.caller().admin) {
    ruling.Block(v1::ERROR_REASON_NOT_CUSTOMER_ADMIN);
  } else if (!owns) {
    ruling.NeedParty(name);
  }
  ruling.NeedEtag(request.customer().etag(), customer.etag());
  if (customer.state() == v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, name);
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "display_name") {
      customer.set_display_name(request.customer().display_name());
    } else if (path == "domain") {
      customer.set_domain(request.customer().domain());
    } else if (path == "country") {
      customer.set_country(request.customer().country());
    } else {
      ruling.Block(v1::ERROR_REASON_MASK_INVALID);
    }
  }
  ruling.Touch(&customer);
  ruling.Changes(name);
  *response.mutable_customer() = customer;
  return response;
}

v1::DeleteCustomerResponse Rule(Ruling& ruling,
                                const v1::DeleteCustomerRequest& request) {
  v1::DeleteCustomerResponse response;
  if (!ruling.NeedOperator() || !ruling.NeedSeen(request.name())) {
    return response;
  }
  v1::Customer& customer = ruling.state().customers.at(request.name());
  ruling.NeedEtag(request.etag(), customer.etag());
  if (customer.state() == v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  }
  NeedUnreferenced(ruling, customer);
  customer.set_state(v1::CUSTOMER_STATE_DELETED);
  ruling.Touch(&customer);
  ruling.Ends(request.name());
  *response.mutable_customer() = customer;
  return response;
}

}  // namespace partner::model
