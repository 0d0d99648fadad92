// Delegated administration: R21, R22, R43-R47, D2, D12, D14-D17, D19.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// R22, R44, D12, D14: who may become a delegate. False when there is none.
bool NeedDelegate(Ruling& ruling, const std::string& delegate) {
  if (!ruling.NeedPartner(delegate)) return false;
  ruling.NeedInOrder(delegate);
  const v1::Partner& partner = ruling.state().partners.at(delegate);
  if (EverInProgramme(partner) &&
      !IsActive(partner, v1::ENROLLMENT_TYPE_INDIRECT_RESELLER)) {
    ruling.Block(v1::ERROR_REASON_GRANTEE_NOT_RESELLER, delegate);
  }
  return true;
}

// D2, D15: kind, duties and scope. False when nobody can tell what is covered.
template <typename Request>
bool NeedCoverage(Ruling& ruling, const Request& request) {
  const bool granular = request.kind() == v1::ADMIN_KIND_GRANULAR;
  const Edition& edition = ruling.state().edition();
  if (granular ? !edition.granular : !edition.broad) {
    ruling.Block(v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION);
    return false;
  }
  // D18: what is granular is drafted.
  if (granular) {
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    return false;
  }
  bool known_all = true;
  if (request.duties().empty()) ruling.Block(v1::ERROR_REASON_FIELD_REQUIRED);
  const bool some = !request.scope().services().empty();
  if (request.scope().all_services() == some) {
    ruling.Block(some ? v1::ERROR_REASON_FIELD_INVALID
                      : v1::ERROR_REASON_FIELD_REQUIRED);
  }
  v1::AdminScope all;
  all.set_all_services(true);
  const std::set<std::string> known = ServicesOf(ruling.state(), all);
  for (const std::string& service : request.scope().services()) {
    if (known.count(service) == 0) {
      ruling.Block(v1::ERROR_REASON_SERVICE_UNKNOWN, service);
      known_all = false;
    }
  }
  return known_all;
}

// Both sets joined; whether anything is new.
bool Widen(const State& state, const v1::AdminRelationship& by,
           v1::AdminRelationship* admin) {
  std::set<int> duties(admin->duties().begin(), admin->duties().end());
  const std::size_t had = duties.size();
  duties.insert(by.duties().begin(), by.duties().end());
  std::set<std::string> services = ServicesOf(state, admin->scope());
  const std::size_t held = services.size();
  for (const std::string& service : ServicesOf(state, by.scope())) {
    services.insert(service);
  }
  const bool all = admin->scope().all_services() || by.scope().all_services();
  const bool wider = duties.size() > had || services.size() > held ||
                     all != admin->scope().all_services();
  admin->clear_duties();
  for (const int duty : duties) {
    admin->add_duties(static_cast<v1::AdminDuty>(duty));
  }
  admin->mutable_scope()->Clear();
  admin->mutable_scope()->set_all_services(all);
  if (!all) {
    for (const std::string& service : services) {
      admin->mutable_scope()->add_services(service);
    }
  }
  return wider;
}

// Each duty and service, and the services to come, one by one.
std::set<std::pair<int, std::string>> RightsOf(
    const State& state, const v1::AdminRelationship& admin) {
  std::set<std::pair<int, std::string>> rights;
  for (const int duty : admin.duties()) {
    for (const std::string& service : ServicesOf(state, admin.scope())) {
      rights.emplace(duty, service);
    }
    if (admin.scope().all_services()) rights.emplace(duty, "to come");
  }
  return rights;
}

// D14: whether all that is given now was given before or asked for.
bool WasSaid(const State& state, const v1::AdminRelationship& had,
             const v1::AdminRelationship& asked,
             const v1::AdminRelationship& given) {
  std::set<std::pair<int, std::string>> said = RightsOf(state, had);
  said.merge(RightsOf(state, asked));
  return RightsOf(state, given) == said;
}

