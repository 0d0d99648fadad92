#include "tests/model/state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace partner::model {

State::State(std::string id, absl::Time start)
    : program(std::move(id)), last_at(start), moment(start) {
  const std::string name = absl::StrCat("programs/", program);
  policy.set_name(name + "/policy");
  v1::PolicyActivation* first = policy.add_activations();
  first->set_edition(
      absl::StrCat(name, "/policyEditions/", EditionsOf(program).front()));
  first->mutable_effective_time()->set_seconds(
      EditionOf(program).effective_from);
  *first->mutable_activate_time() = Stamp(start);
  *policy.mutable_create_time() = Stamp(start);
  *policy.mutable_update_time() = Stamp(start);
  policy.set_etag("\"1\"");
}

const Edition& State::EditionAt(absl::Time at) const {
  std::string id = LastOf(policy.activations(0).edition());
  for (const v1::PolicyActivation& activation : policy.activations()) {
    if (TimeOf(activation.effective_time()) <= at &&
        !activation.has_withdraw_time()) {
      id = LastOf(activation.edition());
    }
  }
  return EditionNamed(id);
}

absl::Time State::EditionUntil() const {
  absl::Time until = absl::InfiniteFuture();
  for (const v1::PolicyActivation& activation : policy.activations()) {
    const absl::Time from = TimeOf(activation.effective_time());
    if (from > moment && !activation.has_withdraw_time()) {
      until = std::min(until, from);
    }
  }
  return until;
}

google::protobuf::Timestamp Stamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const std::int64_t us = absl::ToUnixMicros(time);
  stamp.set_seconds(us / 1000000);
  stamp.set_nanos(static_cast<int>(us % 1000000) * 1000);
  return stamp;
}

absl::Time TimeOf(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) +
         absl::Nanoseconds(stamp.nanos());
}

std::string ParentOf(const std::string& name) {
  const std::size_t last = name.rfind('/');
  if (last == std::string::npos || last == 0) return "";
  const std::size_t before = name.rfind('/', last - 1);
  return before == std::string::npos ? "" : name.substr(0, before);
}

std::string LastOf(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

// --- Parties -----------------------------------------------------------------

const v1::Enrollment* LiveEnrollment(const v1::Partner& partner,
                                     v1::EnrollmentType type) {
  for (const v1::Enrollment& enrollment : partner.enrollments()) {
    if (enrollment.type() == type &&
        enrollment.state() != v1::ENROLLMENT_STATE_ENDED) {
      return &enrollment;
    }
  }
  return nullptr;
}

bool IsActive(const v1::Partner& partner, v1::EnrollmentType type) {
  const v1::Enrollment* live = LiveEnrollment(partner, type);
  return live != nullptr && live->state() == v1::ENROLLMENT_STATE_ACTIVE;
}

bool InProgramme(const v1::Partner& partner) {
  for (const v1::Enrollment& enrollment : partner.enrollments()) {
    if (IsProgramme(enrollment.type()) &&
        enrollment.state() != v1::ENROLLMENT_STATE_ENDED) {
      return true;
    }
  }
  return false;
}

bool EverInProgramme(const v1::Partner& partner) {
  for (const v1::Enrollment& enrollment : partner.enrollments()) {
    if (IsProgramme(enrollment.type())) return true;
  }
  return false;
}

// --- Facts at a moment -------------------------------------------------------

v1::PartnershipState StateAt(const v1::Partnership& partnership,
                             absl::Time now) {
  if (partnership.state() == v1::PARTNERSHIP_STATE_PENDING &&
      partnership.has_expire_time() &&
      TimeOf(partnership.expire_time()) <= now) {
    return v1::PARTNERSHIP_STATE_EXPIRED;
  }
  return partnership.state();
}

v1::InvitationState StateAt(const v1::Invitation& invitation, absl::Time now) {
  if (invitation.state() == v1::INVITATION_STATE_ACTIVE &&
      invitation.has_expire_time() && TimeOf(invitation.expire_time()) <= now) {
    return v1::INVITATION_STATE_EXPIRED;
  }
  return invitation.state();
}

bool HavePartnership(const State& state, const std::string& provider,
                     const std::string& reseller) {
  for (const auto& [name, partnership] : state.partnerships) {
    if (partnership.provider() == provider &&
        partnership.reseller() == reseller &&
        partnership.state() == v1::PARTNERSHIP_STATE_ACTIVE) {
      return true;
    }
  }
  return false;
}

v1::ResellerRelationship* LiveRelationship(State& state,
                                           const std::string& customer,
                                           const std::string& owner) {
  for (auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) == customer && relationship.owner() == owner &&
        relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      return &relationship;
    }
  }
  return nullptr;
}

