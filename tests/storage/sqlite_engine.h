#ifndef PARTNER_TESTS_STORAGE_SQLITE_ENGINE_H_
#define PARTNER_TESTS_STORAGE_SQLITE_ENGINE_H_

#include <memory>
#include <string>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/storage/store_suite.h"

namespace partner::server {

// A directory of its own, removed at the end.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  std::string File(absl::string_view name) const;

 private:
  std::string path_;
};

// The engine of the suite: one file in a directory of its own.
std::unique_ptr<StoreEngine> MakeSqlite();

}  // namespace partner::server

#endif  // PARTNER_TESTS_STORAGE_SQLITE_ENGINE_H_
