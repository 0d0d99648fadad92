#include "tests/support/seed.h"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "absl/strings/numbers.h"

namespace partner::test {

std::uint32_t Seed() {
  std::uint32_t seed = 0;
  const char* given = std::getenv("PARTNER_TEST_SEED");
  if (given == nullptr || !absl::SimpleAtoi(given, &seed)) {
    seed = std::random_device()();
  }
  std::printf("PARTNER_TEST_SEED=%u\n", seed);
  return seed;
}

}  // namespace partner::test
