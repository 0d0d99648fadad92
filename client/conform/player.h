#ifndef PARTNER_CLIENT_CONFORM_PLAYER_H_
#define PARTNER_CLIENT_CONFORM_PLAYER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/conform/scenario.pb.h"
#include "client/conform/variables.h"
#include "client/conform/wire_caller.h"

namespace partner::client {

// A running server with a clock for tests.
struct ServerUnderTest {
  std::string address;
  // Kills the server, starts it again and returns its address. Empty where it
  // is not the player's to kill: steps that restart it are then told without.
  std::function<absl::StatusOr<std::string>()> restart = nullptr;
};

// Tells scenarios of one program to a server, in which it makes parties of its
// own. An error says which step came out otherwise than expected, what was
// expected and what came. Not thread-safe.
class Player {
 public:
  Player(const Program& program, ServerUnderTest server);

  absl::Status Play(const Scenario& scenario);

 private:
  // Where every program stands: revisions and state hashes.
  struct State {
    std::int64_t revisions = 0;
    std::string hashes;
  };
  // One call being made.
  struct Call;

  absl::Status PlayStep(const Step& step);
  absl::Status Prepare(const Step& step);
  absl::StatusOr<Call> MakeCall(const Step& step);
  absl::Status Save(const Step& step, const Answer& answer);
  absl::StatusOr<State> Look();
  // The dry run before a write says what the write then does.
  absl::Status CheckForetold(const Call& call, const Answer& answer,
                             const Answer& foretold) const;
  // Explanation and batch agree with a check.
  absl::Status CheckAgreement(const Call& call, const Answer& answer);

  const ServerUnderTest server_;
  std::unique_ptr<WireCaller> wire_;
  Variables variables_;
};

// Compares an answer with what a step expects; `step` holds no variables any
// more. The error says what was expected.
absl::Status Compare(const Step& step, const Answer& answer);

// `OK`, or code, reason, message and details of a refusal, for people.
std::string Describe(const Answer& answer);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CONFORM_PLAYER_H_
