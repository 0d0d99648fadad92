#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::Message;
using hierarchy::Kind;
using hierarchy::Refusal;

// Reads one document of the lookup into `document`, as shown at the moment.
// Whoever presents the token may see what it leads to.
Outcome ReadInto(const CallContext& context, StoreReader* reader,
                 const ReadPoint& point, Kind kind, absl::string_view name,
                 Message* document) {
  auto fetched = Fetch(reader, kind, name, point.revision);
  if (auto* refusal = std::get_if<Refusal>(&fetched)) {
    return std::move(*refusal);
  }
  document->CopyFrom(*std::get<std::unique_ptr<Message>>(fetched));
  hierarchy::ShowAt(point.moment, context.principal, context.engine->tokens(),
                    document);
  return std::nullopt;
}

Outcome ReadForward(const CallContext& context, StoreReader* reader,
                    const ReadPoint& point, absl::string_view name,
                    v1::LookupInvitationResponse* response) {
  v1::InvitationForward forward;
  if (Outcome failed = ReadInto(context, reader, point,
                                Kind::kInvitationForward, name, &forward)) {
    return failed;
  }
  v1::Partner forwarder;
  if (Outcome failed = ReadInto(context, reader, point, Kind::kPartner,
                                forward.forwarder(), &forwarder)) {
    return failed;
  }
  response->set_forwarder(forward.forwarder());
  response->set_forwarder_display_name(forwarder.display_name());
  response->set_forward_state(forward.state());
  response->set_forward_message(forward.message());
  return std::nullopt;
}

Outcome ReadInvitation(const CallContext& context, StoreReader* reader,
                       const ReadPoint& point, absl::string_view name,
                       v1::LookupInvitationResponse* response) {
  v1::Invitation invitation;
  if (Outcome failed = ReadInto(context, reader, point, Kind::kInvitation, name,
                                &invitation)) {
    return failed;
  }
  v1::Partner issuer;
  const absl::string_view issuer_name = hierarchy::ParentOf(name);
  if (Outcome failed = ReadInto(context, reader, point, Kind::kPartner,
                                issuer_name, &issuer)) {
    return failed;
  }
  response->set_issuer(issuer.name());
  response->set_issuer_display_name(issuer.display_name());
  response->set_state(invitation.state());
  response->set_admin_offer(invitation.admin_offer());
  response->set_message(invitation.message());
  return std::nullopt;
}

Outcome Lookup(const Backend& backend, const CallContext& context,
               Readers& readers, const v1::LookupInvitationRequest& request,
               v1::LookupInvitationResponse* response) {
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  StoreReader* reader = std::get<StoreReader*>(opened);
  const std::optional<std::string> name = context.engine->tokens().Read(
      hierarchy::ProgramOf(request.parent()), request.token());
  if (!name) {
    return hierarchy::BadField(
        v1::ERROR_REASON_TOKEN_INVALID, "token",
        "The token is damaged or was not made by this server.",
        "Ask the sender for the link again.");
  }
  auto resolved = ResolveReadPoint(*context.engine, backend.clock, reader,
                                   request.read_options(), std::nullopt);
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const ReadPoint& point = std::get<ReadPoint>(resolved);
  absl::string_view invitation = *name;
  if (hierarchy::KindOfName(*name) == Kind::kInvitationForward) {
    if (Outcome failed = ReadForward(context, reader, point, *name, response)) {
      return failed;
    }
    invitation = hierarchy::ParentOf(*name);
  }
  if (Outcome failed =
          ReadInvitation(context, reader, point, invitation, response)) {
    return failed;
  }
  SetRevision(*context.engine, point.revision, response->mutable_revision());
  return std::nullopt;
}

}  // namespace

std::unique_ptr<ServiceMethods> InvitationMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::GetInvitationRequest::descriptor()->file()->service(0));
  methods->AddRead("GetInvitation", GetHandler(backend, Kind::kInvitation));
  methods->AddList("ListInvitations", ListHandler(backend, Kind::kInvitation));
  methods->AddRead("GetInvitationForward",
                   GetHandler(backend, Kind::kInvitationForward));
  methods->AddList("ListInvitationForwards",
                   ListHandler(backend, Kind::kInvitationForward));
  methods->AddRead("GetInvitationAcceptance",
                   GetHandler(backend, Kind::kInvitationAcceptance));
  methods->AddList("ListInvitationAcceptances",
                   ListHandler(backend, Kind::kInvitationAcceptance));
  methods->AddRead<v1::LookupInvitationRequest, v1::LookupInvitationResponse>(
      "LookupInvitation",
      [backend](const CallContext& context, Readers& readers,
                const v1::LookupInvitationRequest& request,
                v1::LookupInvitationResponse* response) {
        return Lookup(*backend, context, readers, request, response);
      });
  return methods;
}

}  // namespace partner::server
