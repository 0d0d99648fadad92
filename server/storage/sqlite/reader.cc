#include "server/storage/sqlite/reader.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/requests.h"
#include "server/storage/sqlite/schema.h"

namespace partner::server {
namespace {

// The outer joins show a live row without its version, which is damage.
constexpr char kGetLive[] =
    "SELECT v.seq, v.revision, v.body, v.prev_seq FROM live l "
    "LEFT JOIN versions v ON v.seq = l.seq WHERE l.kind = ? AND l.name = ?";
constexpr char kList[] =
    "SELECT v.seq, v.revision, v.body, v.prev_seq, l.name FROM live l "
    "LEFT JOIN versions v ON v.seq = l.seq "
    "WHERE l.kind = ? AND l.name >= ? ORDER BY l.name";
constexpr char kGetVersion[] =
    "SELECT revision, body, prev_seq, kind, name FROM versions WHERE seq = ?";
constexpr char kFindUnique[] = "SELECT name FROM uniques WHERE key = ?";
constexpr char kGetRevision[] =
    "SELECT at, effective_time, principal, acting_party, request_id, method, "
    "note, state_hash FROM revisions WHERE revision = ?";
constexpr char kNewestRevision[] = "SELECT max(revision) FROM revisions";
constexpr char kRevisionTime[] = "SELECT at FROM revisions WHERE revision = ?";
constexpr char kNewestVersion[] = "SELECT max(seq) FROM versions";
constexpr char kLiveVersions[] = "SELECT seq FROM live";
constexpr char kFirstVersion[] =
    "SELECT first_seq FROM revisions WHERE revision >= ? ORDER BY revision "
    "LIMIT 1";
constexpr char kScan[] =
    "SELECT seq, kind, name, revision, body FROM versions WHERE seq >= ? "
    "ORDER BY seq";

// Versions of the past in a row from which on seeking the next live one takes
// less than reading them all.
constexpr std::size_t kSkippedMin = 32;

// The document before any version of it is known.
StoredDocument WithoutBody(hierarchy::Kind kind, absl::string_view name) {
  StoredDocument document;
  document.kind = kind;
  document.name = std::string(name);
  return document;
}

// Into a document that was used before: most rows need no memory of their own.
void ReadScanned(const SqliteQuery& query, StoredDocument* document) {
  const absl::string_view name = query.Bytes(2);
  const absl::string_view body = query.Bytes(4);
  document->kind = static_cast<hierarchy::Kind>(query.Int(1));
  document->name.assign(name.data(), name.size());
  document->revision = query.Int(3);
  document->body.assign(body.data(), body.size());
}

}  // namespace

absl::StatusOr<std::optional<StoredDocument>> SqliteReader::Get(
    hierarchy::Kind kind, absl::string_view name, std::int64_t revision) {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  absl::StatusOr<SqliteQuery> query = connection_->Query(kGetLive);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row =
      query->BindInt(static_cast<int>(kind)).BindText(name).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  if (query->IsNull(0)) return connection_->Damaged("a version is missing");
  StoredDocument document = WithoutBody(kind, name);
  if (query->Int(1) <= revision) {
    document.revision = query->Int(1);
    document.body = std::string(query->Bytes(2));
    return document;
  }
  if (query->IsNull(3)) return std::nullopt;
  absl::StatusOr<StoredDocument> older =
      WalkBack(std::move(document), query->Int(3), revision);
  if (!older.ok()) return older.status();
  if (older->revision == 0) return std::nullopt;
  return *std::move(older);
}

absl::StatusOr<StoredDocument> SqliteReader::WalkBack(StoredDocument document,
                                                      std::int64_t seq,
                                                      std::int64_t revision) {
  while (true) {
    absl::StatusOr<SqliteQuery> query = connection_->Query(kGetVersion);
    if (!query.ok()) return query.status();
    const absl::StatusOr<bool> row = query->BindInt(seq).Step();
    if (!row.ok()) return row.status();
    if (!*row || query->Int(3) != static_cast<int>(document.kind) ||
        query->Bytes(4) != document.name) {
      return connection_->Damaged("the history of a document is broken");
    }
    if (query->Int(0) <= revision) {
      document.revision = query->Int(0);
      document.body = std::string(query->Bytes(1));
      return document;
    }
    if (query->IsNull(2)) return document;
    // Else a damaged chain could go round for ever.
    if (query->Int(2) >= seq) {
      return connection_->Damaged("the history of a document is broken");
    }
    seq = query->Int(2);
  }
}

absl::Status SqliteReader::List(
    const ListRange& range,
    const std::function<bool(const StoredDocument&)>& visit) {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  absl::StatusOr<SqliteQuery> query = connection_->Query(kList);
  if (!query.ok()) return query.status();
  query->BindInt(static_cast<int>(range.kind))
      .BindText(range.after > range.prefix ? range.after : range.prefix);
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const absl::string_view name = query->Bytes(4);
    if (!absl::StartsWith(name, range.prefix)) return absl::OkStatus();
    // Only the first can be: the scan began there.
    if (!range.after.empty() && name == range.after) continue;
    if (query->IsNull(0)) return connection_->Damaged("a version is missing");
    StoredDocument document = WithoutBody(range.kind, name);
    if (query->Int(1) <= range.revision) {
      document.revision = query->Int(1);
      document.body = std::string(query->Bytes(2));
    } else if (!query->IsNull(3)) {
      absl::StatusOr<StoredDocument> older =
          WalkBack(std::move(document), query->Int(3), range.revision);
      if (!older.ok()) return older.status();
      document = *std::move(older);
    }
    if (!visit(document)) return absl::OkStatus();
  }
}

