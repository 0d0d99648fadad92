#include "client/conform/conform.h"

#include <algorithm>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/conform/player.h"
#include "client/conform/wire_caller.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"

namespace partner::client {
namespace {

const Caller kCaller{"operators/conform"};

bool Cites(const ScenarioFile& file, const std::string& rule) {
  const std::vector<std::string> rules = RulesOf(file.scenario);
  return rule.empty() ||
         std::find(rules.begin(), rules.end(), rule) != rules.end();
}

absl::StatusOr<v1::GetStatusResponse> GetStatus(const std::string& address) {
  const Answer answer = WireCaller(address).Call(
      *WireCaller::FindMethod("AdminService.GetStatus"), v1::GetStatusRequest(),
      kCaller);
  if (!answer.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "no server of this contract answers an operator at ", address, ": ",
        CodeName(answer.error.code), " ", answer.error.message));
  }
  return static_cast<const v1::GetStatusResponse&>(*answer.message);
}

// Without a clock for tests a server may be somebody's: nothing is written.
absl::Status CheckTestClock(const std::string& address) {
  const Answer answer = WireCaller(address).Call(
      *WireCaller::FindMethod("TestClockService.AdvanceClock"),
      v1::AdvanceClockRequest(), kCaller);
  // A server that has one finds fault with moving it by nothing.
  if (answer.error.code == grpc::StatusCode::INVALID_ARGUMENT) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the server at ", address,
                   " has no clock for tests; start it with --test-clock (",
                   CodeName(answer.error.code), ")"));
}

// Why a scenario is not told in a program; empty when it is.
std::string ReasonToSkip(const Scenario& scenario, const std::string& program,
                         const v1::GetStatusResponse& status) {
  for (const v1::ProgramStatus& served : status.programs()) {
    if (served.program() != absl::StrCat("programs/", program)) continue;
    return scenario.alone() && served.partners() + served.customers() > 0
               ? "it wants a program with nothing in it"
               : "";
  }
  return "the server does not have this program";
}

absl::Status Tell(const ScenarioFile& file, const Program& program,
                  const std::string& address) {
  Player player(program, {address});
  const absl::Status cast = player.Play(file.cast);
  if (!cast.ok()) {
    return absl::Status(cast.code(), absl::StrCat("cast ", file.scenario.cast(),
                                                  ", ", cast.message()));
  }
  return player.Play(file.scenario);
}

Conformance Summarize(std::vector<Telling> tellings) {
  Conformance summary;
  std::map<std::string, Tally, decltype(&RuleLess)> rules(&RuleLess);
  for (const Telling& telling : tellings) {
    summary.total.Add(telling.outcome);
    for (const std::string& rule : telling.rules) {
      rules[rule].Add(telling.outcome);
    }
  }
  for (const auto& [rule, tally] : rules) {
    summary.rules.push_back({rule, tally});
  }
  summary.tellings = std::move(tellings);
  return summary;
}

}  // namespace

void Tally::Add(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      ++passed;
      return;
    case Outcome::kFailed:
      ++failed;
      return;
    case Outcome::kSkipped:
      ++skipped;
      return;
  }
}

absl::StatusOr<Conformance> Conform(
    const std::vector<ScenarioFile>& files, const ConformOptions& options,
    const std::function<void(const Telling&)>& visit) {
  std::vector<const ScenarioFile*> chosen;
  for (const ScenarioFile& file : files) {
    if (Cites(file, options.rule)) chosen.push_back(&file);
  }
  if (chosen.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no scenario cites the rule ", options.rule));
  }
  // Those that want to be alone come before anything is made.
  std::stable_partition(
      chosen.begin(), chosen.end(),
      [](const ScenarioFile* file) { return file->scenario.alone(); });

  absl::StatusOr<v1::GetStatusResponse> status = GetStatus(options.address);
  if (!status.ok()) return status.status();
  const absl::Status clock = CheckTestClock(options.address);
  if (!clock.ok()) return clock;

  std::vector<Telling> tellings;
  for (const ScenarioFile* file : chosen) {
    for (const Program& program : file->scenario.programs()) {
      Telling telling;
      telling.scenario = file->name;
      telling.program = program.id();
      telling.rules = RulesOf(file->scenario);
      if (file->scenario.alone()) {
        status = GetStatus(options.address);
        if (!status.ok()) return status.status();
      }
      telling.detail = ReasonToSkip(file->scenario, program.id(), *status);
      if (telling.detail.empty()) {
        const absl::Status told = Tell(*file, program, options.address);
        telling.outcome = told.ok() ? Outcome::kPassed : Outcome::kFailed;
        telling.detail = std::string(told.message());
      }
      visit(telling);
      tellings.push_back(std::move(telling));
    }
  }
  return Summarize(std::move(tellings));
}

}  // namespace partner::client
