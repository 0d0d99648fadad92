#ifndef PARTNER_CLIENT_CLI_ANSWER_H_
#define PARTNER_CLIENT_CLI_ANSWER_H_

#include <ostream>

#include "client/cli/render.h"
#include "google/protobuf/message.h"

namespace partner::client {

// An answer that is no list: each resource with its fields, then a mutation's
// verdict, violations, effects and warnings, then the revision. A mutation's
// resource is shown without `create_time`, `update_time` and `etag`.
void PrintAnswer(const google::protobuf::Message& answer, const View& view,
                 std::ostream& out);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_ANSWER_H_
