#ifndef PARTNER_CLIENT_CONFORM_VARIABLES_H_
#define PARTNER_CLIENT_CONFORM_VARIABLES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace partner::client {

// What `${...}` stands for in the texts of a scenario:
//   ${name}           a variable
//   ${now}, ${now+60} seconds of the server's clock, for a Timestamp
//   ${id:acme}        an id that belongs to the word in this run
//   ${tenant:acme}    a UUID that belongs to the word in this run
//   ${uuid:first}     the same, as a request id; ${UUID:first} in capitals
//   ${repeat:a:257}   a text as often as said
//   ${new-id}         a new request id
class Variables {
 public:
  // `run` tells this run's ids from those of all others; at most 16 letters and
  // digits.
  explicit Variables(std::string run) : run_(std::move(run)) {}

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

  const std::string run_;
  std::map<std::string, std::string> values_;
  std::int64_t now_ = 0;
};

// The value at a path such as `partners[0].name`, as text: enum values by name,
// messages as textproto. Empty when it is not there.
std::string ValueAt(const google::protobuf::Message& message,
                    absl::string_view path);
// How many items the list at a path has; -1 when it is no list.
int CountAt(const google::protobuf::Message& message, absl::string_view path);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CONFORM_VARIABLES_H_
