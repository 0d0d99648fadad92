#ifndef PARTNER_SERVER_BASE_CLOCK_H_
#define PARTNER_SERVER_BASE_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace partner::server {

// Where time comes from; nothing else asks for it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time, in whole microseconds.
  virtual absl::Time Now() = 0;
};

// The machine's clock.
class SystemClock : public Clock {
 public:
  absl::Time Now() override {
    return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
  }
};

// A clock that stands still until it is moved forward. For tests.
class TestClock : public Clock {
 public:
  explicit TestClock(absl::Time start) : now_(start) {}
  absl::Time Now() override {
    MutexLock lock(&mutex_);
    return now_;
  }
  // Moves to `time` if that is later, and returns the time then.
  absl::Time AdvanceTo(absl::Time time) {
    MutexLock lock(&mutex_);
    if (time > now_) now_ = time;
    return now_;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_BASE_CLOCK_H_
