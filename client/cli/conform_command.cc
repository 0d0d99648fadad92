#include "client/cli/conform_command.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/run.h"
#include "client/cli/text.h"
#include "client/conform/conform.h"

namespace partner::client {
namespace {

using Json = nlohmann::ordered_json;

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "PASSED";
    case Outcome::kFailed:
      return "FAILED";
    case Outcome::kSkipped:
      break;
  }
  return "SKIPPED";
}

Json ToJson(const Tally& tally) {
  return {{"passed", tally.passed},
          {"failed", tally.failed},
          {"skipped", tally.skipped}};
}

std::string ReportJson(const Conformance& conformance,
                       const std::string& server) {
  Json report = {{"server", server}};
  report.update(ToJson(conformance.total));
  report["rules"] = Json::array();
  for (const RuleTally& item : conformance.rules) {
    Json rule = {{"rule", item.rule}};
    rule.update(ToJson(item.tally));
    report["rules"].push_back(rule);
  }
  report["tellings"] = Json::array();
  for (const Telling& telling : conformance.tellings) {
    report["tellings"].push_back({{"scenario", telling.scenario},
                                  {"program", telling.program},
                                  {"rules", telling.rules},
                                  {"outcome", OutcomeName(telling.outcome)},
                                  {"detail", telling.detail}});
  }
  // A server may answer with anything.
  return report.dump(2, ' ', false, Json::error_handler_t::replace);
}

void PrintTelling(const Telling& telling, const Style& style,
                  std::ostream& err) {
  const std::string name =
      absl::StrCat(telling.scenario, " in ", telling.program);
  switch (telling.outcome) {
    case Outcome::kPassed:
      err << style.Good("passed ") << " " << name << "\n";
      return;
    case Outcome::kFailed:
      err << style.Bad("FAILED ") << " " << name << " ("
          << absl::StrJoin(telling.rules, ", ") << ")\n";
      for (absl::string_view line : absl::StrSplit(telling.detail, '\n')) {
        err << "  " << OneLine(line) << "\n";
      }
      return;
    case Outcome::kSkipped:
      err << style.Attention("skipped") << " " << name << ": " << telling.detail
          << "\n";
      return;
  }
}

// The tellings of a rule that failed.
std::string FailedIn(const std::string& rule, const Conformance& conformance) {
  std::vector<std::string> names;
  for (const Telling& telling : conformance.tellings) {
    if (telling.outcome == Outcome::kFailed &&
        std::find(telling.rules.begin(), telling.rules.end(), rule) !=
            telling.rules.end()) {
      names.push_back(absl::StrCat(telling.scenario, "/", telling.program));
    }
  }
  return absl::StrJoin(names, ", ");
}

void PrintTable(const Conformance& conformance, const Style& style,
                std::ostream& out) {
  Table table({"RULE", "PASSED", "FAILED", "SKIPPED", "FAILED IN"});
  for (const auto& [rule, tally] : conformance.rules) {
    table.AddRow({rule, absl::StrCat(tally.passed), absl::StrCat(tally.failed),
                  absl::StrCat(tally.skipped), FailedIn(rule, conformance)});
  }
  table.Flush(out, style);
}

std::string ScenarioDirectory(const ConformWords& words, const Host& host) {
  if (!words.scenarios.empty()) return words.scenarios;
  const std::string set = host.environment("PARTNERCTL_SCENARIOS");
  if (!set.empty()) return set;
  return host.share_dir.empty() ? ""
                                : absl::StrCat(host.share_dir, "/scenarios");
}

}  // namespace

int RunConform(const ConformWords& words, const Settings& settings,
               const Host& host) {
  const std::string directory = ScenarioDirectory(words, host);
  if (directory.empty()) {
    return FailWith("there are no installed scenarios: give --scenarios",
                    settings, host);
  }
  const absl::StatusOr<std::vector<ScenarioFile>> files =
      ReadScenarios(directory);
  if (!files.ok()) {
    return FailWith(std::string(files.status().message()), settings, host);
  }
  std::ofstream report;
  if (!words.report.empty()) {
    report.open(words.report);
    if (!report) {
      return FailWith(absl::StrCat("cannot write ", words.report), settings,
                      host);
    }
  }
  const absl::StatusOr<Conformance> conformance = Conform(
      *files, {settings.server, words.filter}, [&](const Telling& telling) {
        if (settings.json) return;
        PrintTelling(telling, settings.err_style, host.err);
        host.err.flush();
      });
  if (!conformance.ok()) {
    return FailWith(std::string(conformance.status().message()), settings,
                    host);
  }
  const std::string text = ReportJson(*conformance, settings.server);
  if (report.is_open() && !(report << text << "\n").flush()) {
    return FailWith(absl::StrCat("cannot write ", words.report), settings,
                    host);
  }
  const Tally& total = conformance->total;
  if (settings.json) {
    host.out << text << "\n";
  } else {
    PrintTable(*conformance, settings.out_style, host.out);
    host.err << settings.err_style.Faint(
                    absl::StrCat(total.passed, " passed, ", total.failed,
                                 " failed, ", total.skipped, " skipped"))
             << "\n";
  }
  if (total.failed > 0) return kExitNo;
  if (total.passed > 0) return kExitOk;
  return FailWith("no scenario could be told", settings, host);
}

}  // namespace partner::client
