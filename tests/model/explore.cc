#include "tests/model/explore.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/model/generator.h"
#include "tests/model/shrink.h"

namespace partner::model {

std::string ProgramOf(std::uint32_t seed) {
  return Programs()[seed % Programs().size()];
}

Finding Explore(std::uint32_t seed, int commands,
                const LockstepOptions& options, Counts* counts) {
  Finding finding;
  finding.program = ProgramOf(seed);
  Lockstep lockstep(finding.program, options);
  Generator generator(seed, finding.program);
  for (int i = 0; i < commands && finding.wrong.empty(); ++i) {
    finding.commands.push_back(
        generator.Next(lockstep.state(), lockstep.symbols(), lockstep.now()));
    finding.wrong = lockstep.Run(finding.commands.back());
  }
  if (finding.wrong.empty()) finding.wrong = lockstep.Finish();
  Add(lockstep.counts(), counts);
  return finding;
}

std::string Tell(std::uint32_t seed, Finding finding,
                 const LockstepOptions& options) {
  const auto fails = [&](const std::vector<Command>& commands) {
    return !Play(finding.program, commands, options).empty();
  };
  const std::size_t all = finding.commands.size();
  finding.commands = Shrink(std::move(finding.commands), fails, 400);
  std::string text = absl::StrCat(
      "Model and server disagree in ", finding.program, ": ", finding.wrong,
      "\n", all, " commands, shrunk to ", finding.commands.size(), ":\n");
  std::vector<int> steps;
  for (const Command& command : finding.commands) {
    absl::StrAppend(&text, "  ", Describe(command), "\n");
    steps.push_back(command.step);
  }
  absl::StrAppend(&text, "What they disagree about then: ",
                  Play(finding.program, finding.commands, options), "\n",
                  "Again: PARTNER_TEST_SEED=", seed,
                  " MODEL_STEPS=", absl::StrJoin(steps, ","),
                  " model_test --gtest_filter=Model.OneSequence\n");
  return text;
}

}  // namespace partner::model
