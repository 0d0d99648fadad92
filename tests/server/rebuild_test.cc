// Graph == Rebuild(store): after random commands the graph in memory is the one
// the live documents make and the one the whole history makes; and a store that
// contradicts itself is found out.

#include "server/ledger/rebuild.h"

#include <sqlite3.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/ledger/graph_loader.h"
#include "tests/server/ledger_fixture.h"
#include "tests/server/random_commands.h"

namespace partner::server {
namespace {

using testing::Contains;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Rebuild : public LedgerTest {
 protected:
  Rebuild() { Open(); }

  // Sends `count` random commands, a few at a time; how many were accepted.
  int RunRandom(RandomCommands::Random& random, RandomCommands& commands,
                int count) {
    int accepted = 0;
    while (count > 0) {
      const int group =
          std::min<int>(count, 1 + static_cast<int>(random() % 9));
      count -= group;
      std::vector<std::future<Outcome>> outcomes;
      {
        Hold hold(this);
        for (int i = 0; i < group; ++i) {
          RandomCommand command = commands.Make(random);
          outcomes.push_back(Start(*command.request, command.principal));
        }
      }
      for (std::future<Outcome>& future : outcomes) {
        const Outcome outcome = future.get();
        if (!outcome.ok()) continue;
        ++accepted;
        commands.Learn(*outcome.response);
      }
    }
    return accepted;
  }

  // Runs one statement on the store file, which is closed.
  void Sql(const std::string& statement) {
    Close();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(sqlite_.path.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(
        sqlite3_exec(database, statement.c_str(), nullptr, nullptr, &error),
        SQLITE_OK)
        << error;
    EXPECT_GE(sqlite3_changes(database), 1) << statement;
    sqlite3_free(error);
    sqlite3_close(database);
  }

  // The start is refused with DATA_LOSS, in one line that says `words`.
  void ExpectRefused(absl::string_view words) {
    const absl::Status status = TryOpen();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(
        std::string(status.message()),
        testing::AllOf(HasSubstr(std::string(words)), Not(HasSubstr("\n"))));
  }
};

class RandomHistory : public Rebuild,
                      public testing::WithParamInterface<int> {};

TEST_P(RandomHistory, GraphIsWhatTheStoreMakes) {
  const auto seed = static_cast<std::uint32_t>(
      GetParam() == 0 ? std::random_device{}() : GetParam());
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  RandomCommands::Random random(seed);
  RandomCommands commands;
  for (const RandomCommand& command : RandomCommands::Founding()) {
    const Outcome outcome = Run(*command.request, command.principal);
    ASSERT_TRUE(outcome.ok());
    commands.Learn(*outcome.response);
  }
  // Lines of the graph at some revisions, as they were then.
  std::vector<std::pair<std::int64_t, std::vector<std::string>>> history;
  for (int round = 0; round < 8; ++round) {
    EXPECT_GT(RunRandom(random, commands, 100), 10);
    history.emplace_back(engine_->visible(), Describe(engine_->visible()));
    // Some of what was is dropped on the way.
    clock_.AdvanceTo(clock_.Now() + options_.snapshot_age_max / 3);
    GoRound();
  }
  EXPECT_GT(engine_->oldest(), 1);
  for (const auto& [revision, lines] : history) {
    if (revision < engine_->oldest()) continue;
    EXPECT_EQ(Describe(revision), lines);
  }
  EXPECT_THAT(history.back().second, SizeIs(Ge(30)));
  const StateHash hash = engine_->state_hash();
  const std::int64_t documents = engine_->documents();
  Close();

  const std::unique_ptr<Store> store = OpenStore();
  const auto* catalogue = policies_->CatalogueOf("global");
  const auto live =
      RebuildFromLive("global", catalogue, store->writer_reader());
  ASSERT_TRUE(live.ok()) << live.status();
  const auto replayed =
      RebuildFromVersions("global", catalogue, store->writer_reader());
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  const std::int64_t revision = store->head().revision;
  EXPECT_EQ(revision, history.back().first);
  EXPECT_EQ(live->graph->Describe(revision), history.back().second);
  EXPECT_EQ((*replayed)->Describe(revision), history.back().second);
  EXPECT_EQ(live->state_hash, hash);
  EXPECT_EQ(live->documents, documents);
  EXPECT_THAT(VerifyStore("global", *policies_, store.get()).value(),
              IsEmpty());
}

// 0: another one each time.
INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, testing::Values(0, 1, 2, 3));

// --- Stores that contradict themselves
// ---------------------------------------------

TEST_F(Rebuild, FlippedByteOfALiveDocumentIsFound) {
  MakePartners();
  Sql("UPDATE versions SET body = CAST(replace(CAST(body AS TEXT), "
      "'Partner north', 'Partner nurth') AS BLOB) WHERE revision = 2");
  EXPECT_THAT(Verify(), Contains(HasSubstr("state hash")));
  ExpectRefused("state hash");
}

TEST_F(Rebuild, UnreadableDocumentIsFound) {
  MakePartners();
  Sql("UPDATE versions SET body = x'ff' WHERE revision = 2");
  EXPECT_THAT(Verify(), Contains(HasSubstr(PartnerNamed("north"))));
  ExpectRefused(PartnerNamed("north"));
}

// Reads at old revisions and the replay of the history use old versions.
TEST_F(Rebuild, DocumentThatMakesNoSenseIsDataLoss) {
  v1::Partner partner;
  partner.set_name(PartnerNamed("north"));
  StoredDocument document{hierarchy::Kind::kPartner, partner.name(), 1,
                          partner.SerializeAsString()};
  hierarchy::Graph graph("global", policies_->CatalogueOf("global"));
  EXPECT_TRUE(ApplyStored(document, &graph).ok());
  // Parses, and the graph has no place for it.
  partner.add_enrollments()->set_type(static_cast<v1::EnrollmentType>(3005));
  document.body = partner.SerializeAsString();
  EXPECT_TRUE(absl::IsDataLoss(ApplyStored(document, &graph)));
}

TEST_F(Rebuild, FlippedByteOfAPastVersionIsFound) {
  MakePartners();
  MustRun(RenamePartner("north", "North"));
  Sql("UPDATE versions SET body = CAST(replace(CAST(body AS TEXT), "
      "'Partner north', 'Partner nurth') AS BLOB) WHERE revision = 2");
  EXPECT_THAT(Verify(), Contains(HasSubstr("revision 2")));
}

TEST_F(Rebuild, MissingLiveRowIsFound) {
  MakePartners();
  Sql(absl::StrCat("DELETE FROM live WHERE name = '", PartnerNamed("reno"),
                   "'"));
  EXPECT_THAT(Verify(), Not(IsEmpty()));
  ExpectRefused("live documents");
}

TEST_F(Rebuild, LiveRowOfAnOldVersionIsFound) {
  MakePartners();
  MustRun(ByName<v1::SuspendPartnerRequest>(PartnerNamed("north")));
  Sql(
      absl::StrCat("UPDATE live SET (seq, revision) = (SELECT seq, revision "
                   "FROM versions WHERE revision = 2) WHERE name = '",
                   PartnerNamed("north"), "'"));
  EXPECT_THAT(Verify(), Not(IsEmpty()));
  const absl::Status status = TryOpen();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(Rebuild, WrongStateHashIsFound) {
  MakePartners();
  Sql("UPDATE head SET state_hash = x'00000000000000000000000000000001'");
  EXPECT_THAT(Verify(), Not(IsEmpty()));
  ExpectRefused("state hash");
}

TEST_F(Rebuild, WrongHashOfAPastRevisionIsFound) {
  MakePartners();
  Sql("UPDATE revisions SET state_hash = "
      "x'00000000000000000000000000000001' WHERE revision = 3");
  EXPECT_THAT(Verify(), Contains(HasSubstr("revision 3")));
}

TEST_F(Rebuild, LostTenantIsFound) {
  MakePartners();
  Sql(absl::StrCat("DELETE FROM uniques WHERE name = '", PartnerNamed("north"),
                   "'"));
  EXPECT_THAT(Verify(), Contains(HasSubstr(PartnerNamed("north"))));
}

TEST_F(Rebuild, TenantOfAnotherIsFound) {
  MakePartners();
  Sql(absl::StrCat("UPDATE uniques SET name = '", PartnerNamed("reno"),
                   "' WHERE name = '", PartnerNamed("north"), "'"));
  EXPECT_THAT(Verify(), Contains(HasSubstr(PartnerNamed("north"))));
}

TEST_F(Rebuild, RecordsOfAnotherProgramAreFound) {
  MakePartners();
  Close();
  const std::unique_ptr<Store> store = OpenStore();
  const auto verified = VerifyStore("germany", *policies_, store.get());
  EXPECT_TRUE(absl::IsDataLoss(verified.status())) << verified.status();
  EXPECT_THAT(std::string(verified.status().message()),
              HasSubstr("program germany"));
}

TEST_F(Rebuild, MissingRevisionIsFound) {
  MakePartners();
  Sql("DELETE FROM revisions WHERE revision = 3");
  EXPECT_THAT(Verify(), Not(IsEmpty()));
}

TEST_F(Rebuild, DamagedFileIsFound) {
  MakePartners();
  Close();
  std::fstream file(sqlite_.path,
                    std::ios::in | std::ios::out | std::ios::binary);
  // The head of the second page.
  file.seekp(4096);
  file.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  file.close();
  const absl::Status status = TryOpen();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(Rebuild, UnknownProgramIsNotVerified) {
  Close();
  const std::unique_ptr<Store> store = OpenStore();
  EXPECT_TRUE(absl::IsNotFound(
      VerifyStore("nowhere", *policies_, store.get()).status()));
}

}  // namespace
}  // namespace partner::server
