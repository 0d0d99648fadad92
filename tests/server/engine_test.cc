// The engine over a real store: what is written, what is visible when, and what
// is refused.

#include "server/ledger/engine.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/server/ledger_fixture.h"

namespace partner::server {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EngineTest : public LedgerTest {
 protected:
  EngineTest() { Open(); }

  // Everything a refused command must leave as it is.
  struct State {
    StoreHead head;
    std::vector<std::string> graph;
    bool operator==(const State& other) const {
      return head.revision == other.head.revision &&
             head.state_hash == other.head.state_hash &&
             head.documents == other.head.documents &&
             head.at == other.head.at && graph == other.graph;
    }
  };
  State Now() const {
    const auto reader = engine_->OpenReader();
    EXPECT_TRUE(reader.ok());
    return {(*reader)->ReadHead().value(), Describe(engine_->visible())};
  }

  // A WhenVisible whose answer is awaited.
  std::future<bool> Await(std::int64_t revision, absl::Time deadline) {
    auto promise = std::make_shared<std::promise<bool>>();
    engine_->WhenVisible(revision, deadline, [promise](bool visible) {
      promise->set_value(visible);
    });
    return promise->get_future();
  }
};

// --- Opening
// ------------------------------------------------------------------------

TEST_F(EngineTest, FreshStoreBeginsWithThePolicy) {
  EXPECT_EQ(engine_->visible(), 1);
  EXPECT_EQ(engine_->documents(), 1);
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok());
  const auto stored =
      (*reader)->Get(hierarchy::Kind::kPolicy, "programs/global/policy", 1);
  ASSERT_TRUE(stored.ok() && stored->has_value());
  v1::Policy policy;
  ASSERT_TRUE(policy.ParseFromString((*stored)->body));
  ASSERT_EQ(policy.activations_size(), 1);
  EXPECT_EQ(policy.activations(0).edition(),
            policies_->DefaultOf("global")->data().name());
  EXPECT_EQ(policy.etag(), "\"1\"");
  const auto record = (*reader)->GetRevision(1);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->at, clock_.Now());
  EXPECT_EQ((*record)->state_hash, engine_->state_hash());
}

TEST_F(EngineTest, EditionAtIsTheOneInForce) {
  const hierarchy::EditionInForce now = engine_->EditionAt(1, clock_.Now());
  EXPECT_EQ(now.edition, policies_->DefaultOf("global"));
  EXPECT_EQ(now.until, absl::InfiniteFuture());
  // Before the first one there is nothing better than it.
  EXPECT_EQ(engine_->EditionAt(1, absl::UnixEpoch()).edition,
            policies_->DefaultOf("global"));
}

TEST_F(EngineTest, UnknownEditionOrProgramIsOneLine) {
  Close();
  sqlite_.path = directory_.File("other.db");
  options_.default_edition = "nowhere-2030";
  absl::Status status = TryOpen();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("nowhere-2030"), Not(HasSubstr("\n"))));
  options_.default_edition.clear();
  options_.program = "nowhere";
  status = TryOpen();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(EngineTest, ReopenedIsAsBefore) {
  MakePartners();
  MustRun(AcceptInvitation("acme", MakeInvitation()),
          CustomerPrincipal("acme"));
  const State before = Now();
  const std::string history = engine_->history_id();
  Open();
  EXPECT_EQ(Now(), before);
  EXPECT_EQ(engine_->history_id(), history);
  EXPECT_EQ(engine_->state_hash(), before.head.state_hash);
  EXPECT_EQ(engine_->documents(), before.head.documents);
}

// --- Writing
// ------------------------------------------------------------------------

TEST_F(EngineTest, RevisionsAreDenseAndInTheAnswer) {
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (int i = 0; i < 20; ++i) {
      outcomes.push_back(Start(CreateProvider(absl::StrCat("p", i))));
    }
  }
  std::int64_t expected = 2;
  for (std::future<Outcome>& future : outcomes) {
    const Outcome outcome = future.get();
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome.revision(), expected++);
    EXPECT_EQ(outcome.result().revision().history_id(), engine_->history_id());
  }
  EXPECT_EQ(engine_->visible(), 21);
  EXPECT_THAT(layer_->groups(), ElementsAre(1, 20));
}

