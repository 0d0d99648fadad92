// The SQLite engine: the suite, and which files it refuses to open and how.

#include "server/storage/sqlite/sqlite_store.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/storage/sqlite_engine.h"

namespace partner::server {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite, testing::Values(&MakeSqlite));

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SqliteFile : public testing::Test {
 protected:
  SqliteFile() {
    options_.path = directory_.File("global.db");
    options_.create = true;
  }

  // Makes a store with some revisions, and closes it.
  void MakeStore(std::int64_t revisions = 20) {
    auto store = OpenSqliteStore(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<NewRevision> batch;
    for (std::int64_t number = 1; number <= revisions; ++number) {
      batch.push_back(
          WithRequest(Revision(number, {Partner(absl::StrCat("p", number % 7),
                                                std::string(1000, 'x'))}),
                      absl::StrCat("key", number)));
    }
    const AppendResult result = (*store)->Append(0, 1, batch);
    ASSERT_EQ(result.outcome, AppendOutcome::kCommitted) << result.status;
  }

  // Changes the file behind the store's back.
  void Execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(options_.path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  // What opening says; also that it is one line naming the file.
  absl::Status OpenStatus() {
    const absl::Status status = OpenSqliteStore(options_).status();
    if (!status.ok()) {
      EXPECT_THAT(std::string(status.message()), HasSubstr(options_.path));
      EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
    }
    return status;
  }

  const TestDirectory directory_;
  SqliteOptions options_;
};

TEST_F(SqliteFile, MissingIsNotMadeUnlessAsked) {
  options_.create = false;
  EXPECT_TRUE(absl::IsNotFound(OpenStatus()));
  EXPECT_FALSE(std::filesystem::exists(options_.path));
  options_.create = true;
  EXPECT_TRUE(OpenStatus().ok());
  options_.create = false;
  EXPECT_TRUE(OpenStatus().ok());
}

TEST_F(SqliteFile, MissingDirectoryIsAnError) {
  options_.path = directory_.File("nowhere/global.db");
  EXPECT_TRUE(absl::IsUnavailable(OpenStatus()));
}

TEST_F(SqliteFile, DirectoryIsRefused) {
  std::filesystem::create_directory(options_.path);
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenStatus()));
}

TEST_F(SqliteFile, NewerFormatIsRefusedWithItsNumber) {
  MakeStore();
  Execute("UPDATE head SET format_version = 7");
  const absl::Status status = OpenStatus();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("written by a newer version (format 7"));
}

TEST_F(SqliteFile, NewerFormatWithOtherTablesIsRefusedTheSame) {
  MakeStore();
  Execute(
      "UPDATE head SET format_version = 2; DROP TABLE versions;"
      "ALTER TABLE head RENAME COLUMN epoch TO term");
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenStatus()));
}

TEST_F(SqliteFile, GarbageIsRefused) {
  std::ofstream(options_.path) << std::string(100'000, 'g');
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
}

TEST_F(SqliteFile, EmptyFileIsRefused) {
  std::ofstream(options_.path).flush();
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
}

TEST_F(SqliteFile, TruncatedFileIsRefused) {
  MakeStore();
  const auto size = std::filesystem::file_size(options_.path);
  for (const auto left :
       {std::uintmax_t{50}, std::uintmax_t{4096}, size / 2, size - 4096}) {
    SCOPED_TRACE(left);
    std::filesystem::resize_file(options_.path, left);
    EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
    std::filesystem::remove(options_.path);
    MakeStore();
  }
}

TEST_F(SqliteFile, AnotherProgramsDatabaseIsRefused) {
  Execute("CREATE TABLE head(format_version); INSERT INTO head VALUES(1)");
  const absl::Status status = OpenStatus();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("not a partner store"));
}

TEST_F(SqliteFile, StoreWithoutHeadIsRefused) {
  MakeStore();
  Execute("DELETE FROM head");
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
  Execute("DROP TABLE head");
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
}

TEST_F(SqliteFile, LogWithoutItsFileIsRefused) {
  std::ofstream(absl::StrCat(options_.path, "-wal")) << "x";
  EXPECT_TRUE(absl::IsDataLoss(OpenStatus()));
}

TEST_F(SqliteFile, HalfMadeFileOfAnEarlierAttemptIsNoHindrance) {
  std::ofstream(absl::StrCat(options_.path, ".new")) << "half";
  EXPECT_TRUE(OpenStatus().ok());
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat(options_.path, ".new")));
}

