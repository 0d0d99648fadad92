#ifndef PARTNER_TESTS_CLI_CLI_RUN_H_
#define PARTNER_TESTS_CLI_CLI_RUN_H_

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/app.h"

namespace partner::client {

// What one run of partnerctl in this process said.
struct CliRun {
  int exit = -1;
  std::string out;
  std::string err;
};

// The surroundings of a run.
struct CliHost {
  std::map<std::string, std::string> environment = {};
  std::string in = {};
  bool terminal = false;
};

inline CliRun RunCli(const std::vector<std::string>& words,
                     const CliHost& surroundings = {}) {
  std::istringstream in(surroundings.in);
  std::ostringstream out;
  std::ostringstream err;
  const Host host{in,
                  out,
                  err,
                  [&](const std::string& name) {
                    const auto found = surroundings.environment.find(name);
                    return found == surroundings.environment.end()
                               ? std::string()
                               : found->second;
                  },
                  surroundings.terminal,
                  surroundings.terminal};
  CliRun run;
  run.exit = Partnerctl(words, host);
  run.out = out.str();
  run.err = err.str();
  return run;
}

}  // namespace partner::client

#endif  // PARTNER_TESTS_CLI_CLI_RUN_H_
