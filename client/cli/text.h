#ifndef PARTNER_CLIENT_CLI_TEXT_H_
#define PARTNER_CLIENT_CLI_TEXT_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// Text for people: colours, safe characters and aligned columns.
namespace partner::client {

// How text for people looks on one stream. A value.
struct Style {
  bool color = false;
  // Whether the reader's terminal shows UTF-8.
  bool utf8 = false;

  std::string Bold(absl::string_view text) const;
  std::string Good(absl::string_view text) const;
  std::string Bad(absl::string_view text) const;
  std::string Attention(absl::string_view text) const;
  std::string Faint(absl::string_view text) const;
};

// Whether the bytes are UTF-8, which is all that a message may hold.
bool IsUtf8(absl::string_view text);

// One line without control characters, so that no stored text moves the
// reader's cursor.
std::string OneLine(absl::string_view text);

// Columns as wide as their first rows need. Rows are kept until Flush, so a
// long list is printed page by page under one header. Not thread-safe.
class Table {
 public:
  explicit Table(std::vector<std::string> headers);

  // One cell for each header.
  void AddRow(std::vector<std::string> cells);
  // Prints the rows added since the last flush, the header before the first
  // ones. Each line begins with `indent`.
  void Flush(std::ostream& out, const Style& style,
             absl::string_view indent = "");

 private:
  std::string Line(const std::vector<std::string>& cells) const;

  const std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
  // Empty until the first flush.
  std::vector<std::size_t> widths_;
};

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_TEXT_H_
