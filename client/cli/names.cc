#include "client/cli/names.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/partner_client.h"

namespace partner::client {
namespace {

constexpr absl::string_view kProgramsPrefix = "programs/";

// Without the plural: `partners/invitations` asks for `PARTNER/INVITATION`.
std::string FormOf(const std::vector<absl::string_view>& collections) {
  return absl::StrJoin(
      collections, "/", [](std::string* out, absl::string_view collection) {
        absl::ConsumeSuffix(&collection, "s");
        absl::StrAppend(out, absl::AsciiStrToUpper(collection));
      });
}

std::string ProgramPrefix(absl::string_view program) {
  return absl::StrCat(kProgramsPrefix, program, "/");
}

}  // namespace

absl::StatusOr<std::string> ExpandName(absl::string_view collections,
                                       absl::string_view text,
                                       const NameScope& scope) {
  if (absl::StartsWith(text, kProgramsPrefix)) return std::string(text);
  const std::vector<absl::string_view> segments =
      absl::StrSplit(collections, '/');
  // `programs` itself: the whole name is `programs/{id}`.
  if (collections == "programs") return absl::StrCat(kProgramsPrefix, text);
  if (scope.program.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text,
        "` needs a program: give --program, set PARTNERCTL_PROGRAM, "
        "choose a context, or use the full name"));
  }
  std::vector<absl::string_view> ids = absl::StrSplit(text, '/');
  if (ids.size() == 2 * segments.size() && ids.front() == segments.front()) {
    return absl::StrCat(ProgramPrefix(scope.program), text);
  }
  const bool is_own = ids.size() + 1 == segments.size() &&
                      IsNameIn(segments.front(), scope.self);
  if (!is_own && ids.size() != segments.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text, "` is not ", FormOf(segments), " or a full resource name"));
  }
  std::string name = is_own ? scope.self
                            : absl::StrCat(kProgramsPrefix, scope.program, "/",
                                           segments.front(), "/", ids.front());
  for (std::size_t i = 1; i < segments.size(); ++i) {
    absl::StrAppend(&name, "/", segments[i], "/", ids[is_own ? i - 1 : i]);
  }
  return name;
}

absl::StatusOr<std::string> ExpandPrincipal(absl::string_view text,
                                            absl::string_view program) {
  if (!IsMetadataText(std::string(text))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text,
        "` is no caller: names of callers are printable ASCII (--as, "
        "PARTNERCTL_AS, --acting-party or the context)"));
  }
  if (absl::StartsWith(text, kProgramsPrefix) ||
      absl::StartsWith(text, "operators/") ||
      absl::StartsWith(text, "auditors/")) {
    return std::string(text);
  }
  for (absl::string_view kind : {"operator", "auditor"}) {
    absl::string_view id = text;
    if (absl::ConsumePrefix(&id, kind) && absl::ConsumePrefix(&id, ":")) {
      return absl::StrCat(kind, "s/", id);
    }
  }
  for (absl::string_view kind : {"partner", "customer"}) {
    absl::string_view id = text;
    if (absl::ConsumePrefix(&id, kind) &&
        (absl::ConsumePrefix(&id, ":") || absl::ConsumePrefix(&id, "s/"))) {
      return ExpandName(absl::StrCat(kind, "s"), id,
                        {std::string(program), ""});
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", text,
                   "` is no caller: use operators/ID, auditors/ID, partner:ID, "
                   "customer:ID or a full resource name"));
}

bool IsNameIn(absl::string_view collection, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  return parts.size() == 4 && parts[0] == "programs" && parts[2] == collection;
}

std::string ShortName(absl::string_view name, absl::string_view program) {
  const std::string prefix = ProgramPrefix(program);
  if (program.empty() || !absl::StartsWith(name, prefix)) {
    return std::string(name);
  }
  const std::vector<absl::string_view> parts =
      absl::StrSplit(name.substr(prefix.size()), '/');
  if (parts.size() % 2 != 0) return std::string(name);
  std::vector<absl::string_view> ids;
  for (std::size_t i = 1; i < parts.size(); i += 2) ids.push_back(parts[i]);
  return absl::StrJoin(ids, "/");
}

std::string NameInProgram(absl::string_view name, absl::string_view program) {
  if (!program.empty()) absl::ConsumePrefix(&name, ProgramPrefix(program));
  return std::string(name);
}

}  // namespace partner::client
