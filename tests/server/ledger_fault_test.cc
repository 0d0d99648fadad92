// The ledger when its store fails: nobody is told what is not so, readers go
// on, and it recovers by itself.

#include <sqlite3.h>

#include <atomic>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/server/ledger_fixture.h"
#include "tests/storage/fault_vfs.h"

namespace partner::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Call = FaultVfs::Call;
using Times = FaultVfs::Times;

class LedgerFault : public LedgerTest {
 protected:
  LedgerFault() : faults_(FaultVfs::Get()) {
    faults_.Reset();
    sqlite_.vfs = FaultVfs::kName;
    options_.on_state = [this](const EngineState& state) {
      MutexLock lock(&states_mutex_);
      states_.push_back(state.writable);
    };
    Open();
    MakePartners();
  }
  ~LedgerFault() override {
    faults_.Reset();
    Close();
  }

  // `writable` of each state the engine told of since the last call.
  std::vector<bool> TakeStates() {
    MutexLock lock(&states_mutex_);
    return std::exchange(states_, {});
  }

  void AwaitWritable(bool writable = true) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (engine_->state().writable != writable && absl::Now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_EQ(engine_->state().writable, writable);
  }

  // Lets settling fail until told otherwise, and counts.
  void FailSettle() {
    settles_ = 0;
    layer_->SetSettle([this](Store* below) {
      ++settles_;
      return settle_fails_ ? absl::UnavailableError("settling fails")
                           : below->Settle();
    });
    settle_fails_ = true;
  }
  void AwaitSettles(int count) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (settles_ < count && absl::Now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_GE(settles_, count);
  }

  // Every append finds the disk full until told otherwise, as a large one
  // does; a small one finds out only when it commits.
  void FillDisk() {
    layer_->SetAppend(
        [](const std::vector<NewRevision>&, const StoreLayer::Below&) {
          AppendResult result;
          result.outcome = AppendOutcome::kNotCommitted;
          result.status =
              absl::ResourceExhaustedError("store /secret/path: disk is full");
          return result;
        });
    FailSettle();
  }
  void EmptyDisk() {
    layer_->SetAppend(nullptr);
    settle_fails_ = false;
  }

  // The next append answers that its outcome is unknown.
  void LoseOutcome(bool committed) {
    layer_->SetAppend([this, committed](const std::vector<NewRevision>&,
                                        const StoreLayer::Below& below) {
      layer_->SetAppend(nullptr);
      if (committed) {
        EXPECT_EQ(below().outcome, AppendOutcome::kCommitted);
      }
      AppendResult result;
      result.outcome = AppendOutcome::kUnknown;
      result.status = absl::UnavailableError("the answer was lost");
      return result;
    });
  }

  // The graph in memory is the one the store makes, and the store is sound.
  void ExpectConsistent() {
    const std::int64_t revision = engine_->visible();
    const std::vector<std::string> lines = Describe(revision);
    const std::string hash = ToHex(engine_->state_hash());
    EXPECT_THAT(Verify(), IsEmpty());
    Open();
    EXPECT_EQ(engine_->visible(), revision);
    EXPECT_EQ(Describe(revision), lines);
    EXPECT_EQ(ToHex(engine_->state_hash()), hash);
  }

  FaultVfs& faults_;
  std::atomic<int> settles_{0};
  std::atomic<bool> settle_fails_{false};

 private:
  Mutex states_mutex_;
  std::vector<bool> states_ ABSL_GUARDED_BY(states_mutex_);
};

// --- A full disk
// -----------------------------------------------------------------

