#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "client/cli/app.h"

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
      isatty(STDERR_FILENO) != 0};
  return partner::client::Partnerctl(
      std::vector<std::string>(argv + 1, argv + argc), host);
}
