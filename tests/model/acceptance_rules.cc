// Accepting an invitation: R19, R20, R23, R47, R48, D6-D9, D16, D19.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// The customer that accepts: one there is, or a new one (D8). Empty after
// blocking.
std::string Accepting(Ruling& ruling,
                      const v1::AcceptInvitationRequest& request) {
  State& state = ruling.state();
  if (ruling.actor_is_partner()) {
    ruling.Block(v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS);
    return "";
  }
  const bool anew = request.has_new_customer();
  if (anew && !request.customer().empty()) {
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    return "";
  }
  std::string name =
      request.customer().empty() ? ruling.actor() : request.customer();
  if (anew && !request.customer_id().empty()) {
    name = absl::StrCat(request.parent(), "/customers/", request.customer_id());
  }
  if (name.empty()) {
    ruling.Block(v1::ERROR_REASON_FIELD_REQUIRED);
    return "";
  }
  if (anew && ruling.actor_is_customer() && name != ruling.actor()) {
    // It records itself under its own name only.
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    return "";
  }
  if (!anew && !ruling.NeedSeen(name)) return "";
  ruling.NeedCustomer(name, request);
  if (!anew) {
    if (state.customers.at(name).state() == v1::CUSTOMER_STATE_DELETED) {
      ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, name);
    }
    return name;
  }
  NeedOpenProgram(ruling);
  if (state.customers.count(name) > 0) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_EXISTS, name);
  }
  NeedNewTenant(ruling, request.new_customer().tenant_id());
  v1::Customer& customer = state.customers[name];
  customer = v1::Customer();
  customer.set_name(name);
  customer.set_display_name(request.new_customer().display_name());
  customer.set_domain(request.new_customer().domain());
  customer.set_country(request.new_customer().country());
  customer.set_tenant_id(request.new_customer().tenant_id());
  customer.set_state(v1::CUSTOMER_STATE_ACTIVE);
  ruling.Touch(&customer);
  ruling.Changes(name);
  return name;
}

// D5, D6: whether the link still stands.
void NeedStanding(Ruling& ruling, const v1::Invitation& invitation,
                  const v1::InvitationForward* forward) {
  switch (StateAt(invitation, ruling.now())) {
    case v1::INVITATION_STATE_REVOKED:
      ruling.Block(v1::ERROR_REASON_INVITATION_REVOKED);
      break;
    case v1::INVITATION_STATE_EXPIRED:
      ruling.Block(v1::ERROR_REASON_INVITATION_EXPIRED);
      break;
    case v1::INVITATION_STATE_EXHAUSTED:
      ruling.Block(v1::ERROR_REASON_INVITATION_EXHAUSTED);
      break;
    default:
      break;
  }
  if (forward != nullptr &&
      forward->state() == v1::INVITATION_FORWARD_STATE_REVOKED) {
    ruling.Block(v1::ERROR_REASON_FORWARD_REVOKED);
  }
  const v1::Partner& issuer =
      ruling.state().partners.at(ParentOf(invitation.name()));
  if (issuer.state() != v1::PARTNER_STATE_ACTIVE ||
      !IsActive(issuer, invitation.as_enrollment())) {
    ruling.Block(v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE);
  }
}

v1::AdminRelationship Offered(Ruling& ruling, const std::string& customer,
                              const std::string& issuer,
                              const std::string& acceptance) {
  v1::AdminRelationship admin;
  admin.set_name(ruling.NameFor(customer, "adminRelationships"));
  admin.set_delegate(issuer);
  admin.set_kind(v1::ADMIN_KIND_BROAD);
  admin.add_duties(v1::ADMIN_DUTY_PROVISIONING);
  admin.add_duties(v1::ADMIN_DUTY_SUPPORT);
  admin.mutable_scope()->set_all_services(true);
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  admin.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_INVITATION);
  admin.set_acceptance(acceptance);
  admin.set_delegate_of_owner(true);
  *admin.mutable_start_time() = Stamp(ruling.now());
  return admin;
}

