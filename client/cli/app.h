#ifndef PARTNER_CLIENT_CLI_APP_H_
#define PARTNER_CLIENT_CLI_APP_H_

#include <string>
#include <vector>

#include "client/cli/run.h"

namespace partner::client {

// The whole of partnerctl: reads the words after the program's name, runs what
// they say, returns the exit code (see ExitCode).
//
// Where a setting comes from: flags, then PARTNERCTL_* of the environment, then
// the context in use ($XDG_CONFIG_HOME/partnerctl/contexts.json, else under
// ~/.config).
int Partnerctl(const std::vector<std::string>& words, const Host& host);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_APP_H_
