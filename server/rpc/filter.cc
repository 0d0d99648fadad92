#include "server/rpc/filter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/rpc/filter_parser.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::int64_t MicrosOf(const Message& time) {
  const auto& timestamp = static_cast<const google::protobuf::Timestamp&>(time);
  // Whatever a store holds, it does not overflow.
  return absl::ToUnixMicros(absl::FromUnixSeconds(timestamp.seconds()) +
                            absl::Nanoseconds(timestamp.nanos()));
}

const Message& SubMessage(const Message& message, const FieldDescriptor* field,
                          int index) {
  const Reflection* reflection = message.GetReflection();
  return index < 0 ? reflection->GetMessage(message, field)
                   : reflection->GetRepeatedMessage(message, field, index);
}

std::int64_t NumberOf(const Message& message, const FieldDescriptor* field,
                      int index) {
  const Reflection* reflection = message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? reflection->GetBool(message, field)
                 : reflection->GetRepeatedBool(message, field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return one ? reflection->GetEnumValue(message, field)
                 : reflection->GetRepeatedEnumValue(message, field, index);
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? reflection->GetInt32(message, field)
                 : reflection->GetRepeatedInt32(message, field, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? reflection->GetInt64(message, field)
                 : reflection->GetRepeatedInt64(message, field, index);
    default:
      return MicrosOf(SubMessage(message, field, index));
  }
}

}  // namespace

std::variant<Filter, hierarchy::Refusal> Filter::Parse(
    absl::string_view text, const google::protobuf::Descriptor* resource) {
  if (text.size() > kBytesMax) {
    return hierarchy::BadField(
        v1::ERROR_REASON_FILTER_INVALID, "filter",
        absl::StrCat("The filter is longer than ", kBytesMax, " bytes."),
        "Shorten it.");
  }
  Filter filter;
  FilterParser parser(text, resource);
  if (parser.Parse(&filter)) return filter;
  hierarchy::Refusal refusal = hierarchy::BadField(
      v1::ERROR_REASON_FILTER_INVALID, "filter",
      absl::StrCat("At position ", parser.error_position(), ": ",
                   parser.error(), "."),
      "Write conditions like `field = \"value\"` joined by AND.");
  refusal.metadata["position"] = absl::StrCat(parser.error_position());
  return refusal;
}

bool Filter::Matches(const Message& resource) const {
  for (const Condition& condition : conditions_) {
    const bool opposite = condition.op == Operator::kNotEqual;
    if (Holds(condition, resource, 0) == opposite) return false;
  }
  return true;
}

std::optional<std::string> Filter::EqualTo(absl::string_view field) const {
  for (const Condition& condition : conditions_) {
    if (condition.op != Operator::kEqual || condition.path.size() != 1 ||
        condition.path.front()->name() != field) {
      continue;
    }
    if (const auto* text = std::get_if<std::string>(&condition.value)) {
      return *text;
    }
  }
  return std::nullopt;
}

bool Filter::Holds(const Condition& condition, const Message& message,
                   std::size_t depth) {
  const FieldDescriptor* field = condition.path[depth];
  const Reflection* reflection = message.GetReflection();
  const bool last = depth + 1 == condition.path.size();
  const int size =
      field->is_repeated() ? reflection->FieldSize(message, field) : 1;
  for (int i = 0; i < size; ++i) {
    const int index = field->is_repeated() ? i : -1;
    if (last ? HoldsFor(condition, message, field, index)
             : Holds(condition, SubMessage(message, field, index), depth + 1)) {
      return true;
    }
  }
  return false;
}

bool Filter::HoldsFor(const Condition& condition, const Message& message,
                      const FieldDescriptor* field, int index) {
  const Reflection* reflection = message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string scratch;
    const std::string& text =
        index < 0 ? reflection->GetStringReference(message, field, &scratch)
                  : reflection->GetRepeatedStringReference(message, field,
                                                           index, &scratch);
    return text == std::get<std::string>(condition.value);
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && index < 0 &&
      !reflection->HasField(message, field)) {
    return false;
  }
  return Compares(condition.op, NumberOf(message, field, index),
                  std::get<std::int64_t>(condition.value));
}

bool Filter::Compares(Operator op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:  // Matches turns it round.
      return a == b;
    case Operator::kLess:
      return a < b;
    case Operator::kLessOrEqual:
      return a <= b;
    case Operator::kGreater:
      return a > b;
    case Operator::kGreaterOrEqual:
      return a >= b;
  }
  return false;
}

}  // namespace partner::server
