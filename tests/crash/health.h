#ifndef PARTNER_TESTS_CRASH_HEALTH_H_
#define PARTNER_TESTS_CRASH_HEALTH_H_

#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace partner::test {

// What grpc.health.v1 says.
enum class Health { kUnreachable = -1, kUnknown = 0, kServing = 1, kNot = 2 };

// What the server at `address` says of a service; empty: of itself.
Health HealthOf(const std::string& address, const std::string& service);

// Asks until the answer is yes; false when it is not within a minute.
template <class Condition>
bool Eventually(Condition condition) {
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (!condition()) {
    if (absl::Now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace partner::test

#endif  // PARTNER_TESTS_CRASH_HEALTH_H_
