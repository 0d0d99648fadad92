// The server against a naive model of it: random sequences of commands, and
// after each the same verdict, reasons, effects, answer, revision and record;
// every invariant; now and then every check, list and look-up, and memory
// against the store. A sequence that goes wrong is shrunk and told.
//
//   MODEL_SEQUENCES=N   how many sequences (default below)
//   MODEL_MINUTES=N     as many as fit in so many minutes, with progress
//   PARTNER_TEST_SEED=N the first seed; OneSequence runs just this one
//   MODEL_STEPS=1,4,7   of it only these commands
//   MODEL_COMMANDS=N    commands in a sequence

#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decide.h"
#include "tests/model/explore.h"
#include "tests/model/rules.h"
#include "tests/model/shrink.h"
#include "tests/support/seed.h"

namespace partner::model {
namespace {

constexpr int kCommands = 100;
// About half a minute in a release build, as long under a sanitizer.
constexpr int kSequences = MODEL_SEQUENCES_DEFAULT;

// Commits are not waited for: what a power cut does is not asked here.
class StoresInMemory : public testing::Environment {
 public:
  void SetUp() override {
    if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  }
};
const testing::Environment* const kStoresInMemory =
    testing::AddGlobalTestEnvironment(new StoresInMemory);

std::int64_t FromOutside(const char* name, std::int64_t otherwise) {
  const char* given = std::getenv(name);
  std::int64_t value = 0;
  return given != nullptr && absl::SimpleAtoi(given, &value) ? value
                                                             : otherwise;
}

void Print(const Counts& counts) {
  std::cout << counts.accepted << " accepted, " << counts.refused
            << " refused for " << counts.refused_by_reason.size()
            << " reasons, " << counts.dry << " dry runs, " << counts.replayed
            << " repeats, " << counts.checks << " checks, " << counts.allowed
            << " of them allowed, " << counts.past_checks << " about the past, "
            << counts.past_allowed << " of them allowed" << std::endl;
}

TEST(Model, AgreesWithTheServer) {
  const std::uint32_t first = test::Seed();
  const std::int64_t minutes = FromOutside("MODEL_MINUTES", 0);
  const std::int64_t sequences =
      minutes > 0 ? std::numeric_limits<std::int64_t>::max()
                  : FromOutside("MODEL_SEQUENCES", kSequences);
  const int commands =
      static_cast<int>(FromOutside("MODEL_COMMANDS", kCommands));
  const absl::Time start = absl::Now();
  absl::Time tell = start + absl::Seconds(10);
  Counts counts;
  std::int64_t done = 0;
  for (; done < sequences; ++done) {
    const std::uint32_t seed = first + static_cast<std::uint32_t>(done);
    const LockstepOptions options;
    Finding finding = Explore(seed, commands, options, &counts);
    if (!finding.wrong.empty()) {
      FAIL() << Tell(seed, std::move(finding), options);
    }
    const absl::Time now = absl::Now();
    if (minutes > 0 && now - start >= absl::Minutes(minutes)) break;
    if (now >= tell) {
      std::cout << "  " << absl::ToInt64Seconds(now - start)
                << " s: " << done + 1 << " sequences" << std::endl;
      tell = now + absl::Seconds(10);
    }
  }
  std::cout << done << " sequences of " << commands << " commands: ";
  Print(counts);
  for (const auto& [method, count] : counts.accepted_by_method) {
    std::cout << "  " << method << " " << count << "\n";
  }
  for (const auto& [reason, count] : counts.refused_by_reason) {
    std::cout << "  " << reason << " " << count << "\n";
  }
}

// One sequence, or some of its commands, to look at.
TEST(Model, OneSequence) {
  const std::uint32_t seed = test::Seed();
  const LockstepOptions options;
  Counts counts;
  const Finding finding =
      Explore(seed, static_cast<int>(FromOutside("MODEL_COMMANDS", kCommands)),
              options, &counts);
  const char* given = std::getenv("MODEL_STEPS");
  if (given == nullptr) {
    EXPECT_EQ(finding.wrong, "");
    return;
  }
  std::set<int> steps;
  for (const absl::string_view text : absl::StrSplit(given, ',')) {
    int step = 0;
    if (absl::SimpleAtoi(text, &step)) steps.insert(step);
  }
  const std::vector<Command> some = Only(finding.commands, [&](std::size_t at) {
    return steps.count(finding.commands[at].step) > 0;
  });
  for (const Command& command : some) std::cout << Describe(command) << "\n";
  EXPECT_EQ(Play(finding.program, some, options), "");
}

// --- The means themselves ----------------------------------------------------

// Nobody adds a command that the model does not know.
TEST(Model, KnowsEveryCommand) {
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    State state("global", Product::Start());
    Ruling ruling(&state, {Caller::Kind::kAuditor, "auditors/reader", false},
                  Product::Start(), nullptr);
    const std::unique_ptr<google::protobuf::Message> request(
        spec.request->New());
    EXPECT_NE(Decide(ruling, *request), nullptr)
        << spec.service << "." << spec.method;
  }
}

// The generator reaches every command, accepted, and most reasons.
TEST(Model, GeneratorReachesEverything) {
  Counts counts;
  LockstepOptions options;
  options.compare_every = 0;
  for (std::uint32_t seed = 1; seed <= 90; ++seed) {
    EXPECT_EQ(Explore(seed, kCommands, options, &counts).wrong, "") << seed;
  }
  EXPECT_EQ(counts.malformed, 0);
  EXPECT_GT(counts.replayed, 0);
  EXPECT_GT(counts.allowed, 0);
  EXPECT_GT(counts.past_allowed, 0);
  EXPECT_GT(counts.refused_by_reason.size(), 40U);
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    EXPECT_GT(counts.accepted_by_method[spec.request->GetDescriptor()->name()],
              0)
        << spec.method;
  }
}

