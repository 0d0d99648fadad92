#include "server/storage/sqlite/writer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/schema.h"

namespace partner::server {
namespace {

constexpr char kNewestVersion[] = "SELECT max(seq) FROM versions";
constexpr char kInsertRevision[] =
    "INSERT INTO revisions VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kInsertVersion[] =
    "INSERT INTO versions VALUES(?, ?, ?, ?, ?, ?, ?)";
constexpr char kFindLive[] =
    "SELECT seq, revision FROM live WHERE kind = ? AND name = ?";
constexpr char kInsertLive[] =
    "INSERT INTO live VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char kUpdateLive[] =
    "UPDATE live SET seq = ?, revision = ? WHERE kind = ? AND name = ?";
constexpr char kPutUnique[] = "INSERT OR REPLACE INTO uniques VALUES(?, ?)";
constexpr char kUpdateHead[] =
    "UPDATE head SET revision = ?, state_hash = ?, documents = ?, at = ?";

}  // namespace

absl::StatusOr<StoreHead> SqliteWriter::Write(
    std::int64_t expected_revision, std::int64_t epoch,
    const std::vector<NewRevision>& batch) {
  absl::StatusOr<StoreHead> head = ReadSqliteHead(connection_);
  if (!head.ok()) return head.status();
  head_ = *std::move(head);
  if (head_.epoch != epoch) {
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", connection_->path(), ": taken over, its epoch is ",
        head_.epoch, ", not ", epoch));
  }
  if (head_.revision != expected_revision) {
    return absl::FailedPreconditionError(
        absl::StrCat("store ", connection_->path(), ": its head is revision ",
                     head_.revision, ", not ", expected_revision));
  }
  const absl::StatusOr<std::int64_t> newest =
      connection_->QueryInt(kNewestVersion);
  if (!newest.ok()) return newest.status();
  next_seq_ = *newest + 1;
  for (const NewRevision& revision : batch) {
    const absl::Status status = WriteRevision(revision);
    if (!status.ok()) return status;
  }
  absl::Status status = requests_->Save();
  if (status.ok()) status = WriteHead();
  if (!status.ok()) return status;
  return head_;
}

absl::Status SqliteWriter::WriteRevision(const NewRevision& revision) {
  const RevisionRecord& record = revision.record;
  // Times that go back would break RevisionAt.
  if (record.revision != head_.revision + 1 || record.at < head_.at) {
    return absl::InvalidArgumentError(
        absl::StrCat("revision ", record.revision, " at ",
                     absl::FormatTime(record.at, absl::UTCTimeZone()),
                     " does not continue revision ", head_.revision, " at ",
                     absl::FormatTime(head_.at, absl::UTCTimeZone())));
  }
  const std::string hash = ToStoredHash(record.state_hash);
  absl::StatusOr<SqliteQuery> insert = connection_->Query(kInsertRevision);
  if (!insert.ok()) return insert.status();
  absl::Status status = insert->BindInt(record.revision)
                            .BindInt(ToStoredTime(record.at))
                            .BindInt(ToStoredTime(record.effective_time))
                            .BindText(record.principal)
                            .BindText(record.acting_party)
                            .BindText(record.request_id)
                            .BindText(record.method)
                            .BindText(record.note)
                            .BindBlob(hash)
                            .BindInt(next_seq_)
                            .Run();
  if (!status.ok()) return status;
  for (const DocumentWrite& document : revision.documents) {
    status = WriteDocument(document, record.revision);
    if (!status.ok()) return status;
  }
  if (revision.request.has_value()) {
    status = requests_->Insert(*revision.request);
    if (!status.ok()) return status;
  }
  head_.revision = record.revision;
  head_.at = record.at;
  head_.state_hash = record.state_hash;
  return absl::OkStatus();
}

absl::Status SqliteWriter::WriteDocument(const DocumentWrite& document,
                                         std::int64_t revision) {
  const int kind = static_cast<int>(document.kind);
  // Most documents are new: tried first, they cost one search of the index.
  absl::StatusOr<SqliteQuery> insert = connection_->Query(kInsertLive);
  if (!insert.ok()) return insert.status();
  absl::Status status = insert->BindInt(kind)
                            .BindText(document.name)
                            .BindInt(next_seq_)
                            .BindInt(revision)
                            .Run();
  if (!status.ok()) return status;
  std::int64_t prev_seq = 0;
  if (connection_->changes() > 0) {
    ++head_.documents;
  } else {
    const absl::StatusOr<std::int64_t> replaced =
        ReplaceLive(document, revision);
    if (!replaced.ok()) return replaced.status();
    prev_seq = *replaced;
  }
  status = WriteVersion(document, revision, prev_seq);
  if (!status.ok()) return status;
  ++next_seq_;
  for (const std::string& key : document.unique_keys) {
    absl::StatusOr<SqliteQuery> unique = connection_->Query(kPutUnique);
    if (!unique.ok()) return unique.status();
    status = unique->BindText(key).BindText(document.name).Run();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> SqliteWriter::ReplaceLive(
    const DocumentWrite& document, std::int64_t revision) {
  const int kind = static_cast<int>(document.kind);
  absl::StatusOr<SqliteQuery> find = connection_->Query(kFindLive);
  if (!find.ok()) return find.status();
  const absl::StatusOr<bool> row =
      find->BindInt(kind).BindText(document.name).Step();
  if (!row.ok()) return row.status();
  if (!*row) return connection_->Damaged("the index of live documents");
  const std::int64_t prev_seq = find->Int(0);
  if (find->Int(1) >= revision) {
    return absl::InvalidArgumentError(absl::StrCat(
        "revision ", revision, " writes ", document.name, " twice"));
  }
  absl::StatusOr<SqliteQuery> update = connection_->Query(kUpdateLive);
  if (!update.ok()) return update.status();
  const absl::Status status = update->BindInt(next_seq_)
                                  .BindInt(revision)
                                  .BindInt(kind)
                                  .BindText(document.name)
                                  .Run();
  if (!status.ok()) return status;
  return prev_seq;
}

absl::Status SqliteWriter::WriteVersion(const DocumentWrite& document,
                                        std::int64_t revision,
                                        std::int64_t prev_seq) {
  absl::StatusOr<SqliteQuery> insert = connection_->Query(kInsertVersion);
  if (!insert.ok()) return insert.status();
  insert->BindInt(next_seq_);
  if (prev_seq == 0) {
    insert->BindNull();
  } else {
    insert->BindInt(prev_seq);
  }
  return insert->BindInt(revision)
      .BindInt(static_cast<int>(document.kind))
      .BindText(document.name)
      .BindInt(kBodyVersion)
      .BindBlob(document.body)
      .Run();
}

absl::Status SqliteWriter::WriteHead() {
  const std::string hash = ToStoredHash(head_.state_hash);
  absl::StatusOr<SqliteQuery> update = connection_->Query(kUpdateHead);
  if (!update.ok()) return update.status();
  return update->BindInt(head_.revision)
      .BindBlob(hash)
      .BindInt(head_.documents)
      .BindInt(ToStoredTime(head_.at))
      .Run();
}

}  // namespace partner::server
