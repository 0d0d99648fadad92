#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/conform/player.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::client {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// A refusal fits beside other trailers.
constexpr std::size_t kDetailsBytesMax = 2048;

absl::Status Expected(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("expected ", what));
}

const v1::MutationResult* ResultOf(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("result");
  if (field == nullptr ||
      field->message_type() != v1::MutationResult::descriptor()) {
    return nullptr;
  }
  return static_cast<const v1::MutationResult*>(
      &message.GetReflection()->GetMessage(message, field));
}

std::string TextOf(const v1::Effect& effect) {
  std::string text = absl::StrCat(
      absl::StripPrefix(v1::EffectKind_Name(effect.kind()), "EFFECT_KIND_"),
      " ", effect.resource());
  if (!effect.party().empty()) absl::StrAppend(&text, " ", effect.party());
  if (!effect.rpc().empty()) absl::StrAppend(&text, " ", effect.rpc());
  return text;
}

std::string TextOf(const v1::Warning& warning) {
  return absl::StrCat(
      absl::StripPrefix(v1::WarningReason_Name(warning.reason()),
                        "WARNING_REASON_"),
      " ", warning.subject());
}

template <class Wanted, class Came>
absl::Status CompareTexts(absl::string_view what, const Wanted& wanted,
                          const Came& came) {
  std::vector<std::string> expected(wanted.begin(), wanted.end());
  std::vector<std::string> actual;
  for (const auto& item : came) actual.push_back(TextOf(item));
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  if (expected == actual) return absl::OkStatus();
  return Expected(absl::StrCat(
      "exactly the ", what, "\n    ", absl::StrJoin(expected, "\n    "),
      "\n  and they are\n    ", absl::StrJoin(actual, "\n    ")));
}

absl::Status CompareResult(const Step& step, const Message& message) {
  const v1::MutationResult* result = ResultOf(message);
  if (result == nullptr) return absl::OkStatus();
  if (!step.effects().empty()) {
    absl::Status status =
        CompareTexts("effects", step.effects(), result->effects());
    if (!status.ok()) return status;
  }
  return CompareTexts("warnings", step.warnings(), result->warnings());
}

absl::Status CompareMessage(const Step& step, const Message& message) {
  const std::unique_ptr<Message> wanted(message.New());
  if (!google::protobuf::TextFormat::ParseFromString(step.response(),
                                                     wanted.get())) {
    return Expected(absl::StrCat("something that is no ",
                                 message.GetDescriptor()->name(), ": ",
                                 step.response()));
  }
  MessageDifferencer differencer;
  differencer.set_scope(MessageDifferencer::PARTIAL);
  differencer.set_repeated_field_comparison(MessageDifferencer::AS_SET);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (!differencer.Compare(*wanted, message)) {
    return Expected(absl::StrCat("an answer with ", step.response(),
                                 "\n  and it differs:\n", differences));
  }
  for (const std::string& path : step.absent()) {
    if (!ValueAt(message, path).empty() || CountAt(message, path) > 0) {
      return Expected(absl::StrCat("no ", path));
    }
  }
  for (const auto& [path, count] : step.counts()) {
    if (CountAt(message, path) != count) {
      return Expected(absl::StrCat(count, " ", path, ", and there are ",
                                   CountAt(message, path)));
    }
  }
  return CompareResult(step, message);
}

// All texts of a refusal.
std::string WordsOf(const Error& error) {
  std::string words = absl::StrCat(error.message, "\n", error.next_step);
  for (const auto& field : error.field_violations) {
    absl::StrAppend(&words, "\n", field.field, ": ", field.description);
  }
  for (const auto& blocker : error.blockers) {
    absl::StrAppend(&words, "\n", blocker.type, " ", blocker.subject, ": ",
                    blocker.description);
  }
  for (const auto& [key, value] : error.metadata) {
    absl::StrAppend(&words, "\n", key, "=", value);
  }
  return words;
}

// What every refusal has, whatever it says.
absl::Status CheckWellFormed(const Answer& answer) {
  const Error& error = answer.error;
  if (error.reason == v1::ERROR_REASON_UNSPECIFIED) {
    return Expected("a known reason");
  }
  if (error.message.empty() || error.next_step.empty()) {
    return Expected("a message and a next step");
  }
  if (answer.details_bytes > kDetailsBytesMax) {
    return Expected(absl::StrCat("details of at most ", kDetailsBytesMax,
                                 " bytes, and they have ",
                                 answer.details_bytes));
  }
  return absl::OkStatus();
}

absl::Status CompareRefusal(const Refusal& wanted, const Answer& answer) {
  const Error& error = answer.error;
  const std::string code = CodeName(error.code);
  if (code != wanted.code() || error.reason_name != wanted.reason()) {
    return Expected(absl::StrCat(wanted.code(), " ", wanted.reason()));
  }
  absl::Status status = CheckWellFormed(answer);
  if (!status.ok()) return status;
  if (!wanted.rule().empty() && error.rule != wanted.rule()) {
    return Expected(absl::StrCat("rule ", wanted.rule()));
  }
  const auto has_field = [&](const FieldViolation& item) {
    return item.field == wanted.field();
  };
  if (!wanted.field().empty() &&
      std::none_of(error.field_violations.begin(), error.field_violations.end(),
                   has_field)) {
    return Expected(absl::StrCat("field ", wanted.field()));
  }
  for (const std::string& subject : wanted.subjects()) {
    if (std::none_of(error.blockers.begin(), error.blockers.end(),
                     [&](const Blocker& blocker) {
                       return blocker.subject == subject;
                     })) {
      return Expected(absl::StrCat("blocker ", subject));
    }
  }
  for (const auto& [key, value] : wanted.metadata()) {
    const auto found = error.metadata.find(key);
    if (found == error.metadata.end() || found->second != value) {
      return Expected(absl::StrCat("metadata ", key, "=", value));
    }
  }
  for (const std::string& part : wanted.says()) {
    if (!absl::StrContains(WordsOf(error), part)) {
      return Expected(absl::StrCat("words with `", part, "`"));
    }
  }
  if (wanted.blockers() != 0 &&
      static_cast<int>(error.blockers.size()) != wanted.blockers()) {
    return Expected(absl::StrCat(wanted.blockers(), " blockers sent"));
  }
  if (wanted.blockers_total() != 0 &&
      error.blockers_total != wanted.blockers_total()) {
    return Expected(absl::StrCat(wanted.blockers_total(), " blockers in all"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Compare(const Step& step, const Answer& answer) {
  const std::string came = Describe(answer);
  for (const std::string& text : step.never()) {
    if (absl::StrContains(came, text)) {
      return Expected(absl::StrCat("nothing to say `", text, "`"));
    }
  }
  if (step.has_refused()) return CompareRefusal(step.refused(), answer);
  if (!answer.ok()) return Expected("OK");
  return CompareMessage(step, *answer.message);
}

std::string Describe(const Answer& answer) {
  if (answer.ok()) {
    return absl::StrCat("OK\n", answer.message->DebugString());
  }
  const Error& error = answer.error;
  return absl::StrCat(CodeName(error.code), " ", error.reason_name,
                      error.rule.empty() ? "" : " (", error.rule,
                      error.rule.empty() ? "" : ")", ", ", error.blockers_total,
                      " blockers\n", WordsOf(error));
}

}  // namespace partner::client
