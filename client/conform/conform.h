#ifndef PARTNER_CLIENT_CONFORM_CONFORM_H_
#define PARTNER_CLIENT_CONFORM_CONFORM_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/conform/scenario_files.h"

// Whether a server answers as the rules say: every scenario is told to it.
namespace partner::client {

enum class Outcome { kPassed, kFailed, kSkipped };

// A scenario told in one of its programs.
struct Telling {
  std::string scenario;
  std::string program;
  // The rules it cites.
  std::vector<std::string> rules;
  Outcome outcome = Outcome::kSkipped;
  // Which step came out otherwise and how, or why it was skipped.
  std::string detail;
};

// How many tellings came out how.
struct Tally {
  int passed = 0;
  int failed = 0;
  int skipped = 0;

  void Add(Outcome outcome);
};

struct RuleTally {
  std::string rule;
  Tally tally;
};

struct Conformance {
  std::vector<Telling> tellings;
  Tally total;
  // By rule, in the order of RULES.md.
  std::vector<RuleTally> rules;
};

struct ConformOptions {
  // Of the server.
  std::string address;
  // Only scenarios that cite this rule; empty: all.
  std::string rule;
};

// Tells the scenarios to a server, one after the other, and shows each telling
// to `visit` when it is over. Each makes parties of its own, so the server may
// hold anything; nobody else may write meanwhile. A program that the server
// does not have is skipped, and so is a scenario that wants its program empty
// where it is not.
//
// NOT_FOUND when no scenario cites the rule; UNAVAILABLE when no server
// answers; FAILED_PRECONDITION when it has no clock for tests: then nothing was
// written.
absl::StatusOr<Conformance> Conform(
    const std::vector<ScenarioFile>& files, const ConformOptions& options,
    const std::function<void(const Telling&)>& visit);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CONFORM_CONFORM_H_
