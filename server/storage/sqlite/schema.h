#ifndef PARTNER_SERVER_STORAGE_SQLITE_SCHEMA_H_
#define PARTNER_SERVER_STORAGE_SQLITE_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/store.h"

// The tables of a store file, their making and the head row.
//
//   head                 one row: format and the end of the line
//   versions             every version of every document, appended by `seq`;
//                        `prev_seq` is the version of the same name before it
//   live                 (kind, name) -> its newest version
//   revisions            one row for each; its versions begin at `first_seq`
//   uniques              uniqueness key -> name
//   request_partitions   one row for each pair of the next two
//   requests_<number>    request key -> revision
//   answers_<number>     revision -> answer
//
// Times are microseconds since 1970. Names are text compared as bytes.
namespace partner::server {

// Version of the tables this program reads and writes.
inline constexpr std::int64_t kSqliteFormatVersion = 1;
// Version of the stored bodies it writes.
inline constexpr std::int64_t kBodyVersion = 1;

// Makes the file `path`, which must not exist, with an empty store in it. It
// appears whole or not at all.
absl::Status CreateSqliteFile(const std::string& path, const std::string& vfs);

// OK for a store of this program's format. DATA_LOSS when the file is not a
// store, FAILED_PRECONDITION when a newer version wrote it.
absl::Status CheckSqliteFormat(SqliteConnection* connection);

absl::StatusOr<StoreHead> ReadSqliteHead(SqliteConnection* connection);

// Microseconds since 1970 and back; infinities survive.
std::int64_t ToStoredTime(absl::Time time);
absl::Time FromStoredTime(std::int64_t micros);

// Most significant byte first, and back. `bytes` must be that many.
inline constexpr std::size_t kStoredHashBytes = 16;
std::string ToStoredHash(StateHash hash);
StateHash FromStoredHash(absl::string_view bytes);

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_SCHEMA_H_
