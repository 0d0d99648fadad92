// Reseller relationships: R19, R46, R52, R61, D9, D20.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// The relationship an owner works on; nullptr after blocking.
v1::ResellerRelationship* Owned(Ruling& ruling, const std::string& name,
                                const std::string& etag) {
  if (!ruling.NeedSeen(name)) return nullptr;
  v1::ResellerRelationship& relationship =
      ruling.state().relationships.at(name);
  ruling.NeedParty(relationship.owner());
  ruling.NeedEtag(etag, relationship.etag());
  return &relationship;
}

void NeedLive(Ruling& ruling, const v1::ResellerRelationship& relationship) {
  if (relationship.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
    ruling.Block(v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, relationship.name());
  }
}

v1::AssociatedReseller* LiveItem(v1::ResellerRelationship* relationship,
                                 const std::string& reseller) {
  for (auto& item : *relationship->mutable_associated_resellers()) {
    if (item.partner() == reseller && !item.has_end_time()) return &item;
  }
  return nullptr;
}

void EndItem(Ruling& ruling, v1::AssociatedReseller* item) {
  *item->mutable_end_time() = Stamp(ruling.now());
  item->set_is_default(false);
}

void MakeDefault(v1::ResellerRelationship* relationship,
                 const std::string& reseller) {
  for (auto& item : *relationship->mutable_associated_resellers()) {
    item.set_is_default(!item.has_end_time() && item.partner() == reseller);
  }
}

}  // namespace

v1::AssociateResellerResponse Rule(
    Ruling& ruling, const v1::AssociateResellerRequest& request) {
  v1::AssociateResellerResponse response;
  v1::ResellerRelationship* relationship =
      Owned(ruling, request.name(), request.etag());
  if (relationship == nullptr) return response;
  NeedLive(ruling, *relationship);
  ruling.NeedInOrder(relationship->owner());
  if (request.reseller() == relationship->owner()) {
    ruling.Block(v1::ERROR_REASON_SELF_RELATIONSHIP);
    return response;
  }
  NeedResellerOf(ruling, relationship->owner(), relationship->as_enrollment(),
                 request.reseller());
  const v1::AssociatedReseller* item =
      LiveItem(relationship, request.reseller());
  if (item != nullptr && (!request.make_default() || item->is_default())) {
    ruling.Block(v1::ERROR_REASON_ALREADY_ASSOCIATED, request.name());
  }
  if (item == nullptr) {
    Associate(ruling, request.reseller(), "", relationship);
  }
  if (request.make_default()) MakeDefault(relationship, request.reseller());
  ruling.Touch(relationship);
  ruling.Changes(request.name());
  *response.mutable_reseller_relationship() = *relationship;
  return response;
}

v1::DissociateResellerResponse Rule(
    Ruling& ruling, const v1::DissociateResellerRequest& request) {
  v1::DissociateResellerResponse response;
  v1::ResellerRelationship* relationship =
      Owned(ruling, request.name(), request.etag());
  if (relationship == nullptr) return response;
  NeedLive(ruling, *relationship);
  v1::AssociatedReseller* item = LiveItem(relationship, request.reseller());
  if (item == nullptr) {
    ruling.Block(v1::ERROR_REASON_NOT_ASSOCIATED, request.name());
    return response;
  }
  const bool was_default = item->is_default();
  EndItem(ruling, item);
  if (was_default) {
    for (const auto& other : relationship->associated_resellers()) {
      if (other.has_end_time()) continue;
      MakeDefault(relationship, other.partner());
      break;
    }
  }
  ruling.Touch(relationship);
  ruling.Changes(request.name());
  *response.mutable_reseller_relationship() = *relationship;
  return response;
}

v1::RequestResellerRelationshipTerminationResponse Rule(
    Ruling& ruling,
    const v1::RequestResellerRelationshipTerminationRequest& request) {
  v1::RequestResellerRelationshipTerminationResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::ResellerRelationship& relationship =
      ruling.state().relationships.at(request.name());
  const std::string customer = ParentOf(request.name());
  ruling.NeedCustomer(customer, request);
  ruling.NeedEtag(request.etag(), relationship.etag());
  NeedLive(ruling, relationship);
  if (relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
      relationship.has_termination_request()) {
    ruling.Block(v1::ERROR_REASON_TERMINATION_ALREADY_REQUESTED,
                 request.name());
  }
  *relationship.mutable_termination_request()->mutable_request_time() =
      Stamp(ruling.now());
  if (request.has_attestation()) {
    *relationship.mutable_termination_request()->mutable_attestation() =
        request.attestation();
  }
  ruling.Touch(&relationship);
  ruling.Changes(request.name());
  ruling.NeedsAction(
      request.name(), relationship.owner(),
      "ResellerRelationshipService.TerminateResellerRelationship");
  // What would end with it: the owner's own administration.
  const v1::AdminRelationship* own =
      LiveAdmin(ruling.state(), customer, relationship.owner());
  if (own != nullptr) ruling.Stays(own->name());
  *response.mutable_reseller_relationship() = relationship;
  return response;
}

v1::TerminateResellerRelationshipResponse Rule(
    Ruling& ruling, const v1::TerminateResellerRelationshipRequest& request) {
  v1::TerminateResellerRelationshipResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::ResellerRelationship* relationship =
      &ruling.state().relationships.at(request.name());
  if (ruling.actor_is_partner() && ruling.actor() != relationship->owner()) {
    ruling.Block(v1::ERROR_REASON_RESELLER_CANNOT_REMOVE, request.name());
    ruling.Bar();
  } else {
    ruling.NeedParty(relationship->owner());
  }
  ruling.NeedEtag(request.etag(), relationship->etag());
  if (relationship->state() == v1::RESELLER_RELATIONSHIP_STATE_TERMINATED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
    return response;
  }
  // What the caller sees, it sees of the state before.
  const State before = ruling.state();
  relationship->set_state(v1::RESELLER_RELATIONSHIP_STATE_TERMINATED);
  *relationship->mutable_end_time() = Stamp(ruling.now());
  for (auto& item : *relationship->mutable_associated_resellers()) {
    if (!item.has_end_time()) EndItem(ruling, &item);
  }
  ruling.Touch(relationship);
  ruling.Ends(request.name());
  for (auto& [name, admin] : ruling.state().admins) {
    if (ParentOf(name) != ParentOf(request.name())) continue;
    const v1::AdminRelationshipState is = StateAt(admin, ruling.now());
    const bool active = is == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
    const bool pending = is == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
    // D20: what is granular goes on, asked for or given.
    if (admin.kind() == v1::ADMIN_KIND_GRANULAR) {
      if (active) ruling.Stays(Shown(before, ruling.caller(), name));
    } else if (active && admin.delegate() == relationship->owner()) {
      EndAdmin(ruling, &admin, v1::ADMIN_END_CAUSE_RELATIONSHIP_ENDED);
    } else if (pending && admin.sponsor() == relationship->owner()) {
      EndAdmin(ruling, &admin, v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN);
    } else if (active) {
      ruling.Stays(Shown(before, ruling.caller(), name));
    }
  }
  *response.mutable_reseller_relationship() = *relationship;
  return response;
}

}  // namespace partner::model
