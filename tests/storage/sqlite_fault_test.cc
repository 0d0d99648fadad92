// What the SQLite engine does when writes and syncs fail: it never answers
// "committed" for what is not, nor "not committed" for what may be, and it
// goes on without being reopened once the disk is well again.

#include <sqlite3.h>

#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/sqlite_engine.h"

namespace partner::server {
namespace {

using hierarchy::Kind;
using testing::HasSubstr;
using testing::IsEmpty;
using Call = FaultVfs::Call;
using Times = FaultVfs::Times;

class SqliteFault : public testing::Test {
 protected:
  SqliteFault() : faults_(FaultVfs::Get()) {
    faults_.Reset();
    options_.path = directory_.File("global.db");
    options_.create = true;
    options_.vfs = FaultVfs::kName;
    Open();
  }
  ~SqliteFault() override { faults_.Reset(); }

  void Open() {
    store_.reset();
    auto store = OpenSqliteStore(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // What was not synced is lost.
  void LosePowerAndOpen() {
    faults_.Stop(0);
    store_.reset();
    faults_.LosePower();
    Open();
  }

  // What was written is there, synced or not.
  void KillAndOpen() {
    faults_.Stop(0);
    store_.reset();
    faults_.Restart();
    Open();
  }

  // The next revision: one document, of `bytes`, and a request id.
  AppendResult Append(std::size_t bytes = 300) {
    const std::int64_t number = store_->head().revision + 1;
    return store_->Append(
        number - 1, 1,
        {WithRequest(Revision(number, {Partner(absl::StrCat("p", number % 5),
                                               std::string(bytes, 'x'))}),
                     absl::StrCat("key", number))});
  }

  void AppendWell() {
    const AppendResult result = Append();
    ASSERT_EQ(result.outcome, AppendOutcome::kCommitted) << result.status;
  }

  // The store is sound and ends with `revision`, in its head and its rows.
  void ExpectEndsWith(std::int64_t revision) {
    EXPECT_EQ(store_->head().revision, revision);
    StoreReader* const reader = store_->writer_reader();
    EXPECT_EQ(reader->ReadHead()->revision, revision);
    EXPECT_EQ(reader->GetRevision(revision).value().has_value(), revision > 0);
    EXPECT_FALSE(reader->GetRevision(revision + 1).value().has_value());
    EXPECT_EQ(
        reader->FindRequest(absl::StrCat("key", revision)).value().has_value(),
        revision > 0);
    EXPECT_FALSE(reader->FindRequest(absl::StrCat("key", revision + 1))
                     .value()
                     .has_value());
    EXPECT_THAT(store_->CheckIntegrity().value(), IsEmpty());
  }

  FaultVfs& faults_;
  const TestDirectory directory_;
  SqliteOptions options_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteFault, FailedSyncOfACommitIsUnknownUntilSettled) {
  AppendWell();
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  const AppendResult result = Append();
  EXPECT_EQ(faults_.failures(), 1);
  EXPECT_EQ(result.outcome, AppendOutcome::kUnknown);
  EXPECT_TRUE(absl::IsUnavailable(result.status)) << result.status;
  // Nothing is written before it is settled.
  EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  EXPECT_FALSE(store_->TrimRequests(absl::InfinitePast(), 1000).ok());
  EXPECT_EQ(store_->head().revision, 1);
  ASSERT_TRUE(store_->Settle().ok());
  ExpectEndsWith(store_->head().revision);
  AppendWell();
  Open();
  ExpectEndsWith(store_->head().revision);
}

// The store keeps the log's index alive, which never learnt of the commit.
TEST_F(SqliteFault, FailedCommitIsNotCommittedOnceItIsSettled) {
  AppendWell();
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kUntilHealed);
  EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(store_->Settle().ok());
    EXPECT_EQ(store_->head().revision, 1);
    EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  }
  faults_.Heal();
  const absl::Status status = store_->Settle();
  ASSERT_TRUE(status.ok()) << status;
  ExpectEndsWith(1);
  AppendWell();
  ExpectEndsWith(2);
}

// A reader keeps the log's index alive, which never learnt of the commit.
TEST_F(SqliteFault, CommitNoReaderEverSawIsNotCommitted) {
  AppendWell();
  const auto reader = store_->OpenReader();
  ASSERT_TRUE(reader.ok() && (*reader)->ReadHead().ok());
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  EXPECT_EQ((*reader)->ReadHead()->revision, 1);
  ASSERT_TRUE(store_->Settle().ok());
  ExpectEndsWith(1);
  EXPECT_EQ((*reader)->ReadHead()->revision, 1);
  AppendWell();
  EXPECT_EQ((*reader)->ReadHead()->revision, 2);
}

// As above, and then the power fails: what was declared lost stays lost, even
// though its pages may be on the disk and cutting the log was never synced.
TEST_F(SqliteFault, CommitDeclaredLostStaysLostAfterAPowerFailure) {
  AppendWell();
  auto reader = store_->OpenReader();
  ASSERT_TRUE(reader.ok() && (*reader)->ReadHead().ok());
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  ASSERT_TRUE(store_->Settle().ok());
  ASSERT_EQ(store_->head().revision, 1);
  reader->reset();
  LosePowerAndOpen();
  ExpectEndsWith(1);
}

TEST_F(SqliteFault, AcknowledgedCommitSurvivesAPowerFailure) {
  for (std::int64_t revision = 1; revision <= 5; ++revision) {
    AppendWell();
    LosePowerAndOpen();
    ExpectEndsWith(revision);
  }
}

// Killed at every write and sync of a commit in turn: whatever the next start
// finds, it is durable before anyone is told of it.
TEST_F(SqliteFault, CommitFoundAtTheStartSurvivesAPowerFailure) {
  int found = 0;
  for (int calls = 0;; ++calls) {
    SCOPED_TRACE(calls);
    ASSERT_LT(calls, 200);
    const std::int64_t before = store_->head().revision;
    faults_.Stop(calls);
    const AppendOutcome outcome = Append().outcome;
    KillAndOpen();
    const std::int64_t after = store_->head().revision;
    EXPECT_TRUE(after == before || after == before + 1);
    if (outcome != AppendOutcome::kCommitted && after > before) ++found;
    ExpectEndsWith(after);
    LosePowerAndOpen();
    ExpectEndsWith(after);
    if (outcome == AppendOutcome::kCommitted) break;
  }
  EXPECT_GT(found, 0);
}

TEST_F(SqliteFault, FullDiskRefusesWritesServesReadsAndRecovers) {
  AppendWell();
  const auto reader = store_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  faults_.Fail(Call::kWrite, 0, SQLITE_FULL, Times::kUntilHealed);
  const AppendResult result = Append();
  EXPECT_EQ(result.outcome, AppendOutcome::kUnknown);
  EXPECT_TRUE(absl::IsResourceExhausted(result.status)) << result.status;
  EXPECT_THAT(std::string(result.status.message()),
              HasSubstr("the disk is full"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsResourceExhausted(store_->Settle()));
    EXPECT_EQ((*reader)->ReadHead()->revision, 1);
    EXPECT_EQ((*reader)
                  ->Get(Kind::kPartner, "programs/global/partners/p1", 1)
                  .value()
                  ->body.size(),
              300u);
  }
  faults_.Heal();
  const absl::Status status = store_->Settle();
  ASSERT_TRUE(status.ok()) << status;
  ExpectEndsWith(1);
  AppendWell();
  ExpectEndsWith(2);
}

// Larger than the cache, so that writing begins before the commit.
TEST_F(SqliteFault, FailureBeforeTheCommitIsNotCommittedForCertain) {
  options_.cache_bytes = 64 << 10;
  Open();
  AppendWell();
  const std::vector<std::pair<int, absl::StatusCode>> failures = {
      {SQLITE_FULL, absl::StatusCode::kResourceExhausted},
      {SQLITE_IOERR_WRITE, absl::StatusCode::kUnavailable}};
  for (const auto& [code, expected] : failures) {
    SCOPED_TRACE(code);
    faults_.Fail(Call::kWrite, 0, code, Times::kUntilHealed);
    const std::int64_t head = store_->head().revision;
    std::vector<NewRevision> batch;
    for (std::int64_t number = head + 1; number <= head + 200; ++number) {
      batch.push_back(
          WithRequest(Revision(number, {Partner(absl::StrCat("q", number),
                                                std::string(2000, 'x'))}),
                      absl::StrCat("key", number)));
    }
    const AppendResult result = store_->Append(head, 1, batch);
    EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
    EXPECT_EQ(result.status.code(), expected) << result.status;
    faults_.Heal();
    ExpectEndsWith(head);
    // Without being settled.
    EXPECT_EQ(store_->Append(head, 1, batch).outcome,
              AppendOutcome::kCommitted);
    ExpectEndsWith(head + 200);
  }
}

TEST_F(SqliteFault, AnotherStoreInItsPlaceIsNotSettled) {
  AppendWell();
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  EXPECT_EQ(Append().outcome, AppendOutcome::kUnknown);
  SqliteOptions other = options_;
  other.path = directory_.File("other.db");
  ASSERT_TRUE(OpenSqliteStore(other).ok());
  std::filesystem::rename(other.path, options_.path);
  // SQLite would play the old log into the new file.
  std::filesystem::remove(absl::StrCat(options_.path, "-wal"));
  std::filesystem::remove(absl::StrCat(options_.path, "-shm"));
  const absl::Status status = store_->Settle();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(store_->head().revision, 1);
}

TEST_F(SqliteFault, FailedTrimChangesNothingForTheNextAppend) {
  options_.partition_requests_max = 3;
  Open();
  for (int i = 0; i < 10; ++i) AppendWell();
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  EXPECT_FALSE(store_->TrimRequests(absl::InfiniteFuture(), 1000).ok());
  EXPECT_EQ(faults_.failures(), 1);
  AppendWell();
  ExpectEndsWith(11);
  EXPECT_TRUE(store_->TrimRequests(absl::InfiniteFuture(), 1000).ok());
  AppendWell();
  ExpectEndsWith(12);
}

TEST_F(SqliteFault, FailedCheckpointCostsNobodyAnything) {
  options_.checkpoint_pages = 4;
  Open();
  int unnoticed = 0;
  for (int sync = 0; sync < 24; ++sync) {
    SCOPED_TRACE(sync);
    const std::int64_t failures = faults_.failures();
    // The first syncs belong to the commit; later ones to the checkpoint.
    faults_.Fail(Call::kSync, sync % 6, SQLITE_IOERR_FSYNC, Times::kOnce);
    if (Append().outcome == AppendOutcome::kUnknown) {
      faults_.Heal();
      ASSERT_TRUE(store_->Settle().ok());
    } else if (faults_.failures() > failures) {
      ++unnoticed;
    }
    faults_.Heal();
  }
  EXPECT_GT(unnoticed, 0);
  const std::int64_t head = store_->head().revision;
  ExpectEndsWith(head);
  LosePowerAndOpen();
  ExpectEndsWith(head);
}

TEST_F(SqliteFault, FailureToReadIsUnavailableNotAbsent) {
  AppendWell();
  const auto reader = store_->OpenReader();
  ASSERT_TRUE(reader.ok());
  // Nothing is cached yet, so that the file must be read.
  faults_.Fail(Call::kRead, 0, SQLITE_IOERR_READ, Times::kUntilHealed);
  EXPECT_TRUE(absl::IsUnavailable(
      (*reader)
          ->Get(Kind::kPartner, "programs/global/partners/p1", 1)
          .status()));
  ListRange range;
  range.kind = Kind::kPartner;
  range.revision = 1;
  EXPECT_TRUE(absl::IsUnavailable(
      (*reader)->List(range, [](const StoredDocument&) { return true; })));
  EXPECT_TRUE(absl::IsUnavailable((*reader)->FindRequest("key1").status()));
  faults_.Heal();
  EXPECT_TRUE((*reader)
                  ->Get(Kind::kPartner, "programs/global/partners/p1", 1)
                  .value()
                  .has_value());
}

// Making a store is cut off at every write and sync in turn: there is no file,
// or a whole one.
TEST(SqliteCreate, IsAllOrNothing) {
  FaultVfs& faults = FaultVfs::Get();
  int refused = 0;
  for (int calls = 0;; ++calls) {
    SCOPED_TRACE(calls);
    ASSERT_LT(calls, 200);
    faults.Reset();
    const TestDirectory directory;
    SqliteOptions options;
    options.path = directory.File("global.db");
    options.create = true;
    options.vfs = FaultVfs::kName;
    faults.Stop(calls);
    const absl::Status status = OpenSqliteStore(options).status();
    const bool stopped = faults.stopped();
    if (!status.ok()) ++refused;
    faults.LosePower();
    const auto store = OpenSqliteStore(options);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->Append(0, 1, {Revision(1)}).outcome,
              AppendOutcome::kCommitted);
    EXPECT_THAT((*store)->CheckIntegrity().value(), IsEmpty());
    if (!stopped) break;
  }
  EXPECT_GT(refused, 0);
  faults.Reset();
}

// A careful caller on a bad disk, at random: what it was told holds at the end
// exactly, through failures, power cuts and restarts.
TEST_F(SqliteFault, WhatTheCallerWasToldHoldsOnABadDisk) {
  const std::uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("PARTNER_TEST_SEED=", seed));
  std::mt19937_64 random(seed);
  const auto below = [&](int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random);
  };
  options_.checkpoint_pages = 30;
  options_.partition_requests_max = 20;
  Open();
  std::int64_t acknowledged = 0;
  int unknown = 0;
  int restarts = 0;
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    std::unique_ptr<StoreReader> reader;
    if (below(3) == 0) {
      auto opened = store_->OpenReader();
      ASSERT_TRUE(opened.ok()) << opened.status();
      reader = *std::move(opened);
      ASSERT_TRUE(reader->ReadHead().ok());
    }
    const int fault = below(8);
    if (fault == 0) {
      faults_.Fail(Call::kWrite, below(12),
                   below(2) == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE,
                   below(2) == 0 ? Times::kOnce : Times::kUntilHealed);
    } else if (fault == 1) {
      faults_.Fail(Call::kSync, below(4), SQLITE_IOERR_FSYNC,
                   below(2) == 0 ? Times::kOnce : Times::kUntilHealed);
    } else if (fault == 2) {
      faults_.Stop(below(20));
    }
    std::int64_t attempted = acknowledged;
    for (int i = below(4); i >= 0; --i) {
      ++attempted;
      const AppendResult result = Append(static_cast<std::size_t>(below(3000)));
      if (result.outcome == AppendOutcome::kUnknown) {
        ++unknown;
        break;
      }
      if (result.outcome != AppendOutcome::kCommitted) {
        attempted = acknowledged;
        break;
      }
      ++acknowledged;
    }
    if (below(10) == 0) {
      store_->TrimRequests(Day() + absl::Seconds(acknowledged - 50), 1000)
          .IgnoreError();
    }
    if (faults_.stopped() || (fault == 2 && below(2) == 0)) {
      ++restarts;
      reader.reset();
      if (below(2) == 0) {
        LosePowerAndOpen();
      } else {
        KillAndOpen();
      }
    } else {
      // A disk gets well, sooner or later.
      if (below(2) == 0) store_->Settle().IgnoreError();
      faults_.Heal();
      faults_.Restart();
      const absl::Status status = store_->Settle();
      ASSERT_TRUE(status.ok()) << status;
    }
    faults_.Heal();
    ASSERT_GE(store_->head().revision, acknowledged);
    ASSERT_LE(store_->head().revision, attempted);
    acknowledged = store_->head().revision;
    // Nothing hides in the log for later.
    if (below(10) == 0) LosePowerAndOpen();
    ASSERT_EQ(store_->head().revision, acknowledged);
    ExpectEndsWith(acknowledged);
  }
  EXPECT_GT(unknown, 10);
  EXPECT_GT(restarts, 10);
  EXPECT_GT(acknowledged, 150);
}

}  // namespace
}  // namespace partner::server
