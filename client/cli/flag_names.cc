#include "client/cli/flag_names.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace partner::client {
namespace {

// What no row of the command table sets, by the last part of its name.
struct GlobalName {
  const char* name;
  const char* words;
};
constexpr GlobalName kGlobalNames[] = {
    {"acting_party", "--acting-party"},
    {"at", "--at"},
    {"exact_revision", "--at-revision"},
    {"min_revision", "--min-revision"},
    {"new_customer", "--display-name, --domain, --country and --tenant-id"},
    {"partner-customer-admin", "--customer-admin"},
    {"partner-principal", "--as"},
    {"read_mask", "--fields"},
    {"read_time", "--as-of"},
    {"replace_overlapping", "--replace"},
    {"request_id", "--request-id"},
    {"validate_only", "--dry-run"},
};

bool IsNamePart(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '-' || c == '.' || c == '/';
}

absl::string_view LastPart(absl::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

// True for what is no word of a sentence.
bool IsTechnical(absl::string_view name) {
  return name.find_first_of("_-.") != absl::string_view::npos;
}

}  // namespace

std::string FlagOfField(absl::string_view path, const Command& command) {
  // A revision is one number to people.
  absl::ConsumeSuffix(&path, ".number");
  for (const Argument& argument : command.arguments) {
    if (argument.field == path) return argument.word;
  }
  const absl::string_view last = LastPart(path);
  if (!IsTechnical(last)) return "";
  for (const Argument& argument : command.arguments) {
    if (LastPart(argument.field) == last) return argument.word;
  }
  for (const GlobalName& global : kGlobalNames) {
    if (last == global.name) return global.words;
  }
  return "";
}

std::string InFlags(absl::string_view text, const Command& command) {
  const std::string phrased = absl::StrReplaceAll(
      text,
      {{"Send the metadata `partner-principal`", "Say who calls with --as"}});
  std::string out;
  std::size_t at = 0;
  while (at < phrased.size()) {
    std::size_t end = at;
    while (end < phrased.size() && IsNamePart(phrased[end])) ++end;
    // A full stop ends the sentence, not the name.
    while (end > at && phrased[end - 1] == '.') --end;
    if (end == at) {
      out.push_back(phrased[at++]);
      continue;
    }
    const absl::string_view name(phrased.data() + at, end - at);
    const std::string flag =
        IsTechnical(name) ? FlagOfField(name, command) : "";
    at = end;
    if (flag.empty()) {
      out.append(name.data(), name.size());
      continue;
    }
    const bool quoted = !out.empty() && out.back() == '`' &&
                        end < phrased.size() && phrased[end] == '`';
    if (quoted) {
      out.pop_back();
      ++at;
    }
    out += flag;
  }
  return out;
}

}  // namespace partner::client
