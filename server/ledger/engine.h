#ifndef PARTNER_SERVER_LEDGER_ENGINE_H_
#define PARTNER_SERVER_LEDGER_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/model/tokens.h"
#include "hierarchy/policy/policy.h"
#include "hierarchy/policy/timeline.h"
#include "hierarchy/rules/decide.h"
#include "server/base/clock.h"
#include "server/storage/store.h"

// One program: its store, its graph in memory and the ledger thread that is the
// only writer of both.
namespace partner::server {

// How a command ended: the response, complete with its result, or why not.
using CommandOutcome = std::variant<std::unique_ptr<google::protobuf::Message>,
                                    hierarchy::Refusal>;

// A command on its way to the ledger.
struct PendingCommand {
  const hierarchy::CommandSpec* spec = nullptr;
  hierarchy::Principal principal;
  // Well-formed: CheckForm found nothing.
  std::unique_ptr<google::protobuf::Message> request;
  // Bytes of the request as received, for the queue's limit.
  std::size_t bytes = 0;
  // Not decided when this has passed.
  absl::Time deadline = absl::InfiniteFuture();
  // Called exactly once, on the ledger's thread; must not block.
  absl::AnyInvocable<void(CommandOutcome)> done;
};

// Why writes are refused.
struct EngineState {
  bool writable = true;
  // A write's outcome is unknown and being settled.
  bool commit_unknown = false;
  std::string detail;
  int queued = 0;
};

// Thread-safe.
class Engine {
 public:
  struct Options {
    std::string program;  // Its id.
    Clock* clock = nullptr;
    const hierarchy::PolicyLibrary* policies = nullptr;
    // Edition a fresh store activates; empty: the program's default.
    std::string default_edition;
    // Largest queue; more answer OVERLOADED.
    int queue_max = 4096;
    // How long memory keeps ended facts for older readers, as long as these
    // are not more than a million revisions back.
    absl::Duration snapshot_age_max = absl::Seconds(60);
    // Called on the ledger thread when `writable` changes.
    std::function<void(const EngineState&)> on_state;
    // One line for each thing the operator should know.
    std::function<void(absl::string_view)> log;
  };

  // Loads the graph, checks the state hash and Graph == Rebuild(store), writes
  // revision 1 into a fresh store, starts the ledger. DATA_LOSS when the store
  // contradicts itself.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(
      Options options, std::unique_ptr<Store> store);
  // Stops after the commands queued so far.
  virtual ~Engine() = default;

  // Queues a command. May call `done` at once, on the caller's thread, when it
  // cannot be queued.
  virtual void Submit(PendingCommand command) = 0;

  // Newest revision readers may see.
  virtual std::int64_t visible() const = 0;
  // Oldest revision the graph still holds.
  virtual std::int64_t oldest() const = 0;
  virtual const std::string& history_id() const = 0;
  // Commit time of the newest visible revision, or of one about to be visible:
  // it may be ahead of the clock by a little. Takes no lock.
  virtual absl::Time newest_time() const = 0;
  // The present: by the clock, and never before the newest revision's time.
  // Takes no lock.
  virtual absl::Time present() const = 0;
  // Commit time of a revision the graph holds.
  virtual absl::Time TimeOf(std::int64_t revision) const = 0;

  // Calls `done(true)` once `revision` is visible, or `done(false)` at
  // `deadline`; at once when it is visible already. On any thread.
  virtual void WhenVisible(std::int64_t revision, absl::Time deadline,
                           absl::AnyInvocable<void(bool)> done) = 0;

  // Calls `read` with the graph locked for reading; it must be short and must
  // not call the engine. False, without calling, when `revision` is no longer
  // held.
  virtual bool ReadGraph(
      std::int64_t revision,
      absl::FunctionRef<void(const hierarchy::Graph&)> read) const = 0;

  // The edition in force at a moment, as known at a visible revision; never
  // null. Takes no lock.
  virtual hierarchy::EditionInForce EditionAt(std::int64_t revision,
                                              absl::Time moment) const = 0;
  // When the program's first edition came into force, as known at a visible
  // revision. Takes no lock.
  virtual absl::Time BeginsAt(std::int64_t revision) const = 0;

  virtual const hierarchy::Tokens& tokens() const = 0;
  // 32 bytes, for page tokens.
  virtual const std::string& secret_key() const = 0;
  virtual absl::StatusOr<std::unique_ptr<StoreReader>> OpenReader() const = 0;

  virtual EngineState state() const = 0;
  virtual StateHash state_hash() const = 0;
  virtual std::int64_t documents() const = 0;
  const std::string& program() const { return program_; }

  // Stops taking commands: later ones answer DRAINING. Those queued go on.
  // Whoever waits in WhenVisible is called with false.
  virtual void Drain() = 0;

 protected:
  std::string program_;
};

// Everything `partnerd verify` looks at: integrity of the engine, dense
// revisions, state hash of every revision and over the live documents, and that
// the graph made from all versions in order equals the one made from the live
// documents. One line for each problem; empty when sound. DATA_LOSS when a
// document cannot be read.
absl::StatusOr<std::vector<std::string>> VerifyStore(
    absl::string_view program, const hierarchy::PolicyLibrary& policies,
    Store* store);

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_ENGINE_H_