absl::StatusOr<std::optional<std::string>> SqliteReader::FindUnique(
    absl::string_view key) {
  absl::StatusOr<SqliteQuery> query = connection_->Query(kFindUnique);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->BindText(key).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  return std::string(query->Bytes(0));
}

absl::StatusOr<std::optional<RequestRecord>> SqliteReader::FindRequest(
    absl::string_view key) {
  return FindSqliteRequest(connection_, key);
}

absl::StatusOr<std::optional<RevisionRecord>> SqliteReader::GetRevision(
    std::int64_t revision) {
  absl::StatusOr<SqliteQuery> query = connection_->Query(kGetRevision);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->BindInt(revision).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  if (query->Bytes(7).size() != kStoredHashBytes) {
    return connection_->Damaged("the state hash of a revision is not one");
  }
  return RevisionRecord{.revision = revision,
                        .at = FromStoredTime(query->Int(0)),
                        .effective_time = FromStoredTime(query->Int(1)),
                        .principal = std::string(query->Bytes(2)),
                        .acting_party = std::string(query->Bytes(3)),
                        .request_id = std::string(query->Bytes(4)),
                        .method = std::string(query->Bytes(5)),
                        .note = std::string(query->Bytes(6)),
                        .state_hash = FromStoredHash(query->Bytes(7))};
}

absl::StatusOr<std::int64_t> SqliteReader::RevisionAt(absl::Time time) {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  const absl::StatusOr<std::int64_t> newest =
      connection_->QueryInt(kNewestRevision);
  if (!newest.ok()) return newest.status();
  // Times never decrease with the revision, so a search by halves needs no
  // index. Everything from `later` on is after `time`.
  const std::int64_t wanted = ToStoredTime(time);
  std::int64_t earlier = 0;
  std::int64_t later = *newest + 1;
  while (later - earlier > 1) {
    const std::int64_t middle = earlier + (later - earlier) / 2;
    absl::StatusOr<SqliteQuery> query = connection_->Query(kRevisionTime);
    if (!query.ok()) return query.status();
    const absl::StatusOr<bool> row = query->BindInt(middle).Step();
    if (!row.ok()) return row.status();
    if (!*row) return connection_->Damaged("a revision is missing");
    (query->Int(0) <= wanted ? earlier : later) = middle;
  }
  return earlier;
}

absl::Status SqliteReader::ScanLive(
    const std::function<absl::Status(const StoredDocument&)>& visit) {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  // Sorting the live rows by sequence would take memory for each; one bit for
  // each version and reading in the order of the file are cheaper.
  const absl::StatusOr<LiveVersions> live = FindLiveVersions();
  if (!live.ok()) return live.status();
  StoredDocument document;
  std::optional<SqliteQuery> query;
  std::size_t at = 0;
  for (std::int64_t missing = live->count; missing > 0; --missing) {
    std::size_t wanted = at + 1;
    while (!live->by_seq[wanted]) ++wanted;
    if (!query || wanted - at > kSkippedMin) {
      query.reset();
      absl::StatusOr<SqliteQuery> next = connection_->Query(kScan);
      if (!next.ok()) return next.status();
      query.emplace(*std::move(next));
      query->BindInt(static_cast<std::int64_t>(wanted));
    }
    while (at < wanted) {
      const absl::StatusOr<bool> row = query->Step();
      if (!row.ok()) return row.status();
      if (!*row) return connection_->Damaged("a version is missing");
      at = static_cast<std::size_t>(query->Int(0));
    }
    if (at != wanted) return connection_->Damaged("a version is missing");
    ReadScanned(*query, &document);
    const absl::Status status = visit(document);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<SqliteReader::LiveVersions> SqliteReader::FindLiveVersions() {
  const absl::StatusOr<std::int64_t> newest =
      connection_->QueryInt(kNewestVersion);
  if (!newest.ok()) return newest.status();
  absl::StatusOr<SqliteQuery> query = connection_->Query(kLiveVersions);
  if (!query.ok()) return query.status();
  LiveVersions live;
  live.by_seq.resize(static_cast<std::size_t>(*newest) + 1);
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return live;
    const std::int64_t seq = query->Int(0);
    if (seq < 1 || seq > *newest ||
        live.by_seq[static_cast<std::size_t>(seq)]) {
      return connection_->Damaged("a live document has no version of its own");
    }
    live.by_seq[static_cast<std::size_t>(seq)] = true;
    ++live.count;
  }
}

absl::Status SqliteReader::ScanVersions(
    std::int64_t first_revision,
    const std::function<absl::Status(const StoredDocument&)>& visit) {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  absl::StatusOr<SqliteQuery> first = connection_->Query(kFirstVersion);
  if (!first.ok()) return first.status();
  const absl::StatusOr<bool> found = first->BindInt(first_revision).Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::OkStatus();
  absl::StatusOr<SqliteQuery> query = connection_->Query(kScan);
  if (!query.ok()) return query.status();
  query->BindInt(first->Int(0));
  StoredDocument document;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    ReadScanned(*query, &document);
    const absl::Status status = visit(document);
    if (!status.ok()) return status;
  }
}

absl::StatusOr<StoreHead> SqliteReader::ReadHead() {
  return ReadSqliteHead(connection_);
}

}  // namespace partner::server
