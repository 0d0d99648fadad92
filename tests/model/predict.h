#ifndef PARTNER_TESTS_MODEL_PREDICT_H_
#define PARTNER_TESTS_MODEL_PREDICT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/product.h"
#include "tests/model/ruling.h"

// What the model says a command does.
namespace partner::model {

struct Prediction {
  // Refused outright: a code and its reasons.
  bool refused = false;
  // All of them in a dry run, those of the class that wins otherwise.
  std::vector<Blocker> blockers;
  // The answer and its result when not refused outright. Descriptions, rules
  // and the history id are not predicted.
  std::unique_ptr<google::protobuf::Message> response;
  v1::MutationResult result;
  // The state after an accepted command.
  std::optional<State> next;
};

// `answer` gives what only the server can know: names and tokens it made.
Prediction Predict(const State& state, const Caller& caller,
                   const google::protobuf::Message& request, absl::Time clock,
                   const Answer& answer);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_PREDICT_H_
