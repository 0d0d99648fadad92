#include "server/auth/identity.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hierarchy/model/names.h"

namespace partner::server {
namespace {

using hierarchy::Kind;
using hierarchy::Principal;
using hierarchy::Refusal;

absl::string_view ToView(const grpc::string_ref& text) {
  return absl::string_view(text.data(), text.size());
}

Refusal Invalid(absl::string_view description, absl::string_view next_step) {
  return hierarchy::RefuseWith(hierarchy::v1::ERROR_REASON_IDENTITY_INVALID,
                               description, next_step);
}

std::optional<Principal> ParsePrincipal(absl::string_view name) {
  Principal principal;
  principal.name = std::string(name);
  absl::string_view id = name;
  if (absl::ConsumePrefix(&id, "operators/")) {
    principal.kind = Principal::Kind::kOperator;
    return hierarchy::IsValidId(id) ? std::optional(principal) : std::nullopt;
  }
  if (absl::ConsumePrefix(&id, "auditors/")) {
    principal.kind = Principal::Kind::kAuditor;
    return hierarchy::IsValidId(id) ? std::optional(principal) : std::nullopt;
  }
  const auto party = hierarchy::ParseName(name);
  if (!party) return std::nullopt;
  switch (party->kind) {
    case Kind::kPartner:
      principal.kind = Principal::Kind::kPartner;
      return principal;
    case Kind::kCustomer:
      principal.kind = Principal::Kind::kCustomer;
      return principal;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::variant<Principal, Refusal> DevelopmentIdentity(const Metadata& metadata) {
  const auto names = metadata.equal_range(kPrincipalKey);
  if (names.first == names.second) {
    return hierarchy::RefuseWith(
        hierarchy::v1::ERROR_REASON_IDENTITY_MISSING,
        "The call carries no identity.",
        absl::StrCat("Send the metadata `", kPrincipalKey, "`."));
  }
  if (std::next(names.first) != names.second) {
    return Invalid("The call carries more than one identity.",
                   absl::StrCat("Send `", kPrincipalKey, "` once."));
  }
  std::optional<Principal> principal =
      ParsePrincipal(ToView(names.first->second));
  if (!principal) {
    return Invalid("The identity is not the name of a caller.",
                   "Send `operators/{id}`, `auditors/{id}` or the resource "
                   "name of a partner or a customer.");
  }
  const auto admins = metadata.equal_range(kCustomerAdminKey);
  if (admins.first == admins.second) return *std::move(principal);
  if (std::next(admins.first) != admins.second) {
    return Invalid(absl::StrCat("`", kCustomerAdminKey, "` is repeated."),
                   "Send it once.");
  }
  if (principal->kind != Principal::Kind::kCustomer) {
    return Invalid(
        absl::StrCat("`", kCustomerAdminKey, "` is only for customers."),
        "Leave it out.");
  }
  const absl::string_view value = ToView(admins.first->second);
  if (value != "true" && value != "false") {
    return Invalid(
        absl::StrCat("`", kCustomerAdminKey, "` is neither true nor false."),
        "Send `true` or `false`.");
  }
  principal->customer_admin = value == "true";
  return *std::move(principal);
}

bool IsLocalAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:") ||
      absl::StartsWith(address, "unix-abstract:")) {
    return true;
  }
  const std::size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return false;
  const absl::string_view host = address.substr(0, colon);
  if (host == "localhost" || host == "[::1]") return true;
  // 127.x.y.z written out; a name beginning so would be resolved elsewhere.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

}  // namespace partner::server
