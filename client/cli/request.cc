#include "client/cli/request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/text.h"
#include "client/cli/values.h"
#include "google/protobuf/descriptor.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const Descriptor& RequestType(const Command& command) {
  return *FindMethod(command.method)->input_type();
}

bool Has(const Descriptor& type, const char* field) {
  return type.FindFieldByName(field) != nullptr;
}

// The full names meant by the words of one argument.
absl::StatusOr<std::vector<std::string>> Expand(const Argument& argument,
                                                std::vector<std::string> words,
                                                const NameScope& scope) {
  if (words.empty()) {
    if (argument.missing == Missing::kSelf) {
      if (!IsNameIn(argument.collections, scope.self)) {
        return absl::InvalidArgumentError(absl::StrCat(
            argument.word, " is needed: you do not act as one of the ",
            argument.collections));
      }
      return std::vector<std::string>{scope.self};
    }
    if (argument.missing != Missing::kAll) return words;
    // One wildcard for each collection.
    const std::size_t depth = std::count(argument.collections.begin(),
                                         argument.collections.end(), '/') +
                              1;
    words.push_back(absl::StrJoin(std::vector<std::string>(depth, "-"), "/"));
  }
  if (argument.collections.empty()) return words;
  for (std::string& word : words) {
    absl::StatusOr<std::string> name =
        ExpandName(argument.collections, word, scope);
    if (!name.ok()) return name.status();
    word = *std::move(name);
  }
  return words;
}

// Options this request has no place for are refused rather than ignored.
absl::Status CheckPlaces(const Descriptor& type,
                         const RequestSettings& settings) {
  const bool writes = Has(type, "options");
  const bool reads = Has(type, "read_options");
  const bool versioned = Has(type, "etag") || Has(type, "update_mask");
  const std::pair<bool, const char*> misplaced[] = {
      {!writes && settings.dry_run, "--dry-run"},
      {!writes && !settings.request_id.empty(), "--request-id"},
      {!writes && !settings.note.empty(), "--note"},
      {!writes && !settings.acting_party.empty(), "--acting-party"},
      {!versioned && !settings.etag.empty(), "--etag"},
      {!reads && settings.min_revision.has_value(), "--min-revision"},
      {!reads && settings.at_revision.has_value(), "--at-revision"},
      {!reads && !settings.as_of.empty(), "--as-of"},
      {!Has(type, "at") && !settings.at.empty(), "--at"},
  };
  for (const auto& [wrong, option] : misplaced) {
    if (wrong) {
      return absl::InvalidArgumentError(
          absl::StrCat(option, " has no meaning for this command"));
    }
  }
  return absl::OkStatus();
}

void SetMutationOptions(const RequestSettings& settings, Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("options");
  if (field == nullptr) return;
  auto* options = static_cast<v1::MutationOptions*>(
      request->GetReflection()->MutableMessage(request, field));
  options->set_validate_only(settings.dry_run);
  options->set_request_id(settings.request_id);
  options->set_reason_note(settings.note);
  options->set_acting_party(settings.acting_party);
}

// The message field that an update changes: `partner` of UpdatePartner.
const FieldDescriptor* UpdatedResource(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->message_type() != nullptr &&
        Has(*field->message_type(), "etag")) {
      return field;
    }
  }
  return nullptr;
}

// An etag is a number in quotes; shells take the quotes away.
std::string EtagOf(const RequestSettings& settings) {
  const bool bare =
      std::all_of(settings.etag.begin(), settings.etag.end(),
                  [](unsigned char c) { return absl::ascii_isdigit(c); });
  return bare ? absl::StrCat("\"", settings.etag, "\"") : settings.etag;
}

// The mask of an update is what was typed.
absl::Status SetUpdate(const Command& command, const Words& words,
                       const RequestSettings& settings, absl::Time now,
                       Message* request) {
  const FieldDescriptor* resource = UpdatedResource(*request->GetDescriptor());
  std::vector<std::string> paths;
  for (const Argument& argument : command.arguments) {
    if (argument.is_position() || words.count(argument.word) == 0) continue;
    paths.push_back(argument.field.substr(resource->name().size() + 1));
  }
  if (paths.empty()) {
    return absl::InvalidArgumentError("nothing to change is given");
  }
  if (!settings.etag.empty()) {
    absl::Status status =
        SetField(request, absl::StrCat(resource->name(), ".etag"),
                 {EtagOf(settings)}, now);
    if (!status.ok()) return status;
  }
  return SetField(request, "update_mask", {absl::StrJoin(paths, ",")}, now);
}

