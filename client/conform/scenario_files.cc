#include "client/conform/scenario_files.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace partner::client {
namespace {

constexpr char kEnding[] = ".textproto";
// The kinds of rules, in their order.
constexpr absl::string_view kKinds = "RDC";

// Keeps the first complaint about a file.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty()) {
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ",
                           message);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::StatusOr<Scenario> ReadScenario(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::ostringstream text;
  text << stream.rdbuf();
  Scenario scenario;
  FirstError first;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&first);
  if (!parser.ParseFromString(text.str(), &scenario)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", first.text()));
  }
  return scenario;
}

absl::Status CheckComplete(const ScenarioFile& file) {
  const Scenario& scenario = file.scenario;
  const std::pair<const char*, bool> parts[] = {
      {"name", !scenario.name().empty()},
      {"rule among its cites", !RulesOf(scenario).empty()},
      {"program", !scenario.programs().empty()},
      {"step", !scenario.steps().empty()}};
  for (const auto& [part, there] : parts) {
    if (!there) {
      return absl::InvalidArgumentError(
          absl::StrCat("the scenario ", file.name, " has no ", part));
    }
  }
  return absl::OkStatus();
}

std::tuple<std::size_t, int, std::string> PlaceOf(const std::string& rule) {
  int number = 0;
  if (rule.empty() || !absl::SimpleAtoi(rule.substr(1), &number)) {
    return {kKinds.size(), 0, rule};
  }
  return {std::min(kKinds.find(rule[0]), kKinds.size()), number, rule};
}

bool IsRule(absl::string_view word) {
  return word.size() > 1 && kKinds.find(word[0]) != absl::string_view::npos &&
         std::all_of(word.begin() + 1, word.end(), absl::ascii_isdigit);
}

}  // namespace

absl::StatusOr<std::vector<ScenarioFile>> ReadScenarios(
    const std::string& directory) {
  const std::filesystem::path root(directory);
  std::vector<ScenarioFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    if (entry.path().extension() != kEnding) continue;
    ScenarioFile file;
    file.name = entry.path().stem().string();
    absl::StatusOr<Scenario> scenario = ReadScenario(entry.path().string());
    if (!scenario.ok()) return scenario.status();
    file.scenario = *std::move(scenario);
    absl::Status status = CheckComplete(file);
    if (!status.ok()) return status;
    if (!file.scenario.cast().empty()) {
      absl::StatusOr<Scenario> cast = ReadScenario(
          (root / "cast" / absl::StrCat(file.scenario.cast(), kEnding))
              .string());
      if (!cast.ok()) return cast.status();
      file.cast = *std::move(cast);
    }
    files.push_back(std::move(file));
  }
  if (files.empty()) {
    return absl::NotFoundError(absl::StrCat("no scenarios in ", directory));
  }
  std::sort(files.begin(), files.end(),
            [](const ScenarioFile& a, const ScenarioFile& b) {
              return a.name < b.name;
            });
  return files;
}

std::vector<std::string> RulesOf(const Scenario& scenario) {
  std::set<std::string> rules;
  for (const std::string& cite : scenario.cites()) {
    for (absl::string_view word :
         absl::StrSplit(cite, absl::ByAnyChar(" ,;:.()"))) {
      if (IsRule(word)) rules.emplace(word);
    }
  }
  std::vector<std::string> ordered(rules.begin(), rules.end());
  std::sort(ordered.begin(), ordered.end(), RuleLess);
  return ordered;
}

bool RuleLess(const std::string& a, const std::string& b) {
  return PlaceOf(a) < PlaceOf(b);
}

}  // namespace partner::client
