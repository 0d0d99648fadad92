#ifndef PARTNER_TESTS_MODEL_ACCESS_H_
#define PARTNER_TESTS_MODEL_ACCESS_H_

#include <string>
#include <variant>
#include <vector>

#include "partner/hierarchy/v1/access.pb.h"
#include "partner/hierarchy/v1/errors.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "tests/model/state.h"

// Checks and lists by linear walks (R10, R22, R56, D12, D20, D21).
namespace partner::model {

// Why a question may not be asked; UNSPECIFIED when it may.
v1::ErrorReason MayAsk(const State& state, const Caller& caller,
                       const v1::AccessQuery& query);

// Verdict, reason, relationship and since when. Both parties exist.
v1::AccessDecision Check(const State& state, const v1::AccessQuery& query);

// RESOURCE_NOT_FOUND for a customer the caller does not see.
std::variant<std::vector<v1::Administrator>, v1::ErrorReason>
ListAdministrators(const State& state, const Caller& caller,
                   const std::string& customer);

// For the partner, auditors and operators; ordered by customer.
std::vector<v1::AdministeredCustomer> ListAdministered(
    const State& state, const std::string& partner);

// What a token shows (D5).
std::variant<v1::LookupInvitationResponse, v1::ErrorReason> LookUp(
    const State& state, const std::string& token, absl::Time now);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_ACCESS_H_
