#ifndef PARTNER_SERVER_AUTH_IDENTITY_H_
#define PARTNER_SERVER_AUTH_IDENTITY_H_

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/support/string_ref.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/rules/refusal.h"

// Who is calling.
namespace partner::server {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Metadata keys of the development identity.
inline constexpr char kPrincipalKey[] = "partner-principal";
inline constexpr char kCustomerAdminKey[] = "partner-customer-admin";

// The identity the caller declares about itself, believed as it stands; for
// development only. `partner-principal` is `operators/{id}`, `auditors/{id}` or
// the resource name of a partner or a customer; `partner-customer-admin` is
// `true` or `false` and comes with a customer only. Refuses with
// IDENTITY_MISSING without a principal and with IDENTITY_INVALID for anything
// malformed, repeated or contradictory.
std::variant<hierarchy::Principal, hierarchy::Refusal> DevelopmentIdentity(
    const Metadata& metadata);

// True when nobody outside this machine can connect: `unix:` and
// `unix-abstract:` addresses, and hosts that are literal loopback addresses or
// `localhost`.
bool IsLocalAddress(absl::string_view address);

}  // namespace partner::server

#endif  // PARTNER_SERVER_AUTH_IDENTITY_H_
