// Loading a program and what everybody may ask its engine.
#include "server/ledger/engine.h"

#include <malloc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hierarchy/model/readable.h"
#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "server/ledger/ledger_engine.h"
#include "server/ledger/rebuild.h"

namespace partner::server {

using hierarchy::Edition;
using hierarchy::Kind;
namespace v1 = hierarchy::v1;

namespace {

// Documents up to which the start also replays the whole history; `verify` does
// it for any size.
constexpr std::int64_t kReplayAtStartMax = 100'000;

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

void ToProto(absl::Time time, google::protobuf::Timestamp* proto) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  proto->set_seconds(micros / 1000000);
  proto->set_nanos(static_cast<std::int32_t>(micros % 1000000 * 1000));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(
    Options options, std::unique_ptr<Store> store) {
  auto engine =
      std::make_unique<LedgerEngine>(std::move(options), std::move(store));
  const absl::Status status = engine->Load();
  if (!status.ok()) return status;
  engine->Start();
  return engine;
}

LedgerEngine::LedgerEngine(Options options, std::unique_ptr<Store> store)
    : options_(std::move(options)), store_(std::move(store)) {
  program_ = options_.program;
}

LedgerEngine::~LedgerEngine() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    draining_ = true;
    wake_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
  waiters_.CancelAll();
}

absl::Status LedgerEngine::Load() {
  const hierarchy::Catalogue* catalogue =
      options_.policies->CatalogueOf(program_);
  if (catalogue == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("program ", program_, " has no policy edition"));
  }
  history_id_ = store_->head().history_id;
  epoch_ = store_->head().epoch;
  secret_key_ = store_->head().secret_key;
  tokens_ = std::make_unique<HmacTokens>(program_, secret_key_);
  // By a reader of its own: the pages it leaves in its cache are of no further
  // use, and go with it.
  auto reader = store_->OpenReader();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<Rebuilt> live =
      RebuildFromLive(program_, catalogue, reader->get());
  if (!live.ok()) return live.status();
  std::vector<std::string> problems = CompareWithHead(*live, store_->head());
  if (problems.empty() && live->documents <= kReplayAtStartMax) {
    auto replayed = RebuildFromVersions(program_, catalogue, reader->get());
    if (!replayed.ok()) return replayed.status();
    problems = CompareGraphs(*live->graph, **replayed, store_->head().revision);
  }
  if (!problems.empty()) {
    return absl::DataLossError(
        absl::StrCat("the store of program ", program_,
                     " contradicts itself: ", absl::StrJoin(problems, "; ")));
  }
  reader->reset();
  malloc_trim(0);
  graph_ = std::move(live->graph);
  last_at_ = store_->head().at;
  hash_ = store_->head().state_hash;
  next_revision_ = store_->head().revision + 1;
  if (store_->head().revision == 0) {
    const absl::Status status = WriteFirstRevision();
    if (!status.ok()) return status;
  }
  const absl::Status status = LoadEditions();
  if (!status.ok()) return status;
  const StoreHead& head = store_->head();
  ShowEditions();
  newest_us_ = absl::ToUnixMicros(head.at);
  visible_ = head.revision;
  oldest_ = head.revision;
  MutexLock lock(&mutex_);
  shown_hash_ = head.state_hash;
  shown_documents_ = head.documents;
  held_.Begin(head.revision, head.at, options_.clock->Now());
  return absl::OkStatus();
}

absl::Status LedgerEngine::WriteFirstRevision() {
  const Edition* edition =
      options_.default_edition.empty()
          ? options_.policies->DefaultOf(program_)
          : options_.policies->Find(program_, options_.default_edition);
  if (edition == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("program ", program_, " has no policy edition ",
                     options_.default_edition));
  }
  const absl::Time now = options_.clock->Now();
  v1::Policy policy;
  policy.set_name(hierarchy::PolicyName(program_));
  v1::PolicyActivation* activation = policy.add_activations();
  activation->set_edition(edition->data().name());
  *activation->mutable_effective_time() = edition->data().effective_from();
  ToProto(now, activation->mutable_activate_time());
  ToProto(now, policy.mutable_create_time());
  ToProto(now, policy.mutable_update_time());
  policy.set_etag("\"1\"");
  NewRevision first;
  first.documents.push_back(
      {Kind::kPolicy, policy.name(), policy.SerializeAsString(), {}});
  hash_ = Add(hash_, HashDocument(Kind::kPolicy, policy.name(),
                                  first.documents.front().body));
  first.record.revision = 1;
  first.record.at = now;
  first.record.effective_time = FromProto(edition->data().effective_from());
  first.record.principal = "server";
  first.record.method = "PolicyService.ActivatePolicyEdition";
  first.record.state_hash = hash_;
  const AppendResult result = store_->Append(0, epoch_, {std::move(first)});
  if (result.outcome != AppendOutcome::kCommitted) {
    return absl::UnavailableError(
        absl::StrCat("the first revision of program ", program_,
                     " cannot be written: ", result.status.message()));
  }
  next_revision_ = 2;
  last_at_ = now;
  return absl::OkStatus();
}

