#ifndef PARTNER_CLIENT_CLI_COMMAND_TABLE_H_
#define PARTNER_CLIENT_CLI_COMMAND_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"

// Every command that calls the server, as data. One generic runner (run.h)
// fills requests and prints answers by reflection, so a new RPC needs a row
// here and no code.
namespace partner::client {

// What an argument means when it is not given.
enum class Missing {
  // An error.
  kRefused,
  // The field stays empty.
  kEmpty,
  // The party the caller acts as; an error when it is of another kind.
  kSelf,
  // `-`: all of them.
  kAll,
};

// One word of a command: where it goes in the request.
struct Argument {
  // `PARTNER` for a position, `--reseller` for an option.
  std::string word;
  // Dotted path of the request field. Its type says how the word is read.
  std::string field;
  std::string help;
  // For resource names: the collections, for example `partners/invitations`.
  std::string collections = {};
  Missing missing = Missing::kEmpty;

  bool is_position() const { return word.front() != '-'; }
};

// How a command runs.
enum class Runner {
  // Call the method, print what it answers.
  kCall,
  // Print a verdict and exit by it; explain when asked.
  kCheck,
  // Read questions from a file, print verdicts and exit by them.
  kBatchCheck,
};

struct Command {
  // `partner create`, or `check` for a verb without a noun.
  std::string path;
  // `PartnerService.CreatePartner`.
  std::string method;
  // One sentence.
  std::string help;
  // Whole command lines.
  std::vector<std::string> examples;
  std::vector<Argument> arguments;
  // Another verb with the same meaning; may be empty.
  std::string alias = {};
  // Fields with a fixed value, in which `{program}` is replaced.
  std::vector<std::pair<std::string, std::string>> fixed = {};
  Runner runner = Runner::kCall;
};

// All of them, in the order help shows them.
const std::vector<Command>& Commands();

// What a noun is about, for help. Empty for an unknown noun.
std::string HelpOfNoun(const std::string& noun);

// The services of the contract.
const std::vector<const google::protobuf::ServiceDescriptor*>& Services();

// The method named `Service.Method`; nullptr when there is none.
const google::protobuf::MethodDescriptor* FindMethod(const std::string& name);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_COMMAND_TABLE_H_
