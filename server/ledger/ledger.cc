// The ledger's thread: groups of commands, one durable transaction each.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "server/ledger/graph_loader.h"
#include "server/ledger/ledger_engine.h"
#include "server/ledger/replay.h"

namespace partner::server {

using hierarchy::Decision;
using hierarchy::Refusal;
namespace v1 = hierarchy::v1;

namespace {

constexpr int kGroupCommandsMax = 256;
constexpr std::size_t kGroupBytesMax = 4 << 20;
// What a dry run or an answer shows at most.
constexpr int kListedMax = 1000;
// Request ids are trimmed after this many revisions.
constexpr std::int64_t kTrimEvery = 10'000;
// As many facts as a full group ends are dropped in this many steps.
constexpr int kSweepStepsMax = 4;
// How often a group is decided when another writer is faster each time.
constexpr int kBehindMax = 3;
constexpr absl::Duration kSettleEvery = absl::Milliseconds(500);
// How long the thread sleeps when nothing happens.
constexpr absl::Duration kIdle = absl::Seconds(1);

// The driver's words are for the operator.
absl::string_view WordsFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return "its disk is full";
    case absl::StatusCode::kFailedPrecondition:
      return "another writer has taken it over";
    case absl::StatusCode::kDataLoss:
      return "it is damaged";
    default:
      return "it cannot be written";
  }
}

// What a dry run would make does not exist, and no link leads to it.
class NoTokens : public hierarchy::Tokens {
 public:
  std::string Make(absl::string_view) const override { return ""; }
  std::optional<std::string> Read(absl::string_view,
                                  absl::string_view) const override {
    return std::nullopt;
  }
};

Refusal StoreRefusal(absl::string_view why) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_STORE_UNAVAILABLE,
      absl::StrCat("the store refuses writes: ", why, "; not applied"),
      "Retry with the same request id; GetStatus shows the store's state.");
  refusal.retry_after = absl::Seconds(1);
  return refusal;
}

Refusal UnknownRefusal(const std::string& request_id) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_COMMIT_UNKNOWN,
      "whether the write was applied is not known yet",
      "Retry with the same request id: it is applied once at most.");
  refusal.retry_after = absl::Seconds(1);
  refusal.metadata["request_id"] = request_id;
  return refusal;
}

Refusal IdReused() {
  return hierarchy::BadField(v1::ERROR_REASON_REQUEST_ID_REUSED,
                             "options.request_id",
                             "this request id was used with other content",
                             "Send a new UUID for a new request.");
}

// Such a refusal rests on nothing but the request.
bool IsMalformed(const std::optional<Refusal>& refusal) {
  return refusal.has_value() &&
         refusal->code() == absl::StatusCode::kInvalidArgument;
}

void FillResult(const Decision& decision, v1::MutationResult* result) {
  for (const v1::Effect& effect : decision.effects) {
    if (result->effects_size() == kListedMax) break;
    *result->add_effects() = effect;
  }
  result->set_effects_total(static_cast<int>(decision.effects.size()));
  for (const v1::Warning& warning : decision.warnings) {
    *result->add_warnings() = warning;
  }
}

Refusal ToRefusal(Decision decision) {
  Refusal refusal;
  refusal.violations = hierarchy::WinningClass(decision.violations);
  refusal.metadata = std::move(decision.metadata);
  refusal.resource = std::move(decision.resource);
  return refusal;
}

}  // namespace

absl::Time LedgerEngine::MachineNow() { return SystemClock().Now(); }

void LedgerEngine::Run() {
  bool more_to_sweep = false;
  for (;;) {
    std::vector<PendingCommand> group = TakeGroup(!more_to_sweep);
    waiters_.Run(visible(), MachineNow());
    if (group.empty()) {
      {
        MutexLock lock(&mutex_);
        if (stopping_) return;
      }
      TrySettle();
    } else {
      ProcessGroup(std::move(group));
    }
    more_to_sweep = Sweep();
  }
}

