#include "hierarchy/model/graph.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace partner::hierarchy {
namespace {

constexpr int kSweepStepMax = 512;
constexpr std::int64_t kMicrosADay = std::int64_t{86400} * 1000000;

// The newest version not after the revision.
template <typename Versions>
auto* VersionAt(const Versions& versions, std::int64_t revision) {
  for (auto i = versions.size(); i-- > 0;) {
    if (versions[i].from <= revision) return &versions[i];
  }
  return static_cast<const typename Versions::value_type*>(nullptr);
}

// Adds a version, or replaces the one of the same revision.
template <typename Versions, typename Fact>
void AddVersion(Versions& versions, Fact fact) {
  if (!versions.empty() && versions.back().from == fact.from) {
    versions.back() = std::move(fact);
  } else {
    versions.push_back(std::move(fact));
  }
}

template <typename Versions>
void DropAfter(Versions& versions, std::int64_t revision) {
  while (!versions.empty() && versions.back().from > revision) {
    versions.pop_back();
  }
}

// Drops versions that a newer one hides from every question at `oldest` on.
template <typename Versions>
void DropHidden(Versions& versions, std::int64_t oldest) {
  std::size_t keep = 0;
  while (keep + 1 < versions.size() && versions[keep + 1].from <= oldest) {
    ++keep;
  }
  versions.erase(versions.begin(), versions.begin() + keep);
}

template <typename List, typename Value>
void Erase(List& list, const Value& value) {
  list.erase(std::remove(list.begin(), list.end(), value), list.end());
}

std::int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000000 + time.nanos() / 1000;
}

bool IsOver(std::uint8_t state) {
  return state == v1::ADMIN_RELATIONSHIP_STATE_REJECTED ||
         state == v1::ADMIN_RELATIONSHIP_STATE_TERMINATED ||
         state == v1::ADMIN_RELATIONSHIP_STATE_EXPIRED;
}

}  // namespace

Graph::Graph(std::string program, const Catalogue* catalogue)
    : program_(std::move(program)),
      partner_prefix_(PartnerName(program_, "")),
      customer_prefix_(CustomerName(program_, "")),
      catalogue_(catalogue) {}

// --- Writing ---------------------------------------------------------------

void Graph::Apply(Kind kind, const google::protobuf::Message& document,
                  std::int64_t revision) {
  switch (kind) {
    case Kind::kPartner:
      return ApplyPartner(static_cast<const v1::Partner&>(document), revision);
    case Kind::kCustomer:
      return ApplyCustomer(static_cast<const v1::Customer&>(document),
                           revision);
    case Kind::kPartnership:
      return ApplyPartnership(static_cast<const v1::Partnership&>(document),
                              revision);
    case Kind::kResellerRelationship:
      return ApplyRelationship(
          static_cast<const v1::ResellerRelationship&>(document), revision);
    case Kind::kAdminRelationship:
      return ApplyAdmin(static_cast<const v1::AdminRelationship&>(document),
                        revision);
    default:
      return;
  }
}

PartnerId Graph::InternPartner(absl::string_view name) {
  const PartnerId id = partner_names_.Intern(LastId(name));
  if (id >= partners_.size()) partners_.resize(id + 1);
  return id;
}

CustomerId Graph::InternCustomer(absl::string_view name) {
  const CustomerId id = customer_names_.Intern(LastId(name));
  if (id >= customers_.size()) customers_.resize(id + 1);
  return id;
}

void Graph::ApplyPartner(const v1::Partner& document, std::int64_t revision) {
  PartnerFact fact;
  fact.from = revision;
  fact.state = document.state();
  for (const v1::Enrollment& enrollment : document.enrollments()) {
    std::uint8_t& state = fact.enrollments[enrollment.type()];
    if (state == v1::ENROLLMENT_STATE_UNSPECIFIED ||
        state == v1::ENROLLMENT_STATE_ENDED) {
      state = static_cast<std::uint8_t>(enrollment.state());
    }
  }
  const PartnerId id = InternPartner(document.name());
  AddVersion(partners_[id].versions, fact);
  touched_.push_back({revision, Kind::kPartner, id});
}

