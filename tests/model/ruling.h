#ifndef PARTNER_TESTS_MODEL_RULING_H_
#define PARTNER_TESTS_MODEL_RULING_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "partner/hierarchy/v1/common.pb.h"
#include "partner/hierarchy/v1/errors.pb.h"
#include "tests/model/sight.h"
#include "tests/model/state.h"

// The model's decision on one command, in the making.
namespace partner::model {

struct Blocker {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // The resource in the way; empty where the documents name none.
  std::string subject;
};

class Ruling {
 public:
  // Makes the name of a new resource: collection and parent are given.
  using NewName = std::function<std::string(const std::string& parent,
                                            const std::string& collection)>;

  Ruling(State* next, Caller caller, absl::Time now, NewName new_name);

  // The state the command makes when nothing blocks it. Rules read the state
  // and write to it.
  State& state() { return *state_; }
  const State& state() const { return *state_; }
  const Caller& caller() const { return caller_; }
  absl::Time now() const { return now_; }

  // --- Who acts --------------------------------------------------------------

  // Finds out who acts (C1). False, after blocking, when nobody may.
  bool Begin(const v1::MutationOptions& options);
  // Partner or customer acted for; empty for an operator as itself.
  const std::string& actor() const { return actor_; }
  bool actor_is_partner() const;
  bool actor_is_customer() const;
  bool actor_is_operator() const { return actor_.empty(); }
  // An operator sent it, for itself or for another.
  bool by_operator() const { return caller_.kind == Caller::Kind::kOperator; }

  // --- Blockers --------------------------------------------------------------

  bool clear() const { return blockers_.empty(); }
  void Block(v1::ErrorReason reason, const std::string& subject = "");
  // Nothing more is learnt: of later blockers only those of what is malformed
  // count.
  void Bar() { barred_ = true; }
  bool barred() const { return barred_; }

  // False, and nothing more is learnt, unless an operator acts for itself.
  bool NeedOperator();
  // False, and nothing more is learnt, unless the party or an operator acts.
  bool NeedParty(const std::string& party);
  // D19: the customer's administrator, or an operator with evidence. False, and
  // nothing more is learnt, when it is a partner.
  template <typename Request>
  bool NeedCustomer(const std::string& customer, const Request& request) {
    return NeedCustomer(customer, request.has_attestation(),
                        request.attestation());
  }
  void NeedEtag(const std::string& given, const std::string& current);
  // False after blocking with NOT_FOUND when there is none, or none the caller
  // sees.
  bool NeedSeen(const std::string& name);
  // A partner anybody may name (a reseller to ask, a delegate).
  bool NeedPartner(const std::string& name);
  // Blocks when suspended or deleted.
  void NeedInOrder(const std::string& partner);
  // D12: the capacity of an owner or issuer; unspecified after blocking;
  // reseller when it never had one that owns or invites.
  v1::EnrollmentType Capacity(const std::string& partner,
                              v1::EnrollmentType asked);

  // --- What comes of it ------------------------------------------------------

  std::string NameFor(const std::string& parent,
                      const std::string& collection) {
    return new_name_(parent, collection);
  }
  // Stamps a resource of this revision.
  template <typename Resource>
  void Touch(Resource* resource) {
    if (!resource->has_create_time()) {
      *resource->mutable_create_time() = Stamp(now_);
    }
    *resource->mutable_update_time() = Stamp(now_);
    resource->set_etag(absl::StrCat("\"", state_->revision + 1, "\""));
  }
  void Changes(const std::string& name) {
    Effect(name, v1::EFFECT_KIND_CHANGES);
  }
  void Ends(const std::string& name) { Effect(name, v1::EFFECT_KIND_ENDS); }
  void Stays(const std::string& name) { Effect(name, v1::EFFECT_KIND_STAYS); }
  void NeedsAction(const std::string& name, const std::string& party,
                   const std::string& rpc);
  void Warn(v1::WarningReason reason, const std::string& subject);

  const std::vector<Blocker>& blockers() const { return blockers_; }
  const std::vector<v1::Effect>& effects() const { return effects_; }
  const std::vector<v1::Warning>& warnings() const { return warnings_; }

 private:
  bool NeedCustomer(const std::string& customer, bool has_attestation,
                    const v1::Attestation& attestation);
  void Effect(const std::string& name, v1::EffectKind kind);

  State* const state_;
  const Caller caller_;
  const absl::Time now_;
  const NewName new_name_;
  std::string actor_;
  bool barred_ = false;
  std::vector<Blocker> blockers_;
  std::vector<v1::Effect> effects_;
  std::vector<v1::Warning> warnings_;
};

// Status classes by the comments of errors.proto: design.md, "Errors".
enum class Class {
  kInvalid,
  kUnauthenticated,
  kNotFound,
  kDenied,
  kAborted,
  kExists,
  kPrecondition,
  kOther,
};
Class ClassOf(v1::ErrorReason reason);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_RULING_H_
