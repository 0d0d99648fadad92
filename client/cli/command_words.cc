#include "client/cli/command_words.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace partner::client {
namespace {

constexpr std::size_t kTyposMax = 2;

std::vector<const CLI::App*> Below(const CLI::App& app) {
  // Without a filter, as CLI11 has it, those of this run only.
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* Find(const CLI::App& app, const std::string& word) {
  for (const CLI::App* below : Below(app)) {
    if (below->check_name(word)) return below;
  }
  return nullptr;
}

// Letters to change, add or leave out to make one word of the other.
std::size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

bool IsNear(const std::string& word, const std::string& known) {
  if (word.size() > known.size() + kTyposMax) return false;
  return absl::StartsWith(known, word) ||
         Distance(word, known) <= std::min(kTyposMax, known.size() / 2);
}

// What is wrong with `word` below `app`, whose path is `path`. An empty word:
// one is missing.
std::string Problem(const CLI::App& app, const std::vector<std::string>& path,
                    const std::string& word) {
  std::vector<std::string> known;
  std::vector<std::string> near;
  for (const CLI::App* below : Below(app)) {
    std::vector<std::string> names = below->get_aliases();
    names.insert(names.begin(), below->get_name());
    for (const std::string& name : names) {
      known.push_back(name);
      if (!word.empty() && IsNear(word, name)) near.push_back(name);
    }
  }
  std::vector<std::string> before = {"partnerctl"};
  before.insert(before.end(), path.begin(), path.end());
  const std::string place = absl::StrJoin(before, " ");
  const std::string what =
      word.empty()
          ? absl::StrCat("`", place, "` needs a command")
          : absl::StrCat("`", word, "` is no command of `", place, "`");
  return near.empty()
             ? absl::StrCat(what, "; there are ", absl::StrJoin(known, ", "))
             : absl::StrCat(what, "; did you mean ", absl::StrJoin(near, ", "),
                            "?");
}

// Whether the word is an option of the root, and how many words it takes.
enum class OptionWord { kNone, kAlone, kTakesNext, kUnknown, kHelp };

OptionWord Classify(const CLI::App& root, const std::string& word) {
  if (word.size() < 2 || word.front() != '-') return OptionWord::kNone;
  if (word == "-h" || word == "--help" || word == "--version") {
    return OptionWord::kHelp;
  }
  const std::size_t equals = word.find('=');
  // `-ojson`: the value is part of the word.
  const bool attached = word[1] != '-' && word.size() > 2;
  const std::string name =
      attached ? word.substr(0, 2) : word.substr(0, equals);
  const CLI::Option* option = root.get_option_no_throw(name);
  if (option == nullptr) return OptionWord::kUnknown;
  const bool takes = option->get_expected_max() > 0 && !attached &&
                     equals == std::string::npos;
  return takes ? OptionWord::kTakesNext : OptionWord::kAlone;
}

}  // namespace

CommandWords FindCommand(const CLI::App& root,
                         const std::vector<std::string>& words) {
  CommandWords found;
  const CLI::App* at = &root;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    switch (Classify(root, word)) {
      case OptionWord::kTakesNext:
        ++i;
        continue;
      case OptionWord::kAlone:
        continue;
      // CLI11 knows what to say.
      case OptionWord::kUnknown:
      case OptionWord::kHelp:
        return found;
      case OptionWord::kNone:
        break;
    }
    if (at == &root && word == "help" && !found.asks_for_help) {
      found.asks_for_help = true;
      continue;
    }
    const CLI::App* next = Find(*at, word);
    if (next == nullptr) {
      found.problem = Problem(*at, found.path, word);
      return found;
    }
    found.path.push_back(word);
    at = next;
    if (Below(*at).empty()) return found;
  }
  if (!found.asks_for_help) found.problem = Problem(*at, found.path, "");
  return found;
}

}  // namespace partner::client
