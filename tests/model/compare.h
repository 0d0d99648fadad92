#ifndef PARTNER_TESTS_MODEL_COMPARE_H_
#define PARTNER_TESTS_MODEL_COMPARE_H_

#include <string>

#include "tests/model/predict.h"

namespace partner::model {

// Every difference between what the model says and what the server answered, a
// line each; empty when there is none.
std::string Compare(const Prediction& prediction, const Answer& answer);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_COMPARE_H_
