#ifndef PARTNER_CLIENT_CLI_RENDER_H_
#define PARTNER_CLIENT_CLI_RENDER_H_

#include <string>
#include <vector>

#include "client/cli/command_table.h"
#include "client/cli/text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// Messages and their fields as words. Pure functions.
namespace partner::client {

// The JSON form of a resource in proto3's standard mapping, on one line. Every
// scalar and list is included, so that the keys do not depend on the values;
// with `fields` (dotted paths) only those. Reasons of errors have no prefix.
std::string ResourceJson(const google::protobuf::Message& resource,
                         const std::vector<std::string>& fields);

// The same for an answer, on many lines; `fields` are those of its resources.
std::string AnswerJson(const google::protobuf::Message& answer,
                       const std::vector<std::string>& fields);

// How resources are shown.
struct View {
  // Names of this program are shown short.
  std::string program;
  Style style;
  // The command whose words stand for the server's field names in text.
  const Command* command = nullptr;
  // Only these fields of resources, as dotted paths; empty: all.
  std::vector<std::string> fields = {};
};

// A sentence of the server on one line, with the command's words for the fields
// it names.
std::string ForPeople(absl::string_view text, const View& view);

// The command's word for a field of its request; the path where it has none.
std::string FieldForPeople(absl::string_view path, const View& view);

// One field as one line; empty when it is unset. Names short, enums as labels,
// times in seconds, lists joined by commas.
std::string FormatField(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field,
                        const View& view);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_RENDER_H_
