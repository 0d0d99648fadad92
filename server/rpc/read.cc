#include "server/rpc/read.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/field_mask_util.h"
#include "hierarchy/rules/decide.h"
#include "server/rpc/error_exit.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::util::FieldMaskUtil;
using hierarchy::Kind;
using hierarchy::Principal;
using hierarchy::Refusal;

using Fetched = std::variant<std::unique_ptr<Message>, Refusal>;

const FieldDescriptor* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

// A document that was fetched, parsed.
Fetched Parsed(const absl::StatusOr<std::optional<StoredDocument>>& stored,
               Kind kind, absl::string_view name) {
  if (!stored.ok()) return RefusalOfStore(stored.status());
  if (!stored->has_value()) return hierarchy::NotFound(name);
  std::unique_ptr<Message> document = hierarchy::NewDocument(kind);
  if (Outcome damaged = ParseStored(**stored, document.get())) {
    return *std::move(damaged);
  }
  return document;
}

// The resource as it was at the moment of the point.
Fetched FetchPast(StoreReader* reader, Kind kind, absl::string_view name,
                  const ReadPoint& point) {
  auto found = ResolvePast(reader, point);
  if (auto* refusal = std::get_if<Refusal>(&found)) return std::move(*refusal);
  PastReader past(reader, std::get<PastPoint>(found), point.moment, {});
  return Parsed(past.Get(kind, name), kind, name);
}

// Makes NOT_FOUND of what the principal may not see.
void HideFrom(const CallContext& context, Kind kind, absl::string_view name,
              Fetched* fetched) {
  if (const auto* document = std::get_if<std::unique_ptr<Message>>(fetched);
      document != nullptr &&
      !Sees(*context.engine, context.principal, kind, **document)) {
    *fetched = hierarchy::NotFound(name);
  }
}

Outcome Get(const Backend& backend, Kind kind, const CallContext& context,
            Readers& readers, const Message& request, Message* response) {
  const FieldDescriptor* resource = response->GetDescriptor()->field(0);
  const FieldMask& mask = MaskOf(request);
  if (Outcome bad = CheckMask(mask, resource->message_type())) return bad;
  auto reader = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&reader)) return *refusal;
  StoreReader* store = std::get<StoreReader*>(reader);
  const std::optional<absl::Time> at = AtOf(request);
  auto point = ResolveReadPoint(*context.engine, backend.clock, store,
                                ReadOptionsOf(request), at);
  if (auto* refusal = std::get_if<Refusal>(&point)) return *refusal;
  const auto& [revision, moment] = std::get<ReadPoint>(point);
  const std::string& name = TextField(request, "name");
  Fetched fetched =
      at ? FetchPast(store, kind, name, std::get<ReadPoint>(point))
         : Fetch(store, kind, name, revision);
  HideFrom(context, kind, name, &fetched);
  if (auto* refusal = std::get_if<Refusal>(&fetched)) return *refusal;
  std::unique_ptr<Message> document =
      std::get<std::unique_ptr<Message>>(std::move(fetched));
  hierarchy::ShowAt(moment, context.principal, context.engine->tokens(),
                    document.get());
  ApplyMask(mask, document.get());
  response->GetReflection()->SetAllocatedMessage(response, document.release(),
                                                 resource);
  SetRevision(*context.engine, revision, MutableRevisionOf(response));
  return std::nullopt;
}

}  // namespace

ReadHandler GetHandler(const Backend* backend, Kind kind) {
  return [backend, kind](const CallContext& context, Readers& readers,
                         const Message& request, Message* response) {
    return Get(*backend, kind, context, readers, request, response);
  };
}

bool Sees(const Engine& engine, const Principal& principal, Kind kind,
          const Message& document) {
  // They read everything; no need to lock the graph.
  if (principal.kind == Principal::Kind::kOperator ||
      principal.kind == Principal::Kind::kAuditor) {
    return true;
  }
  bool sees = false;
  const std::int64_t newest = engine.visible();
  engine.ReadGraph(newest, [&](const hierarchy::Graph& graph) {
    sees = hierarchy::CanSee(graph, newest, engine.present(), principal, kind,
                             document);
  });
  return sees;
}

Outcome ParseStored(const StoredDocument& stored, Message* document) {
  if (document->ParseFromString(stored.body)) return std::nullopt;
  return RefusalOfStore(absl::DataLossError(
      absl::StrCat("the body of ", stored.name, " at revision ",
                   stored.revision, " does not parse")));
}

Fetched Fetch(StoreReader* reader, Kind kind, absl::string_view name,
              std::int64_t revision) {
  return Parsed(reader->Get(kind, name, revision), kind, name);
}

Fetched FetchVisible(const CallContext& context, StoreReader* reader, Kind kind,
                     absl::string_view name, std::int64_t revision) {
  Fetched fetched = Fetch(reader, kind, name, revision);
  HideFrom(context, kind, name, &fetched);
  return fetched;
}

Outcome CheckMask(const FieldMask& mask, const Descriptor* resource) {
  for (const std::string& path : mask.paths()) {
    if (!path.empty() &&
        FieldMaskUtil::GetFieldDescriptors(resource, path, nullptr)) {
      continue;
    }
    return hierarchy::BadField(
        v1::ERROR_REASON_MASK_INVALID, "read_mask",
        absl::StrCat("`", Shorten(path, 100), "` is no field of ",
                     resource->name(), "."),
        "Name fields of the resource.");
  }
  return std::nullopt;
}

void ApplyMask(const FieldMask& mask, Message* resource) {
  if (mask.paths_size() > 0) FieldMaskUtil::TrimMessage(mask, resource);
}

const std::string& TextField(const Message& request, const char* field) {
  // Requests hold plain strings, so nothing is copied into the scratch.
  static std::string scratch;
  return request.GetReflection()->GetStringReference(
      request, FieldOf(request, field), &scratch);
}

const FieldMask& MaskOf(const Message& request) {
  return static_cast<const FieldMask&>(request.GetReflection()->GetMessage(
      request, FieldOf(request, "read_mask")));
}

v1::Revision* MutableRevisionOf(Message* response) {
  return static_cast<v1::Revision*>(response->GetReflection()->MutableMessage(
      response, FieldOf(*response, "revision")));
}

std::variant<StoreReader*, Refusal> ReaderOf(const CallContext& context,
                                             Readers& readers) {
  if (context.engine == nullptr) {
    return hierarchy::RefuseWith(v1::ERROR_REASON_NAME_MALFORMED,
                                 "The request names no program.",
                                 "Begin names with `programs/{program}`.");
  }
  absl::StatusOr<StoreReader*> reader = readers.Of(*context.engine);
  if (!reader.ok()) return RefusalOfStore(reader.status());
  return *reader;
}

}  // namespace partner::server
