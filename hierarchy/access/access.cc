#include "hierarchy/access/access.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "hierarchy/access/walk.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {
namespace {

// Where the program's names begin: `programs/{program}/`.
bool IsOfProgram(absl::string_view name, absl::string_view program) {
  return ProgramOf(name) == program;
}

std::optional<Refusal> CheckName(absl::string_view field, Kind kind,
                                 absl::string_view name,
                                 absl::string_view program) {
  if (name.empty()) {
    return BadField(
        v1::ERROR_REASON_FIELD_REQUIRED, field,
        absl::StrCat(field, " is missing"),
        absl::StrCat("Use a name of the form ", PatternOf(kind), "."));
  }
  if (!ParseNameOf(kind, name)) {
    return BadField(
        v1::ERROR_REASON_NAME_MALFORMED, field,
        absl::StrCat(field, " is not a name of the form ", PatternOf(kind)),
        "Ids have 1-64 characters of A-Z a-z 0-9 - _ . and begin "
        "with a letter or digit.");
  }
  if (!IsOfProgram(name, program)) {
    Refusal refusal = BadField(
        v1::ERROR_REASON_PROGRAM_MISMATCH, field,
        absl::StrCat(name, " is not of program ", program),
        "Use names of one program in a request; nothing crosses programs.");
    refusal.violations.front().set_rule("R2");
    return refusal;
  }
  return std::nullopt;
}

Refusal UnknownPermission(absl::string_view permission, bool commercial_too) {
  // Only a well-formed one is repeated in the answer.
  return BadField(v1::ERROR_REASON_UNKNOWN_PERMISSION, "permission",
                  IsValidId(permission)
                      ? absl::StrCat("permission ", permission, " is unknown")
                      : "permission is empty or not a word",
                  commercial_too
                      ? "ListRoles shows the administrative permissions; the "
                        "commercial one is order."
                      : "ListRoles shows the administrative permissions; only "
                        "those are listed here.");
}

// Nullopt when the service is of the edition.
std::optional<Refusal> CheckService(const AccessView& view,
                                    absl::string_view service, int* index) {
  if (auto refusal = CheckName("service", Kind::kService, service,
                               view.graph->program())) {
    return refusal;
  }
  const std::optional<int> found = view.edition->ServiceIndex(service);
  if (!found) return NotFound(service);
  *index = *found;
  return std::nullopt;
}

bool IsLiveOwner(const AccessView& view, PartnerId partner,
                 CustomerId customer) {
  return view.graph->LiveRelationship(customer, partner, view.revision)
      .has_value();
}

// Who may ask (design of CheckAccess); nullopt when the caller may. Says the
// same whether or not there is such a partner.
std::optional<Refusal> MayAsk(const AccessView& view, const Principal& caller,
                              const v1::AccessQuery& query, CustomerId customer,
                              std::optional<PartnerId> partner) {
  switch (caller.kind) {
    case Principal::Kind::kOperator:
    case Principal::Kind::kAuditor:
      return std::nullopt;
    case Principal::Kind::kCustomer:
      if (caller.name == query.customer()) return std::nullopt;
      return NotFound(query.customer());
    case Principal::Kind::kPartner:
      break;
  }
  if (caller.name == query.partner()) return std::nullopt;
  const auto self = view.graph->PartnerNamed(caller.name);
  if (!self || !view.graph->Knows(*self, customer, view.revision,
                                  absl::ToUnixMicros(view.moment))) {
    return NotFound(query.customer());
  }
  if (partner &&
      view.graph->IsAssociatedFor(customer, *self, *partner, view.revision)) {
    return std::nullopt;
  }
  Refusal refusal = RefuseWith(
      v1::ERROR_REASON_CHECK_NOT_YOURS,
      "a check is for the partner or customer named, auditors, operators, and "
      "the customer's owner about its associated resellers",
      "Ask as one of them.");
  refusal.violations.front().set_rule("C1");
  return refusal;
}

v1::AdminScope ScopeOf(const AccessView& view, const Graph::AdminFact& fact) {
  v1::AdminScope scope;
  scope.set_all_services(fact.all_services);
  if (!fact.all_services) {
    for (std::string& name :
         view.graph->catalogue().services.NamesOf(fact.services())) {
      scope.add_services(std::move(name));
    }
  }
  return scope;
}

template <typename Entry>
void FillAdministration(const AccessView& view, const Graph::Admin& item,
                        Entry* entry) {
  entry->set_admin_relationship(view.graph->NameOf(item));
  entry->set_kind(static_cast<v1::AdminKind>(item.fact->kind));
  for (v1::AdminDuty duty :
       {v1::ADMIN_DUTY_PROVISIONING, v1::ADMIN_DUTY_SUPPORT}) {
    if (item.fact->duties >> duty & 1) entry->add_duties(duty);
  }
  if (item.fact->granular()) {
    for (std::string& name :
         view.graph->catalogue().roles.NamesOf(item.fact->roles())) {
      entry->add_roles(std::move(name));
    }
    const AdminTerm term = item.fact->term();
    if (term.extend_us == 0) SetMicros(term.until_us, entry->mutable_until());
  } else {
    *entry->mutable_scope() = ScopeOf(view, *item.fact);
  }
  SetMicros(item.fact->start_us, entry->mutable_since());
  entry->set_is_owner(IsLiveOwner(view, item.delegate, item.customer));
}

bool Passes(const CoverageFilter& filter, const Graph::AdminFact& fact,
            std::int64_t moment_us) {
  if (!fact.ActiveAt(moment_us)) return false;
  if (fact.granular()) return (fact.roles() & filter.roles) != 0;
  return (filter.any_duty || (fact.duties & filter.duties) != 0) &&
         (filter.service < 0 || fact.Covers(filter.service));
}

}  // namespace