TEST_F(LedgerFault, FullDiskRefusesTheGroup) {
  const auto known = RenamePartner("north", "North");
  const std::int64_t visible = MustRun(known);
  const std::vector<std::string> before = Describe(visible);
  FillDisk();
  const auto create = CreateProvider("south");
  std::vector<std::future<Outcome>> outcomes;
  std::future<Outcome> malformed;
  std::future<Outcome> repeated;
  {
    Hold hold(this);
    outcomes.push_back(Start(create));
    outcomes.push_back(Start(RenamePartner("south", "South")));
    outcomes.push_back(Start(create));
    // Refused only because of what is undone.
    outcomes.push_back(Start(CreateProvider("south")));
    outcomes.push_back(Start(DryRun(RenamePartner("south", "South"))));
    malformed = Start(AcceptInvitation("acme", "no~token"));
    repeated = Start(known);
  }
  for (std::future<Outcome>& future : outcomes) {
    const Outcome outcome = future.get();
    EXPECT_EQ(outcome.reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
    EXPECT_TRUE(outcome.refusal->retry_after.has_value());
    EXPECT_THAT(outcome.refusal->violations.front().description(),
                AllOf(HasSubstr("full"), Not(HasSubstr("secret"))));
  }
  EXPECT_EQ(malformed.get().reason(), v1::ERROR_REASON_TOKEN_INVALID);
  const Outcome replayed = repeated.get();
  ASSERT_TRUE(replayed.ok());
  EXPECT_TRUE(replayed.result().replayed());
  EXPECT_EQ(engine_->visible(), visible);
  EXPECT_EQ(Describe(visible), before);
  EXPECT_EQ(Describe(visible + 2), before);
  EXPECT_FALSE(engine_->state().writable);
  EXPECT_FALSE(engine_->state().commit_unknown);
  EXPECT_THAT(TakeStates(), ElementsAre(false));
}

TEST_F(LedgerFault, FullDiskServesWhatDoesNotWrite) {
  const auto known = RenamePartner("north", "North");
  MustRun(known);
  const std::int64_t visible = engine_->visible();
  FillDisk();
  EXPECT_EQ(Run(CreateProvider("south")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  // Also when making it take writes has failed.
  AwaitSettles(2);
  EXPECT_FALSE(engine_->state().writable);
  EXPECT_EQ(Run(CreateProvider("south")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_FALSE(engine_->state().commit_unknown);
  const Outcome replayed = Run(known);
  ASSERT_TRUE(replayed.ok());
  EXPECT_TRUE(replayed.result().replayed());
  const Outcome dry = Run(DryRun(CreateProvider("south")));
  ASSERT_TRUE(dry.ok());
  EXPECT_EQ(dry.result().verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(Run(CreateProvider("north")).reason(),
            v1::ERROR_REASON_RESOURCE_EXISTS);
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE(
      (*reader)
          ->Get(hierarchy::Kind::kPartner, PartnerNamed("north"), visible)
          .value()
          .has_value());
  EXPECT_EQ(engine_->visible(), visible);
}

TEST_F(LedgerFault, FullDiskIsLeftWithoutRestart) {
  const std::int64_t visible = engine_->visible();
  FillDisk();
  const auto create = CreateProvider("south");
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EmptyDisk();
  AwaitWritable();
  const Outcome again = Run(create);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again.result().replayed());
  EXPECT_EQ(again.revision(), visible + 1);
  EXPECT_THAT(TakeStates(), ElementsAre(false, true));
  ExpectConsistent();
}

TEST_F(LedgerFault, FullFilesAreLeftWithoutRestart) {
  const std::int64_t visible = engine_->visible();
  const std::vector<std::string> before = Describe(visible);
  faults_.Fail(Call::kWrite, 0, SQLITE_FULL, Times::kUntilHealed);
  const auto create = CreateProvider("south");
  // Such a commit fails with nobody knowing how far it came.
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
  EXPECT_EQ(Run(CreateProvider("east")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(Describe(engine_->visible()), before);
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE(
      (*reader)
          ->Get(hierarchy::Kind::kPartner, PartnerNamed("north"), visible)
          .value()
          .has_value());
  EXPECT_THAT(engine_->state().detail, HasSubstr("full"));
  faults_.Heal();
  AwaitWritable();
  const Outcome again = Run(create);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.revision(), visible + 1);
  EXPECT_THAT(TakeStates(), ElementsAre(false, true));
  ExpectConsistent();
}

// Relationships leave edges at partners, which must go as well.
TEST_F(LedgerFault, UndoneFactsLeaveNothingBehind) {
  const std::string token = MakeInvitation();
  const Outcome accepted =
      Run(AcceptInvitation("acme", token), CustomerPrincipal("acme"));
  ASSERT_TRUE(accepted.ok());
  const std::string relationship = accepted.As<v1::AcceptInvitationResponse>()
                                       .reseller_relationship()
                                       .name();
  const std::vector<std::string> before = Describe(engine_->visible());
  FillDisk();
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    auto associate = ByName<v1::AssociateResellerRequest>(relationship);
    associate.set_reseller(PartnerNamed("reno"));
    outcomes.push_back(Start(associate));
    outcomes.push_back(
        Start(ByName<v1::TerminateResellerRelationshipRequest>(relationship)));
    outcomes.push_back(
        Start(AcceptInvitation("beta", token), CustomerPrincipal("beta")));
    outcomes.push_back(Start(Grant("beta", "reno"), CustomerPrincipal("beta")));
  }
  for (std::future<Outcome>& outcome : outcomes) {
    EXPECT_EQ(outcome.get().reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  }
  EXPECT_EQ(Describe(engine_->visible()), before);
  engine_->ReadGraph(engine_->visible(), [&](const hierarchy::Graph& graph) {
    EXPECT_THAT(
        graph
            .VisibleCustomers(*graph.FindPartner("reno"), engine_->visible(), 0)
            .value(),
        IsEmpty());
  });
  EmptyDisk();
  AwaitWritable();
  MustRun(AcceptInvitation("beta", token), CustomerPrincipal("beta"));
  MustRun(Grant("beta", "reno"), CustomerPrincipal("beta"));
  ExpectConsistent();
}

// --- Commits whose outcome is unknown
// -----------------------------------------------

TEST_F(LedgerFault, FailedSyncIsSettledBeforeTheAnswer) {
  const std::int64_t visible = engine_->visible();
  faults_.Fail(Call::kSync, 0, SQLITE_IOERR_FSYNC, Times::kOnce);
  const auto create = CreateProvider("south");
  const Outcome first = Run(create);
  EXPECT_EQ(faults_.failures(), 1);
  const Outcome second = Run(create);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second.revision(), visible + 1);
  EXPECT_EQ(second.result().replayed(), first.ok());
  EXPECT_EQ(engine_->visible(), visible + 1);
  ExpectConsistent();
}

TEST_F(LedgerFault, UnknownCommitFoundInTheStoreIsAnswered) {
  const std::int64_t visible = engine_->visible();
  LoseOutcome(/*committed=*/true);
  const auto create = CreateProvider("south");
  EXPECT_EQ(MustRun(create), visible + 1);
  EXPECT_TRUE(engine_->state().writable);
  EXPECT_THAT(TakeStates(), ElementsAre(false, true));
  EXPECT_TRUE(Run(create).result().replayed());
  ExpectConsistent();
}

TEST_F(LedgerFault, UnknownCommitNotInTheStoreIsUndone) {
  const std::int64_t visible = engine_->visible();
  const std::vector<std::string> before = Describe(visible);
  LoseOutcome(/*committed=*/false);
  const auto create = CreateProvider("south");
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(Describe(visible + 1), before);
  const Outcome again = Run(create);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again.result().replayed());
  EXPECT_EQ(again.revision(), visible + 1);
  ExpectConsistent();
}

class LedgerUnsettled : public LedgerFault,
                        public testing::WithParamInterface<bool> {
 protected:
  bool committed() const { return GetParam(); }
};

TEST_P(LedgerUnsettled, IsUnknownUntilSettled) {
  const std::int64_t visible = engine_->visible();
  const std::vector<std::string> before = Describe(visible);
  FailSettle();
  LoseOutcome(committed());
  const auto create = CreateProvider("south");
  std::future<Outcome> first;
  std::future<Outcome> joined;
  std::future<Outcome> on_top;
  std::future<Outcome> dry;
  {
    Hold hold(this);
    first = Start(create);
    joined = Start(create);
    on_top = Start(CreateProvider("south"));
    dry = Start(DryRun(CreateProvider("south")));
  }
  for (std::future<Outcome>* future : {&first, &joined}) {
    const Outcome outcome = future->get();
    EXPECT_EQ(outcome.reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
    EXPECT_EQ(outcome.refusal->metadata.at("request_id"),
              create.options().request_id());
  }
  EXPECT_EQ(on_top.get().reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(dry.get().reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_TRUE(engine_->state().commit_unknown);
  EXPECT_FALSE(engine_->state().writable);

  // Not told to be lost while it may not be.
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
  EXPECT_EQ(Run(CreateProvider("east")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  AwaitSettles(3);
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
  EXPECT_EQ(engine_->visible(), visible);
  EXPECT_EQ(Describe(visible), before);
  EXPECT_THAT(TakeStates(), ElementsAre(false));

  auto reached = std::make_shared<std::promise<bool>>();
  engine_->WhenVisible(visible + 1, absl::InfiniteFuture(),
                       [reached](bool ok) { reached->set_value(ok); });
  settle_fails_ = false;
  AwaitWritable();
  EXPECT_FALSE(engine_->state().commit_unknown);
  EXPECT_EQ(engine_->visible(), committed() ? visible + 1 : visible);
  const Outcome again = Run(create);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.result().replayed(), committed());
  EXPECT_EQ(again.revision(), visible + 1);
  EXPECT_TRUE(reached->get_future().get());
  MustRun(CreateProvider("east"));
  EXPECT_THAT(TakeStates(), ElementsAre(true));
  ExpectConsistent();
}

TEST_P(LedgerUnsettled, EndingAnswersAndTheNextStartFindsOut) {
  const std::int64_t visible = engine_->visible();
  FailSettle();
  LoseOutcome(committed());
  const auto create = CreateProvider("south");
  EXPECT_EQ(Run(create).reason(), v1::ERROR_REASON_COMMIT_UNKNOWN);
  std::future<Outcome> queued;
  {
    Hold hold(this);
    queued = Start(CreateProvider("east"));
  }
  Close();
  EXPECT_EQ(queued.get().reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  Open();
  const Outcome again = Run(create);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.result().replayed(), committed());
  EXPECT_EQ(again.revision(), visible + 1);
  ExpectConsistent();
}

INSTANTIATE_TEST_SUITE_P(Outcomes, LedgerUnsettled, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& param) {
                           return param.param ? "Committed" : "NotCommitted";
                         });

TEST_F(LedgerFault, StoreThatLostRevisionsIsNotWritten) {
  LoseOutcome(/*committed=*/false);
  layer_->SetSettle([this](Store* below) {
    const absl::Status status = below->Settle();
    StoreHead head = below->head();
    head.revision = 2;
    layer_->ShowHead(head);
    return status;
  });
  EXPECT_EQ(Run(CreateProvider("south")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_FALSE(engine_->state().writable);
  EXPECT_THAT(engine_->state().detail, HasSubstr("lost"));
}

// --- Reads that fail
// --------------------------------------------------------------------

TEST_F(LedgerFault, UnreadableDocumentCostsOneCommand) {
  layer_->SetGet([](absl::string_view name) {
    return absl::StrContains(name, "north")
               ? absl::UnavailableError("disk gone")
               : absl::OkStatus();
  });
  std::future<Outcome> rename;
  std::future<Outcome> create;
  {
    Hold hold(this);
    rename = Start(RenamePartner("north", "North"));
    create = Start(CreateProvider("south"));
  }
  const Outcome refused = rename.get();
  EXPECT_EQ(refused.reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_THAT(refused.refusal->violations.front().description(),
              Not(HasSubstr("disk gone")));
  EXPECT_THAT(log(), Contains(HasSubstr("disk gone")));
  EXPECT_TRUE(create.get().ok());
  ExpectConsistent();
}

TEST_F(LedgerFault, DamagedDocumentIsDataLoss) {
  layer_->SetGet([](absl::string_view name) {
    return absl::StrContains(name, "north")
               ? absl::DataLossError(absl::StrCat("checksum of ", name))
               : absl::OkStatus();
  });
  const Outcome refused = Run(RenamePartner("north", "North"));
  EXPECT_EQ(refused.reason(), v1::ERROR_REASON_STORED_BODY_DAMAGED);
  EXPECT_TRUE(engine_->state().writable);
  EXPECT_TRUE(Run(RenamePartner("reno", "Reno")).ok());
}

// --- A second writer
// -----------------------------------------------------------------------

class LedgerBehind : public LedgerFault,
                     public testing::WithParamInterface<bool> {
 protected:
  LedgerBehind() {
    // Another process's: a program has one, but nothing must break with two.
    auto other = OpenStore();
    auto opened = Engine::Open(options_, std::move(other));
    EXPECT_TRUE(opened.ok()) << opened.status();
    other_ = *std::move(opened);
    layer_->SetAppend(
        [](const std::vector<NewRevision>&, const StoreLayer::Below& below) {
          AppendResult result = below();
          // SQLite only says that nothing was written.
          if (GetParam() && result.outcome == AppendOutcome::kNotCommitted) {
            result.outcome = AppendOutcome::kBehind;
          }
          return result;
        });
    TakeStates();
  }
  ~LedgerBehind() override { other_.reset(); }

  std::int64_t RunOther(const google::protobuf::Message& request) {
    std::promise<Outcome> promise;
    std::future<Outcome> future = promise.get_future();
    other_->Submit(MakeCommand(request, Operator(), std::move(promise)));
    const Outcome outcome = future.get();
    EXPECT_TRUE(outcome.ok());
    return outcome.ok() ? outcome.revision() : 0;
  }

  std::unique_ptr<Engine> other_;
};

TEST_P(LedgerBehind, TakesInWhatTheOtherWrote) {
  RunOther(CreateProvider("south"));
  const std::int64_t theirs = RunOther(CreateProvider("east"));
  EXPECT_LT(engine_->visible(), theirs);
  auto reached = std::make_shared<std::promise<bool>>();
  engine_->WhenVisible(theirs, absl::InfiniteFuture(),
                       [reached](bool ok) { reached->set_value(ok); });
  const auto create = CreateProvider("west");
  Outcome created = Run(create);
  if (GetParam()) {
    // Decided anew, as if it had come after theirs.
    ASSERT_TRUE(created.ok());
    EXPECT_THAT(TakeStates(), IsEmpty());
  } else {
    EXPECT_EQ(created.reason(), v1::ERROR_REASON_STORE_UNAVAILABLE);
    AwaitWritable();
    created = Run(create);
    ASSERT_TRUE(created.ok());
  }
  EXPECT_EQ(created.revision(), theirs + 1);
  EXPECT_TRUE(reached->get_future().get());
  EXPECT_EQ(engine_->TimeOf(theirs), other_->TimeOf(theirs));
  EXPECT_EQ(Run(CreateProvider("south")).reason(),
            v1::ERROR_REASON_RESOURCE_EXISTS);
  MustRun(RenamePartner("east", "East"));
  other_.reset();
  ExpectConsistent();
}

TEST_P(LedgerBehind, WritesNothingAfterBeingReplaced) {
  const std::int64_t theirs = RunOther(CreateProvider("south"));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(sqlite_.path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE head SET epoch = epoch + 1", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  EXPECT_EQ(Run(CreateProvider("west")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_FALSE(engine_->state().writable);
  GoRound();
  EXPECT_EQ(Run(CreateProvider("west")).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_FALSE(engine_->state().writable);
  EXPECT_FALSE(engine_->state().commit_unknown);
  const auto reader = engine_->OpenReader();
  EXPECT_EQ((*reader)->ReadHead()->revision, theirs);
}

INSTANTIATE_TEST_SUITE_P(Answers, LedgerBehind, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& param) {
                           return param.param ? "Behind" : "NotCommitted";
                         });

}  // namespace
}  // namespace partner::server
