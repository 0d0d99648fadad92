#ifndef PARTNER_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_
#define PARTNER_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/store.h"

namespace partner::server {

struct SqliteOptions {
  std::string path;  // Of the file; one for each program.
  // Make the file when it is missing.
  bool create = false;
  // Page cache of the writer, and of each reader.
  std::int64_t cache_bytes = std::int64_t{64} << 20;
  std::int64_t reader_cache_bytes = std::int64_t{2} << 20;
  // Pages of 4 KiB the write-ahead log may grow by before they are copied into
  // the file, at the end of a commit.
  int checkpoint_pages = 4096;
  // Size and age of a partition of request ids.
  std::int64_t partition_requests_max = 1'000'000;
  absl::Duration partition_span_max = absl::Hours(6);
  // Name of a registered SQLite VFS; empty: SQLite's own. For tests.
  std::string vfs;
};

// A store in one SQLite file, with a write-ahead log beside it. What an earlier
// process left in the log is durable before this returns. NOT_FOUND when
// the file is missing and not to be made, FAILED_PRECONDITION when it is
// write-protected or of a newer version, DATA_LOSS when it is damaged,
// RESOURCE_EXHAUSTED when the disk is full, UNAVAILABLE when it cannot be read.
// Nothing keeps a second process from opening it: see OpenDataDirectory.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const SqliteOptions& options);

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_SQLITE_STORE_H_
