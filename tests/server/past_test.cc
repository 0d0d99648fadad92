// What was true at a moment: a small graph loaded from the store equals what
// the large one was then.

#include "server/ledger/past.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "hierarchy/model/names.h"
#include "tests/server/ledger_fixture.h"
#include "tests/server/random_commands.h"

namespace partner::server {
namespace {

using hierarchy::Kind;
using testing::IsEmpty;

class Past : public LedgerTest {
 protected:
  Past() { Open(); }

  // Lines about customers and what is under them.
  static std::vector<std::string> OfCustomers(
      const std::vector<std::string>& lines) {
    std::vector<std::string> some;
    for (const std::string& line : lines) {
      if (absl::StartsWith(line, "relationship ") ||
          absl::StartsWith(line, "admin ")) {
        some.push_back(line);
      }
    }
    return some;
  }
  static std::vector<std::string> OfParties(
      const std::vector<std::string>& lines) {
    std::vector<std::string> some;
    for (const std::string& line : lines) {
      if (absl::StartsWith(line, "partner ") ||
          absl::StartsWith(line, "customer ")) {
        some.push_back(line);
      }
    }
    return some;
  }

  // Everybody there may be, at a moment as known at a revision.
  std::vector<std::string> Load(StoreReader* reader, std::int64_t known,
                                absl::Time moment) {
    const auto point = FindPast(reader, known, moment);
    EXPECT_TRUE(point.ok());
    PastReader past(reader, *point, moment, {});
    PastGraph graph("global", policies_->CatalogueOf("global"), &past);
    for (int i = 0; i < RandomCommands::kProviders; ++i) {
      EXPECT_TRUE(
          graph.AddPartner(PartnerNamed(RandomCommands::ProviderId(i))).ok());
    }
    for (int i = 0; i < RandomCommands::kResellers; ++i) {
      EXPECT_TRUE(
          graph.AddPartner(PartnerNamed(RandomCommands::ResellerId(i))).ok());
    }
    for (int i = 0; i < RandomCommands::kCustomers; ++i) {
      EXPECT_TRUE(
          graph.AddCustomer(CustomerNamed(RandomCommands::CustomerId(i))).ok());
    }
    return graph.graph().Describe(graph.revision());
  }
};

TEST_F(Past, IsWhatTheGraphWasThen) {
  struct Then {
    absl::Time at;
    std::vector<std::string> lines;
  };
  std::map<std::int64_t, Then> history;
  RandomCommands commands;
  RandomCommands::Random random(7);
  const auto run = [&](const RandomCommand& command) {
    clock_.AdvanceTo(clock_.Now() + absl::Minutes(1));
    const Outcome outcome = Run(*command.request, command.principal);
    if (!outcome.ok()) return;
    commands.Learn(*outcome.response);
    const std::int64_t revision = outcome.revision();
    if (revision % 5 == 0) {
      history[revision] = {engine_->TimeOf(revision), Describe(revision)};
    }
  };
  for (const RandomCommand& command : RandomCommands::Founding()) run(command);
  for (int i = 0; i < 400; ++i) run(commands.Make(random));
  ASSERT_GT(history.size(), 20u);
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok());
  const std::int64_t newest = engine_->visible();
  for (const auto& [revision, then] : history) {
    SCOPED_TRACE(revision);
    // At its moment and long before the next, as known today and as known then.
    const auto today =
        Load(reader->get(), newest, then.at + absl::Microseconds(1));
    EXPECT_EQ(OfCustomers(today), OfCustomers(then.lines));
    const auto known = Load(reader->get(), revision, then.at);
    EXPECT_EQ(OfCustomers(known), OfCustomers(then.lines));
    EXPECT_EQ(OfParties(known), OfParties(then.lines));
  }
}

TEST_F(Past, PartiesCountFromBeforeTheyWereRecorded) {
  const absl::Time before = clock_.Now();
  clock_.AdvanceTo(before + absl::Hours(1));
  MakePartners();
  MustRun(CreateCustomer("c"), PartnerPrincipal("north"));
  const std::int64_t known = engine_->visible();
  MustRun(ByName<v1::SuspendPartnerRequest>(PartnerNamed("north")));
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok());
  for (const std::int64_t at : {known, engine_->visible()}) {
    const auto point = FindPast(reader->get(), at, before);
    ASSERT_TRUE(point.ok());
    PastReader past(reader->get(), *point, before, {});
    PastGraph graph("global", policies_->CatalogueOf("global"), &past);
    ASSERT_TRUE(graph.AddCustomer(CustomerNamed("c")).ok());
    ASSERT_TRUE(graph.AddPartner(PartnerNamed("north")).ok());
    ASSERT_TRUE(graph.AddPartner(PartnerNamed("nobody")).ok());
    const auto north = graph.graph().PartnerNamed(PartnerNamed("north"));
    ASSERT_TRUE(north.has_value());
    // By its first record, whatever came later.
    EXPECT_EQ(graph.graph().PartnerAt(*north, at)->state,
              v1::PARTNER_STATE_ACTIVE);
    EXPECT_TRUE(graph.graph().CustomerNamed(CustomerNamed("c")).has_value());
    EXPECT_FALSE(graph.graph().PartnerNamed(PartnerNamed("nobody")));
    EXPECT_THAT(OfCustomers(graph.graph().Describe(at)), IsEmpty());
  }
}

