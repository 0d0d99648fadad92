#include <sqlite3.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/schema.h"
#include "tests/bench/ledger.h"
#include "tests/bench/population.h"
#include "tests/bench/row_template.h"
#include "tests/bench/tasks.h"

namespace partner::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Customers of the template and of the rows; nobody else uses these numbers.
constexpr std::uint64_t kTemplateCustomer = std::uint64_t{1} << 60;

// Passes everything on and keeps a copy of what was appended.
class CapturingStore : public server::Store {
 public:
  CapturingStore(std::unique_ptr<server::Store> store,
                 std::vector<server::NewRevision>* captured)
      : store_(std::move(store)), captured_(captured) {}

  const server::StoreHead& head() const override { return store_->head(); }
  server::AppendResult Append(
      std::int64_t expected_head, std::int64_t epoch,
      const std::vector<server::NewRevision>& batch) override {
    captured_->insert(captured_->end(), batch.begin(), batch.end());
    return store_->Append(expected_head, epoch, batch);
  }
  absl::Status Settle() override { return store_->Settle(); }
  absl::Status TrimRequests(absl::Time keep_after,
                            std::int64_t keep_max) override {
    return store_->TrimRequests(keep_after, keep_max);
  }
  server::StoreReader* writer_reader() override {
    return store_->writer_reader();
  }
  absl::StatusOr<std::vector<std::string>> CheckIntegrity() override {
    return store_->CheckIntegrity();
  }
  absl::StatusOr<std::unique_ptr<server::StoreReader>> OpenReader() override {
    return store_->OpenReader();
  }

 private:
  const std::unique_ptr<server::Store> store_;
  std::vector<server::NewRevision>* const captured_;
};

// What the engine writes for a command of the set.
RowTemplate Capture(const Arguments& arguments) {
  std::vector<server::NewRevision> captured;
  server::SystemClock clock;
  Ledger ledger(StorePath(arguments.Text("dir")), &clock,
                [&](std::unique_ptr<server::Store> store) {
                  return std::make_unique<CapturingStore>(std::move(store),
                                                          &captured);
                });
  if (arguments.Text("set") == "create") {
    ledger.Send(CreateRequest(kTemplateCustomer),
                PartnerPrincipal(Provider(0)));
  } else {
    ledger.Send(AcceptRequest(kTemplateCustomer, arguments.Text("token")),
                CustomerPrincipal(Customer(kTemplateCustomer)));
  }
  ledger.Flush();
  return RowTemplate(std::move(captured.back()), kTemplateCustomer);
}

// A prepared statement.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& text) : database_(database) {
    if (sqlite3_prepare_v2(database, text.c_str(), -1, &handle_, nullptr) !=
        SQLITE_OK) {
      Die(text, sqlite3_errmsg(database));
    }
  }
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Int(std::int64_t value) {
    sqlite3_bind_int64(handle_, ++bound_, value);
    return *this;
  }
  Statement& Text(const std::string& value) {
    sqlite3_bind_text(handle_, ++bound_, value.data(),
                      static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  Statement& Blob(const std::string& value) {
    sqlite3_bind_blob(handle_, ++bound_, value.data(),
                      static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  Statement& Null() {
    sqlite3_bind_null(handle_, ++bound_);
    return *this;
  }
  // To the end; the first column of the row, if there is one.
  std::int64_t Run() {
    const int code = sqlite3_step(handle_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      Die("raw", sqlite3_errmsg(database_));
    }
    const std::int64_t value =
        code == SQLITE_ROW ? sqlite3_column_int64(handle_, 0) : 0;
    sqlite3_reset(handle_);
    bound_ = 0;
    return value;
  }

 private:
  sqlite3* const database_;
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
};

sqlite3* OpenFile(const std::string& path) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE,
                      nullptr) != SQLITE_OK) {
    Die(path, sqlite3_errmsg(database));
  }
  // As sqlite_store.cc sets them.
  if (sqlite3_exec(database,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4096;"
                   "PRAGMA journal_size_limit=67108864",
                   nullptr, nullptr, nullptr) != SQLITE_OK) {
    Die(path, sqlite3_errmsg(database));
  }
  return database;
}

// Writes the rows of commands, and nothing else.
class RawWriter {
 public:
  RawWriter(const std::string& path, RowTemplate* rows)
      : rows_(*rows),
        database_(OpenFile(path)),
        partition_(Ask("SELECT max(number) FROM request_partitions")),
        revision_(Ask("SELECT revision FROM head")),
        documents_(Ask("SELECT documents FROM head")),
        seq_(Ask("SELECT max(seq) FROM versions")) {}

