// Granular administration: R70-R79, R83, R84, D2, D17, D18.

#include <algorithm>

#include "tests/model/rules.h"

namespace partner::model {
namespace {

const std::int64_t kDay = 86400;

// R83: whoever is enrolled in the programme.
bool NeedEnrolled(Ruling& ruling, const std::string& name) {
  if (!ruling.NeedPartner(name)) return false;
  ruling.NeedInOrder(name);
  const v1::Partner& partner = ruling.state().partners.at(name);
  const bool enrolled =
      std::any_of(partner.enrollments().begin(), partner.enrollments().end(),
                  [](const v1::Enrollment& item) {
                    return IsProgramme(item.type()) &&
                           item.state() == v1::ENROLLMENT_STATE_ACTIVE;
                  });
  if (!enrolled) ruling.Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, name);
  return true;
}

bool NeedPartners(Ruling& ruling, const v1::AdminRelationship& admin) {
  if (!NeedEnrolled(ruling, admin.sponsor())) return false;
  return !AskedByAnother(admin) || NeedEnrolled(ruling, admin.delegate());
}

bool NeedGranularEdition(Ruling& ruling) {
  if (ruling.state().edition().granular) return true;
  ruling.Block(v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION);
  return false;
}

void NeedRoles(Ruling& ruling, const v1::AdminRelationship& admin) {
  for (const std::string& role : admin.roles()) {
    if (ruling.state().edition().roles.count(LastOf(role)) == 0) {
      ruling.Block(v1::ERROR_REASON_ROLE_UNKNOWN, role);
    }
  }
}

bool IsPrivileged(const Ruling& ruling, const std::string& role) {
  const auto found = ruling.state().edition().roles.find(LastOf(role));
  return found != ruling.state().edition().roles.end() &&
         found->second.privileged;
}

// R79.
void NeedUnprivileged(Ruling& ruling, const v1::AdminRelationship& admin) {
  if (!admin.has_auto_extend_duration()) return;
  for (const std::string& role : admin.roles()) {
    if (IsPrivileged(ruling, role)) {
      ruling.Block(v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND, role);
    }
  }
}

// R70.
void NeedDuration(Ruling& ruling, const google::protobuf::Duration& duration) {
  if (duration.seconds() < kDay || duration.seconds() > 730 * kDay) {
    ruling.Block(v1::ERROR_REASON_DURATION_OUT_OF_RANGE);
  }
}

// R78.
void NeedExtension(Ruling& ruling, const google::protobuf::Duration& more) {
  if (more.seconds() != 0 && more.seconds() != 180 * kDay) {
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
  }
}

// R71: given once, and for ever.
void NeedNewName(Ruling& ruling, const v1::AdminRelationship& admin) {
  const auto given =
      ruling.state().admin_names.find({admin.sponsor(), admin.display_name()});
  if (given != ruling.state().admin_names.end() &&
      given->second != admin.name()) {
    ruling.Block(v1::ERROR_REASON_ADMIN_NAME_TAKEN, given->second);
  }
}

void GiveName(Ruling& ruling, const v1::AdminRelationship& admin) {
  ruling.state().admin_names[{admin.sponsor(), admin.display_name()}] =
      admin.name();
}

void NeedCustomerThere(Ruling& ruling, const std::string& customer) {
  const auto found = ruling.state().customers.find(customer);
  if (found == ruling.state().customers.end()) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, customer);
  } else if (found->second.state() == v1::CUSTOMER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_CUSTOMER_DELETED, customer);
  }
}

void SortRoles(v1::AdminRelationship* admin) {
  std::sort(admin->mutable_roles()->begin(), admin->mutable_roles()->end());
}

// What the caller sees and is granular, as of now; nullptr after blocking.
v1::AdminRelationship* Granular(Ruling& ruling, const std::string& name) {
  if (!ruling.NeedSeen(name)) return nullptr;
  v1::AdminRelationship& admin = ruling.state().admins.at(name);
  if (admin.kind() != v1::ADMIN_KIND_GRANULAR) {
    ruling.Block(v1::ERROR_REASON_NOT_GRANULAR, name);
    return nullptr;
  }
  admin = AsOf(admin, ruling.now());
  return &admin;
}

