#include "hierarchy/policy/standing.h"

#include "absl/functional/function_ref.h"

namespace partner::hierarchy {
namespace {

// Whether some enrolment type fits.
bool AnyType(absl::FunctionRef<bool(v1::EnrollmentType)> fits) {
  for (int type = 1; type < Graph::kEnrollmentTypes; ++type) {
    if (fits(static_cast<v1::EnrollmentType>(type))) return true;
  }
  return false;
}

}  // namespace

bool InProgramme(const Edition& edition, const Graph::PartnerFact& fact) {
  return AnyType([&](v1::EnrollmentType type) {
    return edition.IsProgramme(type) &&
           (fact.Has(type, v1::ENROLLMENT_STATE_ACTIVE) ||
            fact.Has(type, v1::ENROLLMENT_STATE_RESTRICTED));
  });
}

bool EverInProgramme(const Edition& edition, const Graph::PartnerFact& fact) {
  return AnyType([&](v1::EnrollmentType type) {
    return edition.IsProgramme(type) &&
           !fact.Has(type, v1::ENROLLMENT_STATE_UNSPECIFIED);
  });
}

bool MayBecomeDelegate(const Edition& edition, const Graph::PartnerFact& fact) {
  return !EverInProgramme(edition, fact) ||
         AnyType([&](v1::EnrollmentType type) {
           return edition.MayBeDelegate(type) &&
                  fact.Has(type, v1::ENROLLMENT_STATE_ACTIVE);
         });
}

}  // namespace partner::hierarchy