void Graph::ApplyCustomer(const v1::Customer& document, std::int64_t revision) {
  const CustomerId id = InternCustomer(document.name());
  AddVersion(customers_[id].versions, CustomerFact{revision, document.state()});
  touched_.push_back({revision, Kind::kCustomer, id});
}

void Graph::ApplyPartnership(const v1::Partnership& document,
                             std::int64_t revision) {
  const std::uint64_t id = DecodeId(LastId(document.name())).value_or(0);
  const PartnerId provider = InternPartner(document.provider());
  const PartnerId reseller = InternPartner(document.reseller());
  PartnershipFact fact;
  fact.from = revision;
  fact.state = document.state();
  if (document.has_expire_time()) {
    fact.expire_us = Micros(document.expire_time());
  }
  EntityId entity = static_cast<EntityId>(partnerships_.size());
  for (EntityId known : partners_[reseller].partnerships) {
    if (partnerships_[known].id == id) entity = known;
  }
  if (entity == partnerships_.size()) {
    partnerships_.push_back({id, provider, reseller, {}});
    partners_[provider].partnerships.push_back(entity);
    partners_[reseller].partnerships.push_back(entity);
  }
  AddVersion(partnerships_[entity].versions, fact);
  touched_.push_back({revision, Kind::kPartnership, entity});
}

void Graph::ApplyRelationship(const v1::ResellerRelationship& document,
                              std::int64_t revision) {
  const std::uint64_t id = DecodeId(LastId(document.name())).value_or(0);
  const CustomerId customer = InternCustomer(ParentOf(document.name()));
  RelationshipFact fact;
  fact.from = revision;
  fact.state = document.state();
  fact.start_us = Micros(document.start_time());
  fact.as_enrollment = document.as_enrollment();
  for (const v1::AssociatedReseller& item : document.associated_resellers()) {
    if (!item.has_end_time()) {
      fact.associated.push_back(InternPartner(item.partner()));
    }
  }
  constexpr EntityId kNone = 0xffffffff;
  EntityId entity = kNone;
  for (EntityId known : customers_[customer].relationships) {
    if (relationships_[known].id == id) entity = known;
  }
  if (entity == kNone) {
    const PartnerId owner = InternPartner(document.owner());
    RelationshipEntity fresh{id, customer, owner, {}};
    if (free_relationships_.empty()) {
      entity = static_cast<EntityId>(relationships_.size());
      relationships_.push_back(std::move(fresh));
    } else {
      entity = free_relationships_.back();
      free_relationships_.pop_back();
      relationships_[entity] = std::move(fresh);
    }
    customers_[customer].relationships.push_back(entity);
    partners_[owner].owned.insert({customer, entity});
  }
  for (PartnerId reseller : fact.associated) {
    partners_[reseller].associated.insert({customer, entity});
  }
  // A version of the same revision is replaced.
  const Partners named = AssociatedEver(relationships_[entity]);
  AddVersion(relationships_[entity].versions, std::move(fact));
  UnlinkAssociated(entity, named);
  touched_.push_back({revision, Kind::kResellerRelationship, entity});
}

// Millions of them are kept.
static_assert(sizeof(Graph::AdminFact) == 32);

Graph::AdminFact Graph::FactOf(const v1::AdminRelationship& document) const {
  AdminFact fact;
  fact.kind = static_cast<std::uint8_t>(document.kind());
  fact.state = static_cast<std::uint8_t>(document.state());
  const NumberedNames& names =
      fact.granular() ? catalogue_->roles : catalogue_->services;
  for (const std::string& name :
       fact.granular() ? document.roles() : document.scope().services()) {
    if (const std::optional<int> index = names.IndexOf(name)) {
      fact.set |= std::uint64_t{1} << *index;
    }
  }
  fact.all_services = document.scope().all_services();
  for (int duty : document.duties()) {
    fact.duties = static_cast<std::uint8_t>(fact.duties | 1 << duty);
  }
  const AdminTerm term = TermOf(document);
  if (document.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    fact.start_us = term.until_us == kNoEndUs ? 0 : term.until_us;
    return fact;
  }
  fact.start_us = Micros(document.start_time());
  if (term.until_us != kNoEndUs) {
    fact.lasts_s =
        static_cast<std::uint32_t>((term.until_us - fact.start_us) / 1000000);
    fact.extend_days = static_cast<std::uint16_t>(term.extend_us / kMicrosADay);
  }
  return fact;
}

