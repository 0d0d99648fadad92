// Creating, forwarding and revoking invitations: R11-R18, R67, D5, D7, D12.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// Who may invite and as what (R11, R13, R15, R17, D12); unspecified after
// blocking.
v1::EnrollmentType IssuesAs(Ruling& ruling, const std::string& issuer,
                            v1::EnrollmentType asked) {
  const v1::EnrollmentType reseller = v1::ENROLLMENT_TYPE_INDIRECT_RESELLER;
  const v1::EnrollmentType capacity = ruling.Capacity(issuer, asked);
  if (capacity != reseller) return capacity;
  const v1::Partner& it = ruling.state().partners.at(issuer);
  ruling.Block(LiveEnrollment(it, reseller) != nullptr
                   ? v1::ERROR_REASON_RESELLER_CANNOT_INVITE
                   : v1::ERROR_REASON_ROLE_CANNOT_INVITE,
               issuer);
  return v1::ENROLLMENT_TYPE_UNSPECIFIED;
}

void NeedAudience(Ruling& ruling, const std::string& issuer,
                  v1::EnrollmentType capacity,
                  const v1::Invitation& invitation) {
  // Whom it may reach depends on what the issuer is.
  if (capacity == v1::ENROLLMENT_TYPE_UNSPECIFIED) return;
  const bool listed = invitation.audience() == v1::INVITATION_AUDIENCE_LISTED;
  const bool direct_only =
      invitation.audience() == v1::INVITATION_AUDIENCE_UNSPECIFIED ||
      invitation.audience() == v1::INVITATION_AUDIENCE_DIRECT_ONLY;
  if (listed == invitation.listed_resellers().empty()) {
    ruling.Block(listed ? v1::ERROR_REASON_FIELD_REQUIRED
                        : v1::ERROR_REASON_FIELD_INVALID);
  }
  if (capacity == v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER && !direct_only) {
    ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    return;
  }
  for (const std::string& reseller : invitation.listed_resellers()) {
    if (!ruling.NeedPartner(reseller)) continue;
    if (reseller == issuer) ruling.Block(v1::ERROR_REASON_SELF_RELATIONSHIP);
    if (!HavePartnership(ruling.state(), issuer, reseller)) {
      ruling.Block(v1::ERROR_REASON_NOT_A_PARTNER, reseller);
    }
  }
}

void NeedOpen(Ruling& ruling, const v1::Invitation& invitation) {
  switch (StateAt(invitation, ruling.now())) {
    case v1::INVITATION_STATE_REVOKED:
      ruling.Block(v1::ERROR_REASON_INVITATION_REVOKED, invitation.name());
      break;
    case v1::INVITATION_STATE_EXPIRED:
      ruling.Block(v1::ERROR_REASON_INVITATION_EXPIRED, invitation.name());
      break;
    case v1::INVITATION_STATE_EXHAUSTED:
      ruling.Block(v1::ERROR_REASON_INVITATION_EXHAUSTED, invitation.name());
      break;
    default:
      break;
  }
}

bool InAudience(const Ruling& ruling, const v1::Invitation& invitation,
                const std::string& reseller) {
  if (invitation.audience() == v1::INVITATION_AUDIENCE_LISTED) {
    for (const std::string& listed : invitation.listed_resellers()) {
      if (listed == reseller) return true;
    }
    return false;
  }
  return invitation.audience() ==
             v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS &&
         HavePartnership(ruling.state(), ParentOf(invitation.name()), reseller);
}

}  // namespace

v1::CreateInvitationResponse Rule(Ruling& ruling,
                                  const v1::CreateInvitationRequest& request) {
  v1::CreateInvitationResponse response;
  const std::string& issuer = request.parent();
  if (!ruling.NeedSeen(issuer)) return response;
  ruling.NeedParty(issuer);
  const v1::Invitation& given = request.invitation();
  ruling.NeedInOrder(issuer);
  v1::Invitation made;
  made.set_as_enrollment(IssuesAs(ruling, issuer, given.as_enrollment()));
  NeedAudience(ruling, issuer, made.as_enrollment(), given);
  made.set_admin_offer(given.admin_offer() == v1::ADMIN_OFFER_UNSPECIFIED
                           ? v1::ADMIN_OFFER_BROAD
                           : given.admin_offer());
  if (made.admin_offer() == v1::ADMIN_OFFER_NONE &&
      !ruling.state().edition().offers_none) {
    ruling.Block(v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED);
  }
  if (given.has_expire_time()) {
    if (TimeOf(given.expire_time()) <= ruling.now()) {
      ruling.Block(v1::ERROR_REASON_FIELD_INVALID);
    }
    *made.mutable_expire_time() = given.expire_time();
  }
  made.set_name(ruling.NameFor(issuer, "invitations"));
  made.set_audience(given.audience() == v1::INVITATION_AUDIENCE_UNSPECIFIED
                        ? v1::INVITATION_AUDIENCE_DIRECT_ONLY
                        : given.audience());
  *made.mutable_listed_resellers() = given.listed_resellers();
  made.set_message(given.message());
  made.set_max_acceptances(given.max_acceptances());
  made.set_state(v1::INVITATION_STATE_ACTIVE);
  ruling.Touch(&made);
  ruling.Changes(made.name());
  ruling.state().invitations[made.name()] = made;
  *response.mutable_invitation() = made;
  return response;
}