Parties FindParties(const AccessView& view, const v1::AccessQuery& query) {
  return {view.graph->PartnerNamed(query.partner()),
          view.graph->CustomerNamed(query.customer())};
}

std::vector<Parties> FindParties(
    const AccessView& view, absl::Span<const v1::AccessQuery* const> queries) {
  absl::InlinedVector<absl::string_view, 64> names;
  for (const v1::AccessQuery* query : queries) {
    names.push_back(query->customer());
  }
  const auto customers = view.graph->CustomersNamed(names);
  std::vector<Parties> found;
  found.reserve(queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    found.push_back(
        {view.graph->PartnerNamed(queries[i]->partner()), customers[i]});
  }
  return found;
}

std::variant<ResolvedQuery, Refusal> Resolve(const AccessView& view,
                                             const Principal& caller,
                                             const v1::AccessQuery& query) {
  return Resolve(view, caller, query, FindParties(view, query));
}

std::variant<ResolvedQuery, Refusal> Resolve(const AccessView& view,
                                             const Principal& caller,
                                             const v1::AccessQuery& query,
                                             const Parties& parties) {
  const std::string& program = view.graph->program();
  ResolvedQuery resolved;
  const auto& [partner, customer] = parties;
  // Names that were found need no parsing.
  if (!partner) {
    if (auto refusal =
            CheckName("partner", Kind::kPartner, query.partner(), program)) {
      return *std::move(refusal);
    }
  }
  if (!customer) {
    if (auto refusal =
            CheckName("customer", Kind::kCustomer, query.customer(), program)) {
      return *std::move(refusal);
    }
  }
  resolved.commercial = Edition::IsCommercial(query.permission());
  if (!resolved.commercial) {
    const Edition::Holders* holders =
        view.edition->HoldersOf(query.permission());
    if (holders == nullptr) return UnknownPermission(query.permission(), true);
    resolved.duties = holders->duties;
    resolved.permission_roles = holders->roles;
    resolved.roles = holders->roles;
  }
  if (!query.service().empty()) {
    if (resolved.commercial) {
      return BadField(v1::ERROR_REASON_FIELD_INVALID, "service",
                      "a commercial permission has no service",
                      "Leave service empty.");
    }
    if (auto refusal = CheckService(view, query.service(), &resolved.service)) {
      return *std::move(refusal);
    }
    resolved.roles &= view.edition->RolesCovering(resolved.service);
  }
  if (customer) {
    resolved.customer_name = query.customer();
    resolved.customer = *customer;
    resolved.customer_fact = view.graph->CustomerAt(*customer, view.revision);
  }
  if (resolved.customer_fact == nullptr) return NotFound(query.customer());
  if (auto refusal = MayAsk(view, caller, query, *customer, partner)) {
    return *std::move(refusal);
  }
  if (partner) {
    resolved.partner = *partner;
    resolved.partner_fact = view.graph->PartnerAt(*partner, view.revision);
  }
  if (resolved.partner_fact == nullptr) return NotFound(query.partner());
  return resolved;
}

