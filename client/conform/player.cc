#include "client/conform/player.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/request_id.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"

namespace partner::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::util::MessageDifferencer;

constexpr char kOperator[] = "operators/scenario";
constexpr char kNobody[] = "-";

absl::Status Expected(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("expected ", what));
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// The options of a write; nullptr for reads.
v1::MutationOptions* OptionsOf(Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("options");
  if (field == nullptr) return nullptr;
  return static_cast<v1::MutationOptions*>(
      request->GetReflection()->MutableMessage(request, field));
}

// The result of a write's answer; nullptr for reads.
const v1::MutationResult* ResultOf(const Message& response) {
  const FieldDescriptor* field =
      response.GetDescriptor()->FindFieldByName("result");
  if (field == nullptr) return nullptr;
  return static_cast<const v1::MutationResult*>(
      &response.GetReflection()->GetMessage(response, field));
}

bool Fails(grpc::StatusCode code) {
  return code == grpc::StatusCode::INVALID_ARGUMENT ||
         code == grpc::StatusCode::UNAUTHENTICATED ||
         code == grpc::StatusCode::NOT_FOUND;
}

std::string KindsOf(const v1::MutationResult& result) {
  std::vector<std::string> kinds;
  for (const v1::Effect& effect : result.effects()) {
    kinds.push_back(absl::StrCat(v1::EffectKind_Name(effect.kind()), " ",
                                 effect.party(), " ", effect.rpc(), "\n"));
  }
  std::sort(kinds.begin(), kinds.end());
  std::string text;
  for (const std::string& kind : kinds) absl::StrAppend(&text, kind);
  return text;
}

// Lists are ordered by name as bytes.
absl::Status CheckOrder(const Message& response) {
  if (!absl::StartsWith(response.GetDescriptor()->name(), "List")) {
    return absl::OkStatus();
  }
  const FieldDescriptor* list = response.GetDescriptor()->field(0);
  if (!list->is_repeated()) return absl::OkStatus();
  std::string before;
  for (int i = 0; i < CountAt(response, list->name()); ++i) {
    const std::string name =
        ValueAt(response, absl::StrCat(list->name(), "[", i, "].name"));
    if (!name.empty() && name <= before) {
      return Expected(absl::StrCat(name, " before ", before));
    }
    before = name;
  }
  return absl::OkStatus();
}

// The random end of an id: letters and digits.
std::string NewRunWord() {
  const std::string id = NewRequestId();
  return id.substr(id.size() - 12);
}

// The step with the values of its variables in all its texts.
absl::StatusOr<Step> Expand(const Variables& variables, const Step& step) {
  Step expanded = step;
  absl::Status status;
  const auto expand = [&](std::string* text) {
    const absl::StatusOr<std::string> value = variables.Expand(*text);
    if (value.ok()) {
      *text = *value;
    } else {
      status = value.status();
    }
  };
  const auto expand_all = [&](auto* texts) {
    for (std::string& text : *texts) expand(&text);
  };
  const auto response = variables.ExpandTextproto(step.response());
  if (!response.ok()) return response.status();
  expanded.set_response(*response);
  expand_all(expanded.mutable_absent());
  expand_all(expanded.mutable_never());
  expand_all(expanded.mutable_effects());
  expand_all(expanded.mutable_warnings());
  Refusal* refused =
      expanded.has_refused() ? expanded.mutable_refused() : nullptr;
  if (refused != nullptr) {
    expand(refused->mutable_rule());
    expand_all(refused->mutable_subjects());
    expand_all(refused->mutable_says());
    for (auto& [key, value] : *refused->mutable_metadata()) expand(&value);
  }
  if (!status.ok()) return status;
  return expanded;
}

}  // namespace

struct Player::Call {
  const MethodDescriptor* method = nullptr;
  Caller caller;
  // Null when the step sends bytes.
  std::unique_ptr<Message> request;
  std::string bytes;
  // A write whose dry run is to be compared.
  bool foretell = false;
};

Player::Player(const Program& program, ServerUnderTest server)
    : server_(std::move(server)),
      wire_(std::make_unique<WireCaller>(server_.address)),
      variables_(NewRunWord()) {
  for (const auto& [name, value] : program.vars()) variables_.Set(name, value);
  variables_.Set("program", absl::StrCat("programs/", program.id()));
}

