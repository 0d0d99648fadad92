#ifndef PARTNER_SERVER_RPC_BACKEND_H_
#define PARTNER_SERVER_RPC_BACKEND_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "hierarchy/policy/policy.h"
#include "server/base/clock.h"
#include "server/ledger/engine.h"

namespace partner::server {

// The programs served, by id.
using Engines = std::map<std::string, std::unique_ptr<Engine>, std::less<>>;

// What the services answer from. Does not change while the server runs;
// everything outlives the services.
struct Backend {
  // The time of facts. Deadlines are kept by the machine's clock instead, which
  // no test moves.
  Clock* clock = nullptr;
  const hierarchy::PolicyLibrary* policies = nullptr;
  const Engines* engines = nullptr;

  // Nullptr when the program is not served here.
  Engine* Find(absl::string_view program) const {
    const auto found = engines->find(program);
    return found == engines->end() ? nullptr : found->second.get();
  }
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_BACKEND_H_
