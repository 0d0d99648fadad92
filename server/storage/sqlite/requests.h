#ifndef PARTNER_SERVER_STORAGE_SQLITE_REQUESTS_H_
#define PARTNER_SERVER_STORAGE_SQLITE_REQUESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/store.h"

// Request ids are kept in a partition for each stretch of time, which is
// forgotten by dropping its two tables. Random keys cost little because they go
// into a narrow table that points to the answers, which are appended.
namespace partner::server {

// The request ids of a stretch of time.
struct RequestPartition {
  std::int64_t number = 0;  // Grows; names the tables.
  std::int64_t requests = 0;
  absl::Time opened_at;
  absl::Time newest_at;
};

// Oldest first.
absl::StatusOr<std::vector<RequestPartition>> ReadRequestPartitions(
    SqliteConnection* connection);

// Names of a partition's tables.
std::string RequestTable(std::int64_t number);
std::string AnswerTable(std::int64_t number);

// Looks in the newest partition first.
absl::StatusOr<std::optional<RequestRecord>> FindSqliteRequest(
    SqliteConnection* connection, absl::string_view key);

// The writer's side. Insert, Save and Trim are called within a transaction of
// the connection; after a rollback call Load.
class RequestWriter {
 public:
  RequestWriter(SqliteConnection* connection, std::int64_t requests_max,
                absl::Duration span_max)
      : connection_(connection),
        requests_max_(requests_max),
        span_max_(span_max) {}

  absl::Status Load();
  // Opens a new partition when the newest is full or too old.
  absl::Status Insert(const RequestRecord& record);
  // Writes the counts of the partition inserted into.
  absl::Status Save();
  // See Store::TrimRequests.
  absl::Status Trim(absl::Time keep_after, std::int64_t keep_max);

 private:
  absl::Status OpenPartition(absl::Time at);
  void UseNewest();

  SqliteConnection* const connection_;
  const std::int64_t requests_max_;
  const absl::Duration span_max_;
  std::vector<RequestPartition> partitions_;
  // For the newest partition.
  std::string insert_request_;
  std::string insert_answer_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_REQUESTS_H_
