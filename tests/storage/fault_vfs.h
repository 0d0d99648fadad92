#ifndef PARTNER_TESTS_STORAGE_FAULT_VFS_H_
#define PARTNER_TESTS_STORAGE_FAULT_VFS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "server/base/mutex.h"

namespace partner::server {

// A layer under SQLite, above its own files, that makes calls fail on demand
// and can bring the files back to what a power failure would have left. There
// is one in a process. Thread-safe.
class FaultVfs {
 public:
  // To be named in SqliteOptions::vfs.
  static constexpr char kName[] = "fault";

  enum class Call {
    kOpen,
    kRead,
    kWrite,
    kSync,
    kTruncate,
    kDelete,
    kLock,  // Taking one: of a file or of the log's index.
    kMap,   // Of the log's index.
  };
  enum class Times { kOnce, kUntilHealed };
  // What a failed write leaves in the file.
  enum class Left { kNothing, kHalf };

  // Registers it with SQLite on the first call.
  static FaultVfs& Get();

  // After `skip` more calls of the kind succeeded, the next one, or every one
  // until Heal, fails with this SQLite result code. A failed sync leaves open
  // what reached the disk.
  void Fail(Call call, int skip, int code, Times times,
            Left left = Left::kNothing);
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

  // For the layer itself: what to answer.
  struct Verdict {
    int code = 0;  // SQLITE_OK to go on.
    Left left = Left::kNothing;
  };
  Verdict Before(Call call);
  void Opened(const std::string& path, std::string content);
  void Synced(const std::string& path, std::string content);

 private:
  struct Plan {
    bool armed = false;
    int skip = 0;
    int code = 0;
    Times times = Times::kOnce;
    Left left = Left::kNothing;
    std::int64_t count = 0;
  };
  static constexpr std::size_t kCalls =
      static_cast<std::size_t>(Call::kMap) + 1;

  FaultVfs() = default;
  Plan& PlanOf(Call call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return plans_[static_cast<std::size_t>(call)];
  }

  Mutex mutex_;
  std::array<Plan, kCalls> plans_ ABSL_GUARDED_BY(mutex_);  // By Call.
  std::int64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  // Calls left until it stops; negative: it does not.
  int calls_left_ ABSL_GUARDED_BY(mutex_) = -1;
  std::map<std::string, std::string> durable_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_STORAGE_FAULT_VFS_H_