// Whether the delegate works with one of the customer's owners.
bool IsOwnersReseller(const State& state, const std::string& customer,
                      const std::string& delegate) {
  for (const auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) == customer &&
        relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
        HavePartnership(state, relationship.owner(), delegate)) {
      return true;
    }
  }
  return false;
}

bool IsOfOwner(const State& state, const std::string& customer,
               const std::string& delegate) {
  return LiveRelationship(state, customer, delegate) != nullptr ||
         IsOwnersReseller(state, customer, delegate);
}

// Gives `asked` to its delegate, widening what it has. Returns what is in force
// then.
v1::AdminRelationship* Give(Ruling& ruling, const std::string& customer,
                            v1::AdminRelationship* asked, bool replace,
                            bool has_attestation,
                            const v1::Attestation& attestation) {
  State& state = ruling.state();
  v1::AdminRelationship* live = LiveAdmin(state, customer, asked->delegate());
  v1::AdminRelationship* given = asked;
  if (live != nullptr) {
    given = live;
    const v1::AdminRelationship had = *live;
    if (!Widen(state, *asked, live)) {
      ruling.Block(v1::ERROR_REASON_ALREADY_GRANTED, live->name());
      return given;
    }
    if (!WasSaid(state, had, *asked, *live)) {
      ruling.Block(v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST, live->name());
    }
    // The test is of all the delegate has then (D14, D16).
    MakeRoom(ruling, customer, asked->delegate(), live->scope(), replace);
  } else {
    MakeRoom(ruling, customer, asked->delegate(), asked->scope(), replace);
    const v1::AdminRelationship copy = *asked;
    Widen(state, copy, given);
    given->set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
    given->set_delegate_of_owner(IsOfOwner(state, customer, asked->delegate()));
    *given->mutable_start_time() = Stamp(ruling.now());
  }
  if (has_attestation) *given->mutable_attestation() = attestation;
  ruling.Touch(given);
  ruling.Changes(given->name());
  return given;
}

// The request a customer answers; nullptr after blocking.
template <typename Request>
v1::AdminRelationship* Answered(Ruling& ruling, const Request& request,
                                v1::AdminRelationshipState to) {
  if (!ruling.NeedSeen(request.name())) return nullptr;
  v1::AdminRelationship& admin = ruling.state().admins.at(request.name());
  admin = AsOf(admin, ruling.now());
  if (!ruling.NeedCustomer(ParentOf(request.name()), request)) return nullptr;
  ruling.NeedEtag(request.etag(), admin.etag());
  NeedPending(ruling, admin, to);
  return admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING
             ? &admin
             : nullptr;
}

}  // namespace

v1::GrantAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::GrantAdminRelationshipRequest& request) {
  v1::GrantAdminRelationshipResponse response;
  State& state = ruling.state();
  const std::string& customer = request.parent();
  if (!ruling.NeedSeen(customer)) return response;
  // What is malformed is said whoever asks.
  if (request.kind() != v1::ADMIN_KIND_GRANULAR) {
    for (const bool given : {request.has_duration(), request.has_expire_time(),
                             request.has_auto_extend_duration()}) {
      if (given) ruling.Block(v1::ERROR_REASON_DURATION_NOT_ALLOWED);
    }
  }
  // Who sees the customer sees that it is deleted.
  if (state.customers.at(customer).state() == v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, customer);
  }
  ruling.NeedCustomer(customer, request);
  const bool covers = NeedCoverage(ruling, request);
  if (!NeedDelegate(ruling, request.delegate()) || !covers) return response;
  v1::AdminRelationship asked;
  asked.set_delegate(request.delegate());
  asked.set_kind(v1::ADMIN_KIND_BROAD);
  *asked.mutable_duties() = request.duties();
  *asked.mutable_scope() = request.scope();
  asked.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_GRANT);
  if (LiveAdmin(state, customer, request.delegate()) == nullptr) {
    asked.set_name(ruling.NameFor(customer, "adminRelationships"));
  }
  const v1::AdminRelationship* given =
      Give(ruling, customer, &asked, request.replace_overlapping(),
           request.has_attestation(), request.attestation());
  if (given == &asked) state.admins[asked.name()] = asked;
  *response.mutable_admin_relationship() = *given;
  response.set_delegate_is_owners_reseller(
      IsOwnersReseller(state, customer, request.delegate()));
  return response;
}

