// Random commands about which edition is in force.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/model/generator.h"

namespace partner::model {

namespace {

bool IsAnnounced(const v1::PolicyActivation& item, absl::Time now) {
  return TimeOf(item.effective_time()) > now && !item.has_withdraw_time();
}

// Mostly something announced, else anything that was ever activated.
template <typename Chance>
const v1::PolicyActivation& OneOf(const State& state, absl::Time now,
                                  Chance below) {
  const auto& all = state.policy.activations();
  for (int i = 0; i < 6; ++i) {
    const v1::PolicyActivation& item = all[below(all.size())];
    if (IsAnnounced(item, now)) return item;
  }
  return all[below(all.size())];
}

}  // namespace

Generator::Draft Generator::OfPolicy(const State& state, absl::Time now) {
  if (OneIn(6)) return Withdrawal(state, now);
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

Generator::Draft Generator::UseNewestEdition(const State& state) {
  auto request = std::make_unique<v1::ActivatePolicyEditionRequest>();
  request->set_name(state.policy.name());
  request->set_edition(
      absl::StrCat(Program(), "/policyEditions/", EditionsOf(program_).back()));
  // Not where nobody new would come any more.
  if (!EditionNamed(EditionsOf(program_).back()).granular) {
    return OfPolicy(state, state.moment);
  }
  return {Operator(), std::move(request)};
}

bool Generator::IsToWithdraw(const State& state, absl::Time now) {
  const auto& all = state.policy.activations();
  // The moment of most comes soon.
  return std::any_of(all.begin(), all.end(),
                     [now](const v1::PolicyActivation& item) {
                       return IsAnnounced(item, now);
                     }) &&
         OneIn(8);
}

Generator::Draft Generator::Withdrawal(const State& state, absl::Time now) {
  auto request = std::make_unique<v1::WithdrawPolicyActivationRequest>();
  request->set_name(state.policy.name());
  const v1::PolicyActivation& one =
      OneOf(state, now, [this](int bound) { return Below(bound); });
  request->set_edition(OneIn(20) ? Program() + "/policyEditions/of-nowhere"
                                 : one.edition());
  if (OneIn(2)) *request->mutable_effective_time() = one.effective_time();
  if (OneIn(30)) *request->mutable_effective_time() = Stamp(Soon(now));
  return {Mostly(state, Operator()), std::move(request)};
}

}  // namespace partner::model
