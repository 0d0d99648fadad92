#include "server/storage/sqlite/requests.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/schema.h"

namespace partner::server {
namespace {

constexpr char kReadPartitions[] =
    "SELECT number, requests, opened_at, newest_at FROM request_partitions "
    "ORDER BY number";
constexpr char kInsertPartition[] =
    "INSERT INTO request_partitions VALUES(?, 0, ?, ?)";
constexpr char kSavePartition[] =
    "UPDATE request_partitions SET requests = ?, newest_at = ? "
    "WHERE number = ?";
constexpr char kDeletePartition[] =
    "DELETE FROM request_partitions WHERE number = ?";

absl::Status CreateTables(SqliteConnection* connection, std::int64_t number) {
  return connection->Run(absl::StrCat(
      "CREATE TABLE ", RequestTable(number),
      "(key BLOB PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT "
      "ROWID; CREATE TABLE ",
      AnswerTable(number),
      "(revision INTEGER PRIMARY KEY, content_hash BLOB NOT NULL, at INTEGER "
      "NOT NULL, response BLOB NOT NULL) STRICT"));
}

}  // namespace

std::string RequestTable(std::int64_t number) {
  return absl::StrCat("requests_", number);
}

std::string AnswerTable(std::int64_t number) {
  return absl::StrCat("answers_", number);
}

absl::StatusOr<std::vector<RequestPartition>> ReadRequestPartitions(
    SqliteConnection* connection) {
  absl::StatusOr<SqliteQuery> query = connection->Query(kReadPartitions);
  if (!query.ok()) return query.status();
  std::vector<RequestPartition> partitions;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return partitions;
    partitions.push_back({.number = query->Int(0),
                          .requests = query->Int(1),
                          .opened_at = FromStoredTime(query->Int(2)),
                          .newest_at = FromStoredTime(query->Int(3))});
  }
}

absl::StatusOr<std::optional<RequestRecord>> FindSqliteRequest(
    SqliteConnection* connection, absl::string_view key) {
  const SqliteSnapshot snapshot(connection);
  if (!snapshot.status().ok()) return snapshot.status();
  const absl::StatusOr<std::vector<RequestPartition>> partitions =
      ReadRequestPartitions(connection);
  if (!partitions.ok()) return partitions.status();
  for (auto it = partitions->rbegin(); it != partitions->rend(); ++it) {
    // The outer join shows a request without its answer, which is damage.
    absl::StatusOr<SqliteQuery> query = connection->Query(absl::StrCat(
        "SELECT r.revision, a.content_hash, a.at, a.response FROM ",
        RequestTable(it->number), " r LEFT JOIN ", AnswerTable(it->number),
        " a ON a.revision = r.revision WHERE r.key = ?"));
    if (!query.ok()) return query.status();
    const absl::StatusOr<bool> row = query->BindBlob(key).Step();
    if (!row.ok()) return row.status();
    if (!*row) continue;
    if (query->IsNull(1)) return connection->Damaged("an answer is missing");
    return RequestRecord{.key = std::string(key),
                         .content_hash = std::string(query->Bytes(1)),
                         .revision = query->Int(0),
                         .at = FromStoredTime(query->Int(2)),
                         .response = std::string(query->Bytes(3))};
  }
  return std::nullopt;
}

absl::Status RequestWriter::Load() {
  absl::StatusOr<std::vector<RequestPartition>> partitions =
      ReadRequestPartitions(connection_);
  if (!partitions.ok()) return partitions.status();
  partitions_ = *std::move(partitions);
  if (!partitions_.empty()) UseNewest();
  return absl::OkStatus();
}

void RequestWriter::UseNewest() {
  const std::int64_t number = partitions_.back().number;
  insert_request_ =
      absl::StrCat("INSERT INTO ", RequestTable(number), " VALUES(?, ?)");
  insert_answer_ =
      absl::StrCat("INSERT INTO ", AnswerTable(number), " VALUES(?, ?, ?, ?)");
}

absl::Status RequestWriter::Insert(const RequestRecord& record) {
  if (partitions_.empty() || partitions_.back().requests >= requests_max_ ||
      record.at - partitions_.back().opened_at >= span_max_) {
    absl::Status status = Save();
    if (status.ok()) status = OpenPartition(record.at);
    if (!status.ok()) return status;
  }
  absl::StatusOr<SqliteQuery> request = connection_->Query(insert_request_);
  if (!request.ok()) return request.status();
  absl::Status status =
      request->BindBlob(record.key).BindInt(record.revision).Run();
  if (!status.ok()) return status;
  absl::StatusOr<SqliteQuery> answer = connection_->Query(insert_answer_);
  if (!answer.ok()) return answer.status();
  status = answer->BindInt(record.revision)
               .BindBlob(record.content_hash)
               .BindInt(ToStoredTime(record.at))
               .BindBlob(record.response)
               .Run();
  if (!status.ok()) return status;
  RequestPartition& newest = partitions_.back();
  ++newest.requests;
  newest.newest_at = std::max(newest.newest_at, record.at);
  return absl::OkStatus();
}

absl::Status RequestWriter::Save() {
  if (partitions_.empty()) return absl::OkStatus();
  absl::StatusOr<SqliteQuery> save = connection_->Query(kSavePartition);
  if (!save.ok()) return save.status();
  const RequestPartition& newest = partitions_.back();
  return save->BindInt(newest.requests)
      .BindInt(ToStoredTime(newest.newest_at))
      .BindInt(newest.number)
      .Run();
}

absl::Status RequestWriter::Trim(absl::Time keep_after, std::int64_t keep_max) {
  std::int64_t total = 0;
  for (const RequestPartition& partition : partitions_) {
    total += partition.requests;
  }
  auto kept = partitions_.begin();
  for (; kept != partitions_.end(); ++kept) {
    total -= kept->requests;
    if (kept->newest_at >= keep_after && total < keep_max) break;
    absl::StatusOr<SqliteQuery> remove = connection_->Query(kDeletePartition);
    if (!remove.ok()) return remove.status();
    absl::Status status = remove->BindInt(kept->number).Run();
    if (!status.ok()) return status;
    status = connection_->Run(
        absl::StrCat("DROP TABLE ", RequestTable(kept->number), "; DROP TABLE ",
                     AnswerTable(kept->number)));
    if (!status.ok()) return status;
  }
  partitions_.erase(partitions_.begin(), kept);
  return absl::OkStatus();
}

absl::Status RequestWriter::OpenPartition(absl::Time at) {
  const std::int64_t number =
      partitions_.empty() ? 1 : partitions_.back().number + 1;
  absl::Status status = CreateTables(connection_, number);
  if (!status.ok()) return status;
  absl::StatusOr<SqliteQuery> insert = connection_->Query(kInsertPartition);
  if (!insert.ok()) return insert.status();
  status = insert->BindInt(number)
               .BindInt(ToStoredTime(at))
               .BindInt(ToStoredTime(at))
               .Run();
  if (!status.ok()) return status;
  partitions_.push_back({.number = number, .opened_at = at, .newest_at = at});
  UseNewest();
  return absl::OkStatus();
}

}  // namespace partner::server
