#ifndef PARTNER_SERVER_STORAGE_SQLITE_CONNECTION_H_
#define PARTNER_SERVER_STORAGE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// SQLite's C interface with owned handles and absl::Status. Statuses are:
// DATA_LOSS for a damaged file, RESOURCE_EXHAUSTED for a full disk,
// UNAVAILABLE for everything that may pass (I/O errors, locks), INTERNAL for
// mistakes of ours. Each is one line and names the file.
namespace partner::server {

class SqliteConnection;

// A statement kept by its connection.
struct SqliteStatement {
  sqlite3_stmt* handle = nullptr;
  bool in_use = false;
};

// One use of a prepared statement. Parameters are bound in order; all of them
// must be bound and outlive the query. Not thread-safe.
class SqliteQuery {
 public:
  // Resets `statement` at the end.
  SqliteQuery(const SqliteConnection* connection, SqliteStatement* statement)
      : connection_(connection),
        handle_(statement->handle),
        statement_(statement) {
    statement->in_use = true;
  }
  // Owns `handle`.
  SqliteQuery(const SqliteConnection* connection, sqlite3_stmt* handle)
      : connection_(connection), handle_(handle) {}
  SqliteQuery(SqliteQuery&& other) noexcept;
  SqliteQuery& operator=(SqliteQuery&&) = delete;
  ~SqliteQuery();

  SqliteQuery& BindInt(std::int64_t value);
  SqliteQuery& BindText(absl::string_view value);
  SqliteQuery& BindBlob(absl::string_view value);
  SqliteQuery& BindNull();

  // To the next row; false after the last.
  absl::StatusOr<bool> Step();
  // To the end, for statements whose rows do not matter.
  absl::Status Run();

  // Columns of the current row. Bytes are valid until the next step.
  bool IsNull(int column) const;
  std::int64_t Int(int column) const;
  absl::string_view Bytes(int column) const;

 private:
  const SqliteConnection* connection_;
  sqlite3_stmt* handle_;
  SqliteStatement* statement_ = nullptr;
  int bound_ = 0;
  int bind_error_ = SQLITE_OK;
};

// A connection to one database file and its prepared statements, kept by their
// text. For one thread at a time.
class SqliteConnection {
 public:
  enum class Access { kReadOnly, kReadWrite, kCreate };
  struct Options {
    std::string path;
    // Name of a registered VFS; empty: SQLite's default.
    std::string vfs;
    Access access = Access::kReadOnly;
    std::int64_t cache_bytes = 2 << 20;
    // How long to wait for a lock of another connection.
    absl::Duration busy_timeout = absl::Seconds(5);
  };

  SqliteConnection() = default;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection() { Close(); }

  // Closes first when open. FAILED_PRECONDITION when write access was asked
  // for and the file is write-protected.
  absl::Status Open(const Options& options);
  // No query may be in use.
  void Close();

  // A statement ready to be bound. UNAVAILABLE when closed.
  absl::StatusOr<SqliteQuery> Query(absl::string_view sql);
  // Runs statements without parameters.
  absl::Status Run(absl::string_view sql);
  // The first column of the first row; NOT_FOUND when there is no row.
  absl::StatusOr<std::int64_t> QueryInt(absl::string_view sql);

  // Rows the last statement that writes wrote.
  std::int64_t changes() const { return sqlite3_changes64(database_); }
  bool in_transaction() const;
  const std::string& path() const { return path_; }

  // The status of a result code of this connection.
  absl::Status Error(int code) const;
  // DATA_LOSS: what was read makes no sense.
  absl::Status Damaged(absl::string_view what) const;

 private:
  // Finalizes the statements not in use.
  void DropStatements();

  std::string path_;
  sqlite3* database_ = nullptr;
  absl::flat_hash_map<std::string, std::unique_ptr<SqliteStatement>>
      statements_;
};

// Makes the reads of a scope see one snapshot. Inside another transaction it
// does nothing.
class SqliteSnapshot {
 public:
  explicit SqliteSnapshot(SqliteConnection* connection);
  ~SqliteSnapshot();
  SqliteSnapshot(const SqliteSnapshot&) = delete;
  SqliteSnapshot& operator=(const SqliteSnapshot&) = delete;
  const absl::Status& status() const { return status_; }

 private:
  SqliteConnection* const connection_;
  bool begun_ = false;
  absl::Status status_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_CONNECTION_H_
