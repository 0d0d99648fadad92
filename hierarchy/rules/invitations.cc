#include "hierarchy/rules/invitations.h"

#include <algorithm>

#include "hierarchy/rules/decider.h"

namespace partner::hierarchy {

std::optional<TokenNames> ReadToken(const Tokens& tokens,
                                    absl::string_view program,
                                    absl::string_view token) {
  std::optional<std::string> name = tokens.Read(program, token);
  if (!name) return std::nullopt;
  if (KindOfName(*name) == Kind::kInvitation) {
    return TokenNames{*std::move(name), ""};
  }
  const std::string invitation(ParentOf(*name));
  return TokenNames{invitation, *std::move(name)};
}

Violation TokenInvalid() {
  return MakeViolation(v1::ERROR_REASON_TOKEN_INVALID, "D5", "token", "",
                       "the token is damaged or was not made for this program",
                       "Copy the whole token, or ask the sender for it again.");
}

v1::InvitationState StateAt(const v1::Invitation& invitation,
                            absl::Time moment) {
  if (invitation.state() == v1::INVITATION_STATE_ACTIVE &&
      IsExpired(invitation, moment)) {
    return v1::INVITATION_STATE_EXPIRED;
  }
  return invitation.state();
}

bool IsListed(const v1::Invitation& invitation, absl::string_view reseller) {
  const auto& listed = invitation.listed_resellers();
  return invitation.audience() == v1::INVITATION_AUDIENCE_LISTED &&
         std::find(listed.begin(), listed.end(), reseller) != listed.end();
}

namespace {

// Reads one document; false after filling `failure`.
template <typename Resource>
bool Read(const Documents& documents, Kind kind, absl::string_view name,
          Resource* resource, LookupFailure* failure) {
  const auto body = documents.Get(kind, name);
  if (!body.ok()) {
    failure->status = body.status();
    return false;
  }
  if (!body->has_value()) {
    failure->violation = TokenInvalid();
    return false;
  }
  if (!resource->ParseFromString(**body)) {
    failure->status = absl::DataLossError(
        absl::StrCat("the record of ", name, " is damaged"));
    return false;
  }
  return true;
}

}  // namespace

std::variant<v1::LookupInvitationResponse, LookupFailure> LookUpInvitation(
    const Documents& documents, const Tokens& tokens, absl::string_view program,
    absl::string_view token, absl::Time moment) {
  LookupFailure failure;
  const std::optional<TokenNames> names = ReadToken(tokens, program, token);
  if (!names) {
    failure.violation = TokenInvalid();
    return failure;
  }
  v1::Invitation invitation;
  v1::Partner issuer;
  const std::string issuer_name(ParentOf(names->invitation));
  if (!Read(documents, Kind::kInvitation, names->invitation, &invitation,
            &failure) ||
      !Read(documents, Kind::kPartner, issuer_name, &issuer, &failure)) {
    return failure;
  }
  v1::LookupInvitationResponse response;
  response.set_issuer(issuer_name);
  response.set_issuer_display_name(issuer.display_name());
  response.set_state(StateAt(invitation, moment));
  response.set_admin_offer(invitation.admin_offer());
  response.set_message(invitation.message());
  if (!names->forward.empty()) {
    v1::InvitationForward forward;
    v1::Partner forwarder;
    if (!Read(documents, Kind::kInvitationForward, names->forward, &forward,
              &failure) ||
        !Read(documents, Kind::kPartner, forward.forwarder(), &forwarder,
              &failure)) {
      return failure;
    }
    response.set_forwarder(forward.forwarder());
    response.set_forwarder_display_name(forwarder.display_name());
    response.set_forward_state(forward.state());
    response.set_forward_message(forward.message());
  }
  return response;
}

}  // namespace partner::hierarchy
