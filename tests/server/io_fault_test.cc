// Every call the store makes of the disk fails in turn: the first, the second
// and so on, until the work no longer reaches it. Whichever it was, every
// request is answered, the store opens once the disk is well, and it holds what
// was acknowledged, nothing of what was refused, and what was left open once or
// not at all.

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/ledger_fixture.h"
#include "tests/server/random_commands.h"
#include "tests/storage/fault_vfs.h"

namespace partner::server {
namespace {

using google::protobuf::util::MessageDifferencer;
using testing::IsEmpty;
using Call = FaultVfs::Call;
using Left = FaultVfs::Left;
using Times = FaultVfs::Times;

// How many calls of a kind are passed over between two that fail.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kStride = 7;
#else
constexpr int kStride = 1;
#endif
constexpr std::size_t kGroup = 8;
constexpr std::chrono::seconds kAnswerLimit{60};

// A way to fail, with a code that SQLite's own files answer.
struct Failure {
  const char* name;
  Call call;
  int code;
  Times times;
  Left left = Left::kNothing;
};

void PrintTo(const Failure& failure, std::ostream* out) {
  *out << failure.name;
}

class IoFault : public LedgerTest, public testing::WithParamInterface<Failure> {
 protected:
  // A request and every answer to it; repeats make more than one.
  struct Sent {
    RandomCommand command;
    std::vector<Outcome> outcomes;

    const Outcome* acknowledged() const {
      const auto ok = std::find_if(outcomes.begin(), outcomes.end(),
                                   [](const Outcome& o) { return o.ok(); });
      return ok == outcomes.end() ? nullptr : &*ok;
    }
    bool MayBeThere() const {
      return std::any_of(
          outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
            return outcome.ok() ||
                   outcome.reason() == v1::ERROR_REASON_COMMIT_UNKNOWN;
          });
    }
    const std::string& id() const {
      return hierarchy::OptionsOf(*command.request)->request_id();
    }
  };

  IoFault() : faults_(FaultVfs::Get()) {
    sqlite_.vfs = FaultVfs::kName;
    // So that a transaction is written before it is committed, the log is
    // copied into the file, and more is read than the start does.
    sqlite_.cache_bytes = 96 << 10;
    sqlite_.checkpoint_pages = 30;
    sqlite_.partition_requests_max = 25;
  }
  ~IoFault() override {
    Close();
    faults_.Reset();
  }

  // All of the work while the call after `skip` others fails; false when none
  // did.
  bool FailOne(int skip);
  // Opens the store, once more if need be, and sends commands in groups: whole
  // ones of `commands`, then random ones.
  void Work(std::vector<RandomCommand> commands, int random_groups);
  void SendGroup(std::vector<RandomCommand> commands);
  // Repeats what must be repeatable, expecting the same answers.
  void CheckRepeats();
  // Compares the store with what was answered.
  void CheckStore();

  FaultVfs& faults_;
  RandomCommands::Random random_;
  RandomCommands commands_;
  std::vector<Sent> book_;
  int unknown_ = 0;
  int refused_ = 0;
};

void IoFault::SendGroup(std::vector<RandomCommand> commands) {
  std::vector<std::future<Outcome>> outcomes;
  const std::size_t first = book_.size();
  {
    Hold hold(this);
    for (RandomCommand& command : commands) {
      outcomes.push_back(Start(*command.request, command.principal));
      book_.push_back({std::move(command), {}});
    }
    // One of them comes twice.
    outcomes.push_back(
        Start(*book_[first].command.request, book_[first].command.principal));
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].wait_for(kAnswerLimit), std::future_status::ready)
        << "no answer";
    Outcome outcome = outcomes[i].get();
    if (outcome.ok()) commands_.Learn(*outcome.response);
    if (outcome.reason() == v1::ERROR_REASON_COMMIT_UNKNOWN) ++unknown_;
    if (outcome.reason() == v1::ERROR_REASON_STORE_UNAVAILABLE) ++refused_;
    const std::size_t of = i + 1 < outcomes.size() ? first + i : first;
    book_[of].outcomes.push_back(std::move(outcome));
  }
}

