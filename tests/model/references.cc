// C5: everything live that names a party.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

bool IsLive(const v1::AdminRelationship& admin, absl::Time now) {
  const v1::AdminRelationshipState is = StateAt(admin, now);
  return is == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE ||
         is == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
}

bool Lists(const v1::Invitation& invitation, const std::string& partner) {
  for (const std::string& listed : invitation.listed_resellers()) {
    if (listed == partner) return true;
  }
  return false;
}

}  // namespace

void NeedUnreferenced(Ruling& ruling, const v1::Partner& partner) {
  const State& state = ruling.state();
  const std::string& it = partner.name();
  const v1::ErrorReason reason = v1::ERROR_REASON_STILL_REFERENCED;
  for (const auto& [name, partnership] : state.partnerships) {
    const v1::PartnershipState is = StateAt(partnership, ruling.now());
    if ((is == v1::PARTNERSHIP_STATE_PENDING ||
         is == v1::PARTNERSHIP_STATE_ACTIVE) &&
        (partnership.provider() == it || partnership.reseller() == it)) {
      ruling.Block(reason, name);
    }
  }
  for (const auto& [name, invitation] : state.invitations) {
    if (StateAt(invitation, ruling.now()) == v1::INVITATION_STATE_ACTIVE &&
        (ParentOf(name) == it || Lists(invitation, it))) {
      ruling.Block(reason, name);
    }
  }
  for (const auto& [name, forward] : state.forwards) {
    if (forward.forwarder() == it &&
        forward.state() == v1::INVITATION_FORWARD_STATE_ACTIVE &&
        StateAt(state.invitations.at(ParentOf(name)), ruling.now()) ==
            v1::INVITATION_STATE_ACTIVE) {
      ruling.Block(reason, name);
    }
  }
  for (const auto& [name, relationship] : state.relationships) {
    if (relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
        (relationship.owner() == it || IsAssociated(relationship, it))) {
      ruling.Block(reason, name);
    }
  }
  for (const auto& [name, admin] : state.admins) {
    if (!IsLive(admin, ruling.now())) continue;
    const bool asks =
        admin.sponsor() == it &&
        admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
    if (admin.delegate() == it || asks) ruling.Block(reason, name);
  }
}

void NeedUnreferenced(Ruling& ruling, const v1::Customer& customer) {
  const State& state = ruling.state();
  const v1::ErrorReason reason = v1::ERROR_REASON_STILL_REFERENCED;
  for (const auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) == customer.name() &&
        relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      ruling.Block(reason, name);
    }
  }
  for (const auto& [name, admin] : state.admins) {
    if (ParentOf(name) == customer.name() && IsLive(admin, ruling.now())) {
      ruling.Block(reason, name);
    }
  }
}

}  // namespace partner::model
