// The one evaluator. A check walks without a recorder, an explanation with one.
#include "hierarchy/access/walk.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hierarchy/access/access.h"
#include "hierarchy/policy/standing.h"

namespace partner::hierarchy {
namespace {

using Conditions = google::protobuf::RepeatedPtrField<v1::AccessCondition>;

// One walk over the conditions of a question. Every condition is looked at only
// once; the verdict is what the conditions say.
class Walk {
 public:
  // `conditions` may be null: then nothing is recorded.
  Walk(const AccessView& view, const ResolvedQuery& query,
       const Principal* caller, Conditions* conditions,
       v1::AccessDecision* decision)
      : view_(view),
        query_(query),
        caller_(caller),
        conditions_(conditions),
        decision_(*decision) {}

  void Run() {
    const bool customer = LookAtCustomer();
    const bool partner = LookAtPartner();
    const bool granted =
        query_.commercial ? LookAtOwnership() : LookAtAdministration();
    if (customer && partner && granted) {
      decision_.set_verdict(v1::ACCESS_VERDICT_ALLOWED);
    }
    if (decision_.verdict() != v1::ACCESS_VERDICT_ALLOWED) {
      decision_.set_verdict(v1::ACCESS_VERDICT_DENIED);
      decision_.set_reason(denied_by_);
      decision_.set_rule(denied_rule_);
      decision_.clear_decided_by();
      decision_.clear_since();
    }
    const bool allowed = decision_.verdict() == v1::ACCESS_VERDICT_ALLOWED;
    const std::int64_t bound_us =
        std::min(allowed ? until_us_ : kNoEndUs,
                 absl::ToUnixMicros(view_.edition_until));
    if (bound_us != kNoEndUs && !view_.one_moment) {
      SetMicros(bound_us, decision_.mutable_valid_until());
    }
  }

 private:
  // The first denial decides.
  void Deny(v1::AccessReason reason, const char* rule) {
    if (denied_by_ != v1::ACCESS_REASON_UNSPECIFIED) return;
    denied_by_ = reason;
    denied_rule_ = rule;
  }

  // A condition in the record; nullptr when nothing is recorded.
  v1::AccessCondition* Record(v1::AccessConditionKind kind, int depth,
                              bool satisfied, v1::AccessReason reason,
                              const char* rule) {
    if (conditions_ == nullptr || conditions_->size() >= 200) return nullptr;
    v1::AccessCondition* condition = conditions_->Add();
    condition->set_kind(kind);
    condition->set_depth(depth);
    condition->set_satisfied(satisfied);
    condition->set_rule(rule);
    if (!satisfied) condition->set_reason(reason);
    return condition;
  }

  static void Remedy(v1::AccessCondition* condition, const std::string& party,
                     const char* rpc, const std::string& description) {
    v1::AccessRemedy* remedy = condition->add_remedies();
    remedy->set_party(party);
    remedy->set_rpc(rpc);
    remedy->set_description(description);
  }

  bool LookAtCustomer() {
    const bool live = query_.customer_fact->state == v1::CUSTOMER_STATE_ACTIVE;
    if (!live) Deny(v1::ACCESS_REASON_CUSTOMER_DELETED, "C2");
    if (auto* condition = Record(v1::ACCESS_CONDITION_KIND_CUSTOMER, 0, live,
                                 v1::ACCESS_REASON_CUSTOMER_DELETED, "C2")) {
      condition->set_resource(CustomerText());
      condition->set_description(live ? "the customer is active"
                                      : "the customer is deleted");
    }
    return live;
  }

  bool LookAtPartner() {
    const v1::PartnerState state = query_.partner_fact->state;
    const bool live = state == v1::PARTNER_STATE_ACTIVE;
    const v1::AccessReason reason = state == v1::PARTNER_STATE_SUSPENDED
                                        ? v1::ACCESS_REASON_PARTNER_SUSPENDED
                                        : v1::ACCESS_REASON_PARTNER_DELETED;
    const char* rule = state == v1::PARTNER_STATE_SUSPENDED ? "D12" : "C2";
    if (!live) Deny(reason, rule);
    if (auto* condition = Record(v1::ACCESS_CONDITION_KIND_PARTNER, 0, live,
                                 reason, live ? "" : rule)) {
      condition->set_resource(PartnerText());
      condition->set_description(live ? "the partner is active"
                                 : state == v1::PARTNER_STATE_SUSPENDED
                                     ? "the partner is suspended"
                                     : "the partner is deleted");
      if (state == v1::PARTNER_STATE_SUSPENDED) {
        Remedy(condition, "operators/-", "PartnerService.ReinstatePartner",
               "an operator reinstates the partner");
      }
    }
    return live;
  }

