// Granular administration: R70-R79, R83-R85, D2, D17, D18.
#include <algorithm>

#include "absl/strings/str_join.h"
#include "hierarchy/model/admin_term.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/delegation.h"
#include "hierarchy/rules/granular.h"
#include "partner/hierarchy/v1/customer.pb.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Duration;

constexpr std::int64_t kDay = 86400;
// Requests of a sponsor that wait for one customer.
constexpr int kRequestsMax = 100;

// `730 days`, `90 seconds`.
std::string SpanText(std::int64_t seconds) {
  const bool days = seconds % kDay == 0 && seconds != 0;
  const std::int64_t count = days ? seconds / kDay : seconds;
  return absl::StrCat(count, days ? " day" : " second", count == 1 ? "" : "s");
}

// `2027-01-31 12:00:00 UTC`.
std::string MomentText(absl::Time moment) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", moment, absl::UTCTimeZone());
}

std::string RolesText(const v1::AdminRelationship& admin) {
  return absl::StrJoin(admin.roles(), ", ",
                       [](std::string* out, const std::string& role) {
                         absl::StrAppend(out, LastId(role));
                       });
}

// What keeps a sponsor's names unique for ever (R71). Keys are never taken
// back.
std::string NameKey(const v1::AdminRelationship& admin) {
  return absl::StrCat("admin-name/", LastId(admin.sponsor()), "/",
                      admin.display_name());
}

void RequireNewName(Decider& decider, const v1::AdminRelationship& admin) {
  const auto taken = decider.FindUnique(NameKey(admin));
  if (!taken || *taken == admin.name()) return;
  decider.Refuse(v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71", *taken,
                 absl::StrCat(admin.sponsor(), " has given the name \"",
                              admin.display_name(), "\" before"),
                 "Choose a name that was never given.");
}

// R83: enrolled in the programme, whether it resells, provides or bills.
void RequireGranularPartner(Decider& decider,
                            const Decider::PartnerRef& partner,
                            const std::string& name) {
  decider.RequireActive(partner, name);
  for (int type = 1; type < Graph::kEnrollmentTypes; ++type) {
    const auto enrollment = static_cast<v1::EnrollmentType>(type);
    if (decider.edition().MayBeGranular(enrollment) &&
        partner.fact->Has(enrollment, v1::ENROLLMENT_STATE_ACTIVE)) {
      return;
    }
  }
  decider.Refuse(
      v1::ERROR_REASON_PARTNER_NOT_ENROLLED,
      decider.edition().data().granular_partners().rule(), name,
      absl::StrCat(name, " has no active enrolment in the programme"),
      "An operator enrols it with EnrollPartner.");
}

// The partners of a request: the sponsor, and the delegate where that is
// another. False when there is no such partner.
bool RequirePartners(Decider& decider, const v1::AdminRelationship& admin) {
  const auto sponsor = decider.FindPartner(admin.sponsor());
  if (!sponsor) return false;
  RequireGranularPartner(decider, sponsor, admin.sponsor());
  if (!NeedsConsent(admin)) return true;
  const auto delegate = decider.FindPartner(admin.delegate());
  if (!delegate) return false;
  RequireGranularPartner(decider, delegate, admin.delegate());
  return true;
}

// Who is named need not have to do with the sponsor yet (R83).
void RequireCustomerThere(Decider& decider, const std::string& name) {
  const auto id = decider.graph().CustomerNamed(name);
  const Graph::CustomerFact* fact =
      id ? decider.graph().CustomerAt(*id, decider.view()) : nullptr;
  if (fact == nullptr) {
    decider.RefuseNotFound(name);
  } else if (fact->state == v1::CUSTOMER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_CUSTOMER_DELETED, "C2", name,
                   absl::StrCat(name, " is deleted"),
                   "A deleted customer stays deleted; use another one.");
  }
}

void RequireRoles(Decider& decider, const v1::AdminRelationship& admin) {
  for (const std::string& role : admin.roles()) {
    if (decider.edition().GranularRoleIndex(role)) continue;
    decider.Refuse(v1::ERROR_REASON_ROLE_UNKNOWN, "R84", role,
                   absl::StrCat(role,
                                " is no role that granular administration "
                                "may have"),
                   "ListRoles shows those that are granular.");
  }
}

