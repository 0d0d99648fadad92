#include "server/storage/sqlite/connection.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

// Statements kept at most: those naming tables dropped long ago must go.
constexpr std::size_t kStatementsMax = 128;

}  // namespace

SqliteQuery::SqliteQuery(SqliteQuery&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      bind_error_(other.bind_error_) {}

SqliteQuery::~SqliteQuery() {
  // Both repeat the error of the last step, which was reported there.
  if (statement_ == nullptr) {
    sqlite3_finalize(handle_);
    return;
  }
  sqlite3_reset(handle_);
  statement_->in_use = false;
}

SqliteQuery& SqliteQuery::BindInt(std::int64_t value) {
  bind_error_ |= sqlite3_bind_int64(handle_, ++bound_, value);
  return *this;
}

SqliteQuery& SqliteQuery::BindText(absl::string_view value) {
  bind_error_ |= sqlite3_bind_text64(handle_, ++bound_, value.data(),
                                     value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteQuery& SqliteQuery::BindBlob(absl::string_view value) {
  bind_error_ |= sqlite3_bind_blob64(handle_, ++bound_, value.data(),
                                     value.size(), SQLITE_STATIC);
  return *this;
}

SqliteQuery& SqliteQuery::BindNull() {
  bind_error_ |= sqlite3_bind_null(handle_, ++bound_);
  return *this;
}

absl::StatusOr<bool> SqliteQuery::Step() {
  if (bind_error_ != SQLITE_OK) {
    return absl::InvalidArgumentError(
        absl::StrCat("store ", connection_->path(), ": a value is too large"));
  }
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->Error(code);
}

absl::Status SqliteQuery::Run() {
  while (true) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
}

bool SqliteQuery::IsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t SqliteQuery::Int(int column) const {
  return sqlite3_column_int64(handle_, column);
}

absl::string_view SqliteQuery::Bytes(int column) const {
  // The pointer first: asking for it may convert and so change the length.
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return absl::string_view(static_cast<const char*>(data),
                           static_cast<std::size_t>(size));
}

absl::Status SqliteConnection::Open(const Options& options) {
  Close();
  path_ = options.path;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (options.access) {
    case Access::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case Access::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Access::kCreate:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
  }
  const int code =
      sqlite3_open_v2(path_.c_str(), &database_, flags,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    absl::Status status = Error(code);
    Close();
    return status;
  }
  // SQLite opens a write-protected file for reading without saying so.
  if (options.access != Access::kReadOnly &&
      sqlite3_db_readonly(database_, "main") == 1) {
    Close();
    return absl::FailedPreconditionError(
        absl::StrCat("store ", path_, ": the file is read-only"));
  }
  sqlite3_busy_timeout(
      database_,
      static_cast<int>(absl::ToInt64Milliseconds(options.busy_timeout)));
  return Run(absl::StrCat("PRAGMA cache_size=-", options.cache_bytes / 1024,
                          "; PRAGMA temp_store=MEMORY;"
                          "PRAGMA trusted_schema=OFF;"));
}

void SqliteConnection::Close() {
  DropStatements();
  sqlite3_close(database_);
  database_ = nullptr;
}

absl::StatusOr<SqliteQuery> SqliteConnection::Query(absl::string_view sql) {
  if (database_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("store ", path_, ": it is not open"));
  }
  const auto found = statements_.find(sql);
  const bool known = found != statements_.end();
  if (known && !found->second->in_use) {
    return SqliteQuery(this, found->second.get());
  }
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return Error(code);
  // A visitor of its rows asks the same again.
  if (known) return SqliteQuery(this, handle);
  if (statements_.size() >= kStatementsMax) DropStatements();
  const auto added = statements_.emplace(
      std::string(sql),
      std::make_unique<SqliteStatement>(SqliteStatement{.handle = handle}));
  return SqliteQuery(this, added.first->second.get());
}

void SqliteConnection::DropStatements() {
  for (auto it = statements_.begin(); it != statements_.end();) {
    const auto current = it++;
    if (current->second->in_use) continue;
    sqlite3_finalize(current->second->handle);
    statements_.erase(current);
  }
}

absl::Status SqliteConnection::Run(absl::string_view sql) {
  if (database_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("store ", path_, ": it is not open"));
  }
  const int code = sqlite3_exec(database_, std::string(sql).c_str(), nullptr,
                                nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<std::int64_t> SqliteConnection::QueryInt(absl::string_view sql) {
  absl::StatusOr<SqliteQuery> query = Query(sql);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("no row");
  return query->Int(0);
}

bool SqliteConnection::in_transaction() const {
  return database_ != nullptr && sqlite3_get_autocommit(database_) == 0;
}

absl::Status SqliteConnection::Error(int code) const {
  const auto line = [&](absl::string_view what) {
    // The driver's own text belongs to the last call on this connection.
    const char* detail =
        database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_);
    return absl::StrCat("store ", path_, ": ", what, " (", detail, ", code ",
                        code, ")");
  };
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(line("the file is damaged"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(line("the disk is full"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(line("another program holds a lock"));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return absl::UnavailableError(line("cannot be read or written"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return absl::FailedPreconditionError(line("the file is read-only"));
    case SQLITE_TOOBIG:
      return absl::InvalidArgumentError(line("a value is too large"));
    default:
      return absl::InternalError(line("unexpected error"));
  }
}

absl::Status SqliteConnection::Damaged(absl::string_view what) const {
  return absl::DataLossError(
      absl::StrCat("store ", path_, ": the file is damaged (", what, ")"));
}

SqliteSnapshot::SqliteSnapshot(SqliteConnection* connection)
    : connection_(connection) {
  if (connection_->in_transaction()) return;
  absl::StatusOr<SqliteQuery> begin = connection_->Query("BEGIN");
  status_ = begin.ok() ? begin->Run() : begin.status();
  begun_ = status_.ok();
}

SqliteSnapshot::~SqliteSnapshot() {
  // An error may have ended the transaction already. Nothing was written, so
  // ending it cannot lose anything.
  if (!begun_ || !connection_->in_transaction()) return;
  absl::StatusOr<SqliteQuery> commit = connection_->Query("COMMIT");
  if (!commit.ok() || !commit->Run().ok()) {
    connection_->Run("ROLLBACK").IgnoreError();
  }
}

}  // namespace partner::server
