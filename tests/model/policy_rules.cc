// Activating an edition: R24, D3.

#include "absl/strings/str_cat.h"
#include "tests/model/rules.h"

namespace partner::model {
namespace {

absl::Time FromOf(const v1::PolicyActivation& activation) {
  return TimeOf(activation.effective_time());
}

// D3: the past is open only while nothing was recorded, and begins with the
// program.
void NeedOpenTime(Ruling& ruling, absl::Time from) {
  if (from >= ruling.now()) return;
  const State& state = ruling.state();
  const bool facts = !state.partners.empty() || !state.customers.empty();
  if (facts || from < FromOf(state.policy.activations(0))) {
    ruling.Block(v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, state.policy.name());
  }
}

// How many of the activations beside one, in the order of time, are of its
// edition.
int Repeats(const v1::Policy& policy, const v1::PolicyActivation& made) {
  int repeats = 0;
  for (int i = 1; i < policy.activations_size(); ++i) {
    const v1::PolicyActivation& one = policy.activations(i - 1);
    const v1::PolicyActivation& other = policy.activations(i);
    repeats += one.edition() == other.edition() &&
               (FromOf(one) == FromOf(made) || FromOf(other) == FromOf(made));
  }
  return repeats;
}

}  // namespace

v1::ActivatePolicyEditionResponse Rule(
    Ruling& ruling, const v1::ActivatePolicyEditionRequest& request) {
  v1::ActivatePolicyEditionResponse response;
  if (!ruling.NeedOperator()) return response;
  State& state = ruling.state();
  v1::Policy& policy = state.policy;
  bool known = false;
  for (const std::string& id : EditionsOf(state.program)) {
    known |= id == LastOf(request.edition());
  }
  if (!known) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, request.edition());
    return response;
  }
  ruling.NeedEtag(request.etag(), policy.etag());
  v1::PolicyActivation made;
  made.set_edition(request.edition());
  *made.mutable_activate_time() = Stamp(ruling.now());
  *made.mutable_effective_time() = request.has_effective_time()
                                       ? request.effective_time()
                                       : made.activate_time();
  const absl::Time from = FromOf(made);
  NeedOpenTime(ruling, from);
  v1::Policy changed = policy;
  changed.clear_activations();
  bool put = false;
  bool taken = false;
  for (const v1::PolicyActivation& item : policy.activations()) {
    if (FromOf(item) == from) {
      ruling.Block(v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, item.edition());
      taken = true;
    }
    if (!put && FromOf(item) > from) {
      *changed.add_activations() = made;
      put = true;
    }
    *changed.add_activations() = item;
  }
  if (!put) *changed.add_activations() = made;
  // At a moment that is taken it has no neighbours.
  for (int i = taken ? 0 : Repeats(changed, made); i > 0; --i) {
    ruling.Block(v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, request.edition());
  }
  if (policy.activations_size() >= 100) {
    ruling.Block(v1::ERROR_REASON_QUOTA_REACHED, policy.name());
  }
  // Whose rules change then, value by value.
  const int values = DifferencesBetween(
      state.EditionAt(from), EditionNamed(LastOf(request.edition())));
  policy = changed;
  ruling.Touch(&policy);
  ruling.Changes(policy.name());
  for (int i = 0; i < values; ++i) ruling.Changes(request.edition());
  *response.mutable_policy() = policy;
  return response;
}

}  // namespace partner::model
