// Activating an edition and withdrawing an announcement: R24, D3.

#include <vector>

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
  std::vector<v1::PolicyActivation> standing;
  for (const v1::PolicyActivation& item : policy.activations()) {
    if (!item.has_withdraw_time()) standing.push_back(item);
  }
  for (std::size_t i = 1; i < standing.size(); ++i) {
    const v1::PolicyActivation& one = standing[i - 1];
    const v1::PolicyActivation& other = standing[i];
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
    if (FromOf(item) == from && !item.has_withdraw_time()) {
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

v1::WithdrawPolicyActivationResponse Rule(
    Ruling& ruling, const v1::WithdrawPolicyActivationRequest& request) {
  v1::WithdrawPolicyActivationResponse response;
  if (!ruling.NeedOperator()) return response;
  State& state = ruling.state();
  bool known = false;
  for (const std::string& id : EditionsOf(state.program)) {
    known |= id == LastOf(request.edition());
  }
  if (!known) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_NOT_FOUND, request.edition());
    return response;
  }
  ruling.NeedEtag(request.etag(), state.policy.etag());
  // By what became of it: still to come, come, withdrawn.
  std::vector<int> announced;
  bool came = false;
  bool withdrawn = false;
  for (int i = 0; i < state.policy.activations_size(); ++i) {
    const v1::PolicyActivation& item = state.policy.activations(i);
    if (item.edition() != request.edition()) continue;
    if (request.has_effective_time() &&
        FromOf(item) != TimeOf(request.effective_time())) {
      continue;
    }
    if (item.has_withdraw_time()) {
      withdrawn = true;
    } else if (FromOf(item) > ruling.now()) {
      announced.push_back(i);
    } else {
      came = true;
    }
  }
  if (announced.empty()) {
    ruling.Block(came        ? v1::ERROR_REASON_ACTIVATION_IN_FORCE
                 : withdrawn ? v1::ERROR_REASON_ALREADY_IN_STATE
                             : v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED,
                 request.edition());
    return response;
  }
  v1::PolicyActivation* taken_back =
      state.policy.mutable_activations(announced.front());
  *taken_back->mutable_withdraw_time() = Stamp(ruling.now());
  const absl::Time from = FromOf(*taken_back);
  // What goes on instead, value by value.
  const Edition& goes_on = state.EditionAt(from);
  std::string goes_on_name;
  for (const std::string& id : EditionsOf(state.program)) {
    if (&EditionNamed(id) == &goes_on) {
      goes_on_name =
          absl::StrCat("programs/", state.program, "/policyEditions/", id);
    }
  }
  ruling.Touch(&state.policy);
  ruling.Changes(state.policy.name());
  const int values =
      DifferencesBetween(EditionNamed(LastOf(request.edition())), goes_on);
  for (int i = 0; i < values; ++i) ruling.Changes(goes_on_name);
  *response.mutable_policy() = state.policy;
  return response;
}

}  // namespace partner::model
