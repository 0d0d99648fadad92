#include "client/cli/access_text.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/values.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;

// What the lines of a tree are drawn with.
struct Strokes {
  const char* branch;
  const char* last;
  const char* pass;
  const char* blank;
  const char* yes;
  const char* no;
  const char* step;
};
constexpr Strokes kUtf8{"├─ ", "└─ ", "│  ", "   ", "✓", "✗", "→"};
constexpr Strokes kAscii{"|- ", "`- ", "|  ", "   ", "+", "x", "->"};

template <class Enum>
std::string Label(const google::protobuf::EnumDescriptor* type, Enum number) {
  const auto* value = type->FindValueByNumber(number);
  return value != nullptr ? EnumLabel(*value) : absl::StrCat(number);
}

std::string Label(v1::AccessReason reason) {
  return Label(v1::AccessReason_descriptor(), reason);
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return FormatMoment(absl::FromUnixSeconds(time.seconds()));
}

std::string VerdictText(v1::AccessVerdict verdict, const Style& style) {
  return verdict == v1::ACCESS_VERDICT_ALLOWED ? style.Good("ALLOWED")
                                               : style.Bad("DENIED");
}

std::string ReasonText(const v1::AccessDecision& decision) {
  std::string text = Label(decision.reason());
  if (!decision.rule().empty()) {
    absl::StrAppend(&text, " (", decision.rule(), ")");
  }
  return text;
}

// True when no later condition of the same parent follows `index`.
bool IsLast(const v1::ExplainAccessResponse& answer, int index, int depth) {
  for (int i = index + 1; i < answer.conditions_size(); ++i) {
    if (answer.conditions(i).depth() < depth) return true;
    if (answer.conditions(i).depth() == depth) return false;
  }
  return true;
}

void PrintRemedies(const v1::AccessCondition& condition,
                   const std::string& prefix, const Strokes& strokes,
                   const View& view, std::ostream& out) {
  for (const v1::AccessRemedy& remedy : condition.remedies()) {
    out << prefix
        << view.style.Attention(absl::StrCat(
               strokes.step, " ", NameInProgram(remedy.party(), view.program),
               " calls ", remedy.rpc()))
        << ": " << ForPeople(remedy.description(), view) << "\n";
  }
}

absl::StatusOr<v1::AccessQuery> MakeQuestion(
    const std::vector<std::string>& words, const NameScope& scope) {
  v1::AccessQuery query;
  query.set_permission(words[1]);
  const struct {
    const char* collections;
    std::size_t word;
    std::string* to;
  } names[] = {{"partners", 0, query.mutable_partner()},
               {"customers", 2, query.mutable_customer()},
               {"services", 3, query.mutable_service()}};
  for (const auto& name : names) {
    if (name.word >= words.size() || words[name.word].empty()) continue;
    absl::StatusOr<std::string> full =
        ExpandName(name.collections, words[name.word], scope);
    if (!full.ok()) return full.status();
    *name.to = *std::move(full);
  }
  return query;
}

absl::StatusOr<std::vector<v1::AccessQuery>> ParseLines(
    absl::string_view text, const NameScope& scope) {
  std::vector<v1::AccessQuery> questions;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (!IsUtf8(line)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": not valid UTF-8"));
    }
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.size() < 3 || words.size() > 4) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", number, ": expected PARTNER PERMISSION CUSTOMER [SERVICE]"));
    }
    absl::StatusOr<v1::AccessQuery> query = MakeQuestion(words, scope);
    if (!query.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", query.status().message()));
    }
    questions.push_back(*std::move(query));
  }
  return questions;
}

absl::StatusOr<v1::AccessQuery> ParseObject(const nlohmann::json& object,
                                            std::size_t number,
                                            const NameScope& scope) {
  std::vector<std::string> words;
  for (const char* key : {"partner", "permission", "customer", "service"}) {
    const bool present = object.is_object() && object.contains(key);
    if (present && !object[key].is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat("query ", number, ": `", key, "` is not a string"));
    }
    words.push_back(present ? object[key].get<std::string>() : "");
  }
  if (words[0].empty() || words[1].empty() || words[2].empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "query ", number,
        ": expected an object with partner, permission and customer"));
  }
  return MakeQuestion(words, scope);
}

absl::StatusOr<std::vector<v1::AccessQuery>> ParseJson(absl::string_view text,
                                                       const NameScope& scope) {
  // Objects one after another become an array of them.
  nlohmann::json all =
      nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (all.is_object()) all = nlohmann::json::array({std::move(all)});
  if (all.is_discarded()) {
    all = nlohmann::json::array();
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      all.push_back(
          nlohmann::json::parse(line.begin(), line.end(), nullptr, false));
      if (all.back().is_discarded()) {
        return absl::InvalidArgumentError(
            "the queries are neither a JSON array nor one object on each line");
      }
    }
  }
  std::vector<v1::AccessQuery> questions;
  for (const nlohmann::json& object : all) {
    absl::StatusOr<v1::AccessQuery> query =
        ParseObject(object, questions.size() + 1, scope);
    if (!query.ok()) return query.status();
    questions.push_back(*std::move(query));
  }
  return questions;
}

}  // namespace

