#include "server/storage/sqlite/integrity.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/storage/sqlite/requests.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/store.h"

namespace partner::server {
namespace {

constexpr char kSqliteCheck[] = "PRAGMA integrity_check";
constexpr char kRevisions[] =
    "SELECT revision, at, first_seq, state_hash FROM revisions "
    "ORDER BY revision";
constexpr char kNewestVersion[] = "SELECT max(seq) FROM versions";
constexpr char kVersions[] =
    "SELECT v.seq, v.prev_seq, v.revision, v.kind, v.name, p.revision, p.kind, "
    "p.name, v.body_version FROM versions v LEFT JOIN versions p ON p.seq = "
    "v.prev_seq "
    "ORDER BY v.seq";
constexpr char kLive[] =
    "SELECT l.kind, l.name, l.seq, l.revision, v.kind, v.name, v.revision "
    "FROM live l LEFT JOIN versions v ON v.seq = l.seq";
constexpr char kStrayUniques[] =
    "SELECT u.key, u.name FROM uniques u WHERE NOT EXISTS (SELECT 1 FROM live "
    "l WHERE l.kind IN (SELECT DISTINCT kind FROM live) AND l.name = u.name)";

class Checker {
 public:
  explicit Checker(SqliteConnection* connection) : connection_(connection) {}

  absl::StatusOr<std::vector<std::string>> Check();

 private:
  // Calls `visit` for each row.
  template <typename Visit>
  absl::Status ForEach(absl::string_view sql, Visit visit);
  void Problem(std::string line);

  absl::Status CheckTables();
  absl::Status CheckRevisions();
  absl::Status CheckVersions();
  absl::Status CheckLive();
  absl::Status CheckUniques();
  absl::Status CheckRequests();

