#include "client/cli/values.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace partner::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Complain(absl::string_view text, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", text, "` is not ", expected));
}

// `INVITATION_AUDIENCE_`: what the values of an enum begin with. Every enum of
// the contract has a value 0 of this prefix and UNSPECIFIED.
absl::string_view PrefixOf(const EnumDescriptor& type) {
  absl::string_view prefix = type.value(0)->name();
  absl::ConsumeSuffix(&prefix, "UNSPECIFIED");
  return prefix;
}

absl::StatusOr<int> ParseEnum(const EnumDescriptor& type,
                              absl::string_view word) {
  const std::string label =
      absl::AsciiStrToUpper(absl::StrReplaceAll(word, {{"-", "_"}}));
  for (int i = 1; i < type.value_count(); ++i) {
    if (EnumLabel(*type.value(i)) == label || type.value(i)->name() == label) {
      return type.value(i)->number();
    }
  }
  return Complain(
      word, absl::StrCat("one of ", absl::StrJoin(EnumWords(type), ", ")));
}

absl::Status SetMessage(Message* message, absl::string_view word,
                        absl::Time now) {
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    const absl::StatusOr<absl::Time> moment = ParseMoment(word, now);
    if (!moment.ok()) return moment.status();
    time->set_seconds(absl::ToUnixSeconds(*moment));
    time->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(
        *moment - absl::FromUnixSeconds(time->seconds()))));
    return absl::OkStatus();
  }
  if (auto* span = dynamic_cast<google::protobuf::Duration*>(message)) {
    const absl::StatusOr<absl::Duration> duration = ParseSpan(word);
    if (!duration.ok()) return duration.status();
    span->set_seconds(absl::ToInt64Seconds(*duration));
    span->set_nanos(static_cast<std::int32_t>(
        absl::ToInt64Nanoseconds(*duration - absl::Seconds(span->seconds()))));
    return absl::OkStatus();
  }
  if (auto* mask = dynamic_cast<google::protobuf::FieldMask*>(message)) {
    for (absl::string_view path : absl::StrSplit(word, ',')) {
      mask->add_paths(std::string(path));
    }
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat("no words for a ", message->GetTypeName()));
}

absl::Status SetNumber(Message* message, const FieldDescriptor& field,
                       absl::string_view word) {
  const Reflection& reflection = *message->GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    std::int32_t number = 0;
    if (!absl::SimpleAtoi(word, &number)) return Complain(word, "a number");
    reflection.SetInt32(message, &field, number);
  } else {
    std::int64_t number = 0;
    if (!absl::SimpleAtoi(word, &number)) return Complain(word, "a number");
    reflection.SetInt64(message, &field, number);
  }
  return absl::OkStatus();
}

absl::Status SetOne(Message* message, const FieldDescriptor& field,
                    const std::string& word, absl::Time now) {
  const Reflection& reflection = *message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) {
        reflection.AddString(message, &field, word);
      } else {
        reflection.SetString(message, &field, word);
      }
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (word != "true" && word != "false") {
        return Complain(word, "true or false");
      }
      reflection.SetBool(message, &field, word == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber(message, field, word);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const absl::StatusOr<int> number = ParseEnum(*field.enum_type(), word);
      if (!number.ok()) return number.status();
      if (field.is_repeated()) {
        reflection.AddEnumValue(message, &field, *number);
      } else {
        reflection.SetEnumValue(message, &field, *number);
      }
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(reflection.MutableMessage(message, &field), word, now);
    default:
      return absl::InternalError(
          absl::StrCat("no words for ", field.full_name()));
  }
}

}  // namespace

std::string EnumLabel(const EnumValueDescriptor& value) {
  absl::string_view label = value.name();
  absl::ConsumePrefix(&label, PrefixOf(*value.type()));
  return std::string(label);
}

std::vector<std::string> EnumWords(const EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 1; i < type.value_count(); ++i) {
    words.push_back(absl::AsciiStrToLower(
        absl::StrReplaceAll(EnumLabel(*type.value(i)), {{"_", "-"}})));
  }
  return words;
}

absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text) {
  absl::Duration days;
  absl::string_view rest = text;
  const std::size_t d = text.find('d');
  if (d != absl::string_view::npos) {
    int count = 0;
    if (!absl::SimpleAtoi(text.substr(0, d), &count)) {
      return Complain(text, "a time span such as 90s, 2h30m or 30d");
    }
    days = absl::Hours(24) * count;
    rest = text.substr(d + 1);
    if (rest.empty()) return days;
  }
  absl::Duration duration;
  if (!absl::ParseDuration(rest, &duration)) {
    return Complain(text, "a time span such as 90s, 2h30m or 30d");
  }
  return days + duration;
}

absl::StatusOr<absl::Time> ParseMoment(absl::string_view text, absl::Time now) {
  absl::string_view span = text;
  if (absl::ConsumePrefix(&span, "+")) {
    const absl::StatusOr<absl::Duration> duration = ParseSpan(span);
    if (!duration.ok()) return duration.status();
    return now + *duration;
  }
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ||
      absl::ParseTime("%Y-%m-%d", text, &time, nullptr)) {
    return time;
  }
  return Complain(text,
                  "a time such as 2027-01-31T12:00:00Z, 2027-01-31 or +30d");
}

std::string FormatMoment(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

const FieldDescriptor* FindField(const Descriptor& type,
                                 absl::string_view path) {
  const Descriptor* at = &type;
  const FieldDescriptor* field = nullptr;
  for (absl::string_view part : absl::StrSplit(path, '.')) {
    if (at == nullptr) return nullptr;
    field = at->FindFieldByName(std::string(part));
    if (field == nullptr) return nullptr;
    at = field->message_type();
  }
  return field;
}

absl::Status SetField(Message* message, absl::string_view path,
                      const std::vector<std::string>& words, absl::Time now) {
  // Not even the messages on the way: an empty one says more than none.
  if (words.empty()) return absl::OkStatus();
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(parts[i]);
    message = message->GetReflection()->MutableMessage(message, field);
  }
  const FieldDescriptor* field =
      message->GetDescriptor()->FindFieldByName(parts.back());
  for (const std::string& word : words) {
    absl::Status status = SetOne(message, *field, word, now);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace partner::client