TEST_F(SqliteFile, DamagedPageIsReportedNotInvented) {
  MakeStore(200);
  const auto size = std::filesystem::file_size(options_.path);
  {
    std::fstream file(options_.path,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(static_cast<std::size_t>(size) - 4096, '\x55');
  }
  auto store = OpenSqliteStore(options_);
  absl::Status status = store.status();
  if (store.ok()) {
    status = (*store)->writer_reader()->ScanLive(
        [](const StoredDocument&) { return absl::OkStatus(); });
  }
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

// SQLite tells of several in one text, below a heading.
TEST_F(SqliteFile, EachDamagedPageIsALineOfItsOwn) {
  MakeStore(200);
  {
    std::fstream file(options_.path,
                      std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 40; page < 44; ++page) {
      file.seekp(page * 4096);
      file << std::string(4096, '\x55');
    }
  }
  const auto store = OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto problems = (*store)->CheckIntegrity();
  ASSERT_TRUE(problems.ok()) << problems.status();
  EXPECT_GE(problems->size(), 4u);
  for (const std::string& problem : *problems) {
    EXPECT_THAT(problem, Not(HasSubstr("\n")));
    EXPECT_THAT(problem, Not(HasSubstr("***")));
  }
}

// MakeStore writes versions 1..20 of p0..p6 in turn: version 15 is the third of
// p1, after 8 and 1.
TEST_F(SqliteFile, BrokenLinksAreDataLossWhenRead) {
  const char* const kTampering[] = {
      "UPDATE versions SET prev_seq = 9 WHERE seq = 15",
      "UPDATE versions SET prev_seq = 99 WHERE seq = 15",
      "UPDATE versions SET prev_seq = 15 WHERE seq = 15",
      "DELETE FROM versions WHERE seq = 8",
      "DELETE FROM versions WHERE seq = 15"};
  for (const char* const sql : kTampering) {
    SCOPED_TRACE(sql);
    MakeStore();
    Execute(sql);
    auto store = OpenSqliteStore(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    StoreReader* const reader = (*store)->writer_reader();
    EXPECT_TRUE(absl::IsDataLoss(
        reader->Get(hierarchy::Kind::kPartner, "programs/global/partners/p1", 8)
            .status()));
    ListRange range;
    range.kind = hierarchy::Kind::kPartner;
    range.revision = 8;
    EXPECT_TRUE(absl::IsDataLoss(
        reader->List(range, [](const StoredDocument&) { return true; })));
    store->reset();
    std::filesystem::remove(options_.path);
  }
}

TEST_F(SqliteFile, WhatTheIndexesMissIsDataLossWhenRead) {
  MakeStore();
  Execute(
      "DELETE FROM versions WHERE seq = 16; DELETE FROM revisions WHERE "
      "revision = 10; DELETE FROM answers_1 WHERE revision = 10");
  auto store = OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  StoreReader* const reader = (*store)->writer_reader();
  const auto go_on = [](const StoredDocument&) { return absl::OkStatus(); };
  EXPECT_TRUE(absl::IsDataLoss(reader->ScanLive(go_on)));
  EXPECT_TRUE(
      absl::IsDataLoss(reader->RevisionAt(Day() + absl::Seconds(9)).status()));
  EXPECT_TRUE(absl::IsDataLoss(reader->FindRequest("key10").status()));
  // The newest of all.
  Execute("DELETE FROM versions WHERE seq = 20");
  EXPECT_TRUE(absl::IsDataLoss(reader->ScanLive(go_on)));
}

TEST_F(SqliteFile, TwoWritersCannotBothAppendTheSameRevision) {
  auto first = OpenSqliteStore(options_);
  auto second = OpenSqliteStore(options_);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first)->Append(0, 1, {Revision(1)}).outcome,
            AppendOutcome::kCommitted);
  const AppendResult result = (*second)->Append(0, 1, {Revision(1)});
  EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
  EXPECT_TRUE(absl::IsFailedPrecondition(result.status));
}

TEST_F(SqliteFile, EpochRaisedBySomeoneElseFencesTheWriter) {
  auto store = OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok());
  Execute("UPDATE head SET epoch = 2");
  const AppendResult result = (*store)->Append(0, 1, {Revision(1)});
  EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
  EXPECT_TRUE(absl::IsFailedPrecondition(result.status));
  EXPECT_EQ((*store)->Append(0, 2, {Revision(1)}).outcome,
            AppendOutcome::kCommitted);
}

