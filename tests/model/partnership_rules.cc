// Partnerships: R12, R54, R55, R58, D12, D13.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// D12, R58: both sides may begin something new.
void NeedBothEnrolled(Ruling& ruling, const std::string& provider,
                      const std::string& reseller) {
  ruling.NeedInOrder(provider);
  ruling.NeedInOrder(reseller);
  const State& state = ruling.state();
  const auto asks = state.partners.find(provider);
  if (asks != state.partners.end() &&
      !IsActive(asks->second, v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER)) {
    ruling.Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, provider);
  }
  const auto answers = state.partners.find(reseller);
  if (answers != state.partners.end() &&
      !IsActive(answers->second, v1::ENROLLMENT_TYPE_INDIRECT_RESELLER)) {
    ruling.Block(v1::ERROR_REASON_RESELLER_NOT_ENROLLED, reseller);
  }
}

// The partnership a reseller answers; nullptr after blocking.
v1::Partnership* Answered(Ruling& ruling, const std::string& name,
                          const std::string& etag) {
  if (!ruling.NeedSeen(name)) return nullptr;
  v1::Partnership& partnership = ruling.state().partnerships.at(name);
  if (!ruling.NeedParty(partnership.reseller())) return nullptr;
  ruling.NeedEtag(etag, partnership.etag());
  return &partnership;
}

// Who waits is answered; who is there already or cannot be is told apart (C3).
void NeedPending(Ruling& ruling, const v1::Partnership& partnership,
                 v1::PartnershipState to) {
  const v1::PartnershipState is = StateAt(partnership, ruling.now());
  if (is == v1::PARTNERSHIP_STATE_PENDING) return;
  if (is == to) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, partnership.name());
  } else if (is == v1::PARTNERSHIP_STATE_EXPIRED) {
    ruling.Block(v1::ERROR_REASON_PARTNERSHIP_EXPIRED, partnership.name());
  } else {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, partnership.name());
  }
}

// D13: every customer, relationship and right concerned stays; where the
// reseller is associated the provider must act.
void ListConcerned(Ruling& ruling, const v1::Partnership& partnership) {
  const State& state = ruling.state();
  for (const auto& [customer, ignored] : state.customers) {
    const v1::ResellerRelationship* owned =
        LiveRelationship(state, customer, partnership.provider());
    if (owned == nullptr) continue;
    if (IsAssociated(*owned, partnership.reseller())) {
      ruling.Stays(customer);
      ruling.NeedsAction(owned->name(), partnership.provider(),
                         "ResellerRelationshipService.DissociateReseller");
    }
    for (const v1::AdminRelationship& admin :
         ActiveAdmins(state, customer, partnership.reseller())) {
      ruling.Stays(Shown(state, ruling.caller(), admin.name()));
    }
  }
}

}  // namespace

v1::CreatePartnershipResponse Rule(
    Ruling& ruling, const v1::CreatePartnershipRequest& request) {
  v1::CreatePartnershipResponse response;
  if (ruling.actor_is_customer()) {
    ruling.Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
    ruling.Bar();
    return response;
  }
  const std::string provider =
      request.provider().empty() ? ruling.actor() : request.provider();
  if (provider.empty()) {
    ruling.Block(v1::ERROR_REASON_FIELD_REQUIRED);
    return response;
  }
  if (!ruling.NeedSeen(provider)) return response;
  ruling.NeedParty(provider);
  if (provider == request.reseller()) {
    ruling.Block(v1::ERROR_REASON_SELF_RELATIONSHIP);
  }
  ruling.NeedPartner(request.reseller());
  NeedBothEnrolled(ruling, provider, request.reseller());
  if (request.has_expire_time() &&
      TimeOf(request.expire_time()) <= ruling.now()) {
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
  }
  State& state = ruling.state();
  for (const auto& [name, other] : state.partnerships) {
    const v1::PartnershipState is = StateAt(other, ruling.now());
    if (other.provider() == provider &&
        other.reseller() == request.reseller() &&
        (is == v1::PARTNERSHIP_STATE_PENDING ||
         is == v1::PARTNERSHIP_STATE_ACTIVE)) {
      ruling.Block(v1::ERROR_REASON_PARTNERSHIP_EXISTS, name);
    }
  }
  v1::Partnership made;
  made.set_name(ruling.NameFor(request.parent(), "partnerships"));
  made.set_provider(provider);
  made.set_reseller(request.reseller());
  made.set_state(v1::PARTNERSHIP_STATE_PENDING);
  if (request.has_expire_time()) {
    *made.mutable_expire_time() = request.expire_time();
  }
  ruling.Touch(&made);
  ruling.Changes(made.name());
  ruling.NeedsAction(made.name(), made.reseller(),
                     "PartnershipService.AcceptPartnership");
  state.partnerships[made.name()] = made;
  *response.mutable_partnership() = made;
  return response;
}

v1::AcceptPartnershipResponse Rule(
    Ruling& ruling, const v1::AcceptPartnershipRequest& request) {
  v1::AcceptPartnershipResponse response;
  v1::Partnership* partnership =
      Answered(ruling, request.name(), request.etag());
  if (partnership == nullptr) return response;
  NeedPending(ruling, *partnership, v1::PARTNERSHIP_STATE_ACTIVE);
  NeedBothEnrolled(ruling, partnership->provider(), partnership->reseller());
  partnership->set_state(v1::PARTNERSHIP_STATE_ACTIVE);
  *partnership->mutable_start_time() = Stamp(ruling.now());
  ruling.Touch(partnership);
  ruling.Changes(request.name());
  *response.mutable_partnership() = *partnership;
  return response;
}

v1::DeclinePartnershipResponse Rule(
    Ruling& ruling, const v1::DeclinePartnershipRequest& request) {
  v1::DeclinePartnershipResponse response;
  v1::Partnership* partnership =
      Answered(ruling, request.name(), request.etag());
  if (partnership == nullptr) return response;
  NeedPending(ruling, *partnership, v1::PARTNERSHIP_STATE_DECLINED);
  partnership->set_state(v1::PARTNERSHIP_STATE_DECLINED);
  *partnership->mutable_end_time() = Stamp(ruling.now());
  ruling.Touch(partnership);
  ruling.Ends(request.name());
  *response.mutable_partnership() = *partnership;
  return response;
}

v1::TerminatePartnershipResponse Rule(
    Ruling& ruling, const v1::TerminatePartnershipRequest& request) {
  v1::TerminatePartnershipResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::Partnership& partnership = ruling.state().partnerships.at(request.name());
  if (!ruling.NeedParty(partnership.provider())) return response;
  ruling.NeedEtag(request.etag(), partnership.etag());
  const v1::PartnershipState is = StateAt(partnership, ruling.now());
  if (is == v1::PARTNERSHIP_STATE_TERMINATED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  } else if (is != v1::PARTNERSHIP_STATE_PENDING &&
             is != v1::PARTNERSHIP_STATE_ACTIVE) {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, request.name());
  }
  partnership.set_state(v1::PARTNERSHIP_STATE_TERMINATED);
  *partnership.mutable_end_time() = Stamp(ruling.now());
  ruling.Touch(&partnership);
  ruling.Ends(request.name());
  ListConcerned(ruling, partnership);
  *response.mutable_partnership() = partnership;
  return response;
}

}  // namespace partner::model
