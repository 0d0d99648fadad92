// Every past revision can be read: against a naive model with random writes,
// and while a writer goes on.

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/storage/store_suite.h"

namespace partner::server {
namespace {

using hierarchy::Kind;

constexpr char kPartners[] = "programs/global/partners/";

// All versions of all documents, kept the simplest way.
class Model {
 public:
  void Write(const StoredDocument& document) {
    versions_.push_back(document);
    documents_[{document.kind, document.name}].push_back(document);
  }

  std::string Get(Kind kind, const std::string& name,
                  std::int64_t revision) const {
    std::string found;
    const auto it = documents_.find({kind, name});
    if (it == documents_.end()) return found;
    for (const StoredDocument& version : it->second) {
      if (version.revision <= revision) found = Describe(version);
    }
    return found;
  }

  std::vector<std::string> List(const ListRange& range) const {
    std::vector<std::string> found;
    for (const auto& [key, versions] : documents_) {
      if (key.first != range.kind) continue;
      if (!absl::StartsWith(key.second, range.prefix)) continue;
      if (!range.after.empty() && !(range.after < key.second)) continue;
      StoredDocument current;
      current.kind = range.kind;
      current.name = key.second;
      for (const StoredDocument& version : versions) {
        if (version.revision <= range.revision) current = version;
      }
      found.push_back(Describe(current));
    }
    return found;
  }

  // In the order written.
  std::vector<std::string> Live() const {
    std::vector<std::string> live;
    for (const StoredDocument& version : versions_) {
      const auto& all = documents_.at({version.kind, version.name});
      if (all.back().revision == version.revision) {
        live.push_back(Describe(version));
      }
    }
    return live;
  }

  std::vector<std::string> VersionsFrom(std::int64_t revision) const {
    std::vector<std::string> found;
    for (const StoredDocument& version : versions_) {
      if (version.revision >= revision) found.push_back(Describe(version));
    }
    return found;
  }

  StateHash Hash() const {
    StateHash sum;
    for (const auto& [key, versions] : documents_) {
      sum = Add(sum, HashDocument(key.first, key.second, versions.back().body));
    }
    return sum;
  }

  std::size_t documents() const { return documents_.size(); }
  const std::map<std::pair<Kind, std::string>, std::vector<StoredDocument>>&
  all() const {
    return documents_;
  }

 private:
  std::vector<StoredDocument> versions_;
  std::map<std::pair<Kind, std::string>, std::vector<StoredDocument>>
      documents_;
};

std::vector<std::string> DescribeAll(
    const std::vector<StoredDocument>& documents) {
  std::vector<std::string> lines;
  for (const StoredDocument& document : documents) {
    lines.push_back(Describe(document));
  }
  return lines;
}

class RandomWrites {
 public:
  explicit RandomWrites(std::uint64_t seed) : random_(seed) {}

  // A revision of up to four documents, also noted in the model.
  NewRevision Next(std::int64_t number, Model* model) {
    NewRevision revision = Revision(number);
    const int documents = Below(5);
    for (int i = 0; i < documents; ++i) {
      DocumentWrite write;
      write.kind = Below(2) == 0 ? Kind::kPartner : Kind::kCustomer;
      write.name = Name();
      write.body = std::string(static_cast<std::size_t>(Below(600)),
                               static_cast<char>(Below(256)));
      const bool written = std::any_of(
          revision.documents.begin(), revision.documents.end(),
          [&](const DocumentWrite& other) {
            return other.kind == write.kind && other.name == write.name;
          });
      if (written) continue;
      StoredDocument stored;
      stored.kind = write.kind;
      stored.name = write.name;
      stored.revision = number;
      stored.body = write.body;
      model->Write(stored);
      revision.documents.push_back(std::move(write));
    }
    revision.record.state_hash = model->Hash();
    return revision;
  }

  int Below(int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random_);
  }

  // Short names of few letters, among them ones that order differently as
  // text of a language and as bytes.
  std::string Name() {
    static constexpr absl::string_view kLetters[] = {"a", "B",        "-", "/",
                                                     "_", "\xc3\xa9", "z", "0"};
    std::string name = kPartners;
    const int length = 1 + Below(3);
    for (int i = 0; i < length; ++i) {
      absl::StrAppend(&name, kLetters[Below(8)]);
    }
    return name;
  }

 private:
  std::mt19937_64 random_;
};

TEST_P(StoreSuite, EveryPastRevisionReadsAsTheModel) {
  const std::uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("PARTNER_TEST_SEED=", seed));
  RandomWrites writes(seed);
  Model model;
  constexpr std::int64_t kRevisions = 300;
  std::int64_t head = 0;
  while (head < kRevisions) {
    std::vector<NewRevision> batch;
    const int size = 1 + writes.Below(8);
    for (int i = 0; i < size; ++i) {
      batch.push_back(writes.Next(++head, &model));
    }
    Commit(batch);
    if (writes.Below(10) == 0) Reopen();
  }

