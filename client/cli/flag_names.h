#ifndef PARTNER_CLIENT_CLI_FLAG_NAMES_H_
#define PARTNER_CLIENT_CLI_FLAG_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/command_table.h"

// The server speaks of fields and metadata, people of what they type. Pure
// functions, for text only: JSON keeps the names of the contract.
namespace partner::client {

// The argument of `command`, or the global option, that sets the field at
// `path`: `--country` for `partner.country`. Empty when there is none.
std::string FlagOfField(absl::string_view path, const Command& command);

// The text with such names replaced where they cannot be plain words: `Set
// replace_overlapping` becomes `Set --replace`.
std::string InFlags(absl::string_view text, const Command& command);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_FLAG_NAMES_H_
