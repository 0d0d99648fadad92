#include "client/cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/command_table.h"
#include "client/cli/command_words.h"
#include "client/cli/completion.h"
#include "client/cli/conform_command.h"
#include "client/cli/context_commands.h"
#include "client/cli/settings.h"
#include "client/cli/values.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace partner::client {
namespace {

using google::protobuf::FieldDescriptor;

constexpr char kVersion[] = "partnerctl 0.1.0";

constexpr char kFooter[] = R"(
Names may be short: `contoso` for programs/P/partners/contoso with --program P,
`contoso/0abc` where a parent is needed. Data goes to stdout, all else to
stderr. In JSON a list is an array; with --with-revision it is an object of
`items` and the `revision` they were read at.

Settings come from flags, then the environment (PARTNERCTL_SERVER,
PARTNERCTL_PROGRAM, PARTNERCTL_AS, PARTNERCTL_CUSTOMER_ADMIN, PARTNERCTL_OUTPUT,
PARTNERCTL_TIMEOUT, PARTNERCTL_CONTEXT, NO_COLOR), then the context in use.

Exit codes: 0 done, or a check allowed; 1 a check denied, a dry run refused or a
server that does not conform; 2 error.

Examples:
  partnerctl help admin grant
  partnerctl context set dev --server 127.0.0.1:50051 --program global --as operators/me
  partnerctl partner list
  partnerctl --as customer:adatum admin grant litware --duty support --all-services
  partnerctl --as partner:litware check litware reset_passwords adatum --explain)";

// A command of the table in the tree of words.
struct Entry {
  const Command* command;
  CLI::App* app;
  std::vector<Argument> arguments;
  // What was typed, one for each argument. Never resized once CLI11 knows it.
  std::vector<std::vector<std::string>> typed;
};

std::string ExamplesOf(const std::vector<std::string>& examples) {
  return absl::StrCat("\nExamples:\n  ", absl::StrJoin(examples, "\n  "),
                      "\n\nGlobal options: partnerctl --help");
}

// What help calls the value of an option.
std::string TypeName(const Argument& argument, const FieldDescriptor* field) {
  if (argument.is_position()) return "";
  if (!argument.collections.empty()) return "NAME";
  if (field == nullptr) return "NUMBER";
  if (field->enum_type() != nullptr) return "WORD";
  if (field->message_type() == google::protobuf::Timestamp::descriptor()) {
    return "TIME";
  }
  if (field->message_type() == google::protobuf::Duration::descriptor()) {
    return "SPAN";
  }
  return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? "TEXT"
         : field->message_type() != nullptr                   ? "FIELDS"
                                                              : "NUMBER";
}

// True when the words ask for JSON; needed before they are parsed, so that
// wrong words are reported in the form asked for.
bool AsksForJson(const std::vector<std::string>& words,
                 const std::string& environment) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--output=json" || words[i] == "-ojson") return true;
    if ((words[i] == "--output" || words[i] == "-o") && i + 1 < words.size()) {
      return words[i + 1] == "json";
    }
  }
  return environment == "json";
}

// One run of partnerctl: the tree of words and what was typed into it.
class App {
 public:
  explicit App(const Host& host);

  int Run(std::vector<std::string> words);

 private:
  void AddGlobals();
  void AddCommands();
  void AddArgument(const Argument& argument, Entry* entry,
                   std::vector<std::string>* typed);
  void AddContextCommands();
  void AddConform();
  void AddCompletion();
  void AddHelp();

  Words WordsOf(const Entry& entry) const;
  WordTree MakeWordTree() const;

  const Host& host_;
  CLI::App root_{"Works with a partner-hierarchy server.", "partnerctl"};
  GlobalOptions globals_;
  std::vector<std::unique_ptr<Entry>> entries_;
  // Commands that need no server.
  std::vector<std::pair<CLI::App*, std::function<int()>>> local_;
  std::string context_name_;
  ConformWords conform_;
  CLI::App* conform_app_ = nullptr;
  std::string shell_;
  std::vector<std::string> help_words_;
  // Values known for an option, for completion.
  std::map<std::string, std::vector<std::string>> known_values_;
};

