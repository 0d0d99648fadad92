#ifndef PARTNER_SERVER_OPS_REFLECTION_H_
#define PARTNER_SERVER_OPS_REFLECTION_H_

#include "absl/status/status.h"

namespace partner::server {

// Switches gRPC reflection on for every server built after it, for good.
// Linking the packaged library would do so always, so it is loaded on demand.
// UNAVAILABLE when it is not installed.
absl::Status LoadReflection();

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_REFLECTION_H_