// D9, D6: the relationship made or extended with the forwarder. Whether it
// changed.
bool MakeRelationship(Ruling& ruling, const std::string& customer,
                      bool new_customer, const v1::Invitation& invitation,
                      const v1::InvitationForward* forward,
                      const std::string& acceptance,
                      v1::ResellerRelationship* relationship) {
  const std::string issuer = ParentOf(invitation.name());
  const v1::ResellerRelationship* live =
      new_customer ? nullptr
                   : LiveRelationship(ruling.state(), customer, issuer);
  const bool anew = live == nullptr;
  if (anew) {
    RefusePartnerTenant(ruling,
                        ruling.state().customers.at(customer).tenant_id());
    relationship->set_name(ruling.NameFor(customer, "resellerRelationships"));
    relationship->set_owner(issuer);
    relationship->set_as_enrollment(invitation.as_enrollment());
    relationship->set_state(v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
    relationship->set_source(v1::RESELLER_RELATIONSHIP_SOURCE_ACCEPTANCE);
    relationship->set_acceptance(acceptance);
    *relationship->mutable_start_time() = Stamp(ruling.now());
  } else {
    *relationship = *live;
  }
  bool joins = false;
  if (forward != nullptr) {
    if (!HavePartnership(ruling.state(), issuer, forward->forwarder())) {
      ruling.Warn(v1::WARNING_REASON_FORWARDER_NOT_PARTNER,
                  forward->forwarder());
    } else if (!IsAssociated(*relationship, forward->forwarder())) {
      Associate(ruling, forward->forwarder(), forward->name(), relationship);
      joins = true;
    }
  }
  return anew || joins;
}

// The link behind a token.
struct Link {
  v1::Invitation* invitation = nullptr;
  const v1::InvitationForward* forward = nullptr;
};

// Blocks when nobody made the token.
Link ReadToken(Ruling& ruling, const std::string& token) {
  State& state = ruling.state();
  const auto named = state.name_of_token.find(token);
  if (named == state.name_of_token.end()) {
    ruling.Block(v1::ERROR_REASON_TOKEN_INVALID);
    return {};
  }
  Link link;
  std::string name = named->second;
  if (const auto found = state.forwards.find(name);
      found != state.forwards.end()) {
    link.forward = &found->second;
    name = ParentOf(name);
  }
  link.invitation = &state.invitations.at(name);
  return link;
}

void CountAcceptance(Ruling& ruling, v1::Invitation* invitation) {
  invitation->set_accepted_count(invitation->accepted_count() + 1);
  if (invitation->max_acceptances() > 0 &&
      invitation->accepted_count() >= invitation->max_acceptances()) {
    invitation->set_state(v1::INVITATION_STATE_EXHAUSTED);
    ruling.Ends(invitation->name());
  }
  ruling.Touch(invitation);
}

}  // namespace

v1::AcceptInvitationResponse Rule(Ruling& ruling,
                                  const v1::AcceptInvitationRequest& request) {
  v1::AcceptInvitationResponse response;
  State& state = ruling.state();
  const Link link = ReadToken(ruling, request.token());
  if (link.invitation == nullptr) return response;
  NeedStanding(ruling, *link.invitation, link.forward);
  const std::string customer = Accepting(ruling, request);
  if (customer.empty()) return response;
  const std::string issuer = ParentOf(link.invitation->name());

  v1::InvitationAcceptance acceptance;
  acceptance.set_name(ruling.NameFor(link.invitation->name(), "acceptances"));
  acceptance.set_customer(customer);
  if (link.forward != nullptr) {
    acceptance.set_forward(link.forward->name());
    acceptance.set_forwarder(link.forward->forwarder());
  }
  acceptance.set_accepted_by(ruling.caller().name);
  if (request.has_attestation()) {
    *acceptance.mutable_attestation() = request.attestation();
  }
  v1::ResellerRelationship relationship;
  const bool new_customer = request.has_new_customer();
  const bool changed =
      MakeRelationship(ruling, customer, new_customer, *link.invitation,
                       link.forward, acceptance.name(), &relationship);
  acceptance.set_reseller_relationship(relationship.name());
  // D9, R47: the offer is given where none is live.
  const bool gives =
      link.invitation->admin_offer() == v1::ADMIN_OFFER_BROAD &&
      (new_customer || LiveAdmin(state, customer, issuer) == nullptr);
  if (!changed && !gives) {
    ruling.Block(v1::ERROR_REASON_ALREADY_ACCEPTED, relationship.name());
  }
  if (changed) {
    ruling.Touch(&relationship);
    ruling.Changes(relationship.name());
    state.relationships[relationship.name()] = relationship;
  }
  if (gives) {
    v1::AdminRelationship admin =
        Offered(ruling, customer, issuer, acceptance.name());
    if (request.has_attestation()) {
      *admin.mutable_attestation() = request.attestation();
    }
    if (!new_customer) {
      MakeRoom(ruling, customer, issuer, admin.scope(),
               request.replace_overlapping());
    }
    acceptance.set_admin_relationship(admin.name());
    ruling.Touch(&admin);
    ruling.Changes(admin.name());
    state.admins[admin.name()] = admin;
    *response.mutable_admin_relationship() = admin;
  }
  ruling.Touch(&acceptance);
  ruling.Changes(acceptance.name());
  state.acceptances[acceptance.name()] = acceptance;
  CountAcceptance(ruling, link.invitation);
  *response.mutable_acceptance() = acceptance;
  *response.mutable_customer() = state.customers.at(customer);
  *response.mutable_reseller_relationship() = relationship;
  return response;
}

}  // namespace partner::model
