#ifndef PARTNER_SERVER_STORAGE_STORE_H_
#define PARTNER_SERVER_STORAGE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hierarchy/model/names.h"

// What is kept on disk for one program: one dense revision line, every version
// of every document, the request ids of the last day and the uniqueness
// indexes. Bodies are opaque bytes. tests/storage/store_suite.h holds every
// engine to this contract.
namespace partner::server {

// 128-bit sum, modulo 2^128, of the hashes of the live documents.
struct StateHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const StateHash&, const StateHash&) = default;
};

// Hash of one live document: of its kind, name and stored bytes.
StateHash HashDocument(hierarchy::Kind kind, absl::string_view name,
                       absl::string_view body);
// Adds and takes away, modulo 2^128.
StateHash Add(StateHash a, StateHash b);
StateHash Subtract(StateHash a, StateHash b);
// 32 hexadecimal digits.
std::string ToHex(StateHash hash);

// The end of the line.
struct StoreHead {
  std::int64_t revision = 0;  // 0 while nothing was written.
  // Raised by whoever takes the store over; an Append with an older one fails.
  std::int64_t epoch = 1;
  // Made at creation, 16 random bytes in hexadecimal.
  std::string history_id;
  std::int64_t compacted_revision = 0;
  StateHash state_hash;
  std::int64_t documents = 0;         // Number of live documents.
  absl::Time at = absl::UnixEpoch();  // Commit time of `revision`.
  // Key of tokens and page tokens: 32 random bytes made at creation.
  std::string secret_key;
};

// One live or past version of a document.
struct StoredDocument {
  hierarchy::Kind kind = hierarchy::Kind::kNone;
  std::string name;
  std::int64_t revision = 0;  // That wrote this version.
  std::string body;
};

// A version to write. Names are never removed: documents end by their state.
struct DocumentWrite {
  hierarchy::Kind kind = hierarchy::Kind::kNone;
  std::string name;
  std::string body;
  // Keys of the uniqueness index that point to this name from now on, for
  // example `customer-tenant/6f...`. Only when first written.
  std::vector<std::string> unique_keys;
};

// What is kept about a committed revision.
struct RevisionRecord {
  std::int64_t revision = 0;
  absl::Time at;
  absl::Time effective_time;
  std::string principal;
  std::string acting_party;
  std::string request_id;
  std::string method;
  std::string note;
  StateHash state_hash;  // After it.
};

// What is kept about a request id, for replay.
struct RequestRecord {
  // Principal and request id, joined unambiguously by the caller.
  std::string key;
  std::string content_hash;
  std::int64_t revision = 0;
  absl::Time at;
  std::string response;  // Serialized response message.
};

// One revision to append.
struct NewRevision {
  RevisionRecord record;
  std::vector<DocumentWrite> documents;
  // Unset for revisions no client asked for.
  std::optional<RequestRecord> request;
};

// How an Append ended.
enum class AppendOutcome {
  kCommitted,
  // Another writer was faster: nothing was written; `missing` holds what it
  // wrote. SQLite never answers so.
  kBehind,
  // Nothing was written, known for certain; `status` says why.
  kNotCommitted,
  // Nobody knows; call Settle.
  kUnknown,
};

struct AppendResult {
  AppendOutcome outcome = AppendOutcome::kNotCommitted;
  absl::Status status;
  std::vector<NewRevision> missing;
};

// Where a List stands and how far it may go.
struct ListRange {
  hierarchy::Kind kind = hierarchy::Kind::kNone;
  // Names begin with it. May be empty.
  std::string prefix;
  // Names are greater than it, as bytes. May be empty.
  std::string after;
  // The versions current at this revision.
  std::int64_t revision = 0;
};

// Reads. One thread at a time; open one for each thread. A visitor may call the
// same reader, and must not call the writer. Every method returns DATA_LOSS
// when what is on disk makes no sense and UNAVAILABLE when it cannot be read.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // The version of a document current at `revision`; nullopt when it did not
  // exist then. One or a few seeks.
  virtual absl::StatusOr<std::optional<StoredDocument>> Get(
      hierarchy::Kind kind, absl::string_view name, std::int64_t revision) = 0;

  // Calls `visit` in the order of names as bytes until it returns false or the
  // range ends. Names that did not exist at the revision are visited with an
  // empty body and revision 0, so that the caller can count what was examined.
  virtual absl::Status List(
      const ListRange& range,
      const std::function<bool(const StoredDocument&)>& visit) = 0;

  // The name a uniqueness key points to.
  virtual absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) = 0;

  virtual absl::StatusOr<std::optional<RequestRecord>> FindRequest(
      absl::string_view key) = 0;

  // Record of a revision; nullopt when there is none.
  virtual absl::StatusOr<std::optional<RevisionRecord>> GetRevision(
      std::int64_t revision) = 0;

  // The newest revision committed at or before `time`; 0 when none.
  virtual absl::StatusOr<std::int64_t> RevisionAt(absl::Time time) = 0;

  // Every live document, in the order it was last written.
  virtual absl::Status ScanLive(
      const std::function<absl::Status(const StoredDocument&)>& visit) = 0;

  // Every version from `first_revision` on, in the order written.
  virtual absl::Status ScanVersions(
      std::int64_t first_revision,
      const std::function<absl::Status(const StoredDocument&)>& visit) = 0;

  virtual absl::StatusOr<StoreHead> ReadHead() = 0;
};

// The only writer, and the maker of readers. Append, Settle, TrimRequests and
// the reader of this writer are for one thread, the ledger's; OpenReader is
// thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // The head as of the last successful Append or Settle.
  virtual const StoreHead& head() const = 0;

  // Writes `batch`, whose revisions continue `expected_head` densely, in one
  // durable transaction.
  virtual AppendResult Append(std::int64_t expected_head, std::int64_t epoch,
                              const std::vector<NewRevision>& batch) = 0;

  // After kUnknown: closes, reopens, makes durable what is there, and only then
  // reads the head. While it fails, call it again later and write nothing.
  virtual absl::Status Settle() = 0;

  // Drops whole partitions of request ids whose newest is older than
  // `keep_after`, and the oldest ones as long as `keep_max` remain without
  // them. After a failure the next Append works as if it had not been called.
  virtual absl::Status TrimRequests(absl::Time keep_after,
                                    std::int64_t keep_max) = 0;

  // A reader on the writer's own connection, owned by the store. Invalid after
  // Settle; ask again.
  virtual StoreReader* writer_reader() = 0;

  // Deep check of the engine's own structures. Empty when sound, else one line
  // for each problem.
  virtual absl::StatusOr<std::vector<std::string>> CheckIntegrity() = 0;

  virtual absl::StatusOr<std::unique_ptr<StoreReader>> OpenReader() = 0;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_STORAGE_STORE_H_