AdminTerm Graph::AdminFact::term() const {
  AdminTerm term;
  term.state = static_cast<v1::AdminRelationshipState>(state);
  if (state == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    if (start_us != 0) term.until_us = start_us;
  } else if (lasts_s != 0) {
    term.until_us = start_us + std::int64_t{lasts_s} * 1000000;
    term.extend_us = extend_days * kMicrosADay;
  }
  return term;
}

void Graph::ApplyAdmin(const v1::AdminRelationship& document,
                       std::int64_t revision) {
  // A draft is its sponsor's paper: no rule and no check asks for it.
  if (document.state() == v1::ADMIN_RELATIONSHIP_STATE_DRAFT) return;
  const std::uint64_t id = DecodeId(LastId(document.name())).value_or(0);
  const CustomerId customer = InternCustomer(ParentOf(document.name()));
  AdminFact fact = FactOf(document);
  fact.from = revision;
  constexpr EntityId kNone = 0xffffffff;
  EntityId entity = kNone;
  for (EntityId known : customers_[customer].admins) {
    if (admins_[known].id == id) entity = known;
  }
  if (entity == kNone) {
    const PartnerId delegate = InternPartner(document.delegate());
    const PartnerId sponsor = document.sponsor().empty()
                                  ? kNobody
                                  : InternPartner(document.sponsor());
    AdminEntity fresh{id, customer, delegate, sponsor, {}};
    if (free_admins_.empty()) {
      entity = static_cast<EntityId>(admins_.size());
      admins_.push_back(std::move(fresh));
    } else {
      entity = free_admins_.back();
      free_admins_.pop_back();
      admins_[entity] = std::move(fresh);
    }
    // In the order of ids, whatever order they come in.
    auto& admins = customers_[customer].admins;
    admins.insert(
        std::find_if(admins.begin(), admins.end(),
                     [&](EntityId other) { return admins_[other].id > id; }),
        entity);
    partners_[delegate].administered.insert({customer, entity});
    if (sponsor != kNobody) {
      partners_[sponsor].sponsored.insert({customer, entity});
    }
  }
  AddVersion(admins_[entity].versions, fact);
  touched_.push_back({revision, Kind::kAdminRelationship, entity});
}

void Graph::Rollback(std::int64_t revision) {
  while (!touched_.empty() && touched_.back().revision > revision) {
    RollbackEntity(touched_.back(), revision);
    touched_.pop_back();
  }
}

void Graph::RollbackEntity(const Touched& touched, std::int64_t revision) {
  switch (touched.kind) {
    case Kind::kPartner:
      return DropAfter(partners_[touched.entity].versions, revision);
    case Kind::kCustomer:
      return DropAfter(customers_[touched.entity].versions, revision);
    case Kind::kPartnership:
      return DropAfter(partnerships_[touched.entity].versions, revision);
    case Kind::kResellerRelationship: {
      RelationshipEntity& entity = relationships_[touched.entity];
      if (entity.versions.empty()) return;
      if (entity.versions.front().from > revision) {
        return UnlinkRelationship(touched.entity);
      }
      const Partners named = AssociatedEver(entity);
      DropAfter(entity.versions, revision);
      return UnlinkAssociated(touched.entity, named);
    }
    case Kind::kAdminRelationship: {
      AdminEntity& entity = admins_[touched.entity];
      if (entity.versions.empty()) return;
      DropAfter(entity.versions, revision);
      if (entity.versions.empty()) UnlinkAdmin(touched.entity);
      return;
    }
    default:
      return;
  }
}

