#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "client/cli/app.h"

namespace {

// Beside the program, wherever it was moved to.
std::string ShareDirectory() {
  std::error_code error;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "";
  return (program.parent_path() / PARTNER_SHARE_FROM_BIN / "partner-hierarchy")
      .lexically_normal()
      .string();
}

}  // namespace

int main(int argc, char** argv) {
  const partner::client::Host host{
      std::cin,
      std::cout,
      std::cerr,
      [](const std::string& name) {
        const char* value = std::getenv(name.c_str());
        return std::string(value != nullptr ? value : "");
      },
      isatty(STDOUT_FILENO) != 0,
      isatty(STDERR_FILENO) != 0,
      ShareDirectory()};
  return partner::client::Partnerctl(
      std::vector<std::string>(argv + 1, argv + argc), host);
}
