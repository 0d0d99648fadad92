#include "client/cli/render.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/cli/flag_names.h"
#include "client/cli/names.h"
#include "client/cli/values.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "partner/hierarchy/v1/hierarchy_service.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

std::string FormatTime(const google::protobuf::Timestamp& time) {
  return FormatMoment(absl::FromUnixSeconds(time.seconds()));
}

std::string FormatEnrollment(const v1::Enrollment& enrollment) {
  const EnumValueDescriptor* type =
      v1::EnrollmentType_descriptor()->FindValueByNumber(enrollment.type());
  const EnumValueDescriptor* state =
      v1::EnrollmentState_descriptor()->FindValueByNumber(enrollment.state());
  std::string text = type != nullptr ? EnumLabel(*type) : "?";
  if (state != nullptr && enrollment.state() != v1::ENROLLMENT_STATE_ACTIVE) {
    absl::StrAppend(&text, " (", EnumLabel(*state), ")");
  }
  return text;
}

std::string FormatAssociated(const v1::AssociatedReseller& associated,
                             const View& view) {
  std::string text = ShortName(associated.partner(), view.program);
  if (associated.is_default()) text += " (default)";
  if (associated.has_end_time()) {
    absl::StrAppend(&text, " (until ", FormatTime(associated.end_time()), ")");
  }
  return text;
}

std::string FormatReseller(const v1::ChannelReseller& reseller,
                           const View& view) {
  std::string text = ShortName(reseller.partner(), view.program);
  if (reseller.is_default()) text += " (default)";
  if (!reseller.partnership_active()) text += " (no partnership)";
  return text;
}

std::string FormatScope(const v1::AdminScope& scope, const View& view) {
  if (scope.all_services()) return "all services";
  return absl::StrJoin(scope.services(), ",",
                       [&](std::string* out, const std::string& name) {
                         out->append(ShortName(name, view.program));
                       });
}

// Any other message: its set fields as `field=value`.
std::string FormatFields(const Message& message, const View& view) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return absl::StrJoin(fields, " ",
                       [&](std::string* out, const FieldDescriptor* field) {
                         absl::StrAppend(out, field->name(), "=",
                                         FormatField(message, *field, view));
                       });
}

std::string FormatMessage(const Message& message, const View& view) {
  if (const auto* time =
          dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return FormatTime(*time);
  }
  if (const auto* span =
          dynamic_cast<const google::protobuf::Duration*>(&message)) {
    constexpr std::int64_t kDay = 86400;
    if (span->seconds() != 0 && span->seconds() % kDay == 0) {
      return absl::StrCat(span->seconds() / kDay, "d");  // As it is typed.
    }
    return absl::FormatDuration(absl::Seconds(span->seconds()) +
                                absl::Nanoseconds(span->nanos()));
  }
  if (const auto* revision = dynamic_cast<const v1::Revision*>(&message)) {
    return absl::StrCat(revision->number());
  }
  if (const auto* enrollment = dynamic_cast<const v1::Enrollment*>(&message)) {
    return FormatEnrollment(*enrollment);
  }
  if (const auto* associated =
          dynamic_cast<const v1::AssociatedReseller*>(&message)) {
    return FormatAssociated(*associated, view);
  }
  if (const auto* reseller =
          dynamic_cast<const v1::ChannelReseller*>(&message)) {
    return FormatReseller(*reseller, view);
  }
  if (const auto* rule = dynamic_cast<const v1::RuleSwitch*>(&message)) {
    return absl::StrCat(rule->value() ? "yes" : "no", " (", rule->rule(), ")");
  }
  if (const auto* scope = dynamic_cast<const v1::AdminScope*>(&message)) {
    return FormatScope(*scope, view);
  }
  return FormatFields(message, view);
}

std::string FormatEnum(const FieldDescriptor& field, int number) {
  const EnumValueDescriptor* value =
      field.enum_type()->FindValueByNumber(number);
  if (number == 0) return "";
  return value != nullptr ? EnumLabel(*value) : absl::StrCat(number);
}

