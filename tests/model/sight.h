#ifndef PARTNER_TESTS_MODEL_SIGHT_H_
#define PARTNER_TESTS_MODEL_SIGHT_H_

#include <string>

#include "tests/model/state.h"

// Who sees what: a partner itself, its partnerships, invitations and forwards
// and the customers it owns, is associated with or administers; a customer
// everything about itself; an auditor and an operator everything (R56, D5).
namespace partner::model {

// The partner owns, is associated with or administers the customer.
bool Knows(const State& state, const std::string& partner,
           const std::string& customer);

// Any resource by name; false when there is none.
bool Sees(const State& state, const Caller& caller, const std::string& name);

// A name as the caller may know it.
std::string Shown(const State& state, const Caller& caller,
                  const std::string& name);

// Sets what depends on moment and viewer in every resource of an answer: states
// that time changes, and tokens (D5).
void ShowTo(const State& state, const Caller& caller, absl::Time now,
            google::protobuf::Message* message);

// The first resource in an answer that the caller may not see; empty when none.
std::string FirstHidden(const State& state, const Caller& caller,
                        const google::protobuf::Message& answer);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_SIGHT_H_
