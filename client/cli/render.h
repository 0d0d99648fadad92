#ifndef PARTNER_CLIENT_CLI_RENDER_H_
#define PARTNER_CLIENT_CLI_RENDER_H_

#include <string>

#include "client/cli/text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// Messages and their fields as words. Pure functions.
namespace partner::client {

// The JSON form of a message in proto3's standard mapping, every scalar and
// list included, so that the keys of an answer do not depend on its values.
std::string ToJson(const google::protobuf::Message& message, bool pretty);

// How resources are shown.
struct View {
  // Names of this program are shown short.
  std::string program;
  Style style;
};

// One field as one line; empty when it is unset. Names short, enums as labels,
// times in seconds, lists joined by commas.
std::string FormatField(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field,
                        const View& view);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_RENDER_H_
