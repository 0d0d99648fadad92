#ifndef PARTNER_TESTS_MODEL_EDITION_H_
#define PARTNER_TESTS_MODEL_EDITION_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"

// The rules of a program as the documents say them (D1, R1, R2): read anew, not
// taken from the editions the server ships.
namespace partner::model {

namespace v1 = hierarchy::v1;

// A role of GRANULAR administration.
struct Role {
  std::set<std::string> permissions;
  // Empty: every service.
  std::set<std::string> services;
  bool privileged = false;
};

struct Edition {
  // Since when the world had these rules, in seconds.
  std::int64_t effective_from = 0;
  // R67: the offer of no administration does not exist.
  bool offers_none = true;
  // R23: a programme partner's tenant is no customer.
  bool refuses_partner_tenants = true;
  // R66: nobody new is recorded.
  bool closed_to_new_customers = false;
  // R43: at most one programme delegate for each service.
  bool one_delegate_per_service = true;
  // Ids, ordered.
  std::vector<std::string> services;
  // Duties that include a permission.
  std::map<std::string, std::set<v1::AdminDuty>> permissions;
  // D2: which kinds of administration there are.
  bool broad = true;
  bool granular = false;
  // By id, where there is GRANULAR.
  std::map<std::string, Role> roles;
};

// Ids of the programs.
const std::vector<std::string>& Programs();

// Ids of a program's editions (D1), the first of which fresh stores begin with.
const std::vector<std::string>& EditionsOf(const std::string& program);

// The rules of an edition by its id.
const Edition& EditionNamed(const std::string& id);
// Those a fresh store of a program begins with.
const Edition& EditionOf(const std::string& program);

// How many values two editions rule differently.
int DifferencesBetween(const Edition& a, const Edition& b);

// D11: the enrolments that take part in the programme.
bool IsProgramme(v1::EnrollmentType type);
// R11, R17: those that own relationships and invite.
bool MayInvite(v1::EnrollmentType type);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_EDITION_H_
