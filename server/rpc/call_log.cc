#include "server/rpc/call_log.h"

#include <string>

#include "hierarchy/rules/decide.h"
#include "server/base/log.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;

// The server's own fault, as opposed to a refusal.
bool IsError(grpc::StatusCode code) {
  return code == grpc::StatusCode::INTERNAL ||
         code == grpc::StatusCode::DATA_LOSS;
}

void LogRefusal(const EndedCall& call) {
  const hierarchy::Refusal& refusal = *call.refusal;
  const v1::Violation& first = refusal.violations.front();
  const auto trace_id = refusal.metadata.find("trace_id");
  const bool error = IsError(call.code);
  Logger::Process().Log(
      error ? Severity::kError : Severity::kInfo, error ? "error" : "refusal",
      {{"method", call.method->label},
       {"principal", call.principal},
       {"request_id", call.request_id},
       {"code", CodeName(call.code)},
       {"reason", hierarchy::ReasonName(first.reason())},
       {"rule", first.rule()},
       {"description", first.description()},
       {"blockers", static_cast<std::int64_t>(refusal.violations.size())},
       {"trace_id",
        trace_id == refusal.metadata.end() ? std::string() : trace_id->second},
       {"seconds", call.time}});
}

void LogWrite(const EndedCall& call) {
  const v1::MutationResult* result = hierarchy::MutableResultOf(call.response);
  if (result == nullptr) return;
  Logger::Process().Info(
      "write", {{"method", call.method->label},
                {"principal", call.principal},
                {"request_id", call.request_id},
                {"revision", std::int64_t{result->revision().number()}},
                {"dry_run", result->verdict() != v1::VERDICT_UNSPECIFIED},
                {"replayed", result->replayed()},
                {"seconds", call.time}});
}

}  // namespace

void LogCall(const EndedCall& call) {
  if (call.refusal != nullptr) {
    LogRefusal(call);
  } else if (call.method->command != nullptr) {
    LogWrite(call);
  }
  if (!call.slow) return;
  Logger::Process().Warning("slow call", {{"method", call.method->label},
                                          {"principal", call.principal},
                                          {"code", CodeName(call.code)},
                                          {"seconds", call.time}});
}

}  // namespace partner::server
