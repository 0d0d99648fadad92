#include "client/cli/run.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cli/access_text.h"
#include "client/cli/answer.h"
#include "client/cli/columns.h"
#include "client/cli/error_text.h"
#include "client/cli/render.h"
#include "client/partner_client.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// The server answers at most this many questions at once.
constexpr int kBatchQuestionsMax = 1000;

// One run of a command.
struct Job {
  const Command& command;
  const Words& words;
  const Settings& settings;
  const Host& host;
  // How the answer is shown.
  View view;
};

Job MakeJob(const Command& command, const Words& words,
            const Settings& settings, const Host& host) {
  Job job{command,
          words,
          settings,
          host,
          {settings.request.scope.program, settings.out_style, &command, {}}};
  const auto fields = words.find("--fields");
  if (fields != words.end()) {
    job.view.fields = absl::StrSplit(fields->second[0], ',');
  }
  return job;
}

int Fail(const Job& job, const std::string& message) {
  return FailWith(message, job.settings, job.host);
}

int Fail(const Job& job, Error error) {
  ExplainTransport(job.settings.server, job.command.method, &error);
  if (job.settings.json) {
    job.host.err << ErrorJson(error) << "\n";
  } else {
    View view = job.view;
    view.style = job.settings.err_style;
    PrintError(error, view, job.host.err);
  }
  return kExitError;
}

PartnerClient MakeClient(const Settings& settings) {
  ClientOptions options;
  options.principal = settings.principal;
  options.customer_admin = settings.customer_admin;
  options.timeout = settings.timeout;
  return PartnerClient::Connect(settings.server, std::move(options));
}

bool Switched(const Words& words, const char* word) {
  return words.count(word) != 0;
}

// The items of a page or a stream's message; nullptr for answers that are no
// list.
const FieldDescriptor* ItemsOf(const MethodDescriptor& method) {
  const Descriptor& type = *method.output_type();
  const bool is_list = method.name().rfind("List", 0) == 0 ||
                       type.FindFieldByName("next_page_token") != nullptr;
  for (int i = 0; is_list && i < type.field_count(); ++i) {
    if (type.field(i)->is_repeated()) return type.field(i);
  }
  return nullptr;
}

// What the last page of a list says about all of it; nullptr when nothing.
const FieldDescriptor* SummaryOf(const Descriptor& page) {
  for (int i = 0; i < page.field_count(); ++i) {
    const FieldDescriptor* field = page.field(i);
    if (!field->is_repeated() && field->message_type() != nullptr &&
        field->message_type() != v1::Revision::descriptor()) {
      return field;
    }
  }
  return nullptr;
}

// Prints the items of a list as they arrive: one table, or one JSON array that
// is closed only when the list is complete. What the last page says about the
// whole list follows.
class ListPrinter {
 public:
  ListPrinter(const FieldDescriptor& items, std::int64_t limit, const Job& job)
      : items_(items),
        summary_field_(SummaryOf(*items.containing_type())),
        limit_(limit),
        job_(job),
        table_(MakeTable(*items.message_type(), job.view)) {}

  // False once the limit is reached or nobody takes the output.
  bool Add(const Message& page) {
    const int size = page.GetReflection()->FieldSize(page, &items_);
    for (int i = 0; i < size && !full(); ++i) {
      Add(page.GetReflection()->GetRepeatedMessage(page, &items_, i), ++count_);
    }
    if (!job_.settings.json && size > 0) {
      table_.Flush(job_.host.out, job_.settings.out_style);
    }
    job_.host.out.flush();
    const FieldDescriptor* revision =
        page.GetDescriptor()->FindFieldByName("revision");
    if (revision != nullptr) {
      revision_.CopyFrom(page.GetReflection()->GetMessage(page, revision));
    }
    if (summary_field_ != nullptr &&
        page.GetReflection()->HasField(page, summary_field_)) {
      summary_ = NewMessage(*page.GetDescriptor());
      summary_->GetReflection()
          ->MutableMessage(summary_.get(), summary_field_)
          ->CopyFrom(page.GetReflection()->GetMessage(page, summary_field_));
    }
    return !full() && job_.host.out.good();
  }

  void Finish() {
    if (job_.settings.json) {
      FinishJson();
      return;
    }
    if (summary_ != nullptr) {
      View view = job_.view;
      view.fields.clear();
      PrintAnswer(*summary_, view, job_.host.out);
    }
    job_.host.err << job_.settings.err_style.Faint(absl::StrCat(
                         count_, count_ == 1 ? " item" : " items",
                         full() ? " (limit reached)" : "",
                         revision_.number() == 0 ? "" : " at revision ",
                         revision_.number() == 0
                             ? ""
                             : absl::StrCat(revision_.number())))
                  << "\n";
  }

 private:
  bool full() const { return limit_ > 0 && count_ >= limit_; }
  // An object in JSON, for there is more to say than the items.
  bool with_revision() const {
    return summary_field_ != nullptr || Switched(job_.words, "--with-revision");
  }

