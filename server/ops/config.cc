#include "server/ops/config.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hierarchy/model/names.h"
#include "server/auth/identity.h"

namespace partner::server {
namespace {

using Form = Setting::Form;

Setting Text(const char* name, const char* value, std::string Config::*text,
             const char* help) {
  Setting setting{name, value, help, Form::kText};
  setting.text = text;
  return setting;
}

Setting List(const char* name, const char* value,
             std::vector<std::string> Config::*list, const char* help) {
  Setting setting{name, value, help, Form::kList};
  setting.list = list;
  return setting;
}

Setting Flag(const char* name, bool Config::*flag, const char* help) {
  Setting setting{name, "BOOL", help, Form::kFlag};
  setting.flag = flag;
  return setting;
}

struct Range {
  std::int64_t least;
  std::int64_t most;
  const char* unit = nullptr;
};

Setting Number(const char* name, const char* value,
               std::int64_t Config::*number, Range range, const char* help) {
  Setting setting{name, value, help, Form::kNumber};
  setting.number = number;
  setting.least = range.least;
  setting.most = range.most;
  setting.unit = range.unit;
  return setting;
}

std::vector<Setting> MakeSettings() {
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  return {
      List("listen", "ADDRESS", &Config::listen,
           "Address to listen on: HOST:PORT (port 0: any free one) or "
           "unix:/PATH. Repeatable."),
      Text("identity", "KIND", &Config::identity,
           "How callers say who they are: `development` believes what they "
           "declare, on loopback and unix sockets only. Required."),
      Text("data-dir", "DIRECTORY", &Config::data_dir,
           "Directory of the stores. Required."),
      Flag("create", &Config::create,
           "Make the data directory and stores that are missing."),
      List("programs", "ID", &Config::programs,
           "Program to serve. Repeatable; all of them by default."),
      Text("policy-dir", "DIRECTORY", &Config::policy_dir,
           "Directory of *.textproto policy editions, which replace built-in "
           "ones of the same name."),
      List("default-edition", "PROGRAM=EDITION", &Config::default_edition,
           "Edition a fresh store activates. Repeatable."),
      Flag("production", &Config::production, "Refuse what is only for tests."),
      Flag("test-clock", &Config::test_clock,
           "A clock that stands still until AdvanceClock moves it."),
      Flag("reflection", &Config::reflection, "Serve gRPC reflection."),
      Text("ready-file", "FILE", &Config::ready_file,
           "File to write the ready line to when calls are served."),
      Number("drain-seconds", "SECONDS", &Config::drain_seconds, {0, 3600},
             "How long SIGTERM waits for calls to end."),
      Number("slow-call-ms", "MILLISECONDS", &Config::slow_call_ms,
             {1, 3600000}, "Calls slower than this are logged."),
      Number("in-flight-unary-max", "COUNT", &Config::in_flight_unary_max,
             {1, 100000, "calls"}, "Unary calls worked on at once."),
      Number("in-flight-list-max", "COUNT", &Config::in_flight_list_max,
             {1, 100000, "calls"}, "Lists worked on at once."),
      Number("in-flight-stream-max", "COUNT", &Config::in_flight_stream_max,
             {1, 100000, "calls"}, "Streams under way at once."),
      Number("queued-writes-max", "COUNT", &Config::queued_writes_max,
             {1, 1000000, "commands"}, "Writes of a program that may wait."),
      Number("message-bytes-max", "BYTES", &Config::message_bytes_max,
             {1024, 64 << 20, "bytes"}, "Largest request."),
      Number("streams-per-connection-max", "COUNT",
             &Config::streams_per_connection_max, {1, 100000, "calls"},
             "Calls under way on one connection."),
      Number("transport-bytes-max", "BYTES", &Config::transport_bytes_max,
             {1 << 20, kGiB * 64, "bytes"},
             "Memory gRPC may use for its buffers."),
      Number("store-cache-bytes", "BYTES", &Config::store_cache_bytes,
             {1 << 20, kGiB * 64, "bytes"}, "Page cache of a store."),
  };
}

absl::Status Wrong(const Setting& setting, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(setting.name, ": ", what));
}

// HOST:PORT, unix:PATH or unix-abstract:NAME, each with both parts.
bool IsAddress(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "unix:") ||
      absl::ConsumePrefix(&address, "unix-abstract:")) {
    return !address.empty();
  }
  const std::size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  const absl::string_view port = address.substr(colon + 1);
  int number = 0;
  return port.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(port, &number) && number <= 65535;
}

