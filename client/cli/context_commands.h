#ifndef PARTNER_CLIENT_CLI_CONTEXT_COMMANDS_H_
#define PARTNER_CLIENT_CLI_CONTEXT_COMMANDS_H_

#include <string>

#include "client/cli/host.h"
#include "client/cli/settings.h"

// `partnerctl context ...`: commands that need no server. Each returns the exit
// code.
namespace partner::client {

// Stores the server, program and caller typed; keeps what was not. The first
// context is used from then on.
int SetContext(const std::string& name, const GlobalOptions& options,
               const Host& host);
// Uses a context from now on.
int UseContext(const std::string& name, const Host& host);
// Forgets a context.
int DeleteContext(const std::string& name, const Host& host);
// Prints them all.
int ListContexts(const GlobalOptions& options, const Host& host);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_CONTEXT_COMMANDS_H_
