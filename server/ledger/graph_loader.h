#ifndef PARTNER_SERVER_LEDGER_GRAPH_LOADER_H_
#define PARTNER_SERVER_LEDGER_GRAPH_LOADER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "hierarchy/model/graph.h"
#include "server/base/mutex.h"
#include "server/storage/store.h"

namespace partner::server {

// Puts one stored version into a graph. DATA_LOSS when it cannot be read or is
// of another program.
absl::Status ApplyStored(const StoredDocument& document,
                         hierarchy::Graph* graph);

// Puts many stored versions into a graph on a thread of its own, while the
// caller reads the next ones: a start takes little more than half the time. For
// one caller; the graph is nobody else's until End.
class GraphLoader {
 public:
  explicit GraphLoader(hierarchy::Graph* graph);
  // Waits for the thread.
  ~GraphLoader();
  GraphLoader(const GraphLoader&) = delete;
  GraphLoader& operator=(const GraphLoader&) = delete;

  // In the order of revisions, or with each document once. Waits while much is
  // under way. DATA_LOSS when an earlier one could not be read.
  absl::Status Add(const StoredDocument& document);

  // Waits until all is in, then drops what ended before the newest revision.
  // DATA_LOSS as ApplyStored.
  absl::Status End();

 private:
  struct Item {
    hierarchy::Kind kind;
    std::int64_t revision;
    std::size_t name_size;
    std::size_t body_size;
  };
  // Kept for the next documents: no memory is asked for with each.
  struct Batch {
    std::vector<Item> items;
    std::string bytes;  // Name and body of each.
  };
  using Batches = std::vector<std::unique_ptr<Batch>>;

  absl::Status Pass();
  void Stop();
  void Run();
  absl::Status Apply(const Batch& batch);

  hierarchy::Graph* const graph_;
  // The caller's.
  std::unique_ptr<Batch> next_ = std::make_unique<Batch>();
  // The thread's, and after Stop the caller's.
  std::int64_t newest_ = 0;
  int since_sweep_ = 0;

  Mutex mutex_;
  CondVar changed_;
  std::deque<std::unique_ptr<Batch>> full_ ABSL_GUARDED_BY(mutex_);
  Batches empty_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_GRAPH_LOADER_H_