// One seed, one sequence: what is told can be run again.
TEST(Model, SameSeedSameCommands) {
  Counts counts;
  LockstepOptions options;
  options.compare_every = 0;
  const Finding one = Explore(7, 60, options, &counts);
  const Finding two = Explore(7, 60, options, &counts);
  ASSERT_EQ(one.commands.size(), two.commands.size());
  for (std::size_t i = 0; i < one.commands.size(); ++i) {
    EXPECT_EQ(Describe(one.commands[i]), Describe(two.commands[i]));
  }
  EXPECT_EQ(Play(one.program, one.commands, options), "");
}

// A disagreement planted in the model: a customer won through a forward. Needs
// an issuer, a reseller, their partnership asked for and accepted, an
// invitation, its forward and an acceptance: seven commands and, when it is not
// new, the customer.
TEST(Model, PlantedDisagreementIsFoundAndShrunk) {
  LockstepOptions options;
  options.compare_every = 0;
  options.planted = [](const State& state) {
    for (const auto& [name, acceptance] : state.acceptances) {
      if (!acceptance.forward().empty()) return "planted " + name;
    }
    return std::string();
  };
  for (std::uint32_t seed = 1; seed < 200; ++seed) {
    Counts counts;
    const Finding finding = Explore(seed, kCommands, options, &counts);
    if (finding.wrong.empty()) continue;
    EXPECT_THAT(finding.wrong, testing::HasSubstr("planted"));
    const auto fails = [&](const std::vector<Command>& commands) {
      return !Play(finding.program, commands, options).empty();
    };
    const std::vector<Command> few = Shrink(finding.commands, fails, 400);
    EXPECT_THAT(few.size(), testing::AllOf(testing::Ge(7U), testing::Le(9U)));
    for (std::size_t i = 0; i < few.size(); ++i) {
      const std::vector<Command> fewer =
          Only(few, [&](std::size_t at) { return at != i; });
      EXPECT_FALSE(fails(fewer)) << "needless: " << Describe(few[i]);
    }
    const std::string told = Tell(seed, finding, options);
    for (const Command& command : few) {
      EXPECT_THAT(told, testing::HasSubstr(Describe(command)));
    }
    EXPECT_THAT(told,
                testing::HasSubstr(absl::StrCat("PARTNER_TEST_SEED=", seed)));
    return;
  }
  FAIL() << "no sequence wins a customer through a forward";
}

}  // namespace
}  // namespace partner::model
