#include "server/ops/run.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "server/base/log.h"
#include "server/ops/server.h"
#include "server/ops/stores.h"

namespace partner::server {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kEndedAtOnce = 130;

int Fail(const absl::Status& status, int code) {
  std::cerr << "partnerd: " << status.message() << "\n";
  return code;
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Shuts down while listening for a second signal, which ends the process
// without further ado: what was acknowledged is durable.
void ShutdownUnlessSignalled(Server* server, const sigset_t& signals) {
  std::atomic<bool> done{false};
  std::thread shutdown([server, &done] {
    server->Shutdown();
    done.store(true);
  });
  const timespec interval{0, 20'000'000};
  while (!done.load()) {
    if (sigtimedwait(&signals, nullptr, &interval) > 0) _exit(kEndedAtOnce);
  }
  shutdown.join();
}

// Connections are limited by descriptors: takes all that are allowed.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Serve(const Config& config) {
  // Before there are threads, so that all of them block these.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(config);
  if (!server.ok()) return Fail(server.status(), kFailed);
  std::cout << (*server)->ReadyLine() << std::endl;
  Logger::Process().Info("serving", {{"address", (*server)->address()},
                                     {"data_dir", config.data_dir}});
  int number = 0;
  sigwait(&signals, &number);
  Logger::Process().Info("stopping", {{"signal", number}});
  ShutdownUnlessSignalled(server->get(), signals);
  server->reset();
  Logger::Process().Info("stopped");
  return 0;
}

int Verify(const Config& config) {
  if (config.data_dir.empty()) {
    return Fail(
        absl::InvalidArgumentError("data-dir: say where the stores are"),
        kUsage);
  }
  const absl::StatusOr<bool> sound = VerifyStores(config);
  if (!sound.ok()) return Fail(sound.status(), kFailed);
  return *sound ? 0 : kFailed;
}

}  // namespace

int Run(const std::vector<std::string>& arguments,
        const std::map<std::string, std::string>& environment) {
  const absl::StatusOr<CommandLine> command_line =
      ReadCommandLine(arguments, environment);
  if (!command_line.ok()) return Fail(command_line.status(), kUsage);
  switch (command_line->task) {
    case CommandLine::Task::kPrintText:
      std::cout << command_line->text;
      return 0;
    case CommandLine::Task::kPrintConfig:
      std::cout << PrintConfig(*command_line);
      return 0;
    case CommandLine::Task::kVerify:
      return Verify(command_line->config);
    default:
      break;
  }
  if (const absl::Status status = CheckConfig(command_line->config);
      !status.ok()) {
    return Fail(status, kUsage);
  }
  if (command_line->task == CommandLine::Task::kCheckConfig) {
    if (const absl::Status status = CheckPolicies(command_line->config);
        !status.ok()) {
      return Fail(status, kUsage);
    }
    std::cout << "The settings are sound.\n";
    return 0;
  }
  return Serve(command_line->config);
}

}  // namespace partner::server
