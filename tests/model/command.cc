#include "tests/model/command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace partner::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Characters of an id made by the server.
constexpr std::size_t kServerIdBytes = 13;
// Has the form of one and was never given.
constexpr char kNothing[] = "0000000000000";

std::string CollectionOf(const std::string& name) {
  return LastOf(name.substr(0, name.rfind('/')));
}

template <typename Map>
bool FindEtag(const Map& map, const std::string& name, std::string* etag) {
  const auto found = map.find(name);
  if (found != map.end()) *etag = found->second.etag();
  return found != map.end();
}

}  // namespace

std::string EtagOf(const State& state, const std::string& name) {
  std::string etag;
  if (name == state.policy.name()) return state.policy.etag();
  FindEtag(state.partners, name, &etag) ||
      FindEtag(state.partnerships, name, &etag) ||
      FindEtag(state.customers, name, &etag) ||
      FindEtag(state.invitations, name, &etag) ||
      FindEtag(state.forwards, name, &etag) ||
      FindEtag(state.relationships, name, &etag) ||
      FindEtag(state.admins, name, &etag);
  return etag;
}

std::string Describe(const Command& command) {
  std::string text = absl::StrCat("#", command.step, " ");
  if (command.advance > absl::ZeroDuration()) {
    absl::StrAppend(&text, "+", absl::FormatDuration(command.advance), " ");
  }
  absl::StrAppend(&text, command.caller.name,
                  command.caller.admin ? " (admin)" : "", ": ",
                  command.request->GetDescriptor()->name(), " { ",
                  command.request->ShortDebugString(), " }");
  return text;
}

void ChangeTexts(const TextChange& change, Message* message) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int size = repeated ? reflection->FieldSize(*message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ChangeTexts(change,
                    repeated
                        ? reflection->MutableRepeatedMessage(message, field, i)
                        : reflection->MutableMessage(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string text =
            repeated ? reflection->GetRepeatedString(*message, field, i)
                     : reflection->GetString(*message, field);
        std::string changed = change(*message, field->name(), text);
        if (repeated) {
          reflection->SetRepeatedString(message, field, i, std::move(changed));
        } else {
          reflection->SetString(message, field, std::move(changed));
        }
      }
    }
  }
}

std::vector<std::string> TextsOf(const Message& message) {
  std::vector<std::string> texts;
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  ChangeTexts(
      [&](const Message&, const std::string&, const std::string& text) {
        texts.push_back(text);
        return text;
      },
      copy.get());
  return texts;
}

void Symbols::Learn(int step, const Message& answer) {
  LearnFrom(step, answer);
}

void Symbols::LearnFrom(int step, const Message& message) {
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  const auto learn = [&](const std::string& what, const std::string& text) {
    const std::string symbol = absl::StrCat("{", step, ":", what, "}");
    if (symbol_of_.emplace(text, symbol).second) text_of_[symbol] = text;
  };
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
          LearnFrom(step, reflection->GetRepeatedMessage(message, field, i));
        }
      } else {
        LearnFrom(step, reflection->GetMessage(message, field));
      }
    } else if (field->name() == "name") {
      const std::string name = reflection->GetString(message, field);
      const std::string id = LastOf(name);
      if (id.size() == kServerIdBytes) learn(CollectionOf(name), id);
    } else if (field->name() == "token") {
      learn("token", reflection->GetString(message, field));
    }
  }
}

std::unique_ptr<Message> Symbols::ToSymbols(const Message& request) const {
  std::unique_ptr<Message> changed(request.New());
  changed->CopyFrom(request);
  ChangeTexts(
      [this](const Message&, const std::string& field,
             const std::string& text) -> std::string {
        const auto token = symbol_of_.find(text);
        if (token != symbol_of_.end()) return token->second;
        if (field == "token") return text;
        std::string out = text;
        for (std::size_t at = 0; at < out.size();) {
          const std::size_t end = std::min(out.find('/', at), out.size());
          const auto found = symbol_of_.find(out.substr(at, end - at));
          if (found == symbol_of_.end()) {
            at = end + 1;
            continue;
          }
          out.replace(at, end - at, found->second);
          at += found->second.size() + 1;
        }
        return out;
      },
      changed.get());
  return changed;
}

std::string Symbols::Resolve(const std::string& text) const {
  std::string out = text;
  for (std::size_t at = out.find('{'); at != std::string::npos;
       at = out.find('{', at)) {
    const std::size_t end = out.find('}', at);
    if (end == std::string::npos) break;
    const auto found = text_of_.find(out.substr(at, end + 1 - at));
    const std::string put = found == text_of_.end() ? kNothing : found->second;
    out.replace(at, end + 1 - at, put);
    at += put.size();
  }
  return out;
}

std::unique_ptr<Message> Symbols::FromSymbols(const State& state,
                                              const Message& request) const {
  std::unique_ptr<Message> changed(request.New());
  changed->CopyFrom(request);
  ChangeTexts(
      [&](const Message& holder, const std::string& field,
          const std::string& text) -> std::string {
        if (field != "etag") return Resolve(text);
        if (text == "{stale}") return "\"0\"";
        if (text != "{etag}") return text;
        const FieldDescriptor* name =
            holder.GetDescriptor()->FindFieldByName("name");
        const std::string etag = EtagOf(
            state, Resolve(holder.GetReflection()->GetString(holder, name)));
        return etag.empty() ? "\"0\"" : etag;
      },
      changed.get());
  return changed;
}

}  // namespace partner::model