// A connection of somebody else, within a transaction until it goes.
class Stranger {
 public:
  Stranger(const std::string& path, const char* sql) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr),
              SQLITE_OK);
  }
  ~Stranger() { sqlite3_close(database_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(SqliteFile, LockOfAStrangerRefusesTheAppendForCertain) {
  auto store = OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok());
  {
    const Stranger stranger(options_.path, "BEGIN IMMEDIATE");
    const AppendResult result = (*store)->Append(0, 1, {Revision(1)});
    EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
    EXPECT_TRUE(absl::IsUnavailable(result.status)) << result.status;
    EXPECT_FALSE((*store)->TrimRequests(absl::InfinitePast(), 1).ok());
  }
  EXPECT_EQ((*store)->Append(0, 1, {Revision(1)}).outcome,
            AppendOutcome::kCommitted);
}

TEST_F(SqliteFile, SettleWaitsForReadersOfTheOldLog) {
  auto store = OpenSqliteStore(options_);
  ASSERT_TRUE(store.ok());
  ASSERT_EQ((*store)->Append(0, 1, {Revision(1)}).outcome,
            AppendOutcome::kCommitted);
  {
    const Stranger stranger(options_.path, "BEGIN; SELECT * FROM head");
    ASSERT_EQ((*store)->Append(1, 1, {Revision(2)}).outcome,
              AppendOutcome::kCommitted);
    EXPECT_TRUE(absl::IsUnavailable((*store)->Settle()));
    EXPECT_EQ((*store)->Append(2, 1, {Revision(3)}).outcome,
              AppendOutcome::kUnknown);
  }
  EXPECT_TRUE((*store)->Settle().ok());
  EXPECT_EQ((*store)->Append(2, 1, {Revision(3)}).outcome,
            AppendOutcome::kCommitted);
}

TEST_F(SqliteFile, WriteProtectedFileIsRefused) {
  MakeStore();
  ASSERT_EQ(chmod(options_.path.c_str(), 0444), 0);
  const pid_t child = fork();
  if (child == 0) {
    // The administrator may write everywhere.
    if (geteuid() == 0 && seteuid(65534) != 0) _exit(2);
    const absl::Status status = OpenSqliteStore(options_).status();
    _exit(absl::IsFailedPrecondition(status) &&
                  absl::StrContains(status.message(), "read-only")
              ? 0
              : 1);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0) << state;
}

// Each tampering must be found, and nothing must be found without one.
class SqliteIntegrity : public SqliteFile,
                        public testing::WithParamInterface<const char*> {};

TEST_F(SqliteFile, SoundStoreHasNoProblems) {
  MakeStore();
  EXPECT_THAT(OpenSqliteStore(options_).value()->CheckIntegrity().value(),
              IsEmpty());
}

TEST_F(SqliteFile, HeadMustBeTheNewestRevision) {
  MakeStore();
  Execute("UPDATE head SET revision = 19");
  EXPECT_TRUE(absl::IsDataLoss(OpenSqliteStore(options_).status()));
  Execute("UPDATE head SET revision = 20");
  EXPECT_TRUE(OpenSqliteStore(options_).ok());
  Execute("DELETE FROM revisions WHERE revision = 20");
  EXPECT_TRUE(absl::IsDataLoss(OpenSqliteStore(options_).status()));
}

TEST_P(SqliteIntegrity, TamperingIsFound) {
  MakeStore();
  Execute(GetParam());
  const auto store = OpenSqliteStore(options_);
  if (!store.ok()) {
    // Found at the start already.
    EXPECT_TRUE(absl::IsDataLoss(store.status())) << store.status();
    return;
  }
  const auto problems = (*store)->CheckIntegrity().value();
  EXPECT_THAT(problems, Not(IsEmpty()));
  for (const std::string& problem : problems) {
    EXPECT_THAT(problem, Not(HasSubstr("\n")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sqlite, SqliteIntegrity,
    testing::Values(
        "DELETE FROM revisions WHERE revision = 5",
        "DELETE FROM revisions WHERE revision = 20",
        "UPDATE revisions SET first_seq = 1 WHERE revision = 5",
        "UPDATE revisions SET at = 0 WHERE revision = 5",
        "UPDATE revisions SET state_hash = x'00'",
        "UPDATE revisions SET state_hash = randomblob(16) "
        "WHERE revision = 20",
        "UPDATE head SET revision = 19", "UPDATE head SET documents = 8",
        "UPDATE head SET at = at + 1", "DELETE FROM versions WHERE seq = 5",
        "DELETE FROM versions WHERE seq = 20",
        "UPDATE versions SET revision = 6 WHERE seq = 5",
        "UPDATE versions SET body_version = 9 WHERE seq = 5",
        "UPDATE versions SET prev_seq = NULL WHERE seq = 15",
        "UPDATE versions SET prev_seq = 2 WHERE seq = 15",
        "UPDATE versions SET prev_seq = 1 WHERE seq = 15",
        "UPDATE versions SET prev_seq = 15 WHERE seq = 15",
        "UPDATE versions SET name = name || 'x' WHERE seq = 5",
        "UPDATE live SET seq = seq - 7, revision = revision - 7 "
        "WHERE seq = 20",
        "UPDATE live SET revision = 1", "DELETE FROM live WHERE seq = 20",
        "UPDATE live SET seq = 99 WHERE seq = 20",
        "UPDATE live SET seq = -1 WHERE seq = 20",
        "INSERT INTO live VALUES(3, 'x', 1, 1)",
        "INSERT INTO uniques VALUES('tenant/1', 'nobody')",
        "DELETE FROM requests_1 WHERE revision = 5",
        "DELETE FROM answers_1 WHERE revision = 5",
        "UPDATE requests_1 SET revision = 21 WHERE revision = 5",
        "INSERT INTO answers_1 VALUES(21, x'', 0, x'')",
        "UPDATE request_partitions SET requests = 21"));

}  // namespace
}  // namespace partner::server
