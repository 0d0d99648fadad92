#include "tests/model/access.h"

#include <algorithm>

#include "tests/model/sight.h"

namespace partner::model {
namespace {

constexpr char kOrder[] = "order";

v1::AccessDecision Denied(v1::AccessReason reason) {
  v1::AccessDecision decision;
  decision.set_verdict(v1::ACCESS_VERDICT_DENIED);
  decision.set_reason(reason);
  return decision;
}

v1::AccessDecision CheckOrder(const State& state,
                              const v1::AccessQuery& query) {
  const v1::ResellerRelationship* owned =
      LiveRelationship(state, query.customer(), query.partner());
  if (owned == nullptr) return Denied(v1::ACCESS_REASON_NOT_OWNER);
  if (!IsActive(state.partners.at(query.partner()), owned->as_enrollment())) {
    return Denied(v1::ACCESS_REASON_OWNER_NOT_ENROLLED);
  }
  v1::AccessDecision decision;
  decision.set_verdict(v1::ACCESS_VERDICT_ALLOWED);
  decision.set_reason(v1::ACCESS_REASON_OWNER);
  decision.set_decided_by(owned->name());
  *decision.mutable_since() = owned->start_time();
  return decision;
}

// When it runs out by itself.
absl::Time EndOf(const v1::AdminRelationship& admin) {
  return admin.has_expire_time() && !admin.has_auto_extend_duration()
             ? TimeOf(admin.expire_time())
             : absl::InfiniteFuture();
}

// What one administration that is in force says to a question.
v1::AccessReason WhatItSays(const State& state,
                            const v1::AdminRelationship& admin,
                            const v1::AccessQuery& query) {
  if (admin.kind() == v1::ADMIN_KIND_GRANULAR) {
    v1::AccessReason reason = v1::ACCESS_REASON_ROLE_NOT_GRANTED;
    for (const std::string& name : admin.roles()) {
      const auto role = state.edition().roles.find(LastOf(name));
      if (role == state.edition().roles.end() ||
          role->second.permissions.count(query.permission()) == 0) {
        continue;
      }
      if (query.service().empty() || role->second.services.empty() ||
          role->second.services.count(LastOf(query.service())) > 0) {
        return v1::ACCESS_REASON_GRANULAR_ADMINISTRATION;
      }
      reason = v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE;
    }
    return reason;
  }
  const std::set<v1::AdminDuty>& wanted =
      state.edition().permissions.at(query.permission());
  const bool duty = std::any_of(
      admin.duties().begin(), admin.duties().end(), [&](const int held) {
        return wanted.count(static_cast<v1::AdminDuty>(held)) > 0;
      });
  if (!duty) return v1::ACCESS_REASON_DUTY_NOT_GRANTED;
  if (!query.service().empty() &&
      ServicesOf(state, admin.scope()).count(query.service()) == 0) {
    return v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE;
  }
  return v1::ACCESS_REASON_BROAD_ADMINISTRATION;
}

// What lists say of an administration.
template <typename Item>
void Describe(const v1::AdminRelationship& admin, Item* item) {
  item->set_admin_relationship(admin.name());
  item->set_kind(admin.kind());
  *item->mutable_since() = admin.start_time();
  if (admin.kind() == v1::ADMIN_KIND_GRANULAR) {
    *item->mutable_roles() = admin.roles();
    if (EndOf(admin) != absl::InfiniteFuture()) {
      *item->mutable_until() = admin.expire_time();
    }
    return;
  }
  *item->mutable_duties() = admin.duties();
  *item->mutable_scope() = admin.scope();
}

bool OwnsOrServes(const State& state, const std::string& customer,
                  const std::string& partner, bool* owns) {
  bool serves = false;
  *owns = false;
  for (const auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) != customer ||
        relationship.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    *owns |= relationship.owner() == partner;
    serves |= IsAssociated(relationship, partner);
  }
  return serves;
}

}  // namespace

v1::ErrorReason MayAsk(const State& state, const Caller& caller,
                       const v1::AccessQuery& query) {
  const bool there = state.partners.count(query.partner()) > 0 &&
                     state.customers.count(query.customer()) > 0;
  const v1::ErrorReason unknown = there ? v1::ERROR_REASON_UNSPECIFIED
                                        : v1::ERROR_REASON_RESOURCE_NOT_FOUND;
  if (caller.kind == Caller::Kind::kOperator ||
      caller.kind == Caller::Kind::kAuditor || caller.name == query.partner() ||
      caller.name == query.customer()) {
    return unknown;
  }
  const v1::ResellerRelationship* own =
      caller.kind == Caller::Kind::kPartner
          ? LiveRelationship(state, query.customer(), caller.name)
          : nullptr;
  if (own != nullptr && IsAssociated(*own, query.partner())) return unknown;
  return Sees(state, caller, query.customer())
             ? v1::ERROR_REASON_CHECK_NOT_YOURS
             : v1::ERROR_REASON_RESOURCE_NOT_FOUND;
}

