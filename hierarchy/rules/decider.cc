#include "hierarchy/rules/decider.h"

#include <algorithm>

#include "absl/strings/strip.h"
#include "hierarchy/model/readable.h"
#include "hierarchy/policy/standing.h"
#include "partner/hierarchy/v1/partner.pb.h"

namespace partner::hierarchy {

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const std::int64_t micros = absl::ToUnixMicros(time);
  std::int64_t seconds = micros / 1000000;
  std::int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<std::int32_t>(rest * 1000));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

std::string EnrollmentName(v1::EnrollmentType type) {
  return std::string(
      absl::StripPrefix(v1::EnrollmentType_Name(type), "ENROLLMENT_TYPE_"));
}

std::string PartnerTenantKey(absl::string_view tenant) {
  return absl::StrCat("partner-tenant/", tenant);
}

std::string CustomerTenantKey(absl::string_view tenant) {
  return absl::StrCat("customer-tenant/", tenant);
}

Decider::Decider(const DecisionContext& context,
                 const v1::MutationOptions& options)
    : context_(context) {
  ResolveActor(options);
  decision_.acting_party = actor_.name;
}

void Decider::ResolveActor(const v1::MutationOptions& options) {
  const Principal& principal = context_.principal;
  const std::string& asked = options.acting_party();
  switch (principal.kind) {
    case Principal::Kind::kAuditor:
      Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1", principal.name,
             "an auditor reads and changes nothing",
             "Call as the party concerned or as an operator.");
      return;
    case Principal::Kind::kPartner:
      actor_.kind = Actor::Kind::kPartner;
      actor_.name = principal.name;
      break;
    case Principal::Kind::kCustomer:
      actor_.kind = Actor::Kind::kCustomer;
      actor_.name = principal.name;
      break;
    case Principal::Kind::kOperator:
      if (!asked.empty()) {
        actor_.kind = KindOfName(asked) == Kind::kPartner
                          ? Actor::Kind::kPartner
                          : Actor::Kind::kCustomer;
        actor_.name = asked;
        const auto partner = graph().PartnerNamed(asked);
        if (actor_.is_partner() &&
            (!partner || graph().PartnerAt(*partner, view()) == nullptr)) {
          RefuseNotFound(asked);
        }
      }
      return;
  }
  if (!asked.empty() && asked != principal.name) {
    Refuse(v1::ERROR_REASON_MAY_NOT_ACT_FOR, "C1", asked,
           absl::StrCat(principal.name, " may not act for ", asked),
           "Leave acting_party empty; only an operator may act for another.");
  }
  if (ProgramOf(principal.name) != context_.program) {
    Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R2", principal.name,
           absl::StrCat(principal.name, " takes no part in program ",
                        context_.program),
           "Nothing crosses programs: use names of your own program.");
  }
}

void Decider::Refuse(ErrorReason reason, absl::string_view rule,
                     absl::string_view subject, absl::string_view description,
                     absl::string_view next_step) {
  if (barred_) return;
  decision_.violations.push_back(
      MakeViolation(reason, rule, "", subject, description, next_step));
}

void Decider::RefuseField(ErrorReason reason, absl::string_view field,
                          absl::string_view description,
                          absl::string_view next_step, absl::string_view rule) {
  decision_.violations.push_back(
      MakeViolation(reason, rule, field, "", description, next_step));
}

void Decider::RefuseNotFound(absl::string_view name) {
  if (barred_) return;
  Refusal refusal = NotFound(name);
  decision_.violations.push_back(std::move(refusal.violations.front()));
  if (decision_.resource.empty()) decision_.resource = std::string(name);
}

void Decider::Metadata(absl::string_view key, absl::string_view value) {
  if (barred_) return;
  decision_.metadata[std::string(key)] = std::string(value);
}

bool Decider::RequireOperator() {
  if (actor_.is_operator()) return true;
  if (!decision_.violations.empty()) return false;
  Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1", actor_.name,
         "only an operator may do this", "Ask an operator of the server.");
  return false;
}

bool Decider::RequireParty(absl::string_view party, absl::string_view who,
                           absl::string_view rule) {
  if (actor_.is_operator() || actor_.Is(party)) return true;
  Refuse(v1::ERROR_REASON_NOT_THE_PARTY, rule, party,
         absl::StrCat("only ", who, " may do this"),
         absl::StrCat("Ask ", who, "."));
  barred_ = true;
  return false;
}

bool Decider::RequireCustomer(absl::string_view customer, bool has_attestation,
                              const v1::Attestation& attestation) {
  if (by_operator() && (actor_.is_operator() || actor_.Is(customer))) {
    if (!has_attestation) {
      RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "attestation",
                  "an operator decides for a customer only with evidence",
                  "Fill attestation: person, method, time and document.",
                  "D19");
      return false;
    }
    if (FromProto(attestation.time()) > now()) {
      RefuseField(v1::ERROR_REASON_FIELD_INVALID, "attestation.time",
                  "attestation.time is in the future",
                  "Give the time at which the customer decided.", "D19");
      return false;
    }
    return true;
  }
  if (has_attestation && !by_operator()) {
    RefuseField(v1::ERROR_REASON_FIELD_INVALID, "attestation",
                "attestation is for operators only", "Leave it out.", "D19");
  }
  if (!actor_.Is(customer)) {
    Refuse(v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19", customer,
           "only the customer decides this",
           absl::StrCat("Ask an administrator of ", customer, "."));
    barred_ = true;
    return false;
  }
  if (!context_.principal.customer_admin) {
    Refuse(v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48", customer,
           "the caller is not an administrator of the customer",
           "Have a global administrator of the customer's tenant do it.");
    return false;
  }
  return !has_attestation;
}

