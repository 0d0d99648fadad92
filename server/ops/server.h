#ifndef PARTNER_SERVER_OPS_SERVER_H_
#define PARTNER_SERVER_OPS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/server.h"
#include "hierarchy/policy/policy.h"
#include "server/base/clock.h"
#include "server/ops/config.h"
#include "server/ops/health.h"
#include "server/ops/listener.h"
#include "server/ops/stores.h"
#include "server/rpc/admission.h"
#include "server/rpc/backend.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/read_pool.h"
#include "server/rpc/services.h"
#include "server/rpc/serving.h"
#include "server/rpc/stream_registry.h"

namespace partner::server {

// A running server: stores, engines, services, listeners. Thread-safe.
class Server {
 public:
  // Starts everything; errors are one line for people. Calls are served when it
  // returns.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Config& config);
  // Shuts down first.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the ports really used.
  const std::vector<std::string>& addresses() const { return addresses_; }
  const std::string& address() const { return addresses_.front(); }
  // The one JSON line that says it serves.
  std::string ReadyLine() const;
  // The methods of every service.
  const std::vector<const Method*>& methods() const { return facts_.methods; }

  // Health turns NOT_SERVING, new calls are refused with DRAINING, those under
  // way get `drain_seconds` to end, streams end after their next message;
  // then the listeners close and what is left is cancelled. Only the first call
  // does anything; not from a call's own thread.
  void Shutdown();

 private:
  explicit Server(const Config& config);

  absl::Status OpenBackend();
  absl::Status MakeServices();
  absl::Status Listen();
  absl::Status WriteReadyFile() const;
  void WaitForCalls() const;

  // In the order of making: whatever is above outlives what is below.
  const Config config_;
  Health health_;
  const std::unique_ptr<Clock> clock_;
  TestClock* test_clock_ = nullptr;
  std::unique_ptr<hierarchy::PolicyLibrary> policies_;
  OpenStores stores_;
  Backend backend_;
  Admission admission_;
  StreamRegistry streams_;
  std::unique_ptr<ReadPool> pool_;
  Serving serving_;
  ServerFacts facts_;
  std::vector<std::unique_ptr<RawService>> services_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::Server> grpc_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_SERVER_H_