// R70.
void RequireDuration(Decider& decider, absl::string_view field,
                     const Duration& duration) {
  const v1::DurationRangeRule& range =
      decider.edition().data().granular_duration();
  const std::int64_t seconds = duration.seconds();
  if (seconds >= range.min().seconds() && seconds <= range.max().seconds()) {
    return;
  }
  decider.RefuseField(
      v1::ERROR_REASON_DURATION_OUT_OF_RANGE, field,
      absl::StrCat(field, " is ", SpanText(seconds), ", which is not from ",
                   SpanText(range.min().seconds()), " to ",
                   SpanText(range.max().seconds())),
      absl::StrCat("Send ", range.min().seconds(), " to ",
                   range.max().seconds(), " seconds."),
      range.rule());
  decider.Metadata("duration_min", absl::StrCat(range.min().seconds(), "s"));
  decider.Metadata("duration_max", absl::StrCat(range.max().seconds(), "s"));
}

// R78: it goes on by as much as the edition says, or not at all.
void RequireExtension(Decider& decider, const Duration& extension) {
  const v1::DurationRule& rule =
      decider.edition().data().granular_auto_extend();
  const std::int64_t seconds = extension.seconds();
  if (seconds == 0 || seconds == rule.value().seconds()) return;
  decider.RefuseField(
      v1::ERROR_REASON_FIELD_INVALID, "auto_extend_duration",
      absl::StrCat("auto_extend_duration is ", SpanText(seconds),
                   ", which is neither 0 nor ",
                   SpanText(rule.value().seconds())),
      absl::StrCat("Send 0, or ", rule.value().seconds(), " seconds."),
      rule.rule());
}

// R79.
void RequireUnprivileged(Decider& decider, const v1::AdminRelationship& admin) {
  const v1::RuleSwitch& bars =
      decider.edition().data().privileged_role_bars_auto_extend();
  if (!bars.value() || admin.auto_extend_duration().seconds() == 0) return;
  for (const std::string& role : admin.roles()) {
    if (!decider.edition().IsPrivileged(role)) continue;
    decider.Refuse(
        v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND, bars.rule(), role,
        absl::StrCat("what includes ", role, " does not go on by itself"),
        "Leave the role out, or leave auto_extend_duration at 0.");
  }
}

bool RequireGranular(Decider& decider, const v1::AdminRelationship& admin) {
  if (admin.kind() == v1::ADMIN_KIND_GRANULAR) return true;
  decider.Refuse(v1::ERROR_REASON_NOT_GRANULAR, "D15", admin.name(),
                 absl::StrCat(admin.name(), " is BROAD administration"),
                 "BROAD is granted, widened and ended; nothing else changes "
                 "it.");
  return false;
}

// R72, R73.
void RequireDraft(Decider& decider, const v1::AdminRelationship& admin,
                  absl::string_view rule) {
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) return;
  decider.Refuse(v1::ERROR_REASON_NOT_DRAFT, rule, admin.name(),
                 absl::StrCat(admin.name(), " is no longer a draft"),
                 "Draft anew with CreateAdminRelationshipDraft.");
}

// A draft is its sponsor's; what was locked is the customer's and the
// delegate's.
template <typename Request>
void RequireSide(Decider& decider, const v1::AdminRelationship& admin,
                 const Request& request, absl::string_view rule) {
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) {
    RefuseAttestation(decider, request.has_attestation());
    decider.RequireParty(admin.sponsor(), "the sponsor", rule);
  } else if (decider.actor().is_partner()) {
    RefuseAttestation(decider, request.has_attestation());
    decider.RequireParty(admin.delegate(), "the customer or the delegate",
                         rule);
  } else {
    decider.RequireCustomer(ParentOf(admin.name()), request.has_attestation(),
                            request.attestation());
  }
}

// Neither waiting, when nothing may change, nor over.
bool RequireChangeable(Decider& decider, const v1::AdminRelationship& admin,
                       absl::string_view rule) {
  switch (admin.state()) {
    case v1::ADMIN_RELATIONSHIP_STATE_DRAFT:
    case v1::ADMIN_RELATIONSHIP_STATE_ACTIVE:
      return true;
    case v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING:
      RequireDraft(decider, admin, "R72");
      return false;
    default:
      decider.Refuse(v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, rule,
                     admin.name(), absl::StrCat(admin.name(), " has ended"),
                     "Draft anew with CreateAdminRelationshipDraft.");
      return false;
  }
}

