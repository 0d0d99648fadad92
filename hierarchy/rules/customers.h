#ifndef PARTNER_HIERARCHY_RULES_CUSTOMERS_H_
#define PARTNER_HIERARCHY_RULES_CUSTOMERS_H_

#include <string>

#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

// What creating a customer and accepting an invitation share.
namespace partner::hierarchy {

// Refuses a tenant another customer has; without its name where the caller may
// not see it (D8).
void RequireNewTenant(Decider& decider, absl::string_view tenant);

// R66: refuses when the edition in force takes no new customers.
void RequireOpenProgram(Decider& decider);

// R23, D11: refuses a relationship with an enrolled partner's tenant.
void RefusePartnerTenant(Decider& decider, absl::string_view tenant);

// R63: refuses a relationship of an owner with the tenant of a reseller it has
// an active partnership with, where the edition says so.
void RefuseOwnReseller(Decider& decider, absl::string_view tenant,
                       const std::string& owner);

// R57: refuses a relationship of an owner with a customer of another region,
// where the edition says so.
void RequireRegionOf(Decider& decider, const std::string& owner,
                     absl::string_view country);

// R61: refuses unless the reseller has an active partnership with the owner.
void RequireResellerOf(Decider& decider, const std::string& owner,
                       v1::EnrollmentType as_enrollment,
                       const std::string& reseller);

// A new customer from the fields a request gives.
v1::Customer MakeCustomer(const std::string& name, const v1::Customer& given);

// Refuses when a relationship keeps as many associations, ended ones included,
// as it may.
void RequireAssociationRoom(Decider& decider,
                            const v1::ResellerRelationship& relationship);

// Adds a live association; the first one is the default.
void AddAssociation(absl::Time now, const std::string& reseller,
                    const std::string& forward,
                    v1::ResellerRelationship* relationship);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_CUSTOMERS_H_
