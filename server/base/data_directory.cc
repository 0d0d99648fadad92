#include "server/base/data_directory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

constexpr char kLockFile[] = "partnerd.lock";
// Stores hold personal data: nobody else reads them.
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kLockMode = 0600;
constexpr std::size_t kOwnerBytesMax = 512;

std::string Line(const std::string& path, absl::string_view what) {
  return absl::StrCat("data directory ", path, ": ", what);
}

absl::Status SystemError(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(Line(path, "does not exist"));
    case ENOTDIR:
      return absl::FailedPreconditionError(Line(path, "is not a directory"));
    case EACCES:
    case EPERM:
      return absl::FailedPreconditionError(
          Line(path, "this user may not write there"));
    case EROFS:
      return absl::FailedPreconditionError(Line(path, "is read-only"));
    default:
      return absl::UnavailableError(Line(path, strerror(error)));
  }
}

// Who wrote the lock file, for people.
std::string ReadOwner(int fd) {
  std::array<char, kOwnerBytesMax> text;
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  if (size <= 0) return "another process";
  return std::string(absl::StripAsciiWhitespace(
      absl::string_view(text.data(), static_cast<std::size_t>(size))));
}

// Only information: the lock holds without it, so a full disk does not matter.
void WriteOwner(int fd) {
  std::array<char, HOST_NAME_MAX + 1> host = {};
  gethostname(host.data(), host.size() - 1);
  const std::string owner =
      absl::StrCat("process ", getpid(), " on ", host.data(), "\n");
  if (ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t written =
      pwrite(fd, owner.data(), owner.size(), 0);
}

}  // namespace

DataDirectory::~DataDirectory() { close(lock_fd_); }

std::string DataDirectory::StorePath(absl::string_view program) const {
  return absl::StrCat(path_, "/", program, ".db");
}

absl::StatusOr<std::unique_ptr<DataDirectory>> OpenDataDirectory(
    const std::string& path, bool create) {
  if (create && mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    if (errno != ENOENT) return SystemError(path, errno);
    return absl::NotFoundError(Line(path, "its parent does not exist"));
  }
  struct stat directory;
  if (stat(path.c_str(), &directory) != 0) return SystemError(path, errno);
  if (!S_ISDIR(directory.st_mode)) return SystemError(path, ENOTDIR);
  // Stores write files beside theirs, which the lock file's own permissions do
  // not show.
  if (faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return SystemError(path, errno);
  }
  const int fd = open(absl::StrCat(path, "/", kLockFile).c_str(),
                      O_RDWR | O_CREAT | O_CLOEXEC, kLockMode);
  if (fd < 0) return SystemError(path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string owner = ReadOwner(fd);
    close(fd);
    if (error != EWOULDBLOCK) return SystemError(path, error);
    return absl::FailedPreconditionError(
        Line(path, absl::StrCat("is in use by ", owner)));
  }
  WriteOwner(fd);
  return std::make_unique<DataDirectory>(path, fd);
}

}  // namespace partner::server
