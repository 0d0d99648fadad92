#include "hierarchy/rules/text_form.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace partner::hierarchy {

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-'
             : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

bool IsLowerUuid(absl::string_view text) {
  return IsUuid(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return c >= 'A' && c <= 'F';
         });
}

bool IsDomain(absl::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  int labels = 0;
  for (absl::string_view label : absl::StrSplit(text, '.')) {
    ++labels;
    if (label.empty() || label.size() > 63 || label.front() == '-' ||
        label.back() == '-') {
      return false;
    }
    for (char c : label) {
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
        return false;
      }
    }
  }
  return labels >= 2;
}

int CharactersOf(absl::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool IsBlank(absl::string_view text) {
  return absl::StripAsciiWhitespace(text).empty();
}

bool HasControl(absl::string_view text, bool breaks_allowed) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (breaks_allowed && (c == '\n' || c == '\t')) continue;
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;  // U+0080 to U+009F.
    }
    if (c == 0xe2 && i + 2 < text.size()) {
      const auto d = static_cast<unsigned char>(text[i + 1]);
      const auto e = static_cast<unsigned char>(text[i + 2]);
      // U+200B-200F, U+2028-202E, U+2066-2069.
      if (d == 0x80 && ((e >= 0x8b && e <= 0x8f) || (e >= 0xa8 && e <= 0xae))) {
        return true;
      }
      if (d == 0x81 && e >= 0xa6 && e <= 0xa9) return true;
    }
  }
  return false;
}

}  // namespace partner::hierarchy