  void Add(const Message& item, std::int64_t number) {
    if (!job_.settings.json) {
      AddToTable(item, job_.view, &table_);
      return;
    }
    job_.host.out << (number == 1 ? Opening() : ",\n")
                  << ResourceJson(item, job_.view.fields);
  }

  std::string Opening() const {
    return with_revision() ? "{\"items\": [\n" : "[\n";
  }

  void FinishJson() {
    std::ostream& out = job_.host.out;
    if (!with_revision()) {
      out << (count_ == 0 ? "[]\n" : "\n]\n");
      return;
    }
    out << (count_ == 0 ? Opening() : "\n") << "],\n";
    if (summary_field_ != nullptr) {
      out << "\"" << summary_field_->json_name() << "\": "
          << (summary_ == nullptr
                  ? "null"
                  : ResourceJson(summary_->GetReflection()->GetMessage(
                                     *summary_, summary_field_),
                                 {}))
          << ",\n";
    }
    out << "\"revision\": "
        << (revision_.number() == 0 ? "null" : ResourceJson(revision_, {}))
        << "}\n";
  }

  const FieldDescriptor& items_;
  const FieldDescriptor* const summary_field_;
  const std::int64_t limit_;
  const Job& job_;
  Table table_;
  std::int64_t count_ = 0;
  v1::Revision revision_;
  // A page with nothing but its summary, once there is one.
  std::unique_ptr<Message> summary_;
};

// Calls a paged List until its last page.
Error ReadPages(const MethodDescriptor& method, const PartnerClient& client,
                Message* request, ListPrinter* printer) {
  const FieldDescriptor* token =
      method.input_type()->FindFieldByName("page_token");
  const FieldDescriptor* next =
      method.output_type()->FindFieldByName("next_page_token");
  while (true) {
    const std::unique_ptr<Message> page = NewMessage(*method.output_type());
    Error error = client.CallMethod(method, request, page.get());
    if (!error.ok()) return error;
    if (!printer->Add(*page) || next == nullptr) return {};
    const std::string more = page->GetReflection()->GetString(*page, next);
    if (more.empty()) return {};
    request->GetReflection()->SetString(request, token, more);
  }
}

int RunList(const Job& job, const FieldDescriptor& items, Message* request) {
  std::int64_t limit = 0;
  const auto typed = job.words.find("--limit");
  if (typed != job.words.end() &&
      (!absl::SimpleAtoi(typed->second[0], &limit) || limit < 1)) {
    return Fail(job, "--limit must be a number from 1");
  }
  const MethodDescriptor& method = *FindMethod(job.command.method);
  const PartnerClient client = MakeClient(job.settings);
  ListPrinter printer(items, limit, job);
  Error error;
  if (method.server_streaming()) {
    const std::unique_ptr<Message> page = NewMessage(*method.output_type());
    error = client.StreamMethod(method, request, page.get(),
                                [&] { return printer.Add(*page); });
  } else {
    error = ReadPages(method, client, request, &printer);
  }
  if (!error.ok()) return Fail(job, error);
  printer.Finish();
  return kExitOk;
}

// A refused dry run is the answer no.
bool IsRefused(const Message& answer) {
  const FieldDescriptor* field =
      answer.GetDescriptor()->FindFieldByName("result");
  if (field == nullptr ||
      field->message_type() != v1::MutationResult::descriptor()) {
    return false;
  }
  const auto& result = static_cast<const v1::MutationResult&>(
      answer.GetReflection()->GetMessage(answer, field));
  return result.verdict() == v1::VERDICT_REFUSED;
}

int RunCall(const Job& job, Message* request) {
  const MethodDescriptor& method = *FindMethod(job.command.method);
  if (const FieldDescriptor* items = ItemsOf(method)) {
    return RunList(job, *items, request);
  }
  const std::unique_ptr<Message> answer = NewMessage(*method.output_type());
  const Error error =
      MakeClient(job.settings).CallMethod(method, request, answer.get());
  if (!error.ok()) return Fail(job, error);
  if (job.settings.json) {
    job.host.out << AnswerJson(*answer, job.view.fields) << "\n";
  } else {
    PrintAnswer(*answer, job.view, job.host.out);
  }
  return IsRefused(*answer) ? kExitNo : kExitOk;
}

int ExitOf(const v1::AccessDecision& decision) {
  return decision.verdict() == v1::ACCESS_VERDICT_ALLOWED ? kExitOk : kExitNo;
}

