#ifndef PARTNER_TESTS_MODEL_COMMAND_H_
#define PARTNER_TESTS_MODEL_COMMAND_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/model/state.h"

// Commands of a sequence, written so that they mean the same when others are
// left out: what the server made is named by the step that made it.
namespace partner::model {

// One command. Texts of its request may hold `{STEP:COLLECTION}`, the id of
// what a step made, `{STEP:token}`, and as an etag `{etag}` or `{stale}`, the
// newest or an older one of the resource.
struct Command {
  int step = 0;  // Its number; it keeps it when others are left out.
  Caller caller;
  std::shared_ptr<const google::protobuf::Message> request;
  // How far the clock goes on before it.
  absl::Duration advance;
};

// `#7 +1h customers/c1 (admin): GrantAdminRelationship ...`.
std::string Describe(const Command& command);

// Calls `change` with every text of a message; what it returns takes the text's
// place. `holder` is the message that has the field.
using TextChange =
    std::function<std::string(const google::protobuf::Message& holder,
                              const std::string& field, const std::string&)>;
void ChangeTexts(const TextChange& change, google::protobuf::Message* message);

// Every text of a message.
std::vector<std::string> TextsOf(const google::protobuf::Message& message);

// What the server made, by the step that made it.
class Symbols {
 public:
  // Learns what a step made from its answer.
  void Learn(int step, const google::protobuf::Message& answer);
  // Names of the server replaced by symbols, for all requests.
  std::unique_ptr<google::protobuf::Message> ToSymbols(
      const google::protobuf::Message& request) const;
  // Symbols replaced by names. What no step made names nothing.
  std::unique_ptr<google::protobuf::Message> FromSymbols(
      const State& state, const google::protobuf::Message& request) const;

 private:
  void LearnFrom(int step, const google::protobuf::Message& message);
  std::string Resolve(const std::string& text) const;

  std::map<std::string, std::string> symbol_of_;  // By text.
  std::map<std::string, std::string> text_of_;    // By symbol.
};

// The etag of a resource; empty when there is none.
std::string EtagOf(const State& state, const std::string& name);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_COMMAND_H_
