// What a piece of text looks like: ids, domains, characters. Pure.
#ifndef PARTNER_HIERARCHY_RULES_TEXT_FORM_H_
#define PARTNER_HIERARCHY_RULES_TEXT_FORM_H_

#include "absl/strings/string_view.h"

namespace partner::hierarchy {

// 36 characters, hexadecimal in either case.
bool IsUuid(absl::string_view text);
bool IsLowerUuid(absl::string_view text);

// Two labels at least, in lower case, at most 253 bytes.
bool IsDomain(absl::string_view text);

// Characters of valid UTF-8.
int CharactersOf(absl::string_view text);

// Nothing but white space.
bool IsBlank(absl::string_view text);

// Control characters, and the marks that turn the direction of text or hide
// in it. Line breaks and tabs are none where `breaks_allowed`.
bool HasControl(absl::string_view text, bool breaks_allowed);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_TEXT_FORM_H_