// R78: in force for as long as was asked for.
void PutInForce(Decider& decider, v1::AdminRelationship* admin) {
  const auto customer = decider.graph().CustomerNamed(ParentOf(admin->name()));
  const auto delegate = decider.graph().PartnerNamed(admin->delegate());
  const absl::Time end =
      decider.now() + absl::Seconds(admin->duration().seconds());
  admin->set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  admin->set_delegate_of_owner(customer && delegate &&
                               IsOfOwner(decider, *customer, *delegate));
  *admin->mutable_start_time() = ToProto(decider.now());
  *admin->mutable_expire_time() = ToProto(end);
  decider.Write(Kind::kAdminRelationship, admin,
                absl::StrCat(admin->delegate(), " administers as ",
                             RolesText(*admin), " until ", MomentText(end),
                             "; owner and seller stay as they are"));
}

template <typename Response>
Decision FinishAdmin(Decider& decider, v1::AdminRelationship&& admin) {
  Response response;
  *response.mutable_admin_relationship() = std::move(admin);
  return decider.Finish(std::move(response));
}

// Takes over what an update names; refuses what it cannot.
void ApplyUpdate(Decider& decider,
                 const v1::UpdateAdminRelationshipDraftRequest& request,
                 v1::AdminRelationship* draft) {
  const v1::AdminRelationship& given = request.admin_relationship();
  if (request.update_mask().paths().empty()) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "update_mask",
                        "update_mask is missing",
                        "Name the fields to change in update_mask.");
  }
  const auto needs = [&](const std::string& path, bool there) {
    if (there) return true;
    decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED,
                        absl::StrCat("admin_relationship.", path),
                        absl::StrCat("admin_relationship.", path, " is empty"),
                        "Give the new value, or leave it out of the mask.");
    return false;
  };
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "display_name") {
      if (needs(path, !given.display_name().empty())) {
        draft->set_display_name(given.display_name());
      }
    } else if (path == "roles") {
      if (needs(path, !given.roles().empty())) {
        *draft->mutable_roles() = given.roles();
      }
    } else if (path == "duration") {
      if (needs(path, given.has_duration())) {
        *draft->mutable_duration() = given.duration();
      }
    } else {
      decider.RefuseField(
          v1::ERROR_REASON_MASK_INVALID, "update_mask",
          absl::StrCat("update_mask names ", path,
                       ", which is unknown or cannot be changed"),
          "Name display_name, roles or duration.");
    }
  }
  std::sort(draft->mutable_roles()->begin(), draft->mutable_roles()->end());
}

// C6: what one sponsor asks of one customer; every check of the customer passes
// it.
void RequireRoomForRequest(Decider& decider,
                           const v1::AdminRelationship& draft) {
  const auto customer = decider.graph().CustomerNamed(ParentOf(draft.name()));
  const auto sponsor = decider.graph().PartnerNamed(draft.sponsor());
  if (!customer || !sponsor) return;
  const std::int64_t now_us = absl::ToUnixMicros(decider.now());
  int waiting = 0;
  decider.graph().VisitAdmins(
      *customer, decider.view(), [&](const Graph::Admin& item) {
        waiting += item.sponsor == *sponsor && item.fact->granular() &&
                   item.fact->PendingAt(now_us);
        return true;
      });
  if (waiting < kRequestsMax) return;
  decider.Refuse(v1::ERROR_REASON_QUOTA_REACHED, "C6", draft.name(),
                 absl::StrCat("at most ", kRequestsMax,
                              " requests of a partner wait for one customer"),
                 "Wait for the answers, or withdraw some with "
                 "TerminateAdminRelationship.");
}

}  // namespace

std::optional<v1::AdminRelationship> LoadAdmin(Decider& decider,
                                               const std::string& name) {
  auto admin =
      decider.Load<v1::AdminRelationship>(Kind::kAdminRelationship, name);
  if (admin) SettleAt(decider.now(), &*admin);
  return admin;
}

bool WasLocked(const v1::AdminRelationship& admin) {
  return admin.kind() != v1::ADMIN_KIND_GRANULAR || admin.has_lapse_time();
}

bool NeedsConsent(const v1::AdminRelationship& admin) {
  return admin.kind() == v1::ADMIN_KIND_GRANULAR &&
         admin.sponsor() != admin.delegate();
}