Graph::Partners Graph::AssociatedEver(const RelationshipEntity& entity) {
  Partners named;
  for (const RelationshipFact& fact : entity.versions) {
    named.insert(named.end(), fact.associated.begin(), fact.associated.end());
  }
  return named;
}

void Graph::UnlinkAssociated(EntityId id, Partners named) {
  const RelationshipEntity& entity = relationships_[id];
  for (PartnerId kept : AssociatedEver(entity)) Erase(named, kept);
  for (PartnerId reseller : named) {
    partners_[reseller].associated.erase({entity.customer, id});
  }
}

void Graph::UnlinkRelationship(EntityId id) {
  RelationshipEntity& entity = relationships_[id];
  for (PartnerId reseller : AssociatedEver(entity)) {
    partners_[reseller].associated.erase({entity.customer, id});
  }
  partners_[entity.owner].owned.erase({entity.customer, id});
  Erase(customers_[entity.customer].relationships, id);
  entity.versions.clear();
  free_relationships_.push_back(id);
}

void Graph::UnlinkAdmin(EntityId id) {
  AdminEntity& entity = admins_[id];
  partners_[entity.delegate].administered.erase({entity.customer, id});
  if (entity.sponsor != kNobody) {
    partners_[entity.sponsor].sponsored.erase({entity.customer, id});
  }
  Erase(customers_[entity.customer].admins, id);
  entity.versions.clear();
  free_admins_.push_back(id);
}

bool Graph::Sweep(std::int64_t oldest) {
  oldest_ = std::max(oldest_, oldest);
  const auto due = [&] {
    return !touched_.empty() && touched_.front().revision <= oldest_;
  };
  for (int i = 0; i < kSweepStepMax && due(); ++i) {
    SweepEntity(touched_.front());
    touched_.pop_front();
  }
  return due();
}

void Graph::SweepEntity(const Touched& touched) {
  switch (touched.kind) {
    case Kind::kPartner:
      return DropHidden(partners_[touched.entity].versions, oldest_);
    case Kind::kCustomer:
      return DropHidden(customers_[touched.entity].versions, oldest_);
    case Kind::kPartnership:
      return DropHidden(partnerships_[touched.entity].versions, oldest_);
    case Kind::kResellerRelationship: {
      RelationshipEntity& entity = relationships_[touched.entity];
      if (entity.versions.empty()) return;
      const Partners named = AssociatedEver(entity);
      DropHidden(entity.versions, oldest_);
      UnlinkAssociated(touched.entity, named);
      if (entity.versions.size() == 1 && entity.versions[0].from <= oldest_ &&
          entity.versions[0].state ==
              v1::RESELLER_RELATIONSHIP_STATE_TERMINATED) {
        UnlinkRelationship(touched.entity);
      }
      return;
    }
    case Kind::kAdminRelationship: {
      AdminEntity& entity = admins_[touched.entity];
      if (entity.versions.empty()) return;
      DropHidden(entity.versions, oldest_);
      if (entity.versions.size() == 1 && entity.versions[0].from <= oldest_ &&
          IsOver(entity.versions[0].state)) {
        UnlinkAdmin(touched.entity);
      }
      return;
    }
    default:
      return;
  }
}

// --- Parties -----------------------------------------------------------------

namespace {

// What follows the prefix; empty when the name does not begin so.
absl::string_view IdIn(absl::string_view name, absl::string_view prefix) {
  if (name.size() < prefix.size() ||
      std::memcmp(name.data(), prefix.data(), prefix.size()) != 0) {
    return {};
  }
  return name.substr(prefix.size());
}

}  // namespace

std::optional<PartnerId> Graph::PartnerNamed(absl::string_view name) const {
  const absl::string_view id = IdIn(name, partner_prefix_);
  return id.empty() ? std::nullopt : FindPartner(id);
}

std::optional<CustomerId> Graph::CustomerNamed(absl::string_view name) const {
  const absl::string_view id = IdIn(name, customer_prefix_);
  return id.empty() ? std::nullopt : FindCustomer(id);
}

