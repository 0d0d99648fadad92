#ifndef PARTNER_TESTS_MODEL_LOCKSTEP_H_
#define PARTNER_TESTS_MODEL_LOCKSTEP_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/model/command.h"
#include "tests/model/invariants.h"
#include "tests/model/product.h"

// The model and the server, command by command.
namespace partner::model {

struct LockstepOptions {
  // Checks, lists and the store are compared after so many commands and at the
  // end. 0: at the end only.
  int compare_every = 50;
  // A disagreement planted by a test: what is wrong after a command, or
  // nothing.
  std::function<std::string(const State& after)> planted;
};

// How commands ended, for the tests of the generator.
struct Counts {
  int accepted = 0;
  int refused = 0;
  int dry = 0;
  int replayed = 0;
  int malformed = 0;
  int checks = 0;
  int allowed = 0;
  int past_checks = 0;
  int past_allowed = 0;
  std::map<std::string, int> accepted_by_method;
  std::map<std::string, int> refused_by_reason;
};
void Add(const Counts& more, Counts* counts);

class Lockstep {
 public:
  Lockstep(std::string program, LockstepOptions options);

  // Runs one command on both. What they disagree about, else empty.
  std::string Run(const Command& command);
  // Compares everything once more.
  std::string Finish();

  const State& state() const { return state_; }
  const Symbols& symbols() const { return symbols_; }
  const Counts& counts() const { return counts_; }
  absl::Time now() { return product_.now(); }

 private:
  std::string AfterAccepted(const State& before,
                            const google::protobuf::Message& request,
                            const Caller& caller);
  std::string CompareWritten();
  std::string CompareAll();
  void Remember();
  std::string CompareChecks();
  std::string ComparePast();
  std::string CompareLists();
  std::string CompareLookups();
  void Count(const google::protobuf::Message& request, const Answer& answer);

  const LockstepOptions options_;
  Product product_;
  State state_;
  Symbols symbols_;
  Excused excused_;
  Counts counts_;
  int since_compared_ = 0;
  // What was true after some of the revisions, and how each party began.
  std::vector<State> past_;
  std::map<std::string, v1::Partner> first_partners_;
  std::map<std::string, v1::Customer> first_customers_;
  std::size_t asked_about_ = 0;
};

// Plays commands from the start; what first went wrong, else empty.
std::string Play(const std::string& program,
                 const std::vector<Command>& commands,
                 const LockstepOptions& options);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_LOCKSTEP_H_
