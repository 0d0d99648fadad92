#ifndef PARTNER_SERVER_RPC_STREAM_REGISTRY_H_
#define PARTNER_SERVER_RPC_STREAM_REGISTRY_H_

#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "server/base/mutex.h"

namespace partner::server {

// The streams and long answers under way. gRPC never gives up on a client that
// is connected but does not read, so this cancels what makes no progress.
// Thread-safe.
class StreamRegistry {
 public:
  // How long one write may take.
  static constexpr absl::Duration kStallMax = absl::Seconds(60);

  explicit StreamRegistry(absl::Duration stall_max = kStallMax);
  ~StreamRegistry();

  // `context` stays until Remove.
  void Add(grpc::CallbackServerContext* context) ABSL_LOCKS_EXCLUDED(mutex_);
  // The stream began another write.
  void Progress(grpc::CallbackServerContext* context)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(grpc::CallbackServerContext* context) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Duration stall_max_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // When each last began a write.
  absl::flat_hash_map<grpc::CallbackServerContext*, absl::Time> streams_
      ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_STREAM_REGISTRY_H_