absl::Status CheckListen(const Config& config) {
  if (config.listen.empty()) {
    return absl::InvalidArgumentError("listen: no address to listen on");
  }
  for (const std::string& address : config.listen) {
    if (!IsAddress(address)) {
      return absl::InvalidArgumentError(
          absl::StrCat("listen: `", address,
                       "` is no address; use HOST:PORT with a port of 0 to "
                       "65535 (0: any free one) or unix:PATH"));
    }
    if (!IsLocalAddress(address)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "listen: `", address,
          "` is neither loopback nor a unix socket, and the development "
          "identity believes every caller; use 127.0.0.1:PORT, [::1]:PORT or "
          "unix:/PATH"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string Setting::EnvironmentName() const {
  return absl::AsciiStrToUpper(
      absl::StrCat("partnerd_", absl::StrReplaceAll(name, {{"-", "_"}})));
}

absl::Status Setting::Set(const std::vector<std::string>& given,
                          Config* config) const {
  if (form == Form::kList) {
    std::vector<std::string>& items = config->*list;
    items.clear();
    for (const std::string& item : given) {
      for (absl::string_view part : absl::StrSplit(item, ',')) {
        part = absl::StripAsciiWhitespace(part);
        if (!part.empty()) items.emplace_back(part);
      }
    }
    return absl::OkStatus();
  }
  if (given.size() != 1) return Wrong(*this, "give one value");
  const std::string& value_given = given.front();
  switch (form) {
    case Form::kText:
      config->*text = value_given;
      break;
    case Form::kFlag:
      if (value_given != "true" && value_given != "false") {
        return Wrong(*this, "give true or false");
      }
      config->*flag = value_given == "true";
      break;
    default: {
      std::int64_t parsed = 0;
      if (!absl::SimpleAtoi(value_given, &parsed) || parsed < least ||
          parsed > most) {
        return Wrong(*this, absl::StrCat("give a whole number from ", least,
                                         " to ", most));
      }
      config->*number = parsed;
    }
  }
  return absl::OkStatus();
}

std::string Setting::Show(const Config& config) const {
  switch (form) {
    case Form::kText:
      return config.*text;
    case Form::kList:
      return absl::StrJoin(config.*list, ",");
    case Form::kFlag:
      return config.*flag ? "true" : "false";
    case Form::kNumber:
      return absl::StrCat(config.*number);
  }
  return "";
}

const std::vector<Setting>& Settings() {
  static const auto* const settings = new std::vector<Setting>(MakeSettings());
  return *settings;
}

absl::Status CheckConfig(const Config& config) {
  if (config.data_dir.empty()) {
    return absl::InvalidArgumentError("data-dir: say where the stores are");
  }
  if (config.identity != "development") {
    return absl::InvalidArgumentError(
        "identity: say --identity=development, the only kind there is");
  }
  if (config.test_clock && config.production) {
    return absl::InvalidArgumentError(
        "test-clock: a production configuration refuses it");
  }
  for (const std::string& program : config.programs) {
    if (!hierarchy::IsValidId(program)) {
      return absl::InvalidArgumentError(
          absl::StrCat("programs: `", program, "` is not the id of a program"));
    }
  }
  for (const std::string& edition : config.default_edition) {
    const std::vector<std::string> parts = absl::StrSplit(edition, '=');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "default-edition: `", edition, "` is not PROGRAM=EDITION"));
    }
  }
  return CheckListen(config);
}

}  // namespace partner::server
