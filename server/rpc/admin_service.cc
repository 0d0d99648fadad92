#include <memory>

#include "absl/time/time.h"
#include "hierarchy/model/names.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "server/rpc/read_point.h"
#include "server/rpc/services.h"
#include "server/rpc/version.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Principal;

constexpr std::int64_t kMicros = 1000000;

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  out->set_seconds(micros / kMicros);
  out->set_nanos(static_cast<std::int32_t>(micros % kMicros * 1000));
}

Outcome NotAllowed() {
  return hierarchy::RefuseWith(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED,
                               "This kind of caller may not call this.",
                               "Ask an operator.", "C1");
}

void AddProgram(const Backend& backend, const Engine& engine,
                v1::GetStatusResponse* response) {
  v1::ProgramStatus* status = response->add_programs();
  const EngineState state = engine.state();
  const std::int64_t revision = engine.visible();
  status->set_program(hierarchy::ProgramName(engine.program()));
  SetRevision(engine, revision, status->mutable_revision());
  status->set_state_hash(ToHex(engine.state_hash()));
  status->set_oldest_revision(engine.oldest());
  status->set_documents(engine.documents());
  engine.ReadGraph(revision, [status](const hierarchy::Graph& graph) {
    status->set_partners(static_cast<std::int64_t>(graph.partner_count()));
    status->set_customers(static_cast<std::int64_t>(graph.customer_count()));
  });
  status->set_queued_commands(state.queued);
  status->set_writable(state.writable);
  status->set_detail(state.detail);
  status->set_edition(
      engine.EditionAt(revision, PresentOf(engine, backend.clock))
          .edition->data()
          .name());
  if (!state.writable && response->state() == v1::SERVING_STATE_SERVING) {
    response->set_state(v1::SERVING_STATE_READ_ONLY);
    response->set_state_detail(state.detail);
  }
}

void AddMethod(const Method& method, v1::GetStatusResponse* response) {
  for (int i = 0; i < kStatusCodes; ++i) {
    const auto code = static_cast<grpc::StatusCode>(i);
    const CallCounters::Count count = method.counters.Get(code);
    if (count.calls == 0) continue;
    v1::MethodStatistics* statistics = response->add_methods();
    statistics->set_method(method.label);
    statistics->set_code(std::string(CodeName(code)));
    statistics->set_calls(count.calls);
    const std::int64_t seconds = absl::ToInt64Seconds(count.total_time);
    statistics->mutable_total_time()->set_seconds(seconds);
    statistics->mutable_total_time()->set_nanos(static_cast<std::int32_t>(
        absl::ToInt64Nanoseconds(count.total_time - absl::Seconds(seconds))));
  }
}

Outcome GetStatus(const Backend& backend, const ServerFacts& facts,
                  const CallContext& context, v1::GetStatusResponse* response) {
  if (Outcome refused = RequireOperatorOrAuditor(context)) return refused;
  response->set_version(kVersion);
  SetTime(facts.start_time, response->mutable_start_time());
  SetTime(backend.clock->Now(), response->mutable_current_time());
  response->set_state(facts.admission->draining() ? v1::SERVING_STATE_DRAINING
                                                  : v1::SERVING_STATE_SERVING);
  for (const auto& [program, engine] : *backend.engines) {
    AddProgram(backend, *engine, response);
  }
  for (const PublishedLimit& limit : facts.limits) {
    v1::Limit* out = response->add_limits();
    out->set_name(limit.name);
    out->set_value(limit.value);
    out->set_unit(limit.unit);
    out->set_flag(limit.flag);
  }
  for (const Method* method : facts.methods) AddMethod(*method, response);
  return std::nullopt;
}

}  // namespace

Outcome RequireOperator(const CallContext& context) {
  if (context.principal.kind == Principal::Kind::kOperator) return std::nullopt;
  return NotAllowed();
}

Outcome RequireOperatorOrAuditor(const CallContext& context) {
  if (context.principal.kind == Principal::Kind::kAuditor) return std::nullopt;
  return RequireOperator(context);
}

std::unique_ptr<ServiceMethods> AdminMethods(const Backend* backend,
                                             const ServerFacts* facts) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::GetStatusRequest::descriptor()->file()->service(0));
  methods->AddInline<v1::GetStatusRequest, v1::GetStatusResponse>(
      "GetStatus",
      [backend, facts](const CallContext& context, const v1::GetStatusRequest&,
                       v1::GetStatusResponse* response) {
        return GetStatus(*backend, *facts, context, response);
      });
  methods->AnswerEvenDraining("GetStatus");
  return methods;
}

}  // namespace partner::server
