#include "hierarchy/rules/evaluation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/difference.h"
#include "hierarchy/policy/standing.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/refusal.h"

namespace partner::hierarchy {
namespace {

// How an edition refuses a fact by one rule.
struct Refused {
  ErrorReason reason{};
  std::string rule;
  std::string because;
};
using Judgement = std::optional<Refused>;

template <typename List, typename Value>
bool Holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Whether the editions count the same partners as taking part.
bool SameProgramme(const EvaluationView& view) {
  const auto& base = view.base->data().programme_enrollments().types();
  const auto& proposed = view.proposed->data().programme_enrollments().types();
  return base.size() == proposed.size() &&
         std::is_permutation(base.begin(), base.end(), proposed.begin());
}

// Tells what changes for a fact when one of two editions refuses it.
void Compare(const Judgement& base, const Judgement& proposed,
             const std::string& resource, Kind kind, FindingVisitor visit) {
  if (base.has_value() == proposed.has_value()) return;
  const Refused& refused = proposed ? *proposed : *base;
  v1::PolicyFinding finding;
  finding.set_impact(proposed ? v1::POLICY_IMPACT_REFUSED_ANEW
                              : v1::POLICY_IMPACT_LIFTED);
  finding.set_resource(resource);
  finding.set_kind(std::string(CollectionOf(kind)));
  finding.set_reason(refused.reason);
  finding.set_rule(refused.rule);
  finding.set_description(
      absl::StrCat(proposed ? "goes on; asked for anew it would be refused: "
                            : "would no longer be refused anew: ",
                   refused.because));
  visit(std::move(finding));
}

// --- Each rule that is a value of editions -----------------------------------

// R11, R13, R15, R17: in which capacity an owner owns and invites.
Judgement JudgeCapacity(const Edition& edition, v1::EnrollmentType capacity) {
  if (edition.MayIssueInvitations(capacity)) return std::nullopt;
  const v1::PolicyEdition& data = edition.data();
  const bool forwarder = Holds(data.invitation_forwarders().types(), capacity);
  return Refused{forwarder ? v1::ERROR_REASON_RESELLER_CANNOT_INVITE
                           : v1::ERROR_REASON_ROLE_CANNOT_INVITE,
                 forwarder ? data.invitation_forwarders().rule()
                           : data.invitation_issuers().rule(),
                 absl::StrCat(EnrollmentName(capacity), " does not invite")};
}

// R67, D7: what an invitation offers.
Judgement JudgeOffer(const Edition& edition, v1::AdminOffer offer) {
  const v1::AdminOfferRule& rule = edition.data().admin_offers();
  if (Holds(rule.offers(), offer)) return std::nullopt;
  return Refused{v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED, rule.rule(),
                 offer == v1::ADMIN_OFFER_NONE
                     ? "an invitation offers administration"
                     : "an invitation offers no BROAD administration"};
}

// R66.
Judgement JudgeNewCustomer(const Edition& edition) {
  const v1::RuleSwitch& rule = edition.data().closed_to_new_customers();
  if (!rule.value()) return std::nullopt;
  return Refused{v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS, rule.rule(),
                 "the program takes no new customers"};
}

// R23, for a tenant that is a partner's.
Judgement JudgeTenant(const Edition& edition, const Graph::PartnerFact& partner,
                      const std::string& name) {
  const v1::RuleSwitch& rule =
      edition.data().refuse_partner_tenant_as_customer();
  if (!rule.value() || !InProgramme(edition, partner)) return std::nullopt;
  return Refused{
      v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, rule.rule(),
      absl::StrCat("the customer's tenant is enrolled in the programme as ",
                   name)};
}

// R63, for a reseller's tenant as a customer of its provider.
Judgement JudgeOwnReseller(const Edition& edition, bool paired) {
  const v1::RuleSwitch& rule = edition.data().refuse_own_reseller_as_customer();
  if (!rule.value() || !paired) return std::nullopt;
  return Refused{v1::ERROR_REASON_ALREADY_PARTNERED, rule.rule(),
                 "the customer's tenant is that of the owner's own reseller"};
}

// R57.
Judgement JudgeRegion(const Edition& edition, absl::string_view country,
                      absl::string_view other) {
  const v1::RuleSwitch& rule = edition.data().one_region();
  if (!rule.value() || edition.InOneRegion(country, other)) return std::nullopt;
  return Refused{
      v1::ERROR_REASON_REGION_MISMATCH, rule.rule(),
      absl::StrCat(country, " and ", other, " are not of one region")};
}

// D2.
Judgement JudgeKind(const Edition& edition, const Graph::Admin& admin) {
  const auto kind = static_cast<v1::AdminKind>(admin.fact->kind);
  if (edition.HasAdminKind(kind)) return std::nullopt;
  return Refused{
      v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION,
      edition.data().admin_kinds().rule(),
      absl::StrCat(absl::StripPrefix(v1::AdminKind_Name(kind), "ADMIN_KIND_"),
                   " administration is not given")};
}

// R22, D14: who may be given BROAD administration. An owner has it from its
// invitation, for which JudgeOffer speaks.
Judgement JudgeDelegate(const EvaluationView& view, const Edition& edition,
                        const Graph::Admin& admin,
                        const Graph::PartnerFact& delegate) {
  if (MayBecomeDelegate(edition, delegate)) return std::nullopt;
  return Refused{v1::ERROR_REASON_GRANTEE_NOT_RESELLER,
                 edition.data().delegates().rule(),
                 absl::StrCat(view.graph->NameOfPartner(admin.delegate),
                              " is not enrolled as one that is delegated to")};
}

bool Overlap(const Graph::AdminFact& a, const Graph::AdminFact& b) {
  if (a.all_services) return b.all_services || b.services() != 0;
  if (b.all_services) return a.services() != 0;
  return (a.services() & b.services()) != 0;
}

// R43, D16: another programme delegate with a service of it.
Judgement JudgeAlone(const EvaluationView& view, const Edition& edition,
                     const Graph::Admin& admin,
                     const Graph::PartnerFact& delegate) {
  const v1::RuleSwitch& rule = edition.data().one_delegate_per_service();
  if (!rule.value() || !EverInProgramme(edition, delegate)) return std::nullopt;
  Judgement refused;
  view.graph->VisitAdmins(
      admin.customer, view.revision, [&](const Graph::Admin& other) {
        const Graph::PartnerFact* fact =
            view.graph->PartnerAt(other.delegate, view.revision);
        if (other.delegate != admin.delegate &&
            other.fact->kind == v1::ADMIN_KIND_BROAD &&
            other.fact->ActiveAt(absl::ToUnixMicros(view.moment)) &&
            fact != nullptr && EverInProgramme(edition, *fact) &&
            Overlap(*other.fact, *admin.fact)) {
          refused =
              Refused{v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, rule.rule(),
                      absl::StrCat(view.graph->NameOfPartner(other.delegate),
                                   " administers one of the services")};
        }
        return !refused.has_value();
      });
  return refused;
}

// R43: services are the edition's.
Judgement JudgeServices(const Edition& edition, const Graph::AdminFact& fact) {
  if (fact.all_services) return std::nullopt;
  const ServiceSet unknown = fact.services() & ~edition.all_services();
  if (unknown == 0) return std::nullopt;
  return Refused{v1::ERROR_REASON_SERVICE_UNKNOWN, "R43",
                 "a service it covers is not in the catalogue"};
}

// R83: who may have GRANULAR administration.
Judgement JudgeGranularPartner(const EvaluationView& view,
                               const Edition& edition,
                               const Graph::Admin& admin,
                               const Graph::PartnerFact& delegate) {
  for (int type = 1; type < Graph::kEnrollmentTypes; ++type) {
    const auto enrollment = static_cast<v1::EnrollmentType>(type);
    if (edition.MayBeGranular(enrollment) &&
        delegate.Has(enrollment, v1::ENROLLMENT_STATE_ACTIVE)) {
      return std::nullopt;
    }
  }
  return Refused{v1::ERROR_REASON_PARTNER_NOT_ENROLLED,
                 edition.data().granular_partners().rule(),
                 absl::StrCat(view.graph->NameOfPartner(admin.delegate),
                              " is not enrolled as one that may have it")};
}

// R84: roles are the edition's.
Judgement JudgeRoles(const Edition& edition, const Graph::AdminFact& fact) {
  if ((fact.roles() & ~edition.granular_roles()) == 0) return std::nullopt;
  return Refused{v1::ERROR_REASON_ROLE_UNKNOWN, "R84",
                 "one of its roles is not one that is given"};
}

// --- Facts -------------------------------------------------------------------

bool IsOpen(const Graph::AdminFact& fact, absl::Time moment) {
  const std::int64_t moment_us = absl::ToUnixMicros(moment);
  return fact.ActiveAt(moment_us) || fact.PendingAt(moment_us);
}

void EvaluateAdmin(const EvaluationView& view, const Graph::Admin& admin,
                   FindingVisitor visit) {
  // Texts are made only for what is found, and few are.
  std::string name;
  const auto compare = [&](auto judge) {
    const Judgement base = judge(*view.base);
    const Judgement proposed = judge(*view.proposed);
    if (base.has_value() == proposed.has_value()) return;
    if (name.empty()) name = view.graph->NameOf(admin);
    Compare(base, proposed, name, Kind::kAdminRelationship, visit);
  };
  compare([&](const Edition& edition) { return JudgeKind(edition, admin); });
  const Graph::PartnerFact* delegate =
      view.graph->PartnerAt(admin.delegate, view.revision);
  if (delegate == nullptr) return;
  if (admin.fact->granular()) {
    // An edition without the kind has nothing more to say about it.
    if (!view.base->HasAdminKind(v1::ADMIN_KIND_GRANULAR) ||
        !view.proposed->HasAdminKind(v1::ADMIN_KIND_GRANULAR)) {
      return;
    }
    compare([&](const Edition& edition) {
      return JudgeGranularPartner(view, edition, admin, *delegate);
    });
    compare([&](const Edition& edition) {
      return JudgeRoles(edition, *admin.fact);
    });
    return;
  }
  if (view.graph->LiveRelationship(admin.customer, admin.delegate,
                                   view.revision)) {
    compare([&](const Edition& edition) {
      return JudgeOffer(edition, v1::ADMIN_OFFER_BROAD);
    });
  } else {
    compare([&](const Edition& edition) {
      return JudgeDelegate(view, edition, admin, *delegate);
    });
  }
  if (view.base->data().one_delegate_per_service().value() !=
          view.proposed->data().one_delegate_per_service().value() ||
      !SameProgramme(view)) {
    compare([&](const Edition& edition) {
      return JudgeAlone(view, edition, admin, *delegate);
    });
  }
  compare([&](const Edition& edition) {
    return JudgeServices(edition, *admin.fact);
  });
}

// --- Values ------------------------------------------------------------------

// The items of a list as DifferencesBetween writes them.
std::vector<std::string> ItemsOf(const std::string& text) {
  return absl::StrSplit(text, ", ", absl::SkipEmpty());
}

struct Concerned {
  ErrorReason reason{};
  std::string who;
  std::int64_t parties = 0;
};

Concerned Enrolled(const PartyCounts& counts, ErrorReason reason,
                   const std::string& type) {
  v1::EnrollmentType number = v1::ENROLLMENT_TYPE_UNSPECIFIED;
  v1::EnrollmentType_Parse(absl::StrCat("ENROLLMENT_TYPE_", type), &number);
  return {reason, absl::StrCat("active partners enrolled as ", type),
          counts.enrolled[number]};
}

// What an item of a list stands for when it is in it; reason unspecified for
// lists that refuse nothing by themselves.
Concerned ConcernedByItem(const EvaluationView& view, const PartyCounts& counts,
                          const std::string& list, const std::string& item) {
  if (list == "invitation_issuers") {
    Concerned concerned =
        Enrolled(counts, v1::ERROR_REASON_ROLE_CANNOT_INVITE, item);
    v1::EnrollmentType type = v1::ENROLLMENT_TYPE_UNSPECIFIED;
    v1::EnrollmentType_Parse(absl::StrCat("ENROLLMENT_TYPE_", item), &type);
    for (const Edition* edition : {view.base, view.proposed}) {
      if (Holds(edition->data().invitation_forwarders().types(), type)) {
        concerned.reason = v1::ERROR_REASON_RESELLER_CANNOT_INVITE;
      }
    }
    return concerned;
  }
  if (list == "delegates") {
    return Enrolled(counts, v1::ERROR_REASON_GRANTEE_NOT_RESELLER, item);
  }
  if (list == "granular_partners") {
    return Enrolled(counts, v1::ERROR_REASON_PARTNER_NOT_ENROLLED, item);
  }
  if (list == "admin_offers") {
    return {v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED,
            "active partners that may invite", counts.inviting};
  }
  if (list == "admin_kinds") {
    return {v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "active customers",
            counts.customers};
  }
  return {};
}

// What a switch refuses while it is on; `lifts` for one that allows.
Concerned ConcernedBySwitch(const PartyCounts& counts, const std::string& field,
                            bool* lifts) {
  *lifts = field == "reseller_ends_partnership";
  if (*lifts) {
    return Enrolled(counts, v1::ERROR_REASON_NOT_THE_PARTY,
                    "INDIRECT_RESELLER");
  }
  if (field == "closed_to_new_customers") {
    return {v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS,
            "active partners that may invite", counts.inviting};
  }
  if (field == "refuse_partner_tenant_as_customer") {
    return {v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER,
            "active partners of the programme", counts.in_programme};
  }
  if (field == "refuse_own_reseller_as_customer") {
    return Enrolled(counts, v1::ERROR_REASON_ALREADY_PARTNERED,
                    "INDIRECT_RESELLER");
  }
  if (field == "privileged_role_bars_auto_extend") {
    return {v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND,
            "active customers", counts.customers};
  }
  if (field == "one_region") {
    return {v1::ERROR_REASON_REGION_MISMATCH, "active partners",
            counts.partners};
  }
  if (field == "one_delegate_per_service") {
    return {v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "active customers",
            counts.customers};
  }
  return {};
}

v1::PolicyValueChange Change(const v1::PolicyDifference& difference) {
  v1::PolicyValueChange change;
  change.set_subject(difference.subject());
  change.set_before(difference.before());
  change.set_after(difference.after());
  change.set_rule(difference.rule());
  change.set_tendency(v1::POLICY_TENDENCY_OTHER);
  return change;
}

void SetConcerned(const Concerned& concerned, bool looser,
                  v1::PolicyValueChange* change) {
  if (concerned.reason == ErrorReason{}) return;
  change->set_tendency(looser ? v1::POLICY_TENDENCY_LOOSER
                              : v1::POLICY_TENDENCY_STRICTER);
  change->set_reason(concerned.reason);
  change->set_concerned(concerned.who);
  change->set_parties(concerned.parties);
}

// A value that is a list: each item by itself.
void AddItems(const EvaluationView& view, const PartyCounts& counts,
              const v1::PolicyDifference& difference,
              std::vector<v1::PolicyValueChange>* changes) {
  // `offers: BROAD, NONE; default_offer: BROAD`.
  const auto items = [](absl::string_view text) {
    absl::ConsumePrefix(&text, "offers: ");
    return ItemsOf(std::string(text.substr(0, text.find("; "))));
  };
  const std::vector<std::string> before = items(difference.before());
  const std::vector<std::string> after = items(difference.after());
  const auto add = [&](const std::string& item, bool looser) {
    v1::PolicyValueChange change = Change(difference);
    change.set_subject(absl::StrCat(difference.subject(), "/", item));
    change.set_before(looser ? "" : item);
    change.set_after(looser ? item : "");
    SetConcerned(ConcernedByItem(view, counts, difference.subject(), item),
                 looser, &change);
    changes->push_back(std::move(change));
  };
  for (const std::string& item : before) {
    if (!Holds(after, item)) add(item, false);
  }
  for (const std::string& item : after) {
    if (!Holds(before, item)) add(item, true);
  }
  const auto default_of = [](absl::string_view text) {
    const std::size_t at = text.find("default_offer: ");
    return at == absl::string_view::npos ? std::string()
                                         : std::string(text.substr(at + 15));
  };
  if (default_of(difference.before()) != default_of(difference.after())) {
    v1::PolicyValueChange change = Change(difference);
    change.set_subject(absl::StrCat(difference.subject(), "/default_offer"));
    change.set_before(default_of(difference.before()));
    change.set_after(default_of(difference.after()));
    changes->push_back(std::move(change));
  }
}

}  // namespace

void CountPartner(const EvaluationView& view, PartnerId partner,
                  PartyCounts* counts) {
  const Graph::PartnerFact* fact =
      view.graph->PartnerAt(partner, view.revision);
  if (fact == nullptr || fact->state != v1::PARTNER_STATE_ACTIVE) return;
  ++counts->partners;
  bool invites = false;
  for (int type = 1; type < Graph::kEnrollmentTypes; ++type) {
    const auto enrollment = static_cast<v1::EnrollmentType>(type);
    if (!fact->Has(enrollment, v1::ENROLLMENT_STATE_ACTIVE)) continue;
    ++counts->enrolled[type];
    invites |= view.proposed->MayIssueInvitations(enrollment);
  }
  counts->inviting += invites;
  counts->in_programme += InProgramme(*view.proposed, *fact);
}

bool TenantsMatter(const EvaluationView& view) {
  const v1::PolicyEdition& base = view.base->data();
  const v1::PolicyEdition& proposed = view.proposed->data();
  return base.refuse_partner_tenant_as_customer().value() !=
             proposed.refuse_partner_tenant_as_customer().value() ||
         base.refuse_own_reseller_as_customer().value() !=
             proposed.refuse_own_reseller_as_customer().value() ||
         (base.refuse_partner_tenant_as_customer().value() &&
          !SameProgramme(view));
}

int EvaluateTenant(const EvaluationView& view, PartnerId partner,
                   CustomerId customer, FindingVisitor visit) {
  const Graph::PartnerFact* fact =
      view.graph->PartnerAt(partner, view.revision);
  if (fact == nullptr || fact->state == v1::PARTNER_STATE_DELETED) return 0;
  const std::string name = view.graph->NameOfPartner(partner);
  int facts = 0;
  view.graph->VisitRelationships(
      customer, view.revision, [&](const Graph::Relationship& item) {
        ++facts;
        if (item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
          Compare(JudgeTenant(*view.base, *fact, name),
                  JudgeTenant(*view.proposed, *fact, name),
                  view.graph->NameOf(item), Kind::kResellerRelationship, visit);
          const bool paired =
              view.graph->HavePartnership(item.owner, partner, view.revision);
          Compare(JudgeOwnReseller(*view.base, paired),
                  JudgeOwnReseller(*view.proposed, paired),
                  view.graph->NameOf(item), Kind::kResellerRelationship, visit);
        }
        return true;
      });
  return facts;
}

bool RegionsMatter(const EvaluationView& view) {
  const v1::PolicyEdition& base = view.base->data();
  const v1::PolicyEdition& proposed = view.proposed->data();
  if (base.one_region().value() != proposed.one_region().value()) return true;
  if (!base.one_region().value()) return false;
  const std::vector<v1::PolicyDifference> differences =
      DifferencesBetween(base, proposed);
  return std::any_of(differences.begin(), differences.end(),
                     [](const v1::PolicyDifference& difference) {
                       return absl::StartsWith(difference.subject(),
                                               "regions/");
                     });
}

void EvaluateRegion(const EvaluationView& view, Kind kind,
                    const std::string& resource, absl::string_view country,
                    absl::string_view other, FindingVisitor visit) {
  Compare(JudgeRegion(*view.base, country, other),
          JudgeRegion(*view.proposed, country, other), resource, kind, visit);
}

void EvaluateInvitation(const EvaluationView& view,
                        const v1::Invitation& invitation,
                        FindingVisitor visit) {
  Compare(JudgeCapacity(*view.base, invitation.as_enrollment()),
          JudgeCapacity(*view.proposed, invitation.as_enrollment()),
          invitation.name(), Kind::kInvitation, visit);
  Compare(JudgeOffer(*view.base, invitation.admin_offer()),
          JudgeOffer(*view.proposed, invitation.admin_offer()),
          invitation.name(), Kind::kInvitation, visit);
}

int EvaluateCustomer(const EvaluationView& view, CustomerId customer,
                     PartyCounts* counts, FindingVisitor visit) {
  const Graph::CustomerFact* fact =
      view.graph->CustomerAt(customer, view.revision);
  if (fact == nullptr) return 0;
  int facts = 1;
  if (fact->state == v1::CUSTOMER_STATE_ACTIVE) {
    ++counts->customers;
    const Judgement base = JudgeNewCustomer(*view.base);
    const Judgement proposed = JudgeNewCustomer(*view.proposed);
    if (base.has_value() != proposed.has_value()) {
      Compare(base, proposed, view.graph->NameOfCustomer(customer),
              Kind::kCustomer, visit);
    }
  }
  view.graph->VisitRelationships(
      customer, view.revision, [&](const Graph::Relationship& item) {
        ++facts;
        if (item.fact->state != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
          return true;
        }
        const v1::EnrollmentType capacity = item.fact->as_enrollment;
        if (view.base->MayIssueInvitations(capacity) !=
            view.proposed->MayIssueInvitations(capacity)) {
          Compare(JudgeCapacity(*view.base, capacity),
                  JudgeCapacity(*view.proposed, capacity),
                  view.graph->NameOf(item), Kind::kResellerRelationship, visit);
        }
        return true;
      });
  view.graph->VisitAdmins(customer, view.revision,
                          [&](const Graph::Admin& item) {
                            ++facts;
                            if (IsOpen(*item.fact, view.moment)) {
                              EvaluateAdmin(view, item, visit);
                            }
                            return true;
                          });
  return facts;
}

std::vector<v1::PolicyValueChange> ValueChanges(const EvaluationView& view,
                                                const PartyCounts& counts) {
  std::vector<v1::PolicyValueChange> changes;
  for (const v1::PolicyDifference& difference :
       DifferencesBetween(view.base->data(), view.proposed->data())) {
    const std::string& subject = difference.subject();
    if (subject == "invitation_issuers" || subject == "delegates" ||
        subject == "admin_offers" || subject == "admin_kinds" ||
        subject == "granular_partners") {
      AddItems(view, counts, difference, &changes);
      continue;
    }
    v1::PolicyValueChange change = Change(difference);
    if (absl::StartsWith(subject, "services/") &&
        difference.before().empty() != difference.after().empty()) {
      SetConcerned({v1::ERROR_REASON_SERVICE_UNKNOWN, "active customers",
                    counts.customers},
                   difference.before().empty(), &change);
    } else if (difference.after() == "true" || difference.after() == "false") {
      bool lifts = false;
      const Concerned concerned = ConcernedBySwitch(counts, subject, &lifts);
      SetConcerned(concerned, (difference.after() == "true") == lifts, &change);
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace partner::hierarchy
