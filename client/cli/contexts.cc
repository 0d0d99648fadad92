#include "client/cli/contexts.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace partner::client {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
}

}  // namespace

absl::StatusOr<Contexts> Contexts::Load(const std::string& path) {
  Contexts contexts;
  std::ifstream file(path);
  if (!file) return contexts;
  std::ostringstream text;
  text << file.rdbuf();
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_object() || !json.contains("contexts") ||
      !json["contexts"].is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not hold contexts; repair or remove it"));
  }
  contexts.current = TextOf(json, "current");
  for (const auto& [name, entry] : json["contexts"].items()) {
    contexts.by_name[name] = {TextOf(entry, "server"), TextOf(entry, "program"),
                              TextOf(entry, "as")};
  }
  return contexts;
}

std::string Contexts::ToJson() const {
  Json entries = Json::object();
  for (const auto& [name, context] : by_name) {
    entries[name] = {{"server", context.server},
                     {"program", context.program},
                     {"as", context.as}};
  }
  const Json json = {{"current", current}, {"contexts", entries}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

absl::Status Contexts::Save(const std::string& path) const {
  const fs::path target(path);
  const fs::path temporary(path + ".new");
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << ToJson() << "\n";
    file.close();
    if (!file) {
      return absl::UnavailableError(
          absl::StrCat("cannot write ", temporary.string()));
    }
  }
  fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write,
                  error);
  fs::rename(temporary, target, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot write ", path, ": ", error.message()));
  }
  return absl::OkStatus();
}

}  // namespace partner::client
