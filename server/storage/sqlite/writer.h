#ifndef PARTNER_SERVER_STORAGE_SQLITE_WRITER_H_
#define PARTNER_SERVER_STORAGE_SQLITE_WRITER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/requests.h"
#include "server/storage/store.h"

namespace partner::server {

// The rows of an append. Everything is called within one transaction of the
// connection, which the caller begins and ends.
class SqliteWriter {
 public:
  SqliteWriter(SqliteConnection* connection, RequestWriter* requests)
      : connection_(connection), requests_(requests) {}

  // Writes `batch` after the head the file has now, which must be of
  // `expected_revision` and `epoch`: else FAILED_PRECONDITION. Returns the new
  // head. INVALID_ARGUMENT when the batch does not continue it.
  absl::StatusOr<StoreHead> Write(std::int64_t expected_revision,
                                  std::int64_t epoch,
                                  const std::vector<NewRevision>& batch);

 private:
  absl::Status WriteRevision(const NewRevision& revision);
  absl::Status WriteDocument(const DocumentWrite& document,
                             std::int64_t revision);
  // Points the index to version `next_seq_`; the version it pointed to before.
  absl::StatusOr<std::int64_t> ReplaceLive(const DocumentWrite& document,
                                           std::int64_t revision);
  absl::Status WriteVersion(const DocumentWrite& document,
                            std::int64_t revision, std::int64_t prev_seq);
  absl::Status WriteHead();

  SqliteConnection* const connection_;
  RequestWriter* const requests_;
  StoreHead head_;  // As far as written.
  std::int64_t next_seq_ = 0;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_WRITER_H_