  bool LookAtAdministration() {
    const std::int64_t moment_us = absl::ToUnixMicros(view_.moment);
    std::int64_t allowed_until = 0;  // Of what decides; 0: nothing does.
    bool any = false;
    v1::AccessReason closest = v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION;
    const char* closest_rule = "R10";
    view_.graph->VisitAdmins(
        query_.customer, view_.revision, [&](const Graph::Admin& item) {
          if (item.delegate != query_.partner) return true;
          if (!item.fact->ActiveAt(moment_us)) {
            RecordInactive(item, moment_us);
            return true;
          }
          any = true;
          const bool granular = item.fact->granular();
          const bool permission =
              granular ? (item.fact->roles() & query_.permission_roles) != 0
                       : (item.fact->duties & query_.duties) != 0;
          const bool service =
              granular
                  ? (item.fact->roles() & query_.roles) != 0
                  : query_.service < 0 || item.fact->Covers(query_.service);
          RecordAdministration(item, permission, service);
          if (permission && service) {
            // What lasts longest decides, so that the answer holds longest.
            const AdminTerm term = item.fact->term();
            const std::int64_t until_us =
                term.extend_us > 0 ? kNoEndUs : term.until_us;
            if (until_us > allowed_until) {
              allowed_until = until_us;
              Decide(item);
            }
          } else if (permission) {
            closest = v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE;
            closest_rule = granular ? "R84" : "D15";
          } else if (closest == v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION) {
            closest = granular ? v1::ACCESS_REASON_ROLE_NOT_GRANTED
                               : v1::ACCESS_REASON_DUTY_NOT_GRANTED;
            closest_rule = granular ? "R84" : "D15";
          }
          // A check stops at the first without an end; a record shows all.
          return conditions_ != nullptr || allowed_until != kNoEndUs;
        });
    if (allowed_until == 0) Deny(closest, closest_rule);
    if (!any) RecordNoAdministration();
    if (allowed_until != 0) until_us_ = allowed_until;
    return allowed_until != 0;
  }

  void Decide(const Graph::Admin& item) {
    const bool granular = item.fact->granular();
    decision_.set_reason(granular ? v1::ACCESS_REASON_GRANULAR_ADMINISTRATION
                                  : v1::ACCESS_REASON_BROAD_ADMINISTRATION);
    decision_.set_rule(granular ? "R74" : "R22");
    // Made of the question: the graph's text lies in memory that a check reads
    // for nothing else.
    decision_.set_decided_by(ChildName(
        query_.customer_name, Kind::kAdminRelationship, EncodeId(item.id)));
    SetMicros(item.fact->start_us, decision_.mutable_since());
  }

  void RecordAdministration(const Graph::Admin& item, bool permission,
                            bool service) {
    const bool granular = item.fact->granular();
    auto* found =
        Record(v1::ACCESS_CONDITION_KIND_ADMINISTRATION, 0, true,
               v1::ACCESS_REASON_UNSPECIFIED, granular ? "R74" : "R22");
    if (found == nullptr) return;
    found->set_resource(view_.graph->NameOf(item));
    found->set_description(granular
                               ? "the customer approved granular administration"
                               : "the customer delegated administration to it");
    SetMicros(item.fact->start_us, found->mutable_since());
    const AdminTerm term = item.fact->term();
    if (term.until_us != kNoEndUs && term.extend_us == 0) {
      SetMicros(term.until_us, found->mutable_until());
    }
    const auto detail = [&](v1::AccessConditionKind kind, bool holds,
                            v1::AccessReason reason, const char* yes,
                            const char* no) {
      auto* condition =
          Record(kind, 1, holds, reason, granular ? "R84" : "D15");
      if (condition == nullptr) return;
      condition->set_resource(view_.graph->NameOf(item));
      condition->set_description(holds ? yes : no);
      if (holds) return;
      if (granular) {
        RemedyAsk(condition, "the partner asks for further roles");
      } else {
        RemedyMore(condition, item);
      }
    };
    if (granular) {
      detail(v1::ACCESS_CONDITION_KIND_ROLE, permission,
             v1::ACCESS_REASON_ROLE_NOT_GRANTED,
             "its roles include the permission",
             "its roles do not include the permission");
      detail(v1::ACCESS_CONDITION_KIND_SCOPE, service,
             v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE,
             "a role with the permission covers the service",
             "no role with the permission covers the service");
      return;
    }
    detail(v1::ACCESS_CONDITION_KIND_DUTY, permission,
           v1::ACCESS_REASON_DUTY_NOT_GRANTED,
           "its duties include the permission",
           "its duties do not include the permission");
    detail(v1::ACCESS_CONDITION_KIND_SCOPE, service,
           v1::ACCESS_REASON_SERVICE_NOT_IN_SCOPE,
           "its scope covers the service",
           "its scope does not cover the service");
  }