v1::RequestAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::RequestAdminRelationshipRequest& request) {
  v1::RequestAdminRelationshipResponse response;
  State& state = ruling.state();
  const std::string& customer = request.parent();
  if (!ruling.NeedSeen(customer)) return response;
  if (state.customers.at(customer).state() == v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, customer);
  }
  const std::string& sponsor = ruling.actor();
  if (!ruling.actor_is_partner() ||
      LiveRelationship(state, customer, sponsor) == nullptr) {
    ruling.Block(v1::ERROR_REASON_NOT_OWNER);
    ruling.Bar();
  }
  ruling.NeedInOrder(sponsor);
  const bool covers = NeedCoverage(ruling, request);
  if (!NeedDelegate(ruling, request.delegate())) return response;
  // D17: of one sponsor; what others ask for is not its to know.
  for (const auto& [name, admin] : state.admins) {
    if (ParentOf(name) == customer && admin.delegate() == request.delegate() &&
        admin.sponsor() == sponsor && admin.kind() == v1::ADMIN_KIND_BROAD &&
        admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
      ruling.Block(v1::ERROR_REASON_ALREADY_REQUESTED,
                   Shown(state, ruling.caller(), name));
    }
  }
  if (!covers) return response;
  v1::AdminRelationship asked;
  v1::AdminRelationship coverage;
  *coverage.mutable_duties() = request.duties();
  *coverage.mutable_scope() = request.scope();
  Widen(state, coverage, &asked);
  asked.set_name(ruling.NameFor(customer, "adminRelationships"));
  asked.set_delegate(request.delegate());
  asked.set_sponsor(sponsor);
  asked.set_kind(v1::ADMIN_KIND_BROAD);
  asked.set_state(v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  asked.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_REQUEST);
  ruling.Touch(&asked);
  ruling.Changes(asked.name());
  ruling.NeedsAction(asked.name(), customer,
                     "AdminRelationshipService.ApproveAdminRelationship");
  state.admins[asked.name()] = asked;
  *response.mutable_admin_relationship() = asked;
  return response;
}

