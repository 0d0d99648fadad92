#ifndef PARTNER_CLIENT_CLI_SETTINGS_H_
#define PARTNER_CLIENT_CLI_SETTINGS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/host.h"
#include "client/cli/request.h"
#include "client/cli/text.h"

namespace partner::client {

// The global options as typed. Empty: not given.
struct GlobalOptions {
  std::string server;
  std::string program;
  std::string as;
  std::optional<bool> customer_admin;
  std::string acting_party;
  std::string context;
  std::string output;
  std::string timeout;
  bool no_color = false;
  // Everything but `scope` and `acting_party`, which need the rest.
  RequestSettings request;
};

// Everything that is not the command itself.
struct Settings {
  std::string server;
  // Full name of the caller.
  std::string principal;
  bool customer_admin = false;
  std::chrono::milliseconds timeout{30'000};
  bool json = false;
  Style out_style;
  Style err_style;
  RequestSettings request;
};

// The settings that hold: flags, then PARTNERCTL_* of the environment, then the
// context in use, then the defaults. INVALID_ARGUMENT with a sentence for
// people.
absl::StatusOr<Settings> ResolveSettings(GlobalOptions options,
                                         const Host& host);

// The file of the named contexts: $XDG_CONFIG_HOME/partnerctl/contexts.json,
// else under ~/.config. Empty when the environment has neither XDG_CONFIG_HOME
// nor HOME: then there are no contexts.
std::string ContextsPath(const Host& host);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_SETTINGS_H_
