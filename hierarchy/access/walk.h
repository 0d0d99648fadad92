#ifndef PARTNER_HIERARCHY_ACCESS_WALK_H_
#define PARTNER_HIERARCHY_ACCESS_WALK_H_

#include <cstdint>

#include "google/protobuf/timestamp.pb.h"

namespace partner::hierarchy {

// Writes a time given in microseconds since 1970; nothing for 0.
inline void SetMicros(std::int64_t micros, google::protobuf::Timestamp* time) {
  std::int64_t seconds = micros / 1000000;
  std::int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  time->set_seconds(seconds);
  time->set_nanos(static_cast<std::int32_t>(rest * 1000));
}

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_ACCESS_WALK_H_
