#ifndef PARTNER_HIERARCHY_POLICY_POLICY_H_
#define PARTNER_HIERARCHY_POLICY_POLICY_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hierarchy/policy/catalogue.h"
#include "partner/hierarchy/v1/policy.pb.h"

// Policy editions: the rules of a program as data (hierarchy/policies).
namespace partner::hierarchy {

// One edition, indexed for rules and checks. Immutable.
class Edition {
 public:
  // Fails with INVALID_ARGUMENT and the place when the data makes no sense.
  // Adds its services and roles to `catalogue`, which must outlive it.
  static absl::StatusOr<std::unique_ptr<Edition>> Create(v1::PolicyEdition data,
                                                         Catalogue* catalogue);

  const v1::PolicyEdition& data() const { return data_; }
  // Id of the edition, the last part of its name.
  const std::string& id() const { return id_; }

  // Number of a service of this edition by full name; nullopt when unknown.
  std::optional<int> ServiceIndex(absl::string_view name) const;
  // All services.
  ServiceSet all_services() const { return all_services_; }
  // Full names of a set, ordered by name.
  std::vector<std::string> ServiceNames(ServiceSet set) const {
    return catalogue_->services.NamesOf(set);
  }

  // Number of a role of this edition that GRANULAR administration may have, by
  // full name; nullopt when there is none.
  std::optional<int> GranularRoleIndex(absl::string_view name) const;
  // All roles that GRANULAR administration may have.
  RoleSet granular_roles() const { return granular_roles_; }
  // Whether a role includes everything an administrator may do, by full name.
  bool IsPrivileged(absl::string_view role) const;
  // Roles that cover a service.
  RoleSet RolesCovering(int service) const { return service_roles_[service]; }
  std::vector<std::string> RoleNames(RoleSet set) const {
    return catalogue_->roles.NamesOf(set);
  }

  // Who holds an administrative permission: duties of BROAD administration, bit
  // mask of 1 << AdminDuty, and roles of GRANULAR.
  struct Holders {
    std::uint32_t duties = 0;
    RoleSet roles = 0;
  };
  // Nullptr when the permission is unknown.
  const Holders* HoldersOf(absl::string_view permission) const;
  // True for a known commercial permission.
  static bool IsCommercial(absl::string_view permission) {
    return permission == "order";
  }

  bool MayIssueInvitations(v1::EnrollmentType type) const;
  bool MayBeDelegate(v1::EnrollmentType type) const;
  bool IsProgramme(v1::EnrollmentType type) const;
  bool HasAdminKind(v1::AdminKind kind) const;
  // May ask for GRANULAR administration and hold it.
  bool MayBeGranular(v1::EnrollmentType type) const;
  // Whether two countries are one, or of one region (R57).
  bool InOneRegion(absl::string_view country, absl::string_view other) const;

 private:
  absl::Status TakeServices(absl::string_view program, Catalogue* catalogue);
  absl::Status TakeRoles(absl::string_view program, Catalogue* catalogue);
  absl::Status TakeRegions();
  absl::Status CheckGranular() const;

  v1::PolicyEdition data_;
  std::string id_;
  const Catalogue* catalogue_ = nullptr;
  ServiceSet all_services_ = 0;
  RoleSet granular_roles_ = 0;
  RoleSet privileged_roles_ = 0;
  std::array<RoleSet, 64> service_roles_{};
  absl::flat_hash_map<std::string, Holders> permissions_;
  // Region id by country.
  absl::flat_hash_map<std::string, std::string> region_of_;
};

// Every edition of every program. Immutable after loading; thread-safe.
class PolicyLibrary {
 public:
  // Parses (file name, text) pairs; a later file replaces an earlier one of the
  // same name. INVALID_ARGUMENT with file, line and reason.
  static absl::StatusOr<std::unique_ptr<PolicyLibrary>> Load(
      const std::vector<std::pair<std::string, std::string>>& files);
  // (file name, text) of the editions embedded in the binary.
  static std::vector<std::pair<std::string, std::string>> EmbeddedFiles();

  // The services and roles of a program; never null for a program of
  // programs().
  const Catalogue* CatalogueOf(absl::string_view program) const;
  // Program ids in order.
  std::vector<std::string> programs() const;
  std::string DisplayNameOf(absl::string_view program) const;
  // Edition by program and id; nullptr when unknown.
  const Edition* Find(absl::string_view program, absl::string_view id) const;
  // Editions of a program ordered by effective_from.
  std::vector<const Edition*> EditionsOf(absl::string_view program) const;
  // The edition a fresh store activates: the program's oldest.
  const Edition* DefaultOf(absl::string_view program) const;

 private:
  struct ProgramData {
    Catalogue catalogue;
    std::map<std::string, std::unique_ptr<Edition>> editions;
  };
  std::map<std::string, ProgramData, std::less<>> programs_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_POLICY_H_