// What is recorded later of an earlier time, as an import does.
TEST_F(Past, WhatIsRecordedLaterCountsFromItsStart) {
  MakePartners();
  MustRun(CreateCustomer("c"), PartnerPrincipal("north"));
  const absl::Time recorded = clock_.Now() + absl::Hours(1);
  Close();
  const std::unique_ptr<Store> store = OpenStore();
  v1::AdminRelationship admin;
  admin.set_name(hierarchy::ChildName(
      CustomerNamed("c"), Kind::kAdminRelationship, hierarchy::EncodeId(1)));
  admin.set_delegate(PartnerNamed("reno"));
  admin.set_kind(v1::ADMIN_KIND_BROAD);
  admin.add_duties(v1::ADMIN_DUTY_SUPPORT);
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  admin.mutable_start_time()->set_seconds(
      absl::ToUnixSeconds(recorded - absl::Hours(24 * 365)));
  admin.mutable_create_time()->set_seconds(absl::ToUnixSeconds(recorded));
  for (const bool all : {false, true}) {
    admin.mutable_scope()->set_all_services(all);
    NewRevision revision;
    revision.record.revision = store->head().revision + 1;
    revision.record.at = recorded + absl::Hours(all ? 1 : 0);
    revision.record.effective_time = revision.record.at;
    revision.record.state_hash = store->head().state_hash;
    revision.documents.push_back({Kind::kAdminRelationship,
                                  admin.name(),
                                  admin.SerializeAsString(),
                                  {}});
    ASSERT_EQ(store
                  ->Append(store->head().revision, store->head().epoch,
                           {std::move(revision)})
                  .outcome,
              AppendOutcome::kCommitted);
  }
  const auto in_force = [&](std::int64_t known, absl::Duration before) {
    const absl::Time moment = recorded - before;
    const auto point = FindPast(store->writer_reader(), known, moment);
    PastReader past(store->writer_reader(), *point, moment, {});
    const auto found = past.Get(Kind::kAdminRelationship, admin.name());
    if (!found.ok() || !found->has_value()) return std::string("none");
    v1::AdminRelationship then;
    then.ParseFromString((*found)->body);
    return std::string(then.scope().all_services() ? "second" : "first");
  };
  const std::int64_t newest = store->head().revision;
  EXPECT_EQ(in_force(newest, absl::Hours(24 * 366)), "none");
  EXPECT_EQ(in_force(newest, absl::Hours(24 * 365)), "first");
  EXPECT_EQ(in_force(newest, absl::Hours(24)), "first");
  EXPECT_EQ(in_force(newest, -absl::Hours(1)), "second");
  EXPECT_EQ(in_force(newest - 2, absl::Hours(24)), "none") << "not yet known";
}

TEST_F(Past, WorkIsBounded) {
  MakePartners();
  MustRun(CreateCustomer("c"), PartnerPrincipal("north"));
  const auto reader = engine_->OpenReader();
  ASSERT_TRUE(reader.ok());
  const absl::Time moment = clock_.Now();
  const PastPoint point{engine_->visible(), 1};
  PastReader few(reader->get(), point, moment, {.rows_max = 2});
  PastGraph graph("global", policies_->CatalogueOf("global"), &few);
  EXPECT_TRUE(absl::IsOutOfRange(graph.AddCustomer(CustomerNamed("c"))));

  PastReader late(reader->get(), point, moment,
                  {.is_late = [] { return true; }});
  absl::Status status;
  while (status.ok()) {
    status = late.Get(Kind::kPartner, PartnerNamed("nobody")).status();
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_LE(late.rows(), 1000);
}

}  // namespace
}  // namespace partner::server
