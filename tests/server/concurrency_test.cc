// Writers and readers at once, for ThreadSanitizer above all: 16 threads send
// random commands, 8 check access at the newest and at slightly older
// revisions. What must hold: revisions are dense and each is of one command; a
// write is visible at its revision when it is answered and not before; what a
// question answers at a revision does not change while memory holds the
// revision; and the history is the store's.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "hierarchy/access/access.h"
#include "tests/server/ledger_fixture.h"
#include "tests/server/random_commands.h"

namespace partner::server {
namespace {

using testing::IsEmpty;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kRevisions = 2000;
#else
constexpr int kRevisions = 20000;
#endif
constexpr int kWriters = 16;
constexpr int kReaders = 8;
// How far back readers look.
constexpr int kBackMax = 50;
// How many revisions they let pass between two rounds, to leave the writers
// some time.
constexpr std::int64_t kPause = 50;

class Concurrency : public LedgerTest {
 protected:
  Concurrency() {
    options_.clock = &machine_clock_;
    // Facts are swept while readers use those not much younger.
    options_.snapshot_age_max = absl::Milliseconds(500);
    Open();
  }

  // What a written revision did, as its writer saw it.
  struct Written {
    std::string method;
    std::string request_id;
  };

  void Write(std::uint32_t seed);
  void Read(std::uint32_t seed);
  // Waits until so many more are visible, or a moment.
  void AwaitLater(std::int64_t revisions);
  // The access of every partner to a customer at a revision: one letter for
  // each. Empty when the revision is not held any more.
  std::string CheckAll(std::int64_t revision, int customer);
  void ExpectVisible(const google::protobuf::Message& response,
                     std::int64_t revision);

