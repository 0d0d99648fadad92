#include "server/ops/stores.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/log.h"
#include "server/storage/sqlite/sqlite_store.h"

namespace partner::server {
namespace {

using hierarchy::PolicyLibrary;
using Files = std::vector<std::pair<std::string, std::string>>;

absl::Status Annotate(const absl::Status& status, absl::string_view subject) {
  return absl::Status(status.code(),
                      absl::StrCat(subject, ": ", status.message()));
}

absl::Status AddFiles(const std::string& directory, Files* files) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".textproto") paths.push_back(entry);
  }
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("policy-dir: ", directory, ": ", error.message()));
  }
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
      return absl::UnavailableError(
          absl::StrCat("policy-dir: ", path.string(), " cannot be read"));
    }
    files->emplace_back(path.filename().string(), text.str());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config,
                                                 const DataDirectory& directory,
                                                 const std::string& program) {
  SqliteOptions options;
  options.path = directory.StorePath(program);
  options.create = config.create;
  options.cache_bytes = config.store_cache_bytes;
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(options);
  if (!store.ok() && absl::IsNotFound(store.status())) {
    return absl::NotFoundError(absl::StrCat(
        store.status().message(), "; --create makes stores that are missing"));
  }
  return store;
}

// The edition a fresh store of the program activates; empty for its default.
absl::StatusOr<std::string> DefaultEdition(const Config& config,
                                           const PolicyLibrary& policies,
                                           const std::string& program) {
  for (const std::string& entry : config.default_edition) {
    const std::pair<std::string, std::string> edition =
        absl::StrSplit(entry, absl::MaxSplits('=', 1));
    if (edition.first != program) continue;
    if (policies.Find(program, edition.second) == nullptr) {
      return absl::NotFoundError(absl::StrCat("default-edition: no edition ",
                                              edition.second, " of program ",
                                              program));
    }
    return edition.second;
  }
  return "";
}

absl::StatusOr<std::unique_ptr<Engine>> OpenEngine(
    const Config& config, Clock* clock, const PolicyLibrary& policies,
    const DataDirectory& directory, const std::string& program,
    const WritableChanged& changed) {
  absl::StatusOr<std::string> edition =
      DefaultEdition(config, policies, program);
  if (!edition.ok()) return edition.status();
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenStore(config, directory, program);
  if (!store.ok()) return store.status();
  Engine::Options options;
  options.program = program;
  options.clock = clock;
  options.policies = &policies;
  options.default_edition = *std::move(edition);
  options.queue_max = static_cast<int>(config.queued_writes_max);
  options.on_state = [program, changed](const EngineState& state) {
    changed(program, state.writable);
    Logger::Process().Log(state.writable ? Severity::kInfo : Severity::kError,
                          "store state",
                          {{"program", program},
                           {"writable", state.writable},
                           {"detail", state.detail}});
  };
  options.log = [program](absl::string_view line) {
    Logger::Process().Info("engine", {{"program", program}, {"detail", line}});
  };
  absl::StatusOr<std::unique_ptr<Engine>> engine =
      Engine::Open(std::move(options), *std::move(store));
  if (!engine.ok()) return Annotate(engine.status(), program);
  return engine;
}

// Prints what is wrong with one store; false when anything is.
absl::StatusOr<bool> VerifyOne(const Config& config,
                               const PolicyLibrary& policies,
                               const DataDirectory& directory,
                               const std::string& program) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenStore(config, directory, program);
  if (!store.ok()) return store.status();
  absl::StatusOr<std::vector<std::string>> problems =
      VerifyStore(program, policies, store->get());
  if (!problems.ok()) return problems.status();
  if (problems->empty()) {
    const StoreHead& head = (*store)->head();
    std::cout << program << ": OK, revision " << head.revision << ", "
              << head.documents << " documents\n";
    return true;
  }
  std::cout << program << ": " << problems->size() << " problems\n";
  for (const std::string& problem : *problems) {
    std::cout << "  " << problem << "\n";
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyLibrary>> LoadPolicies(
    const Config& config) {
  Files files = PolicyLibrary::EmbeddedFiles();
  if (!config.policy_dir.empty()) {
    const absl::Status status = AddFiles(config.policy_dir, &files);
    if (!status.ok()) return status;
  }
  return PolicyLibrary::Load(files);
}

absl::StatusOr<std::vector<std::string>> ProgramsOf(
    const Config& config, const PolicyLibrary& policies) {
  const std::vector<std::string> known = policies.programs();
  if (config.programs.empty()) return known;
  for (const std::string& program : config.programs) {
    if (std::find(known.begin(), known.end(), program) == known.end()) {
      return absl::NotFoundError(absl::StrCat(
          "programs: there is no policy edition for `", program, "`"));
    }
  }
  return config.programs;
}

absl::Status CheckPolicies(const Config& config) {
  absl::StatusOr<std::unique_ptr<PolicyLibrary>> policies =
      LoadPolicies(config);
  if (!policies.ok()) return policies.status();
  absl::StatusOr<std::vector<std::string>> programs =
      ProgramsOf(config, **policies);
  if (!programs.ok()) return programs.status();
  for (const std::string& program : *programs) {
    const absl::StatusOr<std::string> edition =
        DefaultEdition(config, **policies, program);
    if (!edition.ok()) return edition.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenStores> OpenEngines(const Config& config, Clock* clock,
                                       const PolicyLibrary& policies,
                                       const WritableChanged& changed) {
  absl::StatusOr<std::vector<std::string>> programs =
      ProgramsOf(config, policies);
  if (!programs.ok()) return programs.status();
  absl::StatusOr<std::unique_ptr<DataDirectory>> directory =
      OpenDataDirectory(config.data_dir, config.create);
  if (!directory.ok()) return directory.status();
  OpenStores stores;
  stores.directory = *std::move(directory);
  for (const std::string& program : *programs) {
    absl::StatusOr<std::unique_ptr<Engine>> engine = OpenEngine(
        config, clock, policies, *stores.directory, program, changed);
    if (!engine.ok()) return engine.status();
    stores.engines[program] = *std::move(engine);
  }
  return stores;
}

absl::StatusOr<bool> VerifyStores(const Config& config) {
  absl::StatusOr<std::unique_ptr<PolicyLibrary>> policies =
      LoadPolicies(config);
  if (!policies.ok()) return policies.status();
  absl::StatusOr<std::vector<std::string>> programs =
      ProgramsOf(config, **policies);
  if (!programs.ok()) return programs.status();
  absl::StatusOr<std::unique_ptr<DataDirectory>> directory =
      OpenDataDirectory(config.data_dir, /*create=*/false);
  if (!directory.ok()) return directory.status();
  bool sound = true;
  for (const std::string& program : *programs) {
    absl::StatusOr<bool> one =
        VerifyOne(config, **policies, **directory, program);
    if (one.ok()) {
      sound = sound && *one;
    } else {
      std::cout << program << ": " << one.status().message() << "\n";
      sound = false;
    }
  }
  return sound;
}

}  // namespace partner::server
