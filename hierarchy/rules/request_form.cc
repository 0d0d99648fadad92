// What is wrong with a request by itself.
#include "hierarchy/rules/request_form.h"

#include <map>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/form_table.h"
#include "hierarchy/rules/text_form.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The field of a type, when it holds messages of another; nullptr otherwise.
const FieldDescriptor* FieldOf(const Descriptor* type, const char* name,
                               const Descriptor* held) {
  const FieldDescriptor* field = type->FindFieldByName(name);
  return field != nullptr && field->message_type() == held ? field : nullptr;
}

// That of a request's type, made once for each thread and type.
const RequestForm& FormOf(const Message& request) {
  thread_local absl::flat_hash_map<const Descriptor*,
                                   std::unique_ptr<RequestForm>>
      forms;
  std::unique_ptr<RequestForm>& form = forms[request.GetDescriptor()];
  if (form == nullptr) form = std::make_unique<RequestForm>(request);
  return *form;
}

// Collects what is wrong with one request.
class Checker {
 public:
  Checker(const RequestForm& form, const Message& request)
      : form_(form), request_(request) {}

  std::vector<Violation> Run() {
    CheckOptions();
    CheckReadOptions();
    CheckAt();
    CheckPageSize();
    if (form_.fields() != nullptr) {
      for (const Field& field : *form_.fields()) CheckField(field);
    }
    if (!acting_party_.empty()) {
      CheckProgram("options.acting_party", acting_party_);
    }
    return std::move(violations_);
  }

 private:
  void Add(ErrorReason reason, absl::string_view field,
           absl::string_view description, absl::string_view next_step) {
    violations_.push_back(
        MakeViolation(reason, "", field, "", description, next_step));
  }

  void CheckProgram(absl::string_view path, absl::string_view name) {
    const absl::string_view program = ProgramOf(name);
    if (program_.empty()) {
      program_ = std::string(program);
    } else if (program != program_) {
      violations_.push_back(MakeViolation(
          v1::ERROR_REASON_PROGRAM_MISMATCH, "R2", path, name,
          absl::StrCat(name, " is not of program ", program_),
          "Use names of one program in a request; nothing crosses programs."));
    }
  }

  void CheckOptions() {
    const v1::MutationOptions* options = form_.OptionsOf(request_);
    if (options == nullptr) return;
    if (options->request_id().empty()) {
      if (!options->validate_only()) {
        Add(v1::ERROR_REASON_REQUEST_ID_MISSING, "options.request_id",
            "options.request_id is missing",
            "Send a new UUID with each new request and repeat it on retries.");
      }
    } else if (!IsUuid(options->request_id())) {
      Add(v1::ERROR_REASON_REQUEST_ID_INVALID, "options.request_id",
          "options.request_id is not a UUID of 36 characters",
          "Send a UUID such as 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.");
    }
    if (!options->acting_party().empty()) {
      const std::optional<ResourceName> party =
          ParseName(options->acting_party());
      if (!party ||
          (party->kind != Kind::kPartner && party->kind != Kind::kCustomer)) {
        Add(v1::ERROR_REASON_NAME_MALFORMED, "options.acting_party",
            "options.acting_party is not the name of a partner or customer",
            absl::StrCat("Use ", PatternOf(Kind::kPartner), " or ",
                         PatternOf(Kind::kCustomer), "."));
      } else {
        acting_party_ = options->acting_party();
      }
    }
    CheckText("options.reason_note", options->reason_note(), 500, false);
  }

  void CheckReadOptions() {
    const v1::ReadOptions* given = form_.ReadOptionsOf(request_);
    if (given == nullptr) return;
    const v1::ReadOptions& options = *given;
    const auto check = [&](const v1::Revision& revision,
                           absl::string_view path) {
      if (revision.number() < 1) {
        Add(v1::ERROR_REASON_READ_OPTION_INVALID, path,
            absl::StrCat(path, ".number must be at least 1"),
            "Pass a revision that an answer gave you.");
      }
    };
    if (options.has_min_revision()) {
      check(options.min_revision(), "read_options.min_revision");
    }
    if (options.has_exact_revision()) {
      check(options.exact_revision(), "read_options.exact_revision");
    }
    if (options.has_read_time() && !IsTime(options.read_time())) {
      Add(v1::ERROR_REASON_READ_OPTION_INVALID, "read_options.read_time",
          "read_options.read_time is not a time of the years 1 to 9999",
          "Send seconds and 0 to 999,999,999 nanoseconds.");
    }
  }

