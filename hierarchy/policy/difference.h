#ifndef PARTNER_HIERARCHY_POLICY_DIFFERENCE_H_
#define PARTNER_HIERARCHY_POLICY_DIFFERENCE_H_

#include <vector>

#include "partner/hierarchy/v1/policy.pb.h"

namespace partner::hierarchy {

// What `to` rules otherwise than `from`, one difference for each value, in the
// order of PolicyEdition's fields: roles, services and duties by their id, and
// everything else by its field. What an edition is called, where it was read
// and since when is no rule and no difference. Pure.
std::vector<v1::PolicyDifference> DifferencesBetween(
    const v1::PolicyEdition& from, const v1::PolicyEdition& to);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_DIFFERENCE_H_
