#include "tests/model/leak.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/model/command.h"
#include "tests/model/sight.h"

namespace partner::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// What a request names, in one piece or in parts, and who made the token in it:
// who holds one sees them (D5).
std::string Sent(const State& state, const Message& request) {
  std::string sent;
  for (const std::string& text : TextsOf(request)) {
    absl::StrAppend(&sent, text, "\n");
    const auto token = state.name_of_token.find(text);
    if (token == state.name_of_token.end()) continue;
    absl::StrAppend(&sent, token->second, "\n");
    const auto forward = state.forwards.find(token->second);
    if (forward != state.forwards.end()) {
      absl::StrAppend(&sent, forward->second.forwarder(), "\n");
    }
  }
  const std::string program = absl::StrCat("programs/", state.program);
  for (const auto& [field, collection] :
       {std::pair("partner_id", "/partners/"),
        std::pair("customer_id", "/customers/")}) {
    const FieldDescriptor* id = request.GetDescriptor()->FindFieldByName(field);
    if (id == nullptr) continue;
    absl::StrAppend(&sent, program, collection,
                    request.GetReflection()->GetString(request, id), "\n");
  }
  return sent;
}

// The texts of every resource the caller may see.
std::string Readable(const State& state, const Caller& caller) {
  std::string text;
  const auto read = [&](const auto& map) {
    for (const auto& [name, item] : map) {
      if (!Sees(state, caller, name)) continue;
      for (const std::string& part : TextsOf(item)) {
        absl::StrAppend(&text, part, "\n");
      }
    }
  };
  read(state.partnerships);
  read(state.invitations);
  read(state.forwards);
  read(state.acceptances);
  read(state.relationships);
  read(state.admins);
  return text;
}

}  // namespace

std::string Leak(const State& state, const Caller& caller,
                 const Message& request, const Answer& answer) {
  std::vector<std::string> said;
  if (answer.refusal) {
    said.push_back(answer.refusal->resource);
    for (const v1::Violation& violation : answer.refusal->violations) {
      for (std::string& text : TextsOf(violation)) {
        said.push_back(std::move(text));
      }
    }
    for (const auto& [key, value] : answer.refusal->metadata) {
      said.push_back(value);
    }
  } else {
    said = TextsOf(*answer.response);
  }
  std::string known = Sent(state, request);
  const auto shown = [&](const std::string& text, const std::string& name) {
    for (std::size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if (end == text.size() || (!absl::ascii_isalnum(text[end]) &&
                                 text[end] != '-' && text[end] != '_')) {
        return true;
      }
    }
    return false;
  };
  const auto leaks = [&](const std::string& name) {
    return !Sees(state, caller, name) && !shown(known, name) &&
           std::any_of(said.begin(), said.end(), [&](const std::string& text) {
             return shown(text, name);
           });
  };
  std::string leaked;
  for (const auto& [name, partner] : state.partners) {
    if (leaks(name)) leaked = name;
  }
  for (const auto& [name, customer] : state.customers) {
    if (leaks(name)) leaked = name;
  }
  if (leaked.empty()) return leaked;
  // What the caller may read names it perhaps.
  known += Readable(state, caller);
  return leaks(leaked) ? leaked : "";
}

}  // namespace partner::model
