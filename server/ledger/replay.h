#ifndef PARTNER_SERVER_LEDGER_REPLAY_H_
#define PARTNER_SERVER_LEDGER_REPLAY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/principal.h"

// Request ids: what makes two requests the same.
namespace partner::server {

// How long an answer is kept, and how many of a program.
inline constexpr absl::Duration kReplayKept = absl::Hours(24);
inline constexpr std::int64_t kReplaysMax = 10'000'000;

// Where the answer to a request is kept: principal with its attributes, and
// request id, so that what an administrator did is not answered to others. A
// request id is the same in upper and lower case.
std::string ReplayKey(const hierarchy::Principal& principal,
                      absl::string_view request_id);

// 32 bytes that are equal for equal methods and contents. The request id and
// unknown fields do not count.
std::string ContentHash(absl::string_view service, absl::string_view method,
                        const google::protobuf::Message& request);

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_REPLAY_H_
