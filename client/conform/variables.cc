#include "client/conform/variables.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/request_id.h"
#include "google/protobuf/descriptor.h"

namespace partner::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// FNV-1a: the same word has the same UUID in every step.
std::uint64_t HashOf(absl::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

std::string UuidOf(absl::string_view word) {
  const std::uint64_t hash = HashOf(word);
  return absl::StrFormat("%08x-%04x-4000-8000-%012x", hash >> 32,
                         hash >> 16 & 0xffff,
                         HashOf(absl::StrCat(word, "/")) & 0xffffffffffff);
}

// Where a path leads: a field of a message, and which item of it.
struct Place {
  const Message* message = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;
};

std::optional<Place> Walk(const Message& root, absl::string_view path) {
  Place place{&root, nullptr, -1};
  for (absl::string_view step : absl::StrSplit(path, '.')) {
    if (place.field != nullptr) {
      if (place.field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        return std::nullopt;
      }
      const auto* reflection = place.message->GetReflection();
      if (place.field->is_repeated()) {
        if (place.index < 0 ||
            place.index >= reflection->FieldSize(*place.message, place.field)) {
          return std::nullopt;
        }
        place.message = &reflection->GetRepeatedMessage(
            *place.message, place.field, place.index);
      } else {
        place.message = &reflection->GetMessage(*place.message, place.field);
      }
    }
    const std::vector<absl::string_view> parts = absl::StrSplit(step, '[');
    place.index = -1;
    if (parts.size() == 2 &&
        !absl::SimpleAtoi(absl::StripSuffix(parts[1], "]"), &place.index)) {
      return std::nullopt;
    }
    place.field =
        place.message->GetDescriptor()->FindFieldByName(std::string(parts[0]));
    if (place.field == nullptr) return std::nullopt;
  }
  return place;
}

}  // namespace

void Variables::Set(const std::string& name, const std::string& value) {
  values_[name] = value;
}

absl::StatusOr<std::string> Variables::ValueOf(
    absl::string_view expression) const {
  const auto found = values_.find(std::string(expression));
  if (found != values_.end()) return found->second;
  if (expression == "new-id") return NewRequestId();
  const std::vector<std::string> parts = absl::StrSplit(expression, ':');
  if (parts.size() == 2) {
    const std::string uuid = UuidOf(absl::StrCat(parts[1], "/", run_));
    if (parts[0] == "id") return absl::StrCat(parts[1], "-", run_);
    if (parts[0] == "tenant" || parts[0] == "uuid") return uuid;
    if (parts[0] == "UUID") return absl::AsciiStrToUpper(uuid);
  }
  int times = 0;
  if (parts.size() == 3 && parts[0] == "repeat" &&
      absl::SimpleAtoi(parts[2], &times)) {
    std::string text;
    for (int i = 0; i < times; ++i) absl::StrAppend(&text, parts[1]);
    return text;
  }
  std::int64_t offset = 0;
  if (absl::ConsumePrefix(&expression, "now") &&
      (expression.empty() || absl::SimpleAtoi(expression, &offset))) {
    return absl::StrCat(now_ + offset);
  }
  return absl::NotFoundError(absl::StrCat("no variable ", parts[0]));
}

absl::StatusOr<std::string> Variables::Expand(absl::string_view text) const {
  return ExpandWith(text, /*escaped=*/false);
}

absl::StatusOr<std::string> Variables::ExpandTextproto(
    absl::string_view text) const {
  return ExpandWith(text, /*escaped=*/true);
}

absl::StatusOr<std::string> Variables::ExpandWith(absl::string_view text,
                                                  bool escaped) const {
  std::string expanded;
  while (!text.empty()) {
    const std::size_t begin = text.find("${");
    absl::StrAppend(&expanded, text.substr(0, begin));
    if (begin == absl::string_view::npos) break;
    const std::size_t end = text.find('}', begin);
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError("a ${ without }");
    }
    const absl::StatusOr<std::string> value =
        ValueOf(text.substr(begin + 2, end - begin - 2));
    if (!value.ok()) return value;
    absl::StrAppend(&expanded,
                    escaped ? absl::Utf8SafeCEscape(*value) : *value);
    text.remove_prefix(end + 1);
  }
  return expanded;
}

std::string ValueAt(const Message& message, absl::string_view path) {
  const std::optional<Place> place = Walk(message, path);
  if (!place) return "";
  const Message& holder = *place->message;
  const FieldDescriptor* field = place->field;
  const auto* reflection = holder.GetReflection();
  const bool item = field->is_repeated();
  if (item ? place->index < 0 ||
                 place->index >= reflection->FieldSize(holder, field)
           : !reflection->HasField(holder, field)) {
    return "";
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return item ? reflection->GetRepeatedString(holder, field, place->index)
                  : reflection->GetString(holder, field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return (item ? reflection->GetRepeatedMessage(holder, field, place->index)
                   : reflection->GetMessage(holder, field))
          .ShortDebugString();
    case FieldDescriptor::CPPTYPE_ENUM:
      return (item ? reflection->GetRepeatedEnum(holder, field, place->index)
                   : reflection->GetEnum(holder, field))
          ->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return item ? "" : absl::StrCat(reflection->GetBool(holder, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return item ? "" : absl::StrCat(reflection->GetInt32(holder, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return item ? "" : absl::StrCat(reflection->GetInt64(holder, field));
    default:
      return "";
  }
}

int CountAt(const Message& message, absl::string_view path) {
  const std::optional<Place> place = Walk(message, path);
  if (!place || !place->field->is_repeated()) return -1;
  return place->message->GetReflection()->FieldSize(*place->message,
                                                    place->field);
}

}  // namespace partner::client
