// Putting an edition in force and taking announcements back: R24, D3.
#include <algorithm>

#include "hierarchy/policy/difference.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"

namespace partner::hierarchy {
namespace {

constexpr int kActivationsMax = 100;

std::string TextOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

absl::Time From(const v1::PolicyActivation& activation) {
  return FromProto(activation.effective_time());
}

bool IsWithdrawn(const v1::PolicyActivation& activation) {
  return activation.has_withdraw_time();
}

// What is in force at a moment; nullptr before the first. Activations are in
// the order of their times.
const v1::PolicyActivation* InForceAt(const v1::Policy& policy,
                                      absl::Time moment) {
  const v1::PolicyActivation* found = nullptr;
  for (const v1::PolicyActivation& activation : policy.activations()) {
    if (From(activation) <= moment && !IsWithdrawn(activation)) {
      found = &activation;
    }
  }
  return found;
}

// What follows by time alone; nullptr when nothing is announced.
const v1::PolicyActivation* NextAfter(const v1::Policy& policy,
                                      absl::Time moment) {
  for (const v1::PolicyActivation& activation : policy.activations()) {
    if (From(activation) > moment && !IsWithdrawn(activation)) {
      return &activation;
    }
  }
  return nullptr;
}

// D3: the past is closed once facts were recorded under it. Every revision of a
// program without facts is an activation or withdraws one.
void RequireOpenTime(Decider& decider, const v1::Policy& policy,
                     absl::Time from) {
  if (InForceAt(policy, from) == nullptr) {
    decider.Refuse(v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3", policy.name(),
                   absl::StrCat(TextOf(from), " is before the program began"),
                   absl::StrCat("Name a time after ",
                                TextOf(From(policy.activations(0))), "."));
    return;
  }
  if (from >= decider.now()) return;
  const auto& activations = policy.activations();
  const auto withdrawn =
      std::count_if(activations.begin(), activations.end(), &IsWithdrawn);
  if (decider.view() > activations.size() + withdrawn) {
    decider.Refuse(v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3", policy.name(),
                   absl::StrCat(TextOf(from),
                                " is past, and facts were recorded since the "
                                "program began"),
                   "Leave effective_time out for now, or name a later time.");
  }
}

// An activation between others of its edition changes nothing, or makes the
// announced one change nothing: a mistake. Two at one moment have no order.
void RequireChange(Decider& decider, const v1::Policy& policy,
                   const std::string& edition, absl::Time from) {
  const v1::PolicyActivation* before = InForceAt(policy, from);
  if (before != nullptr && From(*before) == from) {
    decider.Refuse(
        v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, "D3", before->edition(),
        absl::StrCat(before->edition(), " comes into force at ", TextOf(from),
                     ", the very moment asked for"),
        "Name another time, or withdraw it first while it is announced.");
    return;
  }
  for (const v1::PolicyActivation* neighbour :
       {before, NextAfter(policy, from)}) {
    if (neighbour == nullptr || neighbour->edition() != edition) continue;
    decider.Refuse(
        v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3", edition,
        absl::StrCat(edition, " is activated from ", TextOf(From(*neighbour)),
                     " on, with no other between"),
        "Nothing to do; GetPolicy shows every activation.");
  }
}

void RequireRoom(Decider& decider, const v1::Policy& policy) {
  if (policy.activations_size() < kActivationsMax) return;
  decider.Refuse(
      v1::ERROR_REASON_QUOTA_REACHED, "C6", policy.name(),
      absl::StrCat("a policy keeps at most ", kActivationsMax, " activations"),
      "Begin a new store, or stay with the edition in force.");
}

// Puts an activation where its time belongs.
void Insert(v1::PolicyActivation activation, v1::Policy* policy) {
  int at = policy->activations_size();
  *policy->add_activations() = std::move(activation);
  while (at > 0 &&
         From(policy->activations(at)) < From(policy->activations(at - 1))) {
    policy->mutable_activations()->SwapElements(at, at - 1);
    --at;
  }
}

// One effect for each value that is ruled otherwise from then on.
void AddDifferences(Decider& decider, const v1::PolicyEdition& before,
                    const v1::PolicyEdition& after, absl::Time from) {
  for (const v1::PolicyDifference& difference :
       DifferencesBetween(before, after)) {
    decider.AddEffect(
        after.name(), v1::EFFECT_KIND_CHANGES,
        absl::StrCat("from ", TextOf(from), " on: ", difference.subject(),
                     difference.rule().empty()
                         ? ""
                         : absl::StrCat(" (", difference.rule(), ")"),
                     " is `", difference.after(), "`, before `",
                     difference.before(), "`"));
  }
}

// The announcement a withdrawal means; nullptr after refusing. What else is
// there of the edition tells why there is none.
v1::PolicyActivation* RequireAnnouncement(
    Decider& decider, const v1::WithdrawPolicyActivationRequest& request,
    v1::Policy* policy) {
  const v1::PolicyActivation* withdrawn = nullptr;
  const v1::PolicyActivation* in_force = nullptr;
  // Before the first time nothing is better than what comes first.
  const v1::PolicyActivation* ruling = InForceAt(*policy, decider.now());
  if (ruling == nullptr) ruling = NextAfter(*policy, decider.now());
  for (v1::PolicyActivation& activation : *policy->mutable_activations()) {
    if (activation.edition() != request.edition() ||
        (request.has_effective_time() &&
         From(activation) != FromProto(request.effective_time()))) {
      continue;
    }
    if (IsWithdrawn(activation)) {
      withdrawn = &activation;
    } else if (From(activation) <= decider.now() || &activation == ruling) {
      in_force = &activation;
    } else {
      return &activation;
    }
  }
  const std::string& edition = request.edition();
  if (in_force != nullptr) {
    decider.Refuse(
        v1::ERROR_REASON_ACTIVATION_IN_FORCE, "D3", edition,
        absl::StrCat(edition, " is activated from ", TextOf(From(*in_force)),
                     " on, which has come; what was in force is not "
                     "taken back"),
        "Activate the edition that ought to follow.");
  } else if (withdrawn != nullptr) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "C3", edition,
                   absl::StrCat("the announcement of ", edition, " for ",
                                TextOf(From(*withdrawn)), " was withdrawn at ",
                                TextOf(FromProto(withdrawn->withdraw_time()))),
                   "Nothing to do.");
  } else {
    decider.Refuse(
        v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED, "D3", edition,
        request.has_effective_time()
            ? absl::StrCat(edition, " is not announced for ",
                           TextOf(FromProto(request.effective_time())))
            : absl::StrCat(edition, " is not announced"),
        "GetPolicy shows every activation with its time.");
  }
  return nullptr;
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::ActivatePolicyEditionRequest& request) {
  Decider decider(context, request.options());
  decider.RequireOperator();
  if (!decider.ok()) return decider.Stop();
  auto policy = decider.Load<v1::Policy>(Kind::kPolicy, request.name());
  if (!policy) return decider.Stop();
  const Edition* edition =
      context.policies->Find(context.program, LastId(request.edition()));
  if (edition == nullptr) {
    decider.RefuseNotFound(request.edition());
    return decider.Stop();
  }
  v1::PolicyActivation activation;
  activation.set_edition(request.edition());
  *activation.mutable_effective_time() = request.has_effective_time()
                                             ? request.effective_time()
                                             : ToProto(decider.now());
  *activation.mutable_activate_time() = ToProto(decider.now());
  const absl::Time from = From(activation);
  decider.RequireEtag(request.etag(), policy->etag(), policy->name());
  RequireOpenTime(decider, *policy, from);
  RequireChange(decider, *policy, request.edition(), from);
  RequireRoom(decider, *policy);
  if (!decider.ok()) return decider.Stop();

  const v1::PolicyActivation* before = InForceAt(*policy, from);
  const v1::PolicyActivation* next = NextAfter(*policy, from);
  const std::string what = absl::StrCat(
      request.edition(), " is in force from ", TextOf(from), " on instead of ",
      before->edition(),
      next == nullptr ? ""
                      : absl::StrCat(", until ", next->edition(), " is at ",
                                     TextOf(From(*next))),
      "; facts that exist go on");
  const Edition* replaced =
      context.policies->Find(context.program, LastId(before->edition()));
  Insert(std::move(activation), &*policy);
  decider.Write(Kind::kPolicy, &*policy, what);
  if (replaced != nullptr) {
    AddDifferences(decider, replaced->data(), edition->data(), from);
  }
  v1::ActivatePolicyEditionResponse response;
  *response.mutable_policy() = *std::move(policy);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::WithdrawPolicyActivationRequest& request) {
  Decider decider(context, request.options());
  decider.RequireOperator();
  if (!decider.ok()) return decider.Stop();
  auto policy = decider.Load<v1::Policy>(Kind::kPolicy, request.name());
  if (!policy) return decider.Stop();
  const Edition* edition =
      context.policies->Find(context.program, LastId(request.edition()));
  if (edition == nullptr) {
    decider.RefuseNotFound(request.edition());
    return decider.Stop();
  }
  decider.RequireEtag(request.etag(), policy->etag(), policy->name());
  v1::PolicyActivation* announced =
      RequireAnnouncement(decider, request, &*policy);
  if (!decider.ok()) return decider.Stop();

  *announced->mutable_withdraw_time() = ToProto(decider.now());
  const absl::Time from = From(*announced);
  const v1::PolicyActivation* stays = InForceAt(*policy, from);
  const v1::PolicyActivation* next = NextAfter(*policy, from);
  const Edition* kept =
      context.policies->Find(context.program, LastId(stays->edition()));
  decider.Write(
      Kind::kPolicy, &*policy,
      absl::StrCat(request.edition(), " does not come into force at ",
                   TextOf(from), "; ", stays->edition(), " goes on",
                   next == nullptr
                       ? ""
                       : absl::StrCat(", until ", next->edition(), " is at ",
                                      TextOf(From(*next)))));
  if (kept != nullptr) {
    AddDifferences(decider, edition->data(), kept->data(), from);
  }
  v1::WithdrawPolicyActivationResponse response;
  *response.mutable_policy() = *std::move(policy);
  return decider.Finish(std::move(response));
}

}  // namespace partner::hierarchy
