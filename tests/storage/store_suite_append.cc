// What Append promises: all or nothing, dense revisions behind the expected
// head and epoch, and that everything given is read back, also after a reopen.

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/storage/store_suite.h"

namespace partner::server {
namespace {

using hierarchy::Kind;

TEST_P(StoreSuite, FreshStoreIsAtRevisionZero) {
  const StoreHead& head = store_->head();
  EXPECT_EQ(head.revision, 0);
  EXPECT_EQ(head.epoch, 1);
  EXPECT_EQ(head.documents, 0);
  EXPECT_EQ(head.compacted_revision, 0);
  EXPECT_EQ(head.state_hash, StateHash{});
  EXPECT_THAT(head.history_id, testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(head.secret_key.size(), 32u);
}

TEST_P(StoreSuite, EveryFieldIsReadBack) {
  NewRevision revision =
      WithRequest(Revision(1, {Partner("contoso", "body")}), "key");
  revision.record.state_hash = StateHash{.low = 1, .high = ~std::uint64_t{0}};
  revision.documents[0].unique_keys = {"partner-tenant/1"};
  Commit(revision);

  StoreReader* const reader = store_->writer_reader();
  const auto record = reader->GetRevision(1);
  ASSERT_TRUE(record.ok() && record->has_value()) << record.status();
  EXPECT_EQ((*record)->revision, 1);
  EXPECT_EQ((*record)->at, revision.record.at);
  EXPECT_EQ((*record)->effective_time, revision.record.effective_time);
  EXPECT_EQ((*record)->principal, revision.record.principal);
  EXPECT_EQ((*record)->acting_party, revision.record.acting_party);
  EXPECT_EQ((*record)->request_id, revision.record.request_id);
  EXPECT_EQ((*record)->method, revision.record.method);
  EXPECT_EQ((*record)->note, revision.record.note);
  EXPECT_EQ((*record)->state_hash, revision.record.state_hash);

  const auto document =
      reader->Get(Kind::kPartner, "programs/global/partners/contoso", 1);
  ASSERT_TRUE(document.ok() && document->has_value()) << document.status();
  EXPECT_EQ(Describe(**document), "2 programs/global/partners/contoso @1 body");

  const auto request = reader->FindRequest("key");
  ASSERT_TRUE(request.ok() && request->has_value()) << request.status();
  EXPECT_EQ((*request)->key, "key");
  EXPECT_EQ((*request)->content_hash, "hash of key");
  EXPECT_EQ((*request)->revision, 1);
  EXPECT_EQ((*request)->at, revision.record.at);
  EXPECT_EQ((*request)->response, "answer to key");

  const auto unique = reader->FindUnique("partner-tenant/1");
  ASSERT_TRUE(unique.ok() && unique->has_value()) << unique.status();
  EXPECT_EQ(**unique, "programs/global/partners/contoso");

  const StoreHead& head = store_->head();
  EXPECT_EQ(head.revision, 1);
  EXPECT_EQ(head.documents, 1);
  EXPECT_EQ(head.at, revision.record.at);
  EXPECT_EQ(head.state_hash, revision.record.state_hash);
}

TEST_P(StoreSuite, WhatIsNotThereIsNullNotAnError) {
  Commit(Revision(1, {Partner("contoso", "body")}));
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(reader->GetRevision(0).value(), std::nullopt);
  EXPECT_EQ(reader->GetRevision(2).value().has_value(), false);
  EXPECT_FALSE(reader->Get(Kind::kPartner, "programs/global/partners/x", 1)
                   .value()
                   .has_value());
  // Another kind of the same name is another document.
  EXPECT_FALSE(
      reader->Get(Kind::kCustomer, "programs/global/partners/contoso", 1)
          .value()
          .has_value());
  EXPECT_FALSE(reader->FindRequest("x").value().has_value());
  EXPECT_FALSE(reader->FindUnique("x").value().has_value());
}

TEST_P(StoreSuite, BytesOfEveryKindSurvive) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  NewRevision revision =
      WithRequest(Revision(1, {Partner("empty", ""), Partner("bytes", "")}),
                  absl::string_view("a\0b", 3));
  revision.documents[1].body = every_byte;
  revision.request->response = every_byte;
  revision.record.note.clear();
  revision.record.principal = "";
  Commit(revision);
  Commit(Revision(2, {Partner("large", std::string(8 << 20, 'x'))}));

  StoreReader* const reader = store_->writer_reader();
  const auto body = [&](absl::string_view id) {
    return reader
        ->Get(Kind::kPartner, absl::StrCat("programs/global/partners/", id), 2)
        .value()
        .value()
        .body;
  };
  EXPECT_EQ(body("empty"), "");
  EXPECT_EQ(body("bytes"), every_byte);
  EXPECT_EQ(body("large").size(), std::size_t{8} << 20);
  EXPECT_EQ(reader->FindRequest(absl::string_view("a\0b", 3))
                .value()
                .value()
                .response,
            every_byte);
  EXPECT_FALSE(
      reader->FindRequest(absl::string_view("a\0c", 3)).value().has_value());
  EXPECT_FALSE(reader->FindRequest("a").value().has_value());
}

TEST_P(StoreSuite, GroupIsOneAppendWithARevisionForEachCommand) {
  Commit({Revision(1, {Partner("a", "1"), Partner("b", "1")}), Revision(2),
          Revision(3, {Partner("a", "3")})});
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(store_->head().revision, 3);
  EXPECT_EQ(store_->head().documents, 2);
  const std::string name = "programs/global/partners/a";
  EXPECT_EQ(reader->Get(Kind::kPartner, name, 2).value()->body, "1");
  EXPECT_EQ(reader->Get(Kind::kPartner, name, 3).value()->body, "3");
  EXPECT_EQ(reader->GetRevision(2).value()->note, "note 2");
}

TEST_P(StoreSuite, AppendBehindAnotherHeadWritesNothing) {
  Commit({Revision(1, {Partner("a", "1")}), Revision(2)});
  for (const std::int64_t expected : {0, 1, 3}) {
    SCOPED_TRACE(expected);
    const AppendResult result = store_->Append(
        expected, 1, {Revision(expected + 1, {Partner("b", "2")})});
    EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
    EXPECT_TRUE(absl::IsFailedPrecondition(result.status)) << result.status;
    EXPECT_FALSE(result.status.message().empty());
  }
  EXPECT_EQ(store_->head().revision, 2);
  EXPECT_EQ(store_->writer_reader()->ReadHead()->revision, 2);
  Commit(Revision(3, {Partner("b", "3")}));
}

TEST_P(StoreSuite, AppendOfAnotherEpochWritesNothing) {
  for (const std::int64_t epoch : {0, 2}) {
    SCOPED_TRACE(epoch);
    const AppendResult result =
        store_->Append(0, epoch, {Revision(1, {Partner("a", "1")})});
    EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
    EXPECT_TRUE(absl::IsFailedPrecondition(result.status)) << result.status;
  }
  EXPECT_EQ(store_->writer_reader()->ReadHead()->revision, 0);
}

TEST_P(StoreSuite, BatchThatIsNotDenseWritesNothing) {
  NewRevision earlier = Revision(2);
  earlier.record.at = Day();
  const std::vector<std::vector<NewRevision>> batches = {
      {Revision(2)},
      {Revision(1), Revision(3)},
      {Revision(1), Revision(1)},
      {Revision(0)},
      // Time goes back.
      {Revision(1), earlier},
      // One document twice in one revision.
      {Revision(1), Revision(2, {Partner("a", "1"), Partner("a", "2")})}};
  for (std::size_t i = 0; i < batches.size(); ++i) {
    SCOPED_TRACE(i);
    const AppendResult result = store_->Append(0, 1, batches[i]);
    EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status)) << result.status;
  }
  EXPECT_EQ(store_->head().revision, 0);
  // Not even the good revisions before the bad one.
  EXPECT_FALSE(store_->writer_reader()->GetRevision(1).value().has_value());
  Commit(Revision(1, {Partner("a", "1")}));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, RequestKeyUsedTwiceWritesNothing) {
  Commit(WithRequest(Revision(1), "key"));
  const AppendResult result = store_->Append(
      1, 1, {WithRequest(Revision(2, {Partner("a", "1")}), "key")});
  EXPECT_EQ(result.outcome, AppendOutcome::kNotCommitted);
  EXPECT_FALSE(result.status.ok());
  EXPECT_EQ(store_->writer_reader()->FindRequest("key").value()->revision, 1);
  Commit(WithRequest(Revision(2, {Partner("a", "1")}), "other"));
}