v1::ApproveAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::ApproveAdminRelationshipRequest& request) {
  v1::ApproveAdminRelationshipResponse response;
  v1::AdminRelationship* asked =
      Answered(ruling, request, v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  // The tests of a grant are made for who may approve.
  if (asked == nullptr || !ruling.clear()) return response;
  if (asked->kind() == v1::ADMIN_KIND_GRANULAR) {
    if (request.has_attestation()) {
      *asked->mutable_attestation() = request.attestation();
    }
    ApproveGranular(ruling, asked);
    *response.mutable_admin_relationship() = *asked;
    return response;
  }
  if (!ruling.state().edition().broad) {
    ruling.Block(v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION);
  }
  if (!NeedDelegate(ruling, asked->delegate())) return response;
  const v1::AdminRelationship* given = Give(
      ruling, ParentOf(request.name()), asked, request.replace_overlapping(),
      request.has_attestation(), request.attestation());
  if (given != asked) {
    if (request.has_attestation()) {
      *asked->mutable_attestation() = request.attestation();
    }
    EndAdmin(ruling, asked, v1::ADMIN_END_CAUSE_MERGED);
  }
  *response.mutable_admin_relationship() = *given;
  return response;
}

v1::RejectAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::RejectAdminRelationshipRequest& request) {
  v1::RejectAdminRelationshipResponse response;
  v1::AdminRelationship* asked = nullptr;
  const auto found = ruling.state().admins.find(request.name());
  // D17: the delegate answers, too, what another asked.
  if (found != ruling.state().admins.end() && AskedByAnother(found->second) &&
      ruling.actor() == found->second.delegate()) {
    if (!ruling.NeedSeen(request.name())) return response;
    found->second = AsOf(found->second, ruling.now());
    NeedNoEvidence(ruling, request.has_attestation());
    ruling.NeedEtag(request.etag(), found->second.etag());
    NeedPending(ruling, found->second, v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
    asked = &found->second;
    asked->set_end_cause(v1::ADMIN_END_CAUSE_DELEGATE_REJECTED);
  } else {
    asked = Answered(ruling, request, v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
  }
  if (asked == nullptr) return response;
  asked->set_state(v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
  *asked->mutable_end_time() = Stamp(ruling.now());
  if (request.has_attestation()) {
    *asked->mutable_attestation() = request.attestation();
  }
  ruling.Touch(asked);
  ruling.Ends(request.name());
  *response.mutable_admin_relationship() = *asked;
  return response;
}

v1::TerminateAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::TerminateAdminRelationshipRequest& request) {
  v1::TerminateAdminRelationshipResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::AdminRelationship& admin = ruling.state().admins.at(request.name());
  admin = AsOf(admin, ruling.now());
  const bool draft = admin.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT;
  const bool active = admin.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
  const bool pending =
      admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
  v1::AdminEndCause cause = v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED;
  if (draft) {
    // D18: its sponsor discards it.
    cause = v1::ADMIN_END_CAUSE_DISCARDED;
    NeedNoEvidence(ruling, request.has_attestation());
    if (!ruling.NeedParty(admin.sponsor())) return response;
  } else if (ruling.actor_is_partner()) {
    NeedNoEvidence(ruling, request.has_attestation());
    if (ruling.actor() == admin.delegate() && !pending) {
      cause = v1::ADMIN_END_CAUSE_DELEGATE_ENDED;
    } else if (ruling.actor() == admin.sponsor() && pending) {
      cause = v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN;
    } else {
      ruling.Block(v1::ERROR_REASON_NOT_THE_PARTY);
      ruling.Bar();
      return response;
    }
  } else if (!ruling.NeedCustomer(ParentOf(request.name()), request)) {
    return response;
  }
  ruling.NeedEtag(request.etag(), admin.etag());
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_TERMINATED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  } else if (!active && !pending && !draft) {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, request.name());
  }
  if (request.has_attestation()) {
    *admin.mutable_attestation() = request.attestation();
  }
  EndAdmin(ruling, &admin, cause);
  *response.mutable_admin_relationship() = admin;
  return response;
}

v1::RevokeAllAdminRelationshipsResponse Rule(
    Ruling& ruling, const v1::RevokeAllAdminRelationshipsRequest& request) {
  v1::RevokeAllAdminRelationshipsResponse response;
  if (!ruling.NeedSeen(request.parent())) return response;
  if (ruling.state().customers.at(request.parent()).state() ==
      v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, request.parent());
  }
  if (!ruling.NeedCustomer(request.parent(), request)) return response;
  if (!request.delegate().empty() && !ruling.NeedPartner(request.delegate())) {
    return response;
  }
  for (auto& [name, admin] : ruling.state().admins) {
    if (ParentOf(name) != request.parent() ||
        StateAt(admin, ruling.now()) != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE ||
        (!request.delegate().empty() &&
         admin.delegate() != request.delegate())) {
      continue;
    }
    admin = AsOf(admin, ruling.now());
    if (request.has_attestation()) {
      *admin.mutable_attestation() = request.attestation();
    }
    EndAdmin(ruling, &admin, v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED);
    *response.add_admin_relationships() = admin;
  }
  return response;
}

}  // namespace partner::model