v1::ForwardInvitationResponse Rule(
    Ruling& ruling, const v1::ForwardInvitationRequest& request) {
  v1::ForwardInvitationResponse response;
  State& state = ruling.state();
  if (!ruling.actor_is_partner()) {
    ruling.Block(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED);
    ruling.Bar();
    return response;
  }
  const std::string& reseller = ruling.actor();
  ruling.NeedPartner(reseller);
  std::string name = request.name();
  if (!request.token().empty()) {
    const auto found = state.name_of_token.find(request.token());
    if (found == state.name_of_token.end()) {
      ruling.Block(v1::ERROR_REASON_TOKEN_INVALID);
      return response;
    }
    name = found->second;
    if (state.forwards.count(name) > 0) {
      // Depth one, whoever it is.
      ruling.Block(v1::ERROR_REASON_INVITATION_NOT_PROVIDED);
      return response;
    }
  } else if (!ruling.NeedSeen(name)) {
    return response;
  }
  const std::string issuer = ParentOf(name);
  const v1::Invitation& invitation = state.invitations.at(name);
  if (reseller == issuer) {
    ruling.Block(v1::ERROR_REASON_NOT_THE_PARTY);
  } else if (!HavePartnership(state, issuer, reseller)) {
    ruling.Block(v1::ERROR_REASON_NOT_ISSUERS_RESELLER);
  } else if (!InAudience(ruling, invitation, reseller)) {
    ruling.Block(v1::ERROR_REASON_INVITATION_NOT_PROVIDED);
  }
  ruling.NeedInOrder(reseller);
  NeedOpen(ruling, invitation);
  // A link nobody could accept (D6) is not passed on.
  if (state.partners.at(issuer).state() != v1::PARTNER_STATE_ACTIVE ||
      !IsActive(state.partners.at(issuer), invitation.as_enrollment())) {
    ruling.Block(v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, issuer);
  }
  for (const auto& [other, forward] : state.forwards) {
    if (ParentOf(other) == name && forward.forwarder() == reseller &&
        forward.state() == v1::INVITATION_FORWARD_STATE_ACTIVE) {
      ruling.Block(v1::ERROR_REASON_ALREADY_FORWARDED, other);
    }
  }
  v1::InvitationForward made;
  made.set_name(ruling.NameFor(name, "forwards"));
  made.set_forwarder(reseller);
  made.set_message(request.message());
  made.set_state(v1::INVITATION_FORWARD_STATE_ACTIVE);
  ruling.Touch(&made);
  ruling.Changes(made.name());
  state.forwards[made.name()] = made;
  *response.mutable_forward() = made;
  return response;
}

v1::RevokeInvitationForwardResponse Rule(
    Ruling& ruling, const v1::RevokeInvitationForwardRequest& request) {
  v1::RevokeInvitationForwardResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::InvitationForward& forward = ruling.state().forwards.at(request.name());
  const std::string issuer = ParentOf(ParentOf(request.name()));
  if (ruling.actor() != issuer && !ruling.NeedParty(forward.forwarder())) {
    return response;
  }
  ruling.NeedEtag(request.etag(), forward.etag());
  if (forward.state() == v1::INVITATION_FORWARD_STATE_REVOKED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  }
  forward.set_state(v1::INVITATION_FORWARD_STATE_REVOKED);
  ruling.Touch(&forward);
  ruling.Ends(request.name());
  *response.mutable_forward() = forward;
  return response;
}

v1::RevokeInvitationResponse Rule(Ruling& ruling,
                                  const v1::RevokeInvitationRequest& request) {
  v1::RevokeInvitationResponse response;
  if (!ruling.NeedSeen(request.name())) return response;
  v1::Invitation& invitation = ruling.state().invitations.at(request.name());
  if (!ruling.NeedParty(ParentOf(request.name()))) return response;
  ruling.NeedEtag(request.etag(), invitation.etag());
  const v1::InvitationState is = StateAt(invitation, ruling.now());
  if (is == v1::INVITATION_STATE_REVOKED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  } else if (is != v1::INVITATION_STATE_ACTIVE) {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, request.name());
  }
  invitation.set_state(v1::INVITATION_STATE_REVOKED);
  ruling.Touch(&invitation);
  ruling.Ends(request.name());
  *response.mutable_invitation() = invitation;
  return response;
}

}  // namespace partner::model
