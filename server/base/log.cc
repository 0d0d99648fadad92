#include "server/base/log.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

namespace partner::server {
namespace {

// Keeps the order in which fields are given.
using Json = nlohmann::ordered_json;

absl::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

struct ToJson {
  Json operator()(absl::string_view text) const {
    return std::string(text.substr(0, Logger::kTextBytesMax));
  }
  Json operator()(bool flag) const { return flag; }
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(double number) const { return number; }
};

void WriteAll(int fd, absl::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(fd, line.data(), line.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      // There is nowhere left to say so.
      return;
    }
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Logger& Logger::Process() {
  // Never destroyed: threads may write until the very end.
  static Logger* const logger = new Logger(Options{}, new SystemClock);
  return *logger;
}

void Logger::Log(Severity severity, absl::string_view message,
                 std::initializer_list<LogField> fields) {
  if (severity < options_.least) return;
  const absl::Time now = clock_->Now();
  const std::int64_t suppressed = Admit(message, now);
  if (suppressed < 0) return;
  Json line;
  line["time"] =
      absl::FormatTime("%E4Y-%m-%dT%H:%M:%E6SZ", now, absl::UTCTimeZone());
  line["severity"] = std::string(NameOf(severity));
  line["message"] = ToJson()(message);
  for (const LogField& field : fields) {
    line[std::string(field.key)] = std::visit(ToJson(), field.value);
  }
  if (suppressed > 0) line["suppressed"] = suppressed;
  // Written without the lock: a terminal that stands still must not hold up
  // those whose lines are left out.
  WriteAll(options_.fd, line.dump(/*indent=*/-1, ' ', /*ensure_ascii=*/false,
                                  Json::error_handler_t::replace) +
                            "\n");
}

std::int64_t Logger::Admit(absl::string_view message, absl::Time now) {
  if (options_.lines_per_second_max == 0) return 0;
  const MutexLock lock(&mutex_);
  auto found = rates_.find(message);
  if (found == rates_.end()) {
    // Only messages made up at run time can be so many.
    if (rates_.size() >= kKindsMax) rates_.clear();
    Rate fresh;
    fresh.since = now;
    found = rates_.emplace(std::string(message), fresh).first;
  }
  Rate& rate = found->second;
  // A clock set back starts a new second too.
  if (now < rate.since || now - rate.since >= absl::Seconds(1)) {
    rate.since = now;
    rate.lines = 0;
  }
  if (rate.lines >= options_.lines_per_second_max) {
    ++rate.suppressed;
    return -1;
  }
  ++rate.lines;
  return std::exchange(rate.suppressed, 0);
}

}  // namespace partner::server
