#ifndef PARTNER_HIERARCHY_POLICY_CATALOGUE_H_
#define PARTNER_HIERARCHY_POLICY_CATALOGUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace partner::hierarchy {

// A set of services: bit i is service i of the program's catalogue.
using ServiceSet = std::uint64_t;

// Every service any edition of a program knows, numbered for as long as the
// process lives. At most 64. Immutable once the editions are loaded.
class ServiceCatalogue {
 public:
  // The number of a service, new when it has none; nullopt when 64 are taken.
  std::optional<int> Add(absl::string_view name) {
    if (const std::optional<int> known = IndexOf(name)) return known;
    if (names_.size() == 64) return std::nullopt;
    indexes_.emplace(std::string(name), static_cast<int>(names_.size()));
    names_.emplace_back(name);
    return static_cast<int>(names_.size()) - 1;
  }
  // The number of a service by full resource name.
  std::optional<int> IndexOf(absl::string_view name) const {
    const auto found = indexes_.find(name);
    if (found == indexes_.end()) return std::nullopt;
    return found->second;
  }
  const std::string& NameOf(int index) const { return names_[index]; }

 private:
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, int> indexes_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_CATALOGUE_H_