  void CheckAt() {
    const FieldDescriptor* field = form_.at();
    if (field == nullptr || !form_.reflection()->HasField(request_, field)) {
      return;
    }
    if (!IsTime(static_cast<const google::protobuf::Timestamp&>(
            form_.reflection()->GetMessage(request_, field)))) {
      Add(v1::ERROR_REASON_FIELD_INVALID, "at",
          "at is not a time of the years 1 to 9999",
          "Send seconds and 0 to 999,999,999 nanoseconds.");
    }
  }

  void CheckPageSize() {
    for (const FieldDescriptor* field : form_.sizes()) {
      if (form_.reflection()->GetInt32(request_, field) < 0) {
        Add(v1::ERROR_REASON_FIELD_INVALID, field->name(),
            absl::StrCat(field->name(), " is negative"), "Send 0 to 1,000.");
      }
    }
  }

  // Walks to the message that holds the last segment; nullptr when a message
  // on the way is absent.
  void CheckField(const Field& field) {
    const Message* message = &request_;
    const std::vector<absl::string_view> path = absl::StrSplit(field.path, '.');
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const FieldDescriptor* step =
          message->GetDescriptor()->FindFieldByName(std::string(path[i]));
      if (!message->GetReflection()->HasField(*message, step)) {
        // Attestations and new customers are optional as a whole; whether one
        // is needed is for the rules to say.
        const bool optional = path[i] == "attestation" ||
                              path[i] == "new_customer" || path[i] == "scope";
        if (field.required && !optional) Missing(field.path);
        return;
      }
      message = &message->GetReflection()->GetMessage(*message, step);
    }
    const FieldDescriptor* last =
        message->GetDescriptor()->FindFieldByName(std::string(path.back()));
    const Reflection* reflection = message->GetReflection();
    if (last->is_repeated()) {
      const int size = reflection->FieldSize(*message, last);
      if (size == 0 && field.required) return Missing(field.path);
      if (size > field.items_max) {
        return Add(v1::ERROR_REASON_LIMIT_EXCEEDED, field.path,
                   absl::StrCat(field.path, " has ", size,
                                " items; the limit is ", field.items_max),
                   "Send fewer items.");
      }
      if (field.form == Form::kItems) return;
      for (int i = 0; i < size; ++i) {
        const std::string at = absl::StrCat(field.path, "[", i, "]");
        if (last->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
          CheckEnum(at, last,
                    reflection->GetRepeatedEnumValue(*message, last, i), true);
        } else {
          CheckString(field, at,
                      reflection->GetRepeatedString(*message, last, i));
        }
        CheckDuplicate(*message, last, i, at);
      }
      return;
    }
    switch (last->cpp_type()) {
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(field.path, last,
                         reflection->GetEnumValue(*message, last),
                         field.required);
      case FieldDescriptor::CPPTYPE_INT32: {
        const int value = reflection->GetInt32(*message, last);
        if (value < 0 || value > field.limit) {
          Add(v1::ERROR_REASON_FIELD_INVALID, field.path,
              absl::StrCat(field.path, " is ", value),
              absl::StrCat("Send 0 to ", field.limit, "."));
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        if (!reflection->HasField(*message, last)) {
          if (field.required) Missing(field.path);
          return;
        }
        if (field.form == Form::kSpan) {
          return CheckSpan(field.path,
                           static_cast<const google::protobuf::Duration&>(
                               reflection->GetMessage(*message, last)));
        }
        const auto& time = static_cast<const google::protobuf::Timestamp&>(
            reflection->GetMessage(*message, last));
        if (!IsTime(time)) {
          Add(v1::ERROR_REASON_FIELD_INVALID, field.path,
              absl::StrCat(field.path, " is not a time of the years 1 to 9999"),
              "Send seconds and 0 to 999,999,999 nanoseconds.");
        }
        return;
      }
      default: {
        const std::string value = reflection->GetString(*message, last);
        if (value.empty()) {
          if (field.required) Missing(field.path);
          return;
        }
        return CheckString(field, field.path, value);
      }
    }
  }

  void CheckDuplicate(const Message& message, const FieldDescriptor* field,
                      int index, absl::string_view path) {
    const Reflection* reflection = message.GetReflection();
    if (index == 0) seen_.clear();
    const std::string value =
        field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
            ? absl::StrCat(
                  reflection->GetRepeatedEnumValue(message, field, index))
            : reflection->GetRepeatedString(message, field, index);
    if (!seen_.emplace(value, index).second) {
      Add(v1::ERROR_REASON_FIELD_INVALID, path,
          absl::StrCat(path, " repeats an earlier item"),
          "Send each item once.");
    }
  }

