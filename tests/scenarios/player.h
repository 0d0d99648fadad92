#ifndef PARTNER_TESTS_SCENARIOS_PLAYER_H_
#define PARTNER_TESTS_SCENARIOS_PLAYER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "tests/scenarios/scenario.pb.h"
#include "tests/scenarios/variables.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {

// Tells a scenario to a running server. An error says which step came out
// otherwise than expected, what was expected and what came.
class Player {
 public:
  // `server` runs and outlives this.
  Player(const hierarchy::test::Program& program, ServerProcess* server);

  absl::Status Play(const hierarchy::test::Scenario& scenario);

 private:
  // Where every program stands: revisions and state hashes.
  struct State {
    std::int64_t revisions = 0;
    std::string hashes;
  };
  // One call being made.
  struct Call;

  absl::Status PlayStep(const hierarchy::test::Step& step);
  absl::Status Prepare(const hierarchy::test::Step& step);
  absl::StatusOr<Call> MakeCall(const hierarchy::test::Step& step);
  absl::Status Save(const hierarchy::test::Step& step, const Answer& answer);
  absl::StatusOr<State> Look();
  // The dry run before a write says what the write then does.
  absl::Status CheckForetold(const Call& call, const Answer& answer,
                             const Answer& foretold) const;
  // Explanation and batch agree with a check.
  absl::Status CheckAgreement(const Call& call, const Answer& answer);

  ServerProcess* const server_;
  std::unique_ptr<WireCaller> wire_;
  Variables variables_;
};

// Compares an answer with what a step expects; `step` holds no variables any
// more. The error says what was expected.
absl::Status Compare(const hierarchy::test::Step& step, const Answer& answer);

// `OK`, or code, reason, message and details of a refusal, for people.
std::string Describe(const Answer& answer);

}  // namespace partner::test

#endif  // PARTNER_TESTS_SCENARIOS_PLAYER_H_