v1::AccessDecision Check(const State& state, const v1::AccessQuery& query) {
  const v1::Partner& partner = state.partners.at(query.partner());
  if (state.customers.at(query.customer()).state() ==
      v1::CUSTOMER_STATE_DELETED) {
    return Denied(v1::ACCESS_REASON_CUSTOMER_DELETED);
  }
  if (partner.state() == v1::PARTNER_STATE_DELETED) {
    return Denied(v1::ACCESS_REASON_PARTNER_DELETED);
  }
  if (partner.state() == v1::PARTNER_STATE_SUSPENDED) {
    return Denied(v1::ACCESS_REASON_PARTNER_SUSPENDED);
  }
  if (query.permission() == kOrder) return CheckOrder(state, query);
  v1::AccessDecision decision = Denied(v1::ACCESS_REASON_UNSPECIFIED);
  absl::Time longest = absl::InfinitePast();
  for (const v1::AdminRelationship& admin :
       ActiveAdmins(state, query.customer(), query.partner())) {
    const v1::AccessReason reason = WhatItSays(state, admin, query);
    const bool allows = reason == v1::ACCESS_REASON_BROAD_ADMINISTRATION ||
                        reason == v1::ACCESS_REASON_GRANULAR_ADMINISTRATION;
    if (allows && EndOf(admin) > longest) {
      // What lasts longest decides.
      longest = EndOf(admin);
      decision.set_verdict(v1::ACCESS_VERDICT_ALLOWED);
      decision.set_reason(reason);
      decision.set_decided_by(admin.name());
      *decision.mutable_since() = admin.start_time();
      decision.clear_valid_until();
      if (longest != absl::InfiniteFuture()) {
        *decision.mutable_valid_until() = Stamp(longest);
      }
    } else if (decision.verdict() == v1::ACCESS_VERDICT_DENIED &&
               (reason == v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE ||
                decision.reason() == v1::ACCESS_REASON_UNSPECIFIED)) {
      decision.set_reason(reason);
    }
  }
  if (decision.reason() == v1::ACCESS_REASON_UNSPECIFIED) {
    decision.set_reason(v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION);
  }
  return decision;
}

std::variant<std::vector<v1::Administrator>, v1::ErrorReason>
ListAdministrators(const State& state, const Caller& caller,
                   const std::string& customer) {
  if (!Sees(state, caller, customer)) {
    return v1::ERROR_REASON_RESOURCE_NOT_FOUND;
  }
  std::vector<v1::Administrator> all;
  for (const auto& [name, recorded] : state.admins) {
    const v1::AdminRelationship admin = AsOf(recorded, state.moment);
    if (ParentOf(name) != customer ||
        admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    if (caller.kind == Caller::Kind::kPartner &&
        caller.name != admin.delegate()) {
      const v1::ResellerRelationship* own =
          LiveRelationship(state, customer, caller.name);
      if (own == nullptr || !IsAssociated(*own, admin.delegate())) continue;
    }
    v1::Administrator& item = all.emplace_back();
    item.set_delegate(admin.delegate());
    Describe(admin, &item);
    bool owns = false;
    item.set_is_associated_reseller(
        OwnsOrServes(state, customer, admin.delegate(), &owns));
    item.set_is_owner(owns);
    item.set_effective(state.partners.at(admin.delegate()).state() ==
                       v1::PARTNER_STATE_ACTIVE);
  }
  std::sort(all.begin(), all.end(),
            [](const v1::Administrator& a, const v1::Administrator& b) {
              return std::pair(a.delegate(), a.admin_relationship()) <
                     std::pair(b.delegate(), b.admin_relationship());
            });
  return all;
}

std::vector<v1::AdministeredCustomer> ListAdministered(
    const State& state, const std::string& partner) {
  std::vector<v1::AdministeredCustomer> all;
  for (const auto& [name, recorded] : state.admins) {
    const v1::AdminRelationship admin = AsOf(recorded, state.moment);
    if (admin.delegate() != partner ||
        admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    v1::AdministeredCustomer& item = all.emplace_back();
    item.set_customer(ParentOf(name));
    Describe(admin, &item);
    bool owns = false;
    OwnsOrServes(state, ParentOf(name), partner, &owns);
    item.set_is_owner(owns);
    item.set_effective(state.partners.at(partner).state() ==
                       v1::PARTNER_STATE_ACTIVE);
  }
  return all;
}

std::variant<v1::LookupInvitationResponse, v1::ErrorReason> LookUp(
    const State& state, const std::string& token, absl::Time now) {
  const auto named = state.name_of_token.find(token);
  if (named == state.name_of_token.end()) {
    return v1::ERROR_REASON_TOKEN_INVALID;
  }
  v1::LookupInvitationResponse response;
  std::string name = named->second;
  if (const auto found = state.forwards.find(name);
      found != state.forwards.end()) {
    response.set_forwarder(found->second.forwarder());
    response.set_forwarder_display_name(
        state.partners.at(found->second.forwarder()).display_name());
    response.set_forward_state(found->second.state());
    response.set_forward_message(found->second.message());
    name = ParentOf(name);
  }
  const v1::Invitation& invitation = state.invitations.at(name);
  response.set_issuer(ParentOf(name));
  response.set_issuer_display_name(
      state.partners.at(ParentOf(name)).display_name());
  response.set_state(StateAt(invitation, now));
  response.set_admin_offer(invitation.admin_offer());
  response.set_message(invitation.message());
  return response;
}

}  // namespace partner::model