bool RequireAdminKind(Decider& decider, v1::AdminKind kind) {
  if (decider.edition().HasAdminKind(kind)) return true;
  decider.Refuse(v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION,
                 decider.edition().data().admin_kinds().rule(),
                 decider.edition().data().name(),
                 "the edition in force does not have this kind of "
                 "administration",
                 "GetPolicy shows the kinds; use one of them.");
  return false;
}

void RequirePending(Decider& decider, const v1::AdminRelationship& admin,
                    v1::AdminRelationshipState wanted) {
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) return;
  if (admin.state() == wanted) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D17", admin.name(),
                   absl::StrCat(admin.name(), " is in that state already"),
                   "Nothing to do.");
  } else if (admin.end_cause() == v1::ADMIN_END_CAUSE_LAPSED) {
    decider.Refuse(v1::ERROR_REASON_REQUEST_LAPSED, "R75", admin.name(),
                   absl::StrCat(admin.name(), " was not answered by ",
                                MomentText(FromProto(admin.lapse_time()))),
                   "The partner asks anew with CreateAdminRelationshipDraft.");
  } else if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R73", admin.name(),
                   absl::StrCat(admin.name(), " is still a draft"),
                   "The sponsor puts it to the customer with "
                   "LockAdminRelationshipForApproval.");
  } else {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D17", admin.name(),
                   absl::StrCat(admin.name(), " no longer waits for an answer"),
                   admin.kind() == v1::ADMIN_KIND_GRANULAR
                       ? "The partner asks anew with "
                         "CreateAdminRelationshipDraft."
                       : "Grant administration anew with "
                         "GrantAdminRelationship.");
  }
}

void RefuseAttestation(Decider& decider, bool has_attestation) {
  if (!has_attestation) return;
  decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID, "attestation",
                      "attestation is for the customer's decisions (D19)",
                      "Leave it out.");
}

void ApproveGranular(Decider& decider, v1::AdminRelationship* admin) {
  if (admin->has_approve_time()) {
    decider.Refuse(
        v1::ERROR_REASON_ALREADY_IN_STATE, "D17", admin->name(),
        absl::StrCat(admin->name(), " is approved and waits for the delegate"),
        "Nothing to do; the delegate consents with "
        "ConsentToAdminRelationship.");
    return;
  }
  const auto delegate = decider.FindPartner(admin->delegate());
  if (!delegate || !RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR)) return;
  RequireGranularPartner(decider, delegate, admin->delegate());
  RequireRoles(decider, *admin);
  if (!decider.ok()) return;
  *admin->mutable_approve_time() = ToProto(decider.now());
  if (!NeedsConsent(*admin) || admin->has_consent_time()) {
    PutInForce(decider, admin);
    return;
  }
  decider.Write(Kind::kAdminRelationship, admin, "approved by the customer");
  decider.AddAction(admin->name(), admin->delegate(),
                    "AdminRelationshipService.ConsentToAdminRelationship",
                    "the delegate consents or rejects");
}

Decision Decide(const DecisionContext& context,
                const v1::CreateAdminRelationshipDraftRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  if (!decider.actor().is_partner()) {
    decider.Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R83",
                   decider.actor().name,
                   "a partner asks for granular administration",
                   "Call as the partner that asks.");
    decider.Bar();
  }
  v1::AdminRelationship draft;
  draft.set_kind(v1::ADMIN_KIND_GRANULAR);
  draft.set_sponsor(decider.actor().name);
  draft.set_delegate(request.delegate().empty() ? draft.sponsor()
                                                : request.delegate());
  draft.set_display_name(request.display_name());
  *draft.mutable_roles() = request.roles();
  std::sort(draft.mutable_roles()->begin(), draft.mutable_roles()->end());
  *draft.mutable_duration() = request.duration();
  if (request.auto_extend_duration().seconds() != 0) {
    *draft.mutable_auto_extend_duration() = request.auto_extend_duration();
  }
  // What is malformed is said to everybody.
  const bool granular = RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR);
  if (granular) {
    RequireDuration(decider, "duration", draft.duration());
    RequireExtension(decider, draft.auto_extend_duration());
  }
  if (!decider.actor().is_partner()) return decider.Stop();
  RequireCustomerThere(decider, request.parent());
  if (!granular || !RequirePartners(decider, draft)) return decider.Stop();
  RequireRoles(decider, draft);
  RequireUnprivileged(decider, draft);
  RequireNewName(decider, draft);
  if (!decider.ok()) return decider.Stop();
  draft.set_name(decider.NewName(request.parent(), Kind::kAdminRelationship));
  draft.set_state(v1::ADMIN_RELATIONSHIP_STATE_DRAFT);
  draft.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_REQUEST);
  decider.Write(Kind::kAdminRelationship, &draft, "drafted", {NameKey(draft)});
  return FinishAdmin<v1::CreateAdminRelationshipDraftResponse>(
      decider, std::move(draft));
}

