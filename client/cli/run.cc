#include "client/cli/run.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
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

View OutView(const Settings& settings) {
  return {settings.request.scope.program, settings.out_style};
}

View ErrView(const Settings& settings) {
  return {settings.request.scope.program, settings.err_style};
}

int FailWith(const Error& error, const Settings& settings, const Host& host) {
  if (settings.json) {
    host.err << ErrorJson(error) << "\n";
  } else {
    PrintError(error, ErrView(settings), host.err);
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
  const bool is_list = method.name().rfind("List", 0) == 0;
  for (int i = 0; is_list && i < type.field_count(); ++i) {
    if (type.field(i)->is_repeated()) return type.field(i);
  }
  return nullptr;
}

// Prints the items of a list as they arrive: one table, or one JSON array that
// is closed only when the list is complete.
class ListPrinter {
 public:
  ListPrinter(const FieldDescriptor& items, std::int64_t limit,
              const Settings& settings, const Host& host)
      : items_(items),
        limit_(limit),
        settings_(settings),
        host_(host),
        table_(MakeTable(*items.message_type())) {}

  // False once the limit is reached.
  bool Add(const Message& page) {
    const int size = page.GetReflection()->FieldSize(page, &items_);
    for (int i = 0; i < size && !full(); ++i) {
      Add(page.GetReflection()->GetRepeatedMessage(page, &items_, i), ++count_);
    }
    if (!settings_.json && size > 0) {
      table_.Flush(host_.out, settings_.out_style);
    }
    host_.out.flush();
    const FieldDescriptor* revision =
        page.GetDescriptor()->FindFieldByName("revision");
    if (revision != nullptr) {
      revision_ = FormatField(page, *revision, OutView(settings_));
    }
    return !full();
  }

  void Finish() {
    if (settings_.json) {
      host_.out << (count_ == 0 ? "[]\n" : "\n]\n");
      return;
    }
    host_.err << settings_.err_style.Faint(absl::StrCat(
                     count_, count_ == 1 ? " item" : " items",
                     full() ? " (limit reached)" : "",
                     revision_.empty() ? "" : " at revision ", revision_))
              << "\n";
  }

 private:
  bool full() const { return limit_ > 0 && count_ >= limit_; }

  void Add(const Message& item, std::int64_t number) {
    if (settings_.json) {
      host_.out << (number == 1 ? "[\n" : ",\n") << ToJson(item, false);
    } else {
      AddToTable(item, OutView(settings_), &table_);
    }
  }

  const FieldDescriptor& items_;
  const std::int64_t limit_;
  const Settings& settings_;
  const Host& host_;
  Table table_;
  std::int64_t count_ = 0;
  std::string revision_;
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

int RunList(const Command& command, const FieldDescriptor& items,
            const Words& words, const Settings& settings, Message* request,
            const Host& host) {
  std::int64_t limit = 0;
  const auto typed = words.find("--limit");
  if (typed != words.end() &&
      (!absl::SimpleAtoi(typed->second[0], &limit) || limit < 1)) {
    return FailWith("--limit must be a number from 1", settings, host);
  }
  const MethodDescriptor& method = *FindMethod(command.method);
  const PartnerClient client = MakeClient(settings);
  ListPrinter printer(items, limit, settings, host);
  Error error;
  if (method.server_streaming()) {
    const std::unique_ptr<Message> page = NewMessage(*method.output_type());
    error = client.StreamMethod(method, request, page.get(),
                                [&] { return printer.Add(*page); });
  } else {
    error = ReadPages(method, client, request, &printer);
  }
  if (!error.ok()) return FailWith(error, settings, host);
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

int RunCall(const Command& command, const Words& words,
            const Settings& settings, Message* request, const Host& host) {
  const MethodDescriptor& method = *FindMethod(command.method);
  if (const FieldDescriptor* items = ItemsOf(method)) {
    return RunList(command, *items, words, settings, request, host);
  }
  const std::unique_ptr<Message> answer = NewMessage(*method.output_type());
  const Error error =
      MakeClient(settings).CallMethod(method, request, answer.get());
  if (!error.ok()) return FailWith(error, settings, host);
  if (settings.json) {
    host.out << ToJson(*answer, true) << "\n";
  } else {
    PrintAnswer(*answer, OutView(settings), host.out);
  }
  return IsRefused(*answer) ? kExitNo : kExitOk;
}

int ExitOf(const v1::AccessDecision& decision) {
  return decision.verdict() == v1::ACCESS_VERDICT_ALLOWED ? kExitOk : kExitNo;
}

int RunCheck(const Words& words, const Settings& settings,
             v1::CheckAccessRequest* request, const Host& host) {
  const PartnerClient client = MakeClient(settings);
  const View view = OutView(settings);
  if (!Switched(words, "--explain")) {
    v1::CheckAccessResponse answer;
    const Error error = client.CallMethod(
        *FindMethod("AccessService.CheckAccess"), request, &answer);
    if (!error.ok()) return FailWith(error, settings, host);
    if (settings.json) {
      host.out << ToJson(answer, true) << "\n";
    } else {
      PrintDecision(request->query(), answer.decision(), answer.revision(),
                    view, host.out);
    }
    return ExitOf(answer.decision());
  }
  v1::ExplainAccessRequest explain;
  *explain.mutable_query() = request->query();
  *explain.mutable_read_options() = request->read_options();
  v1::ExplainAccessResponse answer;
  const Error error = client.CallMethod(
      *FindMethod("AccessService.ExplainAccess"), &explain, &answer);
  if (!error.ok()) return FailWith(error, settings, host);
  if (settings.json) {
    host.out << ToJson(answer, true) << "\n";
  } else {
    PrintDecision(explain.query(), answer.decision(), answer.revision(), view,
                  host.out);
    PrintConditions(answer, view, host.out);
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

int RunBatchCheck(const Words& words, const Settings& settings,
                  v1::BatchCheckAccessRequest* request, const Host& host) {
  const absl::StatusOr<std::string> text = ReadInput(words, host);
  if (!text.ok()) {
    return FailWith(std::string(text.status().message()), settings, host);
  }
  const absl::StatusOr<std::vector<v1::AccessQuery>> questions =
      ParseQuestions(*text, settings.request.scope);
  if (!questions.ok()) {
    return FailWith(std::string(questions.status().message()), settings, host);
  }
  if (questions->empty()) return FailWith("no questions", settings, host);
  for (const v1::AccessQuery& query : *questions) {
    *request->add_queries() = query;
  }
  v1::BatchCheckAccessResponse answers;
  const Error error = AskAll(MakeClient(settings), *request, &answers);
  if (!error.ok()) return FailWith(error, settings, host);
  if (settings.json) {
    host.out << ToJson(answers, true) << "\n";
  } else {
    PrintBatch(*request, answers, OutView(settings), host.out);
    host.out << "revision: " << answers.revision().number() << "\n";
  }
  return ExitOf(answers);
}

}  // namespace

int FailWith(const std::string& message, const Settings& settings,
             const Host& host) {
  if (settings.json) {
    host.err << UsageErrorJson(message) << "\n";
  } else {
    PrintUsageError(message, ErrView(settings), host.err);
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
  switch (command.runner) {
    case Runner::kCheck:
      return RunCheck(words, settings,
                      static_cast<v1::CheckAccessRequest*>(request->get()),
                      host);
    case Runner::kBatchCheck:
      return RunBatchCheck(
          words, settings,
          static_cast<v1::BatchCheckAccessRequest*>(request->get()), host);
    case Runner::kCall:
      break;
  }
  return RunCall(command, words, settings, request->get(), host);
}

}  // namespace partner::client
