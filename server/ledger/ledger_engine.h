#ifndef PARTNER_SERVER_LEDGER_LEDGER_ENGINE_H_
#define PARTNER_SERVER_LEDGER_LEDGER_ENGINE_H_

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/ledger/engine.h"
#include "server/ledger/held_revisions.h"
#include "server/ledger/hmac_tokens.h"
#include "server/ledger/pending_documents.h"
#include "server/ledger/waiters.h"

namespace partner::server {

// The engine: one thread takes whatever queued during the last commit, decides
// each command in the order of arrival against the graph with the group's
// earlier facts already in it above `visible`, appends all in one transaction,
// moves `visible` and answers.
class LedgerEngine final : public Engine {
 public:
  LedgerEngine(Options options, std::unique_ptr<Store> store);
  ~LedgerEngine() override;

  // Loads and checks the store; FAILED_PRECONDITION or DATA_LOSS with one line.
  absl::Status Load();
  // Starts the ledger's thread.
  void Start();

  void Submit(PendingCommand command) override;
  std::int64_t visible() const override {
    return visible_.load(std::memory_order_acquire);
  }
  std::int64_t oldest() const override {
    return oldest_.load(std::memory_order_acquire);
  }
  const std::string& history_id() const override { return history_id_; }
  absl::Time TimeOf(std::int64_t revision) const override;
  void WhenVisible(std::int64_t revision, absl::Time deadline,
                   absl::AnyInvocable<void(bool)> done) override;
  bool ReadGraph(
      std::int64_t revision,
      absl::FunctionRef<void(const hierarchy::Graph&)> read) const override;
  hierarchy::EditionInForce EditionAt(std::int64_t revision,
                                      absl::Time moment) const override {
    return shown_editions_.load(std::memory_order_acquire)
        ->At(revision, moment);
  }
  absl::Time BeginsAt(std::int64_t revision) const override {
    return shown_editions_.load(std::memory_order_acquire)->Begins(revision);
  }
  absl::Time newest_time() const override {
    return absl::FromUnixMicros(newest_us_.load(std::memory_order_acquire));
  }
  absl::Time present() const override {
    return std::max(options_.clock->Now(), newest_time());
  }
  const hierarchy::Tokens& tokens() const override { return *tokens_; }
  const std::string& secret_key() const override { return secret_key_; }
  absl::StatusOr<std::unique_ptr<StoreReader>> OpenReader() const override {
    return store_->OpenReader();
  }
  EngineState state() const override;
  StateHash state_hash() const override;
  std::int64_t documents() const override;
  void Drain() override;

 private:
  static constexpr std::size_t kHeldMax = 1'000'000;

  // A command of the group at hand and what became of it.
  struct Entry {
    PendingCommand command;
    std::string replay_key;  // Empty for dry runs.
    std::string content_hash;
    // Set once decided; a response is completed when the group is durable.
    std::unique_ptr<google::protobuf::Message> response;
    std::optional<hierarchy::Refusal> refusal;
    std::int64_t revision = 0;  // Written by this command; 0 when none.
    absl::Time at;
    std::uint64_t ids = 0;  // Made for it.
    // The same request earlier in the group: its answer is this one's.
    int same_as = -1;
    // Answered from the store: nothing that befalls the group changes that.
    bool replayed = false;

    // Back to before it was decided.
    void Forget() {
      response.reset();
      refusal.reset();
      revision = 0;
      ids = 0;
      same_as = -1;
      replayed = false;
    }
  };

  // Waiting callers' deadlines are moments of the machine's clock, whatever
  // clock the facts use.
  static absl::Time MachineNow();

  // --- Loading -----------------------------------------------------------
  absl::Status LoadEditions();
  absl::Status WriteFirstRevision();

