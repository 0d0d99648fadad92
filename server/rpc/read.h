#ifndef PARTNER_SERVER_RPC_READ_H_
#define PARTNER_SERVER_RPC_READ_H_

#include <memory>
#include <optional>
#include <variant>

#include "absl/strings/string_view.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/names.h"
#include "hierarchy/model/principal.h"
#include "server/rpc/backend.h"
#include "server/rpc/method.h"
#include "server/rpc/read_point.h"

// Reads of stored resources.
namespace partner::server {

// The handler of a Get: works on any request with `name`, `read_options` and
// `read_mask` and any response with the resource as its first field and
// `revision`. NOT_FOUND for missing and invisible ones alike.
ReadHandler GetHandler(const Backend* backend, hierarchy::Kind kind);

// Whether the principal may see a parsed resource, by the facts of now: content
// may be read at an old revision, rights never are.
bool Sees(const Engine& engine, const hierarchy::Principal& principal,
          hierarchy::Kind kind, const google::protobuf::Message& document);

// Parses a stored body; STORED_BODY_DAMAGED when it is none.
Outcome ParseStored(const StoredDocument& stored,
                    google::protobuf::Message* document);

// The resource as it was at `revision`, whoever asks.
std::variant<std::unique_ptr<google::protobuf::Message>, hierarchy::Refusal>
Fetch(StoreReader* reader, hierarchy::Kind kind, absl::string_view name,
      std::int64_t revision);

// The same, and NOT_FOUND when the principal may not see it.
std::variant<std::unique_ptr<google::protobuf::Message>, hierarchy::Refusal>
FetchVisible(const CallContext& context, StoreReader* reader,
             hierarchy::Kind kind, absl::string_view name,
             std::int64_t revision);

// MASK_INVALID when a path is no field of the resource.
Outcome CheckMask(const google::protobuf::FieldMask& mask,
                  const google::protobuf::Descriptor* resource);
// Leaves the fields of the mask; an empty mask leaves all.
void ApplyMask(const google::protobuf::FieldMask& mask,
               google::protobuf::Message* resource);

// Fields of a request by name, which must be there and of that type.
const std::string& TextField(const google::protobuf::Message& request,
                             const char* field);
const google::protobuf::FieldMask& MaskOf(
    const google::protobuf::Message& request);
// The `revision` of a response.
hierarchy::v1::Revision* MutableRevisionOf(google::protobuf::Message* response);

// The reader of the call's program, or why there is none.
std::variant<StoreReader*, hierarchy::Refusal> ReaderOf(
    const CallContext& context, Readers& readers);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_READ_H_