  const auto own = store_->OpenReader();
  ASSERT_TRUE(own.ok()) << own.status();
  for (StoreReader* const reader : {store_->writer_reader(), own->get()}) {
    for (std::int64_t revision = 0; revision <= head + 1; revision += 7) {
      SCOPED_TRACE(revision);
      for (const auto& [key, versions] : model.all()) {
        const auto got = reader->Get(key.first, key.second, revision);
        ASSERT_TRUE(got.ok()) << got.status();
        EXPECT_EQ(got->has_value() ? Describe(**got) : "",
                  model.Get(key.first, key.second, revision));
      }
      ListRange range;
      range.kind = writes.Below(2) == 0 ? Kind::kPartner : Kind::kCustomer;
      range.revision = revision;
      if (writes.Below(3) > 0) range.prefix = kPartners;
      if (writes.Below(3) == 0) {
        range.prefix = writes.Name().substr(0, sizeof(kPartners));
      }
      if (writes.Below(2) == 0) range.after = writes.Name();
      EXPECT_EQ(DescribeAll(ListAll(reader, range)), model.List(range))
          << range.prefix << " after " << range.after;
    }
    std::vector<std::string> live;
    ASSERT_TRUE(reader
                    ->ScanLive([&](const StoredDocument& document) {
                      live.push_back(Describe(document));
                      return absl::OkStatus();
                    })
                    .ok());
    EXPECT_EQ(live, model.Live());
    for (const std::int64_t first :
         {std::int64_t{0}, std::int64_t{1}, head / 2, head, head + 1}) {
      SCOPED_TRACE(first);
      std::vector<std::string> versions;
      ASSERT_TRUE(reader
                      ->ScanVersions(first,
                                     [&](const StoredDocument& document) {
                                       versions.push_back(Describe(document));
                                       return absl::OkStatus();
                                     })
                      .ok());
      EXPECT_EQ(versions, model.VersionsFrom(first));
    }
    EXPECT_EQ(RecomputeStateHash(reader), model.Hash());
  }
  EXPECT_EQ(store_->head().state_hash, model.Hash());
  EXPECT_EQ(store_->head().documents,
            static_cast<std::int64_t>(model.documents()));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, ListIsInTheOrderOfBytes) {
  Commit(
      Revision(1, {Partner("b", ""), Partner("B", ""), Partner("a-", ""),
                   Partner("a", ""), Partner("\xc3\xa9", ""),
                   Partner("a/x", ""), Partner("a.", ""), Partner("Z", "")}));
  const auto names = [&](absl::string_view prefix, absl::string_view after) {
    ListRange range;
    range.kind = Kind::kPartner;
    range.prefix = absl::StrCat(kPartners, prefix);
    if (!after.empty()) range.after = absl::StrCat(kPartners, after);
    range.revision = 1;
    std::string joined;
    for (const StoredDocument& document :
         ListAll(store_->writer_reader(), range)) {
      absl::StrAppend(&joined, document.name.substr(sizeof(kPartners) - 1),
                      " ");
    }
    return joined;
  };
  EXPECT_EQ(names("", ""), "B Z a a- a. a/x b \xc3\xa9 ");
  EXPECT_EQ(names("a", ""), "a a- a. a/x ");
  EXPECT_EQ(names("a", "a"), "a- a. a/x ");
  EXPECT_EQ(names("a", "a,"), "a- a. a/x ");
  EXPECT_EQ(names("a", "a/x"), "");
  EXPECT_EQ(names("a", "B"), "a a- a. a/x ");
  EXPECT_EQ(names("", "b"), "\xc3\xa9 ");
  EXPECT_EQ(names("c", ""), "");
}

TEST_P(StoreSuite, ListShowsNamesOfLaterRevisionsWithoutBody) {
  Commit(Revision(1, {Partner("a", "1")}));
  Commit(Revision(2, {Partner("b", "2")}));
  Commit(Revision(3, {Partner("b", "3"), Partner("c", "3")}));
  ListRange range;
  range.kind = Kind::kPartner;
  range.revision = 1;
  EXPECT_THAT(DescribeAll(ListAll(store_->writer_reader(), range)),
              testing::ElementsAre(absl::StrCat("2 ", kPartners, "a @1 1"),
                                   absl::StrCat("2 ", kPartners, "b @0 "),
                                   absl::StrCat("2 ", kPartners, "c @0 ")));
}