App::App(const Host& host) : host_(host) {
  root_.require_subcommand(1);
  root_.set_version_flag("--version", kVersion);
  root_.footer(kFooter);
  AddGlobals();
  AddCommands();
  AddContextCommands();
  AddConform();
  AddCompletion();
  AddHelp();
}

void App::AddGlobals() {
  // The last one wins, so that a wrapper's settings can be overridden.
  root_.option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  root_.add_option("--server", globals_.server, "Address of the server");
  root_.add_option("--program", globals_.program, "Program (cloud) id");
  root_.add_option("--as", globals_.as,
                   "Who calls: operators/ID, auditors/ID, partner:ID, "
                   "customer:ID or a full name");
  root_.add_flag_callback(
      "--customer-admin", [this] { globals_.customer_admin = true; },
      "Call as an administrator of the customer (default for customers)");
  root_.add_flag_callback(
      "--no-customer-admin", [this] { globals_.customer_admin = false; },
      "Call as somebody else of the customer");
  root_.add_option("--acting-party", globals_.acting_party,
                   "Party an operator acts for");
  root_.add_option("--context", globals_.context, "Named context to use");
  root_.add_option("-o,--output", globals_.output,
                   "table for people (default), json for machines");
  known_values_["--output"] = known_values_["-o"] = {"table", "json"};
  root_.add_option("--timeout", globals_.timeout,
                   "Time for a call with its retries (default 30s)");
  root_.add_flag("--dry-run", globals_.request.dry_run,
                 "Writes: say what would happen, every violation and effect");
  root_.add_option("--request-id", globals_.request.request_id,
                   "Writes: UUID of the request; a repeat applies nothing");
  root_.add_option("--note", globals_.request.note,
                   "Writes: kept with the revision");
  root_.add_option("--etag", globals_.request.etag,
                   "Writes: only if the resource is still this version, as "
                   "`get` shows it; its quotes may be left out");
  auto* min_revision = root_.add_option_function<std::int64_t>(
      "--min-revision",
      [this](std::int64_t number) { globals_.request.min_revision = number; },
      "Reads: wait until this revision is visible");
  auto* at_revision = root_.add_option_function<std::int64_t>(
      "--at-revision",
      [this](std::int64_t number) { globals_.request.at_revision = number; },
      "Reads: exactly this revision");
  auto* as_of = root_.add_option("--as-of", globals_.request.as_of,
                                 "Reads: by what was recorded at this time");
  at_revision->excludes(min_revision);
  as_of->excludes(min_revision)->excludes(at_revision);
  root_.add_option("--at", globals_.request.at,
                   "Reads: what was, is or will be true at this time");
  root_.add_flag("--no-color", globals_.no_color, "No colours");
  root_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

void App::AddCommands() {
  std::map<std::string, CLI::App*> nouns;
  for (const Command& command : Commands()) {
    const std::vector<std::string> path = absl::StrSplit(command.path, ' ');
    CLI::App* parent = &root_;
    if (path.size() > 1) {
      CLI::App*& noun = nouns[path[0]];
      if (noun == nullptr) {
        noun = root_.add_subcommand(path[0], HelpOfNoun(path[0]));
        noun->require_subcommand(1)->fallthrough();
        noun->footer(
            absl::StrCat("\nMore: partnerctl ", path[0], " VERB --help"));
      }
      parent = noun;
    }
    auto entry = std::make_unique<Entry>();
    entry->command = &command;
    entry->app = parent->add_subcommand(path.back(), command.help);
    entry->app->fallthrough()->footer(ExamplesOf(command.examples));
    if (!command.alias.empty()) entry->app->alias(command.alias);
    entry->arguments = ArgumentsOf(command);
    entry->typed.resize(entry->arguments.size());
    for (std::size_t i = 0; i < entry->arguments.size(); ++i) {
      AddArgument(entry->arguments[i], entry.get(), &entry->typed[i]);
    }
    entries_.push_back(std::move(entry));
  }
}

void App::AddArgument(const Argument& argument, Entry* entry,
                      std::vector<std::string>* typed) {
  const FieldDescriptor* field = FieldOf(*entry->command, argument);
  const bool is_switch =
      argument.word == "--explain" || argument.word == "--with-revision" ||
      (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL);
  if (is_switch) {
    entry->app->add_flag_callback(
        argument.word, [typed] { *typed = {"true"}; }, argument.help);
    return;
  }
  std::string help = argument.help;
  if (field != nullptr && field->enum_type() != nullptr) {
    const std::vector<std::string> values = EnumWords(*field->enum_type());
    absl::StrAppend(&help, ": ", absl::StrJoin(values, ", "));
    known_values_[argument.word] = values;
  }
  CLI::Option* option = entry->app->add_option(argument.word, *typed, help);
  // One word for each time it is given, so that no option swallows positions.
  option->allow_extra_args(false)->type_name(TypeName(argument, field));
  if (field != nullptr && field->is_repeated()) {
    option->delimiter(',');
  } else {
    option->expected(1);
  }
  if (argument.missing == Missing::kRefused) option->required();
}

void App::AddContextCommands() {
  CLI::App* noun = root_.add_subcommand(
      "context", "Named settings: server, program and who you are");
  noun->require_subcommand(1)->fallthrough();
  const auto add = [&](const char* verb, const char* help,
                       const std::vector<std::string>& examples, bool named,
                       std::function<int()> run) {
    CLI::App* app = noun->add_subcommand(verb, help);
    app->fallthrough()->footer(ExamplesOf(examples));
    if (named) {
      app->add_option("NAME", context_name_, "The context")->required();
    }
    local_.emplace_back(app, std::move(run));
  };
  add("set", "Store --server, --program and --as under a name",
      {"partnerctl context set dev --server 127.0.0.1:50051 --program global "
       "--as operators/me"},
      true, [this] { return SetContext(context_name_, globals_, host_); });
  add("use", "Use a context from now on", {"partnerctl context use dev"}, true,
      [this] { return UseContext(context_name_, host_); });
  add("list", "List the contexts; * marks the one in use",
      {"partnerctl context list"}, false,
      [this] { return ListContexts(globals_, host_); });
  add("delete", "Forget a context", {"partnerctl context delete dev"}, true,
      [this] { return DeleteContext(context_name_, host_); });
}

void App::AddConform() {
  CLI::App* app = root_.add_subcommand(
      "conform",
      "Tell every scenario of the rules to a server and see whether it answers "
      "as they say. The server needs a clock for tests (partnerd "
      "--test-clock); nobody else may write to it meanwhile, and what is made "
      "stays there");
  app->fallthrough()->footer(ExamplesOf(
      {"partnerctl conform --server 127.0.0.1:50051",
       "partnerctl conform --server 127.0.0.1:50051 --filter R22 --report "
       "report.json"}));
  app->add_option("--filter", conform_.filter,
                  "Only scenarios that cite this rule, for example R22")
      ->type_name("RULE");
  app->add_option("--report", conform_.report,
                  "Write every outcome to this file too, as JSON")
      ->type_name("FILE");
  app->add_option("--scenarios", conform_.scenarios,
                  "Directory of the scenarios (default PARTNERCTL_SCENARIOS, "
                  "else those installed with partnerctl)")
      ->type_name("DIR");
  conform_app_ = app;
}

void App::AddCompletion() {
  CLI::App* app =
      root_.add_subcommand("completion", "Completion script for a shell");
  app->fallthrough()->footer(
      ExamplesOf({"source <(partnerctl completion bash)",
                  "partnerctl completion zsh > ~/.zfunc/_partnerctl"}));
  app->add_option("SHELL", shell_, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  known_values_["SHELL"] = {"bash", "zsh"};
  local_.emplace_back(app, [this] {
    const WordTree tree = MakeWordTree();
    host_.out << (shell_ == "bash" ? BashCompletion(tree)
                                   : ZshCompletion(tree));
    return static_cast<int>(kExitOk);
  });
}

// Run asks for the command's own help before these words are parsed.
void App::AddHelp() {
  root_.add_subcommand("help", "Show how a command is used")
      ->footer(ExamplesOf({"partnerctl help", "partnerctl help admin grant"}))
      ->add_option("COMMAND", help_words_, "NOUN and VERB; all when left out");
}

Words App::WordsOf(const Entry& entry) const {
  Words words;
  for (std::size_t i = 0; i < entry.arguments.size(); ++i) {
    if (!entry.typed[i].empty()) {
      words[entry.arguments[i].word] = entry.typed[i];
    }
  }
  return words;
}

WordTree App::MakeWordTree() const {
  WordTree tree;
  const std::function<void(const CLI::App*, const std::string&)> visit =
      [&](const CLI::App* app, const std::string& path) {
        std::vector<std::string>& next = tree.next[path];
        for (const CLI::App* sub : app->get_subcommands(nullptr)) {
          std::vector<std::string> names = sub->get_aliases();
          names.push_back(sub->get_name());
          for (const std::string& name : names) {
            next.push_back(name);
            visit(sub, path.empty() ? name : absl::StrCat(path, " ", name));
          }
        }
        // A map's references survive insertions, so `next` is still good.
        for (const CLI::Option* option : app->get_options()) {
          std::vector<std::string> names;
          for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
          }
          for (const std::string& name : option->get_snames()) {
            names.push_back("-" + name);
          }
          for (const std::string& name : names) {
            next.push_back(name);
            if (option->get_expected_max() == 0) continue;
            const auto known = known_values_.find(name);
            tree.values[name] = known != known_values_.end()
                                    ? known->second
                                    : std::vector<std::string>();
          }
        }
        if (path == "completion") next = {"bash", "zsh"};
      };
  visit(&root_, "");
  return tree;
}

int App::Run(std::vector<std::string> words) {
  Settings plain;
  plain.json = AsksForJson(words, host_.environment("PARTNERCTL_OUTPUT"));
  const CommandWords chosen = FindCommand(root_, words);
  if (!chosen.problem.empty()) return FailWith(chosen.problem, plain, host_);
  if (chosen.asks_for_help) {
    words = chosen.path;
    words.emplace_back("--help");
  }
  // CLI11 takes the words from the last to the first.
  std::reverse(words.begin(), words.end());
  try {
    root_.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    // Help and version arrive here too.
    if (error.get_exit_code() == 0) {
      return root_.exit(error, host_.out, host_.err);
    }
    return FailWith(absl::StrCat(error.what(), " (see --help)"), plain, host_);
  }
  for (const auto& [app, run] : local_) {
    if (app->parsed()) return run();
  }
  const absl::StatusOr<Settings> settings = ResolveSettings(globals_, host_);
  if (!settings.ok()) {
    return FailWith(std::string(settings.status().message()), plain, host_);
  }
  if (conform_app_->parsed()) return RunConform(conform_, *settings, host_);
  for (const std::unique_ptr<Entry>& entry : entries_) {
    if (entry->app->parsed()) {
      return RunCommand(*entry->command, WordsOf(*entry), *settings, host_);
    }
  }
  return kExitError;
}

}  // namespace

int Partnerctl(const std::vector<std::string>& words, const Host& host) {
  App app(host);
  const int exit = app.Run(words);
  host.out.flush();
  if (host.out.good()) return exit;
  host.err << "error: cannot write the output\n";
  return kExitError;
}

}  // namespace partner::client
