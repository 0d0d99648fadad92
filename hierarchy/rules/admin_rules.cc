// Delegated administration: R21, R22, R43-R47, D2, D14-D17, D19. What is
// granular is in granular_rules.cc.
#include "hierarchy/model/admin_term.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/delegation.h"
#include "hierarchy/rules/granular.h"
#include "partner/hierarchy/v1/customer.pb.h"

namespace partner::hierarchy {
namespace {

// The customer of a request, visible and not deleted; nullopt after refusing.
std::optional<CustomerId> FindCustomer(Decider& decider,
                                       const std::string& name) {
  const auto customer = decider.Load<v1::Customer>(Kind::kCustomer, name);
  if (!customer) return std::nullopt;
  if (customer->state() == v1::CUSTOMER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_CUSTOMER_DELETED, "C2", name,
                   absl::StrCat(name, " is deleted"),
                   "A deleted customer stays deleted; use another one.");
  }
  return decider.graph().CustomerNamed(name);
}

// BROAD is what is granted and asked for here; unspecified means it (D2). True
// when it is meant and the edition has it.
bool RequireBroad(Decider& decider, v1::AdminKind kind) {
  if (kind != v1::ADMIN_KIND_GRANULAR) {
    return RequireAdminKind(decider, v1::ADMIN_KIND_BROAD);
  }
  if (RequireAdminKind(decider, kind)) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID, "kind",
                        "GRANULAR administration is drafted by a partner",
                        "The partner asks with CreateAdminRelationshipDraft; "
                        "the customer approves.",
                        "D18");
  }
  return false;
}

// D15: BROAD has no end in time.
void RefuseDuration(Decider& decider, absl::string_view field, bool sent) {
  if (!sent) return;
  decider.RefuseField(v1::ERROR_REASON_DURATION_NOT_ALLOWED, field,
                      absl::StrCat(field, " is not allowed with BROAD"),
                      "Leave it out; the customer takes BROAD back at any "
                      "time.",
                      "D15");
}

// Gives a delegate a coverage: a new administration (`fresh`), or more of the
// one it has. `fresh` is the document to activate, with its name set. Returns
// what is in force afterwards; nullopt after refusing.
std::optional<v1::AdminRelationship> Give(Decider& decider, CustomerId customer,
                                          const Decider::PartnerRef& delegate,
                                          Coverage coverage, bool replace,
                                          v1::AdminRelationship fresh) {
  const auto live = LiveBroad(decider, customer, delegate.id);
  if (live) {
    const Coverage asked = coverage;
    const Coverage had = CoverageOf(*live->fact);
    coverage = Join(had, asked);
    if (coverage == had) {
      decider.Refuse(v1::ERROR_REASON_ALREADY_GRANTED, "D14",
                     decider.graph().NameOf(*live),
                     absl::StrCat(fresh.delegate(), " already has ",
                                  DescribeCoverage(decider, had)),
                     "Nothing to do.");
      return std::nullopt;
    }
    if (!JoinsExactly(had, asked)) {
      decider.Refuse(
          v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST, "D14",
          decider.graph().NameOf(*live),
          absl::StrCat(fresh.delegate(), " already has ",
                       DescribeCoverage(decider, had), "; with ",
                       DescribeCoverage(decider, asked), " it would have ",
                       DescribeCoverage(decider, coverage)),
          "Grant all of that if it is meant; or end what is there and grant "
          "anew.");
    }
  }
  MakeRoom(decider, customer, delegate, coverage, replace);
  if (!decider.ok()) return std::nullopt;
  const std::string what = absl::StrCat(fresh.delegate(), " administers ",
                                        DescribeCoverage(decider, coverage),
                                        "; owner and seller stay as they are");
  if (!live) {
    SetCoverage(decider, coverage, &fresh);
    fresh.set_kind(v1::ADMIN_KIND_BROAD);
    fresh.set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
    fresh.set_delegate_of_owner(IsOfOwner(decider, customer, delegate.id));
    *fresh.mutable_start_time() = ToProto(decider.now());
    decider.Write(Kind::kAdminRelationship, &fresh, what);
    return fresh;
  }
  auto widened = decider.LoadUnseen<v1::AdminRelationship>(
      Kind::kAdminRelationship, decider.graph().NameOf(*live));
  if (!widened) return std::nullopt;
  if (fresh.has_attestation()) {
    *widened->mutable_attestation() = fresh.attestation();
  }
  SetCoverage(decider, coverage, &*widened);
  decider.Write(Kind::kAdminRelationship, &*widened, what);
  return widened;
}

