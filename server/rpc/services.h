#ifndef PARTNER_SERVER_RPC_SERVICES_H_
#define PARTNER_SERVER_RPC_SERVICES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/rpc/backend.h"
#include "server/rpc/method.h"
#include "server/rpc/raw_service.h"

// The services and the handlers of their methods; commands need none. One file
// each.
namespace partner::server {

std::unique_ptr<ServiceMethods> PartnerMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> PartnershipMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> CustomerMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> InvitationMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> ResellerRelationshipMethods(
    const Backend* backend);
std::unique_ptr<ServiceMethods> AdminRelationshipMethods(
    const Backend* backend);
std::unique_ptr<ServiceMethods> HierarchyMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> AccessMethods(const Backend* backend);
std::unique_ptr<ServiceMethods> PolicyMethods(const Backend* backend);

// One published limit.
struct PublishedLimit {
  std::string name;
  std::int64_t value = 0;
  std::string unit;
  std::string flag;
};

// What AdminService tells besides the programs. Filled in before the server
// starts.
struct ServerFacts {
  absl::Time start_time;
  std::vector<PublishedLimit> limits;
  const Admission* admission = nullptr;
  // Every method served.
  std::vector<const Method*> methods;
};
std::unique_ptr<ServiceMethods> AdminMethods(const Backend* backend,
                                             const ServerFacts* facts);

// Exists on servers with a test clock only.
std::unique_ptr<ServiceMethods> TestClockMethods(TestClock* clock);

// PRINCIPAL_NOT_ALLOWED unless an operator calls, or an auditor where allowed.
Outcome RequireOperator(const CallContext& context);
Outcome RequireOperatorOrAuditor(const CallContext& context);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_SERVICES_H_
