#include "tests/storage/store_suite.h"

#include <cstdlib>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace partner::server {

void StoreSuite::SetUp() {
  engine_ = GetParam()();
  Reopen();
}

void StoreSuite::Reopen() { Reopen(StoreEngine::Options{}); }

void StoreSuite::Reopen(const StoreEngine::Options& options) {
  store_.reset();
  absl::StatusOr<std::unique_ptr<Store>> store = engine_->Open(options);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void StoreSuite::Commit(const std::vector<NewRevision>& batch) {
  const AppendResult result =
      store_->Append(store_->head().revision, store_->head().epoch, batch);
  ASSERT_EQ(result.outcome, AppendOutcome::kCommitted) << result.status;
}

std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  const char* const given = std::getenv("PARTNER_TEST_SEED");
  if (given != nullptr && absl::SimpleAtoi(given, &seed)) return seed;
  return std::random_device()();
}

absl::Time Day() { return absl::FromUnixSeconds(1'540'771'200); }

NewRevision Revision(std::int64_t number,
                     std::vector<DocumentWrite> documents) {
  NewRevision revision;
  revision.record.revision = number;
  revision.record.at = Day() + absl::Seconds(number);
  revision.record.effective_time = revision.record.at - absl::Minutes(5);
  revision.record.principal = "programs/global/partners/contoso";
  revision.record.acting_party = "programs/global/customers/fabrikam";
  revision.record.request_id = absl::StrCat("request-", number);
  revision.record.method = "CreatePartner";
  revision.record.note = absl::StrCat("note ", number);
  revision.documents = std::move(documents);
  return revision;
}

DocumentWrite Partner(absl::string_view id, absl::string_view body) {
  DocumentWrite document;
  document.kind = hierarchy::Kind::kPartner;
  document.name = absl::StrCat("programs/global/partners/", id);
  document.body = std::string(body);
  return document;
}

NewRevision WithRequest(NewRevision revision, absl::string_view key) {
  RequestRecord request;
  request.key = std::string(key);
  request.content_hash = absl::StrCat("hash of ", key);
  request.revision = revision.record.revision;
  request.at = revision.record.at;
  request.response = absl::StrCat("answer to ", key);
  revision.request = std::move(request);
  return revision;
}

std::vector<StoredDocument> ListAll(StoreReader* reader,
                                    const ListRange& range) {
  std::vector<StoredDocument> documents;
  const absl::Status status =
      reader->List(range, [&](const StoredDocument& document) {
        documents.push_back(document);
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  return documents;
}

std::string Describe(const StoredDocument& document) {
  return absl::StrCat(static_cast<int>(document.kind), " ", document.name, " @",
                      document.revision, " ", document.body);
}

StateHash RecomputeStateHash(StoreReader* reader) {
  StateHash sum;
  const absl::Status status =
      reader->ScanLive([&](const StoredDocument& document) {
        sum =
            Add(sum, HashDocument(document.kind, document.name, document.body));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return sum;
}

}  // namespace partner::server
