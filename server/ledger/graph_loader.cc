#include "server/ledger/graph_loader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/readable.h"
#include "hierarchy/rules/decide.h"

namespace partner::server {
namespace {

using google::protobuf::Arena;
using google::protobuf::Message;
using hierarchy::Graph;
using hierarchy::Kind;

constexpr std::size_t kBatch = 256;  // Documents.
constexpr int kBatches = 16;
// Documents between two sweeps, which keep memory small while a history comes
// in.
constexpr int kSweepEvery = 10'000;

absl::Status ApplyBytes(Kind kind, absl::string_view name,
                        std::int64_t revision, absl::string_view body,
                        Arena* arena, Graph* graph) {
  const Message* type = hierarchy::DocumentType(kind);
  Message* message = type == nullptr ? nullptr : type->New(arena);
  if (message == nullptr ||
      !message->ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      !hierarchy::IsReadable(kind, name, *message)) {
    return absl::DataLossError(absl::StrCat(
        "the record of ", name, " at revision ", revision, " cannot be read"));
  }
  if (hierarchy::ProgramOf(name) != graph->program()) {
    return absl::DataLossError(absl::StrCat(
        name, " is stored as a record of program ", graph->program()));
  }
  graph->Apply(kind, *message, revision);
  return absl::OkStatus();
}

void SweepAll(std::int64_t revision, Graph* graph) {
  while (graph->Sweep(revision)) {
  }
}

}  // namespace

absl::Status ApplyStored(const StoredDocument& document, Graph* graph) {
  Arena arena;
  return ApplyBytes(document.kind, document.name, document.revision,
                    document.body, &arena, graph);
}

GraphLoader::GraphLoader(Graph* graph) : graph_(graph) {
  for (int i = 1; i < kBatches; ++i) {
    empty_.push_back(std::make_unique<Batch>());
  }
  thread_ = std::thread([this] { Run(); });
}

GraphLoader::~GraphLoader() { Stop(); }

absl::Status GraphLoader::Add(const StoredDocument& document) {
  next_->items.push_back({document.kind, document.revision,
                          document.name.size(), document.body.size()});
  next_->bytes += document.name;
  next_->bytes += document.body;
  return next_->items.size() < kBatch ? absl::OkStatus() : Pass();
}

absl::Status GraphLoader::End() {
  absl::Status status = Pass();
  Stop();
  {
    MutexLock lock(&mutex_);
    status.Update(status_);
  }
  if (status.ok()) SweepAll(newest_, graph_);
  return status;
}

absl::Status GraphLoader::Pass() {
  MutexLock lock(&mutex_);
  while (empty_.empty()) changed_.Wait(&mutex_);
  full_.push_back(std::exchange(next_, std::move(empty_.back())));
  empty_.pop_back();
  changed_.SignalAll();
  return status_;
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
  bool failed = false;
  for (;;) {
    std::unique_ptr<Batch> batch;
    {
      MutexLock lock(&mutex_);
      while (full_.empty() && !complete_) changed_.Wait(&mutex_);
      if (full_.empty()) return;
      batch = std::move(full_.front());
      full_.pop_front();
    }
    absl::Status status = failed ? absl::OkStatus() : Apply(*batch);
    failed = failed || !status.ok();
    batch->items.clear();
    batch->bytes.clear();
    MutexLock lock(&mutex_);
    status_.Update(std::move(status));
    empty_.push_back(std::move(batch));
    changed_.SignalAll();
  }
}

absl::Status GraphLoader::Apply(const Batch& batch) {
  Arena arena;
  absl::string_view bytes = batch.bytes;
  for (const Item& item : batch.items) {
    // A revision may still be under way.
    if (++since_sweep_ >= kSweepEvery && item.revision != newest_) {
      SweepAll(newest_, graph_);
      since_sweep_ = 0;
    }
    newest_ = item.revision;
    const absl::Status status = ApplyBytes(
        item.kind, bytes.substr(0, item.name_size), item.revision,
        bytes.substr(item.name_size, item.body_size), &arena, graph_);
    if (!status.ok()) return status;
    bytes.remove_prefix(item.name_size + item.body_size);
  }
  return absl::OkStatus();
}

}  // namespace partner::server
