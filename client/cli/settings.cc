#include "client/cli/settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/contexts.h"
#include "client/cli/names.h"
#include "client/cli/values.h"

namespace partner::client {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:50051";
constexpr char kDefaultTimeout[] = "30s";

absl::Status AddEnvironment(const Host& host, GlobalOptions* options) {
  const std::pair<const char*, std::string*> texts[] = {
      {"SERVER", &options->server}, {"PROGRAM", &options->program},
      {"AS", &options->as},         {"CONTEXT", &options->context},
      {"OUTPUT", &options->output}, {"TIMEOUT", &options->timeout}};
  for (const auto& [name, option] : texts) {
    if (option->empty()) {
      *option = host.environment(absl::StrCat("PARTNERCTL_", name));
    }
  }
  const std::string admin = host.environment("PARTNERCTL_CUSTOMER_ADMIN");
  if (admin.empty()) return absl::OkStatus();
  if (admin != "true" && admin != "false") {
    return absl::InvalidArgumentError(
        "PARTNERCTL_CUSTOMER_ADMIN is not true or false");
  }
  if (!options->customer_admin.has_value()) {
    options->customer_admin = admin == "true";
  }
  return absl::OkStatus();
}

absl::Status AddContext(const Host& host, GlobalOptions* options) {
  const absl::StatusOr<Contexts> contexts = Contexts::Load(ContextsPath(host));
  if (!contexts.ok()) return contexts.status();
  const std::string name =
      options->context.empty() ? contexts->current : options->context;
  if (name.empty()) return absl::OkStatus();
  const auto found = contexts->by_name.find(name);
  if (found == contexts->by_name.end()) {
    return absl::NotFoundError(
        absl::StrCat("no context `", name, "`: see partnerctl context list"));
  }
  const Context& context = found->second;
  if (options->server.empty()) options->server = context.server;
  if (options->program.empty()) options->program = context.program;
  if (options->as.empty()) options->as = context.as;
  return absl::OkStatus();
}

absl::Status AddDefaults(GlobalOptions* options) {
  if (options->server.empty()) options->server = kDefaultServer;
  if (options->timeout.empty()) options->timeout = kDefaultTimeout;
  if (options->output.empty()) options->output = "table";
  if (options->output == "table" || options->output == "json") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("output `", options->output, "` is not table or json"));
}

// Messages hold UTF-8 only.
absl::Status CheckTexts(const GlobalOptions& options) {
  const std::pair<const char*, const std::string*> texts[] = {
      {"--program", &options.program},
      {"--note", &options.request.note},
      {"--etag", &options.request.etag},
      {"--request-id", &options.request.request_id},
      {"--as-of", &options.request.as_of},
      {"--at", &options.request.at},
      {"--timeout", &options.timeout}};
  for (const auto& [option, text] : texts) {
    if (!IsUtf8(*text)) {
      return absl::InvalidArgumentError(
          absl::StrCat(option, " is not valid UTF-8"));
    }
  }
  return absl::OkStatus();
}

absl::Status SetParties(const GlobalOptions& options, Settings* settings) {
  RequestSettings& request = settings->request;
  request.scope.program = options.program;
  const std::pair<const std::string*, std::string*> parties[] = {
      {&options.as, &settings->principal},
      {&options.acting_party, &request.acting_party}};
  for (const auto& [typed, full] : parties) {
    if (typed->empty()) continue;
    absl::StatusOr<std::string> name = ExpandPrincipal(*typed, options.program);
    if (!name.ok()) return name.status();
    *full = *std::move(name);
  }
  request.scope.self =
      request.acting_party.empty() ? settings->principal : request.acting_party;
  settings->customer_admin = options.customer_admin.value_or(
      IsNameIn("customers", settings->principal));
  return absl::OkStatus();
}

absl::Status SetTimeout(const GlobalOptions& options, Settings* settings) {
  const absl::StatusOr<absl::Duration> timeout = ParseSpan(options.timeout);
  if (!timeout.ok()) return timeout.status();
  if (*timeout < absl::Milliseconds(1)) {
    return absl::InvalidArgumentError("--timeout must be at least 1ms");
  }
  settings->timeout =
      std::chrono::milliseconds(absl::ToInt64Milliseconds(*timeout));
  return absl::OkStatus();
}

void SetStyles(const GlobalOptions& options, const Host& host,
               Settings* settings) {
  const bool colors = !options.no_color &&
                      host.environment("NO_COLOR").empty() &&
                      host.environment("TERM") != "dumb";
  std::string locale = host.environment("LC_ALL");
  if (locale.empty()) locale = host.environment("LC_CTYPE");
  if (locale.empty()) locale = host.environment("LANG");
  locale = absl::AsciiStrToLower(locale);
  const bool utf8 =
      absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8");
  settings->out_style = {colors && host.out_is_terminal, utf8};
  settings->err_style = {colors && host.err_is_terminal, utf8};
}

}  // namespace

absl::StatusOr<Settings> ResolveSettings(GlobalOptions options,
                                         const Host& host) {
  absl::Status status = AddEnvironment(host, &options);
  if (status.ok()) status = AddContext(host, &options);
  if (status.ok()) status = AddDefaults(&options);
  Settings settings;
  settings.server = options.server;
  settings.json = options.output == "json";
  settings.request = options.request;
  if (status.ok()) status = CheckTexts(options);
  if (status.ok()) status = SetParties(options, &settings);
  if (status.ok()) status = SetTimeout(options, &settings);
  if (!status.ok()) return status;
  SetStyles(options, host, &settings);
  return settings;
}

std::string ContextsPath(const Host& host) {
  std::string base = host.environment("XDG_CONFIG_HOME");
  if (base.empty()) {
    const std::string home = host.environment("HOME");
    if (home.empty()) return "";
    base = home + "/.config";
  }
  return base + "/partnerctl/contexts.json";
}

}  // namespace partner::client