std::optional<Refusal> MayAskNow(const AccessView& now, const Principal& caller,
                                 const v1::AccessQuery& query) {
  const auto& [partner, customer] = FindParties(now, query);
  if (!customer) {
    if (auto refusal = CheckName("customer", Kind::kCustomer, query.customer(),
                                 now.graph->program())) {
      return refusal;
    }
    return NotFound(query.customer());
  }
  return MayAsk(now, caller, query, *customer, partner);
}

const Principal& Anybody() {
  static const auto* const kAnybody =
      new Principal{Principal::Kind::kAuditor, "auditors/-", false};
  return *kAnybody;
}

std::variant<CoverageFilter, Refusal> ReadCoverageFilter(
    const AccessView& view, absl::string_view permission,
    absl::string_view service) {
  CoverageFilter filter;
  if (!permission.empty()) {
    const Edition::Holders* holders = view.edition->HoldersOf(permission);
    if (holders == nullptr) return UnknownPermission(permission, false);
    filter.any_duty = false;
    filter.duties = holders->duties;
    filter.roles = holders->roles;
  }
  if (!service.empty()) {
    if (auto refusal = CheckService(view, service, &filter.service)) {
      return *std::move(refusal);
    }
    filter.roles &= view.edition->RolesCovering(filter.service);
  }
  return filter;
}

std::optional<Refusal> KeepVisible(const AccessView& now,
                                   const Principal& caller,
                                   absl::string_view customer,
                                   std::vector<v1::Administrator>* all) {
  const Graph& graph = *now.graph;
  if (auto refusal =
          CheckName("customer", Kind::kCustomer, customer, graph.program())) {
    return refusal;
  }
  const auto id = graph.CustomerNamed(customer);
  if (!id ||
      (caller.kind == Principal::Kind::kCustomer && caller.name != customer)) {
    return NotFound(customer);
  }
  if (caller.kind != Principal::Kind::kPartner) return std::nullopt;
  const auto self = graph.PartnerNamed(caller.name);
  if (!self ||
      !graph.Knows(*self, *id, now.revision, absl::ToUnixMicros(now.moment))) {
    return NotFound(customer);
  }
  const auto hidden = [&](const v1::Administrator& item) {
    const auto delegate = graph.PartnerNamed(item.delegate());
    return item.delegate() != caller.name &&
           !(delegate &&
             graph.IsAssociatedFor(*id, *self, *delegate, now.revision));
  };
  all->erase(std::remove_if(all->begin(), all->end(), hidden), all->end());
  return std::nullopt;
}