// R72: once locked it is no draft, whatever became of it.
void NeedDraft(Ruling& ruling, const v1::AdminRelationship& admin) {
  if (admin.state() != v1::ADMIN_RELATIONSHIP_STATE_DRAFT) {
    ruling.Block(v1::ERROR_REASON_NOT_DRAFT, admin.name());
  }
}

// The sponsor's while it is a draft, else the customer's and the delegate's.
template <typename Request>
void NeedSide(Ruling& ruling, const v1::AdminRelationship& admin,
              const Request& request) {
  const bool draft = admin.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT;
  if (draft || ruling.actor_is_partner()) {
    NeedNoEvidence(ruling, request.has_attestation());
    ruling.NeedParty(draft ? admin.sponsor() : admin.delegate());
  } else {
    ruling.NeedCustomer(ParentOf(admin.name()), request);
  }
}

// Neither frozen nor over.
void NeedChangeable(Ruling& ruling, const v1::AdminRelationship& admin) {
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    NeedDraft(ruling, admin);
  } else if (admin.state() != v1::ADMIN_RELATIONSHIP_STATE_DRAFT &&
             admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
    ruling.Block(v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, admin.name());
  }
}

bool IsOfOwner(const State& state, const std::string& customer,
               const std::string& delegate) {
  for (const auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) == customer &&
        relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
        (relationship.owner() == delegate ||
         HavePartnership(state, relationship.owner(), delegate))) {
      return true;
    }
  }
  return false;
}

// In force from now on, once everybody has said yes.
void Settle(Ruling& ruling, v1::AdminRelationship* admin,
            const std::string& waits_for, const std::string& rpc) {
  const bool all = admin->has_approve_time() &&
                   (!AskedByAnother(*admin) || admin->has_consent_time());
  if (all) {
    admin->set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
    admin->set_delegate_of_owner(
        IsOfOwner(ruling.state(), ParentOf(admin->name()), admin->delegate()));
    *admin->mutable_start_time() = Stamp(ruling.now());
    *admin->mutable_expire_time() =
        Stamp(ruling.now() + absl::Seconds(admin->duration().seconds()));
  }
  ruling.Touch(admin);
  ruling.Changes(admin->name());
  if (!all) {
    ruling.NeedsAction(admin->name(), waits_for,
                       "AdminRelationshipService." + rpc);
  }
}

}  // namespace

bool AskedByAnother(const v1::AdminRelationship& admin) {
  return admin.kind() == v1::ADMIN_KIND_GRANULAR &&
         admin.sponsor() != admin.delegate();
}

void NeedNoEvidence(Ruling& ruling, bool has_attestation) {
  if (has_attestation) ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
}

void NeedPending(Ruling& ruling, const v1::AdminRelationship& admin,
                 v1::AdminRelationshipState wanted) {
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) return;
  v1::ErrorReason reason = v1::ERROR_REASON_TRANSITION_NOT_ALLOWED;
  if (admin.state() == wanted) {
    reason = v1::ERROR_REASON_ALREADY_IN_STATE;
  } else if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_EXPIRED &&
             !admin.has_start_time()) {
    reason = v1::ERROR_REASON_REQUEST_LAPSED;  // R75.
  }
  ruling.Block(reason, admin.name());
}

void ApproveGranular(Ruling& ruling, v1::AdminRelationship* admin) {
  if (admin->has_approve_time()) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, admin->name());
    return;
  }
  if (!NeedGranularEdition(ruling)) return;
  NeedEnrolled(ruling, admin->delegate());
  NeedRoles(ruling, *admin);
  *admin->mutable_approve_time() = Stamp(ruling.now());
  Settle(ruling, admin, admin->delegate(), "ConsentToAdminRelationship");
}

