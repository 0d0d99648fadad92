#include <string>
#include <vector>

#include "server/ops/command_line.h"
#include "server/ops/run.h"

int main(int argc, char** argv) {
  return partner::server::Run(std::vector<std::string>(argv + 1, argv + argc),
                              partner::server::ReadEnvironment());
}
