#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/difference.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "server/rpc/evaluate_policy.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::Message;
using hierarchy::Edition;
using hierarchy::Kind;
using hierarchy::Refusal;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

void Fill(const Backend& backend, absl::string_view program, v1::Program* out) {
  out->set_name(hierarchy::ProgramName(program));
  out->set_display_name(backend.policies->DisplayNameOf(program));
}

Outcome RequireProgram(const CallContext& context) {
  if (context.engine != nullptr) return std::nullopt;
  return hierarchy::RefuseWith(v1::ERROR_REASON_NAME_MALFORMED,
                               "The request names no program.",
                               "Send `programs/{program}`.");
}

// The edition in force now.
const Edition& Current(const Backend& backend, const CallContext& context) {
  const Engine& engine = *context.engine;
  return *engine.EditionAt(engine.visible(), PresentOf(engine, backend.clock))
              .edition;
}

Outcome GetProgram(const Backend& backend, const CallContext& context,
                   const v1::GetProgramRequest&,
                   v1::GetProgramResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  Fill(backend, context.engine->program(), response->mutable_program());
  SetRevision(*context.engine, context.engine->visible(),
              response->mutable_revision());
  return std::nullopt;
}

Outcome ListPrograms(const Backend& backend, const CallContext&,
                     const v1::ListProgramsRequest&,
                     v1::ListProgramsResponse* response) {
  for (const auto& [program, engine] : *backend.engines) {
    Fill(backend, program, response->add_programs());
  }
  return std::nullopt;
}

Outcome GetPolicy(const Backend& backend, const CallContext& context,
                  Readers& readers, const v1::GetPolicyRequest& request,
                  v1::GetPolicyResponse* response) {
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  StoreReader* reader = std::get<StoreReader*>(opened);
  auto resolved = ResolveReadPoint(*context.engine, backend.clock, reader,
                                   request.read_options(), AtOf(request));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const auto& [revision, moment] = std::get<ReadPoint>(resolved);
  auto fetched = Fetch(reader, Kind::kPolicy, request.name(), revision);
  if (auto* refusal = std::get_if<Refusal>(&fetched)) {
    return std::move(*refusal);
  }
  const auto& policy = static_cast<const v1::Policy&>(
      *std::get<std::unique_ptr<Message>>(fetched));
  *response->mutable_policy() = policy;
  *response->mutable_edition() =
      context.engine->EditionAt(revision, moment).edition->data();
  const absl::Time until = context.engine->EditionAt(revision, moment).until;
  for (const v1::PolicyActivation& activation : policy.activations()) {
    if (ToTime(activation.effective_time()) == until &&
        !activation.has_withdraw_time()) {
      *response->mutable_next() = activation;
    }
  }
  SetRevision(*context.engine, revision, response->mutable_revision());
  return std::nullopt;
}

Outcome ListPolicyEditions(const Backend& backend, const CallContext& context,
                           const v1::ListPolicyEditionsRequest&,
                           v1::ListPolicyEditionsResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  for (const Edition* edition :
       backend.policies->EditionsOf(context.engine->program())) {
    *response->add_policy_editions() = edition->data();
  }
  return std::nullopt;
}

Outcome GetPolicyEdition(const Backend& backend, const CallContext& context,
                         const v1::GetPolicyEditionRequest& request,
                         v1::GetPolicyEditionResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  const Edition* edition = backend.policies->Find(
      context.engine->program(), hierarchy::LastId(request.name()));
  if (edition == nullptr) return hierarchy::NotFound(request.name());
  *response->mutable_policy_edition() = edition->data();
  return std::nullopt;
}

Outcome ComparePolicyEditions(const Backend& backend,
                              const CallContext& context,
                              const v1::ComparePolicyEditionsRequest& request,
                              v1::ComparePolicyEditionsResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  const std::string& program = context.engine->program();
  const Edition* edition =
      backend.policies->Find(program, hierarchy::LastId(request.name()));
  if (edition == nullptr) return hierarchy::NotFound(request.name());
  const Edition* base =
      request.base().empty()
          ? &Current(backend, context)
          : backend.policies->Find(program, hierarchy::LastId(request.base()));
  if (base == nullptr) return hierarchy::NotFound(request.base());
  for (v1::PolicyDifference& difference :
       hierarchy::DifferencesBetween(base->data(), edition->data())) {
    *response->add_differences() = std::move(difference);
  }
  response->set_base(base->data().name());
  return std::nullopt;
}

Outcome ListRoles(const Backend& backend, const CallContext& context,
                  const v1::ListRolesRequest&,
                  v1::ListRolesResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  *response->mutable_roles() = Current(backend, context).data().roles();
  SetRevision(*context.engine, context.engine->visible(),
              response->mutable_revision());
  return std::nullopt;
}

Outcome ListServices(const Backend& backend, const CallContext& context,
                     const v1::ListServicesRequest&,
                     v1::ListServicesResponse* response) {
  if (Outcome refused = RequireProgram(context)) return refused;
  *response->mutable_services() = Current(backend, context).data().services();
  SetRevision(*context.engine, context.engine->visible(),
              response->mutable_revision());
  return std::nullopt;
}

// Binds a function of this file to the backend.
template <class Request, class Response>
void AddInline(ServiceMethods* methods, absl::string_view name,
               const Backend* backend,
               Outcome (*handler)(const Backend&, const CallContext&,
                                  const Request&, Response*)) {
  methods->AddInline<Request, Response>(
      name, [backend, handler](const CallContext& context,
                               const Request& request, Response* response) {
        return handler(*backend, context, request, response);
      });
}

}  // namespace

std::unique_ptr<ServiceMethods> PolicyMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::GetPolicyRequest::descriptor()->file()->service(0));
  ServiceMethods* all = methods.get();
  AddInline(all, "GetProgram", backend, &GetProgram);
  AddInline(all, "ListPrograms", backend, &ListPrograms);
  AddInline(all, "ListPolicyEditions", backend, &ListPolicyEditions);
  AddInline(all, "GetPolicyEdition", backend, &GetPolicyEdition);
  AddInline(all, "ComparePolicyEditions", backend, &ComparePolicyEditions);
  AddInline(all, "ListRoles", backend, &ListRoles);
  AddInline(all, "ListServices", backend, &ListServices);
  methods->AddRead<v1::GetPolicyRequest, v1::GetPolicyResponse>(
      "GetPolicy", [backend](const CallContext& context, Readers& readers,
                             const v1::GetPolicyRequest& request,
                             v1::GetPolicyResponse* response) {
        return GetPolicy(*backend, context, readers, request, response);
      });
  methods->AddList("EvaluatePolicy", EvaluatePolicyHandler(backend));
  return methods;
}

}  // namespace partner::server