v1::CreateAdminRelationshipDraftResponse Rule(
    Ruling& ruling, const v1::CreateAdminRelationshipDraftRequest& request) {
  v1::CreateAdminRelationshipDraftResponse response;
  if (!ruling.actor_is_partner()) {
    ruling.Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
    ruling.Bar();
  }
  const bool granular = NeedGranularEdition(ruling);
  if (granular) {
    NeedDuration(ruling, request.duration());
    NeedExtension(ruling, request.auto_extend_duration());
  }
  if (!ruling.actor_is_partner()) return response;
  NeedCustomerThere(ruling, request.parent());
  if (!granular) return response;
  v1::AdminRelationship draft;
  draft.set_sponsor(ruling.actor());
  draft.set_delegate(request.delegate().empty() ? ruling.actor()
                                                : request.delegate());
  draft.set_kind(v1::ADMIN_KIND_GRANULAR);
  draft.set_display_name(request.display_name());
  *draft.mutable_roles() = request.roles();
  SortRoles(&draft);
  *draft.mutable_duration() = request.duration();
  if (request.auto_extend_duration().seconds() != 0) {
    *draft.mutable_auto_extend_duration() = request.auto_extend_duration();
  }
  if (!NeedPartners(ruling, draft)) return response;
  NeedRoles(ruling, draft);
  NeedUnprivileged(ruling, draft);
  NeedNewName(ruling, draft);
  if (!ruling.clear()) return response;
  draft.set_name(ruling.NameFor(request.parent(), "adminRelationships"));
  draft.set_state(v1::ADMIN_RELATIONSHIP_STATE_DRAFT);
  draft.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_REQUEST);
  ruling.Touch(&draft);
  ruling.Changes(draft.name());
  GiveName(ruling, draft);
  ruling.state().admins[draft.name()] = draft;
  *response.mutable_admin_relationship() = draft;
  return response;
}

v1::UpdateAdminRelationshipDraftResponse Rule(
    Ruling& ruling, const v1::UpdateAdminRelationshipDraftRequest& request) {
  v1::UpdateAdminRelationshipDraftResponse response;
  const v1::AdminRelationship& given = request.admin_relationship();
  v1::AdminRelationship* draft = Granular(ruling, given.name());
  if (draft == nullptr) return response;
  ruling.NeedParty(draft->sponsor());
  ruling.NeedEtag(given.etag(), draft->etag());
  NeedDraft(ruling, *draft);
  if (request.update_mask().paths().empty()) {
    ruling.Block(v1::ERROR_REASON_FIELD_REQUIRED);
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "display_name" && !given.display_name().empty()) {
      draft->set_display_name(given.display_name());
    } else if (path == "roles" && !given.roles().empty()) {
      *draft->mutable_roles() = given.roles();
    } else if (path == "duration" && given.has_duration()) {
      *draft->mutable_duration() = given.duration();
    } else {
      const bool known =
          path == "display_name" || path == "roles" || path == "duration";
      ruling.Block(known ? v1::ERROR_REASON_FIELD_REQUIRED
                         : v1::ERROR_REASON_MASK_INVALID);
    }
  }
  SortRoles(draft);
  if (NeedGranularEdition(ruling)) {
    NeedDuration(ruling, draft->duration());
    NeedRoles(ruling, *draft);
    NeedUnprivileged(ruling, *draft);
    NeedNewName(ruling, *draft);
  }
  ruling.Touch(draft);
  ruling.Changes(draft->name());
  GiveName(ruling, *draft);
  *response.mutable_admin_relationship() = *draft;
  return response;
}

v1::LockAdminRelationshipForApprovalResponse Rule(
    Ruling& ruling,
    const v1::LockAdminRelationshipForApprovalRequest& request) {
  v1::LockAdminRelationshipForApprovalResponse response;
  v1::AdminRelationship* draft = Granular(ruling, request.name());
  if (draft == nullptr) return response;
  ruling.NeedParty(draft->sponsor());
  ruling.NeedEtag(request.etag(), draft->etag());
  if (draft->state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, draft->name());
  } else {
    NeedDraft(ruling, *draft);
  }
  if (!ruling.clear()) return response;
  const std::string customer = ParentOf(draft->name());
  NeedCustomerThere(ruling, customer);
  if (!NeedGranularEdition(ruling) || !NeedPartners(ruling, *draft)) {
    return response;
  }
  NeedRoles(ruling, *draft);
  NeedUnprivileged(ruling, *draft);
  draft->set_state(v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  *draft->mutable_lapse_time() = Stamp(ruling.now() + absl::Hours(24) * 90);
  ruling.Touch(draft);
  ruling.Changes(draft->name());
  ruling.NeedsAction(draft->name(), customer,
                     "AdminRelationshipService.ApproveAdminRelationship");
  if (AskedByAnother(*draft)) {
    ruling.NeedsAction(draft->name(), draft->delegate(),
                       "AdminRelationshipService.ConsentToAdminRelationship");
  }
  *response.mutable_admin_relationship() = *draft;
  return response;
}

