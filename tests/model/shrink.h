#ifndef PARTNER_TESTS_MODEL_SHRINK_H_
#define PARTNER_TESTS_MODEL_SHRINK_H_

#include <functional>
#include <vector>

#include "tests/model/command.h"

namespace partner::model {

// Whether a sequence still goes wrong.
using StillFails = std::function<bool(const std::vector<Command>&)>;

// Those of the commands whose place is kept. The others' time passes all the
// same: each that is kept comes at its own moment.
std::vector<Command> Only(const std::vector<Command>& commands,
                          const std::function<bool(std::size_t)>& keep);

// A part of a failing sequence that still fails: stretches are left out, long
// ones first, until no single command can be, or `tries` are over.
std::vector<Command> Shrink(std::vector<Command> commands,
                            const StillFails& fails, int tries);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_SHRINK_H_