TEST_F(EngineTest, RecordSaysWhoAndWhat) {
  auto request = CreateProvider("north");
  request.mutable_options()->set_reason_note("contract 17");
  const std::int64_t revision = MustRun(request);
  const auto reader = engine_->OpenReader();
  const auto record = (*reader)->GetRevision(revision);
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ((*record)->principal, "operators/op");
  EXPECT_EQ((*record)->method, "PartnerService.CreatePartner");
  EXPECT_EQ((*record)->note, "contract 17");
  EXPECT_EQ((*record)->request_id, request.options().request_id());
  EXPECT_EQ((*record)->state_hash, engine_->state_hash());
}

// The clock stands still, commits do not.
TEST_F(EngineTest, EveryRevisionHasALaterTime) {
  const absl::Time at = clock_.Now();
  MustRun(CreateProvider("north"));
  MustRun(CreateProvider("south"));
  EXPECT_EQ(engine_->TimeOf(1), at);
  EXPECT_EQ(engine_->TimeOf(2), at + absl::Microseconds(1));
  EXPECT_EQ(engine_->TimeOf(3), at + absl::Microseconds(2));
  const auto reader = engine_->OpenReader();
  for (std::int64_t revision = 1; revision <= 3; ++revision) {
    EXPECT_EQ((*reader)->GetRevision(revision).value()->at,
              engine_->TimeOf(revision));
  }
}

// A name made twice would overwrite a record. The clock stands still, as one
// does that was set back before two starts.
TEST_F(EngineTest, NoNameIsMadeTwice) {
  MustRun(CreateProvider("north"));
  std::set<std::string> names;
  for (int start = 0; start < 4; ++start) {
    for (int i = 0; i < 2; ++i) {
      const std::string reseller = absl::StrCat("reno", start, i);
      MustRun(CreateReseller(reseller));
      const Outcome created = Run(CreatePartnership("north", reseller));
      ASSERT_TRUE(created.ok());
      names.insert(
          created.As<v1::CreatePartnershipResponse>().partnership().name());
    }
    EXPECT_THAT(Verify(), IsEmpty());
    Open();
  }
  EXPECT_EQ(names.size(), 8u);
}

TEST_F(EngineTest, LaterCommandsOfAGroupSeeTheEarlierOnes) {
  std::future<Outcome> first;
  std::future<Outcome> second;
  std::future<Outcome> third;
  auto tenant = CreateProvider("east");
  {
    Hold hold(this);
    const auto north = CreateProvider("north");
    tenant.mutable_partner()->set_tenant_id(north.partner().tenant_id());
    first = Start(north);
    second = Start(RenamePartner("north", "North"));
    third = Start(tenant);
  }
  EXPECT_EQ(first.get().revision(), 2);
  EXPECT_EQ(second.get().revision(), 3);
  EXPECT_EQ(third.get().reason(), v1::ERROR_REASON_TENANT_TAKEN);
  EXPECT_EQ(engine_->visible(), 3);
}

TEST_F(EngineTest, NothingIsVisibleBeforeItIsDurable) {
  const std::vector<std::string> before = Describe(1);
  std::future<bool> waiting = Await(2, absl::InfiniteFuture());
  layer_->SetAppend(
      [&](const std::vector<NewRevision>&, const StoreLayer::Below& below) {
        EXPECT_EQ(engine_->visible(), 1);
        EXPECT_EQ(Describe(engine_->visible()), before);
        const AppendResult result = below();
        EXPECT_EQ(engine_->visible(), 1);
        EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)),
                  std::future_status::timeout);
        return result;
      });
  EXPECT_EQ(MustRun(CreateProvider("north")), 2);
  EXPECT_EQ(engine_->visible(), 2);
  EXPECT_TRUE(waiting.get());
}

