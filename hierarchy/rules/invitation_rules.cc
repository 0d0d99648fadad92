// Invitations and forwards: R11-R18, D5, D7, D12.
#include <set>

#include "absl/strings/str_join.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/invitations.h"

namespace partner::hierarchy {
namespace {

// Names of the providers whose invitation a reseller may forward.
std::vector<std::string> ProvidersOf(const Decider& decider,
                                     PartnerId reseller) {
  std::set<std::string> names;
  decider.graph().VisitPartnerships(
      reseller, decider.view(), [&](const Graph::Partnership& item) {
        if (item.reseller == reseller &&
            item.fact->state == v1::PARTNERSHIP_STATE_ACTIVE) {
          names.insert(decider.graph().NameOfPartner(item.provider));
        }
        return true;
      });
  return {names.begin(), names.end()};
}

// R13, R15: a reseller is told whose invitation to use; anybody else without
// the enrolment that none of its enrolments invites.
void RefuseIssuer(Decider& decider, const Decider::PartnerRef& issuer,
                  const std::string& name) {
  const v1::PolicyEdition& edition = decider.edition().data();
  bool reseller = false;
  for (int type : edition.invitation_forwarders().types()) {
    const int state = issuer.fact->enrollments[type];
    reseller |= state == v1::ENROLLMENT_STATE_ACTIVE ||
                state == v1::ENROLLMENT_STATE_RESTRICTED;
  }
  if (!reseller) {
    decider.Refuse(v1::ERROR_REASON_ROLE_CANNOT_INVITE,
                   edition.invitation_issuers().rule(), name,
                   absl::StrCat(name,
                                " is neither an indirect provider nor a "
                                "direct-bill partner"),
                   "An operator enrols it with EnrollPartner.");
    return;
  }
  const std::vector<std::string> providers = ProvidersOf(decider, issuer.id);
  decider.Metadata("providers", absl::StrJoin(providers, ","));
  decider.Refuse(
      v1::ERROR_REASON_RESELLER_CANNOT_INVITE,
      edition.invitation_forwarders().rule(), name,
      absl::StrCat("an indirect reseller cannot create invitations"),
      providers.empty()
          ? "Enter a partnership with an indirect provider, then forward its "
            "invitation."
          : absl::StrCat("Forward an invitation of ",
                         absl::StrJoin(providers, " or "),
                         " with ForwardInvitation."));
}

void CheckAudience(Decider& decider, const std::string& issuer_name,
                   const Decider::PartnerRef& issuer,
                   v1::EnrollmentType capacity,
                   const v1::Invitation& invitation) {
  const bool listed = invitation.audience() == v1::INVITATION_AUDIENCE_LISTED;
  if (listed == invitation.listed_resellers().empty()) {
    decider.RefuseField(
        listed ? v1::ERROR_REASON_FIELD_REQUIRED
               : v1::ERROR_REASON_FIELD_INVALID,
        "invitation.listed_resellers",
        listed ? "the audience LISTED needs resellers"
               : "listed_resellers is for the audience LISTED only",
        listed ? "Name 1-1,000 resellers." : "Leave it empty.");
  }
  if (capacity == v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER &&
      invitation.audience() != v1::INVITATION_AUDIENCE_DIRECT_ONLY) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID, "invitation.audience",
                        "a direct-bill partner has no resellers",
                        "Use the audience DIRECT_ONLY.");
    return;
  }
  for (const std::string& reseller : invitation.listed_resellers()) {
    if (reseller == issuer_name) {
      decider.RefuseField(v1::ERROR_REASON_SELF_RELATIONSHIP,
                          "invitation.listed_resellers",
                          "the issuer lists itself",
                          "List resellers; the issuer delivers it anyway.");
      continue;
    }
    const auto ref = decider.FindPartner(reseller);
    if (!ref) continue;
    if (!decider.graph().HavePartnership(issuer.id, ref.id, decider.view())) {
      decider.Refuse(v1::ERROR_REASON_NOT_A_PARTNER, "R12", reseller,
                     absl::StrCat(reseller, " has no active partnership with ",
                                  issuer_name),
                     "Make one with CreatePartnership and AcceptPartnership.");
    }
  }
}

// Refuses an invitation that can no longer be passed on.
void RequireOpen(Decider& decider, const v1::Invitation& invitation) {
  switch (StateAt(invitation, decider.now())) {
    case v1::INVITATION_STATE_REVOKED:
      decider.Refuse(v1::ERROR_REASON_INVITATION_REVOKED, "D5",
                     invitation.name(), "the issuer revoked the invitation",
                     "Ask the issuer for a new one.");
      return;
    case v1::INVITATION_STATE_EXPIRED:
      decider.Refuse(v1::ERROR_REASON_INVITATION_EXPIRED, "D5",
                     invitation.name(), "the invitation's time is over",
                     "Ask the issuer for a new one.");
      return;
    case v1::INVITATION_STATE_EXHAUSTED:
      decider.Refuse(v1::ERROR_REASON_INVITATION_EXHAUSTED, "D5",
                     invitation.name(),
                     "the invitation was accepted as often as it allows",
                     "Ask the issuer for a new one.");
      return;
    default:
      return;
  }
}

