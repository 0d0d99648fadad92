#include "server/ledger/graph_loader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hierarchy/model/readable.h"
#include "hierarchy/rules/decide.h"

namespace partner::server {
namespace {

using google::protobuf::Arena;
using google::protobuf::Message;
using hierarchy::Graph;

constexpr std::size_t kBatch = 256;  // Documents.
constexpr std::size_t kBatchesMax = 16;
// Documents between two sweeps, which keep memory small while a history comes
// in.
constexpr int kSweepEvery = 10'000;

absl::StatusOr<const Message*> ReadStored(const StoredDocument& document,
                                          const Graph& graph, Arena* arena) {
  const Message* type = hierarchy::DocumentType(document.kind);
  Message* message = type == nullptr ? nullptr : type->New(arena);
  if (message == nullptr || !message->ParseFromString(document.body) ||
      !hierarchy::IsReadable(document.kind, document.name, *message)) {
    return absl::DataLossError(absl::StrCat("the record of ", document.name,
                                            " at revision ", document.revision,
                                            " cannot be read"));
  }
  if (hierarchy::ProgramOf(document.name) != graph.program()) {
    return absl::DataLossError(absl::StrCat(
        document.name, " is stored as a record of program ", graph.program()));
  }
  return message;
}

void SweepAll(std::int64_t revision, Graph* graph) {
  while (graph->Sweep(revision)) {
  }
}

}  // namespace

absl::Status ApplyStored(const StoredDocument& document, Graph* graph) {
  Arena arena;
  const auto message = ReadStored(document, *graph, &arena);
  if (!message.ok()) return message.status();
  graph->Apply(document.kind, **message, document.revision);
  return absl::OkStatus();
}

GraphLoader::GraphLoader(Graph* graph)
    : graph_(graph), thread_([this] { Run(); }) {}

GraphLoader::~GraphLoader() { Stop(); }

absl::Status GraphLoader::Add(const StoredDocument& document) {
  const auto message = ReadStored(document, *graph_, &next_->arena);
  if (!message.ok()) return message.status();
  next_->items.push_back({document.kind, document.revision, *message});
  if (next_->items.size() == kBatch) Pass();
  return absl::OkStatus();
}

void GraphLoader::End() {
  Pass();
  Stop();
  SweepAll(newest_, graph_);
}

void GraphLoader::Pass() {
  auto fresh = std::make_unique<Batch>();
  fresh->items.reserve(kBatch);
  MutexLock lock(&mutex_);
  while (batches_.size() == kBatchesMax) changed_.Wait(&mutex_);
  batches_.push_back(std::exchange(next_, std::move(fresh)));
  changed_.SignalAll();
}

void GraphLoader::Stop() {
  {
    MutexLock lock(&mutex_);
    complete_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void GraphLoader::Run() {
  for (;;) {
    std::unique_ptr<Batch> batch;
    {
      MutexLock lock(&mutex_);
      while (batches_.empty() && !complete_) changed_.Wait(&mutex_);
      if (batches_.empty()) return;
      batch = std::move(batches_.front());
      batches_.pop_front();
      changed_.SignalAll();
    }
    Apply(*batch);
  }
}

void GraphLoader::Apply(const Batch& batch) {
  for (const Item& item : batch.items) {
    // A revision may still be under way.
    if (++since_sweep_ >= kSweepEvery && item.revision != newest_) {
      SweepAll(newest_, graph_);
      since_sweep_ = 0;
    }
    newest_ = item.revision;
    graph_->Apply(item.kind, *item.document, item.revision);
  }
}

}  // namespace partner::server
