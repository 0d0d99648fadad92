// One server to a directory, and one clear line for each way it cannot be had.

#include "server/base/data_directory.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace partner::server {
namespace {

using testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest()
      : path_(absl::StrCat(testing::TempDir(), "/partner-data-XXXXXX")) {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(path_); }

  // Calls `body` in a process of its own; its exit code.
  template <typename Body>
  int InChild(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int state = 0;
    EXPECT_EQ(waitpid(child, &state, 0), child);
    EXPECT_TRUE(WIFEXITED(state));
    return WEXITSTATUS(state);
  }

  std::string path_;
};

TEST_F(DataDirectoryTest, MissingIsMadeOnlyWhenAsked) {
  const std::string path = absl::StrCat(path_, "/data");
  const absl::Status status = OpenDataDirectory(path, false).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(status.message(),
            absl::StrCat("data directory ", path, ": does not exist"));
  const auto directory = OpenDataDirectory(path, true);
  ASSERT_TRUE(directory.ok()) << directory.status();
  EXPECT_EQ((*directory)->path(), path);
  EXPECT_EQ((*directory)->StorePath("china-21vianet"),
            absl::StrCat(path, "/china-21vianet.db"));
  // What partners and customers do is nobody else's to read.
  struct stat made;
  ASSERT_EQ(stat(path.c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, mode_t{0700});
}

TEST_F(DataDirectoryTest, MissingParentIsNotMade) {
  const absl::Status status =
      OpenDataDirectory(absl::StrCat(path_, "/a/b"), true).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("parent"));
}

TEST_F(DataDirectoryTest, FileIsNotADirectory) {
  const std::string path = absl::StrCat(path_, "/file");
  std::ofstream(path) << "x";
  for (const bool create : {false, true}) {
    const absl::Status status = OpenDataDirectory(path, create).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("not a directory"));
  }
}

TEST_F(DataDirectoryTest, InUseNamesTheProcess) {
  auto directory = OpenDataDirectory(path_, false);
  ASSERT_TRUE(directory.ok()) << directory.status();
  const absl::Status status = OpenDataDirectory(path_, false).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("in use by process ", getpid(), " on ")));
  EXPECT_FALSE(absl::StrContains(status.message(), "\n"));
  // From another process as well.
  EXPECT_EQ(InChild([&] {
              // The child's copy of the descriptor is the same lock; only a
              // new one is refused.
              return OpenDataDirectory(path_, false).ok() ? 1 : 0;
            }),
            0);
  directory->reset();
  EXPECT_TRUE(OpenDataDirectory(path_, false).ok());
}

TEST_F(DataDirectoryTest, LockEndsWithItsProcess) {
  EXPECT_EQ(InChild([&] {
              auto directory = OpenDataDirectory(path_, false);
              // Left behind, as by a process that was killed.
              return directory.ok() ? (directory->release(), 0) : 1;
            }),
            0);
  const auto directory = OpenDataDirectory(path_, false);
  EXPECT_TRUE(directory.ok()) << directory.status();
}

TEST_F(DataDirectoryTest, NotWritableIsSaid) {
  ASSERT_EQ(chmod(path_.c_str(), 0555), 0);
  EXPECT_EQ(
      InChild([&] {
        // The administrator may write everywhere.
        if (geteuid() == 0 && seteuid(65534) != 0) return 2;
        const absl::Status status = OpenDataDirectory(path_, false).status();
        return absl::IsFailedPrecondition(status) &&
                       absl::StrContains(status.message(), "may not write")
                   ? 0
                   : 1;
      }),
      0);
  ASSERT_EQ(chmod(path_.c_str(), 0755), 0);
}

}  // namespace
}  // namespace partner::server
