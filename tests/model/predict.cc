#include "tests/model/predict.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "hierarchy/rules/decide.h"
#include "tests/model/command.h"
#include "tests/model/rules.h"

namespace partner::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::Duration kReplayKept = absl::Hours(24);

// The name the server made under a parent.
std::string GivenName(const State& state, const Answer& answer,
                      const std::string& parent,
                      const std::string& collection) {
  const std::string prefix = absl::StrCat(parent, "/", collection, "/");
  if (answer.response != nullptr) {
    for (const std::string& text : TextsOf(*answer.response)) {
      if (text.size() == prefix.size() + 13 && text.rfind(prefix, 0) == 0 &&
          EtagOf(state, text).empty() && state.acceptances.count(text) == 0) {
        return text;
      }
    }
  }
  return prefix + "(new)";
}

// Takes down the tokens an answer shows.
void LearnTokens(const Answer& answer, State* state) {
  std::unique_ptr<Message> copy(answer.response->New());
  copy->CopyFrom(*answer.response);
  ChangeTexts(
      [&](const Message& holder, const std::string& field,
          const std::string& text) {
        if (field == "token" && !text.empty()) {
          const FieldDescriptor* name =
              holder.GetDescriptor()->FindFieldByName("name");
          const std::string of =
              holder.GetReflection()->GetString(holder, name);
          if (state->token_of_name.emplace(of, text).second) {
            state->name_of_token.emplace(text, of);
          }
        }
        return text;
      },
      copy.get());
}

// The result field of an answer.
v1::MutationResult* ResultOf(Message* response) {
  return hierarchy::MutableResultOf(response);
}

std::vector<Blocker> Winners(const std::vector<Blocker>& all) {
  Class best = Class::kOther;
  for (const Blocker& blocker : all) {
    best = std::min(best, ClassOf(blocker.reason));
  }
  std::vector<Blocker> winners;
  for (const Blocker& blocker : all) {
    if (ClassOf(blocker.reason) == best) winners.push_back(blocker);
  }
  return winners;
}

std::string ReplyKey(const Caller& caller, const std::string& id) {
  return absl::StrCat(static_cast<int>(caller.kind), " ", caller.admin, " ",
                      caller.name, " ", absl::AsciiStrToLower(id));
}

std::string ContentOf(const Message& request) {
  std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  const FieldDescriptor* field =
      copy->GetDescriptor()->FindFieldByName("options");
  static_cast<v1::MutationOptions*>(
      copy->GetReflection()->MutableMessage(copy.get(), field))
      ->clear_request_id();
  return absl::StrCat(copy->GetDescriptor()->name(), "\n", copy->DebugString());
}

// The answer to a repeated request; false when it is no repeat.
bool Repeat(const State& state, const Caller& caller, const Message& request,
            absl::Time clock, const std::string& key, Prediction* prediction) {
  const auto found = state.replies.find(key);
  if (found == state.replies.end() || found->second.at + kReplayKept < clock) {
    return false;
  }
  if (found->second.content != ContentOf(request)) {
    prediction->refused = true;
    prediction->blockers = {{v1::ERROR_REASON_REQUEST_ID_REUSED, ""}};
    return true;
  }
  // The same content was the same method: its answer is of the same type.
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    if (spec.request->GetDescriptor() == request.GetDescriptor()) {
      prediction->response.reset(spec.response->New());
    }
  }
  prediction->response->ParseFromString(found->second.response);
  const std::string hidden = FirstHidden(state, caller, *prediction->response);
  if (!hidden.empty()) {
    prediction->response.reset();
    prediction->refused = true;
    prediction->blockers = {{v1::ERROR_REASON_RESOURCE_NOT_FOUND, hidden}};
    return true;
  }
  v1::MutationResult* stored = ResultOf(prediction->response.get());
  prediction->result = *stored;
  stored->Clear();
  prediction->result.set_replayed(true);
  ShowTo(state, caller, clock, prediction->response.get());
  return true;
}

}  // namespace

Prediction Predict(const State& state, const Caller& caller,
                   const Message& request, absl::Time clock,
                   const Answer& answer) {
  Prediction prediction;
  const v1::MutationOptions& options = *hierarchy::OptionsOf(request);
  const bool dry = options.validate_only();
  const std::string key = ReplyKey(caller, options.request_id());
  if (!dry && Repeat(state, caller, request, clock, key, &prediction)) {
    return prediction;
  }
  const absl::Time at = std::max(clock, state.last_at + absl::Microseconds(1));
  State next = state;
  next.moment = at;
  Ruling ruling(&next, caller, at,
                [&](const std::string& parent, const std::string& collection) {
                  return GivenName(state, answer, parent, collection);
                });
  std::unique_ptr<Message> response = Decide(ruling, request);
  prediction.result.mutable_revision()->set_number(dry ? state.revision
                                                       : state.revision + 1);
  if (!ruling.clear()) {
    const std::vector<Blocker> winners = Winners(ruling.blockers());
    prediction.refused =
        !dry || ClassOf(winners.front().reason) <= Class::kNotFound;
    prediction.blockers = prediction.refused ? winners : ruling.blockers();
    if (prediction.refused) return prediction;
    prediction.response.reset(response->New());
    prediction.result.set_verdict(v1::VERDICT_REFUSED);
    if (!ruling.barred()) {
      for (const v1::Effect& effect : ruling.effects()) {
        *prediction.result.add_effects() = effect;
      }
    }
    return prediction;
  }
  for (const v1::Effect& effect : ruling.effects()) {
    *prediction.result.add_effects() = effect;
  }
  for (const v1::Warning& warning : ruling.warnings()) {
    *prediction.result.add_warnings() = warning;
  }
  prediction.response = std::move(response);
  if (dry) {
    prediction.result.set_verdict(v1::VERDICT_ACCEPTED);
    // What is not made has no link.
    State nothing_made = state;
    nothing_made.token_of_name.clear();
    ShowTo(nothing_made, caller, clock, prediction.response.get());
    return prediction;
  }
  ++next.revision;
  next.last_at = at;
  if (answer.response != nullptr) LearnTokens(answer, &next);
  Reply& reply = next.replies[key];
  reply.content = ContentOf(request);
  reply.at = at;
  *ResultOf(prediction.response.get()) = prediction.result;
  reply.response = prediction.response->SerializeAsString();
  ResultOf(prediction.response.get())->Clear();
  ShowTo(next, caller, clock, prediction.response.get());
  prediction.next = std::move(next);
  return prediction;
}

}  // namespace partner::model