  nlohmann::json For(double seconds, std::int64_t group) {
    const auto begin = SteadyClock::now();
    const std::int64_t first = revision_;
    double took = 0;
    while (took < seconds) {
      begin_.Run();
      for (std::int64_t i = 0; i < group; ++i) WriteRevision();
      save_partition_.Int(revision_).Int(at_).Int(partition_).Run();
      update_head_.Int(revision_).Blob(hash_).Int(documents_).Int(at_).Run();
      commit_.Run();
      took = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    }
    return {{"calls", revision_ - first}, {"seconds", took}};
  }

 private:
  std::int64_t Ask(const std::string& query) {
    return Statement(database_, query).Run();
  }

  void WriteRevision() {
    const server::NewRevision& rows =
        rows_.For(kTemplateCustomer + static_cast<std::uint64_t>(++revision_));
    at_ = absl::ToUnixMicros(absl::Now());
    hash_ = server::ToStoredHash(rows.record.state_hash);
    insert_revision_.Int(revision_)
        .Int(at_)
        .Int(at_)
        .Text(rows.record.principal)
        .Text(rows.record.acting_party)
        .Text(rows.record.request_id)
        .Text(rows.record.method)
        .Text(rows.record.note)
        .Blob(hash_)
        .Int(seq_ + 1)
        .Run();
    for (const server::DocumentWrite& document : rows.documents) {
      WriteDocument(document);
    }
    insert_request_.Blob(rows.request->key).Int(revision_).Run();
    insert_answer_.Int(revision_)
        .Blob(rows.request->content_hash)
        .Int(at_)
        .Blob(rows.request->response)
        .Run();
  }

  void WriteDocument(const server::DocumentWrite& document) {
    const auto kind = static_cast<int>(document.kind);
    ++seq_;
    insert_version_.Int(seq_);
    if (rows_.IsShared(document)) {
      std::int64_t& before = shared_[document.name];
      if (before == 0) {
        before = find_live_.Int(kind).Text(document.name).Run();
      }
      update_live_.Int(seq_).Int(revision_).Int(kind).Text(document.name).Run();
      insert_version_.Int(std::exchange(before, seq_));
    } else {
      insert_live_.Int(kind).Text(document.name).Int(seq_).Int(revision_).Run();
      insert_version_.Null();
      ++documents_;
    }
    insert_version_.Int(revision_)
        .Int(kind)
        .Text(document.name)
        .Int(server::kBodyVersion)
        .Blob(document.body)
        .Run();
    for (const std::string& key : document.unique_keys) {
      insert_unique_.Text(key).Text(document.name).Run();
    }
  }

  RowTemplate& rows_;
  // Lives as long as the process.
  sqlite3* const database_;
  const std::int64_t partition_;
  std::int64_t revision_;
  std::int64_t documents_;
  std::int64_t seq_;
  std::int64_t at_ = 0;
  std::string hash_;
  // Document -> its newest version.
  std::map<std::string, std::int64_t> shared_;
  Statement begin_{database_, "BEGIN IMMEDIATE"};
  Statement commit_{database_, "COMMIT"};
  Statement insert_revision_{
      database_, "INSERT INTO revisions VALUES(?,?,?,?,?,?,?,?,?,?)"};
  Statement insert_version_{database_,
                            "INSERT INTO versions VALUES(?,?,?,?,?,?,?)"};
  Statement insert_live_{database_, "INSERT INTO live VALUES(?,?,?,?)"};
  Statement find_live_{database_,
                       "SELECT seq FROM live WHERE kind = ? AND name = ?"};
  Statement update_live_{
      database_,
      "UPDATE live SET seq = ?, revision = ? WHERE kind = ? AND name = ?"};
  Statement insert_unique_{database_, "INSERT INTO uniques VALUES(?,?)"};
  Statement insert_request_{
      database_,
      absl::StrCat("INSERT INTO requests_", partition_, " VALUES(?,?)")};
  Statement insert_answer_{
      database_,
      absl::StrCat("INSERT INTO answers_", partition_, " VALUES(?,?,?,?)")};
  Statement save_partition_{database_,
                            "UPDATE request_partitions SET requests = ?, "
                            "newest_at = ? WHERE number = ?"};
  Statement update_head_{database_,
                         "UPDATE head SET revision = ?, state_hash = ?, "
                         "documents = ?, at = ?"};
};

}  // namespace

int RawSqlite(const Arguments& arguments) {
  RowTemplate rows = Capture(arguments);
  RawWriter writer(StorePath(arguments.Text("dir")), &rows);
  Arguments line;
  while (ReadLine(&line)) {
    Print(writer.For(line.Seconds("seconds"), line.Number("group")));
  }
  return 0;
}

}  // namespace partner::bench
