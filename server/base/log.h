#ifndef PARTNER_SERVER_BASE_LOG_H_
#define PARTNER_SERVER_BASE_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

// One JSON object a line:
//
//   {"time":"2018-10-29T00:00:00.000001Z","severity":"INFO",
//    "message":"serving","port":8443}
namespace partner::server {

enum class Severity { kInfo, kWarning, kError };

// A key with its value. Text that is not UTF-8 is shown with replacements, and
// cut after Logger::kTextBytesMax.
struct LogField {
  LogField(absl::string_view name, absl::string_view text)
      : key(name), value(text) {}
  LogField(absl::string_view name, const std::string& text)
      : key(name), value(absl::string_view(text)) {}
  LogField(absl::string_view name, const char* text)
      : key(name), value(absl::string_view(text)) {}
  LogField(absl::string_view name, bool flag) : key(name), value(flag) {}
  LogField(absl::string_view name, int number)
      : key(name), value(std::int64_t{number}) {}
  LogField(absl::string_view name, std::int64_t number)
      : key(name), value(number) {}
  LogField(absl::string_view name, std::uint64_t number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  LogField(absl::string_view name, double number) : key(name), value(number) {}
  // As seconds.
  LogField(absl::string_view name, absl::Duration duration)
      : key(name), value(absl::ToDoubleSeconds(duration)) {}

  absl::string_view key;
  std::variant<absl::string_view, bool, std::int64_t, double> value;
};

// Writes lines, each with one write(2) while the file takes it whole. The
// message is the kind of the line: of each kind at most so many are written a
// second, and the next one written carries how many were left out, as
// `suppressed`. So what changes belongs into fields. Thread-safe.
class Logger {
 public:
  static constexpr std::size_t kTextBytesMax = 4096;
  // Kinds whose rate is remembered.
  static constexpr std::size_t kKindsMax = 1000;

  struct Options {
    int fd = 2;
    // Lines of one kind a second; 0: no limit.
    int lines_per_second_max = 100;
    Severity least = Severity::kInfo;
  };

  // The process's own: on standard error, by the machine's clock.
  static Logger& Process();

  // `clock` outlives it.
  Logger(Options options, Clock* clock) : options_(options), clock_(clock) {}
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void Info(absl::string_view message,
            std::initializer_list<LogField> fields = {}) {
    Log(Severity::kInfo, message, fields);
  }
  void Warning(absl::string_view message,
               std::initializer_list<LogField> fields = {}) {
    Log(Severity::kWarning, message, fields);
  }
  void Error(absl::string_view message,
             std::initializer_list<LogField> fields = {}) {
    Log(Severity::kError, message, fields);
  }
  void Log(Severity severity, absl::string_view message,
           std::initializer_list<LogField> fields) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The current second of one kind.
  struct Rate {
    absl::Time since;
    int lines = 0;
    std::int64_t suppressed = 0;
  };

  // Lines of the kind left out before this one; -1 when this is left out too.
  std::int64_t Admit(absl::string_view message, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  Clock* const clock_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Rate> rates_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_BASE_LOG_H_
