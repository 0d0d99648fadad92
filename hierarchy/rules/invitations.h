#ifndef PARTNER_HIERARCHY_RULES_INVITATIONS_H_
#define PARTNER_HIERARCHY_RULES_INVITATIONS_H_

#include <optional>
#include <string>

#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"

// Reading invitation tokens and states.
namespace partner::hierarchy {

// Names behind a token; nullopt when it was not made by this store.
struct TokenNames {
  std::string invitation;
  std::string forward;  // Empty for an invitation's own token.
};
std::optional<TokenNames> ReadToken(const Tokens& tokens,
                                    absl::string_view program,
                                    absl::string_view token);

// The refusal of a token nobody made.
Violation TokenInvalid();

// State of an invitation at a moment.
v1::InvitationState StateAt(const v1::Invitation& invitation,
                            absl::Time moment);

// Whether the invitation's audience includes a reseller, by its text; for
// ALL_ACTIVE_RESELLERS the partnership decides (D5).
bool IsListed(const v1::Invitation& invitation, absl::string_view reseller);

// What LookupInvitation answers, for whoever holds the token. Fails with
// INVALID_ARGUMENT for a token nobody made, and with the error of `documents`.
struct LookupFailure {
  std::optional<Violation> violation;
  absl::Status status;
};
std::variant<v1::LookupInvitationResponse, LookupFailure> LookUpInvitation(
    const Documents& documents, const Tokens& tokens, absl::string_view program,
    absl::string_view token, absl::Time moment);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_INVITATIONS_H_
