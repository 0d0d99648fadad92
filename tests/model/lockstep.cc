#include "tests/model/lockstep.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "hierarchy/rules/decide.h"
#include "tests/model/compare.h"
#include "tests/model/leak.h"
#include "tests/model/predict.h"

namespace partner::model {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Names and resources whose newest version a revision wrote.
std::map<std::string, const Message*> WrittenAt(const State& state) {
  const std::string etag = absl::StrCat("\"", state.revision, "\"");
  std::map<std::string, const Message*> written;
  const auto collect = [&](const auto& map) {
    for (const auto& [name, item] : map) {
      if (item.etag() == etag) written[name] = &item;
    }
  };
  if (state.policy.etag() == etag) {
    written[state.policy.name()] = &state.policy;
  }
  collect(state.partners);
  collect(state.partnerships);
  collect(state.customers);
  collect(state.invitations);
  collect(state.forwards);
  collect(state.acceptances);
  collect(state.relationships);
  collect(state.admins);
  return written;
}

}  // namespace

void Add(const Counts& more, Counts* counts) {
  counts->accepted += more.accepted;
  counts->refused += more.refused;
  counts->dry += more.dry;
  counts->replayed += more.replayed;
  counts->malformed += more.malformed;
  counts->checks += more.checks;
  counts->allowed += more.allowed;
  counts->past_checks += more.past_checks;
  counts->past_allowed += more.past_allowed;
  for (const auto& [method, count] : more.accepted_by_method) {
    counts->accepted_by_method[method] += count;
  }
  for (const auto& [reason, count] : more.refused_by_reason) {
    counts->refused_by_reason[reason] += count;
  }
}

Lockstep::Lockstep(std::string program, LockstepOptions options)
    : options_(std::move(options)),
      product_(program),
      state_(program, Product::Start()) {}

std::string Lockstep::Run(const Command& command) {
  product_.Advance(command.advance);
  state_.moment = std::max(product_.now(), state_.last_at);
  const std::unique_ptr<Message> request =
      symbols_.FromSymbols(state_, *command.request);
  const Answer answer = product_.Send(command.caller, *request);
  Count(*request, answer);
  std::string wrong;
  if (!answer.malformed) {
    Prediction prediction =
        Predict(state_, command.caller, *request, product_.now(), answer);
    wrong = Compare(prediction, answer);
    const bool dry = hierarchy::OptionsOf(*request)->validate_only();
    if (wrong.empty() && (answer.refusal || dry)) {
      const std::string name = Leak(state_, command.caller, *request, answer);
      if (!name.empty()) {
        wrong = absl::StrCat("the answer names ", name,
                             ", which the caller may not see");
      }
    }
    if (wrong.empty() && prediction.next) {
      const State before = std::move(state_);
      state_ = *std::move(prediction.next);
      symbols_.Learn(command.step, *answer.response);
      wrong = AfterAccepted(before, *request, command.caller);
      Remember();
    }
  }
  if (wrong.empty() && product_.engine().visible() != state_.revision) {
    wrong = absl::StrCat("revision ", product_.engine().visible());
  }
  if (wrong.empty() && options_.planted) wrong = options_.planted(state_);
  if (wrong.empty() && options_.compare_every > 0 &&
      ++since_compared_ >= options_.compare_every) {
    wrong = CompareAll();
  }
  return wrong;
}

std::string Lockstep::Finish() { return CompareAll(); }

std::string Lockstep::AfterAccepted(const State& before, const Message& request,
                                    const Caller& caller) {
  if (std::string wrong = CompareWritten(); !wrong.empty()) return wrong;
  if (std::string broken = BrokenInvariant(before, state_, request, &excused_);
      !broken.empty()) {
    return absl::StrCat("broken: ", broken);
  }
  // One audit record: who, when, by which request, with which words.
  const auto record = product_.reader().GetRevision(state_.revision);
  if (!record.ok() || !record->has_value()) return "no record of the revision";
  const v1::MutationOptions& options = *hierarchy::OptionsOf(request);
  if ((*record)->principal != caller.name ||
      (*record)->request_id != options.request_id() ||
      (*record)->note != options.reason_note() ||
      (*record)->at != state_.last_at) {
    return "the record of the revision is another's";
  }
  return "";
}

std::string Lockstep::CompareWritten() {
  std::map<std::string, const Message*> written = WrittenAt(state_);
  std::string wrong;
  const absl::Status status = product_.reader().ScanVersions(
      state_.revision, [&](const server::StoredDocument& document) {
        const auto found = written.find(document.name);
        if (found == written.end()) {
          absl::StrAppend(&wrong, "the server wrote ", document.name, "\n");
          return absl::OkStatus();
        }
        std::unique_ptr<Message> stored(found->second->New());
        stored->ParseFromString(document.body);
        std::string report;
        MessageDifferencer differencer;
        differencer.ReportDifferencesToString(&report);
        if (!differencer.Compare(*found->second, *stored)) {
          absl::StrAppend(&wrong, document.name, ", model -> server: ", report);
        }
        written.erase(found);
        return absl::OkStatus();
      });
  if (!status.ok()) return std::string(status.message());
  for (const auto& [name, item] : written) {
    absl::StrAppend(&wrong, "the model wrote ", name, "\n");
  }
  return wrong;
}

std::string Lockstep::CompareAll() {
  since_compared_ = 0;
  // The present of every question.
  state_.moment = std::max(product_.now(), state_.last_at);
  for (const std::string& line : product_.Rebuild()) {
    return absl::StrCat("store and memory: ", line);
  }
  std::string wrong = CompareChecks();
  if (wrong.empty()) wrong = ComparePast();
  if (wrong.empty()) wrong = CompareLists();
  if (wrong.empty()) wrong = CompareLookups();
  return wrong;
}

void Lockstep::Count(const Message& request, const Answer& answer) {
  const bool dry = hierarchy::OptionsOf(request)->validate_only();
  counts_.dry += dry;
  counts_.malformed += answer.malformed;
  if (answer.refusal) {
    ++counts_.refused;
    ++counts_
          .refused_by_reason[hierarchy::ReasonName(answer.refusal->reason())];
    return;
  }
  const auto* field =
      answer.response->GetDescriptor()->FindFieldByName("result");
  const auto& result = static_cast<const v1::MutationResult&>(
      answer.response->GetReflection()->GetMessage(*answer.response, field));
  if (result.replayed()) {
    ++counts_.replayed;
  } else if (!dry) {
    ++counts_.accepted;
    ++counts_.accepted_by_method[request.GetDescriptor()->name()];
  }
}

std::string Play(const std::string& program,
                 const std::vector<Command>& commands,
                 const LockstepOptions& options) {
  Lockstep lockstep(program, options);
  for (const Command& command : commands) {
    if (std::string wrong = lockstep.Run(command); !wrong.empty()) {
      return absl::StrCat("at #", command.step, ": ", wrong);
    }
  }
  std::string wrong = lockstep.Finish();
  return wrong.empty() ? "" : absl::StrCat("at the end: ", wrong);
}

}  // namespace partner::model
