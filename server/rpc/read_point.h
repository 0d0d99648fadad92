#ifndef PARTNER_SERVER_RPC_READ_POINT_H_
#define PARTNER_SERVER_RPC_READ_POINT_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "hierarchy/rules/refusal.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "server/ledger/past.h"
#include "server/rpc/backend.h"

// How fresh or how old a read is: ReadOptions made into a revision and a
// moment.
namespace partner::server {

// The `read_options` of a request; the default where there are none.
const hierarchy::v1::ReadOptions& ReadOptionsOf(
    const google::protobuf::Message& request);

// What is wrong with the options whatever is stored: HISTORY_LOST for a
// revision of another history, READ_OPTION_INVALID for a revision before the
// first.
std::optional<hierarchy::Refusal> CheckReadOptions(
    const Engine& engine, const hierarchy::v1::ReadOptions& options);

// The moment a request asks about, its `at`; nullopt when it names none or has
// no such field.
std::optional<absl::Time> AtOf(const google::protobuf::Message& request);
std::optional<absl::Time> AtOf(bool given,
                               const google::protobuf::Timestamp& at);

// BEFORE_PROGRAM when the program had not begun at the moment, as known at the
// revision.
std::optional<hierarchy::Refusal> CheckBegun(const Engine& engine,
                                             std::int64_t revision,
                                             absl::Time moment);

// The present of a read: the clock's, or the newest commit's where that is a
// little ahead.
absl::Time PresentOf(const Engine& engine, Clock* clock);

// The revision that must be visible before the read begins; 0 for none.
std::int64_t RevisionToAwait(const hierarchy::v1::ReadOptions& options);

// REVISION_AHEAD.
hierarchy::Refusal RevisionAhead(const Engine& engine, std::int64_t wanted);

// Where a read of the store stands.
struct ReadPoint {
  // What was recorded up to this revision counts.
  std::int64_t revision = 0;
  // The moment asked about: states that time changes are shown as of it.
  absl::Time moment;
};

// The point of a read of the store, `at` being the moment asked about. The
// options have passed CheckReadOptions and a min_revision is visible.
// REVISION_AHEAD for an exact revision not yet there, READ_OPTION_INVALID for a
// time before the first revision or after now, BEFORE_PROGRAM.
std::variant<ReadPoint, hierarchy::Refusal> ResolveReadPoint(
    const Engine& engine, Clock* clock, StoreReader* reader,
    const hierarchy::v1::ReadOptions& options, std::optional<absl::Time> at);

// What is recorded of the moment of a point.
std::variant<PastPoint, hierarchy::Refusal> ResolvePast(StoreReader* reader,
                                                        const ReadPoint& point);

// The revision of a read of the graph: as above, and SNAPSHOT_EXPIRED for one
// the graph no longer holds, READ_OPTION_INVALID for a read_time.
std::variant<std::int64_t, hierarchy::Refusal> ResolveGraphRevision(
    const Engine& engine, const hierarchy::v1::ReadOptions& options);

// SNAPSHOT_EXPIRED.
hierarchy::Refusal SnapshotExpired(const Engine& engine, std::int64_t wanted);

// `revision` of the engine's history.
void SetRevision(const Engine& engine, std::int64_t revision,
                 hierarchy::v1::Revision* out);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_READ_POINT_H_