  static bool IsTime(const google::protobuf::Timestamp& time) {
    return time.seconds() >= -62135596800 && time.seconds() <= 253402300799 &&
           time.nanos() >= 0 && time.nanos() <= 999999999;
  }

  void CheckSpan(absl::string_view path,
                 const google::protobuf::Duration& span) {
    constexpr std::int64_t kSecondsMax = 315576000000;
    if (span.nanos() == 0 && span.seconds() >= -kSecondsMax &&
        span.seconds() <= kSecondsMax) {
      return;
    }
    Add(v1::ERROR_REASON_FIELD_INVALID, path,
        absl::StrCat(path, " is not a whole number of seconds"),
        "Send whole seconds.");
  }

  void Missing(absl::string_view path) {
    Add(v1::ERROR_REASON_FIELD_REQUIRED, path,
        absl::StrCat(path, " is missing"), absl::StrCat("Fill ", path, "."));
  }

  void CheckEnum(absl::string_view path, const FieldDescriptor* field,
                 int value, bool required) {
    if (field->enum_type()->FindValueByNumber(value) == nullptr) {
      return Add(
          v1::ERROR_REASON_ENUM_UNKNOWN, path,
          absl::StrCat(path, " has the unknown value ", value),
          absl::StrCat("Use a value of ", field->enum_type()->name(), "."));
    }
    if (value == 0 && required) Missing(path);
  }

  void CheckText(absl::string_view path, absl::string_view value, int limit,
                 bool breaks_allowed) {
    const int size = CharactersOf(value);
    if (size > limit) {
      return Add(v1::ERROR_REASON_LIMIT_EXCEEDED, path,
                 absl::StrCat(path, " has ", size, " characters; the limit is ",
                              limit),
                 "Shorten it.");
    }
    if (!value.empty() && IsBlank(value)) {
      return Add(v1::ERROR_REASON_TEXT_INVALID, path,
                 absl::StrCat(path, " holds nothing but spaces"),
                 "Write something, or leave it out.");
    }
    if (HasControl(value, breaks_allowed)) {
      Add(v1::ERROR_REASON_TEXT_INVALID, path,
          absl::StrCat(path, " holds control or invisible characters"),
          "Remove them.");
    }
  }

  void CheckString(const Field& field, absl::string_view path,
                   const std::string& value) {
    switch (field.form) {
      case Form::kName:
        if (!ParseNameOf(field.kind, value)) {
          return Add(v1::ERROR_REASON_NAME_MALFORMED, path,
                     absl::StrCat(path, " is not a name of the form ",
                                  PatternOf(field.kind)),
                     "Ids have 1-64 characters of A-Z a-z 0-9 - _ . and begin "
                     "with a letter or digit.");
        }
        return CheckProgram(path, value);
      case Form::kAnyName:
        if (!ParseName(value, true)) {
          return Add(v1::ERROR_REASON_NAME_MALFORMED, path,
                     absl::StrCat(path, " is not a resource name"),
                     "See the field's documentation for its form.");
        }
        return;
      case Form::kId:
        if (!IsValidId(value)) {
          Add(v1::ERROR_REASON_FIELD_INVALID, path,
              absl::StrCat(path, " is not a valid id"),
              "Use 1-64 characters of A-Z a-z 0-9 - _ . beginning with a "
              "letter or digit.");
        }
        return;
      case Form::kLine:
        return CheckText(path, value, field.limit, false);
      case Form::kText:
        return CheckText(path, value, field.limit, true);
      case Form::kOpaque:
        if (static_cast<int>(value.size()) > field.limit) {
          return Add(v1::ERROR_REASON_LIMIT_EXCEEDED, path,
                     absl::StrCat(path, " has ", value.size(),
                                  " bytes; the limit is ", field.limit),
                     "Send it as you were given it.");
        }
        if (HasControl(value, false)) {
          Add(v1::ERROR_REASON_TEXT_INVALID, path,
              absl::StrCat(path, " holds control characters"),
              "Send it as you were given it.");
        }
        return;
      case Form::kCountry:
        if (value.size() != 2 || value[0] < 'A' || value[0] > 'Z' ||
            value[1] < 'A' || value[1] > 'Z') {
          Add(v1::ERROR_REASON_FIELD_INVALID, path,
              absl::StrCat(path, " is not two capital letters"),
              "Use an ISO 3166-1 code such as FR.");
        }
        return;
      case Form::kTenant:
        if (!IsLowerUuid(value)) {
          Add(v1::ERROR_REASON_FIELD_INVALID, path,
              absl::StrCat(path, " is not a UUID in lower case"),
              "Use the directory tenant's id, 36 characters.");
        }
        return;
      case Form::kDomain:
        if (!IsDomain(value)) {
          Add(v1::ERROR_REASON_FIELD_INVALID, path,
              absl::StrCat(path, " is not a domain name in lower case"),
              "Use a name such as example.com, at most 253 bytes.");
        }
        return;
      case Form::kItems:
      case Form::kEnum:
      case Form::kTime:
      case Form::kSpan:
      case Form::kCount:
        return;
    }
  }

