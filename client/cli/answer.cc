#include "client/cli/answer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/columns.h"
#include "client/cli/names.h"
#include "client/cli/values.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsBookkeeping(const FieldDescriptor& field) {
  return field.name() == "create_time" || field.name() == "update_time" ||
         field.name() == "etag";
}

// Messages that are shown on one line, as part of another.
bool IsInline(const Descriptor& type) {
  return type.file()->package() !=
             v1::Revision::descriptor()->file()->package() ||
         &type == v1::Enrollment::descriptor() ||
         &type == v1::AssociatedReseller::descriptor() ||
         &type == v1::TerminationRequest::descriptor() ||
         &type == v1::AdminScope::descriptor();
}

bool IsTable(const FieldDescriptor& field) {
  return field.is_repeated() && field.message_type() != nullptr &&
         !IsInline(*field.message_type());
}

bool IsLine(const FieldDescriptor& field) {
  return field.message_type() == nullptr || IsInline(*field.message_type());
}

void PrintLine(const FieldDescriptor& field, const std::string& value,
               std::size_t width, std::ostream& out) {
  out << field.name() << ":"
      << std::string(width - field.name().size() + 2, ' ') << value << "\n";
}

// Which fields of a resource are shown.
enum class Detail {
  kFull,
  // Without bookkeeping.
  kBrief,
};

void PrintList(const Message& message, const FieldDescriptor& field,
               const View& view, absl::string_view indent, std::ostream& out) {
  const Reflection& reflection = *message.GetReflection();
  // The fields selected are those of the resource around the list.
  View items = view;
  items.fields.clear();
  Table table = MakeTable(*field.message_type(), items);
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    AddToTable(reflection.GetRepeatedMessage(message, &field, i), items,
               &table);
  }
  table.Flush(out, view.style, indent);
}

void PrintResource(const Message& resource, const View& view, Detail detail,
                   std::ostream& out) {
  std::vector<const FieldDescriptor*> fields;
  resource.GetReflection()->ListFields(resource, &fields);
  std::size_t width = 0;
  for (const FieldDescriptor* field : fields) {
    width = std::max(width, field->name().size());
  }
  for (const FieldDescriptor* field : fields) {
    if (detail == Detail::kBrief && IsBookkeeping(*field)) continue;
    if (IsTable(*field)) {
      out << field->name() << ":\n";
      PrintList(resource, *field, view, "  ", out);
      continue;
    }
    // A resource's own name is shown whole, so that it can be copied anywhere.
    const std::string value =
        field->name() == "name"
            ? OneLine(resource.GetReflection()->GetString(resource, field))
            : FormatField(resource, *field, view);
    PrintLine(*field, value, width, out);
  }
}

std::string LabelOf(v1::EffectKind kind) {
  const EnumValueDescriptor* value =
      v1::EffectKind_descriptor()->FindValueByNumber(kind);
  return value != nullptr ? EnumLabel(*value) : absl::StrCat(kind);
}

std::string Colored(v1::EffectKind kind, const Style& style) {
  std::string label = LabelOf(kind);
  label.resize(std::max<std::size_t>(label.size(), 12), ' ');
  switch (kind) {
    case v1::EFFECT_KIND_ENDS:
      return style.Bad(label);
    case v1::EFFECT_KIND_CHANGES:
      return style.Good(label);
    case v1::EFFECT_KIND_NEEDS_ACTION:
      return style.Attention(label);
    default:
      return style.Faint(label);
  }
}

void PrintViolations(const v1::MutationResult& result, const View& view,
                     std::ostream& out) {
  if (result.violations_size() == 0) return;
  out << "violations (" << result.violations_size();
  if (result.violations_total() > result.violations_size()) {
    out << " of " << result.violations_total();
  }
  out << "):\n";
  for (const v1::Violation& violation : result.violations()) {
    const EnumValueDescriptor* reason =
        v1::ErrorReason_descriptor()->FindValueByNumber(violation.reason());
    out << "  "
        << view.style.Bad(reason != nullptr ? EnumLabel(*reason)
                                            : absl::StrCat(violation.reason()));
    if (!violation.rule().empty()) out << " (" << violation.rule() << ")";
    if (!violation.subject().empty()) {
      out << " " << NameInProgram(violation.subject(), view.program);
    }
    if (!violation.field().empty()) {
      out << " [" << FieldForPeople(violation.field(), view) << "]";
    }
    out << "\n      " << ForPeople(violation.description(), view) << "\n";
    if (!violation.next_step().empty()) {
      out << "      next: " << ForPeople(violation.next_step(), view) << "\n";
    }
  }
}

