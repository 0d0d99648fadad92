#include "hierarchy/rules/delegation.h"

#include "absl/strings/str_join.h"
#include "hierarchy/policy/standing.h"

namespace partner::hierarchy {
namespace {

// BROAD has no end in time.
bool IsLiveBroad(const Graph::AdminFact& fact) {
  return !fact.granular() && fact.state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
}

bool Overlap(const Coverage& a, const Coverage& b) {
  if (a.all_services) return b.all_services || b.services != 0;
  if (b.all_services) return a.services != 0;
  return (a.services & b.services) != 0;
}

// Takes the services of `taken` from `coverage`; false when none is left. What
// was everything becomes the explicit rest of the edition's services.
bool Reduce(const Decider& decider, const Coverage& taken, Coverage* coverage) {
  if (taken.all_services) return false;
  const ServiceSet held = coverage->all_services
                              ? decider.edition().all_services()
                              : coverage->services;
  coverage->all_services = false;
  coverage->services = held & ~taken.services;
  return coverage->services != 0;
}

// A holder of services another delegate is to get.
void Displace(Decider& decider, const Graph::Admin& holder,
              const Coverage& wanted) {
  const std::string name = decider.graph().NameOf(holder);
  auto admin =
      decider.LoadUnseen<v1::AdminRelationship>(Kind::kAdminRelationship, name);
  if (!admin) return;
  Coverage left = CoverageOf(*holder.fact);
  if (Reduce(decider, wanted, &left)) {
    SetCoverage(decider, left, &*admin);
    decider.Write(Kind::kAdminRelationship, &*admin,
                  absl::StrCat(admin->delegate(), " keeps ",
                               DescribeCoverage(decider, left)));
  } else {
    EndAdmin(decider, *admin, v1::ADMIN_END_CAUSE_REPLACED,
             absl::StrCat(admin->delegate(), " keeps no service"));
  }
  const auto relationship = decider.graph().LiveRelationship(
      holder.customer, holder.delegate, decider.view());
  if (relationship) {
    decider.AddEffect(
        decider.graph().NameOf(*relationship), v1::EFFECT_KIND_STAYS,
        absl::StrCat(admin->delegate(), " stays owner of the relationship"));
  }
}

}  // namespace

Coverage CoverageOf(const Graph::AdminFact& fact) {
  return {fact.duties, fact.all_services,
          fact.all_services ? ServiceSet{0} : fact.services()};
}

Coverage Join(const Coverage& a, const Coverage& b) {
  Coverage both;
  both.duties = static_cast<std::uint8_t>(a.duties | b.duties);
  both.all_services = a.all_services || b.all_services;
  both.services = both.all_services ? 0 : a.services | b.services;
  return both;
}

bool JoinsExactly(const Coverage& a, const Coverage& b) {
  const Coverage both = Join(a, b);
  return both == a || both == b || a.duties == b.duties ||
         (a.all_services == b.all_services && a.services == b.services);
}

Coverage FullCoverage() {
  Coverage coverage;
  coverage.duties = static_cast<std::uint8_t>(1 << v1::ADMIN_DUTY_PROVISIONING |
                                              1 << v1::ADMIN_DUTY_SUPPORT);
  coverage.all_services = true;
  return coverage;
}

std::optional<Coverage> ReadCoverage(
    Decider& decider, const google::protobuf::RepeatedField<int>& duties,
    const v1::AdminScope& scope) {
  Coverage coverage;
  bool whole = true;
  const auto bad = [&](ErrorReason reason, absl::string_view field,
                       absl::string_view description,
                       absl::string_view next_step) {
    decider.RefuseField(reason, field, description, next_step, "D15");
    whole = false;
  };
  if (duties.empty()) {
    bad(v1::ERROR_REASON_FIELD_REQUIRED, "duties", "duties is missing",
        "Give PROVISIONING, SUPPORT or both.");
  }
  for (int duty : duties) {
    coverage.duties = static_cast<std::uint8_t>(coverage.duties | 1 << duty);
  }
  coverage.all_services = scope.all_services();
  if (scope.all_services() && !scope.services().empty()) {
    bad(v1::ERROR_REASON_FIELD_INVALID, "scope",
        "scope names all services and single ones",
        "Set all_services or list services, not both.");
  }
  if (!scope.all_services() && scope.services().empty()) {
    bad(v1::ERROR_REASON_FIELD_REQUIRED, "scope", "scope names no service",
        "Set all_services or list services.");
  }
  for (const std::string& service : scope.services()) {
    const std::optional<int> index = decider.edition().ServiceIndex(service);
    if (!index) {
      decider.Refuse(v1::ERROR_REASON_SERVICE_UNKNOWN, "R43", service,
                     absl::StrCat(service, " is not in the catalogue"),
                     "ListServices shows the program's services.");
      whole = false;
      continue;
    }
    coverage.services |= ServiceSet{1} << *index;
  }
  if (!whole) return std::nullopt;
  return coverage;
}

void SetCoverage(const Decider& decider, const Coverage& coverage,
                 v1::AdminRelationship* admin) {
  admin->clear_duties();
  for (v1::AdminDuty duty :
       {v1::ADMIN_DUTY_PROVISIONING, v1::ADMIN_DUTY_SUPPORT}) {
    if (coverage.duties >> duty & 1) admin->add_duties(duty);
  }
  admin->clear_scope();
  v1::AdminScope* scope = admin->mutable_scope();
  scope->set_all_services(coverage.all_services);
  if (coverage.all_services) return;
  for (std::string& name : decider.edition().ServiceNames(coverage.services)) {
    scope->add_services(std::move(name));
  }
}

std::string DescribeCoverage(const Decider& decider, const Coverage& coverage) {
  std::vector<std::string> duties;
  if (coverage.duties >> v1::ADMIN_DUTY_PROVISIONING & 1) {
    duties.emplace_back("PROVISIONING");
  }
  if (coverage.duties >> v1::ADMIN_DUTY_SUPPORT & 1) {
    duties.emplace_back("SUPPORT");
  }
  std::vector<std::string> services;
  for (const std::string& name :
       decider.edition().ServiceNames(coverage.services)) {
    services.emplace_back(LastId(name));
  }
  return absl::StrCat(
      absl::StrJoin(duties, " and "), " over ",
      coverage.all_services ? "all services" : absl::StrJoin(services, ", "));
}

void RequireDelegate(Decider& decider, const Decider::PartnerRef& delegate,
                     const std::string& name) {
  decider.RequireActive(delegate, name);
  if (MayBecomeDelegate(decider.edition(), *delegate.fact)) return;
  const bool reseller = !delegate.fact->Has(
      v1::ENROLLMENT_TYPE_INDIRECT_RESELLER, v1::ENROLLMENT_STATE_UNSPECIFIED);
  decider.Refuse(
      v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22", name,
      reseller
          ? absl::StrCat(name, "'s enrolment as reseller is not active (D12)")
          : absl::StrCat(name,
                         " is a provider or direct-bill partner, not an "
                         "indirect reseller"),
      reseller ? "Choose an active reseller of the program."
               : "Accept that partner's invitation instead; or choose an "
                 "active reseller of the program.");
}

std::optional<Graph::Admin> LiveBroad(const Decider& decider,
                                      CustomerId customer, PartnerId delegate) {
  std::optional<Graph::Admin> found;
  decider.graph().VisitAdmins(
      customer, decider.view(), [&](const Graph::Admin& item) {
        if (item.delegate == delegate && IsLiveBroad(*item.fact)) {
          found = item;
        }
        return !found.has_value();
      });
  return found;
}

void MakeRoom(Decider& decider, std::optional<CustomerId> customer,
              const Decider::PartnerRef& delegate, const Coverage& coverage,
              bool replace) {
  if (!customer ||
      !decider.edition().data().one_delegate_per_service().value() ||
      !EverInProgramme(decider.edition(), *delegate.fact)) {
    return;
  }
  std::vector<Graph::Admin> holders;
  decider.graph().VisitAdmins(
      *customer, decider.view(), [&](const Graph::Admin& item) {
        const Graph::PartnerFact* fact =
            decider.graph().PartnerAt(item.delegate, decider.view());
        if (item.delegate != delegate.id && IsLiveBroad(*item.fact) &&
            fact != nullptr && EverInProgramme(decider.edition(), *fact) &&
            Overlap(CoverageOf(*item.fact), coverage)) {
          holders.push_back(item);
        }
        return true;
      });
  for (const Graph::Admin& holder : holders) {
    if (replace) {
      Displace(decider, holder, coverage);
      continue;
    }
    decider.Refuse(
        v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED,
        decider.edition().data().one_delegate_per_service().rule(),
        decider.graph().NameOf(holder),
        absl::StrCat(decider.graph().NameOfPartner(holder.delegate), " has ",
                     DescribeCoverage(decider, CoverageOf(*holder.fact))),
        "Set replace_overlapping to take the services over, or end what is "
        "there first.");
  }
}

bool IsOwnersReseller(const Decider& decider, CustomerId customer,
                      PartnerId delegate) {
  bool found = false;
  decider.graph().VisitRelationships(
      customer, decider.view(), [&](const Graph::Relationship& item) {
        found = item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
                decider.graph().HavePartnership(item.owner, delegate,
                                                decider.view());
        return !found;
      });
  return found;
}

bool IsOfOwner(const Decider& decider, CustomerId customer,
               PartnerId delegate) {
  return decider.graph()
             .LiveRelationship(customer, delegate, decider.view())
             .has_value() ||
         IsOwnersReseller(decider, customer, delegate);
}

void EndAdmin(Decider& decider, v1::AdminRelationship& admin,
              v1::AdminEndCause cause, absl::string_view what,
              const v1::Attestation* attestation) {
  if (attestation != nullptr) *admin.mutable_attestation() = *attestation;
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  admin.set_end_cause(cause);
  *admin.mutable_end_time() = ToProto(decider.now());
  decider.Write(Kind::kAdminRelationship, &admin, "");
  decider.AddEffect(admin.name(), v1::EFFECT_KIND_ENDS, what);
}

}  // namespace partner::hierarchy
