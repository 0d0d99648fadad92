#ifndef PARTNER_TESTS_HOSTILE_LOAD_H_
#define PARTNER_TESTS_HOSTILE_LOAD_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace partner::test {

// What callers met.
struct LoadResult {
  // How long each call took that succeeded, and that was refused as too much.
  std::vector<absl::Duration> served;
  std::vector<absl::Duration> refused;
  // Calls that ended otherwise.
  int failed = 0;
  absl::Duration time;

  double served_per_second() const {
    return static_cast<double>(served.size()) / absl::ToDoubleSeconds(time);
  }
  double offered_per_second() const {
    return static_cast<double>(served.size() + refused.size()) /
           absl::ToDoubleSeconds(time);
  }
  void Add(const LoadResult& other);
};

absl::Duration Median(std::vector<absl::Duration> times);

// So many callers call `path` with `bytes` for `time`, each again as soon as it
// is answered; one that is refused waits for `pause` first.
LoadResult RunLoad(const std::string& address, const std::string& path,
                   const std::string& bytes, int callers, absl::Duration time,
                   absl::Duration pause);

}  // namespace partner::test

#endif  // PARTNER_TESTS_HOSTILE_LOAD_H_
