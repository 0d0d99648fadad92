#ifndef PARTNER_SERVER_RPC_READ_POOL_H_
#define PARTNER_SERVER_RPC_READ_POOL_H_

#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/ledger/engine.h"
#include "server/rpc/admission.h"

namespace partner::server {

// The readers of one thread, opened when first used. For one thread.
class Readers {
 public:
  // The reader of a program's store; a failed one must be given to Drop.
  absl::StatusOr<StoreReader*> Of(const Engine& engine);
  // Closes it, so that the next use opens another.
  void Drop(const Engine& engine) { readers_.erase(&engine); }

 private:
  std::map<const Engine*, std::unique_ptr<StoreReader>> readers_;
};

// Two threads for what reads the store, so that gRPC's own never wait for a
// disk. One prefers short reads and one prefers lists: neither starves the
// other. Thread-safe.
class ReadPool {
 public:
  using Task = absl::AnyInvocable<void(Readers&)>;

  ReadPool();
  // Runs what is queued first.
  ~ReadPool();

  // Queues a task; how many may wait is bounded by Admission, which every call
  // that posts has passed.
  void Post(Load load, Task task) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run(Load preferred) ABSL_LOCKS_EXCLUDED(mutex_);
  bool Take(Load preferred, Task* task) ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  CondVar work_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Task> short_reads_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> lists_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_READ_POOL_H_