void IoFault::Work(std::vector<RandomCommand> commands, int random_groups) {
  absl::Status status = TryOpen();
  if (!status.ok()) status = TryOpen();
  if (!status.ok()) {
    EXPECT_FALSE(absl::IsDataLoss(status) || absl::IsInternal(status))
        << status;
    return;
  }
  std::vector<RandomCommand> group;
  for (RandomCommand& command : commands) {
    group.push_back(std::move(command));
    if (group.size() < kGroup) continue;
    ASSERT_NO_FATAL_FAILURE(SendGroup(std::exchange(group, {})));
  }
  for (int i = 0; i < random_groups; ++i) {
    group.clear();
    while (group.size() < kGroup) {
      RandomCommand command = commands_.Make(random_);
      if (hierarchy::OptionsOf(*command.request)->validate_only()) continue;
      group.push_back(std::move(command));
    }
    ASSERT_NO_FATAL_FAILURE(SendGroup(std::move(group)));
  }
}

bool IoFault::FailOne(int skip) {
  faults_.Reset();
  random_.seed(1);
  commands_.Forget();
  book_.clear();
  sqlite_.path = directory_.File(absl::StrCat(skip, ".db"));
  const Failure& failure = GetParam();
  faults_.Fail(failure.call, skip, failure.code, failure.times, failure.left);
  std::vector<RandomCommand> founding = RandomCommands::Founding();
  founding.resize(3 * kGroup);
  Work(std::move(founding), 2);
  if (HasFatalFailure()) return false;
  Close();
  Work({}, 2);
  if (HasFatalFailure()) return false;
  const bool failed = faults_.failures() > 0;
  // What readers saw last stays.
  const std::int64_t visible = engine_ == nullptr ? 0 : engine_->visible();
  const std::vector<std::string> seen =
      engine_ == nullptr ? std::vector<std::string>() : Describe(visible);
  const bool settled = engine_ != nullptr && !engine_->state().commit_unknown;
  faults_.Heal();
  // Every other time the power fails as well.
  if (skip / kStride % 2 == 0) {
    faults_.Stop(0);
    Close();
    faults_.LosePower();
  }
  EXPECT_THAT(Verify(), IsEmpty());
  CheckStore();
  Open();
  if (HasFatalFailure()) return false;
  if (visible > 0) {
    EXPECT_GE(engine_->visible(), visible);
    if (settled) {
      EXPECT_EQ(engine_->visible(), visible);
      EXPECT_EQ(Describe(visible), seen);
    }
  }
  CheckRepeats();
  EXPECT_THAT(Verify(), IsEmpty());
  CheckStore();
  for (const char* suffix : {"", "-wal", "-shm", ".new"}) {
    std::filesystem::remove(absl::StrCat(sqlite_.path, suffix));
  }
  return failed;
}

void IoFault::CheckStore() {
  const std::unique_ptr<Store> store = OpenStore();
  ASSERT_NE(store, nullptr);
  std::map<std::string, std::vector<std::int64_t>> revisions;
  for (std::int64_t number = 2; number <= store->head().revision; ++number) {
    const auto record = store->writer_reader()->GetRevision(number);
    ASSERT_TRUE(record.ok() && record->has_value()) << number;
    revisions[(*record)->request_id].push_back(number);
  }
  for (const Sent& sent : book_) {
    const std::vector<std::int64_t> found = revisions[sent.id()];
    revisions.erase(sent.id());
    const std::string request = sent.command.request->ShortDebugString();
    EXPECT_LE(found.size(), 1u) << "applied twice: " << request;
    if (const Outcome* outcome = sent.acknowledged()) {
      EXPECT_THAT(found, testing::ElementsAre(outcome->revision()))
          << "acknowledged: " << request;
    } else if (!sent.MayBeThere()) {
      EXPECT_THAT(found, IsEmpty()) << "refused: " << request;
    }
  }
  EXPECT_THAT(revisions, IsEmpty()) << "of no request";
}

