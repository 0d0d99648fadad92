// Data directories that cannot be served: one line that says why, and an exit
// code that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace partner::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Runs partnerd on a directory; `before` is put before its command.
Ended Serve(const std::string& data_dir, std::vector<std::string> flags = {},
            std::vector<std::string> before = {}) {
  std::vector<std::string> command = std::move(before);
  command.insert(command.end(), {PARTNERD_PATH, "--listen", "127.0.0.1:0",
                                 "--identity=development", "--data-dir",
                                 data_dir, "--programs", "global"});
  command.insert(command.end(), flags.begin(), flags.end());
  return RunProgram(command);
}

void ExpectRefused(const Ended& ended,
                   const testing::Matcher<const std::string&>& line) {
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, line);
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1)
      << ended.err;
  EXPECT_EQ(ended.out, "");
}

// A directory with a sound store in it.
class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest()
      : data_dir_(directory_.File("data")),
        store_(data_dir_ + "/global.db"),
        server_({.program = PARTNERD_PATH,
                 .data_dir = data_dir_,
                 .flags = {"--programs", "global"}}) {}

  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    ASSERT_EQ(server_.Terminate(), 0) << server_.Log();
  }

  void Execute(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(store_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    EXPECT_GT(sqlite3_total_changes(db), 0) << "nothing was changed";
    sqlite3_close(db);
  }

  const TempDirectory directory_;
  const std::string data_dir_;
  const std::string store_;
  ServerProcess server_;
};

TEST_F(DataDirectoryTest, MissingIsRefused) {
  ExpectRefused(Serve(directory_.File("nowhere")),
                AllOf(HasSubstr("nowhere"), HasSubstr("does not exist")));
  ExpectRefused(Serve(directory_.File("no/where"), {"--create"}),
                AllOf(HasSubstr("no/where"), HasSubstr("parent")));
}

TEST_F(DataDirectoryTest, AFileIsRefused) {
  std::ofstream(directory_.File("file")) << "x";
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>(), {"--create"}}) {
    ExpectRefused(Serve(directory_.File("file"), flags),
                  HasSubstr("is not a directory"));
  }
}

TEST_F(DataDirectoryTest, AnEmptyOneIsRefused) {
  std::filesystem::create_directory(directory_.File("empty"));
  ExpectRefused(Serve(directory_.File("empty")),
                AllOf(HasSubstr("global.db"), HasSubstr("--create")));
}

TEST_F(DataDirectoryTest, InUseIsRefused) {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  ExpectRefused(Serve(data_dir_),
                AllOf(HasSubstr("in use by process"),
                      HasSubstr(std::to_string(server_.pid()))));
  const Ended verified = server_.Verify();
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.err, HasSubstr("in use by process"));
}

// Root may write everywhere, unless that right is taken away.
std::vector<std::string> WithoutRootsRights() {
  if (geteuid() != 0) return {};
  return {"/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"};
}

TEST_F(DataDirectoryTest, WriteProtectedIsRefused) {
  const std::vector<std::string> before = WithoutRootsRights();
  if (!before.empty()) {
    std::vector<std::string> probe = before;
    probe.push_back("/bin/true");
    if (RunProgram(probe).exit_code != 0) {
      GTEST_SKIP() << "root's right to write everywhere cannot be taken away";
    }
  }
  using std::filesystem::perms;
  std::filesystem::permissions(data_dir_,
                               perms::owner_read | perms::owner_exec);
  ExpectRefused(Serve(data_dir_, {}, before),
                AllOf(HasSubstr(data_dir_), HasSubstr("may not write")));
  std::filesystem::permissions(data_dir_, perms::owner_all);
  std::filesystem::permissions(store_, perms::owner_read);
  ExpectRefused(Serve(data_dir_, {}, before), HasSubstr("global.db"));
}

TEST_F(DataDirectoryTest, SomethingElseInItsPlaceIsRefused) {
  std::ofstream(store_) << "this is no store";
  ExpectRefused(Serve(data_dir_), HasSubstr("global.db"));
}

TEST_F(DataDirectoryTest, ATruncatedStoreIsRefused) {
  std::filesystem::resize_file(store_, std::filesystem::file_size(store_) / 2);
  ExpectRefused(Serve(data_dir_), HasSubstr("global"));
}

TEST_F(DataDirectoryTest, AStoreWhoseHashIsWrongIsRefused) {
  Execute("UPDATE head SET state_hash = zeroblob(length(state_hash))");
  ExpectRefused(Serve(data_dir_), HasSubstr("global"));
  const Ended verified = server_.Verify();
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("global"));
}

TEST_F(DataDirectoryTest, OfANewerVersionIsRefused) {
  Execute("UPDATE head SET format_version = 999, min_reader_version = 999");
  ExpectRefused(Serve(data_dir_),
                AllOf(HasSubstr("global.db"), HasSubstr("newer")));
}

TEST_F(DataDirectoryTest, WhatWasRefusedIsServedOnceMended) {
  Execute("UPDATE head SET format_version = 999");
  ExpectRefused(Serve(data_dir_), HasSubstr("newer"));
  Execute("UPDATE head SET format_version = 1");
  EXPECT_TRUE(server_.Start().ok()) << server_.Log();
}

}  // namespace
}  // namespace partner::test