  // What waits for an answer, or has run out and is not forgotten yet.
  void RecordInactive(const Graph::Admin& item, std::int64_t moment_us) {
    if (conditions_ == nullptr) return;
    const bool pending = item.fact->PendingAt(moment_us);
    const AdminTerm term = item.fact->term();
    const bool expired =
        item.fact->state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
    if (!pending && !expired) return;
    auto* condition = Record(pending ? v1::ACCESS_CONDITION_KIND_ANSWER
                                     : v1::ACCESS_CONDITION_KIND_ADMINISTRATION,
                             0, false,
                             pending ? v1::ACCESS_REASON_ADMINISTRATION_PENDING
                                     : v1::ACCESS_REASON_ADMINISTRATION_EXPIRED,
                             pending ? "D17" : "R78");
    if (condition == nullptr) return;
    condition->set_resource(view_.graph->NameOf(item));
    if (term.until_us != kNoEndUs) {
      SetMicros(term.until_us, condition->mutable_until());
    }
    if (!pending) {
      SetMicros(item.fact->start_us, condition->mutable_since());
      condition->set_description("its granular administration has run out");
      RemedyAsk(condition, "the partner asks anew");
      return;
    }
    condition->set_description(
        "administration was asked for and waits for an answer");
    Remedy(condition, CustomerText(),
           "AdminRelationshipService.ApproveAdminRelationship",
           "the customer approves");
    if (item.fact->granular() && item.sponsor != item.delegate) {
      Remedy(condition, PartnerText(),
             "AdminRelationshipService.ConsentToAdminRelationship",
             "the delegate consents, where it has not");
    }
  }

  void RemedyAsk(v1::AccessCondition* condition, const char* what) const {
    if (!view_.edition->HasAdminKind(v1::ADMIN_KIND_GRANULAR)) return;
    Remedy(condition, PartnerText(),
           "AdminRelationshipService.CreateAdminRelationshipDraft", what);
  }

  // What gives a partner more than it has. Who may not be granted anything
  // (D14) gets it by an invitation, which adds nothing to what is there (D9).
  void RemedyMore(v1::AccessCondition* condition,
                  const Graph::Admin& item) const {
    if (MayBecomeDelegate(*view_.edition, *query_.partner_fact)) {
      Remedy(condition, CustomerText(),
             "AdminRelationshipService.GrantAdminRelationship",
             "the customer grants more");
      return;
    }
    Remedy(condition, CustomerText(),
           "AdminRelationshipService.TerminateAdminRelationship",
           absl::StrCat("the customer ends ", view_.graph->NameOf(item),
                        ", then accepts an invitation of the partner that "
                        "offers administration"));
  }

  void RecordNoAdministration() {
    auto* condition = Record(v1::ACCESS_CONDITION_KIND_ADMINISTRATION, 0, false,
                             v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION, "R10");
    if (condition == nullptr) return;
    condition->set_resource(CustomerText());
    condition->set_description(
        "the customer delegated no administration to this partner");
    RemedyAsk(condition, "the partner asks for granular administration");
    if (!view_.edition->HasAdminKind(v1::ADMIN_KIND_BROAD)) {
      // Nothing else is left to ask for.
    } else if (MayBecomeDelegate(*view_.edition, *query_.partner_fact)) {
      Remedy(condition, CustomerText(),
             "AdminRelationshipService.GrantAdminRelationship",
             "the customer delegates administration to the partner");
    } else {
      Remedy(condition, CustomerText(), "InvitationService.AcceptInvitation",
             "the customer accepts an invitation of the partner that offers "
             "administration");
    }
    RecordOtherHolders();
  }