TEST_F(EngineTest, RefusalsWriteNothing) {
  MakePartners();
  const State before = Now();
  const std::size_t appends = layer_->groups().size();
  EXPECT_EQ(Run(CreateProvider("north")).reason(),
            v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(Run(RenamePartner("nobody", "Nobody")).reason(),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(Run(CreateInvitation("reno", v1::ADMIN_OFFER_NONE),
                PartnerPrincipal("reno"))
                .reason(),
            v1::ERROR_REASON_RESELLER_CANNOT_INVITE);
  EXPECT_EQ(Now(), before);
  EXPECT_EQ(layer_->groups().size(), appends);
}

TEST_F(EngineTest, RefusedCommandCostsTheGroupNothing) {
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    outcomes.push_back(Start(CreateProvider("north")));
    outcomes.push_back(Start(CreateProvider("north")));
    outcomes.push_back(Start(CreateProvider("south")));
  }
  EXPECT_EQ(outcomes[0].get().revision(), 2);
  EXPECT_EQ(outcomes[1].get().reason(), v1::ERROR_REASON_RESOURCE_EXISTS);
  EXPECT_EQ(outcomes[2].get().revision(), 3);
  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(EngineTest, DryRunShowsAllAndWritesNothing) {
  MakePartners();
  const State before = Now();
  const Outcome accepted = Run(DryRun(CreateProvider("south")));
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(accepted.result().verdict(), v1::VERDICT_ACCEPTED);
  EXPECT_EQ(accepted.revision(), engine_->visible());
  EXPECT_EQ(accepted.result().effects_total(), 1);
  EXPECT_EQ(accepted.As<v1::CreatePartnerResponse>().partner().name(),
            PartnerNamed("south"));
  const Outcome invited =
      Run(DryRun(CreateInvitation("north", v1::ADMIN_OFFER_NONE)));
  ASSERT_TRUE(invited.ok());
  EXPECT_EQ(invited.As<v1::CreateInvitationResponse>().invitation().token(), "")
      << "no link to what does not exist";

  auto taken = CreateProvider("north");
  const auto reader = engine_->OpenReader();
  v1::Partner reno;
  ASSERT_TRUE(
      reno.ParseFromString((*reader)
                               ->Get(hierarchy::Kind::kPartner,
                                     PartnerNamed("reno"), engine_->visible())
                               .value()
                               ->body));
  taken.mutable_partner()->set_tenant_id(reno.tenant_id());
  const Outcome refused = Run(DryRun(taken));
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused.result().verdict(), v1::VERDICT_REFUSED);
  EXPECT_EQ(refused.result().violations_total(), 2);
  std::vector<v1::ErrorReason> reasons;
  for (const v1::Violation& violation : refused.result().violations()) {
    reasons.push_back(violation.reason());
  }
  EXPECT_THAT(reasons,
              testing::UnorderedElementsAre(v1::ERROR_REASON_RESOURCE_EXISTS,
                                            v1::ERROR_REASON_TENANT_TAKEN));
  // These classes fail even a dry run.
  EXPECT_EQ(Run(DryRun(RenamePartner("nobody", "Nobody"))).reason(),
            v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(Now(), before);
}

TEST_F(EngineTest, TokensAreNotStored) {
  MakePartners();
  const Outcome invited = Run(CreateInvitation("north", v1::ADMIN_OFFER_NONE));
  const v1::Invitation& invitation =
      invited.As<v1::CreateInvitationResponse>().invitation();
  auto forward = ByName<v1::ForwardInvitationRequest>(invitation.name());
  const Outcome forwarded = Run(forward, PartnerPrincipal("reno"));
  ASSERT_TRUE(forwarded.ok());
  const std::string forward_token =
      forwarded.As<v1::ForwardInvitationResponse>().forward().token();
  ASSERT_THAT(forward_token, Not(IsEmpty()));
  MustRun(AcceptInvitation("acme", forward_token), CustomerPrincipal("acme"));
  Close();
  const std::string bytes = FileBytes();
  EXPECT_THAT(bytes, HasSubstr(invitation.name()));  // The search can find.
  for (const std::string& token : {invitation.token(), forward_token}) {
    EXPECT_EQ(bytes.find(token), std::string::npos);
    const std::string mac = token.substr(token.rfind('~') + 1);
    ASSERT_EQ(mac.size(), 26);
    EXPECT_EQ(bytes.find(mac), std::string::npos);
  }
}

// --- Waiting for a revision
// -----------------------------------------------------------

TEST_F(EngineTest, WhenVisibleAnswersAtOnce) {
  EXPECT_TRUE(Await(0, absl::InfinitePast()).get());
  EXPECT_TRUE(Await(1, absl::InfinitePast()).get());
}

TEST_F(EngineTest, WhenVisibleWaitsForTheRevision) {
  std::future<bool> second = Await(2, absl::InfiniteFuture());
  std::future<bool> third = Await(3, absl::InfiniteFuture());
  MustRun(CreateProvider("north"));
  EXPECT_TRUE(second.get());
  EXPECT_EQ(third.wait_for(std::chrono::seconds(0)),
            std::future_status::timeout);
  MustRun(CreateProvider("south"));
  EXPECT_TRUE(third.get());
}

TEST_F(EngineTest, WhenVisibleEndsAtItsDeadline) {
  const absl::Time start = absl::Now();
  EXPECT_FALSE(Await(2, absl::InfinitePast()).get());
  EXPECT_FALSE(Await(2, start + absl::Milliseconds(50)).get());
  EXPECT_GE(absl::Now(), start + absl::Milliseconds(50));
  // A later deadline does not put off an earlier one.
  std::future<bool> late = Await(2, absl::InfiniteFuture());
  EXPECT_FALSE(Await(2, absl::Now() + absl::Milliseconds(10)).get());
  EXPECT_LT(absl::Now(), start + absl::Seconds(30));
  MustRun(CreateProvider("north"));
  EXPECT_TRUE(late.get());
}

// Whoever begins to wait just as the revision becomes visible must not be
// forgotten until the ledger happens to look again, which takes a second. So
// waits are begun without end from the end of each append on. Without the
// second look every thirtieth round was that slow.
TEST_F(EngineTest, WhenVisibleRacesWithTheCommit) {
  constexpr int kRounds = 200;
  MustRun(CreateProvider("north"));
  std::atomic<std::int64_t> appended{0};
  layer_->SetAppend([&](const std::vector<NewRevision>& batch,
                        const StoreLayer::Below& below) {
    const AppendResult result = below();
    appended = batch.back().record.revision;
    return result;
  });
  int slow = 0;
  for (int i = 0; i < kRounds; ++i) {
    const absl::Time start = absl::Now();
    const std::int64_t next = engine_->visible() + 1;
    std::future<Outcome> written =
        Start(RenamePartner("north", absl::StrCat("North ", i)));
    while (appended < next) std::this_thread::yield();
    std::vector<std::future<bool>> waits;
    while (engine_->visible() < next) {
      waits.push_back(Await(next, absl::InfiniteFuture()));
    }
    for (std::future<bool>& wait : waits) EXPECT_TRUE(wait.get());
    EXPECT_TRUE(written.get().ok());
    if (absl::Now() - start > absl::Milliseconds(900)) ++slow;
  }
  EXPECT_LE(slow, 1);
}

TEST_F(EngineTest, DrainingEndsEveryWait) {
  std::future<bool> before = Await(100, absl::InfiniteFuture());
  engine_->Drain();
  EXPECT_FALSE(before.get());
  EXPECT_TRUE(Await(1, absl::InfiniteFuture()).get());
  EXPECT_FALSE(Await(100, absl::InfiniteFuture()).get());
}

TEST_F(EngineTest, EndingTheEngineEndsEveryWait) {
  std::future<bool> waiting = Await(100, absl::InfiniteFuture());
  Close();
  EXPECT_FALSE(waiting.get());
}

// --- Old revisions
// ---------------------------------------------------------------------

TEST_F(EngineTest, GraphKeepsOldRevisionsForTheirTime) {
  MustRun(CreateProvider("north"));
  const std::vector<std::string> old = Describe(2);
  auto suspend = ByName<v1::SuspendPartnerRequest>(PartnerNamed("north"));
  MustRun(suspend);
  const absl::Time at = clock_.Now();
  clock_.AdvanceTo(at + options_.snapshot_age_max - absl::Microseconds(1));
  GoRound();
  EXPECT_EQ(engine_->oldest(), 1);
  EXPECT_EQ(Describe(2), old);
  EXPECT_NE(Describe(3), old);
  // TestClock: nothing happened since, so only the newest is needed.
  clock_.AdvanceTo(at + options_.snapshot_age_max);
  GoRound();
  EXPECT_EQ(engine_->oldest(), 3);
  bool called = false;
  EXPECT_FALSE(
      engine_->ReadGraph(2, [&](const hierarchy::Graph&) { called = true; }));
  EXPECT_FALSE(called);
  EXPECT_TRUE(engine_->ReadGraph(3, [&](const hierarchy::Graph& graph) {
    called = true;
    EXPECT_EQ(graph.oldest(), 3);
  }));
  EXPECT_TRUE(called);
}

TEST_F(EngineTest, RevisionVisibleLongAgoIsHeldWhileItWasTheNewestLately) {
  MustRun(CreateProvider("north"));
  clock_.AdvanceTo(clock_.Now() + absl::Hours(1));
  MustRun(CreateProvider("south"));
  GoRound();
  // A reader may have begun at revision 2 a moment ago.
  EXPECT_EQ(engine_->oldest(), 2);
  clock_.AdvanceTo(clock_.Now() + options_.snapshot_age_max);
  GoRound();
  EXPECT_EQ(engine_->oldest(), 3);
}

// However much there is to drop, it is dropped once its time is over and not
// some hundred facts a second.
TEST_F(EngineTest, EndedFactsAreDroppedSoon) {
  constexpr int kPartners = 1500;
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < kPartners; ++i) {
    const std::string id = absl::StrCat("p", i);
    outcomes.push_back(Start(CreateProvider(id)));
    outcomes.push_back(
        Start(ByName<v1::SuspendPartnerRequest>(PartnerNamed(id))));
  }
  for (std::future<Outcome>& outcome : outcomes) {
    ASSERT_TRUE(outcome.get().ok());
  }
  // Versions only a question at the revision that made the partner would see.
  const auto ended_facts = [&] {
    int count = 0;
    engine_->ReadGraph(engine_->visible(), [&](const hierarchy::Graph& graph) {
      for (int i = 0; i < kPartners; ++i) {
        const auto id = graph.FindPartner(absl::StrCat("p", i));
        if (graph.PartnerAt(*id, 2 + 2 * i) != nullptr) ++count;
      }
    });
    return count;
  };
  EXPECT_EQ(ended_facts(), kPartners);
  const absl::Time start = absl::Now();
  clock_.AdvanceTo(clock_.Now() + options_.snapshot_age_max);
  GoRound();
  while (ended_facts() > 0 && absl::Now() < start + absl::Seconds(10)) {
    std::this_thread::yield();
  }
  EXPECT_LT(absl::Now(), start + absl::Seconds(2));
}

TEST_F(EngineTest, TimeOfKnowsEveryRevisionHeld) {
  std::vector<absl::Time> times = {engine_->TimeOf(1)};
  for (int i = 0; i < 10; ++i) {
    clock_.AdvanceTo(clock_.Now() + absl::Seconds(i));
    MustRun(CreateProvider(absl::StrCat("p", i)));
    times.push_back(clock_.Now());
  }
  for (std::int64_t revision = engine_->oldest() + 1;
       revision <= engine_->visible(); ++revision) {
    EXPECT_GE(engine_->TimeOf(revision), times[revision - 1]);
    EXPECT_LE(engine_->TimeOf(revision),
              times[revision - 1] + absl::Microseconds(2));
  }
}

// --- What cannot be queued
// ---------------------------------------------------------------

TEST_F(EngineTest, FullQueueIsOverloaded) {
  options_.queue_max = 3;
  Open();
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (int i = 0; i < 5; ++i) {
      outcomes.push_back(Start(CreateProvider(absl::StrCat("p", i))));
    }
    // Refused on the spot.
    for (int i = 3; i < 5; ++i) {
      const Outcome refused = outcomes[i].get();
      EXPECT_EQ(refused.reason(), v1::ERROR_REASON_OVERLOADED);
      EXPECT_GT(refused.refusal->retry_after, absl::ZeroDuration());
    }
    EXPECT_EQ(engine_->state().queued, 3);
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(outcomes[i].get().ok());
  EXPECT_EQ(engine_->state().queued, 0);
}

TEST_F(EngineTest, CommandPastItsDeadlineIsNotDecided) {
  std::promise<Outcome> promise;
  std::future<Outcome> outcome = promise.get_future();
  PendingCommand command =
      MakeCommand(CreateProvider("north"), Operator(), std::move(promise));
  command.deadline = absl::Now() - absl::Milliseconds(1);
  engine_->Submit(std::move(command));
  EXPECT_EQ(outcome.get().reason(), v1::ERROR_REASON_DEADLINE_PASSED);
  EXPECT_EQ(engine_->visible(), 1);
}

TEST_F(EngineTest, LargeCommandsMakeSmallGroups) {
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (int i = 0; i < 3; ++i) {
      std::promise<Outcome> promise;
      outcomes.push_back(promise.get_future());
      PendingCommand command = MakeCommand(CreateProvider(absl::StrCat("p", i)),
                                           Operator(), std::move(promise));
      command.bytes = 3 << 20;
      engine_->Submit(std::move(command));
    }
  }
  for (std::future<Outcome>& outcome : outcomes) {
    EXPECT_TRUE(outcome.get().ok());
  }
  EXPECT_THAT(layer_->groups(), Each(1));
}

