#include "client/cli/context_commands.h"

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/contexts.h"
#include "client/cli/run.h"
#include "client/cli/text.h"

namespace partner::client {
namespace {

// Loads the contexts, lets `change` alter them, saves them.
int Change(const std::function<absl::Status(Contexts*)>& change,
           const Host& host) {
  const std::string path = ContextsPath(host);
  if (path.empty()) {
    return FailWith(
        "there is no place for contexts: set XDG_CONFIG_HOME or HOME", {},
        host);
  }
  absl::StatusOr<Contexts> contexts = Contexts::Load(path);
  absl::Status status = contexts.status();
  if (status.ok()) status = change(&*contexts);
  if (status.ok()) status = contexts->Save(path);
  if (!status.ok()) return FailWith(std::string(status.message()), {}, host);
  return kExitOk;
}

// What is stored must be of use to later calls.
absl::Status CheckContext(const std::string& name,
                          const GlobalOptions& options) {
  if (name.empty()) {
    return absl::InvalidArgumentError("a context needs a name");
  }
  const std::pair<const char*, const std::string*> texts[] = {
      {"NAME", &name},
      {"--server", &options.server},
      {"--program", &options.program},
      {"--as", &options.as}};
  for (const auto& [word, text] : texts) {
    if (!IsUtf8(*text) || OneLine(*text) != *text) {
      return absl::InvalidArgumentError(
          absl::StrCat(word, " has control characters or is not valid UTF-8"));
    }
  }
  return absl::OkStatus();
}

absl::Status Unknown(const std::string& name) {
  return absl::NotFoundError(absl::StrCat("no context `", name, "`"));
}

}  // namespace

int SetContext(const std::string& name, const GlobalOptions& options,
               const Host& host) {
  return Change(
      [&](Contexts* contexts) {
        absl::Status status = CheckContext(name, options);
        if (!status.ok()) return status;
        Context& context = contexts->by_name[name];
        if (!options.server.empty()) context.server = options.server;
        if (!options.program.empty()) context.program = options.program;
        if (!options.as.empty()) context.as = options.as;
        if (contexts->current.empty()) contexts->current = name;
        return absl::OkStatus();
      },
      host);
}

int UseContext(const std::string& name, const Host& host) {
  return Change(
      [&](Contexts* contexts) {
        if (contexts->by_name.count(name) == 0) return Unknown(name);
        contexts->current = name;
        return absl::OkStatus();
      },
      host);
}

int DeleteContext(const std::string& name, const Host& host) {
  return Change(
      [&](Contexts* contexts) {
        if (contexts->by_name.erase(name) == 0) return Unknown(name);
        if (contexts->current == name) contexts->current.clear();
        return absl::OkStatus();
      },
      host);
}

int ListContexts(const GlobalOptions& options, const Host& host) {
  const absl::StatusOr<Contexts> contexts = Contexts::Load(ContextsPath(host));
  if (!contexts.ok()) {
    return FailWith(std::string(contexts.status().message()), {}, host);
  }
  if (options.output == "json") {
    host.out << contexts->ToJson() << "\n";
    return kExitOk;
  }
  Table table({"", "NAME", "SERVER", "PROGRAM", "AS"});
  for (const auto& [name, context] : contexts->by_name) {
    table.AddRow({name == contexts->current ? "*" : " ", OneLine(name),
                  OneLine(context.server), OneLine(context.program),
                  OneLine(context.as)});
  }
  table.Flush(host.out, {});
  return kExitOk;
}

}  // namespace partner::client