  // Who has it instead; names only for those who may see them.
  void RecordOtherHolders() {
    const std::int64_t moment_us = absl::ToUnixMicros(view_.moment);
    view_.graph->VisitAdmins(
        query_.customer, view_.revision, [&](const Graph::Admin& item) {
          // What is granular is no reason to have it instead (R84).
          if (!item.fact->ActiveAt(moment_us) || item.fact->granular() ||
              (query_.service >= 0 && !item.fact->Covers(query_.service))) {
            return true;
          }
          auto* condition =
              Record(v1::ACCESS_CONDITION_KIND_ADMINISTRATION, 1, false,
                     v1::ACCESS_REASON_NO_CUSTOMER_PERMISSION, "R43");
          if (condition == nullptr) return false;
          const bool seen = MaySee(item);
          condition->set_resource(
              seen ? view_.graph->NameOf(item)
                   : absl::StrCat(CollectionOf(Kind::kAdminRelationship),
                                  "/(not visible)"));
          condition->set_description(
              seen ? absl::StrCat(view_.graph->NameOfPartner(item.delegate),
                                  " administers it instead")
                   : "another partner administers it instead");
          return true;
        });
  }

  bool MaySee(const Graph::Admin& item) const {
    switch (caller_->kind) {
      case Principal::Kind::kOperator:
      case Principal::Kind::kAuditor:
      case Principal::Kind::kCustomer:  // Only the one named gets this far.
        return true;
      case Principal::Kind::kPartner:
        break;
    }
    return caller_->name == view_.graph->NameOfPartner(item.delegate);
  }

  bool LookAtOwnership() {
    const auto live = view_.graph->LiveRelationship(
        query_.customer, query_.partner, view_.revision);
    if (!live) {
      Deny(v1::ACCESS_REASON_NOT_OWNER, "R56");
      if (auto* condition = Record(v1::ACCESS_CONDITION_KIND_OWNERSHIP, 0,
                                   false, v1::ACCESS_REASON_NOT_OWNER, "R56")) {
        condition->set_resource(CustomerText());
        condition->set_description(
            "the partner owns no live relationship with the customer");
        Remedy(condition, CustomerText(), "InvitationService.AcceptInvitation",
               "the customer accepts an invitation the partner issued");
      }
      return false;
    }
    const bool enrolled = query_.partner_fact->Has(live->fact->as_enrollment,
                                                   v1::ENROLLMENT_STATE_ACTIVE);
    if (!enrolled) Deny(v1::ACCESS_REASON_OWNER_NOT_ENROLLED, "D12");
    decision_.set_reason(v1::ACCESS_REASON_OWNER);
    decision_.set_rule("R19");
    decision_.set_decided_by(view_.graph->NameOf(*live));
    SetMicros(live->fact->start_us, decision_.mutable_since());
    if (auto* condition = Record(v1::ACCESS_CONDITION_KIND_OWNERSHIP, 0, true,
                                 v1::ACCESS_REASON_UNSPECIFIED, "R19")) {
      condition->set_resource(view_.graph->NameOf(*live));
      condition->set_description("the partner owns the relationship");
      SetMicros(live->fact->start_us, condition->mutable_since());
    }
    if (auto* condition =
            Record(v1::ACCESS_CONDITION_KIND_ENROLLMENT, 1, enrolled,
                   v1::ACCESS_REASON_OWNER_NOT_ENROLLED, "D12")) {
      condition->set_resource(PartnerText());
      condition->set_description(enrolled
                                     ? "its enrolment is active"
                                     : "its enrolment is restricted or ended");
      if (!enrolled) {
        Remedy(condition, "operators/-", "PartnerService.EnrollPartner",
               "an operator enrols the partner again");
      }
    }
    return enrolled;
  }

  std::string CustomerText() const {
    return view_.graph->NameOfCustomer(query_.customer);
  }
  std::string PartnerText() const {
    return view_.graph->NameOfPartner(query_.partner);
  }

  const AccessView& view_;
  const ResolvedQuery& query_;
  const Principal* const caller_;
  Conditions* const conditions_;
  v1::AccessDecision& decision_;
  v1::AccessReason denied_by_ = v1::ACCESS_REASON_UNSPECIFIED;
  const char* denied_rule_ = "";
  // When time alone ends what allows it.
  std::int64_t until_us_ = kNoEndUs;
};

}  // namespace

void Check(const AccessView& view, const ResolvedQuery& query,
           v1::AccessDecision* decision) {
  Walk(view, query, nullptr, nullptr, decision).Run();
}

v1::AccessDecision Check(const AccessView& view, const ResolvedQuery& query) {
  v1::AccessDecision decision;
  Check(view, query, &decision);
  return decision;
}

v1::AccessDecision Explain(const AccessView& view, const Principal& caller,
                           const ResolvedQuery& query, Conditions* conditions) {
  v1::AccessDecision decision;
  Walk(view, query, &caller, conditions, &decision).Run();
  return decision;
}

}  // namespace partner::hierarchy
