#ifndef PARTNER_SERVER_LEDGER_REBUILD_H_
#define PARTNER_SERVER_LEDGER_REBUILD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/policy/policy.h"
#include "server/storage/store.h"

// Making the graph from the store, and comparing the two.
namespace partner::server {

// A graph and what was counted on the way.
struct Rebuilt {
  std::unique_ptr<hierarchy::Graph> graph;
  StateHash state_hash;
  std::int64_t documents = 0;
};

// From the live documents. DATA_LOSS when one cannot be read.
absl::StatusOr<Rebuilt> RebuildFromLive(absl::string_view program,
                                        const hierarchy::Catalogue* catalogue,
                                        StoreReader* reader);

// From every version in the order written, as the ledger once did.
absl::StatusOr<std::unique_ptr<hierarchy::Graph>> RebuildFromVersions(
    absl::string_view program, const hierarchy::Catalogue* catalogue,
    StoreReader* reader);

// Where the head and what is stored disagree, one line for each; empty when
// they agree.
std::vector<std::string> CompareWithHead(const Rebuilt& rebuilt,
                                         const StoreHead& head);

// Whether every version there was adds up to the state hash kept with its
// revision: one line for the first that does not, empty when all do.
absl::StatusOr<std::vector<std::string>> CompareHashes(StoreReader* reader);

// Whether the index of tenants finds every partner and customer there is: one
// line for each it does not.
absl::StatusOr<std::vector<std::string>> CompareTenants(StoreReader* reader);

// Where two graphs disagree at a revision, at most 20 lines.
std::vector<std::string> CompareGraphs(const hierarchy::Graph& live,
                                       const hierarchy::Graph& replayed,
                                       std::int64_t revision);

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_REBUILD_H_