absl::Status Player::Play(const Scenario& scenario) {
  int number = 0;
  for (const Step& step : scenario.steps()) {
    ++number;
    for (int i = 1; i <= std::max(step.times(), 1); ++i) {
      variables_.Set("i", absl::StrCat(i));
      const absl::Status status = PlayStep(step);
      if (!status.ok()) {
        return absl::Status(
            status.code(),
            absl::StrCat("step ", number, step.note().empty() ? "" : ", ",
                         step.note(), ": ", step.method(), "\n  ",
                         status.message()));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Player::Prepare(const Step& step) {
  if (step.restart() && server_.restart) {
    const absl::StatusOr<std::string> address = server_.restart();
    if (!address.ok()) return address.status();
    wire_ = std::make_unique<WireCaller>(*address);
  }
  if (step.advance_seconds() > 0) {
    v1::AdvanceClockRequest request;
    request.mutable_by()->set_seconds(step.advance_seconds());
    const Answer answer =
        wire_->Call(*WireCaller::FindMethod("TestClockService.AdvanceClock"),
                    request, {kOperator});
    if (!answer.ok()) return Expected(Describe(answer));
  }
  return absl::OkStatus();
}

absl::StatusOr<Player::State> Player::Look() {
  const Answer answer =
      wire_->Call(*WireCaller::FindMethod("AdminService.GetStatus"),
                  v1::GetStatusRequest(), {kOperator});
  if (!answer.ok()) return Expected(Describe(answer));
  const auto& status =
      static_cast<const v1::GetStatusResponse&>(*answer.message);
  variables_.SetNow(status.current_time().seconds());
  State state;
  for (const v1::ProgramStatus& program : status.programs()) {
    state.revisions += program.revision().number();
    absl::StrAppend(&state.hashes, program.state_hash(), " ");
  }
  return state;
}

absl::StatusOr<Player::Call> Player::MakeCall(const Step& step) {
  Call call;
  call.method = WireCaller::FindMethod(step.method());
  if (call.method == nullptr) return Expected("a method of the contract");
  const absl::StatusOr<std::string> caller = variables_.Expand(step.as());
  if (!caller.ok()) return caller.status();
  if (*caller != kNobody) {
    call.caller.principal = caller->empty() ? kOperator : *caller;
  }
  call.caller.customer_admin = step.customer_admin();
  if (!step.raw_request().empty()) {
    call.bytes = step.raw_request();
    return call;
  }
  const absl::StatusOr<std::string> text =
      variables_.ExpandTextproto(step.request());
  if (!text.ok()) return text.status();
  call.request = NewMessage(call.method->input_type());
  if (!google::protobuf::TextFormat::ParseFromString(*text,
                                                     call.request.get())) {
    return Expected(absl::StrCat("a ", call.method->input_type()->name(),
                                 " and not ", *text));
  }
  v1::MutationOptions* options = OptionsOf(call.request.get());
  if (options != nullptr && !step.as_is()) {
    options->set_validate_only(step.dry_run());
    call.foretell = !step.dry_run() && options->request_id().empty();
    if (options->request_id().empty()) {
      options->set_request_id(NewRequestId());
    }
  }
  call.bytes = call.request->SerializeAsString();
  return call;
}

absl::Status Player::PlayStep(const Step& step) {
  absl::Status status = Prepare(step);
  if (!status.ok()) return status;
  const absl::StatusOr<State> before = Look();
  if (!before.ok()) return before.status();
  if (step.method().empty()) return absl::OkStatus();
  const absl::StatusOr<Call> call = MakeCall(step);
  if (!call.ok()) return call.status();

  Answer foretold;
  if (call->foretell) {
    const std::unique_ptr<Message> rehearsal(call->request->New());
    rehearsal->CopyFrom(*call->request);
    OptionsOf(rehearsal.get())->set_validate_only(true);
    foretold = wire_->Call(*call->method, *rehearsal, call->caller);
  }
  const Answer answer = wire_->Call(*call->method, call->bytes, call->caller);
  const absl::StatusOr<State> after = Look();
  if (!after.ok()) return after.status();

  status = Save(step, answer);
  if (status.ok()) {
    const absl::StatusOr<Step> expanded = Expand(variables_, step);
    status = expanded.ok() ? Compare(*expanded, answer) : expanded.status();
  }
  if (status.ok() && call->foretell) {
    status = CheckForetold(*call, answer, foretold);
  }
  if (status.ok() && answer.ok()) status = CheckOrder(*answer.message);
  if (status.ok() && answer.ok()) status = CheckAgreement(*call, answer);
  const v1::MutationResult* result = ResultOf(*answer.message);
  const bool written = answer.ok() && result != nullptr && !step.dry_run() &&
                       !result->replayed() &&
                       result->verdict() == v1::VERDICT_UNSPECIFIED;
  if (status.ok() &&
      (after->revisions - before->revisions != (written ? 1 : 0) ||
       (!written && after->hashes != before->hashes))) {
    status = Expected(written ? "the revision to advance by one"
                              : "nothing to be written");
  }
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "\n  request, as ", call->caller.principal,
                   ": ",
                   call->request ? call->request->ShortDebugString() : "bytes",
                   "\n  and it came ", Describe(answer)));
}

absl::Status Player::Save(const Step& step, const Answer& answer) {
  for (const auto& [name, path] : step.save()) {
    const std::string value = ValueAt(*answer.message, path);
    if (value.empty()) return Expected(absl::StrCat("a value at ", path));
    variables_.Set(name, value);
  }
  return absl::OkStatus();
}

absl::Status Player::CheckForetold(const Call& call, const Answer& answer,
                                   const Answer& foretold) const {
  const v1::MutationResult* forecast = ResultOf(*foretold.message);
  const v1::MutationResult* result = ResultOf(*answer.message);
  const std::string came = absl::StrCat("; it said ", Describe(foretold));
  if (forecast == nullptr || result == nullptr) {
    return Expected(absl::StrCat(call.method->name(), " to give a result"));
  }
  if (answer.ok()) {
    if (!foretold.ok() || forecast->verdict() != v1::VERDICT_ACCEPTED ||
        KindsOf(*forecast) != KindsOf(*result) ||
        forecast->warnings_size() != result->warnings_size()) {
      return Expected(absl::StrCat("the dry run to foretell this", came));
    }
    return absl::OkStatus();
  }
  if (Fails(answer.error.code)) {
    if (foretold.error.code != answer.error.code ||
        foretold.error.reason != answer.error.reason) {
      return Expected(absl::StrCat("the dry run to fail alike", came));
    }
    return absl::OkStatus();
  }
  const bool foresaw =
      std::any_of(forecast->violations().begin(), forecast->violations().end(),
                  [&](const v1::Violation& violation) {
                    return violation.reason() == answer.error.reason;
                  });
  if (!foretold.ok() || forecast->verdict() != v1::VERDICT_REFUSED ||
      !foresaw || forecast->violations_total() < answer.error.blockers_total) {
    return Expected(absl::StrCat("the dry run to foretell the refusal", came));
  }
  return absl::OkStatus();
}

absl::Status Player::CheckAgreement(const Call& call, const Answer& answer) {
  if (call.method->name() != "CheckAccess") return absl::OkStatus();
  const auto& request =
      static_cast<const v1::CheckAccessRequest&>(*call.request);
  const auto& decision =
      static_cast<const v1::CheckAccessResponse&>(*answer.message).decision();
  v1::ExplainAccessRequest explain;
  *explain.mutable_query() = request.query();
  *explain.mutable_read_options() = request.read_options();
  if (request.has_at()) *explain.mutable_at() = request.at();
  const Answer explained =
      wire_->Call(*WireCaller::FindMethod("AccessService.ExplainAccess"),
                  explain, call.caller);
  const auto& explanation =
      static_cast<const v1::ExplainAccessResponse&>(*explained.message);
  if (!explained.ok() || explanation.conditions().empty() ||
      !MessageDifferencer::Equals(explanation.decision(), decision)) {
    return Expected(absl::StrCat("the explanation to agree; it says ",
                                 Describe(explained)));
  }
  v1::BatchCheckAccessRequest batch;
  batch.set_parent(*variables_.Expand("${program}"));
  *batch.add_queries() = request.query();
  *batch.mutable_read_options() = request.read_options();
  if (request.has_at()) *batch.mutable_at() = request.at();
  const Answer batched =
      wire_->Call(*WireCaller::FindMethod("AccessService.BatchCheckAccess"),
                  batch, call.caller);
  const auto& results =
      static_cast<const v1::BatchCheckAccessResponse&>(*batched.message);
  if (!batched.ok() || results.results_size() != 1 ||
      !MessageDifferencer::Equals(results.results(0).decision(), decision)) {
    return Expected(
        absl::StrCat("the batch to agree; it says ", Describe(batched)));
  }
  return absl::OkStatus();
}

}  // namespace partner::client