  SystemClock machine_clock_;
  RandomCommands commands_;
  std::atomic<bool> done_{false};
  std::atomic<int> checks_{0};
  std::atomic<int> compared_{0};
  std::atomic<int> refused_{0};
  Mutex mutex_;
  std::map<std::int64_t, Written> written_ ABSL_GUARDED_BY(mutex_);
};

std::string Concurrency::CheckAll(std::int64_t revision, int customer) {
  constexpr int kParties =
      RandomCommands::kProviders + RandomCommands::kResellers;
  std::string letters;
  const hierarchy::Edition* edition =
      engine_->EditionAt(engine_->visible(), absl::Now()).edition;
  for (int i = 0; i < kParties; ++i) {
    v1::AccessQuery query;
    query.set_customer(CustomerNamed(RandomCommands::CustomerId(customer)));
    query.set_partner(PartnerNamed(
        i < RandomCommands::kProviders
            ? RandomCommands::ProviderId(i)
            : RandomCommands::ResellerId(i - RandomCommands::kProviders)));
    query.set_permission(i % 2 == 0 ? "manage_users" : "open_tickets");
    // The lock is taken anew each time, as a batch does.
    const bool held =
        engine_->ReadGraph(revision, [&](const hierarchy::Graph& graph) {
          const hierarchy::AccessView view{&graph, revision, edition};
          const auto resolved = hierarchy::Resolve(view, Operator(), query);
          const auto* known = std::get_if<hierarchy::ResolvedQuery>(&resolved);
          if (known == nullptr) {
            letters += '-';
            return;
          }
          const v1::AccessDecision decision = hierarchy::Check(view, *known);
          letters +=
              absl::StrCat(decision.verdict(), ".", decision.reason(), ".",
                           hierarchy::LastId(decision.decided_by()), " ");
        });
    if (!held) return "";
    ++checks_;
  }
  return letters;
}

void Concurrency::ExpectVisible(const google::protobuf::Message& response,
                                std::int64_t revision) {
  EXPECT_GE(engine_->visible(), revision);
  const auto* granted =
      dynamic_cast<const v1::GrantAdminRelationshipResponse*>(&response);
  const auto* accepted =
      dynamic_cast<const v1::AcceptInvitationResponse*>(&response);
  if (granted == nullptr && accepted == nullptr) return;
  engine_->ReadGraph(revision, [&](const hierarchy::Graph& graph) {
    const std::string& name = granted != nullptr
                                  ? granted->admin_relationship().name()
                                  : accepted->reseller_relationship().name();
    const auto customer = graph.CustomerNamed(hierarchy::ParentOf(name));
    ASSERT_TRUE(customer.has_value());
    // At its revision, and only from then on when it is new.
    std::int64_t from = 0;
    if (granted != nullptr) {
      graph.VisitAdmins(*customer, revision, [&](const auto& item) {
        if (graph.NameOf(item) == name) from = item.fact->from;
        return true;
      });
      EXPECT_EQ(from, revision) << name;
    } else {
      graph.VisitRelationships(*customer, revision, [&](const auto& item) {
        if (graph.NameOf(item) == name) from = item.fact->from;
        return true;
      });
      EXPECT_GT(from, 0) << name;
    }
  });
}

void Concurrency::Write(std::uint32_t seed) {
  RandomCommands::Random random(seed);
  while (engine_->visible() < kRevisions) {
    // Some at once, so that one writer's commands share groups.
    std::vector<RandomCommand> sent;
    std::vector<std::future<Outcome>> outcomes;
    const std::int64_t before = engine_->visible();
    for (std::uint32_t i = 0; i <= random() % 4; ++i) {
      sent.push_back(commands_.Make(random));
      outcomes.push_back(Start(*sent.back().request, sent.back().principal));
    }
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const Outcome outcome = outcomes[i].get();
      if (!outcome.ok()) {
        ++refused_;
        EXPECT_NE(outcome.refusal->code(), absl::StatusCode::kUnavailable);
        EXPECT_NE(outcome.refusal->code(), absl::StatusCode::kInternal);
        continue;
      }
      const auto* options = hierarchy::OptionsOf(*sent[i].request);
      if (options->validate_only()) continue;
      const std::int64_t revision = outcome.revision();
      EXPECT_GT(revision, before);
      ExpectVisible(*outcome.response, revision);
      commands_.Learn(*outcome.response);
      MutexLock lock(&mutex_);
      const bool fresh =
          written_
              .insert({revision,
                       {std::string(sent[i].request->GetDescriptor()->name()),
                        options->request_id()}})
              .second;
      EXPECT_TRUE(fresh) << "two commands of revision " << revision;
    }
  }
}

void Concurrency::AwaitLater(std::int64_t revisions) {
  auto reached = std::make_shared<std::promise<bool>>();
  std::future<bool> future = reached->get_future();
  const std::int64_t wanted = engine_->visible() + revisions;
  engine_->WhenVisible(wanted, absl::Now() + absl::Milliseconds(200),
                       [reached](bool ok) { reached->set_value(ok); });
  if (future.get()) {
    EXPECT_GE(engine_->visible(), wanted);
  }
}

void Concurrency::Read(std::uint32_t seed) {
  RandomCommands::Random random(seed);
  struct Answer {
    std::int64_t revision;
    int customer;
    std::string letters;
  };
  std::vector<Answer> answers;
  std::int64_t newest = 0;
  while (!done_) {
    const std::int64_t visible = engine_->visible();
    EXPECT_GE(visible, newest);
    newest = visible;
    const std::int64_t revision = std::max<std::int64_t>(
        1, visible - static_cast<std::int64_t>(random() % kBackMax));
    const int customer =
        static_cast<int>(random() % RandomCommands::kCustomers);
    answers.push_back({revision, customer, CheckAll(revision, customer)});
    // The same question again, after others have written.
    if (answers.size() < 20) continue;
    for (const Answer& answer : answers) {
      const std::string again = CheckAll(answer.revision, answer.customer);
      if (answer.letters.empty() || again.empty()) continue;
      ++compared_;
      EXPECT_EQ(again, answer.letters) << "at revision " << answer.revision;
    }
    answers.clear();
    AwaitLater(kPause);
  }
}

TEST_F(Concurrency, ReadersAndWriters) {
  const char* given = std::getenv("PARTNER_SEED");
  const std::uint32_t seed =
      given != nullptr
          ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
          : std::random_device{}();
  std::printf("PARTNER_SEED=%u\n", seed);
  for (const RandomCommand& command : RandomCommands::Founding()) {
    const Outcome outcome = Run(*command.request, command.principal);
    ASSERT_TRUE(outcome.ok());
    commands_.Learn(*outcome.response);
  }
  const std::int64_t first = engine_->visible() + 1;
  std::vector<std::thread> writers;
  std::vector<std::thread> readers;
  for (std::uint32_t i = 0; i < kWriters; ++i) {
    writers.emplace_back([this, i, seed] { Write(seed + i); });
  }
  for (std::uint32_t i = 0; i < kReaders; ++i) {
    readers.emplace_back([this, i, seed] { Read(seed + 1000 + i); });
  }
  for (std::thread& writer : writers) writer.join();
  done_ = true;
  for (std::thread& reader : readers) reader.join();

  const std::int64_t last = engine_->visible();
  std::printf("revisions %lld refused %d checks %d compared %d oldest %lld\n",
              static_cast<long long>(last), refused_.load(), checks_.load(),
              compared_.load(), static_cast<long long>(engine_->oldest()));
  EXPECT_GT(checks_, 100);
  EXPECT_GT(compared_, 10);
  const std::vector<std::string> lines = Describe(last);
  {
    MutexLock lock(&mutex_);
    // Dense: every revision was answered to exactly one writer.
    ASSERT_EQ(static_cast<std::int64_t>(written_.size()), last - first + 1);
    EXPECT_EQ(written_.begin()->first, first);
    const auto reader = engine_->OpenReader();
    ASSERT_TRUE(reader.ok());
    absl::Time at = absl::InfinitePast();
    for (const auto& [revision, write] : written_) {
      const auto record = (*reader)->GetRevision(revision);
      ASSERT_TRUE(record.ok() && record->has_value()) << revision;
      EXPECT_EQ((*record)->request_id, write.request_id);
      const std::string method(
          (*record)->method.substr((*record)->method.find('.') + 1));
      EXPECT_EQ(absl::StrCat(method, "Request"), write.method);
      EXPECT_GT((*record)->at, at);
      at = (*record)->at;
    }
  }
  EXPECT_THAT(Verify(), IsEmpty());
  Open();
  EXPECT_EQ(Describe(last), lines);
}

}  // namespace
}  // namespace partner::server