v1::ConsentToAdminRelationshipResponse Rule(
    Ruling& ruling, const v1::ConsentToAdminRelationshipRequest& request) {
  v1::ConsentToAdminRelationshipResponse response;
  v1::AdminRelationship* admin = Granular(ruling, request.name());
  if (admin == nullptr) return response;
  ruling.NeedParty(admin->delegate());
  ruling.NeedEtag(request.etag(), admin->etag());
  if (!AskedByAnother(*admin)) {
    ruling.Block(v1::ERROR_REASON_CONSENT_NOT_NEEDED, admin->name());
    return response;
  }
  NeedPending(ruling, *admin, v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  if (ruling.clear() && admin->has_consent_time()) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, admin->name());
  }
  if (!ruling.clear() || !NeedGranularEdition(ruling)) return response;
  NeedEnrolled(ruling, admin->delegate());
  NeedRoles(ruling, *admin);
  *admin->mutable_consent_time() = Stamp(ruling.now());
  Settle(ruling, admin, ParentOf(admin->name()), "ApproveAdminRelationship");
  *response.mutable_admin_relationship() = *admin;
  return response;
}

v1::SetAdminRelationshipAutoExtendResponse Rule(
    Ruling& ruling, const v1::SetAdminRelationshipAutoExtendRequest& request) {
  v1::SetAdminRelationshipAutoExtendResponse response;
  v1::AdminRelationship* admin = Granular(ruling, request.name());
  if (admin == nullptr) return response;
  NeedSide(ruling, *admin, request);
  ruling.NeedEtag(request.etag(), admin->etag());
  const std::int64_t seconds = request.auto_extend_duration().seconds();
  if (seconds != 0 && NeedGranularEdition(ruling)) {
    NeedExtension(ruling, request.auto_extend_duration());
  }
  NeedChangeable(ruling, *admin);
  const bool live = admin->state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT ||
                    admin->state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
  if (live && seconds == admin->auto_extend_duration().seconds()) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, admin->name());
  }
  if (!ruling.clear()) return response;
  admin->clear_auto_extend_duration();
  if (seconds != 0) {
    *admin->mutable_auto_extend_duration() = request.auto_extend_duration();
  }
  NeedUnprivileged(ruling, *admin);
  if (request.has_attestation()) {
    *admin->mutable_attestation() = request.attestation();
  }
  ruling.Touch(admin);
  ruling.Changes(admin->name());
  *response.mutable_admin_relationship() = *admin;
  return response;
}

v1::RemoveAdminRelationshipPrivilegedRoleResponse Rule(
    Ruling& ruling,
    const v1::RemoveAdminRelationshipPrivilegedRoleRequest& request) {
  v1::RemoveAdminRelationshipPrivilegedRoleResponse response;
  v1::AdminRelationship* admin = Granular(ruling, request.name());
  if (admin == nullptr) return response;
  NeedSide(ruling, *admin, request);
  ruling.NeedEtag(request.etag(), admin->etag());
  NeedChangeable(ruling, *admin);
  if (admin->state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, admin->name());
  }
  if (!ruling.clear()) return response;
  std::vector<std::string> left;
  for (const std::string& role : admin->roles()) {
    if (!IsPrivileged(ruling, role)) left.push_back(role);
  }
  if (static_cast<int>(left.size()) == admin->roles_size()) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, admin->name());
  } else if (left.empty()) {
    ruling.Block(v1::ERROR_REASON_LAST_ROLE, admin->name());
  }
  admin->clear_roles();
  for (const std::string& role : left) admin->add_roles(role);
  if (request.has_attestation()) {
    *admin->mutable_attestation() = request.attestation();
  }
  ruling.Touch(admin);
  ruling.Changes(admin->name());
  *response.mutable_admin_relationship() = *admin;
  return response;
}

}  // namespace partner::model