std::vector<std::optional<CustomerId>> Graph::CustomersNamed(
    absl::Span<const absl::string_view> names) const {
  // Each step asks for what the next one reads.
  for (absl::string_view name : names) {
    customer_names_.Prefetch(IdIn(name, customer_prefix_));
  }
  std::vector<std::optional<CustomerId>> found;
  found.reserve(names.size());
  for (absl::string_view name : names) {
    found.push_back(CustomerNamed(name));
    if (!found.back()) continue;
    const CustomerNode* node = &customers_[*found.back()];
    __builtin_prefetch(node);
    __builtin_prefetch(&node->admins);
  }
  for (std::optional<CustomerId> id : found) {
    if (!id) continue;
    const CustomerNode& node = customers_[*id];
    for (EntityId admin : node.admins) __builtin_prefetch(&admins_[admin]);
    for (EntityId relationship : node.relationships) {
      __builtin_prefetch(&relationships_[relationship]);
    }
  }
  return found;
}

const Graph::PartnerFact* Graph::PartnerAt(PartnerId id,
                                           std::int64_t revision) const {
  return VersionAt(partners_[id].versions, revision);
}

const Graph::CustomerFact* Graph::CustomerAt(CustomerId id,
                                             std::int64_t revision) const {
  return VersionAt(customers_[id].versions, revision);
}

std::string Graph::NameOfPartner(PartnerId id) const {
  return PartnerName(program_, PartnerText(id));
}

std::string Graph::NameOfCustomer(CustomerId id) const {
  return CustomerName(program_, CustomerText(id));
}

std::string Graph::NameOf(const Partnership& partnership) const {
  return ChildName(ProgramName(program_), Kind::kPartnership,
                   EncodeId(partnership.id));
}

std::string Graph::NameOf(const Relationship& relationship) const {
  return NameOfChild(relationship.customer, "/resellerRelationships/",
                     relationship.id);
}

std::string Graph::NameOf(const Admin& admin) const {
  return NameOfChild(admin.customer, "/adminRelationships/", admin.id);
}

std::string Graph::NameOfChild(CustomerId customer,
                               absl::string_view collection,
                               std::uint64_t id) const {
  const absl::string_view text = CustomerText(customer);
  std::string name;
  name.reserve(customer_prefix_.size() + text.size() + collection.size() +
               kServerIdBytes);
  name.append(customer_prefix_);
  name.append(text.data(), text.size());
  name.append(collection.data(), collection.size());
  name.append(EncodeId(id));
  return name;
}

// --- Edges
// ---------------------------------------------------------------------

void Graph::VisitPartnerships(
    PartnerId partner, std::int64_t revision,
    absl::FunctionRef<bool(const Partnership&)> visit) const {
  for (EntityId id : partners_[partner].partnerships) {
    const PartnershipEntity& entity = partnerships_[id];
    const PartnershipFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr) continue;
    if (!visit({entity.id, entity.provider, entity.reseller, fact})) return;
  }
}

void Graph::VisitRelationships(
    CustomerId customer, std::int64_t revision,
    absl::FunctionRef<bool(const Relationship&)> visit) const {
  for (EntityId id : customers_[customer].relationships) {
    const RelationshipEntity& entity = relationships_[id];
    const RelationshipFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr) continue;
    if (!visit({entity.id, entity.customer, entity.owner, fact})) return;
  }
}

void Graph::VisitAdmins(CustomerId customer, std::int64_t revision,
                        absl::FunctionRef<bool(const Admin&)> visit) const {
  for (EntityId id : customers_[customer].admins) {
    const AdminEntity& entity = admins_[id];
    const AdminFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr) continue;
    if (!visit({entity.id, entity.customer, entity.delegate, entity.sponsor,
                fact})) {
      return;
    }
  }
}

