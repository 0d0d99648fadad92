// Which edition the ledger and its readers go by: from the commit on, from the
// announced moment on, after a restart, beside another writer, and never of a
// commit that did not happen.

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "tests/server/ledger_fixture.h"

namespace partner::server {
namespace {

using testing::HasSubstr;

constexpr char kOpen[] = "global-2017-03";
constexpr char kClosed[] = "global-2020-01";

// The program has a second edition, which takes no new customers.
class EditionTest : public LedgerTest {
 protected:
  EditionTest() {
    auto files = hierarchy::PolicyLibrary::EmbeddedFiles();
    for (const auto& [name, text] : files) {
      if (name != absl::StrCat(kOpen, ".textproto")) continue;
      files.emplace_back(
          "closed",
          absl::StrReplaceAll(text, {{kOpen, kClosed},
                                     {"closed_to_new_customers { value: false",
                                      "closed_to_new_customers { value: true"},
                                     {"1490832000", "1577836800"}}));
      break;
    }
    auto policies = hierarchy::PolicyLibrary::Load(files);
    EXPECT_TRUE(policies.ok()) << policies.status();
    policies_ = *std::move(policies);
    options_.policies = policies_.get();
    Open();
  }

  static v1::ActivatePolicyEditionRequest Activate(absl::string_view id) {
    auto request =
        ByName<v1::ActivatePolicyEditionRequest>("programs/global/policy");
    request.set_edition(absl::StrCat("programs/global/policyEditions/", id));
    return request;
  }
  static v1::ActivatePolicyEditionRequest Activate(absl::string_view id,
                                                   absl::Time from) {
    v1::ActivatePolicyEditionRequest request = Activate(id);
    request.mutable_effective_time()->set_seconds(absl::ToUnixSeconds(from));
    return request;
  }
  static v1::WithdrawPolicyActivationRequest Withdraw(absl::string_view id) {
    auto request =
        ByName<v1::WithdrawPolicyActivationRequest>("programs/global/policy");
    request.set_edition(absl::StrCat("programs/global/policyEditions/", id));
    return request;
  }
  // What readers go by.
  std::string EditionAt(std::int64_t revision, absl::Time moment) const {
    return engine_->EditionAt(revision, moment).edition->id();
  }
  std::string EditionNow() {
    return EditionAt(engine_->visible(),
                     std::max(clock_.Now(), engine_->newest_time()));
  }
  v1::ErrorReason Record(absl::string_view customer) {
    return Run(CreateCustomer(customer)).reason();
  }
};

constexpr v1::ErrorReason kRefused =
    v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS;

TEST_F(EditionTest, D3_IsInForceFromTheCommitOnAlsoInItsGroup) {
  const std::int64_t before = MustRun(CreateCustomer("early"));
  std::future<Outcome> first, activated, second, dry;
  {
    Hold hold(this);
    first = Start(CreateCustomer("first"));
    dry = Start(DryRun(Activate(kClosed)));
    activated = Start(Activate(kClosed));
    second = Start(CreateCustomer("second"));
  }
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(dry.get().ok());
  EXPECT_EQ(second.get().reason(), kRefused);
  const std::int64_t revision = activated.get().revision();
  EXPECT_EQ(engine_->visible(), revision);
  EXPECT_EQ(EditionNow(), kClosed);
  // Readers of an earlier revision see what was known then, whatever the time.
  EXPECT_EQ(EditionAt(before, clock_.Now() + absl::Hours(1)), kOpen);
}

TEST_F(EditionTest, R24_AnnouncedComesIntoForceWhenItsMomentPasses) {
  const absl::Time later = clock_.Now() + absl::Hours(24);
  const std::int64_t announced = MustRun(Activate(kClosed, later));
  EXPECT_EQ(EditionNow(), kOpen);
  EXPECT_EQ(engine_->EditionAt(announced, clock_.Now()).until, later);
  EXPECT_EQ(Record("in-time"), v1::ERROR_REASON_UNSPECIFIED);
  clock_.AdvanceTo(later - absl::Seconds(1));
  EXPECT_EQ(Record("still-in-time"), v1::ERROR_REASON_UNSPECIFIED);
  clock_.AdvanceTo(later);
  EXPECT_EQ(EditionNow(), kClosed);
  EXPECT_EQ(Record("late"), kRefused);
}

TEST_F(EditionTest, D3_RestartForgetsNothing) {
  const absl::Time later = clock_.Now() + absl::Hours(24);
  const std::int64_t before = MustRun(CreateCustomer("early"));
  MustRun(Activate(kClosed, later));
  MustRun(CreateCustomer("in-time"));
  const std::int64_t back = MustRun(Activate(kOpen, later + absl::Hours(1)));
  for (bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    if (restarted) Open();
    EXPECT_EQ(EditionAt(before, later), kOpen) << "not yet announced";
    EXPECT_EQ(EditionAt(before + 1, later), kClosed);
    EXPECT_EQ(EditionAt(back - 1, later + absl::Hours(2)), kClosed);
    EXPECT_EQ(EditionAt(back, later + absl::Hours(2)), kOpen);
  }
  clock_.AdvanceTo(later);
  EXPECT_EQ(Record("late"), kRefused);
  clock_.AdvanceTo(later + absl::Hours(1));
  EXPECT_EQ(Record("open-again"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_THAT(Verify(), testing::IsEmpty());
}

TEST_F(EditionTest, R24_WithdrawnNeverComesIntoForceAlsoAfterARestart) {
  const absl::Time later = clock_.Now() + absl::Hours(24);
  const std::int64_t announced = MustRun(Activate(kClosed, later));
  EXPECT_EQ(engine_->EditionAt(announced, clock_.Now()).until, later);
  const std::int64_t withdrawn = MustRun(Withdraw(kClosed));
  for (bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    if (restarted) Open();
    EXPECT_EQ(EditionAt(withdrawn, later), kOpen);
    EXPECT_EQ(engine_->EditionAt(withdrawn, clock_.Now()).until,
              absl::InfiniteFuture());
    EXPECT_EQ(EditionAt(announced, later), kClosed) << "as known then";
  }
  clock_.AdvanceTo(later);
  EXPECT_EQ(Record("in-time"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(EditionNow(), kOpen);
  EXPECT_THAT(Verify(), testing::IsEmpty());
}

TEST_F(EditionTest, R24_WithdrawalThatFailedWithdrewNothing) {
  const absl::Time later = clock_.Now() + absl::Hours(24);
  MustRun(Activate(kClosed, later));
  layer_->SetAppend(
      [](const std::vector<NewRevision>&, const StoreLayer::Below&) {
        AppendResult result;
        result.status = absl::ResourceExhaustedError("disk full");
        return result;
      });
  EXPECT_EQ(Run(Withdraw(kClosed)).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  layer_->SetAppend(nullptr);
  EXPECT_EQ(Record("after"), v1::ERROR_REASON_UNSPECIFIED);
  clock_.AdvanceTo(later);
  EXPECT_EQ(EditionNow(), kClosed);
}

TEST_F(EditionTest, D3_CommitThatFailedActivatedNothing) {
  layer_->SetAppend(
      [](const std::vector<NewRevision>&, const StoreLayer::Below&) {
        AppendResult result;
        result.status = absl::ResourceExhaustedError("disk full");
        return result;
      });
  EXPECT_EQ(Run(Activate(kClosed)).reason(),
            v1::ERROR_REASON_STORE_UNAVAILABLE);
  layer_->SetAppend(nullptr);
  EXPECT_EQ(EditionNow(), kOpen);
  // Nor when its revision is another command's.
  EXPECT_EQ(Record("after"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(Record("later"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(EditionNow(), kOpen);
}

TEST_F(EditionTest, D3_AnotherWritersActivationIsTakenIn) {
  auto opened = Engine::Open(options_, OpenStore());
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::promise<Outcome> promise;
  std::future<Outcome> future = promise.get_future();
  (*opened)->Submit(
      MakeCommand(Activate(kClosed), Operator(), std::move(promise)));
  ASSERT_TRUE(future.get().ok());
  layer_->SetAppend(
      [](const std::vector<NewRevision>&, const StoreLayer::Below& below) {
        AppendResult result = below();
        if (result.outcome == AppendOutcome::kNotCommitted) {
          result.outcome = AppendOutcome::kBehind;
        }
        return result;
      });
  EXPECT_EQ(Record("late"), kRefused);
  EXPECT_EQ(EditionNow(), kClosed);
  opened->reset();
}

TEST_F(EditionTest, D3_EditionOfTheStoreWithoutAFileIsOneLine) {
  MustRun(Activate(kClosed, clock_.Now() + absl::Hours(24)));
  auto shipped =
      hierarchy::PolicyLibrary::Load(hierarchy::PolicyLibrary::EmbeddedFiles());
  Close();
  options_.policies = shipped->get();
  const absl::Status status = TryOpen();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(HasSubstr(kClosed), HasSubstr("--policy-dir")));
}

// What a check reads while editions come into force: always one of the two, and
// never an older one than the revision it stands at.
TEST_F(EditionTest, D3_ReadersGoOnWhileEditionsAreActivated) {
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const std::int64_t revision = engine_->visible();
        const absl::Time moment =
            std::max(clock_.Now(), engine_->newest_time());
        const hierarchy::EditionInForce found =
            engine_->EditionAt(revision, moment);
        // Odd revisions open, even ones close.
        if (found.edition->id() != (revision % 2 == 1 ? kOpen : kClosed)) {
          ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    MustRun(Activate(i % 2 == 0 ? kClosed : kOpen));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace partner::server
