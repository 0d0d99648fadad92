#ifndef PARTNER_SERVER_OPS_HEALTH_H_
#define PARTNER_SERVER_OPS_HEALTH_H_

#include <set>
#include <string>
#include <vector>

#include "grpcpp/health_check_service_interface.h"
#include "server/base/mutex.h"

namespace partner::server {

// What grpc.health.v1 tells. Serving are "" and every service's full name while
// reads are served, `reads` likewise, `writes` while every program takes
// writes, `liveness` always; all of them end when the server begins to stop.
// Thread-safe.
class Health {
 public:
  // Begins to tell; `service` outlives all later calls but EndAll's.
  void Attach(grpc::HealthCheckServiceInterface* service,
              const std::vector<std::string>& services)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // May also be called before Attach.
  void SetWritable(const std::string& program, bool writable)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Everything is NOT_SERVING from now on.
  void EndAll() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  grpc::HealthCheckServiceInterface* service_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::set<std::string> unwritable_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_HEALTH_H_
