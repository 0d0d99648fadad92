#ifndef PARTNER_HIERARCHY_RULES_GRANULAR_H_
#define PARTNER_HIERARCHY_RULES_GRANULAR_H_

#include <optional>
#include <string>

#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"

// GRANULAR administration: what its decisions share with those of BROAD (D18).
namespace partner::hierarchy {

// An administration the caller may see, as time has left it; nullopt after
// refusing.
std::optional<v1::AdminRelationship> LoadAdmin(Decider& decider,
                                               const std::string& name);

// Whether it was ever put to the customer. A draft, and one that was discarded,
// is its sponsor's alone.
bool WasLocked(const v1::AdminRelationship& admin);

// Whether the delegate is asked, too: another partner made the request (D17).
bool NeedsConsent(const v1::AdminRelationship& admin);

// D2: whether the edition has the kind; else refuses.
bool RequireAdminKind(Decider& decider, v1::AdminKind kind);

// Refuses what does not wait for an answer, as already done when it is in the
// state `wanted` (R75, D17).
void RequirePending(Decider& decider, const v1::AdminRelationship& admin,
                    v1::AdminRelationshipState wanted);

// Evidence is of the customer's decisions only (D19).
void RefuseAttestation(Decider& decider, bool has_attestation);

// The customer's approval of a GRANULAR request that waits: in force at once,
// or when the delegate consents. Writes it unless it refuses.
void ApproveGranular(Decider& decider, v1::AdminRelationship* admin);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_GRANULAR_H_
