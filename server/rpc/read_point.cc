#include "server/rpc/read_point.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hierarchy/rules/decide.h"
#include "server/rpc/error_exit.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Refusal;

Refusal InvalidOption(absl::string_view field, absl::string_view description,
                      absl::string_view next_step) {
  return hierarchy::BadField(v1::ERROR_REASON_READ_OPTION_INVALID,
                             absl::StrCat("read_options.", field), description,
                             next_step);
}

const v1::Revision* RevisionGiven(const v1::ReadOptions& options) {
  if (options.has_min_revision()) return &options.min_revision();
  if (options.has_exact_revision()) return &options.exact_revision();
  return nullptr;
}

void SetRevisions(const Engine& engine, std::int64_t wanted, Refusal* refusal) {
  refusal->metadata["wanted_revision"] = absl::StrCat(wanted);
  refusal->metadata["visible_revision"] = absl::StrCat(engine.visible());
  refusal->metadata["oldest_revision"] = absl::StrCat(engine.oldest());
}

std::variant<ReadPoint, Refusal> PointAtTime(const Engine& engine,
                                             absl::Time now,
                                             StoreReader* reader,
                                             absl::Time time) {
  // The records' time may be ahead of a clock that was set back.
  if (time > std::max(now, engine.TimeOf(engine.visible()))) {
    return InvalidOption("read_time", "The time is in the future.",
                         "Read at the present or an earlier time.");
  }
  const absl::StatusOr<std::int64_t> revision = reader->RevisionAt(time);
  if (!revision.ok()) return RefusalOfStore(revision.status());
  if (*revision == 0) {
    return InvalidOption("read_time", "The time is before the first revision.",
                         "Read at a later time.");
  }
  return ReadPoint{std::min(*revision, engine.visible()), time};
}

}  // namespace

const v1::ReadOptions& ReadOptionsOf(const google::protobuf::Message& request) {
  const v1::ReadOptions* options = hierarchy::ReadOptionsOf(request);
  return options == nullptr ? v1::ReadOptions::default_instance() : *options;
}

std::optional<Refusal> CheckReadOptions(const Engine& engine,
                                        const v1::ReadOptions& options) {
  const v1::Revision* revision = RevisionGiven(options);
  if (revision == nullptr) return std::nullopt;
  if (!revision->history_id().empty() &&
      revision->history_id() != engine.history_id()) {
    Refusal refusal = hierarchy::RefuseWith(
        v1::ERROR_REASON_HISTORY_LOST,
        "The revision is of another history: the store was restored since.",
        "Discard what you remember and read again.");
    refusal.metadata["history_id"] = engine.history_id();
    return refusal;
  }
  if (revision->number() < (options.has_exact_revision() ? 1 : 0)) {
    return InvalidOption(options.has_exact_revision() ? "exact_revision.number"
                                                      : "min_revision.number",
                         "There is no such revision.",
                         "Revisions are counted from 1.");
  }
  return std::nullopt;
}

std::optional<absl::Time> AtOf(const google::protobuf::Message& request) {
  const google::protobuf::FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName("at");
  if (field == nullptr) return std::nullopt;
  const google::protobuf::Reflection* reflection = request.GetReflection();
  return AtOf(reflection->HasField(request, field),
              static_cast<const google::protobuf::Timestamp&>(
                  reflection->GetMessage(request, field)));
}

std::optional<absl::Time> AtOf(bool given,
                               const google::protobuf::Timestamp& at) {
  if (!given) return std::nullopt;
  // Whole microseconds, as revisions have and page tokens keep them.
  return absl::FromUnixMicros(at.seconds() * 1000000 + at.nanos() / 1000);
}

std::optional<Refusal> CheckBegun(const Engine& engine, std::int64_t revision,
                                  absl::Time moment) {
  const absl::Time begins = engine.BeginsAt(revision);
  if (moment >= begins) return std::nullopt;
  Refusal refusal = hierarchy::BadField(
      v1::ERROR_REASON_BEFORE_PROGRAM, "at",
      "The program had not begun: no policy edition was in force.",
      "Ask about a later moment.", "R24");
  refusal.metadata["begin_time"] =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", begins, absl::UTCTimeZone());
  return refusal;
}

absl::Time PresentOf(const Engine& engine, Clock* clock) {
  return std::max(clock->Now(), engine.newest_time());
}

std::int64_t RevisionToAwait(const v1::ReadOptions& options) {
  return options.has_min_revision() ? options.min_revision().number() : 0;
}

Refusal RevisionAhead(const Engine& engine, std::int64_t wanted) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_REVISION_AHEAD, "The revision is not visible yet.",
      "Retry, or ask for an earlier revision.");
  SetRevisions(engine, wanted, &refusal);
  return refusal;
}

Refusal SnapshotExpired(const Engine& engine, std::int64_t wanted) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_SNAPSHOT_EXPIRED,
      "Memory no longer holds this revision.", "Ask at a newer revision.");
  SetRevisions(engine, wanted, &refusal);
  return refusal;
}

namespace {

// The revision read, and its moment.
std::variant<ReadPoint, Refusal> PointOf(const Engine& engine, Clock* clock,
                                         StoreReader* reader,
                                         const v1::ReadOptions& options) {
  const std::int64_t visible = engine.visible();
  if (options.has_read_time()) {
    return PointAtTime(engine, clock->Now(), reader,
                       absl::FromUnixSeconds(options.read_time().seconds()) +
                           absl::Nanoseconds(options.read_time().nanos()));
  }
  if (!options.has_exact_revision()) {
    return ReadPoint{visible, PresentOf(engine, clock)};
  }
  const std::int64_t revision = options.exact_revision().number();
  if (revision > visible) return RevisionAhead(engine, revision);
  const absl::StatusOr<std::optional<RevisionRecord>> record =
      reader->GetRevision(revision);
  if (!record.ok()) return RefusalOfStore(record.status());
  if (!record->has_value()) return SnapshotExpired(engine, revision);
  return ReadPoint{revision, (*record)->at};
}

}  // namespace

std::variant<ReadPoint, Refusal> ResolveReadPoint(
    const Engine& engine, Clock* clock, StoreReader* reader,
    const v1::ReadOptions& options, std::optional<absl::Time> at) {
  auto found = PointOf(engine, clock, reader, options);
  auto* point = std::get_if<ReadPoint>(&found);
  if (point == nullptr || !at) return found;
  if (auto refused = CheckBegun(engine, point->revision, *at)) {
    return *std::move(refused);
  }
  point->moment = *at;
  return found;
}

std::variant<PastPoint, Refusal> ResolvePast(StoreReader* reader,
                                             const ReadPoint& point) {
  const absl::StatusOr<PastPoint> past =
      FindPast(reader, point.revision, point.moment);
  if (!past.ok()) return RefusalOfStore(past.status());
  return *past;
}

std::variant<std::int64_t, Refusal> ResolveGraphRevision(
    const Engine& engine, const v1::ReadOptions& options) {
  if (options.has_read_time()) {
    return InvalidOption("read_time", "This is not answered at a time.",
                         "Give `exact_revision` or nothing.");
  }
  const std::int64_t visible = engine.visible();
  if (!options.has_exact_revision()) return visible;
  const std::int64_t revision = options.exact_revision().number();
  if (revision > visible) return RevisionAhead(engine, revision);
  if (revision < engine.oldest()) return SnapshotExpired(engine, revision);
  return revision;
}

void SetRevision(const Engine& engine, std::int64_t revision,
                 v1::Revision* out) {
  out->set_number(revision);
  out->set_history_id(engine.history_id());
}

}  // namespace partner::server