  SqliteConnection* const connection_;
  StoreHead head_;
  std::vector<std::string> problems_;
  // By revision since the first: its first version.
  std::int64_t first_revision_ = 1;
  std::vector<std::int64_t> first_seqs_;
  // By sequence: some version names it as the one before.
  std::vector<bool> superseded_;
};

template <typename Visit>
absl::Status Checker::ForEach(absl::string_view sql, Visit visit) {
  absl::StatusOr<SqliteQuery> query = connection_->Query(sql);
  if (!query.ok()) return query.status();
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    visit(*query);
  }
}

void Checker::Problem(std::string line) {
  if (problems_.size() < kIntegrityProblemsMax) {
    problems_.push_back(std::move(line));
  }
}

absl::StatusOr<std::vector<std::string>> Checker::Check() {
  const SqliteSnapshot snapshot(connection_);
  if (!snapshot.status().ok()) return snapshot.status();
  absl::Status status = ForEach(kSqliteCheck, [&](const SqliteQuery& row) {
    // A row may tell of several, below a heading.
    for (absl::string_view line : absl::StrSplit(row.Bytes(0), '\n')) {
      if (line == "ok" || absl::StartsWith(line, "***")) continue;
      Problem(std::string(line));
    }
  });
  if (status.ok() && problems_.empty()) status = CheckTables();
  // Damage found on the way is an answer here, not a failure to give one.
  if (absl::IsDataLoss(status)) {
    Problem(std::string(status.message()));
  } else if (!status.ok()) {
    return status;
  }
  return std::move(problems_);
}

absl::Status Checker::CheckTables() {
  absl::StatusOr<StoreHead> head = ReadSqliteHead(connection_);
  if (!head.ok()) return head.status();
  head_ = *std::move(head);
  absl::Status status = CheckRevisions();
  if (status.ok()) status = CheckVersions();
  if (status.ok()) status = CheckLive();
  if (status.ok()) status = CheckUniques();
  if (status.ok()) status = CheckRequests();
  return status;
}

absl::Status Checker::CheckRevisions() {
  first_revision_ = head_.compacted_revision + 1;
  std::int64_t expected = first_revision_;
  absl::Time at = absl::InfinitePast();
  StateHash hash;
  const absl::Status status = ForEach(kRevisions, [&](const SqliteQuery& row) {
    if (row.Int(0) != expected) {
      Problem(absl::StrCat("revision ", row.Int(0), " follows revision ",
                           expected - 1));
    }
    if (FromStoredTime(row.Int(1)) < at) {
      Problem(absl::StrCat("revision ", row.Int(0),
                           " is older than the one "
                           "before it"));
    }
    if (!first_seqs_.empty() && row.Int(2) < first_seqs_.back()) {
      Problem(absl::StrCat("revision ", row.Int(0),
                           " begins before the one before it"));
    }
    expected = row.Int(0) + 1;
    at = FromStoredTime(row.Int(1));
    first_seqs_.push_back(row.Int(2));
    if (row.Bytes(3).size() != kStoredHashBytes) {
      Problem(absl::StrCat("revision ", row.Int(0), " has no state hash"));
      return;
    }
    hash = FromStoredHash(row.Bytes(3));
  });
  if (!status.ok()) return status;
  if (head_.revision != expected - 1) {
    Problem(absl::StrCat("the head is revision ", head_.revision,
                         ", the newest is ", expected - 1));
  }
  if (!first_seqs_.empty() && (head_.at != at || head_.state_hash != hash)) {
    Problem("the head and the newest revision differ in time or state hash");
  }
  return absl::OkStatus();
}

absl::Status Checker::CheckVersions() {
  const absl::StatusOr<std::int64_t> newest =
      connection_->QueryInt(kNewestVersion);
  if (!newest.ok()) return newest.status();
  superseded_.resize(static_cast<std::size_t>(*newest) + 1);
  std::int64_t expected = 1;
  std::size_t owner = 0;  // Index of the revision that should own the row.
  return ForEach(kVersions, [&](const SqliteQuery& row) {
    const std::int64_t seq = row.Int(0);
    if (seq != expected && head_.compacted_revision == 0) {
      Problem(absl::StrCat("version ", seq, " follows version ", expected - 1));
    }
    expected = seq + 1;
    while (owner + 1 < first_seqs_.size() && first_seqs_[owner + 1] <= seq) {
      ++owner;
    }
    if (first_seqs_.empty() || seq < first_seqs_[owner] ||
        row.Int(2) != first_revision_ + static_cast<std::int64_t>(owner)) {
      Problem(absl::StrCat("version ", seq, " is not where revision ",
                           row.Int(2), " wrote"));
    }
    if (row.Int(8) != kBodyVersion) {
      Problem(absl::StrCat("version ", seq, " of ", row.Bytes(4),
                           " has the unknown form ", row.Int(8)));
    }
    if (row.IsNull(1)) return;
    const std::int64_t prev = row.Int(1);
    if (prev < 1 || prev >= seq || row.IsNull(5) || row.Int(5) >= row.Int(2) ||
        row.Int(6) != row.Int(3) || row.Bytes(7) != row.Bytes(4) ||
        superseded_[static_cast<std::size_t>(prev)]) {
      Problem(absl::StrCat("version ", seq, " of ", row.Bytes(4),
                           " does not continue version ", prev));
      return;
    }
    superseded_[static_cast<std::size_t>(prev)] = true;
  });
}

absl::Status Checker::CheckLive() {
  std::int64_t documents = 0;
  absl::Status status = ForEach(kLive, [&](const SqliteQuery& row) {
    ++documents;
    if (row.IsNull(4) || row.Int(0) != row.Int(4) ||
        row.Bytes(1) != row.Bytes(5) || row.Int(3) != row.Int(6) ||
        row.Int(2) < 1 || superseded_[static_cast<std::size_t>(row.Int(2))]) {
      Problem(absl::StrCat("the index of live documents is wrong about ",
                           row.Bytes(1)));
    }
  });
  if (!status.ok()) return status;
  // As each live row is the end of a chain of its own, equal numbers leave no
  // chain without one.
  std::int64_t newest = 0;
  for (std::size_t seq = 1; seq < superseded_.size(); ++seq) {
    if (!superseded_[seq]) ++newest;
  }
  if (documents != head_.documents || documents != newest) {
    Problem(absl::StrCat("the head counts ", head_.documents,
                         " documents, the index has ", documents,
                         ", the versions ", newest));
  }
  return absl::OkStatus();
}

absl::Status Checker::CheckUniques() {
  return ForEach(kStrayUniques, [&](const SqliteQuery& row) {
    Problem(absl::StrCat("uniqueness key ", row.Bytes(0),
                         " points to the unknown document ", row.Bytes(1)));
  });
}

absl::Status Checker::CheckRequests() {
  const absl::StatusOr<std::vector<RequestPartition>> partitions =
      ReadRequestPartitions(connection_);
  if (!partitions.ok()) return partitions.status();
  for (const RequestPartition& partition : *partitions) {
    std::int64_t requests = 0;
    const absl::Status status = ForEach(
        absl::StrCat("SELECT r.revision, a.at FROM ",
                     RequestTable(partition.number), " r LEFT JOIN ",
                     AnswerTable(partition.number),
                     " a ON a.revision = r.revision"),
        [&](const SqliteQuery& row) {
          ++requests;
          if (row.Int(0) < 1 || row.Int(0) > head_.revision || row.IsNull(1) ||
              FromStoredTime(row.Int(1)) > partition.newest_at) {
            Problem(absl::StrCat("a request id of partition ", partition.number,
                                 " names revision ", row.Int(0)));
          }
        });
    if (!status.ok()) return status;
    const absl::StatusOr<std::int64_t> answers = connection_->QueryInt(
        absl::StrCat("SELECT count(*) FROM ", AnswerTable(partition.number)));
    if (!answers.ok()) return answers.status();
    if (*answers != requests) {
      Problem(absl::StrCat("partition ", partition.number, " has ", requests,
                           " request ids and ", *answers, " answers"));
    }
    if (requests != partition.requests) {
      Problem(absl::StrCat("partition ", partition.number, " counts ",
                           partition.requests, " request ids, it has ",
                           requests));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckSqliteIntegrity(
    SqliteConnection* connection) {
  return Checker(connection).Check();
}

}  // namespace partner::server
