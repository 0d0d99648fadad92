#ifndef PARTNER_CLIENT_CLI_NAMES_H_
#define PARTNER_CLIENT_CLI_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The short forms people type for resource names, and back. Pure functions;
// whether a name is well-formed is for the server to say.
namespace partner::client {

// What a short name may leave out.
struct NameScope {
  // Program id, for example `global`. May be empty.
  std::string program;
  // Full resource name of the party the caller acts as. May be empty.
  std::string self;
};

// Full name of what `text` means, where `collections` are the collection
// segments after the program, for example `partners/invitations`:
//
//   programs/global/partners/contoso/invitations/0abc   as it is
//   partners/contoso/invitations/0abc                   the program is added
//   contoso/0abc                                        the ids alone
//   0abc                                                of the party acting,
//                                                       when it fits
//
// INVALID_ARGUMENT says which form is expected, or that a program is missing.
absl::StatusOr<std::string> ExpandName(absl::string_view collections,
                                       absl::string_view text,
                                       const NameScope& scope);

// Full principal of `operators/ops`, `operator:ops`, `auditor:x`,
// `partner:contoso`, `customer:adatum`, `partners/contoso` or a full resource
// name. INVALID_ARGUMENT for anything else.
absl::StatusOr<std::string> ExpandPrincipal(absl::string_view text,
                                            absl::string_view program);

// True for `programs/{program}/{collection}/{id}`.
bool IsNameIn(absl::string_view collection, absl::string_view name);

// The ids of a full name in the program, joined by slashes: `contoso/0abc`. A
// name of another program or of no known form stays as it is.
std::string ShortName(absl::string_view name, absl::string_view program);

// A full name in the program without it: `partners/contoso/invitations/0abc`.
// Others stay as they are.
std::string NameInProgram(absl::string_view name, absl::string_view program);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_NAMES_H_
