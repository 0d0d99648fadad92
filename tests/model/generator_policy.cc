// Random commands about which edition is in force.

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/model/generator.h"

namespace partner::model {

Generator::Draft Generator::OfPolicy(const State& state, absl::Time now) {
  auto request = std::make_unique<v1::ActivatePolicyEditionRequest>();
  request->set_name(state.policy.name());
  const std::vector<std::string>& ids = EditionsOf(program_);
  request->set_edition(absl::StrCat(
      Program(), "/policyEditions/",
      OneIn(20) ? "of-nowhere" : ids[Below(static_cast<int>(ids.size()))]));
  const auto& activations = state.policy.activations();
  if (OneIn(10)) {
    *request->mutable_effective_time() =
        activations[Below(activations.size())].effective_time();
  } else if (!OneIn(3)) {
    *request->mutable_effective_time() = Stamp(Soon(now));
  }
  return {Mostly(state, Operator()), std::move(request)};
}

}  // namespace partner::model
