#include "hierarchy/policy/difference.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// What says which edition it is, not what it rules.
bool IsHeading(const FieldDescriptor& field) {
  return field.name() == "name" || field.name() == "display_name" ||
         field.name() == "effective_from" || field.name() == "source" ||
         field.name() == "program_display_name";
}

// `INDIRECT_PROVIDER` for ENROLLMENT_TYPE_INDIRECT_PROVIDER.
std::string ShortName(const EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return std::string(absl::StripPrefix(value.name(), prefix + "_"));
}

// `730 days`, or `90 seconds` where it is no whole number of days.
std::string TextOf(const google::protobuf::Duration& span) {
  constexpr std::int64_t kDay = 86400;
  return span.seconds() % kDay == 0
             ? absl::StrCat(span.seconds() / kDay, " days")
             : absl::StrCat(span.seconds(), " seconds");
}

// A value of a singular field, or one of a repeated one.
std::string TextOf(const Message& message, const FieldDescriptor& field,
                   int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortName(repeated
                           ? *reflection.GetRepeatedEnum(message, &field, index)
                           : *reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection.GetRepeatedString(message, &field, index)
                      : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      // Spans of time are the only ones that rules are made of.
      return reflection.HasField(message, &field)
                 ? TextOf(static_cast<const google::protobuf::Duration&>(
                       reflection.GetMessage(message, &field)))
                 : "";
    default:
      return "";
  }
}

std::string TextOf(const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated()) return TextOf(message, field, 0);
  std::vector<std::string> items;
  const int size = message.GetReflection()->FieldSize(message, &field);
  items.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) items.push_back(TextOf(message, field, i));
  std::sort(items.begin(), items.end());
  return absl::StrJoin(items, ", ");
}

// A value and everything it says but where it comes from: `true`, or
// `display_name: Azure; billing_basis: USAGE; offered: true`.
std::string TextOf(const Message& value, const FieldDescriptor* key) {
  std::vector<std::string> parts;
  std::string last;
  for (int i = 0; i < value.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *value.GetDescriptor()->field(i);
    if (&field == key || field.name() == "rule") continue;
    last = TextOf(value, field);
    if (!last.empty()) {
      parts.push_back(absl::StrCat(field.name(), ": ", last));
    }
  }
  const int said = value.GetDescriptor()->field_count() - 1;
  return said == 1 ? last : absl::StrJoin(parts, "; ");
}

std::string RuleOf(const Message& value) {
  const FieldDescriptor* rule = value.GetDescriptor()->FindFieldByName("rule");
  return rule == nullptr ? "" : value.GetReflection()->GetString(value, rule);
}

void AddDifference(const std::string& subject, const std::string& before,
                   const std::string& after, const std::string& rule,
                   std::vector<v1::PolicyDifference>* differences) {
  if (before == after) return;
  v1::PolicyDifference& difference = differences->emplace_back();
  difference.set_subject(subject);
  difference.set_before(before);
  difference.set_after(after);
  difference.set_rule(rule);
}

// The items of a list by what they are told apart by: their name's last part,
// or their first field.
std::map<std::string, std::string> ItemsOf(const Message& edition,
                                           const FieldDescriptor& list) {
  const FieldDescriptor* key = list.message_type()->field(0);
  std::map<std::string, std::string> items;
  const Reflection& reflection = *edition.GetReflection();
  for (int i = 0; i < reflection.FieldSize(edition, &list); ++i) {
    const Message& item = reflection.GetRepeatedMessage(edition, &list, i);
    const std::string id = TextOf(item, *key);
    items[std::string(LastId(id))] = TextOf(item, key);
  }
  return items;
}

void CompareLists(const Message& from, const Message& to,
                  const FieldDescriptor& list,
                  std::vector<v1::PolicyDifference>* differences) {
  const std::map<std::string, std::string> before = ItemsOf(from, list);
  const std::map<std::string, std::string> after = ItemsOf(to, list);
  std::map<std::string, std::string> all = before;
  all.insert(after.begin(), after.end());
  const auto text = [](const auto& items, const std::string& id) {
    const auto found = items.find(id);
    return found == items.end() ? std::string() : found->second;
  };
  for (const auto& [id, ignored] : all) {
    AddDifference(absl::StrCat(list.name(), "/", id), text(before, id),
                  text(after, id), "", differences);
  }
}

}  // namespace

std::vector<v1::PolicyDifference> DifferencesBetween(
    const v1::PolicyEdition& from, const v1::PolicyEdition& to) {
  std::vector<v1::PolicyDifference> differences;
  for (int i = 0; i < from.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *from.GetDescriptor()->field(i);
    if (IsHeading(field)) continue;
    if (field.is_repeated()) {
      CompareLists(from, to, field, &differences);
      continue;
    }
    const Message& before = from.GetReflection()->GetMessage(from, &field);
    const Message& after = to.GetReflection()->GetMessage(to, &field);
    const std::string rule = RuleOf(after);
    AddDifference(field.name(), TextOf(before, nullptr), TextOf(after, nullptr),
                  rule.empty() ? RuleOf(before) : rule, &differences);
  }
  return differences;
}

}  // namespace partner::hierarchy
