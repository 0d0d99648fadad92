// Which fields each request has and what each must look like, as data.
#ifndef PARTNER_HIERARCHY_RULES_FORM_TABLE_H_
#define PARTNER_HIERARCHY_RULES_FORM_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {

enum class Form {
  kName,     // A resource name of `kind`.
  kAnyName,  // A list's parent: its list knows the patterns.
  kId,       // An id chosen by the caller.
  kLine,     // Text on one line, 1 to `limit` characters.
  kText,     // Text with line breaks, up to `limit` characters.
  kOpaque,   // Printable ASCII up to `limit` bytes.
  kCountry,
  kTenant,
  kDomain,
  kEnum,   // A known value.
  kTime,   // A timestamp.
  kSpan,   // A duration of whole seconds.
  kCount,  // An integer from 0 to `limit`.
  kItems,  // Messages looked at elsewhere; only their number counts.
};

struct Field {
  std::string path;
  Form form;
  bool required = false;
  Kind kind = Kind::kNone;
  int limit = 0;        // Characters, bytes or the largest number.
  int items_max = 100;  // Of a repeated field.
};

using Fields = std::vector<Field>;

// The fields of a request by its message's name, such as
// "GrantAdminRelationshipRequest"; nullptr where nothing is asked of it. Lives
// as long as the program.
const Fields* FieldsOfRequest(absl::string_view message);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_FORM_TABLE_H_
