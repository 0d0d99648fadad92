#ifndef PARTNER_TESTS_CRASH_SPOILT_DISK_H_
#define PARTNER_TESTS_CRASH_SPOILT_DISK_H_

#include <cstdlib>
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
                absl::StrCat("LD_PRELOAD=", DISK_FAULTS_PRELOAD), AsanOptions(),
                absl::StrCat("DISK_FAULTS_FLAG=", directory_.File("disk")),
                absl::StrCat("DISK_FAULTS_DIR=", data_dir())}};
  }

  // `fault` is `full`, `unsynced` or `stalled`.
  void Spoil(const std::string& fault) const { std::ofstream(Flag(fault)); }
  void Mend(const std::string& fault) const {
    std::filesystem::remove(Flag(fault));
  }
  // From now on the server dies by SIGKILL when it comes to `point` for the
  // `count`th time, until the fault `kill` is mended. The points are those of
  // disk_faults_preload.c.
  void KillAt(const std::string& point, int count) const {
    const std::string unfinished = directory_.File("kill");
    std::ofstream(unfinished) << point << ' ' << count;
    std::filesystem::rename(unfinished, Flag("kill"));
  }
  // Whether it died there since the last call.
  bool TakeKilled() const { return std::filesystem::remove(Flag("killed")); }
  // Whether the server has begun to wait for a stalled disk.
  bool IsWaitedFor() const { return std::filesystem::exists(Flag("waiting")); }

 private:
  // Those in force, and that the sanitizer's runtime, which wants to be the
  // first library, comes second.
  static std::string AsanOptions() {
    const char* options = std::getenv("ASAN_OPTIONS");
    return absl::StrCat("ASAN_OPTIONS=", options == nullptr ? "" : options,
                        options == nullptr ? "" : ":",
                        "verify_asan_link_order=0");
  }

  std::string data_dir() const { return directory_.File("data"); }
  std::string Flag(const std::string& fault) const {
    return directory_.File(absl::StrCat("disk.", fault));
  }

  const TempDirectory directory_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_CRASH_SPOILT_DISK_H_
