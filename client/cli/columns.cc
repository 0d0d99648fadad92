#include "client/cli/columns.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "partner/hierarchy/v1/admin_service.pb.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The columns of a message type: a header and a field.
struct Columns {
  const char* type;
  std::vector<std::pair<const char*, const char*>> columns;
};

const std::vector<Columns>& ColumnTable() {
  static const auto* const kTable = new std::vector<Columns>{
      {"Partner",
       {{"NAME", "name"},
        {"DISPLAY NAME", "display_name"},
        {"COUNTRY", "country"},
        {"STATE", "state"},
        {"ENROLLMENTS", "enrollments"}}},
      {"Partnership",
       {{"NAME", "name"},
        {"PROVIDER", "provider"},
        {"RESELLER", "reseller"},
        {"STATE", "state"},
        {"SINCE", "start_time"}}},
      {"Customer",
       {{"NAME", "name"},
        {"DISPLAY NAME", "display_name"},
        {"DOMAIN", "domain"},
        {"COUNTRY", "country"},
        {"STATE", "state"}}},
      {"Invitation",
       {{"NAME", "name"},
        {"ISSUED AS", "as_enrollment"},
        {"AUDIENCE", "audience"},
        {"ADMIN OFFER", "admin_offer"},
        {"STATE", "state"},
        {"ACCEPTED", "accepted_count"},
        {"EXPIRES", "expire_time"}}},
      {"InvitationForward",
       {{"NAME", "name"},
        {"FORWARDER", "forwarder"},
        {"STATE", "state"},
        {"CREATED", "create_time"}}},
      {"InvitationAcceptance",
       {{"NAME", "name"},
        {"CUSTOMER", "customer"},
        {"FORWARD", "forward"},
        {"RELATIONSHIP", "reseller_relationship"},
        {"ADMIN", "admin_relationship"},
        {"CREATED", "create_time"}}},
      {"ResellerRelationship",
       {{"NAME", "name"},
        {"OWNER", "owner"},
        {"ASSOCIATED RESELLERS", "associated_resellers"},
        {"STATE", "state"},
        {"SOURCE", "source"},
        {"SINCE", "start_time"}}},
      {"Channel",
       {{"OWNER", "owner"},
        {"CAPACITY", "as_enrollment"},
        {"OPEN", "open"},
        {"RESELLERS", "resellers"},
        {"SINCE", "start_time"},
        {"RELATIONSHIP", "reseller_relationship"}}},
      {"AdminRelationship",
       {{"NAME", "name"},
        {"DELEGATE", "delegate"},
        {"DUTIES", "duties"},
        {"SCOPE", "scope"},
        {"ROLES", "roles"},
        {"STATE", "state"},
        {"SOURCE", "source"},
        {"EXPIRES", "expire_time"},
        {"END CAUSE", "end_cause"}}},
      {"Administrator",
       {{"DELEGATE", "delegate"},
        {"DUTIES", "duties"},
        {"SCOPE", "scope"},
        {"ROLES", "roles"},
        {"OWNER", "is_owner"},
        {"ASSOCIATED", "is_associated_reseller"},
        {"EFFECTIVE", "effective"},
        {"SINCE", "since"},
        {"UNTIL", "until"},
        {"ADMIN", "admin_relationship"}}},
      {"AdministeredCustomer",
       {{"CUSTOMER", "customer"},
        {"DUTIES", "duties"},
        {"SCOPE", "scope"},
        {"ROLES", "roles"},
        {"OWNER", "is_owner"},
        {"SINCE", "since"},
        {"UNTIL", "until"},
        {"ADMIN", "admin_relationship"}}},
      {"Role",
       {{"NAME", "name"},
        {"DISPLAY NAME", "display_name"},
        {"PRIVILEGED", "privileged"},
        {"GRANULAR", "granular"},
        {"PERMISSIONS", "permissions"}}},
      {"PolicyEdition",
       {{"NAME", "name"},
        {"DISPLAY NAME", "display_name"},
        {"EFFECTIVE FROM", "effective_from"},
        {"SOURCE", "source"}}},
      {"PolicyActivation",
       {{"EDITION", "edition"},
        {"IN FORCE FROM", "effective_time"},
        {"ACTIVATED", "activate_time"},
        {"WITHDRAWN", "withdraw_time"}}},
      {"PolicyFinding",
       {{"IMPACT", "impact"},
        {"REASON", "reason"},
        {"RULE", "rule"},
        {"KIND", "kind"},
        {"RESOURCE", "resource"}}},
      {"PolicyFindingTotal",
       {{"COUNT", "count"},
        {"IMPACT", "impact"},
        {"REASON", "reason"},
        {"RULE", "rule"},
        {"KIND", "kind"}}},
      {"PolicyValueChange",
       {{"SUBJECT", "subject"},
        {"BEFORE", "before"},
        {"AFTER", "after"},
        {"TENDENCY", "tendency"},
        {"REASON", "reason"},
        {"RULE", "rule"},
        {"PARTIES", "parties"},
        {"CONCERNED", "concerned"}}},
      {"PolicyDifference",
       {{"SUBJECT", "subject"},
        {"BEFORE", "before"},
        {"AFTER", "after"},
        {"RULE", "rule"}}},
      {"ProgramStatus",
       {{"PROGRAM", "program"},
        {"REVISION", "revision"},
        {"EDITION", "edition"},
        {"WRITABLE", "writable"},
        {"PARTNERS", "partners"},
        {"CUSTOMERS", "customers"},
        {"QUEUED", "queued_commands"},
        {"STATE HASH", "state_hash"}}},
  };
  return *kTable;
}