std::variant<std::vector<v1::Administrator>, Refusal> ListAdministrators(
    const AccessView& view, const Principal& caller, absl::string_view customer,
    absl::string_view permission, absl::string_view service) {
  const Graph& graph = *view.graph;
  const std::int64_t moment_us = absl::ToUnixMicros(view.moment);
  if (auto refusal =
          CheckName("customer", Kind::kCustomer, customer, graph.program())) {
    return *std::move(refusal);
  }
  auto read = ReadCoverageFilter(view, permission, service);
  if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
  const CoverageFilter& filter = std::get<CoverageFilter>(read);
  const auto id = graph.CustomerNamed(customer);
  if (!id || graph.CustomerAt(*id, view.revision) == nullptr) {
    return NotFound(customer);
  }
  std::optional<PartnerId> self;
  if (caller.kind == Principal::Kind::kCustomer && caller.name != customer) {
    return NotFound(customer);
  }
  if (caller.kind == Principal::Kind::kPartner) {
    self = graph.PartnerNamed(caller.name);
    if (!self || !graph.Knows(*self, *id, view.revision, moment_us)) {
      return NotFound(customer);
    }
  }
  std::vector<v1::Administrator> found;
  graph.VisitAdmins(*id, view.revision, [&](const Graph::Admin& item) {
    if (!Passes(filter, *item.fact, moment_us)) return true;
    if (self && item.delegate != *self &&
        !graph.IsAssociatedFor(*id, *self, item.delegate, view.revision)) {
      return true;
    }
    v1::Administrator entry;
    entry.set_delegate(graph.NameOfPartner(item.delegate));
    FillAdministration(view, item, &entry);
    graph.VisitRelationships(
        *id, view.revision, [&](const Graph::Relationship& relationship) {
          if (graph.IsAssociatedFor(*id, relationship.owner, item.delegate,
                                    view.revision)) {
            entry.set_is_associated_reseller(true);
          }
          return true;
        });
    const Graph::PartnerFact* fact =
        graph.PartnerAt(item.delegate, view.revision);
    entry.set_effective(fact != nullptr &&
                        fact->state == v1::PARTNER_STATE_ACTIVE);
    found.push_back(std::move(entry));
    return true;
  });
  std::sort(found.begin(), found.end(),
            [](const v1::Administrator& a, const v1::Administrator& b) {
              return std::tie(a.delegate(), a.admin_relationship()) <
                     std::tie(b.delegate(), b.admin_relationship());
            });
  return found;
}

std::variant<PartnerId, Refusal> ResolveDelegate(const AccessView& view,
                                                 const Principal& caller,
                                                 absl::string_view partner) {
  if (auto refusal = CheckName("partner", Kind::kPartner, partner,
                               view.graph->program())) {
    return *std::move(refusal);
  }
  const auto id = view.graph->PartnerNamed(partner);
  const bool may = caller.kind == Principal::Kind::kOperator ||
                   caller.kind == Principal::Kind::kAuditor ||
                   caller.name == partner;
  if (!may || !id || view.graph->PartnerAt(*id, view.revision) == nullptr) {
    return NotFound(partner);
  }
  return *id;
}

bool ListAdministered(
    const AccessView& view, PartnerId partner, const CoverageFilter& filter,
    int limit, Graph::Cursor* cursor,
    google::protobuf::RepeatedPtrField<v1::AdministeredCustomer>* customers) {
  bool more = false;
  const Graph::PartnerFact* fact =
      view.graph->PartnerAt(partner, view.revision);
  const bool effective =
      fact != nullptr && fact->state == v1::PARTNER_STATE_ACTIVE;
  view.graph->VisitAdministered(
      partner, view.revision, *cursor,
      [&](const Graph::Admin& item, Graph::Cursor at) {
        if (limit == 0) {
          more = true;
          return false;
        }
        --limit;
        *cursor = at;
        if (!Passes(filter, *item.fact, absl::ToUnixMicros(view.moment))) {
          return true;
        }
        v1::AdministeredCustomer* entry = customers->Add();
        entry->set_customer(view.graph->NameOfCustomer(item.customer));
        FillAdministration(view, item, entry);
        entry->set_effective(effective);
        return true;
      });
  return more;
}

}  // namespace partner::hierarchy
