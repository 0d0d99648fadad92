#ifndef PARTNER_TESTS_SUPPORT_SERVER_PROCESS_H_
#define PARTNER_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/support/process.h"
#include "tests/support/temp_directory.h"

namespace partner::test {

// The real server in a process of its own, on a free port of the loopback, with
// a data directory that outlives its ends. Not thread-safe.
class ServerProcess {
 public:
  struct Options {
    // Path of partnerd: PARTNERD_PATH.
    std::string program;
    // Empty: a new one that is removed in the end.
    std::string data_dir = "";
    // Besides those every test needs.
    std::vector<std::string> flags = {};
    // `NAME=VALUE`.
    std::vector<std::string> environment = {};
  };

  explicit ServerProcess(Options options);
  // Kills it.
  ~ServerProcess() = default;

  // Starts it, again after it ended, and waits until it serves. What it says
  // instead is in the error.
  absl::Status Start();

  // `127.0.0.1:PORT` of the newest start.
  const std::string& address() const { return address_; }
  const std::string& data_dir() const { return data_dir_; }
  pid_t pid() const { return process_->pid(); }

  // SIGKILL.
  void Kill();
  // SIGTERM; the exit code, -1 when it still runs after `limit`.
  int Terminate(absl::Duration limit = absl::Seconds(30));
  void Signal(int number);
  int Wait(absl::Duration limit);

  // Everything it logged since the first start.
  std::string Log() const;
  // `partnerd verify` on its data; only while it does not run.
  Ended Verify() const;

 private:
  const Options options_;
  const TempDirectory directory_;
  const std::string data_dir_;
  std::string address_;
  std::unique_ptr<Process> process_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_SUPPORT_SERVER_PROCESS_H_