void PrintDecision(const v1::AccessQuery& query,
                   const v1::AccessDecision& decision,
                   const v1::Revision& revision,
                   const google::protobuf::Timestamp* at, const View& view,
                   std::ostream& out) {
  const bool allowed = decision.verdict() == v1::ACCESS_VERDICT_ALLOWED;
  out << VerdictText(decision.verdict(), view.style) << ": "
      << ShortName(query.partner(), view.program)
      << (allowed ? " may " : " may not ") << query.permission() << " for "
      << ShortName(query.customer(), view.program);
  if (!query.service().empty()) {
    out << " in " << ShortName(query.service(), view.program);
  }
  out << "\nreason: " << ReasonText(decision) << "\n";
  if (!decision.decided_by().empty()) {
    out << "decided by: " << NameInProgram(decision.decided_by(), view.program);
    if (decision.has_since()) out << " since " << TimeText(decision.since());
    out << "\n";
  }
  if (decision.has_valid_until()) {
    out << "valid until: " << TimeText(decision.valid_until()) << "\n";
  }
  if (at != nullptr) out << "at: " << TimeText(*at) << "\n";
  out << "revision: " << revision.number() << "\n";
}

void PrintConditions(const v1::ExplainAccessResponse& answer, const View& view,
                     std::ostream& out) {
  const Strokes& strokes = view.style.utf8 ? kUtf8 : kAscii;
  // What stands before each level: a line down while siblings follow.
  std::vector<std::string> prefixes;
  for (int i = 0; i < answer.conditions_size(); ++i) {
    const v1::AccessCondition& condition = answer.conditions(i);
    const int depth = condition.depth();
    prefixes.resize(static_cast<std::size_t>(depth) + 1, strokes.blank);
    const bool last = IsLast(answer, i, depth);
    std::string before;
    for (int level = 0; level < depth; ++level) {
      before += prefixes[static_cast<std::size_t>(level)];
    }
    out << before << (last ? strokes.last : strokes.branch)
        << (condition.satisfied() ? view.style.Good(strokes.yes)
                                  : view.style.Bad(strokes.no))
        << " " << OneLine(condition.description());
    if (!condition.resource().empty()) {
      out << " "
          << view.style.Faint(absl::StrCat(
                 "[", NameInProgram(condition.resource(), view.program), "]"));
    }
    if (!condition.satisfied() &&
        condition.reason() != v1::ACCESS_REASON_UNSPECIFIED) {
      out << " " << view.style.Bad(Label(condition.reason()));
    }
    if (!condition.rule().empty()) out << " (" << condition.rule() << ")";
    if (condition.has_since()) out << " since " << TimeText(condition.since());
    if (condition.has_until()) out << " until " << TimeText(condition.until());
    out << "\n";
    prefixes[static_cast<std::size_t>(depth)] =
        last ? strokes.blank : strokes.pass;
    PrintRemedies(
        condition,
        before + prefixes[static_cast<std::size_t>(depth)] + strokes.blank,
        strokes, view, out);
  }
}

void PrintBatch(const v1::BatchCheckAccessRequest& questions,
                const v1::BatchCheckAccessResponse& answers, const View& view,
                std::ostream& out) {
  Table table({"VERDICT", "PARTNER", "PERMISSION", "CUSTOMER", "SERVICE",
               "REASON", "RULE"});
  for (int i = 0; i < answers.results_size(); ++i) {
    const v1::AccessQuery& query = questions.queries(i);
    const v1::BatchAccessResult& result = answers.results(i);
    std::string verdict = "ERROR";
    std::string reason;
    if (result.has_decision()) {
      verdict =
          Label(v1::AccessVerdict_descriptor(), result.decision().verdict());
      reason = Label(result.decision().reason());
    } else {
      reason = absl::StrCat(
          Label(v1::ErrorReason_descriptor(), result.error().reason()), ": ",
          OneLine(result.error().description()));
    }
    table.AddRow({verdict, ShortName(query.partner(), view.program),
                  query.permission(), ShortName(query.customer(), view.program),
                  ShortName(query.service(), view.program), reason,
                  result.decision().rule()});
  }
  table.Flush(out, view.style);
}

absl::StatusOr<std::vector<v1::AccessQuery>> ParseQuestions(
    absl::string_view text, const NameScope& scope) {
  text = absl::StripAsciiWhitespace(text);
  if (!text.empty() && (text.front() == '[' || text.front() == '{')) {
    return ParseJson(text, scope);
  }
  return ParseLines(text, scope);
}

}  // namespace partner::client
