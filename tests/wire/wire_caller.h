#ifndef PARTNER_TESTS_WIRE_WIRE_CALLER_H_
#define PARTNER_TESTS_WIRE_WIRE_CALLER_H_

#include "client/conform/wire_caller.h"

// What tests call any method with.
namespace partner::test {

using client::Answer;
using client::Caller;
using client::WireCaller;

}  // namespace partner::test

#endif  // PARTNER_TESTS_WIRE_WIRE_CALLER_H_
