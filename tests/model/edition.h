#ifndef PARTNER_TESTS_MODEL_EDITION_H_
#define PARTNER_TESTS_MODEL_EDITION_H_

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

struct Edition {
  // R67: the offer of no administration does not exist.
  bool offers_none = true;
  // R23: a programme partner's tenant is no customer.
  bool refuses_partner_tenants = true;
  // Ids, ordered.
  std::vector<std::string> services;
  // Duties that include a permission.
  std::map<std::string, std::set<v1::AdminDuty>> permissions;
};

// Ids of the programs.
const std::vector<std::string>& Programs();

const Edition& EditionOf(const std::string& program);

// D11: the enrolments that take part in the programme.
bool IsProgramme(v1::EnrollmentType type);
// R11, R17: those that own relationships and invite.
bool MayInvite(v1::EnrollmentType type);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_EDITION_H_
