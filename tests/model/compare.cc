#include "tests/model/compare.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "hierarchy/rules/decide.h"

namespace partner::model {
namespace {

using google::protobuf::Message;

// The result field of an answer.
v1::MutationResult* ResultOf(Message* response) {
  return hierarchy::MutableResultOf(response);
}

std::string Line(const v1::Effect& effect) {
  return absl::StrCat(v1::EffectKind_Name(effect.kind()), " ",
                      effect.resource(), " ", effect.party(), " ",
                      effect.rpc());
}

std::string Line(const v1::Warning& warning) {
  return absl::StrCat(v1::WarningReason_Name(warning.reason()), " ",
                      warning.subject());
}

// What one side has and the other has not.
void CompareLines(absl::string_view what, std::vector<std::string> model,
                  std::vector<std::string> server, std::string* differences) {
  std::sort(model.begin(), model.end());
  std::sort(server.begin(), server.end());
  std::vector<std::string> only;
  std::set_difference(model.begin(), model.end(), server.begin(), server.end(),
                      std::back_inserter(only));
  for (const std::string& line : only) {
    absl::StrAppend(differences, what, " only in the model: ", line, "\n");
  }
  only.clear();
  std::set_difference(server.begin(), server.end(), model.begin(), model.end(),
                      std::back_inserter(only));
  for (const std::string& line : only) {
    absl::StrAppend(differences, what, " only in the server: ", line, "\n");
  }
}

template <typename Items>
std::vector<std::string> Lines(const Items& items) {
  std::vector<std::string> lines;
  lines.reserve(items.size());
  for (const auto& item : items) lines.push_back(Line(item));
  return lines;
}

// Reasons with their subjects; a reason whose subjects the model does not know
// counts without them.
template <typename Violations>
void CompareBlockers(const std::vector<Blocker>& model,
                     const Violations& server, std::string* differences) {
  std::map<int, bool> named;
  for (const Blocker& blocker : model) {
    named.emplace(blocker.reason, true).first->second &=
        !blocker.subject.empty();
  }
  const auto line = [&](v1::ErrorReason reason, const std::string& subject) {
    const auto found = named.find(reason);
    const bool whole = found == named.end() || found->second;
    return absl::StrCat(v1::ErrorReason_Name(reason), whole ? " " : "",
                        whole ? subject : "");
  };
  std::vector<std::string> ours;
  ours.reserve(model.size());
  for (const Blocker& blocker : model) {
    ours.push_back(line(blocker.reason, blocker.subject));
  }
  std::vector<std::string> theirs;
  theirs.reserve(server.size());
  for (const v1::Violation& violation : server) {
    theirs.push_back(line(violation.reason(), violation.subject()));
  }
  CompareLines("blocker", ours, theirs, differences);
}

}  // namespace

std::string Compare(const Prediction& prediction, const Answer& answer) {
  std::string differences;
  if (answer.refusal) {
    CompareBlockers(prediction.blockers, answer.refusal->violations,
                    &differences);
    if (!prediction.refused) {
      absl::StrAppend(&differences, "the server refuses, the model does not\n");
    }
    return differences;
  }
  if (prediction.refused) {
    CompareBlockers(prediction.blockers, std::vector<v1::Violation>(),
                    &differences);
    absl::StrAppend(&differences, "the model refuses, the server does not\n");
    return differences;
  }
  std::unique_ptr<Message> response(answer.response->New());
  response->CopyFrom(*answer.response);
  const v1::MutationResult result = *ResultOf(response.get());
  ResultOf(response.get())->Clear();
  ResultOf(prediction.response.get())->Clear();
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  if (!differencer.Compare(*prediction.response, *response)) {
    absl::StrAppend(&differences, "answer, model -> server: ", report);
  }
  CompareBlockers(prediction.blockers, result.violations(), &differences);
  std::vector<std::string> effects = Lines(prediction.result.effects());
  if (result.verdict() == v1::VERDICT_REFUSED) {
    // What a refused command would touch is told as far as it was looked at.
    const std::vector<std::string> told = Lines(result.effects());
    effects.erase(std::remove_if(effects.begin(), effects.end(),
                                 [&](const std::string& line) {
                                   return std::count(told.begin(), told.end(),
                                                     line) == 0;
                                 }),
                  effects.end());
  }
  CompareLines("effect", effects, Lines(result.effects()), &differences);
  CompareLines("warning", Lines(prediction.result.warnings()),
               Lines(result.warnings()), &differences);
  const auto same = [&](absl::string_view what, std::int64_t model,
                        std::int64_t server) {
    if (model != server) {
      absl::StrAppend(&differences, what, ": ", model, " in the model, ",
                      server, " in the server\n");
    }
  };
  same("revision", prediction.result.revision().number(),
       result.revision().number());
  same("effects_total", static_cast<std::int64_t>(effects.size()),
       result.effects_total());
  same("violations_total",
       static_cast<std::int64_t>(prediction.blockers.size()),
       result.violations_total());
  same("replayed", prediction.result.replayed(), result.replayed());
  same("verdict", prediction.result.verdict(), result.verdict());
  return differences;
}

}  // namespace partner::model
