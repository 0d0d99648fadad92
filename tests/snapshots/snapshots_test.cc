// Every reader sees every revision whole and unchanged, however many write: 64
// writers move the administration of 64 customers about, 8 readers read all of
// them at revisions of their choice, and afterwards each thing seen is compared
// with what the writers' answers say. Under ThreadSanitizer above all.
//
// PARTNER_REVISIONS and PARTNER_SEED change how much and what is written.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/ledger_fixture.h"

namespace partner::server {
namespace {

using hierarchy::Kind;

#if defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t kRevisions = 20'000;
#else
constexpr std::int64_t kRevisions = 200'000;
#endif
constexpr int kWriters = 64;
constexpr int kReaders = 8;
constexpr int kResellers = 6;
// How far back readers look.
constexpr int kBackMax = 100;
// How many revisions they let pass between two rounds, to leave the writers
// some time.
constexpr std::int64_t kPause = 400;

constexpr int kNobody = -1;
constexpr int kSeveral = -2;

// Who administers a customer, and since which revision. Each revision changes
// it for exactly one customer.
struct Administered {
  int delegate = kNobody;
  std::int64_t since = 0;
};

// What the answer to a write says.
struct Step {
  std::int64_t revision;
  int customer;
  int delegate;  // From then on.
};

// What somebody saw in the graph.
struct Sight {
  std::int64_t revision;
  int customer;
  Administered seen;
};

// What somebody saw of one record in the store.
struct StoreSight {
  std::int64_t granted;
  std::int64_t revision;
  int customer;
  bool active;
};

std::int64_t FromEnvironment(const char* name, std::int64_t otherwise) {
  const char* given = std::getenv(name);
  std::int64_t number = 0;
  return given != nullptr && absl::SimpleAtoi(given, &number) ? number
                                                              : otherwise;
}

std::string CustomerId(int customer) { return absl::StrCat("c", customer); }

class Snapshots : public LedgerTest {
 protected:
  using Random = std::mt19937;

  Snapshots() {
    options_.clock = &machine_clock_;
    // Facts are swept while readers use those not much younger.
    options_.snapshot_age_max = absl::Milliseconds(500);
    Open();
  }

  void Found();
  void Write(int customer, Random random);
  // Who administers a customer, as the graph tells it at a revision.
  static Administered Look(const hierarchy::Graph& graph, int customer,
                           std::int64_t revision);
  // The writer's own view right after the answer.
  void ExpectWritten(const Step& step);
  void Read(Random random);
  void ReadGraphAt(std::int64_t revision, std::vector<Sight>* sights);
  void ReadStoreAt(std::int64_t revision, Random& random, StoreReader* reader,
                   std::vector<StoreSight>* sights);
  void AwaitLater(std::int64_t revisions);