void Graph::VisitOwned(
    PartnerId owner, std::int64_t revision,
    absl::FunctionRef<bool(const Relationship&)> visit) const {
  for (const auto& [customer, id] : partners_[owner].owned) {
    const RelationshipEntity& entity = relationships_[id];
    const RelationshipFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr ||
        fact->state != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    if (!visit({entity.id, entity.customer, entity.owner, fact})) return;
  }
}

void Graph::VisitAssociated(
    PartnerId reseller, std::int64_t revision,
    absl::FunctionRef<bool(const Relationship&)> visit) const {
  for (const auto& [customer, id] : partners_[reseller].associated) {
    const RelationshipEntity& entity = relationships_[id];
    const RelationshipFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr ||
        fact->state != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE ||
        std::find(fact->associated.begin(), fact->associated.end(), reseller) ==
            fact->associated.end()) {
      continue;
    }
    if (!visit({entity.id, entity.customer, entity.owner, fact})) return;
  }
}

void Graph::VisitAdministered(
    PartnerId delegate, std::int64_t revision, Cursor after,
    absl::FunctionRef<bool(const Admin&, Cursor)> visit) const {
  const absl::btree_set<Edge>& edges = partners_[delegate].administered;
  auto at = after.started ? edges.upper_bound({after.customer, after.entity})
                          : edges.begin();
  for (; at != edges.end(); ++at) {
    const AdminEntity& entity = admins_[at->second];
    const AdminFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr || fact->state != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    if (!visit(
            {entity.id, entity.customer, entity.delegate, entity.sponsor, fact},
            Cursor{at->first, at->second, true})) {
      return;
    }
  }
}

void Graph::VisitPending(const absl::btree_set<Edge>& edges,
                         std::int64_t revision,
                         absl::FunctionRef<bool(const Admin&)> visit) const {
  for (const auto& [customer, id] : edges) {
    const AdminEntity& entity = admins_[id];
    const AdminFact* fact = VersionAt(entity.versions, revision);
    if (fact == nullptr ||
        fact->state != v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
      continue;
    }
    if (!visit({entity.id, entity.customer, entity.delegate, entity.sponsor,
                fact})) {
      return;
    }
  }
}

void Graph::VisitSponsored(PartnerId sponsor, std::int64_t revision,
                           absl::FunctionRef<bool(const Admin&)> visit) const {
  VisitPending(partners_[sponsor].sponsored, revision, visit);
}

void Graph::VisitPendingDelegate(
    PartnerId delegate, std::int64_t revision,
    absl::FunctionRef<bool(const Admin&)> visit) const {
  VisitPending(partners_[delegate].administered, revision, visit);
}

// --- Derived
// ---------------------------------------------------------------------

bool Graph::HavePartnership(PartnerId provider, PartnerId reseller,
                            std::int64_t revision) const {
  bool found = false;
  VisitPartnerships(reseller, revision, [&](const Partnership& item) {
    found = item.provider == provider && item.reseller == reseller &&
            item.fact->state == v1::PARTNERSHIP_STATE_ACTIVE;
    return !found;
  });
  return found;
}

std::optional<Graph::Relationship> Graph::LiveRelationship(
    CustomerId customer, PartnerId owner, std::int64_t revision) const {
  std::optional<Relationship> found;
  VisitRelationships(customer, revision, [&](const Relationship& item) {
    if (item.owner == owner &&
        item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      found = item;
    }
    return !found.has_value();
  });
  return found;
}

bool Graph::IsAssociatedFor(CustomerId customer, PartnerId owner,
                            PartnerId reseller, std::int64_t revision) const {
  const auto live = LiveRelationship(customer, owner, revision);
  return live &&
         std::find(live->fact->associated.begin(), live->fact->associated.end(),
                   reseller) != live->fact->associated.end();
}

bool Graph::Knows(PartnerId partner, CustomerId customer, std::int64_t revision,
                  std::int64_t moment_us) const {
  bool knows = false;
  VisitRelationships(customer, revision, [&](const Relationship& item) {
    knows =
        item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
        (item.owner == partner ||
         std::find(item.fact->associated.begin(), item.fact->associated.end(),
                   partner) != item.fact->associated.end());
    return !knows;
  });
  if (knows) return true;
  VisitAdmins(customer, revision, [&](const Admin& item) {
    knows = item.delegate == partner && item.fact->ActiveAt(moment_us);
    return !knows;
  });
  return knows;
}