TEST_P(StoreSuite, UniqueKeysPointToTheLastNameGivenThem) {
  NewRevision first = Revision(1, {Partner("a", "1"), Partner("b", "1")});
  first.documents[0].unique_keys = {"tenant/1", "domain/a.example"};
  first.documents[1].unique_keys = {"tenant/2"};
  Commit(first);
  NewRevision second = Revision(2, {Partner("c", "1")});
  second.documents[0].unique_keys = {"tenant/1"};
  Commit(second);
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(reader->FindUnique("tenant/1").value(),
            "programs/global/partners/c");
  EXPECT_EQ(reader->FindUnique("tenant/2").value(),
            "programs/global/partners/b");
  EXPECT_EQ(reader->FindUnique("domain/a.example").value(),
            "programs/global/partners/a");
  EXPECT_FALSE(reader->FindUnique("tenant/").value().has_value());
  EXPECT_FALSE(reader->FindUnique("TENANT/1").value().has_value());
}

TEST_P(StoreSuite, ReopenKeepsEverything) {
  NewRevision revision =
      WithRequest(Revision(1, {Partner("a", "1"), Partner("b", "1")}), "key");
  revision.record.state_hash = StateHash{.low = 7, .high = 9};
  revision.documents[0].unique_keys = {"tenant/1"};
  Commit({revision, Revision(2, {Partner("a", "2")})});
  const StoreHead before = store_->head();

  Reopen();
  const StoreHead& after = store_->head();
  EXPECT_EQ(after.revision, before.revision);
  EXPECT_EQ(after.epoch, before.epoch);
  EXPECT_EQ(after.history_id, before.history_id);
  EXPECT_EQ(after.secret_key, before.secret_key);
  EXPECT_EQ(after.state_hash, before.state_hash);
  EXPECT_EQ(after.documents, before.documents);
  EXPECT_EQ(after.at, before.at);
  StoreReader* const reader = store_->writer_reader();
  EXPECT_EQ(reader->Get(Kind::kPartner, "programs/global/partners/a", 1)
                ->value()
                .body,
            "1");
  EXPECT_EQ(reader->Get(Kind::kPartner, "programs/global/partners/a", 2)
                ->value()
                .body,
            "2");
  EXPECT_TRUE(reader->FindRequest("key").value().has_value());
  EXPECT_TRUE(reader->FindUnique("tenant/1").value().has_value());
  Commit(Revision(3, {Partner("b", "3")}));
  EXPECT_THAT(store_->CheckIntegrity().value(), testing::IsEmpty());
}

TEST_P(StoreSuite, SettleWithNothingUnknownChangesNothing) {
  Commit(Revision(1, {Partner("a", "1")}));
  const StoreHead before = store_->head();
  ASSERT_TRUE(store_->Settle().ok());
  EXPECT_EQ(store_->head().revision, 1);
  EXPECT_EQ(store_->head().history_id, before.history_id);
  EXPECT_EQ(store_->writer_reader()->ReadHead()->revision, 1);
  Commit(Revision(2, {Partner("a", "2")}));
}

TEST_P(StoreSuite, TimesKeepMicrosecondsAndInfinities) {
  NewRevision revision = Revision(1);
  revision.record.at = absl::FromUnixMicros(1'540'771'200'123'457);
  revision.record.effective_time = absl::InfinitePast();
  Commit(revision);
  const auto record = store_->writer_reader()->GetRevision(1);
  EXPECT_EQ((*record)->at, revision.record.at);
  EXPECT_EQ((*record)->effective_time, absl::InfinitePast());
}

}  // namespace
}  // namespace partner::server
