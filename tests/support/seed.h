#ifndef PARTNER_TESTS_SUPPORT_SEED_H_
#define PARTNER_TESTS_SUPPORT_SEED_H_

#include <cstdint>

namespace partner::test {

// A seed for what a test draws, printed: that of the environment's
// PARTNER_TEST_SEED when it is set, so that a failure can be repeated.
std::uint32_t Seed();

}  // namespace partner::test

#endif  // PARTNER_TESTS_SUPPORT_SEED_H_
