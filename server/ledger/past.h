#ifndef PARTNER_SERVER_LEDGER_PAST_H_
#define PARTNER_SERVER_LEDGER_PAST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/model/names.h"
#include "server/storage/store.h"

// What was true at a moment by what was recorded up to a revision, from the
// store.
namespace partner::server {

// A moment as known at a revision.
struct PastPoint {
  // What was recorded up to this revision counts.
  std::int64_t known = 0;
  // The newest revision of those that was committed by the moment; 0 when none
  // was.
  std::int64_t then = 0;
};
absl::StatusOr<PastPoint> FindPast(StoreReader* reader, std::int64_t known,
                                   absl::Time moment);

// Reads documents as they were at a point. A document's state then is that of
// the version recorded by then, as EffectiveState shows it at the moment:
// whatever the program commits by itself later, because time has come, changes
// no answer. For one thread, like its reader.
class PastReader {
 public:
  struct Limits {
    // Stored versions looked at by all calls together; then OUT_OF_RANGE. At
    // most one call goes beyond, by what it was about.
    int rows_max = 20'000;
    // DEADLINE_EXCEEDED once it says so. May be empty.
    std::function<bool()> is_late = {};
  };

  PastReader(StoreReader* reader, const PastPoint& point, absl::Time moment,
             Limits limits)
      : reader_(reader),
        point_(point),
        moment_(moment),
        limits_(std::move(limits)) {}

  // Of a document given in its version current at `known`: the version recorded
  // by the moment, or the first one when it was recorded later of something
  // that began by then. Nullopt when it is of a later time.
  absl::StatusOr<std::optional<StoredDocument>> Then(StoredDocument known);
  // The same by name; nullopt, too, when nothing is known of it.
  absl::StatusOr<std::optional<StoredDocument>> Get(hierarchy::Kind kind,
                                                    absl::string_view name);
  // The version recorded by the moment, else the first.
  absl::StatusOr<std::optional<StoredDocument>> GetOrFirst(
      hierarchy::Kind kind, absl::string_view name);
  // Visits those documents below a name that were true then.
  absl::Status Visit(
      hierarchy::Kind kind, absl::string_view parent,
      const std::function<absl::Status(const StoredDocument&)>& visit);

  const PastPoint& point() const { return point_; }
  // Stored versions looked at so far.
  int rows() const { return rows_; }

 private:
  absl::StatusOr<std::optional<StoredDocument>> Read(hierarchy::Kind kind,
                                                     absl::string_view name,
                                                     std::int64_t revision);
  absl::StatusOr<std::optional<StoredDocument>> First(
      const StoredDocument& known, absl::Time recorded);
  absl::Status Count();

  StoreReader* const reader_;
  const PastPoint point_;
  const absl::Time moment_;
  const Limits limits_;
  int rows_ = 0;
};

// A small graph of some customers and partners at a point, for the evaluator
// that answers from the large one. Questions are put at revision `known`.
class PastGraph {
 public:
  // `catalogue` and `reader` outlive it.
  PastGraph(absl::string_view program, const hierarchy::Catalogue* catalogue,
            PastReader* reader);

  // Loads a customer with its relationships and administration, or a partner,
  // by resource name; once. Names of nobody load nothing.
  absl::Status AddCustomer(absl::string_view name);
  absl::Status AddPartner(absl::string_view name);
  // Loads the delegates of the administration loaded.
  absl::Status AddDelegates();

  const hierarchy::Graph& graph() const { return graph_; }
  std::int64_t revision() const { return reader_->point().known; }

 private:
  absl::Status Apply(const StoredDocument& document);
  absl::Status AddParty(hierarchy::Kind kind, absl::string_view name);

  PastReader* const reader_;
  hierarchy::Graph graph_;
  absl::flat_hash_set<std::string> loaded_;
  absl::flat_hash_set<std::string> delegates_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_PAST_H_
