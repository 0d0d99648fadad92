#ifndef PARTNER_TESTS_BENCH_LEDGER_H_
#define PARTNER_TESTS_BENCH_LEDGER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hierarchy/policy/policy.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/ledger/engine.h"
#include "server/storage/store.h"

// The real engine on a store file, without a server.
namespace partner::bench {

hierarchy::Principal OperatorPrincipal();
hierarchy::Principal PartnerPrincipal(const std::string& name);
hierarchy::Principal CustomerPrincipal(const std::string& name);

// An engine of program `global` and commands for it. A command that is refused
// ends the process with the reason: there is nothing to measure then.
class Ledger {
 public:
  using Wrap = std::function<std::unique_ptr<server::Store>(
      std::unique_ptr<server::Store>)>;

  // Opens, or makes, the store `path`. `wrap` may put something between engine
  // and store.
  Ledger(const std::string& path, server::Clock* clock, const Wrap& wrap = {});
  // Waits for what was sent.
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  server::Engine& engine() { return *engine_; }

  // Sends a command with a request id of its own; waits while too many are on
  // their way. `done`, if any, gets the response on the ledger's thread.
  using Done = std::function<void(const google::protobuf::Message& response)>;
  void Send(const google::protobuf::Message& request,
            const hierarchy::Principal& principal, Done done = {});
  // Until everything sent is answered.
  void Flush() { WaitFor(0); }
  // The response of one command.
  template <typename Response>
  Response Run(const google::protobuf::Message& request,
               const hierarchy::Principal& principal) {
    Response response;
    Send(request, principal, [&](const google::protobuf::Message& answer) {
      response.CopyFrom(answer);
    });
    Flush();
    return response;
  }

 private:
  void WaitFor(int in_flight);

  std::unique_ptr<hierarchy::PolicyLibrary> policies_;
  std::unique_ptr<server::Engine> engine_;
  server::Mutex mutex_;
  server::CondVar answered_;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t requests_ = 0;
};

// Prints a line and ends the process.
[[noreturn]] void Die(absl::string_view what, absl::string_view why);
template <typename Value>
Value Must(absl::string_view what, absl::StatusOr<Value> value) {
  if (!value.ok()) Die(what, value.status().message());
  return *std::move(value);
}

// The store file of program `global` in a data directory.
std::string StorePath(const std::string& directory);

}  // namespace partner::bench

#endif  // PARTNER_TESTS_BENCH_LEDGER_H_
