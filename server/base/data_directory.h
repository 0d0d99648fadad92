#ifndef PARTNER_SERVER_BASE_DATA_DIRECTORY_H_
#define PARTNER_SERVER_BASE_DATA_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace partner::server {

// The directory of a server's stores, held against every other process while
// this object lives; the lock also ends with the process, however it ends.
class DataDirectory {
 public:
  // Takes over `lock_fd`, which holds the lock.
  DataDirectory(absl::string_view path, int lock_fd)
      : path_(path), lock_fd_(lock_fd) {}
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  // The file of a program's store. `program` is an id.
  std::string StorePath(absl::string_view program) const;

 private:
  const std::string path_;
  const int lock_fd_;
};

// Opens and locks `path`; with `create` it is made when missing, its parent is
// not. Each error is one line: NOT_FOUND when it is missing,
// FAILED_PRECONDITION when it is not a directory, cannot be written or is in
// use (naming the process and its machine), UNAVAILABLE otherwise.
absl::StatusOr<std::unique_ptr<DataDirectory>> OpenDataDirectory(
    const std::string& path, bool create);

}  // namespace partner::server

#endif  // PARTNER_SERVER_BASE_DATA_DIRECTORY_H_