// D6: refuses the invitation of an issuer that may no longer invite.
void RequireIssuing(Decider& decider, PartnerId issuer,
                    const std::string& issuer_name,
                    const v1::Invitation& invitation) {
  const Graph::PartnerFact* fact =
      decider.graph().PartnerAt(issuer, decider.view());
  if (fact != nullptr && fact->state == v1::PARTNER_STATE_ACTIVE &&
      fact->Has(invitation.as_enrollment(), v1::ENROLLMENT_STATE_ACTIVE)) {
    return;
  }
  decider.Refuse(v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, "D6", issuer_name,
                 absl::StrCat(issuer_name, " may no longer invite as ",
                              EnrollmentName(invitation.as_enrollment())),
                 "Forward an invitation of another provider you work with.");
}

// The invitation a Forward means, after the tests of who may see it; nullopt
// after refusing.
std::optional<v1::Invitation> InvitationToForward(
    Decider& decider, const v1::ForwardInvitationRequest& request) {
  if (request.name().empty() == request.token().empty()) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "name",
                        "exactly one of name and token is needed",
                        "Give the invitation's name or its token.");
    return std::nullopt;
  }
  if (!request.name().empty()) {
    return decider.Load<v1::Invitation>(Kind::kInvitation, request.name());
  }
  const auto names = ReadToken(*decider.context().tokens,
                               decider.context().program, request.token());
  auto invitation = names ? decider.LoadUnseen<v1::Invitation>(
                                Kind::kInvitation, names->invitation)
                          : std::nullopt;
  if (!invitation) {
    const Violation violation = TokenInvalid();
    decider.RefuseField(violation.reason(), violation.field(),
                        violation.description(), violation.next_step());
    return std::nullopt;
  }
  if (!names->forward.empty()) {
    decider.Refuse(v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5",
                   invitation->name(), "a forward is not forwarded again",
                   "Ask the issuer to provide its invitation to you.");
    return std::nullopt;
  }
  return invitation;
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::CreateInvitationRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const std::string& issuer_name = request.parent();
  const auto issuer = decider.FindVisiblePartner(issuer_name);
  if (!issuer) return decider.Stop();
  decider.RequireParty(issuer_name, "the issuer", "R11");
  decider.RequireActive(issuer, issuer_name);
  const v1::Invitation& given = request.invitation();
  const v1::EnrollmentType capacity = decider.IssuingCapacity(
      issuer, issuer_name, given.as_enrollment(), "invitation.as_enrollment");
  v1::Invitation invitation;
  invitation.set_as_enrollment(capacity);
  invitation.set_audience(given.audience() ==
                                  v1::INVITATION_AUDIENCE_UNSPECIFIED
                              ? v1::INVITATION_AUDIENCE_DIRECT_ONLY
                              : given.audience());
  *invitation.mutable_listed_resellers() = given.listed_resellers();
  if (capacity == v1::ENROLLMENT_TYPE_INDIRECT_RESELLER) {
    RefuseIssuer(decider, issuer, issuer_name);
  } else if (capacity != v1::ENROLLMENT_TYPE_UNSPECIFIED) {
    CheckAudience(decider, issuer_name, issuer, capacity, invitation);
  }
  const v1::AdminOfferRule& offers = decider.edition().data().admin_offers();
  invitation.set_admin_offer(given.admin_offer() == v1::ADMIN_OFFER_UNSPECIFIED
                                 ? offers.default_offer()
                                 : given.admin_offer());
  bool offered = false;
  for (int offer : offers.offers()) {
    offered |= offer == invitation.admin_offer();
  }
  if (!offered) {
    decider.Refuse(v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED, offers.rule(),
                   issuer_name,
                   "this program's invitations must offer delegated "
                   "administration",
                   "Offer BROAD, or leave admin_offer empty.");
  }
  if (given.has_expire_time()) {
    if (FromProto(given.expire_time()) <= decider.now()) {
      decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID,
                          "invitation.expire_time",
                          "invitation.expire_time is not in the future",
                          "Give a later time or none.");
    }
    *invitation.mutable_expire_time() = given.expire_time();
  }
  if (!decider.ok()) return decider.Stop();
  invitation.set_name(decider.NewName(issuer_name, Kind::kInvitation));
  invitation.set_message(given.message());
  invitation.set_max_acceptances(given.max_acceptances());
  invitation.set_state(v1::INVITATION_STATE_ACTIVE);
  decider.Write(Kind::kInvitation, &invitation, "created");
  v1::CreateInvitationResponse response;
  *response.mutable_invitation() = std::move(invitation);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::ForwardInvitationRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  if (!decider.actor().is_partner()) {
    decider.Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R12", "",
                   "a reseller forwards its provider's invitation",
                   "Call as the reseller, or name it in "
                   "options.acting_party as an operator.");
    return decider.Stop();
  }
  const std::string reseller_name = decider.actor().name;
  const auto reseller = decider.FindPartner(reseller_name);
  const auto invitation = InvitationToForward(decider, request);
  if (!invitation || !reseller) return decider.Stop();
  const std::string issuer_name(ParentOf(invitation->name()));
  const auto issuer = decider.graph().PartnerNamed(issuer_name);
  if (!issuer) return decider.Stop();
  const bool partners =
      decider.graph().HavePartnership(*issuer, reseller.id, decider.view());
  if (reseller_name == issuer_name) {
    decider.Refuse(v1::ERROR_REASON_NOT_THE_PARTY, "R12", invitation->name(),
                   "the issuer delivers its invitation itself",
                   "Send the invitation's own token to the customer.");
  } else if (!partners) {
    decider.Refuse(
        v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12", invitation->name(),
        absl::StrCat(reseller_name, " has no active partnership with ",
                     issuer_name),
        absl::StrCat("Forward an invitation of a provider you work "
                     "with; or ",
                     issuer_name, " asks you with CreatePartnership."));
  } else if (invitation->audience() !=
                 v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS &&
             !IsListed(*invitation, reseller_name)) {
    decider.Refuse(
        v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5", invitation->name(),
        absl::StrCat(issuer_name, " did not provide this invitation to ",
                     reseller_name),
        "Ask the issuer for an invitation that lists you.");
  }
  decider.RequireActive(reseller, reseller_name);
  RequireIssuing(decider, *issuer, issuer_name, *invitation);
  RequireOpen(decider, *invitation);
  for (const v1::InvitationForward& other :
       decider.LoadAll<v1::InvitationForward>(
           Kind::kInvitationForward,
           absl::StrCat(invitation->name(), "/forwards/"))) {
    if (other.forwarder() == reseller_name &&
        other.state() == v1::INVITATION_FORWARD_STATE_ACTIVE) {
      decider.Refuse(v1::ERROR_REASON_ALREADY_FORWARDED, "D5", other.name(),
                     absl::StrCat(reseller_name, " has a live forward"),
                     "Use its token, or revoke it first.");
    }
  }
  if (!decider.ok()) return decider.Stop();
  v1::InvitationForward forward;
  forward.set_name(
      decider.NewName(invitation->name(), Kind::kInvitationForward));
  forward.set_forwarder(reseller_name);
  forward.set_message(request.message());
  forward.set_state(v1::INVITATION_FORWARD_STATE_ACTIVE);
  decider.Write(Kind::kInvitationForward, &forward,
                absl::StrCat("created; whoever accepts it becomes a customer "
                             "of ",
                             issuer_name));
  v1::ForwardInvitationResponse response;
  *response.mutable_forward() = std::move(forward);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::RevokeInvitationForwardRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto forward = decider.Load<v1::InvitationForward>(Kind::kInvitationForward,
                                                     request.name());
  if (!forward) return decider.Stop();
  const std::string issuer(ParentOf(ParentOf(request.name())));
  if (!decider.actor().Is(forward->forwarder())) {
    decider.RequireParty(issuer, "the forwarder or the issuer", "D5");
  }
  decider.RequireEtag(request.etag(), forward->etag(), request.name());
  if (forward->state() == v1::INVITATION_FORWARD_STATE_REVOKED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D5", request.name(),
                   "the forward is revoked already", "Nothing to do.");
  }
  if (!decider.ok()) return decider.Stop();
  forward->set_state(v1::INVITATION_FORWARD_STATE_REVOKED);
  decider.Write(Kind::kInvitationForward, &*forward, "");
  decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS,
                    "revoked; earlier acceptances stay");
  v1::RevokeInvitationForwardResponse response;
  *response.mutable_forward() = *std::move(forward);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::RevokeInvitationRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto invitation =
      decider.Load<v1::Invitation>(Kind::kInvitation, request.name());
  if (!invitation) return decider.Stop();
  decider.RequireParty(ParentOf(request.name()), "the issuer", "D5");
  decider.RequireEtag(request.etag(), invitation->etag(), request.name());
  const v1::InvitationState state = StateAt(*invitation, decider.now());
  if (state == v1::INVITATION_STATE_REVOKED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D5", request.name(),
                   "the invitation is revoked already", "Nothing to do.");
  } else if (state != v1::INVITATION_STATE_ACTIVE) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D5",
                   request.name(), "the invitation has run out already",
                   "Nothing to revoke.");
  }
  if (!decider.ok()) return decider.Stop();
  invitation->set_state(v1::INVITATION_STATE_REVOKED);
  decider.Write(Kind::kInvitation, &*invitation, "");
  decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS,
                    "revoked with its forwards; earlier acceptances stay");
  v1::RevokeInvitationResponse response;
  *response.mutable_invitation() = *std::move(invitation);
  return decider.Finish(std::move(response));
}

}  // namespace partner::hierarchy
