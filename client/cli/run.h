#ifndef PARTNER_CLIENT_CLI_RUN_H_
#define PARTNER_CLIENT_CLI_RUN_H_

#include <string>

#include "client/cli/command_table.h"
#include "client/cli/host.h"
#include "client/cli/request.h"
#include "client/cli/settings.h"

namespace partner::client {

// Runs one command of the table against the server. Data goes to host.out, all
// else to host.err. Returns the exit code.
int RunCommand(const Command& command, const Words& words,
               const Settings& settings, const Host& host);

// Reports an error of partnerctl's own and returns kExitError.
int FailWith(const std::string& message, const Settings& settings,
             const Host& host);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_RUN_H_
