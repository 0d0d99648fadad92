#include "tests/support/temp_directory.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace partner::test {

TempDirectory::TempDirectory() {
  path_ =
      (std::filesystem::temp_directory_path() / "partner-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) {
    perror("mkdtemp");
    abort();
  }
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace partner::test