std::vector<PendingCommand> LedgerEngine::TakeGroup(bool wait) {
  std::vector<PendingCommand> group;
  MutexLock lock(&mutex_);
  if (wait && queue_.empty() && !stopping_) {
    const absl::Duration until_deadline =
        waiters_.NextDeadline() - MachineNow();
    wake_.WaitFor(&mutex_, std::clamp(until_deadline, absl::Milliseconds(1),
                                      why_not_.ok() ? kIdle : kSettleEvery));
  }
  std::size_t bytes = 0;
  while (!queue_.empty() &&
         static_cast<int>(group.size()) < kGroupCommandsMax &&
         (group.empty() || bytes + queue_.front().bytes <= kGroupBytesMax)) {
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void LedgerEngine::ProcessGroup(std::vector<PendingCommand> commands) {
  std::vector<Entry> entries(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    entries[i].command = std::move(commands[i]);
    Identify(entries[i]);
  }
  TrySettle();
  if (unsettled_) {
    RefuseUnsettled(entries);
    return Answer(std::move(entries));
  }
  for (int attempt = 1;; ++attempt) {
    DecideGroup(entries);
    if (AppendGroup(entries)) break;
    if (attempt < kBehindMax) continue;
    FailGroup(entries, StoreRefusal("other writers are faster"));
    break;
  }
  Answer(std::move(entries));
}

void LedgerEngine::Identify(Entry& entry) {
  const PendingCommand& command = entry.command;
  const v1::MutationOptions* options = hierarchy::OptionsOf(*command.request);
  if (options->validate_only()) return;
  entry.replay_key = ReplayKey(command.principal, options->request_id());
  entry.content_hash = ContentHash(command.spec->service, command.spec->method,
                                   *command.request);
}

void LedgerEngine::DecideGroup(std::vector<Entry>& entries) {
  documents_.Reset(store_->writer_reader(), store_->head().revision);
  batch_.clear();
  in_group_.clear();
  next_revision_ = store_->head().revision + 1;
  hash_ = store_->head().state_hash;
  last_at_ = store_->head().at;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    entry.Forget();
    const auto known = entry.replay_key.empty()
                           ? in_group_.end()
                           : in_group_.find(entry.replay_key);
    if (known == in_group_.end()) {
      DecideEntry(entry);
      // Only what is written can be joined; a refusal is decided anew.
      if (entry.revision > 0) {
        in_group_.emplace(entry.replay_key, static_cast<int>(i));
      }
    } else if (entries[known->second].content_hash == entry.content_hash) {
      entry.same_as = known->second;
    } else {
      entry.refusal = IdReused();
    }
  }
}

bool LedgerEngine::AppendGroup(std::vector<Entry>& entries) {
  if (batch_.empty()) return true;
  AppendResult result;
  if (why_not_.ok()) {
    result = store_->Append(store_->head().revision, epoch_, batch_);
  } else {
    result.status = why_not_;
  }
  switch (result.outcome) {
    case AppendOutcome::kCommitted:
      MakeVisible();
      return true;
    case AppendOutcome::kBehind:
      Undo();
      result.status = Recover();
      if (result.status.ok()) return false;
      break;
    case AppendOutcome::kNotCommitted:
      Undo();
      break;
    case AppendOutcome::kUnknown:
      unsettled_ = true;
      SetState(result.status);
      next_settle_ = absl::InfinitePast();
      TrySettle();
      if (unsettled_) {
        RefuseUnsettled(entries);
      } else if (!batch_.empty()) {
        FailGroup(entries, StoreRefusal(WordsFor(result.status)));
      }
      return true;
  }
  SetState(result.status);
  FailGroup(entries, StoreRefusal(WordsFor(result.status)));
  return true;
}

void LedgerEngine::DecideEntry(Entry& entry) {
  PendingCommand& command = entry.command;
  if (command.deadline <= MachineNow()) {
    entry.refusal = hierarchy::RefuseWith(
        v1::ERROR_REASON_DEADLINE_PASSED,
        "the call's time was over before it was decided; not applied",
        "Retry with the same request id and more time.");
    return;
  }
  if (!entry.replay_key.empty() && Replay(entry)) return;
  entry.at = std::max(options_.clock->Now(), last_at_ + absl::Microseconds(1));
  hierarchy::DecisionContext context;
  context.program = program_;
  context.graph = graph_.get();
  context.view_revision = next_revision_ - 1;
  context.revision = next_revision_;
  context.now = entry.at;
  context.documents = &documents_;
  context.edition = editions_.At(next_revision_ - 1, entry.at).edition;
  context.policies = options_.policies;
  context.tokens = tokens_.get();
  context.new_id = [&entry] { return NewId(entry); };
  context.principal = command.principal;
  Decision decision = command.spec->decide(context, *command.request);
  if (!decision.failure.ok()) return RefuseStored(entry, decision.failure);
  const bool dry = entry.replay_key.empty();
  if (!decision.violations.empty()) {
    const auto winners = hierarchy::WinningClass(decision.violations);
    const absl::StatusCode code = hierarchy::CodeOf(winners.front().reason());
    if (!dry || hierarchy::FailsDryRun(code)) {
      entry.refusal = ToRefusal(std::move(decision));
      return;
    }
    entry.response.reset(command.spec->response->New());
    v1::MutationResult* result =
        hierarchy::MutableResultOf(entry.response.get());
    FillResult(decision, result);
    result->set_verdict(v1::VERDICT_REFUSED);
    for (const v1::Violation& violation : decision.violations) {
      if (result->violations_size() == kListedMax) break;
      *result->add_violations() = violation;
    }
    result->set_violations_total(static_cast<int>(decision.violations.size()));
    result->mutable_revision()->set_number(context.view_revision);
    result->mutable_revision()->set_history_id(history_id_);
    return;
  }
  entry.response = std::move(decision.response);
  v1::MutationResult* result = hierarchy::MutableResultOf(entry.response.get());
  FillResult(decision, result);
  result->mutable_revision()->set_history_id(history_id_);
  if (dry) {
    result->set_verdict(v1::VERDICT_ACCEPTED);
    result->mutable_revision()->set_number(context.view_revision);
    return;
  }
  result->mutable_revision()->set_number(next_revision_);
  TakeIn(entry, std::move(decision));
}

bool LedgerEngine::Replay(Entry& entry) {
  absl::StatusOr<std::optional<RequestRecord>> known =
      store_->writer_reader()->FindRequest(entry.replay_key);
  if (!known.ok()) {
    RefuseStored(entry, known.status());
    return true;
  }
  if (!known->has_value() ||
      (*known)->at + kReplayKept < options_.clock->Now()) {
    return false;
  }
  if ((*known)->content_hash != entry.content_hash) {
    entry.refusal = IdReused();
    return true;
  }
  entry.response.reset(entry.command.spec->response->New());
  if (!entry.response->ParseFromString((*known)->response)) {
    RefuseStored(entry, absl::DataLossError("a stored answer is damaged"));
    entry.response.reset();
    return true;
  }
  // The stored answer is authorised anew: what it shows must still be visible.
  if (const std::optional<std::string> hidden =
          hierarchy::FirstHidden(*graph_, next_revision_ - 1, present(),
                                 entry.command.principal, *entry.response)) {
    entry.refusal = hierarchy::NotFound(*hidden);
    entry.response.reset();
    return true;
  }
  hierarchy::MutableResultOf(entry.response.get())->set_replayed(true);
  entry.replayed = true;
  return true;
}

void LedgerEngine::TakeIn(Entry& entry, Decision decision) {
  const v1::MutationOptions* options =
      hierarchy::OptionsOf(*entry.command.request);
  NewRevision revision;
  StateHash hash = hash_;
  std::optional<hierarchy::EditionTimeline> editions;
  for (hierarchy::Mutation& mutation : decision.mutations) {
    if (mutation.kind == hierarchy::Kind::kPolicy) {
      editions = editions_;
      const absl::Status status =
          editions->TakeIn(static_cast<const v1::Policy&>(*mutation.document),
                           next_revision_, *options_.policies);
      if (!status.ok()) {
        entry.response.reset();
        return RefuseStored(entry, status);
      }
    }
    DocumentWrite write;
    write.kind = mutation.kind;
    write.name = std::move(mutation.name);
    mutation.document->SerializeToString(&write.body);
    write.unique_keys = std::move(mutation.unique_keys);
    if (!mutation.is_new) {
      const auto old = documents_.Get(write.kind, write.name);
      if (!old.ok()) {
        entry.response.reset();
        return RefuseStored(entry, old.status());
      }
      if (old->has_value()) {
        hash = Subtract(hash, HashDocument(write.kind, write.name, **old));
      }
    }
    hash = Add(hash, HashDocument(write.kind, write.name, write.body));
    revision.documents.push_back(std::move(write));
  }
  {
    WriterLock lock(&graph_mutex_);
    for (const hierarchy::Mutation& mutation : decision.mutations) {
      graph_->Apply(mutation.kind, *mutation.document, next_revision_);
    }
  }
  if (editions) editions_ = *std::move(editions);
  for (const DocumentWrite& write : revision.documents) documents_.Put(write);
  RevisionRecord& record = revision.record;
  record.revision = next_revision_;
  record.at = entry.at;
  record.effective_time = entry.at;
  record.principal = entry.command.principal.name;
  record.acting_party = std::move(decision.acting_party);
  record.request_id = options->request_id();
  record.method = absl::StrCat(entry.command.spec->service, ".",
                               entry.command.spec->method);
  record.note = options->reason_note();
  hash_ = hash;
  record.state_hash = hash;
  RequestRecord request;
  request.key = entry.replay_key;
  request.content_hash = entry.content_hash;
  request.revision = next_revision_;
  request.at = entry.at;
  entry.response->SerializeToString(&request.response);
  revision.request = std::move(request);
  batch_.push_back(std::move(revision));
  entry.revision = next_revision_++;
  last_at_ = entry.at;
}

void LedgerEngine::RefuseStored(Entry& entry, const absl::Status& status) {
  options_.log(absl::StrCat("reading the store of ", program_,
                            " failed: ", status.message()));
  if (absl::IsDataLoss(status)) {
    entry.refusal = hierarchy::RefuseWith(
        v1::ERROR_REASON_STORED_BODY_DAMAGED, "a stored record cannot be read",
        "The operator runs partnerd verify and restores a backup.");
    return;
  }
  entry.refusal = StoreRefusal("it cannot be read");
}

void LedgerEngine::MakeVisible() {
  std::vector<absl::Time> times;
  times.reserve(batch_.size());
  for (const NewRevision& revision : batch_) {
    times.push_back(revision.record.at);
  }
  Show(times);
  appended_ += static_cast<std::int64_t>(batch_.size());
  batch_.clear();
  if (appended_ >= kTrimEvery) {
    appended_ = 0;
    const absl::Status status =
        store_->TrimRequests(options_.clock->Now() - kReplayKept, kReplaysMax);
    if (!status.ok()) {
      options_.log(absl::StrCat("trimming request ids of ", program_,
                                " failed: ", status.message()));
    }
  }
}

void LedgerEngine::Show(const std::vector<absl::Time>& times) {
  const StoreHead& head = store_->head();
  {
    MutexLock lock(&mutex_);
    shown_hash_ = head.state_hash;
    shown_documents_ = head.documents;
    const absl::Time now = options_.clock->Now();
    for (const absl::Time at : times) held_.Add(at, now);
  }
  ShowEditions();
  newest_us_.store(absl::ToUnixMicros(head.at), std::memory_order_release);
  visible_.store(head.revision, std::memory_order_release);
  waiters_.Run(head.revision, MachineNow());
}

void LedgerEngine::ShowEditions() {
  if (!kept_editions_.empty() &&
      kept_editions_.back()->size() == editions_.size()) {
    return;
  }
  kept_editions_.push_back(
      std::make_unique<const hierarchy::EditionTimeline>(editions_));
  shown_editions_.store(kept_editions_.back().get(), std::memory_order_release);
}

void LedgerEngine::Undo() {
  editions_ = *kept_editions_.back();
  WriterLock lock(&graph_mutex_);
  graph_->Rollback(visible());
}

void LedgerEngine::FailGroup(std::vector<Entry>& entries, const Refusal& why) {
  // Refusals too may rest on what was undone: everybody is asked to retry, but
  // for those told that their request is malformed.
  for (Entry& entry : entries) {
    if (entry.replayed || IsMalformed(entry.refusal)) continue;
    entry.refusal = why;
    entry.same_as = -1;
  }
}

void LedgerEngine::Answer(std::vector<Entry> entries) {
  const absl::Time now = options_.clock->Now();
  const NoTokens no_tokens;
  std::vector<std::unique_ptr<google::protobuf::Message>> joined(
      entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const int first = entries[i].same_as;
    if (first < 0) continue;
    joined[i].reset(entries[first].response->New());
    joined[i]->CopyFrom(*entries[first].response);
    hierarchy::MutableResultOf(joined[i].get())->set_replayed(true);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    if (entry.refusal) {
      entry.command.done(*std::move(entry.refusal));
      continue;
    }
    auto& response = joined[i] != nullptr ? joined[i] : entry.response;
    const bool dry = entry.replay_key.empty();
    const hierarchy::Tokens& tokens = *tokens_;
    hierarchy::ShowResponseAt(now, entry.command.principal,
                              dry ? no_tokens : tokens, response.get());
    entry.command.done(std::move(response));
  }
}

void LedgerEngine::RefuseUnsettled(std::vector<Entry>& entries) {
  // Whose request may have been written is told that it is not known; who was
  // decided on top of that, or could not be, is asked to retry.
  for (Entry& entry : entries) {
    if (entry.replayed || IsMalformed(entry.refusal)) continue;
    if (in_group_.contains(entry.replay_key)) {
      entry.refusal = UnknownRefusal(
          hierarchy::OptionsOf(*entry.command.request)->request_id());
      entry.same_as = -1;
    } else {
      entry.refusal = StoreRefusal("an earlier write is not settled");
    }
  }
}

void LedgerEngine::TrySettle() {
  if (why_not_.ok() || MachineNow() < next_settle_) return;
  SetState(Recover());
  next_settle_ = MachineNow() + kSettleEvery;
}

absl::Status LedgerEngine::Recover() {
  // Whoever replaced this writer is not to be disturbed.
  if (replaced_) return why_not_;
  absl::Status status = store_->Settle();
  if (!status.ok()) return status;
  const StoreHead& head = store_->head();
  if (unsettled_) {
    unsettled_ = false;
    const RevisionRecord& last = batch_.back().record;
    if (head.revision == last.revision && head.state_hash == last.state_hash) {
      MakeVisible();
    } else {
      Undo();
    }
  }
  replaced_ = head.epoch != epoch_;
  if (replaced_) {
    return absl::FailedPreconditionError(
        "another writer has taken the store over");
  }
  return CatchUp();
}

absl::Status LedgerEngine::CatchUp() {
  const std::int64_t newest = store_->head().revision;
  if (newest < visible()) {
    return absl::DataLossError(
        absl::StrCat("the store has lost the revisions after ", newest));
  }
  StoreReader* reader = store_->writer_reader();
  std::vector<absl::Time> times;
  for (std::int64_t number = visible() + 1; number <= newest; ++number) {
    const auto record = reader->GetRevision(number);
    if (!record.ok()) return record.status();
    if (!record->has_value()) {
      return absl::DataLossError(
          absl::StrCat("revision ", number, " is missing"));
    }
    times.push_back((*record)->at);
  }
  if (times.empty()) return absl::OkStatus();
  const absl::Status status =
      reader->ScanVersions(visible() + 1, [&](const StoredDocument& document) {
        if (document.revision > newest) return absl::OkStatus();
        if (document.kind == hierarchy::Kind::kPolicy) {
          v1::Policy policy;
          if (!policy.ParseFromString(document.body)) {
            return absl::DataLossError("the policy cannot be read");
          }
          const absl::Status taken_in =
              editions_.TakeIn(policy, document.revision, *options_.policies);
          if (!taken_in.ok()) return taken_in;
        }
        WriterLock lock(&graph_mutex_);
        return ApplyStored(document, graph_.get());
      });
  if (!status.ok()) {
    Undo();
    return status;
  }
  Show(times);
  return absl::OkStatus();
}

bool LedgerEngine::Sweep() {
  std::int64_t oldest = 0;
  {
    MutexLock lock(&mutex_);
    oldest = held_.Drop(options_.clock->Now() - options_.snapshot_age_max);
  }
  oldest_.store(oldest, std::memory_order_release);
  // Readers go between the steps.
  for (int i = 0; i < kSweepStepsMax; ++i) {
    WriterLock lock(&graph_mutex_);
    if (!graph_->Sweep(oldest)) return false;
  }
  return true;
}

void LedgerEngine::SetState(const absl::Status& why_not) {
  why_not_ = why_not;
  const bool writable = why_not.ok();
  EngineState state;
  {
    MutexLock lock(&mutex_);
    const bool changed =
        state_.writable != writable || state_.commit_unknown != unsettled_;
    state_.writable = writable;
    state_.commit_unknown = unsettled_;
    state_.detail = std::string(why_not.message());
    if (!changed) return;
    state = state_;
  }
  options_.log(writable ? absl::StrCat("program ", program_, " takes writes")
                        : absl::StrCat("program ", program_,
                                       " refuses writes: ", why_not.message()));
  if (options_.on_state) options_.on_state(state);
}

// No two revisions have the same moment, so no id is made twice, whatever the
// clock did before this start. A command makes far fewer than 1,024.
std::uint64_t LedgerEngine::NewId(Entry& entry) {
  const auto micros = static_cast<std::uint64_t>(absl::ToUnixMicros(entry.at));
  return (micros / 1000) << 20 | (micros % 1000) << 10 | entry.ids++;
}

}  // namespace partner::server
