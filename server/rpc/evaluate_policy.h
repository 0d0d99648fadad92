#ifndef PARTNER_SERVER_RPC_EVALUATE_POLICY_H_
#define PARTNER_SERVER_RPC_EVALUATE_POLICY_H_

#include "server/rpc/backend.h"
#include "server/rpc/method.h"

namespace partner::server {

// Facts one page examines at most; a row of the store counts as
// kFactsPerStoredRow.
inline constexpr int kFactsPerPageMax = 100000;
inline constexpr int kFactsPerStoredRow = 5;
// Facts all pages of an evaluation may examine unless the caller says
// otherwise.
inline constexpr int kEvaluationFactsDefault = 10000000;

// The handler of EvaluatePolicy. It goes through the facts of one revision in
// steps that hold the graph's lock for some tens of them, so that no commit
// waits for it, and keeps what it counted in the page token.
ReadHandler EvaluatePolicyHandler(const Backend* backend);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_EVALUATE_POLICY_H_
