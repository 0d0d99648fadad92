#ifndef PARTNER_CLIENT_CLI_HOST_H_
#define PARTNER_CLIENT_CLI_HOST_H_

#include <functional>
#include <istream>
#include <ostream>
#include <string>

namespace partner::client {

// Exit codes of partnerctl.
enum ExitCode : int {
  kExitOk = 0,
  // A check was denied, a dry run was refused, or a server does not conform.
  kExitNo = 1,
  // Anything that failed: wrong words, an error of the server, no connection.
  kExitError = 2,
};

// What partnerctl uses of its process.
struct Host {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // Value of an environment variable, empty when unset.
  std::function<std::string(const std::string& name)> environment;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Where the files lie that are installed with partnerctl; empty when unknown.
  std::string share_dir = {};
};

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_HOST_H_
