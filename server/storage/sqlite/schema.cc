#include "server/storage/sqlite/schema.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

// "PHst": tells a store from other SQLite files.
constexpr std::int64_t kApplicationId = 0x50487374;

constexpr char kSchema[] = R"sql(
  CREATE TABLE head(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    format_version INTEGER NOT NULL,
    min_reader_version INTEGER NOT NULL,
    history_id TEXT NOT NULL,
    secret_key BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    compacted_revision INTEGER NOT NULL,
    state_hash BLOB NOT NULL,
    documents INTEGER NOT NULL,
    at INTEGER NOT NULL,
    settled INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE versions(
    seq INTEGER PRIMARY KEY,
    prev_seq INTEGER,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    body_version INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE live(
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY(kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE revisions(
    revision INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    effective_time INTEGER NOT NULL,
    principal TEXT NOT NULL,
    acting_party TEXT NOT NULL,
    request_id TEXT NOT NULL,
    method TEXT NOT NULL,
    note TEXT NOT NULL,
    state_hash BLOB NOT NULL,
    first_seq INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE uniques(
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE request_partitions(
    number INTEGER PRIMARY KEY,
    requests INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    newest_at INTEGER NOT NULL
  ) STRICT;
)sql";

constexpr char kInsertHead[] =
    "INSERT INTO head VALUES(1, ?, ?, ?, ?, 1, 0, 0, ?, 0, 0, 0)";

constexpr char kReadHead[] =
    "SELECT epoch, revision, compacted_revision, documents, at, history_id, "
    "secret_key, state_hash FROM head";

absl::StatusOr<std::string> RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(size)) != 1) {
    return absl::UnavailableError("the machine gives no random bytes");
  }
  return bytes;
}

absl::Status FillNewFile(SqliteConnection* connection) {
  absl::StatusOr<std::string> history = RandomBytes(16);
  absl::StatusOr<std::string> secret = RandomBytes(32);
  if (!history.ok()) return history.status();
  if (!secret.ok()) return secret.status();
  absl::Status status = connection->Run(
      absl::StrCat("PRAGMA application_id=", kApplicationId,
                   "; PRAGMA synchronous=FULL; BEGIN IMMEDIATE;", kSchema));
  if (!status.ok()) return status;
  const std::string history_id = absl::BytesToHexString(*history);
  const std::string no_documents = ToStoredHash(StateHash{});
  absl::StatusOr<SqliteQuery> insert = connection->Query(kInsertHead);
  if (!insert.ok()) return insert.status();
  status = insert->BindInt(kSqliteFormatVersion)
               .BindInt(kSqliteFormatVersion)
               .BindText(history_id)
               .BindBlob(*secret)
               .BindBlob(no_documents)
               .Run();
  if (!status.ok()) return status;
  return connection->Run("COMMIT; PRAGMA journal_mode=WAL;");
}

absl::Status SystemError(const std::string& path, absl::string_view what) {
  const int error = errno;
  const std::string line =
      absl::StrCat("store ", path, ": ", what, ": ", strerror(error));
  return error == ENOSPC ? absl::ResourceExhaustedError(line)
                         : absl::UnavailableError(line);
}

// Makes the names in the directory of `path` durable.
absl::Status SyncDirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? std::string(".")
                                : slash == 0               ? std::string("/")
                                             : path.substr(0, slash);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError(path, "cannot open its directory");
  const int result = fsync(fd);
  const absl::Status status =
      result == 0 ? absl::OkStatus()
                  : SystemError(path, "cannot sync its directory");
  close(fd);
  return status;
}

}  // namespace

absl::Status CreateSqliteFile(const std::string& path, const std::string& vfs) {
  // Under another name until it is whole, so that an empty or half-made file
  // always means damage.
  const std::string unfinished = absl::StrCat(path, ".new");
  for (absl::string_view suffix : {"", "-journal", "-wal", "-shm"}) {
    unlink(absl::StrCat(unfinished, suffix).c_str());
  }
  SqliteConnection connection;
  absl::Status status =
      connection.Open({.path = unfinished,
                       .vfs = vfs,
                       .access = SqliteConnection::Access::kCreate});
  if (status.ok()) status = FillNewFile(&connection);
  connection.Close();
  if (!status.ok()) return status;
  if (rename(unfinished.c_str(), path.c_str()) != 0) {
    return SystemError(path, "cannot be made");
  }
  return SyncDirectoryOf(path);
}

absl::Status CheckSqliteFormat(SqliteConnection* connection) {
  const absl::StatusOr<std::int64_t> application =
      connection->QueryInt("PRAGMA application_id");
  if (!application.ok()) return application.status();
  if (*application != kApplicationId) {
    return absl::DataLossError(absl::StrCat(
        "store ", connection->path(), ": the file is not a partner store"));
  }
  const absl::StatusOr<std::int64_t> format =
      connection->QueryInt("SELECT format_version FROM head");
  if (absl::IsNotFound(format.status()) || absl::IsInternal(format.status())) {
    return connection->Damaged("it has no head");
  }
  if (!format.ok()) return format.status();
  if (*format > kSqliteFormatVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", connection->path(), ": written by a newer version (format ",
        *format, ", this program knows ", kSqliteFormatVersion, ")"));
  }
  if (*format < 1) return connection->Damaged("its format is unknown");
  return absl::OkStatus();
}

absl::StatusOr<StoreHead> ReadSqliteHead(SqliteConnection* connection) {
  absl::StatusOr<SqliteQuery> query = connection->Query(kReadHead);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (!*row) return connection->Damaged("it has no head");
  if (query->Bytes(7).size() != kStoredHashBytes) {
    return connection->Damaged("its state hash is not one");
  }
  return StoreHead{.revision = query->Int(1),
                   .epoch = query->Int(0),
                   .history_id = std::string(query->Bytes(5)),
                   .compacted_revision = query->Int(2),
                   .state_hash = FromStoredHash(query->Bytes(7)),
                   .documents = query->Int(3),
                   .at = FromStoredTime(query->Int(4)),
                   .secret_key = std::string(query->Bytes(6))};
}

std::int64_t ToStoredTime(absl::Time time) { return absl::ToUnixMicros(time); }

absl::Time FromStoredTime(std::int64_t micros) {
  if (micros == ToStoredTime(absl::InfiniteFuture())) {
    return absl::InfiniteFuture();
  }
  if (micros == ToStoredTime(absl::InfinitePast())) {
    return absl::InfinitePast();
  }
  return absl::FromUnixMicros(micros);
}

std::string ToStoredHash(StateHash hash) {
  return absl::HexStringToBytes(ToHex(hash));
}

StateHash FromStoredHash(absl::string_view bytes) {
  StateHash hash;
  for (std::size_t i = 0; i < kStoredHashBytes; ++i) {
    std::uint64_t& half = i < kStoredHashBytes / 2 ? hash.high : hash.low;
    half = half << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return hash;
}

}  // namespace partner::server
