#ifndef PARTNER_TESTS_STORAGE_FAULT_VFS_H_
#define PARTNER_TESTS_STORAGE_FAULT_VFS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "server/base/mutex.h"

namespace partner::server {

// A layer under SQLite, above its own files, that makes reads, writes and syncs
// fail on demand and can bring the files back to what a power failure would
// have left. There is one in a process. Thread-safe.
class FaultVfs {
 public:
  // To be named in SqliteOptions::vfs.
  static constexpr char kName[] = "fault";

  enum class Call { kRead, kWrite, kSync };
  enum class Times { kOnce, kUntilHealed };

  // Registers it with SQLite on the first call.
  static FaultVfs& Get();

  // After `skip` more calls of the kind succeeded, the next one, or every one
  // until Heal, fails with this SQLite result code. A failed write writes
  // nothing; a failed sync leaves open what reached the disk.
  void Fail(Call call, int skip, int code, Times times);
  // No more failures.
  void Heal();
  // As new: no failures, nothing remembered, counts at zero.
  void Reset();

  // After `calls` more writes and syncs the process is as good as dead: nothing
  // it does reaches a file until Restart or LosePower.
  void Stop(int calls);
  bool stopped();
  // As after SIGKILL: files are as they were left, synced or not. Nothing may
  // have them open.
  void Restart();
  // As after a power failure: every file has its content at its last sync;
  // what a failed sync was given counts as on disk, and removed files come
  // back. Nothing may have them open.
  void LosePower();

  // Calls so far, failed ones included.
  std::int64_t Count(Call call);
  // Failures so far.
  std::int64_t failures();

  // For the layer itself: the code to answer, SQLITE_OK to go on.
  int Before(Call call);
  void Opened(const std::string& path, std::string content);
  void Synced(const std::string& path, std::string content);

 private:
  struct Plan {
    bool armed = false;
    int skip = 0;
    int code = 0;
    Times times = Times::kOnce;
    std::int64_t count = 0;
  };

  FaultVfs() = default;
  Plan& PlanOf(Call call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return plans_[static_cast<std::size_t>(call)];
  }

  Mutex mutex_;
  std::array<Plan, 3> plans_ ABSL_GUARDED_BY(mutex_);  // By Call.
  std::int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  // Calls left until it stops; negative: it does not.
  int calls_left_ ABSL_GUARDED_BY(mutex_) = -1;
  std::map<std::string, std::string> durable_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_STORAGE_FAULT_VFS_H_
