#ifndef PARTNER_TESTS_CRASH_SPOILT_DISK_H_
#define PARTNER_TESTS_CRASH_SPOILT_DISK_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace partner::test {

// A data directory on a disk that can be spoilt and mended while a server uses
// it, by a library loaded into the server.
class SpoiltDisk {
 public:
  // The server on this disk; `flags` besides the program's.
  ServerProcess::Options Options(std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--programs", "global"});
    return {.program = PARTNERD_PATH,
            .data_dir = data_dir(),
            .flags = std::move(flags),
            .environment = {
                absl::StrCat("LD_PRELOAD=", DISK_FAULTS_PRELOAD),
                // A sanitizer's runtime wants to be the first library.
                "ASAN_OPTIONS=verify_asan_link_order=0",
                absl::StrCat("DISK_FAULTS_FLAG=", directory_.File("disk")),
                absl::StrCat("DISK_FAULTS_DIR=", data_dir())}};
  }

  // `fault` is `full`, `unsynced` or `stalled`.
  void Spoil(const std::string& fault) const { std::ofstream(Flag(fault)); }
  void Mend(const std::string& fault) const {
    std::filesystem::remove(Flag(fault));
  }
  // Whether the server has begun to wait for a stalled disk.
  bool IsWaitedFor() const { return std::filesystem::exists(Flag("waiting")); }

 private:
  std::string data_dir() const { return directory_.File("data"); }
  std::string Flag(const std::string& fault) const {
    return directory_.File(absl::StrCat("disk.", fault));
  }

  const TempDirectory directory_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_CRASH_SPOILT_DISK_H_
