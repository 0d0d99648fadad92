#ifndef PARTNER_CLIENT_CLI_REQUEST_H_
#define PARTNER_CLIENT_CLI_REQUEST_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/command_table.h"
#include "client/cli/names.h"
#include "google/protobuf/message.h"

// From words to requests, by the command table and reflection.
namespace partner::client {

// What was typed for each argument, by Argument::word. Switches are `true`.
using Words = std::map<std::string, std::vector<std::string>>;

// Options of every command that end in the request.
struct RequestSettings {
  NameScope scope;
  // Full name; empty: the caller itself.
  std::string acting_party;
  bool dry_run = false;
  std::string request_id;
  std::string note;
  std::string etag;
  std::optional<std::int64_t> min_revision;
  std::optional<std::int64_t> at_revision;
  // As known then.
  std::string as_of;
  // The moment asked about.
  std::string at;
};

// The command's own arguments and those its request calls for: `--filter`,
// `--page-size`, `--fields`, `--limit`, `--with-revision`, `--explain`, `FILE`.
std::vector<Argument> ArgumentsOf(const Command& command);

// The field an argument goes to; nullptr for those that stay in partnerctl.
const google::protobuf::FieldDescriptor* FieldOf(const Command& command,
                                                 const Argument& argument);

// The request of a command. INVALID_ARGUMENT with a sentence for people when a
// word does not fit its field, a name lacks its program, or an option is given
// that this request has no place for.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> BuildRequest(
    const Command& command, const Words& words, const RequestSettings& settings,
    absl::Time now);

// Sets the read options of a request that has them.
absl::Status SetReadOptions(const RequestSettings& settings, absl::Time now,
                            google::protobuf::Message* request);

// An empty message of a generated type.
std::unique_ptr<google::protobuf::Message> NewMessage(
    const google::protobuf::Descriptor& type);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_REQUEST_H_