  // --- The ledger's thread -------------------------------------------------
  void Run();
  // What is queued; waits for something to do while there is nothing.
  std::vector<PendingCommand> TakeGroup(bool wait);
  void ProcessGroup(std::vector<PendingCommand> commands);
  // Finds out what makes the request the same as another.
  static void Identify(Entry& entry);
  void DecideGroup(std::vector<Entry>& entries);
  void DecideEntry(Entry& entry);
  // Answers a repeated request from the store; true when it did.
  bool Replay(Entry& entry);
  void TakeIn(Entry& entry, hierarchy::Decision decision);
  void RefuseStored(Entry& entry, const absl::Status& status);
  // Makes the decided group durable and visible, or refuses it. False when
  // another writer was faster; the graph then holds what that one wrote, and
  // the group must be decided anew.
  bool AppendGroup(std::vector<Entry>& entries);
  // The batch is durable: shows it.
  void MakeVisible();
  // Lets readers see the store's head; `times` are those of the revisions new
  // to them.
  void Show(const std::vector<absl::Time>& times);
  // Lets readers see the editions the group or another writer activated.
  void ShowEditions();
  void Undo();
  void Answer(std::vector<Entry> entries);
  void FailGroup(std::vector<Entry>& entries, const hierarchy::Refusal& why);
  void RefuseUnsettled(std::vector<Entry>& entries);
  // While writes are refused, tries from time to time to change that.
  void TrySettle();
  // Settles the store and makes the graph hold what it holds. OK when writes
  // can go on.
  absl::Status Recover();
  // Takes in what another writer wrote.
  absl::Status CatchUp();
  // Drops some of what no reader can ask for any more; true when more is left.
  bool Sweep();
  // Tells everybody why writes are refused; OK when they are not.
  void SetState(const absl::Status& why_not);
  static std::uint64_t NewId(Entry& entry);

  // Constant after Load.
  const Options options_;
  std::unique_ptr<Store> store_;
  std::string history_id_;
  std::int64_t epoch_ = 0;
  std::string secret_key_;
  std::unique_ptr<HmacTokens> tokens_;

  // Read by everybody, written by the ledger's thread.
  std::atomic<std::int64_t> visible_{0};
  std::atomic<std::int64_t> oldest_{0};
  std::atomic<std::int64_t> newest_us_{0};
  std::atomic<const hierarchy::EditionTimeline*> shown_editions_{nullptr};
  mutable WriterFirstMutex graph_mutex_;
  // The ledger's thread reads it without the lock: nobody else writes.
  std::unique_ptr<hierarchy::Graph> graph_;
  RevisionWaiters waiters_;

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<PendingCommand> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  EngineState state_ ABSL_GUARDED_BY(mutex_);
  StateHash shown_hash_ ABSL_GUARDED_BY(mutex_);
  std::int64_t shown_documents_ ABSL_GUARDED_BY(mutex_) = 0;
  HeldRevisions held_ ABSL_GUARDED_BY(mutex_){kHeldMax};

  // Of the ledger's thread.
  // With what the group at hand activates.
  hierarchy::EditionTimeline editions_;
  // All that were ever shown, the last one now: a reader may still be in an
  // earlier one, and they are few, as activations are.
  std::vector<std::unique_ptr<const hierarchy::EditionTimeline>> kept_editions_;
  PendingDocuments documents_;
  std::vector<NewRevision> batch_;
  // Replay key of what the group writes -> entry.
  std::unordered_map<std::string, int> in_group_;
  std::int64_t next_revision_ = 1;
  absl::Time last_at_ = absl::UnixEpoch();
  StateHash hash_;
  std::int64_t appended_ = 0;
  // Why writes are refused; OK when they are not.
  absl::Status why_not_;
  // The batch's outcome is unknown; it stays in the graph above `visible`.
  bool unsettled_ = false;
  // Another writer has raised the store's epoch.
  bool replaced_ = false;
  absl::Time next_settle_ = absl::InfinitePast();

  std::thread thread_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_LEDGER_ENGINE_H_
