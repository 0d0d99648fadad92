#include "client/cli/error_text.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/cli/names.h"

namespace partner::client {
namespace {

using Json = nlohmann::ordered_json;

// The server ends its sentences with the next step, which has a line of its
// own here.
std::string WithoutNextStep(absl::string_view text, const Error& error) {
  if (!error.next_step.empty()) {
    absl::ConsumeSuffix(&text, error.next_step);
  }
  return OneLine(absl::StripAsciiWhitespace(text));
}

// The same sentence, with or without its full stop.
bool SameSentence(absl::string_view a, absl::string_view b) {
  absl::ConsumeSuffix(&a, ".");
  absl::ConsumeSuffix(&b, ".");
  return a == b;
}

void PrintBlockers(const Error& error, const View& view, std::ostream& out) {
  if (error.blockers.empty()) return;
  out << "blockers (" << error.blockers.size() << " of " << error.blockers_total
      << "):\n";
  for (const Blocker& blocker : error.blockers) {
    out << "  " << view.style.Bad(blocker.type);
    if (!blocker.subject.empty()) {
      out << " " << OneLine(NameInProgram(blocker.subject, view.program));
    }
    const std::string description = WithoutNextStep(blocker.description, error);
    if (!SameSentence(description, WithoutNextStep(error.message, error))) {
      out << ": " << ForPeople(description, view);
    }
    out << "\n";
  }
  if (error.has_more_blockers()) {
    out << "  and "
        << error.blockers_total - static_cast<int>(error.blockers.size())
        << " more"
        << (error.metadata.count("see_all") != 0 ? ": use --dry-run to see all"
                                                 : "")
        << "\n";
  }
}

}  // namespace

void ExplainTransport(const std::string& server, const std::string& method,
                      Error* error) {
  if (!error->reason_name.empty()) return;
  const std::string said =
      error->message.empty() ? "." : absl::StrCat(": ", error->message);
  switch (error->code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::UNKNOWN:
      error->message =
          absl::StrCat("No answer from the server at ", server, said);
      error->next_step = absl::StrCat(
          "Name another server with --server, PARTNERCTL_SERVER or a context, "
          "or start one: partnerd --listen ",
          server, " --identity development --data-dir DIRECTORY --create");
      return;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      error->message = absl::StrCat("The server at ", server,
                                    " did not answer in time", said);
      error->next_step =
          "Give it longer with --timeout, or name another server with "
          "--server.";
      return;
    case grpc::StatusCode::UNIMPLEMENTED:
      error->message = absl::StrCat("The server at ", server,
                                    " does not offer ", method, said);
      error->next_step =
          absl::StartsWith(method, "TestClockService.")
              ? "Only a server started with --test-clock has a clock that can "
                "be moved."
              : "Name another server with --server; this one is older than "
                "partnerctl or another service.";
      return;
    default:
      return;
  }
}

void PrintError(const Error& error, const View& view, std::ostream& out) {
  out << view.style.Bad("error: ");
  const std::string code = CodeName(error.code);
  if (error.reason_name.empty()) {
    out << code;
  } else {
    out << view.style.Bold(error.reason_name) << " (" << code;
    if (!error.rule.empty()) out << ", rule " << error.rule;
    out << ")";
  }
  out << "\n" << ForPeople(WithoutNextStep(error.message, error), view) << "\n";
  PrintBlockers(error, view, out);
  for (const FieldViolation& violation : error.field_violations) {
    if (violation.field.empty()) continue;
    out << "field " << view.style.Bold(FieldForPeople(violation.field, view))
        << ": " << ForPeople(violation.description, view) << "\n";
  }
  for (const auto& [key, value] : error.metadata) {
    if (key == "see_all" || value.empty()) continue;
    out << key << ": " << OneLine(value) << "\n";
  }
  if (!error.next_step.empty()) {
    out << "next step: " << ForPeople(error.next_step, view) << "\n";
  }
  const bool may_be_applied =
      error.reason == v1::ERROR_REASON_COMMIT_UNKNOWN ||
      error.code == grpc::StatusCode::DEADLINE_EXCEEDED ||
      (error.code == grpc::StatusCode::UNAVAILABLE &&
       error.reason_name.empty());
  if (may_be_applied && !error.request_id.empty()) {
    out << "It may have been applied. Repeat it with --request-id "
        << error.request_id << " to find out.\n";
  }
}

std::string ErrorJson(const Error& error) {
  Json blockers = Json::array();
  for (const Blocker& blocker : error.blockers) {
    blockers.push_back({{"type", blocker.type},
                        {"subject", blocker.subject},
                        {"description", blocker.description}});
  }
  Json fields = Json::array();
  for (const FieldViolation& violation : error.field_violations) {
    fields.push_back(
        {{"field", violation.field}, {"description", violation.description}});
  }
  Json body = {
      {"code", CodeName(error.code)},
      {"reason", error.reason_name},
      {"message", error.message},
      {"rule", error.rule},
      {"nextStep", error.next_step},
      {"blockers", blockers},
      {"blockersTotal", error.blockers_total},
      {"fieldViolations", fields},
      {"resource", error.resource_name},
      {"retryDelayMs",
       error.retry_delay ? Json(error.retry_delay->count()) : Json()},
      {"requestId", error.request_id},
      {"metadata", error.metadata},
  };
  return Json{{"error", std::move(body)}}.dump(1, ' ', false,
                                               Json::error_handler_t::replace);
}

void PrintUsageError(const std::string& message, const View& view,
                     std::ostream& out) {
  out << view.style.Bad("error: ") << OneLine(message) << "\n";
}

std::string UsageErrorJson(const std::string& message) {
  return Json{{"error", {{"code", "USAGE"}, {"message", message}}}}.dump(
      1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace partner::client
