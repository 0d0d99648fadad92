#include "server/storage/sqlite/sqlite_store.h"

#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/integrity.h"
#include "server/storage/sqlite/reader.h"
#include "server/storage/sqlite/requests.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/writer.h"

namespace partner::server {
namespace {

// Nobody but a program not of ours can hold the writer's lock, and readers let
// go of a page within moments.
constexpr absl::Duration kWriterLockWaitMax = absl::Seconds(1);
// The write-ahead log is cut back to this after it had to grow further.
constexpr std::int64_t kLogBytesMax = std::int64_t{64} << 20;

// A write that changes nothing anyone reads.
constexpr char kMarkSettled[] = "UPDATE head SET settled = settled + 1";

AppendResult NotCommitted(absl::Status why) {
  AppendResult result;
  result.outcome = AppendOutcome::kNotCommitted;
  result.status = std::move(why);
  return result;
}

class SqliteStore : public Store {
 public:
  explicit SqliteStore(const SqliteOptions& options)
      : options_(options),
        requests_(&connection_, options.partition_requests_max,
                  options.partition_span_max),
        writer_(&connection_, &requests_),
        reader_(&connection_) {}

  // Opens the file, makes durable what it holds and reads its head.
  absl::Status Open();

  const StoreHead& head() const override { return head_; }
  AppendResult Append(std::int64_t expected_head, std::int64_t epoch,
                      const std::vector<NewRevision>& batch) override;
  absl::Status Settle() override;
  absl::Status TrimRequests(absl::Time keep_after,
                            std::int64_t keep_max) override;
  StoreReader* writer_reader() override { return &reader_; }
  absl::StatusOr<std::vector<std::string>> CheckIntegrity() override {
    return CheckSqliteIntegrity(&connection_);
  }
  absl::StatusOr<std::unique_ptr<StoreReader>> OpenReader() override;

 private:
  absl::Status OpenConnection();
  absl::Status ReadState();
  // Ends a transaction that failed because of `why`.
  AppendResult RollBack(absl::Status why);
  AppendResult Unknown(absl::Status why);
  absl::Status Unsettled() const;