absl::Status SetParent(const NameScope& scope, Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("parent");
  if (field == nullptr ||
      !request->GetReflection()->GetString(*request, field).empty()) {
    return absl::OkStatus();
  }
  if (scope.program.empty()) {
    return absl::InvalidArgumentError(
        "no program: give --program, set PARTNERCTL_PROGRAM or choose a "
        "context");
  }
  request->GetReflection()->SetString(request, field,
                                      absl::StrCat("programs/", scope.program));
  return absl::OkStatus();
}

absl::Status SetFixed(const Command& command, const NameScope& scope,
                      absl::Time now, Message* request) {
  for (const auto& [field, value] : command.fixed) {
    if (scope.program.empty() && absl::StrContains(value, "{program}")) {
      return absl::InvalidArgumentError(
          "no program: give --program, set PARTNERCTL_PROGRAM or choose a "
          "context");
    }
    absl::Status status = SetField(
        request, field,
        {absl::StrReplaceAll(value, {{"{program}", scope.program}})}, now);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(&type)
          ->New());
}

std::vector<Argument> ArgumentsOf(const Command& command) {
  std::vector<Argument> all = command.arguments;
  const Descriptor& type = RequestType(command);
  const bool is_list = Has(type, "page_size") || Has(type, "batch_size");
  if (Has(type, "filter")) {
    all.push_back({"--filter", "filter",
                   "Conditions field = \"value\" or != joined by AND"});
  }
  if (Has(type, "page_size")) {
    all.push_back({"--page-size", "page_size", "Items fetched at a time"});
  }
  if (is_list) {
    all.push_back({"--limit", "", "Stop after this many items"});
    all.push_back({"--with-revision", "",
                   "JSON: {\"items\", \"revision\"} instead of an array"});
  }
  if (Has(type, "read_mask")) {
    all.push_back({"--fields", "read_mask", "Only these fields, by comma"});
  }
  if (command.runner == Runner::kCheck) {
    all.push_back({"--explain", "", "Show every condition as a tree"});
  }
  if (command.runner == Runner::kBatchCheck) {
    all.push_back({"FILE", "",
                   "Lines `PARTNER PERMISSION CUSTOMER [SERVICE]`, or JSON "
                   "queries; - or nothing is the standard input"});
  }
  return all;
}

const FieldDescriptor* FieldOf(const Command& command,
                               const Argument& argument) {
  if (argument.field.empty()) return nullptr;
  return FindField(RequestType(command), argument.field);
}

absl::Status SetReadOptions(const RequestSettings& settings, absl::Time now,
                            Message* request) {
  if (!settings.at.empty()) {
    absl::Status status = SetField(request, "at", {settings.at}, now);
    if (!status.ok()) return status;
  }
  if (settings.min_revision.has_value()) {
    return SetField(request, "read_options.min_revision.number",
                    {absl::StrCat(*settings.min_revision)}, now);
  }
  if (settings.at_revision.has_value()) {
    return SetField(request, "read_options.exact_revision.number",
                    {absl::StrCat(*settings.at_revision)}, now);
  }
  if (!settings.as_of.empty()) {
    return SetField(request, "read_options.read_time", {settings.as_of}, now);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Message>> BuildRequest(
    const Command& command, const Words& words, const RequestSettings& settings,
    absl::Time now) {
  const Descriptor& type = RequestType(command);
  std::unique_ptr<Message> request = NewMessage(type);
  absl::Status status = CheckPlaces(type, settings);
  for (const Argument& argument : ArgumentsOf(command)) {
    if (!status.ok()) return status;
    if (argument.field.empty()) continue;
    const auto found = words.find(argument.word);
    const std::vector<std::string> typed =
        found != words.end() ? found->second : std::vector<std::string>();
    if (!std::all_of(typed.begin(), typed.end(), IsUtf8)) {
      return absl::InvalidArgumentError(
          absl::StrCat(argument.word, " is not valid UTF-8"));
    }
    absl::StatusOr<std::vector<std::string>> full =
        Expand(argument, typed, settings.scope);
    if (!full.ok()) return full.status();
    status = SetField(request.get(), argument.field, *full, now);
  }
  if (status.ok()) status = SetFixed(command, settings.scope, now, &*request);
  if (status.ok()) status = SetParent(settings.scope, &*request);
  if (status.ok()) status = SetReadOptions(settings, now, &*request);
  if (!status.ok()) return status;
  SetMutationOptions(settings, &*request);
  if (Has(type, "update_mask")) {
    status = SetUpdate(command, words, settings, now, &*request);
  } else if (!settings.etag.empty()) {
    status = SetField(&*request, "etag", {EtagOf(settings)}, now);
  }
  if (!status.ok()) return status;
  return request;
}

}  // namespace partner::client
