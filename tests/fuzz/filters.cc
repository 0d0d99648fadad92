// Filters of lists: refused with FILTER_INVALID, or they can be applied to any
// resource. The first byte chooses the resource, the rest is the text.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "hierarchy/model/names.h"
#include "hierarchy/rules/decide.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/filter.h"
#include "tests/fuzz/input.h"

namespace partner::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using test::Input;
using test::Must;

// Sets every field, repeated ones twice; a message that contains itself only
// once.
void Fill(Message* message, int depth) {
  const google::protobuf::Reflection* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (field->is_map()) continue;
    const int items = field->is_repeated() ? 2 : 1;
    for (int item = 0; item < items; ++item) {
      const bool add = field->is_repeated();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          add ? reflection->AddString(message, field, "programs/global")
              : reflection->SetString(message, field, "a");
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          add ? reflection->AddInt32(message, field, item)
              : reflection->SetInt32(message, field, -1);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          add ? reflection->AddInt64(message, field, item)
              : reflection->SetInt64(message, field, 1);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          add ? reflection->AddBool(message, field, item == 0)
              : reflection->SetBool(message, field, true);
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          // One that is known, and one of a later version.
          add ? reflection->AddEnumValue(message, field, 1000 * item + 1)
              : reflection->SetEnumValue(message, field, 1);
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          if (depth > 0) {
            Fill(add ? reflection->AddMessage(message, field)
                     : reflection->MutableMessage(message, field),
                 depth - 1);
          }
          break;
        default:
          break;
      }
    }
  }
}

void Run(Input input) {
  constexpr hierarchy::Kind kKinds[] = {
      hierarchy::Kind::kPartner,
      hierarchy::Kind::kPartnership,
      hierarchy::Kind::kCustomer,
      hierarchy::Kind::kInvitation,
      hierarchy::Kind::kInvitationForward,
      hierarchy::Kind::kInvitationAcceptance,
      hierarchy::Kind::kResellerRelationship,
      hierarchy::Kind::kAdminRelationship,
  };
  const std::unique_ptr<Message> resource =
      hierarchy::NewDocument(kKinds[input.Byte() % std::size(kKinds)]);
  const absl::string_view text = input.Rest();
  const auto parsed = Filter::Parse(text, resource->GetDescriptor());
  if (const auto* refusal = std::get_if<hierarchy::Refusal>(&parsed)) {
    Must(refusal->reason() == hierarchy::v1::ERROR_REASON_FILTER_INVALID,
         "a filter is refused as a filter");
    Must(ToStatus(*refusal).error_details().size() <= kErrorDetailBytesMax,
         "the refusal is short");
    return;
  }
  const Filter& filter = std::get<Filter>(parsed);
  Must(text.size() <= Filter::kBytesMax, "longer filters are refused");
  filter.Matches(*resource);
  const std::optional<std::string> name = filter.EqualTo("name");
  Fill(resource.get(), 3);
  Must(!filter.Matches(*resource) || !name || *name == "a",
       "what a filter says is equal is equal where it matches");
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::server::Run({data, size});
  return 0;
}