void IoFault::CheckRepeats() {
  for (Sent& sent : book_) {
    const Outcome* before = sent.acknowledged();
    Outcome again = Run(*sent.command.request, sent.command.principal);
    if (before == nullptr) {
      // Decided by now, and alike when asked once more.
      EXPECT_NE(again.reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
      EXPECT_NE(again.reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
      if (again.ok() && again.result().replayed()) {
        EXPECT_TRUE(sent.MayBeThere());
      }
      sent.outcomes.push_back(std::move(again));
      before = sent.acknowledged();
      if (before == nullptr) continue;
      again = Run(*sent.command.request, sent.command.principal);
    }
    ASSERT_TRUE(again.ok()) << sent.command.request->ShortDebugString();
    EXPECT_TRUE(again.result().replayed());
    const std::unique_ptr<google::protobuf::Message> first(
        before->response->New());
    first->CopyFrom(*before->response);
    hierarchy::MutableResultOf(first.get())->set_replayed(true);
    EXPECT_TRUE(MessageDifferencer::Equals(*first, *again.response))
        << again.response->ShortDebugString() << "\nis not\n"
        << first->ShortDebugString();
  }
}

TEST_P(IoFault, CostsNothingAcknowledged) {
  int calls = 0;
  for (int skip = 0;; skip += kStride) {
    SCOPED_TRACE(absl::StrCat("the call after ", skip));
    ASSERT_LT(skip, 20000);
    const bool failed = FailOne(skip);
    ASSERT_FALSE(HasFailure());
    if (!failed) break;
    ++calls;
  }
  std::printf(
      "%d calls failed, each in turn (every %d.); %d unknown, %d refused\n",
      calls, kStride, unknown_, refused_);
  EXPECT_GT(calls, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, IoFault,
    testing::Values(
        Failure{"OpenOnce", Call::kOpen, SQLITE_CANTOPEN, Times::kOnce},
        Failure{"OpenFromThen", Call::kOpen, SQLITE_CANTOPEN,
                Times::kUntilHealed},
        Failure{"ReadOnce", Call::kRead, SQLITE_IOERR_READ, Times::kOnce},
        Failure{"ReadFromThen", Call::kRead, SQLITE_IOERR_READ,
                Times::kUntilHealed},
        Failure{"WriteOnce", Call::kWrite, SQLITE_IOERR_WRITE, Times::kOnce},
        Failure{"WriteFromThen", Call::kWrite, SQLITE_IOERR_WRITE,
                Times::kUntilHealed},
        Failure{"FullOnce", Call::kWrite, SQLITE_FULL, Times::kOnce},
        Failure{"FullFromThen", Call::kWrite, SQLITE_FULL, Times::kUntilHealed},
        Failure{"ShortWriteOnce", Call::kWrite, SQLITE_FULL, Times::kOnce,
                Left::kHalf},
        Failure{"ShortWriteFromThen", Call::kWrite, SQLITE_FULL,
                Times::kUntilHealed, Left::kHalf},
        Failure{"SyncOnce", Call::kSync, SQLITE_IOERR_FSYNC, Times::kOnce},
        Failure{"SyncFromThen", Call::kSync, SQLITE_IOERR_FSYNC,
                Times::kUntilHealed},
        Failure{"TruncateOnce", Call::kTruncate, SQLITE_IOERR_TRUNCATE,
                Times::kOnce},
        Failure{"TruncateFromThen", Call::kTruncate, SQLITE_IOERR_TRUNCATE,
                Times::kUntilHealed},
        Failure{"DeleteOnce", Call::kDelete, SQLITE_IOERR_DELETE, Times::kOnce},
        Failure{"DeleteFromThen", Call::kDelete, SQLITE_IOERR_DELETE,
                Times::kUntilHealed},
        Failure{"LockOnce", Call::kLock, SQLITE_IOERR_LOCK, Times::kOnce},
        Failure{"LockFromThen", Call::kLock, SQLITE_IOERR_LOCK,
                Times::kUntilHealed},
        Failure{"BusyOnce", Call::kLock, SQLITE_BUSY, Times::kOnce},
        Failure{"MapOnce", Call::kMap, SQLITE_IOERR_SHMSIZE, Times::kOnce},
        Failure{"MapFromThen", Call::kMap, SQLITE_IOERR_SHMSIZE,
                Times::kUntilHealed}),
    [](const testing::TestParamInfo<Failure>& failure) {
      return std::string(failure.param.name);
    });

}  // namespace
}  // namespace partner::server