using ColumnList = std::vector<std::pair<std::string, const FieldDescriptor*>>;

std::string HeaderOf(const FieldDescriptor& field) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(field.name(), {{"_", " "}}));
}

// One for each field selected, once for paths into the same one.
ColumnList SelectedColumns(const Descriptor& type,
                           const std::vector<std::string>& fields) {
  ColumnList columns;
  for (const std::string& path : fields) {
    const FieldDescriptor* field =
        type.FindFieldByName(path.substr(0, path.find('.')));
    const bool known =
        std::any_of(columns.begin(), columns.end(),
                    [&](const auto& column) { return column.second == field; });
    if (field == nullptr || known) continue;
    columns.emplace_back(HeaderOf(*field), field);
  }
  return columns;
}

// The header and field of each column: those selected, else those of the table,
// else every field.
ColumnList ColumnsOf(const Descriptor& type,
                     const std::vector<std::string>& fields) {
  if (!fields.empty()) return SelectedColumns(type, fields);
  ColumnList columns;
  for (const Columns& row : ColumnTable()) {
    if (type.name() != row.type) continue;
    for (const auto& [header, field] : row.columns) {
      columns.emplace_back(header, type.FindFieldByName(field));
    }
    return columns;
  }
  for (int i = 0; i < type.field_count(); ++i) {
    columns.emplace_back(HeaderOf(*type.field(i)), type.field(i));
  }
  return columns;
}

}  // namespace

Table MakeTable(const Descriptor& type, const View& view) {
  std::vector<std::string> headers;
  for (const auto& [header, field] : ColumnsOf(type, view.fields)) {
    headers.push_back(header);
  }
  return Table(std::move(headers));
}

void AddToTable(const Message& item, const View& view, Table* table) {
  View row = view;
  // A line about a program shows that program's names short.
  if (const auto* status = dynamic_cast<const v1::ProgramStatus*>(&item)) {
    row.program =
        std::string(absl::StripPrefix(status->program(), "programs/"));
  }
  std::vector<std::string> cells;
  for (const auto& [header, field] :
       ColumnsOf(*item.GetDescriptor(), view.fields)) {
    cells.push_back(FormatField(item, *field, row));
  }
  table->AddRow(std::move(cells));
}

}  // namespace partner::client
