#ifndef PARTNER_TESTS_SUPPORT_PROCESS_H_
#define PARTNER_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace partner::test {

// A program of another process. It dies with the thread that started it, so
// nothing outlives a test. Not thread-safe.
class Process {
 public:
  // Starts `command`, the first item being the program's path. `environment`
  // is added to the own one as `NAME=VALUE`. Its stderr is appended to the file
  // `stderr_path`.
  Process(const std::vector<std::string>& command,
          const std::vector<std::string>& environment,
          const std::string& stderr_path);
  // Kills it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }

  // The next line of its stdout without the line break; nullopt when it closed
  // stdout or `limit` passed before.
  std::optional<std::string> ReadLine(absl::Duration limit);
  // What is left of its stdout; waits until it is closed, `limit` at most.
  std::string ReadAll(absl::Duration limit);

  void Signal(int number) const;
  // Waits for its end: the exit code, or 128 + the signal that ended it; -1
  // when it still runs after `limit`.
  int Wait(absl::Duration limit);

 private:
  // More of stdout; false at its end or when `until` passed.
  bool ReadMore(absl::Time until);

  pid_t pid_ = -1;
  int exit_code_ = -1;
  int stdout_fd_ = -1;
  std::string unread_;
};

// How a program ended.
struct Ended {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs a program to its end; kills it after a minute.
Ended RunProgram(const std::vector<std::string>& command,
                 const std::vector<std::string>& environment = {});

// The contents of a file; empty when it cannot be read.
std::string ReadFile(const std::string& path);

}  // namespace partner::test

#endif  // PARTNER_TESTS_SUPPORT_PROCESS_H_