  const RequestForm& form_;
  const Message& request_;
  std::vector<Violation> violations_;
  std::string program_;
  std::string acting_party_;
  std::map<std::string, int> seen_;
};

}  // namespace

RequestForm::RequestForm(const Message& prototype)
    : reflection_(prototype.GetReflection()),
      fields_(FieldsOfRequest(prototype.GetDescriptor()->name())) {
  const Descriptor* type = prototype.GetDescriptor();
  options_ = FieldOf(type, "options", v1::MutationOptions::descriptor());
  read_options_ = FieldOf(type, "read_options", v1::ReadOptions::descriptor());
  at_ = FieldOf(type, "at", google::protobuf::Timestamp::descriptor());
  for (const char* name : {"page_size", "batch_size"}) {
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (field != nullptr) sizes_.push_back(field);
  }
  for (const char* name : {"name", "parent", "customer", "partner", "query",
                           "admin_relationship"}) {
    AddName(prototype, type->FindFieldByName(name));
  }
}

void RequestForm::AddName(const Message& prototype,
                          const FieldDescriptor* field) {
  if (field == nullptr || field->is_repeated()) return;
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    names_.push_back({nullptr, field, reflection_});
    return;
  }
  // A resource has a name; the question of a check has a customer.
  const Descriptor* holder = field->message_type();
  const FieldDescriptor* name = holder->FindFieldByName("name");
  if (name == nullptr) name = holder->FindFieldByName("customer");
  if (name == nullptr) return;
  names_.push_back(
      {field, name, reflection_->GetMessage(prototype, field).GetReflection()});
}

const v1::MutationOptions* RequestForm::OptionsOf(
    const Message& request) const {
  if (options_ == nullptr) return nullptr;
  return static_cast<const v1::MutationOptions*>(
      &reflection_->GetMessage(request, options_));
}

const v1::ReadOptions* RequestForm::ReadOptionsOf(
    const Message& request) const {
  if (read_options_ == nullptr) return nullptr;
  return static_cast<const v1::ReadOptions*>(
      &reflection_->GetMessage(request, read_options_));
}

absl::string_view RequestForm::ProgramOf(const Message& request) const {
  std::string scratch;
  for (const NameField& field : names_) {
    const Message& message =
        field.holder == nullptr
            ? request
            : reflection_->GetMessage(request, field.holder);
    const std::string& text =
        field.reflection->GetStringReference(message, field.name, &scratch);
    if (!text.empty() && &text != &scratch) return hierarchy::ProgramOf(text);
  }
  return {};
}

std::vector<Violation> RequestForm::Check(const Message& request) const {
  return Checker(*this, request).Run();
}

const v1::MutationOptions* OptionsOf(const Message& request) {
  return FormOf(request).OptionsOf(request);
}

const v1::ReadOptions* ReadOptionsOf(const Message& request) {
  return FormOf(request).ReadOptionsOf(request);
}

absl::string_view ProgramOfRequest(const Message& request) {
  return FormOf(request).ProgramOf(request);
}

std::vector<Violation> CheckForm(const Message& request) {
  return FormOf(request).Check(request);
}

v1::MutationResult* MutableResultOf(Message* response) {
  const FieldDescriptor* field = FieldOf(response->GetDescriptor(), "result",
                                         v1::MutationResult::descriptor());
  if (field == nullptr) return nullptr;
  return static_cast<v1::MutationResult*>(
      response->GetReflection()->MutableMessage(response, field));
}

}  // namespace partner::hierarchy
