#ifndef PARTNER_TESTS_MODEL_EXPLORE_H_
#define PARTNER_TESTS_MODEL_EXPLORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/lockstep.h"

// Whole sequences, from a seed.
namespace partner::model {

struct Finding {
  std::string program;
  std::vector<Command> commands;  // Up to the one that went wrong.
  std::string wrong;              // Empty when nothing did.
};

// The program a seed is about.
std::string ProgramOf(std::uint32_t seed);

// Makes and runs one sequence until something goes wrong.
Finding Explore(std::uint32_t seed, int commands,
                const LockstepOptions& options, Counts* counts);

// Shrinks a finding and tells it: what is wrong, the commands left, how to run
// them again.
std::string Tell(std::uint32_t seed, Finding finding,
                 const LockstepOptions& options);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_EXPLORE_H_
