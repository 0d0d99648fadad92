#ifndef PARTNER_HIERARCHY_POLICY_STANDING_H_
#define PARTNER_HIERARCHY_POLICY_STANDING_H_

#include "hierarchy/model/graph.h"
#include "hierarchy/policy/policy.h"

// What a partner's enrolments make of it under an edition. Pure functions.
namespace partner::hierarchy {

// Takes part in the programme now: an enrolment of it is not ended (D11).
bool InProgramme(const Edition& edition, const Graph::PartnerFact& fact);

// Takes part, or once did. Only who never did stands outside it (R44): an
// enrolment that ended may come back.
bool EverInProgramme(const Edition& edition, const Graph::PartnerFact& fact);

// A customer may delegate administration to it: an active reseller, or a
// partner outside the programme (R22, R44, D12, D14).
bool MayBecomeDelegate(const Edition& edition, const Graph::PartnerFact& fact);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_POLICY_STANDING_H_