std::optional<std::vector<std::string>> Graph::VisibleCustomers(
    PartnerId partner, std::int64_t revision, std::size_t limit) const {
  const PartnerNode& node = partners_[partner];
  if (node.owned.size() + node.associated.size() + node.administered.size() >
      limit) {
    return std::nullopt;
  }
  std::vector<std::string> ids;
  const auto add = [&](CustomerId customer) {
    ids.emplace_back(CustomerText(customer));
    return true;
  };
  VisitOwned(partner, revision,
             [&](const Relationship& item) { return add(item.customer); });
  VisitAssociated(partner, revision,
                  [&](const Relationship& item) { return add(item.customer); });
  VisitAdministered(partner, revision, {}, [&](const Admin& item, Cursor) {
    return add(item.customer);
  });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<std::string> Graph::Describe(std::int64_t revision) const {
  std::vector<std::string> lines;
  for (PartnerId id = 0; id < partners_.size(); ++id) {
    const PartnerFact* fact = PartnerAt(id, revision);
    if (fact == nullptr) continue;
    lines.push_back(
        absl::StrCat("partner ", PartnerText(id), " state=", fact->state,
                     " enrollments=", absl::StrJoin(fact->enrollments, ",")));
    VisitPartnerships(id, revision, [&](const Partnership& item) {
      if (item.provider == id) {
        lines.push_back(absl::StrCat(
            "partnership ", EncodeId(item.id), " ", PartnerText(item.provider),
            " ", PartnerText(item.reseller), " state=", item.fact->state,
            " expires=", item.fact->expire_us));
      }
      return true;
    });
    VisitOwned(id, revision, [&](const Relationship& item) {
      lines.push_back(absl::StrCat("owns ", PartnerText(id), " ",
                                   CustomerText(item.customer)));
      return true;
    });
    VisitAssociated(id, revision, [&](const Relationship& item) {
      lines.push_back(absl::StrCat("associated ", PartnerText(id), " ",
                                   CustomerText(item.customer)));
      return true;
    });
    VisitAdministered(id, revision, {}, [&](const Admin& item, Cursor) {
      lines.push_back(absl::StrCat("administers ", PartnerText(id), " ",
                                   CustomerText(item.customer)));
      return true;
    });
  }
  for (CustomerId id = 0; id < customers_.size(); ++id) {
    const CustomerFact* fact = CustomerAt(id, revision);
    if (fact == nullptr) continue;
    lines.push_back(
        absl::StrCat("customer ", CustomerText(id), " state=", fact->state));
    VisitRelationships(id, revision, [&](const Relationship& item) {
      if (item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
        std::vector<std::string> resellers;
        for (PartnerId reseller : item.fact->associated) {
          resellers.emplace_back(PartnerText(reseller));
        }
        lines.push_back(absl::StrCat(
            "relationship ", EncodeId(item.id), " ", CustomerText(id),
            " owner=", PartnerText(item.owner),
            " as=", item.fact->as_enrollment, " start=", item.fact->start_us,
            " associated=", absl::StrJoin(resellers, ",")));
      }
      return true;
    });
    VisitAdmins(id, revision, [&](const Admin& item) {
      if (!IsOver(item.fact->state)) {
        lines.push_back(absl::StrCat(
            "admin ", EncodeId(item.id), " ", CustomerText(id),
            " delegate=", PartnerText(item.delegate), " sponsor=",
            item.sponsor == kNobody ? "" : PartnerText(item.sponsor),
            " kind=", item.fact->kind, " state=", item.fact->state,
            " duties=", item.fact->duties, " all=", item.fact->all_services,
            " set=", item.fact->set, " start=", item.fact->start_us, " lasts=",
            item.fact->lasts_s, " extends=", item.fact->extend_days));
      }
      return true;
    });
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace partner::hierarchy