// A request the customer answers; nullopt after refusing.
template <typename Request>
std::optional<v1::AdminRelationship> LoadForCustomer(Decider& decider,
                                                     const Request& request) {
  if (!decider.ok()) return std::nullopt;
  auto admin = LoadAdmin(decider, request.name());
  if (!admin) return std::nullopt;
  decider.RequireCustomer(ParentOf(request.name()), request.has_attestation(),
                          request.attestation());
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  return admin;
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::GrantAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const auto customer = FindCustomer(decider, request.parent());
  if (!customer) return decider.Stop();
  decider.RequireCustomer(request.parent(), request.has_attestation(),
                          request.attestation());
  std::optional<Coverage> coverage;
  if (RequireBroad(decider, request.kind())) {
    RefuseDuration(decider, "duration", request.has_duration());
    RefuseDuration(decider, "expire_time", request.has_expire_time());
    RefuseDuration(decider, "auto_extend_duration",
                   request.has_auto_extend_duration());
    coverage = ReadCoverage(decider, request.duties(), request.scope());
  }
  const auto delegate = decider.FindPartner(request.delegate());
  if (!delegate) return decider.Stop();
  RequireDelegate(decider, delegate, request.delegate());
  if (!coverage) return decider.Stop();
  v1::AdminRelationship fresh;
  fresh.set_name(decider.NewName(request.parent(), Kind::kAdminRelationship));
  fresh.set_delegate(request.delegate());
  fresh.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_GRANT);
  if (request.has_attestation()) {
    *fresh.mutable_attestation() = request.attestation();
  }
  auto admin = Give(decider, *customer, delegate, *coverage,
                    request.replace_overlapping(), std::move(fresh));
  if (!admin) return decider.Stop();
  v1::GrantAdminRelationshipResponse response;
  response.set_delegate_is_owners_reseller(
      IsOwnersReseller(decider, *customer, delegate.id));
  *response.mutable_admin_relationship() = *std::move(admin);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::RequestAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const auto customer = FindCustomer(decider, request.parent());
  if (!customer) return decider.Stop();
  const std::string& sponsor_name = decider.actor().name;
  const auto sponsor = decider.graph().PartnerNamed(sponsor_name);
  if (!decider.actor().is_partner() || !sponsor ||
      !decider.graph().LiveRelationship(*customer, *sponsor, decider.view())) {
    decider.Refuse(v1::ERROR_REASON_NOT_OWNER, "R21", request.parent(),
                   "only an owner with a live relationship asks for "
                   "administration",
                   "Ask the customer's owner to ask; or the customer to "
                   "grant it.");
    decider.Bar();
    // What is malformed is said to everybody.
    if (RequireBroad(decider, request.kind())) {
      ReadCoverage(decider, request.duties(), request.scope());
    }
    return decider.Stop();
  }
  decider.RequireActive(decider.FindPartner(sponsor_name), sponsor_name);
  std::optional<Coverage> coverage;
  if (RequireBroad(decider, request.kind())) {
    coverage = ReadCoverage(decider, request.duties(), request.scope());
  }
  const auto delegate = decider.FindPartner(request.delegate());
  if (!delegate) return decider.Stop();
  RequireDelegate(decider, delegate, request.delegate());
  decider.graph().VisitAdmins(
      *customer, decider.view(), [&](const Graph::Admin& item) {
        if (item.delegate == delegate.id && item.sponsor == *sponsor &&
            !item.fact->granular() &&
            item.fact->state == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
          decider.Refuse(v1::ERROR_REASON_ALREADY_REQUESTED, "D17",
                         decider.graph().NameOf(item),
                         "such a request waits for the customer",
                         "Wait for the answer, or withdraw it first.");
        }
        return true;
      });
  if (!decider.ok() || !coverage) return decider.Stop();
  v1::AdminRelationship admin;
  admin.set_name(decider.NewName(request.parent(), Kind::kAdminRelationship));
  admin.set_delegate(request.delegate());
  admin.set_sponsor(sponsor_name);
  admin.set_kind(v1::ADMIN_KIND_BROAD);
  SetCoverage(decider, *coverage, &admin);
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  admin.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_REQUEST);
  decider.Write(Kind::kAdminRelationship, &admin, "asked for");
  decider.AddAction(admin.name(), request.parent(),
                    "AdminRelationshipService.ApproveAdminRelationship",
                    "the customer approves or rejects");
  v1::RequestAdminRelationshipResponse response;
  *response.mutable_admin_relationship() = std::move(admin);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::ApproveAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  auto asked = LoadForCustomer(decider, request);
  if (!asked) return decider.Stop();
  RequirePending(decider, *asked, v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  // Whoever sees the request learns who may answer it, though not the customer;
  // that one is not deleted while a request waits.
  const auto customer = decider.graph().CustomerNamed(ParentOf(asked->name()));
  const auto delegate = decider.FindPartner(asked->delegate());
  if (!customer || !delegate || !decider.ok()) return decider.Stop();
  if (asked->kind() == v1::ADMIN_KIND_GRANULAR) {
    if (request.has_attestation()) {
      *asked->mutable_attestation() = request.attestation();
    }
    ApproveGranular(decider, &*asked);
    if (!decider.ok()) return decider.Stop();
    v1::ApproveAdminRelationshipResponse response;
    *response.mutable_admin_relationship() = *std::move(asked);
    return decider.Finish(std::move(response));
  }
  RequireAdminKind(decider, v1::ADMIN_KIND_BROAD);
  const std::optional<Coverage> coverage =
      ReadCoverage(decider, asked->duties(), asked->scope());
  RequireDelegate(decider, delegate, asked->delegate());
  if (!coverage) return decider.Stop();
  if (request.has_attestation()) {
    *asked->mutable_attestation() = request.attestation();
  }
  auto admin = Give(decider, *customer, delegate, *coverage,
                    request.replace_overlapping(), *asked);
  if (!admin) return decider.Stop();
  if (admin->name() != asked->name()) {
    EndAdmin(decider, *asked, v1::ADMIN_END_CAUSE_MERGED,
             absl::StrCat("merged into ", admin->name()));
  }
  v1::ApproveAdminRelationshipResponse response;
  *response.mutable_admin_relationship() = *std::move(admin);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::RejectAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto admin = LoadAdmin(decider, request.name());
  if (!admin) return decider.Stop();
  // D17: the delegate answers, too, what another partner asked on its behalf.
  const bool by_delegate = NeedsConsent(*admin) &&
                           decider.actor().is_partner() &&
                           decider.actor().Is(admin->delegate());
  if (by_delegate) {
    RefuseAttestation(decider, request.has_attestation());
  } else {
    decider.RequireCustomer(ParentOf(request.name()), request.has_attestation(),
                            request.attestation());
  }
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  RequirePending(decider, *admin, v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
  if (!decider.ok()) return decider.Stop();
  admin->set_state(v1::ADMIN_RELATIONSHIP_STATE_REJECTED);
  if (by_delegate) admin->set_end_cause(v1::ADMIN_END_CAUSE_DELEGATE_REJECTED);
  *admin->mutable_end_time() = ToProto(decider.now());
  if (request.has_attestation()) {
    *admin->mutable_attestation() = request.attestation();
  }
  decider.Write(Kind::kAdminRelationship, &*admin, "");
  decider.AddEffect(admin->name(), v1::EFFECT_KIND_ENDS, "rejected");
  v1::RejectAdminRelationshipResponse response;
  *response.mutable_admin_relationship() = *std::move(admin);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::TerminateAdminRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto admin = LoadAdmin(decider, request.name());
  if (!admin) return decider.Stop();
  const Decider::Actor& actor = decider.actor();
  const bool draft = admin->state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT;
  const bool pending =
      admin->state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
  v1::AdminEndCause cause = v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED;
  if (draft) {
    cause = v1::ADMIN_END_CAUSE_DISCARDED;
    RefuseAttestation(decider, request.has_attestation());
    decider.RequireParty(admin->sponsor(), "the sponsor", "R72");
  } else if (actor.is_partner()) {
    RefuseAttestation(decider, request.has_attestation());
    if (pending && actor.Is(admin->sponsor())) {
      cause = v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN;
    } else if (!pending && actor.Is(admin->delegate())) {
      cause = v1::ADMIN_END_CAUSE_DELEGATE_ENDED;
    } else {
      decider.RequireParty(pending ? admin->sponsor() : admin->delegate(),
                           pending ? "the customer or the sponsor"
                                   : "the customer or the delegate",
                           "R45");
    }
  } else {
    decider.RequireCustomer(ParentOf(request.name()), request.has_attestation(),
                            request.attestation());
  }
  decider.RequireEtag(request.etag(), admin->etag(), request.name());
  if (admin->state() == v1::ADMIN_RELATIONSHIP_STATE_TERMINATED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "R45", request.name(),
                   absl::StrCat(request.name(), " has ended already"),
                   "Nothing to do.");
  } else if (admin->state() == v1::ADMIN_RELATIONSHIP_STATE_REJECTED) {
    decider.Refuse(
        v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R45", request.name(),
        absl::StrCat(request.name(), " was rejected"), "Nothing to end.");
  } else if (admin->state() == v1::ADMIN_RELATIONSHIP_STATE_EXPIRED) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R77",
                   request.name(), absl::StrCat(request.name(), " has run out"),
                   "Nothing to end.");
  }
  if (!decider.ok()) return decider.Stop();
  EndAdmin(decider, *admin, cause,
           draft ? "the draft is discarded; its name stays given"
                 : "ends; the relationship with the owner stays (R46)",
           request.has_attestation() ? &request.attestation() : nullptr);
  v1::TerminateAdminRelationshipResponse response;
  *response.mutable_admin_relationship() = *std::move(admin);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::RevokeAllAdminRelationshipsRequest& request) {
  constexpr int kAnswerMax = 1000;
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const auto customer = FindCustomer(decider, request.parent());
  if (!customer) return decider.Stop();
  decider.RequireCustomer(request.parent(), request.has_attestation(),
                          request.attestation());
  std::optional<PartnerId> delegate;
  if (!request.delegate().empty()) {
    delegate = decider.FindPartner(request.delegate()).id;
  }
  if (!decider.ok()) return decider.Stop();
  std::vector<std::string> names;
  decider.graph().VisitAdmins(
      *customer, decider.view(), [&](const Graph::Admin& item) {
        if (item.fact->ActiveAt(absl::ToUnixMicros(decider.now())) &&
            (!delegate || item.delegate == *delegate)) {
          names.push_back(decider.graph().NameOf(item));
        }
        return true;
      });
  v1::RevokeAllAdminRelationshipsResponse response;
  for (const std::string& name : names) {
    auto admin = decider.LoadUnseen<v1::AdminRelationship>(
        Kind::kAdminRelationship, name);
    if (!admin) return decider.Stop();
    SettleAt(decider.now(), &*admin);
    EndAdmin(decider, *admin, v1::ADMIN_END_CAUSE_CUSTOMER_REVOKED,
             absl::StrCat(admin->delegate(),
                          " no longer administers; the relationship with the "
                          "owner stays (R46)"),
             request.has_attestation() ? &request.attestation() : nullptr);
    if (response.admin_relationships_size() < kAnswerMax) {
      *response.add_admin_relationships() = *std::move(admin);
    }
  }
  return decider.Finish(std::move(response));
}

}  // namespace partner::hierarchy
