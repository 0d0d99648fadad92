#ifndef PARTNER_SERVER_STORAGE_SQLITE_INTEGRITY_H_
#define PARTNER_SERVER_STORAGE_SQLITE_INTEGRITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/storage/sqlite/connection.h"

namespace partner::server {

// Most problems reported.
inline constexpr std::size_t kIntegrityProblemsMax = 100;

// Reads the whole file: SQLite's own structures, then what the tables must say
// about each other. One line for each problem; empty when sound.
absl::StatusOr<std::vector<std::string>> CheckSqliteIntegrity(
    SqliteConnection* connection);

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_INTEGRITY_H_