Decision Decide(const DecisionContext& context,
                const v1::UpdateAdminRelationshipDraftRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto draft = LoadAdmin(decider, request.admin_relationship().name());
  if (!draft || !RequireGranular(decider, *draft)) return decider.Stop();
  decider.RequireParty(draft->sponsor(), "the sponsor", "R72");
  decider.RequireEtag(request.admin_relationship().etag(), draft->etag(),
                      draft->name());
  RequireDraft(decider, *draft, "R72");
  ApplyUpdate(decider, request, &*draft);
  if (RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR)) {
    RequireDuration(decider, "admin_relationship.duration", draft->duration());
    RequireRoles(decider, *draft);
    RequireUnprivileged(decider, *draft);
    RequireNewName(decider, *draft);
  }
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kAdminRelationship, &*draft, "the draft changes",
                {NameKey(*draft)});
  return FinishAdmin<v1::UpdateAdminRelationshipDraftResponse>(
      decider, *std::move(draft));
}

Decision Decide(const DecisionContext& context,
                const v1::LockAdminRelationshipForApprovalRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto draft = LoadAdmin(decider, request.name());
  if (!draft || !RequireGranular(decider, *draft)) return decider.Stop();
  decider.RequireParty(draft->sponsor(), "the sponsor", "R73");
  decider.RequireEtag(request.etag(), draft->etag(), draft->name());
  if (draft->state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "R73", draft->name(),
                   absl::StrCat(draft->name(), " waits for approval already"),
                   "Nothing to do.");
  } else {
    RequireDraft(decider, *draft, "R73");
  }
  if (!decider.ok()) return decider.Stop();
  // What was so when it was drafted may be so no more.
  const std::string customer(ParentOf(draft->name()));
  RequireCustomerThere(decider, customer);
  if (!RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR) ||
      !RequirePartners(decider, *draft)) {
    return decider.Stop();
  }
  RequireRoles(decider, *draft);
  RequireUnprivileged(decider, *draft);
  RequireRoomForRequest(decider, *draft);
  if (!decider.ok()) return decider.Stop();
  draft->set_state(v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  *draft->mutable_lapse_time() = ToProto(
      decider.now() +
      absl::Seconds(
          decider.edition().data().granular_answer_within().value().seconds()));
  decider.Write(Kind::kAdminRelationship, &*draft, "asked for");
  decider.AddAction(draft->name(), customer,
                    "AdminRelationshipService.ApproveAdminRelationship",
                    "the customer approves or rejects");
  if (NeedsConsent(*draft)) {
    decider.AddAction(draft->name(), draft->delegate(),
                      "AdminRelationshipService.ConsentToAdminRelationship",
                      "the delegate consents or rejects");
  }
  return FinishAdmin<v1::LockAdminRelationshipForApprovalResponse>(
      decider, *std::move(draft));
}

