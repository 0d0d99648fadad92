// Request ids: found in every partition, forgotten whole partitions at a time
// by age and by number.

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/storage/store_suite.h"

namespace partner::server {
namespace {

constexpr StoreEngine::Options kSmallPartitions = {
    .partition_requests_max = 10, .partition_span_max = absl::Hours(6)};

// Commits revisions `first`..`last`, each with the request id of its number.
std::vector<NewRevision> Requests(std::int64_t first, std::int64_t last) {
  std::vector<NewRevision> batch;
  for (std::int64_t number = first; number <= last; ++number) {
    batch.push_back(WithRequest(Revision(number), absl::StrCat("key", number)));
  }
  return batch;
}

// Revisions whose request ids are found, of the first `last`.
std::vector<std::int64_t> Found(StoreReader* reader, std::int64_t last) {
  std::vector<std::int64_t> found;
  for (std::int64_t number = 1; number <= last; ++number) {
    const auto request = reader->FindRequest(absl::StrCat("key", number));
    EXPECT_TRUE(request.ok()) << request.status();
    if (request.ok() && request->has_value()) {
      found.push_back((*request)->revision);
    }
  }
  return found;
}

std::vector<std::int64_t> FromTo(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t number = first; number <= last; ++number) {
    numbers.push_back(number);
  }
  return numbers;
}

TEST_P(StoreSuite, RequestsAreFoundInEveryPartition) {
  Reopen(kSmallPartitions);
  Commit(Requests(1, 35));  // Within one append.
  Commit(Requests(36, 36));
  EXPECT_EQ(Found(store_->writer_reader(), 40), FromTo(1, 36));
  Reopen(kSmallPartitions);
  Commit(Requests(37, 45));
  EXPECT_EQ(Found(store_->writer_reader(), 50), FromTo(1, 45));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, AnyNumberOfPartitionsIsSearched) {
  Reopen({.partition_requests_max = 1, .partition_span_max = absl::Hours(6)});
  std::vector<NewRevision> batch = Requests(1, 300);
  batch[0].documents = {Partner("a", "1"), Partner("b", "1")};
  Commit(batch);
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(Found(reader, 300), FromTo(1, 300));
  // Also while a list is under way.
  ListRange range;
  range.kind = hierarchy::Kind::kPartner;
  range.revision = 1;
  int visited = 0;
  ASSERT_TRUE(reader
                  ->List(range,
                         [&](const StoredDocument&) {
                           EXPECT_EQ(Found(reader, 300), FromTo(1, 300));
                           ++visited;
                           return true;
                         })
                  .ok());
  EXPECT_EQ(visited, 2);
}

TEST_P(StoreSuite, TrimForgetsPartitionsWhoseNewestIsTooOld) {
  Reopen(kSmallPartitions);
  Commit(Requests(1, 35));
  const auto reader = store_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(Found(reader->get(), 35), FromTo(1, 35));
  // Revision 10 is the newest of the first ten.
  ASSERT_TRUE(store_->TrimRequests(Day() + absl::Seconds(10), 1000).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(1, 35));
  ASSERT_TRUE(store_->TrimRequests(Day() + absl::Seconds(11), 1000).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(11, 35));
  EXPECT_EQ(Found(reader->get(), 35), FromTo(11, 35));
  ASSERT_TRUE(store_->TrimRequests(Day() + absl::Seconds(31), 1000).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(31, 35));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, TrimKeepsTheNewestByNumber) {
  Reopen(kSmallPartitions);
  Commit(Requests(1, 35));
  ASSERT_TRUE(store_->TrimRequests(absl::InfinitePast(), 35).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(1, 35));
  // Dropping the first ten would leave 25.
  ASSERT_TRUE(store_->TrimRequests(absl::InfinitePast(), 26).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(1, 35));
  ASSERT_TRUE(store_->TrimRequests(absl::InfinitePast(), 25).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(11, 35));
  ASSERT_TRUE(store_->TrimRequests(absl::InfinitePast(), 4).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(31, 35));
}

TEST_P(StoreSuite, TrimOfEverythingLeavesAStoreThatWorks) {
  Reopen(kSmallPartitions);
  ASSERT_TRUE(store_->TrimRequests(absl::InfiniteFuture(), 0).ok());
  Commit(Requests(1, 25));
  ASSERT_TRUE(store_->TrimRequests(absl::InfiniteFuture(), 1000).ok());
  EXPECT_THAT(Found(store_->writer_reader(), 25), testing::IsEmpty());
  Commit(Requests(26, 50));
  EXPECT_EQ(Found(store_->writer_reader(), 50), FromTo(26, 50));
  // A key forgotten may come again.
  Commit(WithRequest(Revision(51), "key1"));
  EXPECT_EQ(store_->writer_reader()->FindRequest("key1").value()->revision, 51);
  Reopen(kSmallPartitions);
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, PartitionIsClosedByAge) {
  Reopen({.partition_requests_max = 1000,
          .partition_span_max = absl::Seconds(10)});
  // Partitions open at 1, 11, 21 and 31 seconds.
  Commit(Requests(1, 35));
  ASSERT_TRUE(store_->TrimRequests(Day() + absl::Seconds(20), 1000).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(11, 35));
  ASSERT_TRUE(store_->TrimRequests(Day() + absl::Seconds(21), 1000).ok());
  EXPECT_EQ(Found(store_->writer_reader(), 35), FromTo(21, 35));
}

TEST_P(StoreSuite, KeyOfAnOldPartitionGivenAgainIsFoundAsTheNewest) {
  Reopen(kSmallPartitions);
  Commit(Requests(1, 15));
  Commit(WithRequest(Revision(16), "key1"));
  EXPECT_EQ(store_->writer_reader()->FindRequest("key1").value()->revision, 16);
}

TEST_P(StoreSuite, FailedAppendTakesItsPartitionsBack) {
  Reopen(kSmallPartitions);
  Commit(Requests(1, 5));
  std::vector<NewRevision> batch = Requests(6, 40);
  batch.push_back(Revision(99));
  EXPECT_EQ(store_->Append(5, 1, batch).outcome, AppendOutcome::kNotCommitted);
  EXPECT_EQ(Found(store_->writer_reader(), 40), FromTo(1, 5));
  Commit(Requests(6, 40));
  EXPECT_EQ(Found(store_->writer_reader(), 40), FromTo(1, 40));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

}  // namespace
}  // namespace partner::server
