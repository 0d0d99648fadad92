#ifndef PARTNER_SERVER_RPC_LIST_SCOPE_H_
#define PARTNER_SERVER_RPC_LIST_SCOPE_H_

#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "hierarchy/model/names.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/rules/refusal.h"

namespace partner::server {

// What the `parent` of a list means: `-` stands for every id.
class ListScope {
 public:
  // NAME_MALFORMED when the kind has no such parent.
  static std::variant<ListScope, hierarchy::Refusal> Parse(
      hierarchy::Kind kind, absl::string_view parent,
      const hierarchy::Principal& principal);

  // Every name listed begins with it.
  const std::string& prefix() const { return prefix_; }
  // The nearest named resource above, which the caller must be able to see;
  // kNone when that is the program.
  hierarchy::Kind parent_kind() const { return parent_kind_; }
  const std::string& parent_name() const { return parent_name_; }
  // True for names of the prefix that have the ids named after a `-`, too.
  bool Contains(absl::string_view name) const;

 private:
  hierarchy::ResourceName pattern_;
  std::string prefix_;
  hierarchy::Kind parent_kind_ = hierarchy::Kind::kNone;
  std::string parent_name_;
  bool id_after_wildcard_ = false;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_LIST_SCOPE_H_
