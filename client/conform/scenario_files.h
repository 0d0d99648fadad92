#ifndef PARTNER_CLIENT_CONFORM_SCENARIO_FILES_H_
#define PARTNER_CLIENT_CONFORM_SCENARIO_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/conform/scenario.pb.h"

namespace partner::client {

// A scenario as it lies in a directory.
struct ScenarioFile {
  // Of the file, without directory and ending.
  std::string name;
  Scenario scenario;
  // Told before it; empty when it has none.
  Scenario cast;
};

// Every `*.textproto` of a directory with its cast, by name. NOT_FOUND when
// there is none; INVALID_ARGUMENT with file, line and column when one cannot be
// read, or tells or cites nothing.
absl::StatusOr<std::vector<ScenarioFile>> ReadScenarios(
    const std::string& directory);

// The ids of rules that it cites, in the order of RULES.md, each once.
std::vector<std::string> RulesOf(const Scenario& scenario);

// Whether a rule comes before another in RULES.md: R, then D, then C, and by
// number.
bool RuleLess(const std::string& a, const std::string& b);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CONFORM_SCENARIO_FILES_H_
