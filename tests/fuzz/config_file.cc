// Files with settings: refused with one line for people, or every setting can
// be shown and checked.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"
#include "server/ops/command_line.h"
#include "tests/fuzz/input.h"
#include "tests/support/temp_directory.h"

namespace partner::server {
namespace {

using test::Must;

void MustBeForPeople(const absl::Status& status) {
  Must(absl::IsInvalidArgument(status), "settings are refused as settings");
  Must(!status.message().empty(), "a refusal says why");
}

void Run(absl::string_view bytes) {
  static const test::TempDirectory directory;
  const std::string path = directory.File("partnerd.conf");
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      << std::string(bytes) << std::flush;
  const auto read = ReadCommandLine({"--config", path}, {});
  if (!read.ok()) return MustBeForPeople(read.status());
  Must(read->task == CommandLine::Task::kServe, "a file only has settings");
  Must(!PrintConfig(*read).empty(), "settings can be shown");
  if (const absl::Status status = CheckConfig(read->config); !status.ok()) {
    MustBeForPeople(status);
  }
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::server::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
