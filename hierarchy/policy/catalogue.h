#ifndef PARTNER_HIERARCHY_POLICY_CATALOGUE_H_
#define PARTNER_HIERARCHY_POLICY_CATALOGUE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace partner::hierarchy {

// A set of services: bit i is service i of the program's catalogue.
using ServiceSet = std::uint64_t;
// A set of roles, likewise.
using RoleSet = std::uint64_t;

// Names numbered for as long as the process lives. At most 64.
class NumberedNames {
 public:
  // The number of a name, new when it has none; nullopt when 64 are taken.
  std::optional<int> Add(absl::string_view name) {
    if (const std::optional<int> known = IndexOf(name)) return known;
    if (names_.size() == 64) return std::nullopt;
    indexes_.emplace(std::string(name), static_cast<int>(names_.size()));
    names_.emplace_back(name);
    return static_cast<int>(names_.size()) - 1;
  }
  // The number of a full resource name.
  std::optional<int> IndexOf(absl::string_view name) const {
    const auto found = indexes_.find(name);
    if (found == indexes_.end()) return std::nullopt;
    return found->second;
  }
  const std::string& NameOf(int index) const { return names_[index]; }
  // The names of a set, ordered.
  std::vector<std::string> NamesOf(std::uint64_t set) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (set >> i & 1) names.push_back(names_[i]);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, int> indexes_;
};

// Every service and every role any edition of a program knows. Immutable once
// the editions are loaded.
struct Catalogue {
  NumberedNames services;
  NumberedNames roles;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_CATALOGUE_H_