  const SqliteOptions options_;
  SqliteConnection connection_;
  RequestWriter requests_;
  SqliteWriter writer_;
  SqliteReader reader_;
  StoreHead head_;
  bool unknown_ = false;  // Until settled.
  // Never closed: the last connection to go takes the log's index with it, and
  // on a full disk none could make a new one, not even to read.
  std::unique_ptr<StoreReader> keeper_;
};

absl::Status SqliteStore::Open() {
  // The log may hold a commit that was never synced, because the process died
  // first. Nobody may be told of it before it is durable.
  absl::Status status = Settle();
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<StoreReader>> keeper = OpenReader();
  if (!keeper.ok()) return keeper.status();
  keeper_ = *std::move(keeper);
  // Opens are lazy; reading is what counts.
  return keeper_->ReadHead().status();
}

absl::Status SqliteStore::OpenConnection() {
  absl::Status status =
      connection_.Open({.path = options_.path,
                        .vfs = options_.vfs,
                        .access = SqliteConnection::Access::kReadWrite,
                        .cache_bytes = options_.cache_bytes,
                        .busy_timeout = kWriterLockWaitMax});
  if (!status.ok()) return status;
  status = CheckSqliteFormat(&connection_);
  if (!status.ok()) return status;
  return connection_.Run(absl::StrCat(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=",
      kLogBytesMax, "; PRAGMA wal_autocheckpoint=", options_.checkpoint_pages));
}

absl::Status SqliteStore::ReadState() {
  absl::StatusOr<StoreHead> head = ReadSqliteHead(&connection_);
  if (!head.ok()) return head.status();
  if (!head_.history_id.empty() && head->history_id != head_.history_id) {
    return connection_.Damaged("another store has taken its place");
  }
  const absl::StatusOr<std::int64_t> newest =
      connection_.QueryInt("SELECT coalesce(max(revision), 0) FROM revisions");
  if (!newest.ok()) return newest.status();
  if (*newest != head->revision) {
    return connection_.Damaged(absl::StrCat("the head says revision ",
                                            head->revision, ", the newest is ",
                                            *newest));
  }
  absl::Status status = requests_.Load();
  if (!status.ok()) return status;
  head_ = *std::move(head);
  return absl::OkStatus();
}

AppendResult SqliteStore::Append(std::int64_t expected_head, std::int64_t epoch,
                                 const std::vector<NewRevision>& batch) {
  if (unknown_) return Unknown(Unsettled());
  absl::Status status = connection_.Run("BEGIN IMMEDIATE");
  if (!status.ok()) return NotCommitted(std::move(status));
  absl::StatusOr<StoreHead> head = writer_.Write(expected_head, epoch, batch);
  if (!head.ok()) return RollBack(head.status());
  status = connection_.Run("COMMIT");
  // A commit that failed may be in the log all the same, waiting for the next
  // start.
  if (!status.ok()) return Unknown(std::move(status));
  head_ = *std::move(head);
  AppendResult result;
  result.outcome = AppendOutcome::kCommitted;
  return result;
}

AppendResult SqliteStore::RollBack(absl::Status why) {
  // Some errors roll back by themselves. Either way nothing can have been
  // committed: only COMMIT writes the mark that makes a transaction count.
  absl::Status status;
  if (connection_.in_transaction()) status = connection_.Run("ROLLBACK");
  if (status.ok()) status = requests_.Load();
  // The connection cannot be trusted any more; settling replaces it.
  if (!status.ok()) return Unknown(std::move(status));
  return NotCommitted(std::move(why));
}

AppendResult SqliteStore::Unknown(absl::Status why) {
  unknown_ = true;
  AppendResult result;
  result.outcome = AppendOutcome::kUnknown;
  result.status = std::move(why);
  return result;
}

absl::Status SqliteStore::Unsettled() const {
  return absl::UnavailableError(absl::StrCat(
      "store ", options_.path, ": an earlier commit is not settled"));
}

absl::Status SqliteStore::Settle() {
  unknown_ = true;
  absl::Status status = OpenConnection();
  if (!status.ok()) return status;
  // Copies what the log holds into the file, synced, whatever an earlier sync
  // said about it, and empties the log.
  const absl::StatusOr<std::int64_t> busy =
      connection_.QueryInt("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy.ok()) return busy.status();
  if (*busy != 0) {
    return absl::UnavailableError(
        absl::StrCat("store ", options_.path,
                     ": readers hold the log, it cannot be emptied yet"));
  }
  // Cutting the log is not synced: after a power failure the old one could
  // come back and with it a commit declared lost here. The next commit starts
  // a new log, synced, that none of the old frames fit. It also shows that
  // writing works again.
  status = connection_.Run(kMarkSettled);
  if (!status.ok()) return status;
  status = ReadState();
  if (!status.ok()) return status;
  unknown_ = false;
  return absl::OkStatus();
}

absl::Status SqliteStore::TrimRequests(absl::Time keep_after,
                                       std::int64_t keep_max) {
  if (unknown_) return Unsettled();
  absl::Status status = connection_.Run("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  status = requests_.Trim(keep_after, keep_max);
  if (status.ok()) status = connection_.Run("COMMIT");
  if (status.ok()) return status;
  // Whether a failed COMMIT counts does not matter here: what it drops may be
  // dropped, and the next append overwrites what it left in the log.
  return RollBack(std::move(status)).status;
}

absl::StatusOr<std::unique_ptr<StoreReader>> SqliteStore::OpenReader() {
  auto reader = std::make_unique<SqliteOwnReader>();
  const absl::Status status =
      reader->Open({.path = options_.path,
                    .vfs = options_.vfs,
                    .access = SqliteConnection::Access::kReadOnly,
                    .cache_bytes = options_.reader_cache_bytes});
  if (!status.ok()) return status;
  return reader;
}

// What can be said about the file before SQLite sees it.
absl::Status CheckFile(const std::string& path) {
  struct stat file;
  if (stat(path.c_str(), &file) != 0) {
    if (errno != ENOENT) {
      return absl::FailedPreconditionError(
          absl::StrCat("store ", path, ": cannot be reached"));
    }
    // SQLite would play the log into any file of that name.
    if (stat(absl::StrCat(path, "-wal").c_str(), &file) == 0) {
      return absl::DataLossError(absl::StrCat(
          "store ", path, ": the file is missing, its -wal file is there"));
    }
    return absl::NotFoundError(absl::StrCat("store ", path, ": no such file"));
  }
  if (!S_ISREG(file.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("store ", path, ": not a file"));
  }
  if (file.st_size == 0) {
    return absl::DataLossError(
        absl::StrCat("store ", path, ": the file is damaged (it is empty)"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const SqliteOptions& options) {
  absl::Status status = CheckFile(options.path);
  if (absl::IsNotFound(status) && options.create) {
    status = CreateSqliteFile(options.path, options.vfs);
  }
  if (!status.ok()) return status;
  auto store = std::make_unique<SqliteStore>(options);
  status = store->Open();
  if (!status.ok()) return status;
  return store;
}

}  // namespace partner::server