// Item `index` of a list, or the singular value for -1.
std::string FormatOne(const Message& message, const FieldDescriptor& field,
                      int index, const View& view) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return OneLine(ShortName(
          repeated ? reflection.GetRepeatedString(message, &field, index)
                   : reflection.GetString(message, &field),
          view.program));
    case FieldDescriptor::CPPTYPE_ENUM:
      return FormatEnum(
          field, repeated
                     ? reflection.GetRepeatedEnumValue(message, &field, index)
                     : reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (repeated) {
        return FormatMessage(
            reflection.GetRepeatedMessage(message, &field, index), view);
      }
      if (!reflection.HasField(message, &field)) return "";
      return FormatMessage(reflection.GetMessage(message, &field), view);
    default:
      return "";
  }
}

// Null only for messages that cannot be: bad UTF-8 in memory.
Json StandardJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? Json::parse(text, nullptr, false) : Json();
}

// Leaves of `object`, the JSON form of a `type`, what `fields` name.
void Select(const Descriptor& type, const std::vector<std::string>& fields,
            Json* object) {
  Json selected = Json::object();
  for (const auto& [key, value] : object->items()) {
    std::vector<std::string> inner;
    const FieldDescriptor* field = nullptr;
    bool whole = false;
    for (const std::string& path : fields) {
      const std::size_t dot = path.find('.');
      const FieldDescriptor* named = type.FindFieldByName(path.substr(0, dot));
      if (named == nullptr || named->json_name() != key) continue;
      field = named;
      if (dot == std::string::npos) {
        whole = true;
      } else {
        inner.push_back(path.substr(dot + 1));
      }
    }
    if (field == nullptr) continue;
    selected[key] = value;
    if (!whole && value.is_object()) {
      Select(*field->message_type(), inner, &selected[key]);
    }
  }
  *object = std::move(selected);
}

// Errors show their reason without prefix, so lists of reasons do too.
void ShortenReasons(Json* json) {
  for (auto& [key, value] : json->items()) {
    if (value.is_structured()) {
      ShortenReasons(&value);
    } else if (key == "reason" && value.is_string()) {
      value = std::string(
          absl::StripPrefix(value.get<std::string>(), "ERROR_REASON_"));
    }
  }
}

}  // namespace

std::string ResourceJson(const Message& resource,
                         const std::vector<std::string>& fields) {
  Json json = StandardJson(resource);
  if (!fields.empty()) Select(*resource.GetDescriptor(), fields, &json);
  ShortenReasons(&json);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string AnswerJson(const Message& answer,
                       const std::vector<std::string>& fields) {
  Json json = StandardJson(answer);
  const Descriptor& type = *answer.GetDescriptor();
  for (int i = 0; !fields.empty() && i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || field.message_type() == nullptr ||
        field.message_type() == v1::Revision::descriptor() ||
        !json.contains(field.json_name())) {
      continue;
    }
    Select(*field.message_type(), fields, &json[field.json_name()]);
  }
  ShortenReasons(&json);
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string ForPeople(absl::string_view text, const View& view) {
  return OneLine(view.command == nullptr ? std::string(text)
                                         : InFlags(text, *view.command));
}

std::string FieldForPeople(absl::string_view path, const View& view) {
  const std::string flag =
      view.command == nullptr ? "" : FlagOfField(path, *view.command);
  return flag.empty() ? OneLine(path) : flag;
}

std::string FormatField(const Message& message, const FieldDescriptor& field,
                        const View& view) {
  if (!field.is_repeated()) return FormatOne(message, field, -1, view);
  const int size = message.GetReflection()->FieldSize(message, &field);
  std::vector<std::string> items;
  items.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    items.push_back(FormatOne(message, field, i, view));
  }
  return absl::StrJoin(items, ",");
}

}  // namespace partner::client
