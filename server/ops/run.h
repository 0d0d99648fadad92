#ifndef PARTNER_SERVER_OPS_RUN_H_
#define PARTNER_SERVER_OPS_RUN_H_

#include "server/ops/command_line.h"

namespace partner::server {

// Does what `partnerd` was asked to do; gives the exit code: 0, 1 when it could
// not be done, 2 for a wrong command line. A server runs until SIGTERM or
// SIGINT, then ends within its drain time; a second signal ends the process at
// once, with 130.
int Run(const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment);

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_RUN_H_