absl::Status LedgerEngine::LoadEditions() {
  const std::string name = hierarchy::PolicyName(program_);
  // Newest first.
  std::vector<std::pair<std::int64_t, v1::Policy>> versions;
  for (std::int64_t at = store_->head().revision; at > 0;
       at = versions.back().first - 1) {
    auto stored = store_->writer_reader()->Get(Kind::kPolicy, name, at);
    if (!stored.ok()) return stored.status();
    if (!stored->has_value()) break;
    auto& [revision, policy] = versions.emplace_back();
    revision = (*stored)->revision;
    if (!policy.ParseFromString((*stored)->body) ||
        !hierarchy::IsReadable(Kind::kPolicy, name, policy)) {
      versions.clear();
      break;
    }
  }
  if (versions.empty()) {
    return absl::DataLossError(
        absl::StrCat("the policy of program ", program_, " cannot be read"));
  }
  for (auto version = versions.rbegin(); version != versions.rend();
       ++version) {
    const absl::Status status =
        editions_.TakeIn(version->second, version->first, *options_.policies);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void LedgerEngine::Start() {
  thread_ = std::thread([this] { Run(); });
}

absl::Time LedgerEngine::TimeOf(std::int64_t revision) const {
  MutexLock lock(&mutex_);
  return held_.TimeOf(revision);
}

void LedgerEngine::WhenVisible(std::int64_t revision, absl::Time deadline,
                               absl::AnyInvocable<void(bool)> done) {
  if (revision <= visible()) return done(true);
  if (!waiters_.Add(revision, deadline, done)) return done(false);
  // The revision may have become visible, and a drain may have ended all waits,
  // just before this one was added.
  if (revision <= visible()) waiters_.Run(visible(), MachineNow());
  bool draining = false;
  {
    MutexLock lock(&mutex_);
    draining = draining_;
    // The ledger's thread keeps the deadlines; it may be asleep.
    wake_.Signal();
  }
  if (draining) waiters_.CancelAll();
}

bool LedgerEngine::ReadGraph(
    std::int64_t revision,
    absl::FunctionRef<void(const hierarchy::Graph&)> read) const {
  ReaderLock lock(&graph_mutex_);
  if (revision < graph_->oldest()) return false;
  read(*graph_);
  return true;
}

EngineState LedgerEngine::state() const {
  MutexLock lock(&mutex_);
  EngineState state = state_;
  state.queued = static_cast<int>(queue_.size());
  return state;
}

StateHash LedgerEngine::state_hash() const {
  MutexLock lock(&mutex_);
  return shown_hash_;
}

std::int64_t LedgerEngine::documents() const {
  MutexLock lock(&mutex_);
  return shown_documents_;
}

void LedgerEngine::Drain() {
  {
    MutexLock lock(&mutex_);
    draining_ = true;
  }
  waiters_.CancelAll();
}

void LedgerEngine::Submit(PendingCommand command) {
  std::optional<hierarchy::Refusal> refusal;
  {
    MutexLock lock(&mutex_);
    if (draining_) {
      refusal = hierarchy::RefuseWith(
          v1::ERROR_REASON_DRAINING, "the server is stopping; not applied",
          "Retry with the same request id, here later or elsewhere.");
    } else if (static_cast<int>(queue_.size()) >= options_.queue_max) {
      refusal = hierarchy::RefuseWith(
          v1::ERROR_REASON_OVERLOADED,
          "too many writes are waiting; not applied",
          "Retry with the same request id after the delay given.");
    } else {
      queue_.push_back(std::move(command));
      if (queue_.size() == 1) wake_.Signal();
      return;
    }
  }
  refusal->retry_after = absl::Milliseconds(200);
  command.done(*std::move(refusal));
}

}  // namespace partner::server
