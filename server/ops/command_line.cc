#include "server/ops/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/rpc/version.h"

namespace partner::server {
namespace {

constexpr char kPrefix[] = "PARTNERD_";
constexpr char kConfigVariable[] = "PARTNERD_CONFIG";

// What one source says: values by setting.
using Layer = std::map<std::string, std::vector<std::string>>;

const Setting* FindSetting(absl::string_view name) {
  for (const Setting& setting : Settings()) {
    if (name == setting.name) return &setting;
  }
  return nullptr;
}

// CLI11 with one option for each setting.
class Flags {
 public:
  Flags() {
    app_.set_version_flag("--version", absl::StrCat("partnerd ", kVersion));
    app_.fallthrough();
    app_.add_option("--config", config_file_, "File with settings.")
        ->type_name("FILE");
    app_.add_flag("--print-config", print_config_,
                  "Print every setting with its origin and end.");
    app_.add_flag("--check-config", check_config_,
                  "Check the settings and end.");
    verify_ = app_.add_subcommand(
        "verify", "Check the stores of a data directory, offline.");
    for (const Setting& setting : Settings()) Add(setting);
  }

  absl::Status Parse(std::vector<std::string> arguments, CommandLine* out) {
    // CLI11 takes them last first.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return Print(app_.help(), out);
    } catch (const CLI::CallForVersion& version) {
      return Print(absl::StrCat(version.what(), "\n"), out);
    } catch (const CLI::Error& error) {
      return absl::InvalidArgumentError(error.what());
    }
    if (verify_->parsed()) out->task = CommandLine::Task::kVerify;
    if (check_config_) out->task = CommandLine::Task::kCheckConfig;
    if (print_config_) out->task = CommandLine::Task::kPrintConfig;
    return absl::OkStatus();
  }

  const std::string& config_file() const { return config_file_; }
  Layer values() const {
    Layer layer;
    for (const auto& [name, option] : options_) {
      if (option->count() > 0) layer[name] = values_.at(name);
    }
    return layer;
  }

 private:
  void Add(const Setting& setting) {
    const std::string flag = absl::StrCat("--", setting.name);
    std::vector<std::string>& values = values_[setting.name];
    CLI::Option* option =
        setting.form == Setting::Form::kFlag
            ? app_.add_flag(absl::StrCat(flag, "{true}"), values, setting.help)
            : app_.add_option(flag, values, setting.help)
                  ->type_name(setting.value);
    option->allow_extra_args(false);
    options_[setting.name] = option;
  }

  static absl::Status Print(std::string text, CommandLine* out) {
    out->task = CommandLine::Task::kPrintText;
    out->text = std::move(text);
    return absl::OkStatus();
  }

  CLI::App app_{
      "Serves partner hierarchies over gRPC. Every setting may also be given "
      "as PARTNERD_NAME in the environment or `name = value` in a file; flags "
      "win over the environment, which wins over the file.",
      "partnerd"};
  std::string config_file_;
  bool print_config_ = false;
  bool check_config_ = false;
  CLI::App* verify_ = nullptr;
  std::map<std::string, std::vector<std::string>> values_;
  std::map<std::string, CLI::Option*> options_;
};

absl::StatusOr<Layer> FromEnvironment(
    const std::map<std::string, std::string>& environment) {
  Layer layer;
  std::map<std::string, std::string> left = environment;
  left.erase(kConfigVariable);
  for (const Setting& setting : Settings()) {
    const auto found = left.find(setting.EnvironmentName());
    if (found == left.end()) continue;
    layer[setting.name] = {found->second};
    left.erase(found);
  }
  if (!left.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("environment: unknown variable ", left.begin()->first));
  }
  return layer;
}

absl::StatusOr<Layer> FromFile(const std::string& path) {
  Layer layer;
  if (path.empty()) return layer;
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_file(path);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": cannot be read: ", error.what()));
  }
  for (const CLI::ConfigItem& item : items) {
    if (FindSetting(item.fullname()) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": unknown key ", item.fullname()));
    }
    if (!layer.emplace(item.name, item.inputs).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", item.name, " is given twice"));
    }
  }
  return layer;
}

absl::Status Apply(const Layer& layer, const std::string& origin,
                   CommandLine* out) {
  for (const auto& [name, values] : layer) {
    const absl::Status status = FindSetting(name)->Set(values, &out->config);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(origin, ": ", status.message()));
    }
    out->origins[name] = origin;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ReadCommandLine(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment) {
  CommandLine out;
  Flags flags;
  absl::Status status = flags.Parse(arguments, &out);
  if (!status.ok()) return status;
  if (out.task == CommandLine::Task::kPrintText) return out;
  std::string file = flags.config_file();
  const auto variable = environment.find(kConfigVariable);
  if (file.empty() && variable != environment.end()) file = variable->second;

  absl::StatusOr<Layer> from_file = FromFile(file);
  if (!from_file.ok()) return from_file.status();
  absl::StatusOr<Layer> from_environment = FromEnvironment(environment);
  if (!from_environment.ok()) return from_environment.status();
  for (const Setting& setting : Settings()) {
    out.origins[setting.name] = "default";
  }
  status = Apply(*from_file, file, &out);
  if (status.ok()) status = Apply(*from_environment, "environment", &out);
  if (status.ok()) status = Apply(flags.values(), "flag", &out);
  if (!status.ok()) return status;
  return out;
}

std::map<std::string, std::string> ReadEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, kPrefix)) continue;
    const std::pair<std::string, std::string> variable =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    variables.insert(variable);
  }
  return variables;
}

std::string PrintConfig(const CommandLine& command_line) {
  std::string text;
  for (const Setting& setting : Settings()) {
    absl::StrAppend(&text, setting.name, " = ",
                    setting.Show(command_line.config), "  # ",
                    command_line.origins.at(setting.name), "\n");
  }
  return text;
}

}  // namespace partner::server
