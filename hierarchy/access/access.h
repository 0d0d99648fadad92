#ifndef PARTNER_HIERARCHY_ACCESS_ACCESS_H_
#define PARTNER_HIERARCHY_ACCESS_ACCESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/policy/policy.h"
#include "hierarchy/rules/refusal.h"
#include "partner/hierarchy/v1/access.pb.h"
#include "partner/hierarchy/v1/access_service.pb.h"

// May this partner do this for this customer? One evaluator: the verdict and
// its explanation come from the same walk. Pure; the graph must not change
// during a call.
namespace partner::hierarchy {

// What a check looks at.
struct AccessView {
  const Graph* graph = nullptr;
  std::int64_t revision = 0;
  const Edition* edition = nullptr;
  // When time alone puts another edition in force.
  absl::Time edition_until = absl::InfiniteFuture();
  // The moment asked about.
  absl::Time moment = absl::InfinitePast();
  // The moment was named: what is said of it stays true.
  bool one_moment = false;
};

// One question with everything looked up. Lives no longer than the question.
struct ResolvedQuery {
  absl::string_view customer_name;
  PartnerId partner = 0;
  CustomerId customer = 0;
  const Graph::PartnerFact* partner_fact = nullptr;
  const Graph::CustomerFact* customer_fact = nullptr;
  bool commercial = false;
  // For administrative permissions: the duties and the roles that include it,
  // and of those roles the ones that cover the service.
  std::uint32_t duties = 0;
  RoleSet permission_roles = 0;
  RoleSet roles = 0;
  int service = -1;  // -1: at least one service.
};

// Whom a question names: numbers of the graph.
struct Parties {
  std::optional<PartnerId> partner;
  std::optional<CustomerId> customer;
};
// Of one question.
Parties FindParties(const AccessView& view, const v1::AccessQuery& query);
// Of several. Brings what their answers lie in nearer to the processor, all at
// once: one after the other, each would wait for memory several times.
std::vector<Parties> FindParties(
    const AccessView& view, absl::Span<const v1::AccessQuery* const> queries);

// Looks a question up: malformed names, another program, unknown permissions
// and services, missing parties and callers that may not ask are refused.
// NOT_FOUND says the same for missing parties and for a customer the caller
// does not see; a caller that sees it but may not ask gets CHECK_NOT_YOURS.
// The second form is given what FindParties found for the question.
std::variant<ResolvedQuery, Refusal> Resolve(const AccessView& view,
                                             const Principal& caller,
                                             const v1::AccessQuery& query);
std::variant<ResolvedQuery, Refusal> Resolve(const AccessView& view,
                                             const Principal& caller,
                                             const v1::AccessQuery& query,
                                             const Parties& parties);

// May the caller put a question, by the facts of the view? Refuses as Resolve
// does; says nothing about the partner, the permission and the service. What is
// asked of another moment is answered to whoever may ask now: Resolve it as
// Anybody.
std::optional<Refusal> MayAskNow(const AccessView& now, const Principal& caller,
                                 const v1::AccessQuery& query);
// A caller whose right has been looked at already.
const Principal& Anybody();

// Answers a question. The second form writes into an empty message, which may
// lie in an arena.
v1::AccessDecision Check(const AccessView& view, const ResolvedQuery& query);
void Check(const AccessView& view, const ResolvedQuery& query,
           v1::AccessDecision* decision);

// Answers a question with every condition looked at. Conditions on resources
// the caller may not see name only their kind.
v1::AccessDecision Explain(
    const AccessView& view, const Principal& caller, const ResolvedQuery& query,
    google::protobuf::RepeatedPtrField<v1::AccessCondition>* conditions);

// Which administrators or customers a list is about.
struct CoverageFilter {
  // BROAD: the duties that include the permission, where one was named.
  bool any_duty = true;
  std::uint32_t duties = 0;
  int service = -1;  // -1: any.
  // GRANULAR: the roles that include the permission and cover the service.
  RoleSet roles = ~RoleSet{0};
};
// Reads the optional permission and service of a list request.
std::variant<CoverageFilter, Refusal> ReadCoverageFilter(
    const AccessView& view, absl::string_view permission,
    absl::string_view service);

// Who administers a customer, ordered by delegate and name: everybody for the
// customer, auditors and operators; for a partner that sees the customer itself
// and, when it is a live owner, its associated resellers. NOT_FOUND when the
// caller does not see the customer.
std::variant<std::vector<v1::Administrator>, Refusal> ListAdministrators(
    const AccessView& view, const Principal& caller, absl::string_view customer,
    absl::string_view permission, absl::string_view service);

// Takes from a list of another moment, made for Anybody, what the caller may
// not see by the facts of the view. NOT_FOUND when it does not see the
// customer.
std::optional<Refusal> KeepVisible(const AccessView& now,
                                   const Principal& caller,
                                   absl::string_view customer,
                                   std::vector<v1::Administrator>* all);

// May the caller list what a partner administers? The partner's number then.
std::variant<PartnerId, Refusal> ResolveDelegate(const AccessView& view,
                                                 const Principal& caller,
                                                 absl::string_view partner);

// Appends up to `limit` customers the partner administers, from `cursor` on,
// which it moves. False when nothing is left after them.
bool ListAdministered(
    const AccessView& view, PartnerId partner, const CoverageFilter& filter,
    int limit, Graph::Cursor* cursor,
    google::protobuf::RepeatedPtrField<v1::AdministeredCustomer>* customers);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_ACCESS_ACCESS_H_