void Decider::RequireEtag(absl::string_view given, absl::string_view current,
                          absl::string_view name) {
  if (given.empty() || given == current) return;
  Refuse(v1::ERROR_REASON_ETAG_MISMATCH, "C4", name,
         absl::StrCat(name, " changed: its etag is ", current, ", not ", given),
         "Read it again, decide again, and send the new etag.");
}

Decider::PartnerRef Decider::FindPartner(absl::string_view name) {
  PartnerRef ref;
  const std::optional<PartnerId> id = graph().PartnerNamed(name);
  if (id) {
    ref.id = *id;
    ref.fact = graph().PartnerAt(*id, view());
  }
  if (!ref) RefuseNotFound(name);
  return ref;
}

Decider::PartnerRef Decider::FindVisiblePartner(absl::string_view name) {
  if (!by_operator() && !actor_.Is(name) &&
      !Load<v1::Partner>(Kind::kPartner, name)) {
    return {};
  }
  return FindPartner(name);
}

void Decider::RequireActive(const PartnerRef& partner, absl::string_view name) {
  if (partner.fact->state == v1::PARTNER_STATE_SUSPENDED) {
    Refuse(v1::ERROR_REASON_PARTNER_SUSPENDED, "D12", name,
           absl::StrCat(name, " is suspended"),
           "An operator reinstates it with ReinstatePartner.");
  } else if (partner.fact->state == v1::PARTNER_STATE_DELETED) {
    Refuse(v1::ERROR_REASON_PARTNER_DELETED, "C2", name,
           absl::StrCat(name, " is deleted"), "Use another partner.");
  }
}

v1::EnrollmentType Decider::IssuingCapacity(const PartnerRef& partner,
                                            absl::string_view name,
                                            v1::EnrollmentType asked,
                                            absl::string_view field) {
  std::vector<v1::EnrollmentType> active;
  std::vector<v1::EnrollmentType> known;
  for (int type = 1; type < Graph::kEnrollmentTypes; ++type) {
    const auto enrollment = static_cast<v1::EnrollmentType>(type);
    if (!edition().MayIssueInvitations(enrollment)) continue;
    if (partner.fact->enrollments[type] != v1::ENROLLMENT_STATE_UNSPECIFIED) {
      known.push_back(enrollment);
    }
    if (partner.fact->Has(enrollment, v1::ENROLLMENT_STATE_ACTIVE)) {
      active.push_back(enrollment);
    }
  }
  const bool reseller = partner.fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                                          v1::ENROLLMENT_STATE_ACTIVE) ||
                        partner.fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                                          v1::ENROLLMENT_STATE_RESTRICTED);
  if (asked == v1::ENROLLMENT_TYPE_UNSPECIFIED && !active.empty()) {
    // A direct-bill partner that is a reseller as well says so (D12); of a
    // provider nothing else can be meant.
    if (active.size() == 1 &&
        (!reseller ||
         active.front() != v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER)) {
      return active.front();
    }
    RefuseField(
        v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS, field,
        absl::StrCat(name, " has several enrolments"),
        absl::StrCat("Say in ", field,
                     " as which it acts: ", EnrollmentName(active.front()),
                     active.size() > 1
                         ? absl::StrCat(" or ", EnrollmentName(active[1]))
                         : "",
                     "."),
        "D12");
    return v1::ENROLLMENT_TYPE_UNSPECIFIED;
  }
  if (asked != v1::ENROLLMENT_TYPE_UNSPECIFIED &&
      !edition().MayIssueInvitations(asked) &&
      (asked != v1::ENROLLMENT_TYPE_INDIRECT_RESELLER ||
       (!reseller && !active.empty()))) {
    RefuseField(v1::ERROR_REASON_FIELD_INVALID, field,
                absl::StrCat(EnrollmentName(asked), " owns no relationships"),
                "Use INDIRECT_PROVIDER or DIRECT_BILL_PARTNER.");
    return v1::ENROLLMENT_TYPE_UNSPECIFIED;
  }
  if (asked == v1::ENROLLMENT_TYPE_INDIRECT_RESELLER ||
      (active.empty() && known.empty()) || (active.empty() && reseller)) {
    return v1::ENROLLMENT_TYPE_INDIRECT_RESELLER;  // The caller words it.
  }
  if (asked != v1::ENROLLMENT_TYPE_UNSPECIFIED &&
      partner.fact->Has(asked, v1::ENROLLMENT_STATE_ACTIVE)) {
    return asked;
  }
  const v1::EnrollmentType missing =
      asked == v1::ENROLLMENT_TYPE_UNSPECIFIED ? known.front() : asked;
  Refuse(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12", name,
         absl::StrCat(name, " has no active enrolment as ",
                      EnrollmentName(missing)),
         "An operator enrols it with EnrollPartner.");
  return v1::ENROLLMENT_TYPE_UNSPECIFIED;
}

