#ifndef PARTNER_TESTS_MODEL_INVARIANTS_H_
#define PARTNER_TESTS_MODEL_INVARIANTS_H_

#include <set>
#include <string>

#include "google/protobuf/message.h"
#include "tests/model/state.h"

// What holds after every accepted command, by the facts alone: how they came
// about does not matter here.
namespace partner::model {

// Administration that overlaps another because its delegate enrolled later
// (R43): it is not looked at again.
using Excused = std::set<std::string>;

// The first that is broken by a command, with its rule; empty when all hold.
std::string BrokenInvariant(const State& before, const State& after,
                            const google::protobuf::Message& request,
                            Excused* excused);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_INVARIANTS_H_