TEST_F(EngineTest, GroupsHaveAMost) {
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (int i = 0; i < 300; ++i) {
      outcomes.push_back(Start(CreateProvider(absl::StrCat("p", i))));
    }
  }
  for (std::future<Outcome>& outcome : outcomes) {
    EXPECT_TRUE(outcome.get().ok());
  }
  EXPECT_THAT(layer_->groups(), ElementsAre(1, 256, 44));
}

TEST_F(EngineTest, DrainingFinishesWhatIsQueued) {
  std::future<Outcome> queued;
  std::future<Outcome> late;
  std::future<bool> waiting = Await(100, absl::InfiniteFuture());
  {
    Hold hold(this);
    queued = Start(CreateProvider("north"));
    engine_->Drain();
    late = Start(CreateProvider("south"));
    EXPECT_FALSE(waiting.get());
  }
  const Outcome refused = late.get();
  ASSERT_EQ(refused.reason(), v1::ERROR_REASON_DRAINING);
  EXPECT_TRUE(refused.refusal->retry_after.has_value());
  EXPECT_EQ(queued.get().revision(), 2);
}

TEST_F(EngineTest, EndingTheEngineAnswersWhatIsQueuedOnce) {
  std::vector<std::future<Outcome>> outcomes;
  std::thread release;
  {
    auto hold = std::make_shared<Hold>(this);
    for (int i = 0; i < 600; ++i) {
      outcomes.push_back(Start(CreateProvider(absl::StrCat("p", i))));
    }
    release = std::thread([hold] { hold->Release(); });
  }
  Close();
  release.join();
  // A second answer would have thrown.
  for (std::future<Outcome>& outcome : outcomes) {
    EXPECT_TRUE(outcome.get().ok());
  }
  Open();
  EXPECT_EQ(engine_->visible(), 601);
}

}  // namespace
}  // namespace partner::server
