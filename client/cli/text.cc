#include "client/cli/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace partner::client {
namespace {

std::string Colored(bool color, absl::string_view code,
                    absl::string_view text) {
  if (!color) return std::string(text);
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t Width(absl::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string Style::Bold(absl::string_view text) const {
  return Colored(color, "1", text);
}
std::string Style::Good(absl::string_view text) const {
  return Colored(color, "32", text);
}
std::string Style::Bad(absl::string_view text) const {
  return Colored(color, "31", text);
}
std::string Style::Attention(absl::string_view text) const {
  return Colored(color, "33", text);
}
std::string Style::Faint(absl::string_view text) const {
  return Colored(color, "2", text);
}

bool IsUtf8(absl::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t more = 0;
    std::uint32_t code = first;
    std::uint32_t smallest = 0;
    if (first >= 0xf0U) {
      more = 3;
      code = first & 0x07U;
      smallest = 0x10000U;
    } else if (first >= 0xe0U) {
      more = 2;
      code = first & 0x0fU;
      smallest = 0x800U;
    } else if (first >= 0x80U) {
      more = 1;
      code = first & 0x1fU;
      smallest = 0x80U;
    }
    // A continuation byte and 0xf8 to 0xff begin nothing.
    if ((first & 0xc0U) == 0x80U || first >= 0xf8U) return false;
    if (more >= text.size() - at) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0U) != 0x80U) return false;
      code = code << 6U | (next & 0x3fU);
    }
    const bool surrogate = code >= 0xd800U && code <= 0xdfffU;
    if (code < smallest || code > 0x10ffffU || surrogate) return false;
    at += more + 1;
  }
  return true;
}

std::string OneLine(absl::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\t') {
      c = ' ';
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      c = '?';
    }
  }
  return line;
}

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}

void Table::AddRow(std::vector<std::string> cells) {
  rows_.push_back(std::move(cells));
}

void Table::Flush(std::ostream& out, const Style& style,
                  absl::string_view indent) {
  if (widths_.empty()) {
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      std::size_t width = Width(headers_[i]);
      for (const auto& row : rows_) width = std::max(width, Width(row[i]));
      widths_.push_back(width);
    }
    out << indent << style.Bold(Line(headers_)) << "\n";
  }
  for (const auto& row : rows_) out << indent << Line(row) << "\n";
  rows_.clear();
}

std::string Table::Line(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    const std::size_t width = Width(cells[i]);
    // The last column is not padded; a wider cell pushes the others.
    if (i + 1 == cells.size()) continue;
    line.append(widths_[i] > width ? widths_[i] - width : 0, ' ');
    line += "  ";
  }
  return line;
}

}  // namespace partner::client
