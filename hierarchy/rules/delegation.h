#ifndef PARTNER_HIERARCHY_RULES_DELEGATION_H_
#define PARTNER_HIERARCHY_RULES_DELEGATION_H_

#include <optional>
#include <string>
#include <vector>

#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"

// Giving BROAD administration: what Accept, Grant and Approve share (D14-D16).
namespace partner::hierarchy {

// What a delegation covers.
struct Coverage {
  std::uint8_t duties = 0;  // Mask of 1 << AdminDuty.
  bool all_services = false;
  ServiceSet services = 0;  // When not all.

  friend bool operator==(const Coverage&, const Coverage&) = default;
};

// What an administration covers.
Coverage CoverageOf(const Graph::AdminFact& fact);

// The least coverage with all of both: each duty of either over each service of
// either.
Coverage Join(const Coverage& a, const Coverage& b);
// Whether that is no more than the two together. SUPPORT over azure and
// PROVISIONING over exchange would become both over both.
bool JoinsExactly(const Coverage& a, const Coverage& b);

// Both duties over all services.
Coverage FullCoverage();

// Reads duties and scope of a BROAD request; nullopt after refusing what is
// missing, contradictory or unknown (D15).
std::optional<Coverage> ReadCoverage(
    Decider& decider, const google::protobuf::RepeatedField<int>& duties,
    const v1::AdminScope& scope);

// Writes a coverage into a document.
void SetCoverage(const Decider& decider, const Coverage& coverage,
                 v1::AdminRelationship* admin);

// `PROVISIONING and SUPPORT over all services`.
std::string DescribeCoverage(const Decider& decider, const Coverage& coverage);

// D14: refuses a delegate that is neither an active reseller nor outside the
// programme.
void RequireDelegate(Decider& decider, const Decider::PartnerRef& delegate,
                     const std::string& name);

// The live BROAD administration of a delegate, when it has one.
std::optional<Graph::Admin> LiveBroad(const Decider& decider,
                                      CustomerId customer, PartnerId delegate);

// D16: makes room for a delegation. Without `replace`, refuses with every
// holder of an overlapping service; with it, takes the services from them and
// ends those left with none. `customer` may be new: nullopt.
void MakeRoom(Decider& decider, std::optional<CustomerId> customer,
              const Decider::PartnerRef& delegate, const Coverage& coverage,
              bool replace);

// Whether the delegate has an active partnership with a live owner of the
// customer.
bool IsOwnersReseller(const Decider& decider, CustomerId customer,
                      PartnerId delegate);
// The same, or the delegate is a live owner itself.
bool IsOfOwner(const Decider& decider, CustomerId customer, PartnerId delegate);

// Ends one administration with its effect. `attestation` is the evidence for
// the customer's decision, when an operator carried it out.
void EndAdmin(Decider& decider, v1::AdminRelationship& admin,
              v1::AdminEndCause cause, absl::string_view what,
              const v1::Attestation* attestation = nullptr);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_DELEGATION_H_
