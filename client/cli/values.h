#ifndef PARTNER_CLIENT_CLI_VALUES_H_
#define PARTNER_CLIENT_CLI_VALUES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// Between words on a command line and fields of messages. Pure functions.
namespace partner::client {

// `DIRECT_ONLY` for INVITATION_AUDIENCE_DIRECT_ONLY.
std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value);

// What may be typed for an enum, in lower case with dashes: `direct-only`.
std::vector<std::string> EnumWords(
    const google::protobuf::EnumDescriptor& type);

// `90s`, `2h30m`, `30d`, `1d12h`. INVALID_ARGUMENT otherwise.
absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text);

// `2027-01-31T12:00:00Z`, `2027-01-31` (midnight UTC), or `+30d` from `now`.
// INVALID_ARGUMENT otherwise.
absl::StatusOr<absl::Time> ParseMoment(absl::string_view text, absl::Time now);

// `2027-01-31T12:00:00Z`.
std::string FormatMoment(absl::Time time);

// The field at a dotted path of message type `type`; nullptr when there is
// none.
const google::protobuf::FieldDescriptor* FindField(
    const google::protobuf::Descriptor& type, absl::string_view path);

// Sets the field at a dotted path from words: one for a singular field, any
// number for a repeated one. Enums by label in any case, with dashes or
// underscores; Timestamp and Duration as above; FieldMask as paths; resource
// names must be full by now. INVALID_ARGUMENT with a sentence for people.
absl::Status SetField(google::protobuf::Message* message,
                      absl::string_view path,
                      const std::vector<std::string>& words, absl::Time now);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_VALUES_H_
