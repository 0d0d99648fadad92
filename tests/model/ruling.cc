#include "tests/model/ruling.h"

namespace partner::model {

Ruling::Ruling(State* next, Caller caller, absl::Time now, NewName new_name)
    : state_(next),
      caller_(std::move(caller)),
      now_(now),
      new_name_(std::move(new_name)) {}

// --- Who acts ----------------------------------------------------------------

bool Ruling::Begin(const v1::MutationOptions& options) {
  const std::string program = absl::StrCat("programs/", state_->program, "/");
  const bool foreign = caller_.name.rfind("programs/", 0) == 0 &&
                       caller_.name.rfind(program, 0) != 0;
  const std::string& acting = options.acting_party();
  if (caller_.kind == Caller::Kind::kAuditor || foreign) {
    Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
    if (foreign && !acting.empty() && acting != caller_.name) {
      Block(v1::ERROR_REASON_MAY_NOT_ACT_FOR);
    }
    return false;
  }
  if (caller_.kind != Caller::Kind::kOperator) {
    actor_ = caller_.name;
    if (acting.empty() || acting == caller_.name) return true;
    Block(v1::ERROR_REASON_MAY_NOT_ACT_FOR);
    return false;
  }
  actor_ = acting;
  // A customer need not exist yet: it may accept an invitation.
  if (actor_is_partner() && state_->partners.count(acting) == 0) {
    Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, acting);
    return false;
  }
  return true;
}

bool Ruling::actor_is_partner() const {
  return actor_.find("/partners/") != std::string::npos;
}

bool Ruling::actor_is_customer() const {
  return actor_.find("/customers/") != std::string::npos;
}

// --- Blockers ----------------------------------------------------------------

void Ruling::Block(v1::ErrorReason reason, const std::string& subject) {
  if (barred_ && ClassOf(reason) != Class::kInvalid) return;
  blockers_.push_back({reason, subject});
}

bool Ruling::NeedOperator() {
  if (actor_is_operator()) return true;
  Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
  Bar();
  return false;
}

bool Ruling::NeedParty(const std::string& party) {
  if (actor_is_operator() || actor_ == party) return true;
  Block(v1::ERROR_REASON_NOT_THE_PARTY);
  Bar();
  return false;
}

bool Ruling::NeedCustomer(const std::string& customer, bool has_attestation,
                          const v1::Attestation& attestation) {
  if (by_operator() && (actor_is_operator() || actor_ == customer)) {
    if (!has_attestation) {
      Block(v1::ERROR_REASON_FIELD_REQUIRED);
    } else if (TimeOf(attestation.time()) > now_) {
      Block(v1::ERROR_REASON_FIELD_INVALID);
    }
    return true;
  }
  if (has_attestation && !by_operator()) {
    Block(v1::ERROR_REASON_FIELD_INVALID);
  }
  if (actor_ != customer) {
    Block(v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS);
    Bar();
    return false;
  }
  if (!caller_.admin) Block(v1::ERROR_REASON_NOT_CUSTOMER_ADMIN);
  return true;
}

void Ruling::NeedEtag(const std::string& given, const std::string& current) {
  if (!given.empty() && given != current) {
    Block(v1::ERROR_REASON_ETAG_MISMATCH);
  }
}

bool Ruling::NeedSeen(const std::string& name) {
  if (Sees(*state_, caller_, name)) return true;
  Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, name);
  return false;
}

bool Ruling::NeedPartner(const std::string& name) {
  if (state_->partners.count(name) > 0) return true;
  Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, name);
  return false;
}

void Ruling::NeedInOrder(const std::string& partner) {
  const auto found = state_->partners.find(partner);
  if (found == state_->partners.end()) return;
  if (found->second.state() == v1::PARTNER_STATE_SUSPENDED) {
    Block(v1::ERROR_REASON_PARTNER_SUSPENDED, partner);
  } else if (found->second.state() == v1::PARTNER_STATE_DELETED) {
    Block(v1::ERROR_REASON_PARTNER_DELETED, partner);
  }
}

v1::EnrollmentType Ruling::Capacity(const std::string& partner,
                                    v1::EnrollmentType asked) {
  const v1::EnrollmentType none = v1::ENROLLMENT_TYPE_UNSPECIFIED;
  const v1::EnrollmentType provider = v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER;
  const v1::EnrollmentType direct = v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER;
  const v1::EnrollmentType reseller = v1::ENROLLMENT_TYPE_INDIRECT_RESELLER;
  const v1::Partner& it = state_->partners.at(partner);
  const bool resells = LiveEnrollment(it, reseller) != nullptr;
  const bool active = IsActive(it, provider) || IsActive(it, direct);
  if (asked == none && active) {
    // D12: both could be meant, or direct-bill is to be said.
    if ((IsActive(it, provider) && IsActive(it, direct)) ||
        (IsActive(it, direct) && resells)) {
      Block(v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS);
      return none;
    }
    return IsActive(it, provider) ? provider : direct;
  }
  if (asked != none && !MayInvite(asked) &&
      (asked != reseller || (!resells && active))) {
    Block(v1::ERROR_REASON_FIELD_INVALID);
    return none;
  }
  bool issued = false;
  for (const v1::Enrollment& enrollment : it.enrollments()) {
    issued |= MayInvite(enrollment.type());
  }
  if (asked == reseller || (!active && (resells || !issued))) return reseller;
  if (asked != none && IsActive(it, asked)) return asked;
  Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, partner);
  return none;
}

// --- What comes of it --------------------------------------------------------

void Ruling::Effect(const std::string& name, v1::EffectKind kind) {
  v1::Effect effect;
  effect.set_resource(name);
  effect.set_kind(kind);
  effects_.push_back(std::move(effect));
}

void Ruling::NeedsAction(const std::string& name, const std::string& party,
                         const std::string& rpc) {
  Effect(name, v1::EFFECT_KIND_NEEDS_ACTION);
  effects_.back().set_party(party);
  effects_.back().set_rpc(rpc);
}

void Ruling::Warn(v1::WarningReason reason, const std::string& subject) {
  v1::Warning warning;
  warning.set_reason(reason);
  warning.set_subject(subject);
  warnings_.push_back(std::move(warning));
}

// --- Classes -----------------------------------------------------------------

Class ClassOf(v1::ErrorReason reason) {
  const int number = reason;
  if (number < 40) return Class::kInvalid;
  if (number < 50) return Class::kUnauthenticated;
  if (number < 60) return Class::kNotFound;
  if (number < 80) return Class::kDenied;
  if (number < 90) return Class::kAborted;
  if (number < 110) return Class::kExists;
  if (number < 150) return Class::kPrecondition;
  return Class::kOther;
}

}  // namespace partner::model
