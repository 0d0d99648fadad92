#ifndef PARTNER_SERVER_OPS_CONFIG_H_
#define PARTNER_SERVER_OPS_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace partner::server {

// How a server runs. The flags of the same names (`data_dir` is `--data-dir`)
// say what each means.
struct Config {
  std::vector<std::string> listen = {"127.0.0.1:50051"};
  std::string identity;
  std::string data_dir;
  bool create = false;
  // Empty: every program there is a policy edition for.
  std::vector<std::string> programs;
  std::string policy_dir;
  std::vector<std::string> default_edition;
  bool production = false;
  bool test_clock = false;
  bool reflection = false;
  std::string ready_file;
  std::int64_t drain_seconds = 10;
  std::int64_t slow_call_ms = 1000;
  std::int64_t in_flight_unary_max = 512;
  std::int64_t in_flight_list_max = 64;
  std::int64_t in_flight_stream_max = 2000;
  std::int64_t queued_writes_max = 4096;
  std::int64_t message_bytes_max = 1 << 20;
  std::int64_t streams_per_connection_max = 256;
  std::int64_t transport_bytes_max = 256 << 20;
  std::int64_t store_cache_bytes = 64 << 20;
};

// One setting: how it is given, stored and shown.
struct Setting {
  enum class Form { kText, kList, kFlag, kNumber };

  const char* name;   // `data-dir`: flag and key of a file.
  const char* value;  // What the help calls its value.
  const char* help;
  Form form;
  // Of the form's type.
  std::string Config::*text = nullptr;
  std::vector<std::string> Config::*list = nullptr;
  bool Config::*flag = nullptr;
  std::int64_t Config::*number = nullptr;
  std::int64_t least = 0;
  std::int64_t most = 0;
  // For numbers that AdminService publishes as a limit.
  const char* unit = nullptr;

  // `PARTNERD_DATA_DIR`.
  std::string EnvironmentName() const;
  // Stores what was given; INVALID_ARGUMENT when it does not fit. Items of a
  // list may also be separated by commas.
  absl::Status Set(const std::vector<std::string>& given, Config* config) const;
  std::string Show(const Config& config) const;
};

// Every setting, in the order people look for them.
const std::vector<Setting>& Settings();

// INVALID_ARGUMENT, as one line for people, when the settings contradict one
// another or what is safe: without an identity, with a development identity
// reachable from elsewhere, with a test clock in production.
absl::Status CheckConfig(const Config& config);

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_CONFIG_H_
