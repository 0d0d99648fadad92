#ifndef PARTNER_SERVER_STORAGE_SQLITE_READER_H_
#define PARTNER_SERVER_STORAGE_SQLITE_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "server/storage/sqlite/connection.h"
#include "server/storage/store.h"

namespace partner::server {

// Reads through a connection it does not own. Each call sees one snapshot; a
// visitor may call the same reader.
class SqliteReader : public StoreReader {
 public:
  explicit SqliteReader(SqliteConnection* connection)
      : connection_(connection) {}

  absl::StatusOr<std::optional<StoredDocument>> Get(
      hierarchy::Kind kind, absl::string_view name,
      std::int64_t revision) override;
  absl::Status List(
      const ListRange& range,
      const std::function<bool(const StoredDocument&)>& visit) override;
  absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) override;
  absl::StatusOr<std::optional<RequestRecord>> FindRequest(
      absl::string_view key) override;
  absl::StatusOr<std::optional<RevisionRecord>> GetRevision(
      std::int64_t revision) override;
  absl::StatusOr<std::int64_t> RevisionAt(absl::Time time) override;
  absl::Status ScanLive(
      const std::function<absl::Status(const StoredDocument&)>& visit) override;
  absl::Status ScanVersions(
      std::int64_t first_revision,
      const std::function<absl::Status(const StoredDocument&)>& visit) override;
  absl::StatusOr<StoreHead> ReadHead() override;

 private:
  // Which versions are live, by sequence, and how many.
  struct LiveVersions {
    std::vector<bool> by_seq;
    std::int64_t count = 0;
  };

  // Walks back from version `seq` of `document`, which carries kind and name,
  // and fills in the version current at `revision`; without one it comes back
  // with revision 0.
  absl::StatusOr<StoredDocument> WalkBack(StoredDocument document,
                                          std::int64_t seq,
                                          std::int64_t revision);
  absl::StatusOr<LiveVersions> FindLiveVersions();

  SqliteConnection* const connection_;
};

// A reader with a connection of its own.
class SqliteOwnReader : public SqliteReader {
 public:
  SqliteOwnReader() : SqliteReader(&connection_) {}
  absl::Status Open(const SqliteConnection::Options& options) {
    return connection_.Open(options);
  }

 private:
  SqliteConnection connection_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_SQLITE_READER_H_
