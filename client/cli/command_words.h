#ifndef PARTNER_CLIENT_CLI_COMMAND_WORDS_H_
#define PARTNER_CLIENT_CLI_COMMAND_WORDS_H_

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace partner::client {

// The words of a command line that choose a command.
struct CommandWords {
  // As far as they are words of the tree: `admin`, `grant`.
  std::vector<std::string> path;
  // `help` stood before them.
  bool asks_for_help = false;
  // Names the first word that is no command, with near ones or all that may
  // stand there. Empty when there is none.
  std::string problem;
};

// Follows the words down the tree of `root`, past its options and their values.
// Stops at the command, at an option that the root does not know, and where
// help is asked for.
CommandWords FindCommand(const CLI::App& root,
                         const std::vector<std::string>& words);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_COMMAND_WORDS_H_
