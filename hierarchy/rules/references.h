#ifndef PARTNER_HIERARCHY_RULES_REFERENCES_H_
#define PARTNER_HIERARCHY_RULES_REFERENCES_H_

#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"

namespace partner::hierarchy {

// Refuses with STILL_REFERENCED for everything live that names the party:
// partnerships, invitations, forwards, relationships, administration.
void RefuseWhileReferenced(Decider& decider, const v1::Partner& partner);
void RefuseWhileReferenced(Decider& decider, const v1::Customer& customer);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_REFERENCES_H_
