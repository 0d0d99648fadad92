#ifndef PARTNER_CLIENT_CLI_COMPLETION_H_
#define PARTNER_CLIENT_CLI_COMPLETION_H_

#include <map>
#include <string>
#include <vector>

namespace partner::client {

// The words of a command line, for completion scripts.
struct WordTree {
  // For each command (`partner create`; empty for the program): what may
  // follow, commands first, then options.
  std::map<std::string, std::vector<std::string>> next;
  // Options that take a value, with the values known for it; often none.
  std::map<std::string, std::vector<std::string>> values;
};

// A script for `source` or /etc/bash_completion.d. Needs bash 4 and nothing
// else.
std::string BashCompletion(const WordTree& tree);

// A script for a directory of $fpath, as `_partnerctl`.
std::string ZshCompletion(const WordTree& tree);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_COMPLETION_H_
