#include "server/rpc/list_scope.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Kind;
using hierarchy::Principal;

constexpr absl::string_view kWildcard = "-";

// The kinds from below the program down to `kind`.
struct Lineage {
  Kind kinds[3] = {};
  int size = 0;
};

Lineage LineageOf(Kind kind) {
  switch (kind) {
    case Kind::kInvitation:
      return {{Kind::kPartner, kind}, 2};
    case Kind::kInvitationForward:
    case Kind::kInvitationAcceptance:
      return {{Kind::kPartner, Kind::kInvitation, kind}, 3};
    case Kind::kResellerRelationship:
    case Kind::kAdminRelationship:
      return {{Kind::kCustomer, kind}, 2};
    default:
      return {{kind}, 1};
  }
}

}  // namespace

std::variant<ListScope, hierarchy::Refusal> ListScope::Parse(
    Kind kind, absl::string_view parent, const Principal& principal) {
  ListScope scope;
  // As the name of one of the resources listed, whichever.
  const std::optional<hierarchy::ResourceName> pattern = hierarchy::ParseName(
      absl::StrCat(parent, "/", hierarchy::CollectionOf(kind), "/", kWildcard),
      /*allow_wildcard=*/true);
  if (!pattern || pattern->kind != kind) {
    return hierarchy::BadField(
        v1::ERROR_REASON_NAME_MALFORMED, "parent",
        "The parent does not have the documented form.",
        absl::StrCat("Send what stands before the last two parts of `",
                     hierarchy::PatternOf(kind), "`; `-` stands for all."));
  }
  scope.pattern_ = *pattern;
  const Lineage lineage = LineageOf(kind);
  std::string name = hierarchy::ProgramName(pattern->program);
  int level = 0;
  for (; level + 1 < lineage.size && pattern->ids[level] != kWildcard;
       ++level) {
    name =
        hierarchy::ChildName(name, lineage.kinds[level], pattern->ids[level]);
    scope.parent_kind_ = lineage.kinds[level];
    scope.parent_name_ = name;
  }
  scope.prefix_ = absl::StrCat(
      name, "/", hierarchy::CollectionOf(lineage.kinds[level]), "/");
  for (int i = level; i + 1 < lineage.size; ++i) {
    if (pattern->ids[i] != kWildcard) scope.id_after_wildcard_ = true;
  }
  // A customer sees nothing under another customer's name.
  if (level + 1 < lineage.size && lineage.kinds[level] == Kind::kCustomer &&
      principal.kind == Principal::Kind::kCustomer &&
      absl::StartsWith(principal.name, scope.prefix_)) {
    scope.prefix_ =
        absl::StrCat(principal.name, "/", hierarchy::CollectionOf(kind), "/");
  }
  return scope;
}

bool ListScope::Contains(absl::string_view name) const {
  if (!id_after_wildcard_) return true;
  const std::optional<hierarchy::ResourceName> parsed =
      hierarchy::ParseName(name);
  if (!parsed) return false;
  for (std::size_t i = 0; i < pattern_.ids.size(); ++i) {
    if (pattern_.ids[i] != kWildcard && pattern_.ids[i] != parsed->ids[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace partner::server
