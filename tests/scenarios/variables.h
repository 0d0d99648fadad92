#ifndef PARTNER_TESTS_SCENARIOS_VARIABLES_H_
#define PARTNER_TESTS_SCENARIOS_VARIABLES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace partner::test {

// What `${...}` stands for in the texts of a scenario:
//   ${name}           a variable
//   ${now}, ${now+60} seconds of the server's clock, for a Timestamp
//   ${tenant:acme}    a UUID that belongs to the word
//   ${repeat:a:257}   a text as often as said
//   ${new-id}         a new request id
class Variables {
 public:
  void Set(const std::string& name, const std::string& value);
  void SetNow(std::int64_t seconds) { now_ = seconds; }

  // NOT_FOUND naming the variable when one has no value.
  absl::StatusOr<std::string> Expand(absl::string_view text) const;
  // The same with values fit for the quoted strings of a textproto.
  absl::StatusOr<std::string> ExpandTextproto(absl::string_view text) const;

 private:
  absl::StatusOr<std::string> ValueOf(absl::string_view expression) const;
  absl::StatusOr<std::string> ExpandWith(absl::string_view text,
                                         bool escaped) const;

  std::map<std::string, std::string> values_;
  std::int64_t now_ = 0;
};

// The value at a path such as `partners[0].name`, as text: enum values by name,
// messages as textproto. Empty when it is not there.
std::string ValueAt(const google::protobuf::Message& message,
                    absl::string_view path);
// How many items the list at a path has; -1 when it is no list.
int CountAt(const google::protobuf::Message& message, absl::string_view path);

}  // namespace partner::test

#endif  // PARTNER_TESTS_SCENARIOS_VARIABLES_H_