void PrintEffects(const v1::MutationResult& result, const View& view,
                  std::ostream& out) {
  if (result.effects_size() == 0) return;
  out << "effects (" << result.effects_size();
  if (result.effects_total() > result.effects_size()) {
    out << " of " << result.effects_total();
  }
  out << "):\n";
  for (const v1::Effect& effect : result.effects()) {
    out << "  " << Colored(effect.kind(), view.style) << "  "
        << NameInProgram(effect.resource(), view.program);
    if (!effect.description().empty()) {
      out << ": " << ForPeople(effect.description(), view);
    }
    out << "\n";
    if (!effect.party().empty()) {
      out << "                " << NameInProgram(effect.party(), view.program)
          << " calls " << effect.rpc() << "\n";
    }
  }
}

void PrintWarnings(const v1::MutationResult& result, const View& view,
                   std::ostream& out) {
  for (const v1::Warning& warning : result.warnings()) {
    const EnumValueDescriptor* reason =
        v1::WarningReason_descriptor()->FindValueByNumber(warning.reason());
    out << view.style.Attention("warning: ")
        << (reason != nullptr ? EnumLabel(*reason)
                              : absl::StrCat(warning.reason()));
    if (!warning.rule().empty()) out << " (" << warning.rule() << ")";
    if (!warning.subject().empty()) {
      out << " " << NameInProgram(warning.subject(), view.program);
    }
    out << ": " << ForPeople(warning.description(), view) << "\n";
  }
}

void PrintResult(const v1::MutationResult& result, const View& view,
                 std::ostream& out) {
  if (result.verdict() == v1::VERDICT_REFUSED) {
    out << "dry run: " << view.style.Bad("REFUSED") << "\n";
  } else if (result.verdict() == v1::VERDICT_ACCEPTED) {
    out << "dry run: " << view.style.Good("ACCEPTED")
        << ", nothing was written\n";
  }
  PrintViolations(result, view, out);
  PrintEffects(result, view, out);
  PrintWarnings(result, view, out);
  out << "revision: " << result.revision().number();
  if (result.replayed()) out << " (the stored answer of an earlier request)";
  out << "\n";
}

}  // namespace

void PrintAnswer(const Message& answer, const View& view, std::ostream& out) {
  const Reflection& reflection = *answer.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(answer, &fields);
  const v1::MutationResult* result = nullptr;
  const v1::Revision* revision = nullptr;
  std::vector<const FieldDescriptor*> resources;
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated() || field->message_type() == nullptr) {
      resources.push_back(field);
      continue;
    }
    const Message& part = reflection.GetMessage(answer, field);
    if (const auto* r = dynamic_cast<const v1::MutationResult*>(&part)) {
      result = r;
    } else if (const auto* v = dynamic_cast<const v1::Revision*>(&part)) {
      revision = v;
    } else {
      resources.push_back(field);
    }
  }
  const Detail detail = result != nullptr ? Detail::kBrief : Detail::kFull;
  std::size_t width = 0;
  for (const FieldDescriptor* field : resources) {
    if (IsLine(*field)) width = std::max(width, field->name().size());
  }
  for (const FieldDescriptor* field : resources) {
    if (IsTable(*field)) {
      out << view.style.Bold(field->name()) << ":\n";
      PrintList(answer, *field, view, "  ", out);
    } else if (IsLine(*field)) {
      PrintLine(*field, FormatField(answer, *field, view), width, out);
    } else {
      if (resources.size() > 1) {
        out << view.style.Bold(absl::StrCat("[", field->name(), "]")) << "\n";
      }
      PrintResource(reflection.GetMessage(answer, field), view, detail, out);
    }
  }
  if (result != nullptr) PrintResult(*result, view, out);
  if (revision != nullptr) {
    out << "revision: " << revision->number() << "\n";
  }
}

}  // namespace partner::client