  const std::int64_t revisions_ =
      FromEnvironment("PARTNER_REVISIONS", kRevisions);
  SystemClock machine_clock_;
  std::atomic<bool> done_{false};
  std::atomic<int> lost_{0};
  Mutex mutex_;
  std::vector<Step> steps_ ABSL_GUARDED_BY(mutex_);
  // The newest grant of each customer.
  std::vector<std::pair<std::string, std::int64_t>> grants_
      ABSL_GUARDED_BY(mutex_){kWriters};
  std::vector<Sight> sights_ ABSL_GUARDED_BY(mutex_);
  std::vector<StoreSight> store_sights_ ABSL_GUARDED_BY(mutex_);
};

void Snapshots::Found() {
  for (int i = 0; i < kResellers; ++i) {
    MustRun(CreateReseller(absl::StrCat("r", i)));
  }
  for (int i = 0; i < kWriters; ++i) MustRun(CreateCustomer(CustomerId(i)));
}

Administered Snapshots::Look(const hierarchy::Graph& graph, int customer,
                             std::int64_t revision) {
  Administered found;
  const auto id = graph.FindCustomer(CustomerId(customer));
  EXPECT_TRUE(id.has_value());
  if (!id) return found;
  graph.VisitAdmins(*id, revision, [&](const hierarchy::Graph::Admin& item) {
    EXPECT_LE(item.fact->from, revision) << "from the future";
    if (!item.fact->ActiveAt(0)) return true;
    if (found.delegate != kNobody) {
      found.delegate = kSeveral;
      return false;
    }
    found.delegate = graph.PartnerText(item.delegate)[1] - '0';
    found.since = item.fact->from;
    return true;
  });
  return found;
}

void Snapshots::ExpectWritten(const Step& step) {
  EXPECT_GE(engine_->visible(), step.revision) << "answered before visible";
  engine_->ReadGraph(step.revision, [&](const hierarchy::Graph& graph) {
    const Administered now = Look(graph, step.customer, step.revision);
    EXPECT_EQ(now.delegate, step.delegate) << "at " << step.revision;
    EXPECT_EQ(now.since, step.delegate == kNobody ? 0 : step.revision);
    if (step.revision - 1 < graph.oldest()) return;
    const Administered before = Look(graph, step.customer, step.revision - 1);
    EXPECT_NE(before.delegate, step.delegate) << "before " << step.revision;
  });
}

void Snapshots::Write(int customer, Random random) {
  std::vector<Step> steps;
  std::string grant;
  int delegate = kNobody;
  while (engine_->visible() < revisions_) {
    const std::int64_t before = engine_->visible();
    const bool end = delegate != kNobody && random() % 3 == 0;
    Outcome outcome;
    if (end) {
      delegate = kNobody;
      outcome = Run(ByName<v1::TerminateAdminRelationshipRequest>(grant),
                    CustomerPrincipal(CustomerId(customer)));
    } else {
      // Takes it from the last one in the same revision.
      const int others = static_cast<int>(random() % (kResellers - 1)) + 1;
      delegate = (std::max(delegate, 0) + others) % kResellers;
      outcome = Run(Grant(CustomerId(customer), absl::StrCat("r", delegate)),
                    CustomerPrincipal(CustomerId(customer)));
    }
    ASSERT_TRUE(outcome.ok()) << v1::ErrorReason_Name(outcome.reason());
    const Step step{outcome.revision(), customer, delegate};
    EXPECT_GT(step.revision, before);
    ExpectWritten(step);
    steps.push_back(step);
    if (end) continue;
    grant = outcome.As<v1::GrantAdminRelationshipResponse>()
                .admin_relationship()
                .name();
    MutexLock lock(&mutex_);
    grants_[static_cast<std::size_t>(customer)] = {grant, step.revision};
  }
  MutexLock lock(&mutex_);
  steps_.insert(steps_.end(), steps.begin(), steps.end());
}

void Snapshots::AwaitLater(std::int64_t revisions) {
  auto reached = std::make_shared<std::promise<void>>();
  std::future<void> future = reached->get_future();
  engine_->WhenVisible(engine_->visible() + revisions,
                       absl::Now() + absl::Milliseconds(500),
                       [reached](bool) { reached->set_value(); });
  future.wait();
}

void Snapshots::ReadGraphAt(std::int64_t revision, std::vector<Sight>* sights) {
  // The lock is taken anew each time, so that others write in between.
  for (int customer = 0; customer < kWriters; ++customer) {
    const bool held = engine_->ReadGraph(revision, [&](const hierarchy::Graph&
                                                           graph) {
      sights->push_back({revision, customer, Look(graph, customer, revision)});
    });
    if (!held) {
      ++lost_;
      return;
    }
  }
}

void Snapshots::ReadStoreAt(std::int64_t revision, Random& random,
                            StoreReader* reader,
                            std::vector<StoreSight>* sights) {
  const int customer = static_cast<int>(random() % kWriters);
  std::pair<std::string, std::int64_t> grant;
  {
    MutexLock lock(&mutex_);
    grant = grants_[static_cast<std::size_t>(customer)];
  }
  const auto& [name, granted] = grant;
  if (name.empty()) return;
  for (const std::int64_t at : {granted - 1, granted, revision}) {
    const auto document = reader->Get(Kind::kAdminRelationship, name, at);
    ASSERT_TRUE(document.ok()) << document.status();
    ASSERT_EQ(document->has_value(), at >= granted) << name << " at " << at;
    if (!document->has_value()) continue;
    EXPECT_LE((*document)->revision, at) << "from the future";
    v1::AdminRelationship record;
    ASSERT_TRUE(record.ParseFromString((*document)->body));
    sights->push_back({granted, at, customer,
                       record.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE});
  }
}

void Snapshots::Read(Random random) {
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<Sight> sights;
  std::vector<StoreSight> store_sights;
  std::int64_t newest = 0;
  while (!done_) {
    const std::int64_t visible = engine_->visible();
    EXPECT_GE(visible, newest) << "went back";
    newest = visible;
    const std::int64_t revision =
        std::max(engine_->oldest(),
                 visible - static_cast<std::int64_t>(random() % kBackMax));
    ReadGraphAt(revision, &sights);
    ASSERT_NO_FATAL_FAILURE(
        ReadStoreAt(revision, random, reader->get(), &store_sights));
    AwaitLater(kPause);
  }
  MutexLock lock(&mutex_);
  sights_.insert(sights_.end(), sights.begin(), sights.end());
  store_sights_.insert(store_sights_.end(), store_sights.begin(),
                       store_sights.end());
}

// By customer, in revision order; fails unless the revisions are dense.
std::vector<std::vector<Step>> Timelines(std::vector<Step> steps,
                                         std::int64_t first) {
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return a.revision < b.revision;
  });
  std::vector<std::vector<Step>> timelines(kWriters);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    // Dense and each of one write.
    EXPECT_EQ(steps[i].revision, first + static_cast<std::int64_t>(i));
    timelines[static_cast<std::size_t>(steps[i].customer)].push_back(steps[i]);
  }
  return timelines;
}

