#ifndef PARTNER_HIERARCHY_RULES_EVALUATION_H_
#define PARTNER_HIERARCHY_RULES_EVALUATION_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/policy.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/policy.pb.h"

// What putting an edition in force would change (R24, D3): each rule that is a
// value of editions, judged on what is there under two of them. Changes
// nothing. Pure.
namespace partner::hierarchy {

// The facts of a revision and the two editions.
struct EvaluationView {
  const Graph* graph = nullptr;
  std::int64_t revision = 0;
  // From when the edition looked at would be in force.
  absl::Time moment = absl::InfinitePast();
  // In force otherwise.
  const Edition* base = nullptr;
  // Looked at.
  const Edition* proposed = nullptr;
};

using FindingVisitor = absl::FunctionRef<void(v1::PolicyFinding)>;

// Present parties by what rules ask of them.
struct PartyCounts {
  // Active partners, and those among them with an active enrolment of a type.
  std::int64_t partners = 0;
  std::array<std::int64_t, Graph::kEnrollmentTypes> enrolled{};
  // Active partners that may invite, and that take part in the programme,
  // under the edition looked at.
  std::int64_t inviting = 0;
  std::int64_t in_programme = 0;
  std::int64_t customers = 0;
};

// Adds a partner to the counts.
void CountPartner(const EvaluationView& view, PartnerId partner,
                  PartyCounts* counts);

// Whether the editions judge partners' tenants as customers differently (R23,
// R63).
bool TenantsMatter(const EvaluationView& view);
// R23 and R63 for the relationships of a customer whose tenant is a partner's;
// facts looked at.
int EvaluateTenant(const EvaluationView& view, PartnerId partner,
                   CustomerId customer, FindingVisitor visit);

// Whether the editions judge countries differently (R57). Only the store knows
// them.
bool RegionsMatter(const EvaluationView& view);
// R57 for two parties joined by a partnership or a reseller relationship.
void EvaluateRegion(const EvaluationView& view, Kind kind,
                    const std::string& resource, absl::string_view country,
                    absl::string_view other, FindingVisitor visit);

// One invitation that is open.
void EvaluateInvitation(const EvaluationView& view,
                        const v1::Invitation& invitation, FindingVisitor visit);

// A customer, its live relationships and its administration; counts it when it
// is active. Facts looked at, 0 when it did not exist.
int EvaluateCustomer(const EvaluationView& view, CustomerId customer,
                     PartyCounts* counts, FindingVisitor visit);

// Every value ruled differently, with the parties concerned.
std::vector<v1::PolicyValueChange> ValueChanges(const EvaluationView& view,
                                                const PartyCounts& counts);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_EVALUATION_H_
