#ifndef PARTNER_SERVER_OPS_COMMAND_LINE_H_
#define PARTNER_SERVER_OPS_COMMAND_LINE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ops/config.h"

namespace partner::server {

// What `partnerd` was asked to do.
struct CommandLine {
  enum class Task {
    kServe,
    kVerify,
    kPrintConfig,
    kCheckConfig,
    kPrintText,  // Help or version: print `text`.
  };
  Task task = Task::kServe;
  Config config;
  // Where each setting comes from, by name: `flag`, `environment`, the file's
  // path or `default`.
  std::map<std::string, std::string> origins;
  std::string text;
};

// Settings come from flags, which win over the environment (PARTNERD_*), which
// wins over the file named by --config or PARTNERD_CONFIG (`key = value`
// lines). INVALID_ARGUMENT, as one line for people, for an unknown flag,
// variable or key, and for a value that does not fit. Does not check whether
// settings contradict one another.
absl::StatusOr<CommandLine> ReadCommandLine(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment);

// The PARTNERD_* part of the process's environment.
std::map<std::string, std::string> ReadEnvironment();

// One line for each setting: name, value and origin.
std::string PrintConfig(const CommandLine& command_line);

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_COMMAND_LINE_H_