// The first step of a customer after a revision.
std::vector<Step>::const_iterator After(const std::vector<Step>& timeline,
                                        std::int64_t revision) {
  return std::upper_bound(
      timeline.begin(), timeline.end(), revision,
      [](std::int64_t at, const Step& step) { return at < step.revision; });
}

TEST_F(Snapshots, AreWholeAndStayAsTheyAre) {
  const auto seed = static_cast<std::uint32_t>(
      FromEnvironment("PARTNER_SEED", std::random_device{}()));
  std::printf("PARTNER_SEED=%u\n", seed);
  Found();
  const std::int64_t first = engine_->visible() + 1;
  std::vector<std::thread> writers;
  std::vector<std::thread> readers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([this, i, seed] {
      Write(i, Random(seed + static_cast<std::uint32_t>(i)));
    });
  }
  for (std::uint32_t i = 0; i < kReaders; ++i) {
    readers.emplace_back([this, i, seed] { Read(Random(seed + 1000 + i)); });
  }
  for (std::thread& writer : writers) writer.join();
  done_ = true;
  for (std::thread& reader : readers) reader.join();

  const std::int64_t last = engine_->visible();
  MutexLock lock(&mutex_);
  const std::vector<std::vector<Step>> timelines = Timelines(steps_, first);
  std::printf("revisions %lld..%lld, seen: graph %zu store %zu, lost %d\n",
              static_cast<long long>(first), static_cast<long long>(last),
              sights_.size(), store_sights_.size(), lost_.load());
  EXPECT_EQ(static_cast<std::int64_t>(steps_.size()), last - first + 1);
  EXPECT_GE(last, revisions_);
  EXPECT_GT(engine_->oldest(), first) << "nothing was swept meanwhile";
  EXPECT_GT(sights_.size(), 1000u);
  EXPECT_GT(store_sights_.size(), 10u);
  for (const Sight& sight : sights_) {
    const auto& timeline = timelines[static_cast<std::size_t>(sight.customer)];
    const auto after = After(timeline, sight.revision);
    Administered expected;
    if (after != timeline.begin() && std::prev(after)->delegate != kNobody) {
      expected = {std::prev(after)->delegate, std::prev(after)->revision};
    }
    ASSERT_EQ(sight.seen.delegate, expected.delegate)
        << "customer " << sight.customer << " at " << sight.revision;
    ASSERT_EQ(sight.seen.since, expected.since)
        << "customer " << sight.customer << " at " << sight.revision;
  }
  for (const StoreSight& sight : store_sights_) {
    const auto& timeline = timelines[static_cast<std::size_t>(sight.customer)];
    const auto after = After(timeline, sight.granted);
    const bool active =
        after == timeline.end() || after->revision > sight.revision;
    ASSERT_EQ(sight.active, active)
        << "granted to customer " << sight.customer << " at " << sight.granted
        << ", read at " << sight.revision;
  }
}

}  // namespace
}  // namespace partner::server