int RunCheck(const Job& job, v1::CheckAccessRequest* request) {
  const PartnerClient client = MakeClient(job.settings);
  std::ostream& out = job.host.out;
  if (!Switched(job.words, "--explain")) {
    v1::CheckAccessResponse answer;
    const Error error = client.CallMethod(
        *FindMethod("AccessService.CheckAccess"), request, &answer);
    if (!error.ok()) return Fail(job, error);
    if (job.settings.json) {
      out << AnswerJson(answer, {}) << "\n";
    } else {
      PrintDecision(request->query(), answer.decision(), answer.revision(),
                    request->has_at() ? &request->at() : nullptr, job.view,
                    out);
    }
    return ExitOf(answer.decision());
  }
  v1::ExplainAccessRequest explain;
  *explain.mutable_query() = request->query();
  *explain.mutable_read_options() = request->read_options();
  if (request->has_at()) *explain.mutable_at() = request->at();
  v1::ExplainAccessResponse answer;
  const Error error = client.CallMethod(
      *FindMethod("AccessService.ExplainAccess"), &explain, &answer);
  if (!error.ok()) return Fail(job, error);
  if (job.settings.json) {
    out << AnswerJson(answer, {}) << "\n";
  } else {
    PrintDecision(explain.query(), answer.decision(), answer.revision(),
                  explain.has_at() ? &explain.at() : nullptr, job.view, out);
    PrintConditions(answer, job.view, out);
  }
  return ExitOf(answer.decision());
}

absl::StatusOr<std::string> ReadInput(const Words& words, const Host& host) {
  const auto file = words.find("FILE");
  std::ostringstream text;
  if (file == words.end() || file->second[0] == "-") {
    text << host.in.rdbuf();
    return text.str();
  }
  std::ifstream stream(file->second[0]);
  if (!stream) {
    return absl::NotFoundError(absl::StrCat("cannot read ", file->second[0]));
  }
  text << stream.rdbuf();
  return text.str();
}

int ExitOf(const v1::BatchCheckAccessResponse& answers) {
  int exit = kExitOk;
  for (const v1::BatchAccessResult& result : answers.results()) {
    exit = std::max(exit, result.has_decision() ? ExitOf(result.decision())
                                                : static_cast<int>(kExitError));
  }
  return exit;
}

// Asks the questions in portions, all at the revision of the first.
Error AskAll(const PartnerClient& client,
             const v1::BatchCheckAccessRequest& questions,
             v1::BatchCheckAccessResponse* answers) {
  v1::BatchCheckAccessRequest portion;
  portion.set_parent(questions.parent());
  *portion.mutable_read_options() = questions.read_options();
  if (questions.has_at()) *portion.mutable_at() = questions.at();
  int asked = 0;
  while (asked < questions.queries_size()) {
    portion.clear_queries();
    const int end =
        std::min(questions.queries_size(), asked + kBatchQuestionsMax);
    for (; asked < end; ++asked) {
      *portion.add_queries() = questions.queries(asked);
    }
    v1::BatchCheckAccessResponse answer;
    Error error = client.CallMethod(
        *FindMethod("AccessService.BatchCheckAccess"), &portion, &answer);
    if (!error.ok()) return error;
    *portion.mutable_read_options()->mutable_exact_revision() =
        answer.revision();
    answers->MergeFrom(answer);
  }
  return {};
}

int RunBatchCheck(const Job& job, v1::BatchCheckAccessRequest* request) {
  const absl::StatusOr<std::string> text = ReadInput(job.words, job.host);
  if (!text.ok()) return Fail(job, std::string(text.status().message()));
  const absl::StatusOr<std::vector<v1::AccessQuery>> questions =
      ParseQuestions(*text, job.settings.request.scope);
  if (!questions.ok()) {
    return Fail(job, std::string(questions.status().message()));
  }
  if (questions->empty()) return Fail(job, "no questions");
  for (const v1::AccessQuery& query : *questions) {
    *request->add_queries() = query;
  }
  v1::BatchCheckAccessResponse answers;
  const Error error = AskAll(MakeClient(job.settings), *request, &answers);
  if (!error.ok()) return Fail(job, error);
  if (job.settings.json) {
    job.host.out << AnswerJson(answers, {}) << "\n";
  } else {
    PrintBatch(*request, answers, job.view, job.host.out);
    job.host.out << "revision: " << answers.revision().number() << "\n";
  }
  return ExitOf(answers);
}

}  // namespace

int FailWith(const std::string& message, const Settings& settings,
             const Host& host) {
  if (settings.json) {
    host.err << UsageErrorJson(message) << "\n";
  } else {
    PrintUsageError(message, {"", settings.err_style}, host.err);
  }
  return kExitError;
}

int RunCommand(const Command& command, const Words& words,
               const Settings& settings, const Host& host) {
  absl::StatusOr<std::unique_ptr<Message>> request =
      BuildRequest(command, words, settings.request, absl::Now());
  if (!request.ok()) {
    return FailWith(std::string(request.status().message()), settings, host);
  }
  const Job job = MakeJob(command, words, settings, host);
  switch (command.runner) {
    case Runner::kCheck:
      return RunCheck(job,
                      static_cast<v1::CheckAccessRequest*>(request->get()));
    case Runner::kBatchCheck:
      return RunBatchCheck(
          job, static_cast<v1::BatchCheckAccessRequest*>(request->get()));
    case Runner::kCall:
      break;
  }
  return RunCall(job, request->get());
}

}  // namespace partner::client
