// A race put here on purpose: one thread writes under the lock, the other
// without. ThreadSanitizer must report it, else its silence about everything
// else means nothing.

#include <cstdio>
#include <thread>

#include "server/base/mutex.h"

int main() {
  partner::server::Mutex mutex;
  int shared = 0;
  std::thread locked([&] {
    for (int i = 0; i < 1000; ++i) {
      partner::server::MutexLock lock(&mutex);
      ++shared;
    }
  });
  std::thread unlocked([&] {
    for (int i = 0; i < 1000; ++i) ++shared;
  });
  locked.join();
  unlocked.join();
  std::printf("%d\n", shared);
  return 0;
}
