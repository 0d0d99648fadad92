#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hierarchy/model/names.h"
#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/hierarchy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Graph;
using hierarchy::Kind;
using hierarchy::Refusal;

// Relationships of one customer a call reads, ended ones included; as many
// documents as a page of a list examines.
constexpr int kRelationshipsMax = 20000;

using Relationships = std::vector<v1::ResellerRelationship>;

// The live relationships of a customer that the caller sees, as it sees them.
std::variant<Relationships, Refusal> ReadRelationships(
    const CallContext& context, StoreReader* reader,
    const v1::ResolveChannelRequest& request, std::int64_t revision) {
  Relationships all;
  Outcome failed;
  int read = 0;
  const absl::Status status = reader->List(
      {.kind = Kind::kResellerRelationship,
       .prefix = absl::StrCat(request.customer(), "/resellerRelationships/"),
       .after = "",
       .revision = revision},
      [&](const StoredDocument& row) {
        if (++read > kRelationshipsMax) {
          Refusal refusal = hierarchy::RefuseWith(
              v1::ERROR_REASON_QUOTA_REACHED,
              "The customer has too many relationships to resolve at once.",
              "List them with ListResellerRelationships.", "C6");
          refusal.metadata["limit"] = "rows_examined_max";
          refusal.metadata["value"] = absl::StrCat(kRelationshipsMax);
          failed = std::move(refusal);
          return false;
        }
        v1::ResellerRelationship item;
        if (row.revision == 0) return true;
        if ((failed = ParseStored(row, &item))) return false;
        if (item.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE ||
            (!request.owner().empty() && item.owner() != request.owner()) ||
            !Sees(*context.engine, context.principal,
                  Kind::kResellerRelationship, item)) {
          return true;
        }
        hierarchy::ShowAt(absl::InfinitePast(), context.principal,
                          context.engine->tokens(), &item);
        all.push_back(std::move(item));
        return true;
      });
  if (!status.ok()) return RefusalOfStore(status);
  if (failed) return *std::move(failed);
  std::sort(
      all.begin(), all.end(),
      [](const v1::ResellerRelationship& a, const v1::ResellerRelationship& b) {
        return a.owner() < b.owner();
      });
  return all;
}

// D12: it may do something new in that capacity.
bool IsOpen(const Graph::PartnerFact* fact, v1::EnrollmentType capacity) {
  return fact != nullptr && fact->state == v1::PARTNER_STATE_ACTIVE &&
         fact->Has(capacity, v1::ENROLLMENT_STATE_ACTIVE);
}

void Fill(const Graph& graph, std::int64_t revision,
          const v1::ResellerRelationship& relationship, v1::Channel* channel) {
  channel->set_owner(relationship.owner());
  channel->set_as_enrollment(relationship.as_enrollment());
  channel->set_reseller_relationship(relationship.name());
  *channel->mutable_start_time() = relationship.start_time();
  const auto owner = graph.PartnerNamed(relationship.owner());
  channel->set_open(owner && IsOpen(graph.PartnerAt(*owner, revision),
                                    relationship.as_enrollment()));
  for (const v1::AssociatedReseller& item :
       relationship.associated_resellers()) {
    if (item.has_end_time()) continue;
    v1::ChannelReseller* reseller = channel->add_resellers();
    reseller->set_partner(item.partner());
    reseller->set_is_default(item.is_default());
    *reseller->mutable_start_time() = item.start_time();
    const auto id = graph.PartnerNamed(item.partner());
    reseller->set_partnership_active(
        owner && id && graph.HavePartnership(*owner, *id, revision));
  }
  std::stable_sort(
      channel->mutable_resellers()->begin(),
      channel->mutable_resellers()->end(),
      [](const v1::ChannelReseller& a, const v1::ChannelReseller& b) {
        return a.is_default() && !b.is_default();
      });
}

Outcome ResolveChannel(const Backend&, const CallContext& context,
                       Readers& readers,
                       const v1::ResolveChannelRequest& request,
                       v1::ResolveChannelResponse* response) {
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  StoreReader* reader = std::get<StoreReader*>(opened);
  auto resolved = ResolveGraphRevision(*context.engine, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const std::int64_t revision = std::get<std::int64_t>(resolved);
  auto customer = FetchVisible(context, reader, Kind::kCustomer,
                               request.customer(), revision);
  if (auto* refusal = std::get_if<Refusal>(&customer)) {
    return std::move(*refusal);
  }
  auto read = ReadRelationships(context, reader, request, revision);
  if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
  // One at a time: what has thousands must not hold up a commit.
  for (const v1::ResellerRelationship& item : std::get<Relationships>(read)) {
    const bool held =
        context.engine->ReadGraph(revision, [&](const Graph& graph) {
          Fill(graph, revision, item, response->add_channels());
        });
    if (!held) return SnapshotExpired(*context.engine, revision);
  }
  SetRevision(*context.engine, revision, response->mutable_revision());
  return std::nullopt;
}

}  // namespace

std::unique_ptr<ServiceMethods> HierarchyMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::ResolveChannelRequest::descriptor()->file()->service(0));
  methods->AddRead<v1::ResolveChannelRequest, v1::ResolveChannelResponse>(
      "ResolveChannel", [backend](const CallContext& context, Readers& readers,
                                  const v1::ResolveChannelRequest& request,
                                  v1::ResolveChannelResponse* response) {
        return ResolveChannel(*backend, context, readers, request, response);
      });
  return methods;
}

}  // namespace partner::server
