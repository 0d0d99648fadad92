#ifndef PARTNER_TESTS_MODEL_LEAK_H_
#define PARTNER_TESTS_MODEL_LEAK_H_

#include <string>

#include "tests/model/product.h"

namespace partner::model {

// The name of a party in the answer that the caller may not see, did not send
// and reads in nothing it may see; empty when there is none.
std::string Leak(const State& state, const Caller& caller,
                 const google::protobuf::Message& request,
                 const Answer& answer);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_LEAK_H_