Decision Decide(const DecisionContext& context,
                const v1::ConsentToAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto admin = LoadAdmin(decider, request.name());
  if (!admin || !RequireGranular(decider, *admin)) return decider.Stop();
  decider.RequireParty(admin->delegate(), "the delegate", "D17");
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  if (!NeedsConsent(*admin)) {
    decider.Refuse(v1::ERROR_REASON_CONSENT_NOT_NEEDED, "D17", request.name(),
                   absl::StrCat(admin->delegate(), " asked itself"),
                   "Nothing to do; the customer approves.");
    return decider.Stop();
  }
  RequirePending(decider, *admin, v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  if (decider.ok() && admin->has_consent_time()) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D17", request.name(),
                   absl::StrCat(admin->delegate(), " has consented"),
                   "Nothing to do; the customer approves.");
  }
  const auto delegate = decider.FindPartner(admin->delegate());
  if (!decider.ok() || !delegate ||
      !RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR)) {
    return decider.Stop();
  }
  RequireGranularPartner(decider, delegate, admin->delegate());
  RequireRoles(decider, *admin);
  if (!decider.ok()) return decider.Stop();
  *admin->mutable_consent_time() = ToProto(decider.now());
  if (admin->has_approve_time()) {
    PutInForce(decider, &*admin);
  } else {
    decider.Write(Kind::kAdminRelationship, &*admin, "the delegate consents");
    decider.AddAction(admin->name(), ParentOf(admin->name()),
                      "AdminRelationshipService.ApproveAdminRelationship",
                      "the customer approves or rejects");
  }
  return FinishAdmin<v1::ConsentToAdminRelationshipResponse>(decider,
                                                             *std::move(admin));
}

Decision Decide(const DecisionContext& context,
                const v1::SetAdminRelationshipAutoExtendRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto admin = LoadAdmin(decider, request.name());
  if (!admin || !RequireGranular(decider, *admin)) return decider.Stop();
  const std::int64_t seconds = request.auto_extend_duration().seconds();
  RequireSide(decider, *admin, request, "R78");
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  // Whoever may not go on under the edition in force may still stop.
  if (seconds != 0 && RequireAdminKind(decider, v1::ADMIN_KIND_GRANULAR)) {
    RequireExtension(decider, request.auto_extend_duration());
  }
  if (RequireChangeable(decider, *admin, "R78") &&
      admin->auto_extend_duration().seconds() == seconds) {
    decider.Refuse(
        v1::ERROR_REASON_ALREADY_IN_STATE, "R78", request.name(),
        absl::StrCat(request.name(),
                     seconds == 0 ? " runs out already" : " goes on already"),
        "Nothing to do.");
  }
  if (!decider.ok()) return decider.Stop();
  if (seconds == 0) {
    admin->clear_auto_extend_duration();
  } else {
    admin->mutable_auto_extend_duration()->set_seconds(seconds);
  }
  RequireUnprivileged(decider, *admin);
  if (!decider.ok()) return decider.Stop();
  if (request.has_attestation()) {
    *admin->mutable_attestation() = request.attestation();
  }
  decider.Write(Kind::kAdminRelationship, &*admin,
                seconds == 0 ? std::string("runs out at the end of its term")
                             : absl::StrCat("goes on by ", SpanText(seconds),
                                            " at the end of each term"));
  return FinishAdmin<v1::SetAdminRelationshipAutoExtendResponse>(
      decider, *std::move(admin));
}

Decision Decide(
    const DecisionContext& context,
    const v1::RemoveAdminRelationshipPrivilegedRoleRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto admin = LoadAdmin(decider, request.name());
  if (!admin || !RequireGranular(decider, *admin)) return decider.Stop();
  RequireSide(decider, *admin, request, "R79");
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  if (RequireChangeable(decider, *admin, "R79") &&
      admin->state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R72",
                   request.name(), absl::StrCat(request.name(), " is a draft"),
                   "Change its roles with UpdateAdminRelationshipDraft.");
  }
  if (!decider.ok()) return decider.Stop();
  v1::AdminRelationship left = *admin;
  left.clear_roles();
  for (const std::string& role : admin->roles()) {
    if (!decider.edition().IsPrivileged(role)) left.add_roles(role);
  }
  if (left.roles_size() == admin->roles_size()) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "R79", request.name(),
                   absl::StrCat(request.name(), " has no privileged role"),
                   "Nothing to do.");
  } else if (left.roles().empty()) {
    decider.Refuse(v1::ERROR_REASON_LAST_ROLE, "D18", request.name(),
                   absl::StrCat(request.name(), " has no other role"),
                   "End it with TerminateAdminRelationship.");
  }
  if (!decider.ok()) return decider.Stop();
  if (request.has_attestation()) {
    *left.mutable_attestation() = request.attestation();
  }
  decider.Write(
      Kind::kAdminRelationship, &left,
      absl::StrCat(left.delegate(), " administers as ", RolesText(left)));
  return FinishAdmin<v1::RemoveAdminRelationshipPrivilegedRoleResponse>(
      decider, std::move(left));
}

}  // namespace partner::hierarchy