const v1::ResellerRelationship* LiveRelationship(const State& state,
                                                 const std::string& customer,
                                                 const std::string& owner) {
  return LiveRelationship(const_cast<State&>(state), customer, owner);
}

bool IsAssociated(const v1::ResellerRelationship& relationship,
                  const std::string& reseller) {
  for (const v1::AssociatedReseller& item :
       relationship.associated_resellers()) {
    if (item.partner() == reseller && !item.has_end_time()) return true;
  }
  return false;
}

v1::AdminRelationship AsOf(v1::AdminRelationship admin, absl::Time now) {
  if (admin.kind() != v1::ADMIN_KIND_GRANULAR) return admin;
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING &&
      now >= TimeOf(admin.lapse_time())) {
    admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
    admin.set_end_cause(v1::ADMIN_END_CAUSE_LAPSED);
    *admin.mutable_end_time() = admin.lapse_time();
  }
  while (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE &&
         now >= TimeOf(admin.expire_time())) {
    if (admin.has_auto_extend_duration()) {
      admin.mutable_expire_time()->set_seconds(
          admin.expire_time().seconds() +
          admin.auto_extend_duration().seconds());
      continue;
    }
    admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
    admin.set_end_cause(v1::ADMIN_END_CAUSE_TIME_OVER);
    *admin.mutable_end_time() = admin.expire_time();
  }
  return admin;
}

v1::AdminRelationshipState StateAt(const v1::AdminRelationship& admin,
                                   absl::Time now) {
  return AsOf(admin, now).state();
}

std::vector<v1::AdminRelationship> ActiveAdmins(const State& state,
                                                const std::string& customer,
                                                const std::string& delegate) {
  std::vector<v1::AdminRelationship> active;
  for (const auto& [name, admin] : state.admins) {
    if (ParentOf(name) != customer || admin.delegate() != delegate) continue;
    v1::AdminRelationship now = AsOf(admin, state.moment);
    if (now.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      active.push_back(std::move(now));
    }
  }
  return active;
}

bool WasLocked(const v1::AdminRelationship& admin) {
  return admin.kind() == v1::ADMIN_KIND_BROAD || admin.has_lapse_time();
}

v1::AdminRelationship* LiveAdmin(State& state, const std::string& customer,
                                 const std::string& delegate) {
  for (auto& [name, admin] : state.admins) {
    if (admin.delegate() == delegate && ParentOf(name) == customer &&
        admin.kind() == v1::ADMIN_KIND_BROAD &&
        admin.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      return &admin;
    }
  }
  return nullptr;
}

const v1::AdminRelationship* LiveAdmin(const State& state,
                                       const std::string& customer,
                                       const std::string& delegate) {
  return LiveAdmin(const_cast<State&>(state), customer, delegate);
}

std::set<std::string> ServicesOf(const State& state,
                                 const v1::AdminScope& scope) {
  std::set<std::string> names(scope.services().begin(), scope.services().end());
  if (!scope.all_services()) return names;
  for (const std::string& id : state.edition().services) {
    names.insert(absl::StrCat("programs/", state.program, "/services/", id));
  }
  return names;
}

std::string CustomerOfTenant(const State& state, const std::string& tenant) {
  for (const auto& [name, customer] : state.customers) {
    if (customer.tenant_id() == tenant) return name;
  }
  return "";
}

std::string PartnerOfTenant(const State& state, const std::string& tenant) {
  for (const auto& [name, partner] : state.partners) {
    if (partner.tenant_id() == tenant) return name;
  }
  return "";
}

}  // namespace partner::model
