#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/time/clock.h"
#include "tests/support/temp_directory.h"

namespace partner::test {
namespace {

constexpr absl::Duration kProgramLimit = absl::Minutes(1);
constexpr int kCannotStart = 127;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// True when `fd` has something to read, or is at its end, before `until`.
bool WaitFor(int fd, absl::Time until) {
  for (;;) {
    const absl::Duration left =
        std::max(until - absl::Now(), absl::ZeroDuration());
    pollfd item{fd, POLLIN, 0};
    const int found =
        poll(&item, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (found > 0) return true;
    if (absl::Now() >= until) return false;
  }
}

}  // namespace

Process::Process(const std::vector<std::string>& command,
                 const std::vector<std::string>& environment,
                 const std::string& stderr_path) {
  // Everything is made ready before the fork: the child may call only what is
  // safe beside the threads of its parent.
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    variables.emplace_back(*entry);
  }
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(variables);
  std::array<int, 2> out;
  if (pipe2(out.data(), O_CLOEXEC) != 0) return;
  const int err = open(stderr_path.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  sigset_t none;
  sigemptyset(&none);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(out[1], STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(kCannotStart);
  }
  close(out[1]);
  close(err);
  stdout_fd_ = out[0];
}

Process::~Process() {
  if (running()) {
    Signal(SIGKILL);
    Wait(absl::InfiniteDuration());
  }
  if (stdout_fd_ >= 0) close(stdout_fd_);
}

bool Process::ReadMore(absl::Time until) {
  if (stdout_fd_ < 0 || !WaitFor(stdout_fd_, until)) return false;
  std::array<char, 4096> buffer;
  const ssize_t size = read(stdout_fd_, buffer.data(), buffer.size());
  if (size <= 0) return false;
  unread_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> Process::ReadLine(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (unread_.find('\n') == std::string::npos) {
    if (!ReadMore(until)) return std::nullopt;
  }
  const std::size_t end = unread_.find('\n');
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

std::string Process::ReadAll(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (ReadMore(until)) {
  }
  return std::exchange(unread_, "");
}

void Process::Signal(int number) const {
  if (running()) kill(pid_, number);
}

int Process::Wait(absl::Duration limit) {
  if (!running()) return exit_code_;
  if (limit != absl::InfiniteDuration()) {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    const bool ended = WaitFor(handle, absl::Now() + limit);
    close(handle);
    if (!ended) return -1;
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

Ended RunProgram(const std::vector<std::string>& command,
                 const std::vector<std::string>& environment) {
  const TempDirectory directory;
  const std::string err = directory.File("stderr");
  Process process(command, environment, err);
  Ended ended;
  const absl::Time until = absl::Now() + kProgramLimit;
  ended.out = process.ReadAll(kProgramLimit);
  ended.exit_code = process.Wait(until - absl::Now());
  ended.err = ReadFile(err);
  return ended;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace partner::test
