#include "tests/support/server_process.h"

#include <signal.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace partner::test {
namespace {

// A sanitized server on a busy machine is slow to start.
constexpr absl::Duration kStartLimit = absl::Minutes(2);

}  // namespace

ServerProcess::ServerProcess(Options options)
    : options_(std::move(options)),
      data_dir_(options_.data_dir.empty() ? directory_.File("data")
                                          : options_.data_dir) {}

absl::Status ServerProcess::Start() {
  std::vector<std::string> command = {
      options_.program, "--listen", "127.0.0.1:0", "--identity=development",
      "--data-dir",     data_dir_,  "--create"};
  command.insert(command.end(), options_.flags.begin(), options_.flags.end());
  process_.reset();
  process_ = std::make_unique<Process>(command, options_.environment,
                                       directory_.File("stderr"));
  const std::optional<std::string> line = process_->ReadLine(kStartLimit);
  if (!line) {
    return absl::UnavailableError(
        absl::StrCat("partnerd does not serve: ", Log()));
  }
  const auto ready = nlohmann::json::parse(*line, nullptr, false);
  if (ready.is_discarded() || !ready.contains("addresses") ||
      ready["addresses"].empty()) {
    return absl::UnavailableError(
        absl::StrCat("partnerd's ready line is `", *line, "`"));
  }
  address_ = ready["addresses"][0].get<std::string>();
  return absl::OkStatus();
}

void ServerProcess::Kill() {
  Signal(SIGKILL);
  Wait(absl::InfiniteDuration());
}

int ServerProcess::Terminate(absl::Duration limit) {
  Signal(SIGTERM);
  return Wait(limit);
}

void ServerProcess::Signal(int number) {
  if (process_ != nullptr) process_->Signal(number);
}

int ServerProcess::Wait(absl::Duration limit) {
  return process_ == nullptr ? -1 : process_->Wait(limit);
}

std::string ServerProcess::Log() const {
  return ReadFile(directory_.File("stderr"));
}

Ended ServerProcess::Verify() const {
  std::vector<std::string> command = {options_.program, "verify", "--data-dir",
                                      data_dir_};
  command.insert(command.end(), options_.flags.begin(), options_.flags.end());
  return RunProgram(command, options_.environment);
}

}  // namespace partner::test
