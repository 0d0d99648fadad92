#ifndef PARTNER_SERVER_OPS_STORES_H_
#define PARTNER_SERVER_OPS_STORES_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hierarchy/policy/policy.h"
#include "server/base/clock.h"
#include "server/base/data_directory.h"
#include "server/ledger/engine.h"
#include "server/ops/config.h"
#include "server/rpc/backend.h"

namespace partner::server {

// The editions built in and those of the configured directory. Errors are one
// line for people, here and below.
absl::StatusOr<std::unique_ptr<hierarchy::PolicyLibrary>> LoadPolicies(
    const Config& config);

// The ids of the programs configured, all by default; NOT_FOUND for one there
// is no policy edition for.
absl::StatusOr<std::vector<std::string>> ProgramsOf(
    const Config& config, const hierarchy::PolicyLibrary& policies);

// NOT_FOUND when the settings name a program or an edition that does not exist.
absl::Status CheckPolicies(const Config& config);

// The programs of a data directory, which is locked meanwhile.
struct OpenStores {
  std::unique_ptr<DataDirectory> directory;
  Engines engines;
};

// Called with a program's id when it begins or ceases to take writes, on any
// thread.
using WritableChanged =
    std::function<void(const std::string& program, bool writable)>;

absl::StatusOr<OpenStores> OpenEngines(const Config& config, Clock* clock,
                                       const hierarchy::PolicyLibrary& policies,
                                       const WritableChanged& changed);

// `partnerd verify`: looks at everything in the stores of the configured
// directory. Prints a line for each program to standard output, and its
// problems; false when there are any.
absl::StatusOr<bool> VerifyStores(const Config& config);

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_STORES_H_
