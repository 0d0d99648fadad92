#ifndef PARTNER_CLIENT_CLI_COLUMNS_H_
#define PARTNER_CLIENT_CLI_COLUMNS_H_

#include "client/cli/render.h"
#include "client/cli/text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// Which fields of a resource a table shows.
namespace partner::client {

// The table of a list of `type`: its columns, or view.fields.
Table MakeTable(const google::protobuf::Descriptor& type, const View& view);

// Adds one item to the table made for its type and this view.
void AddToTable(const google::protobuf::Message& item, const View& view,
                Table* table);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_COLUMNS_H_
