#ifndef PARTNER_CLIENT_CLI_CONFORM_COMMAND_H_
#define PARTNER_CLIENT_CLI_CONFORM_COMMAND_H_

#include <string>

#include "client/cli/host.h"
#include "client/cli/settings.h"

namespace partner::client {

// What is typed behind `partnerctl conform`. Empty: not given.
struct ConformWords {
  std::string filter;
  std::string report;
  std::string scenarios;
};

// Tells the scenarios to the server and prints a table by rule. Each telling is
// reported to host.err as it ends, unless the output is JSON. Returns kExitNo
// when the server answered otherwise than a scenario says, and kExitError when
// it could not be asked.
int RunConform(const ConformWords& words, const Settings& settings,
               const Host& host);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_CONFORM_COMMAND_H_