std::optional<std::string> Decider::LoadBody(Kind kind,
                                             absl::string_view name) {
  auto body = context_.documents->Get(kind, name);
  if (!body.ok()) {
    decision_.failure = body.status();
    return std::nullopt;
  }
  return *std::move(body);
}

std::vector<std::pair<std::string, std::string>> Decider::LoadBodies(
    Kind kind, absl::string_view prefix) {
  std::vector<std::pair<std::string, std::string>> bodies;
  const absl::Status status = context_.documents->List(
      kind, prefix, [&](absl::string_view name, absl::string_view body) {
        bodies.emplace_back(name, body);
      });
  if (!status.ok()) decision_.failure = status;
  return bodies;
}

bool Decider::Parse(Kind kind, absl::string_view name, const std::string& body,
                    google::protobuf::Message* resource) {
  if (resource->ParseFromString(body) && IsReadable(kind, name, *resource)) {
    return true;
  }
  decision_.failure =
      absl::DataLossError(absl::StrCat("the record of ", name, " is damaged"));
  return false;
}

std::optional<std::string> Decider::FindUnique(absl::string_view key) {
  auto name = context_.documents->FindUnique(key);
  if (!name.ok()) {
    decision_.failure = name.status();
    return std::nullopt;
  }
  return *std::move(name);
}

std::optional<std::string> Decider::ProgrammePartnerOfTenant(
    absl::string_view tenant) {
  std::optional<std::string> name = FindUnique(PartnerTenantKey(tenant));
  if (!name) return std::nullopt;
  const auto partner = graph().PartnerNamed(*name);
  const Graph::PartnerFact* fact =
      partner ? graph().PartnerAt(*partner, view()) : nullptr;
  if (fact == nullptr || fact->state == v1::PARTNER_STATE_DELETED ||
      !InProgramme(edition(), *fact)) {
    return std::nullopt;
  }
  return name;
}

std::string Decider::NewName(absl::string_view parent, Kind kind) {
  return ChildName(parent, kind, EncodeId(context_.new_id()));
}

void Decider::AddEffect(absl::string_view resource, v1::EffectKind kind,
                        absl::string_view description) {
  v1::Effect effect;
  effect.set_resource(std::string(resource));
  effect.set_kind(kind);
  effect.set_description(std::string(description));
  decision_.effects.push_back(std::move(effect));
}

void Decider::AddAction(absl::string_view resource, absl::string_view party,
                        absl::string_view rpc, absl::string_view description) {
  AddEffect(resource, v1::EFFECT_KIND_NEEDS_ACTION, description);
  decision_.effects.back().set_party(std::string(party));
  decision_.effects.back().set_rpc(std::string(rpc));
}

void Decider::AddWarning(v1::WarningReason reason, absl::string_view rule,
                         absl::string_view subject,
                         absl::string_view description) {
  v1::Warning warning;
  warning.set_reason(reason);
  warning.set_rule(std::string(rule));
  warning.set_subject(std::string(subject));
  warning.set_description(std::string(description));
  decision_.warnings.push_back(std::move(warning));
}

void Decider::DropWork() {
  decision_.mutations.clear();
  decision_.warnings.clear();
  if (barred_) decision_.effects.clear();
}

void ApplyMask(Decider& decider, const google::protobuf::FieldMask& mask,
               const std::vector<absl::string_view>& changeable,
               absl::string_view resource_field,
               const google::protobuf::Message& source,
               google::protobuf::Message* target) {
  if (mask.paths().empty()) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "update_mask",
                        "update_mask is missing",
                        "Name the fields to change in update_mask.");
    return;
  }
  for (const std::string& path : mask.paths()) {
    if (std::find(changeable.begin(), changeable.end(), path) ==
        changeable.end()) {
      decider.RefuseField(
          v1::ERROR_REASON_MASK_INVALID, "update_mask",
          absl::StrCat("update_mask names ", path,
                       ", which is unknown or cannot be changed"),
          "See the RPC's documentation for the fields that can be changed.");
      continue;
    }
    const auto* field = source.GetDescriptor()->FindFieldByName(path);
    const std::string value = source.GetReflection()->GetString(source, field);
    if (value.empty()) {
      decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED,
                          absl::StrCat(resource_field, ".", path),
                          absl::StrCat(resource_field, ".", path, " is empty"),
                          "Give the new value, or leave it out of the mask.");
      continue;
    }
    target->GetReflection()->SetString(target, field, value);
  }
}

bool IsExpired(const v1::Invitation& invitation, absl::Time now) {
  return invitation.has_expire_time() &&
         FromProto(invitation.expire_time()) <= now;
}

}  // namespace partner::hierarchy