TEST_P(StoreSuite, VisitorsMayStopAndMayAskTheReaderAgain) {
  Commit(
      Revision(1, {Partner("a", "1"), Partner("b", "1"), Partner("c", "1")}));
  StoreReader* const reader = store_->writer_reader();
  ListRange range;
  range.kind = Kind::kPartner;
  range.revision = 1;
  int visited = 0;
  ASSERT_TRUE(reader
                  ->List(range,
                         [&](const StoredDocument& document) {
                           EXPECT_EQ(ListAll(reader, range).size(), 3u);
                           EXPECT_TRUE(reader
                                           ->Get(document.kind, document.name,
                                                 document.revision)
                                           .value()
                                           .has_value());
                           return ++visited < 2;
                         })
                  .ok());
  EXPECT_EQ(visited, 2);
  const auto stop = [&](const StoredDocument&) {
    return absl::CancelledError("enough");
  };
  EXPECT_TRUE(absl::IsCancelled(reader->ScanLive(stop)));
  EXPECT_TRUE(absl::IsCancelled(reader->ScanVersions(1, stop)));
  // A scan that ended early holds nothing.
  Commit(Revision(2, {Partner("a", "2")}));
}

TEST_P(StoreSuite, LiveDocumentsFarApartAreAllScanned) {
  std::int64_t number = 0;
  const auto change = [&](const std::string& id, int times) {
    for (int i = 0; i < times; ++i) {
      ++number;
      Commit(Revision(number, {Partner(id, std::to_string(number))}));
    }
  };
  // Long and short runs of the past before, between and after what is live.
  change("b", 200);
  change("a", 1);
  change("c", 33);
  change("d", 32);
  change("e", 2);
  change("d", 40);
  std::vector<std::string> revisions;
  ASSERT_TRUE(store_->writer_reader()
                  ->ScanLive([&](const StoredDocument& document) {
                    revisions.push_back(absl::StrCat(document.revision));
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(revisions,
              testing::ElementsAre("200", "201", "234", "268", "308"));
}

TEST_P(StoreSuite, RevisionAtIsTheNewestNotAfterTheTime) {
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(reader->RevisionAt(Day()).value(), 0);
  for (std::int64_t number = 1; number <= 20; ++number) {
    Commit(Revision(number));
  }
  NewRevision same = Revision(21);
  same.record.at = Day() + absl::Seconds(20);
  Commit(same);
  EXPECT_EQ(reader->RevisionAt(absl::InfinitePast()).value(), 0);
  EXPECT_EQ(reader->RevisionAt(Day()).value(), 0);
  EXPECT_EQ(reader->RevisionAt(Day() + absl::Seconds(1) - absl::Microseconds(1))
                .value(),
            0);
  for (std::int64_t number = 1; number < 20; ++number) {
    SCOPED_TRACE(number);
    const absl::Time at = Day() + absl::Seconds(number);
    EXPECT_EQ(reader->RevisionAt(at).value(), number);
    EXPECT_EQ(reader->RevisionAt(at + absl::Milliseconds(999)).value(), number);
  }
  EXPECT_EQ(reader->RevisionAt(Day() + absl::Seconds(20)).value(), 21);
  EXPECT_EQ(reader->RevisionAt(absl::InfiniteFuture()).value(), 21);
}

// Each revision writes the same number into two documents; a reader that saw
// half a revision would find them different.
TEST_P(StoreSuite, ReadersBesideAWriterSeeWholeRevisions) {
  constexpr std::int64_t kRevisions = 200;
  constexpr int kReaders = 3;
  std::atomic<std::int64_t> visible = 0;
  std::atomic<bool> done = false;
  const auto body = [](std::int64_t number) {
    return absl::StrCat("revision ", number);
  };
  Commit(Revision(1, {Partner("left", body(1)), Partner("right", body(1))}));
  visible = 1;

  std::vector<std::thread> threads;
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      const auto opened = store_->OpenReader();
      ASSERT_TRUE(opened.ok()) << opened.status();
      StoreReader* const reader = opened->get();
      while (!done) {
        const std::int64_t revision = visible;
        const auto head = reader->ReadHead();
        ASSERT_TRUE(head.ok()) << head.status();
        ASSERT_GE(head->revision, revision);
        ListRange range;
        range.kind = Kind::kPartner;
        range.revision = revision;
        const std::vector<StoredDocument> both = ListAll(reader, range);
        ASSERT_EQ(both.size(), 2u);
        EXPECT_EQ(both[0].body, body(revision));
        EXPECT_EQ(both[1].body, body(revision));
        // At the head it read, which may be newer than what is visible.
        for (const char* const id : {"left", "right"}) {
          const auto document = reader->Get(
              Kind::kPartner, absl::StrCat(kPartners, id), head->revision);
          ASSERT_TRUE(document.ok()) << document.status();
          EXPECT_EQ((*document)->body, body(head->revision));
        }
      }
    });
  }
  for (std::int64_t number = 2; number <= kRevisions; ++number) {
    Commit(WithRequest(Revision(number, {Partner("left", body(number)),
                                         Partner("right", body(number))}),
                       absl::StrCat("key", number)));
    visible = number;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

}  // namespace
}  // namespace partner::server
