#include "tests/storage/sqlite_engine.h"

#include <stdlib.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

class SqliteEngine : public StoreEngine {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open(const Options& options) override {
    SqliteOptions sqlite;
    sqlite.path = directory_.File("global.db");
    sqlite.create = true;
    // So that logs are copied into the file many times in each test.
    sqlite.checkpoint_pages = 20;
    sqlite.partition_requests_max = options.partition_requests_max;
    sqlite.partition_span_max = options.partition_span_max;
    return OpenSqliteStore(sqlite);
  }

 private:
  const TestDirectory directory_;
};

}  // namespace

TestDirectory::TestDirectory()
    : path_(absl::StrCat(testing::TempDir(), "/partner-store-XXXXXX")) {
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
  // Some tests look at it as another user.
  std::filesystem::permissions(
      path_,
      std::filesystem::perms::group_exec | std::filesystem::perms::others_exec,
      std::filesystem::perm_options::add);
}

TestDirectory::~TestDirectory() { std::filesystem::remove_all(path_); }

std::string TestDirectory::File(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

std::unique_ptr<StoreEngine> MakeSqlite() {
  return std::make_unique<SqliteEngine>();
}

}  // namespace partner::server
