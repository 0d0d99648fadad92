#ifndef PARTNER_HIERARCHY_MODEL_GRAPH_H_
#define PARTNER_HIERARCHY_MODEL_GRAPH_H_

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/admin_term.h"
#include "hierarchy/model/blocks.h"
#include "hierarchy/model/name_table.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/catalogue.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/partnership.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

namespace partner::hierarchy {

using PartnerId = std::uint32_t;
using CustomerId = std::uint32_t;

// The facts of one program that rules and checks need, in memory, indexed both
// ways. Every entity keeps its versions; a question is put at a revision and
// sees the newest version not after it, so readers at different revisions share
// one graph. Not thread-safe: the ledger writes under an exclusive lock,
// readers hold a shared one for each short step.
class Graph {
 public:
  static constexpr int kEnrollmentTypes = 6;

  // State of a partner at a revision.
  struct PartnerFact {
    std::int64_t from = 0;
    v1::PartnerState state = v1::PARTNER_STATE_UNSPECIFIED;
    // By EnrollmentType; UNSPECIFIED where there is none, ENDED where only
    // ended ones are.
    std::array<std::uint8_t, kEnrollmentTypes> enrollments{};
    bool Has(v1::EnrollmentType type, v1::EnrollmentState state_wanted) const {
      return enrollments[type] == state_wanted;
    }
  };
  // State of a customer at a revision.
  struct CustomerFact {
    std::int64_t from = 0;
    v1::CustomerState state = v1::CUSTOMER_STATE_UNSPECIFIED;
  };
  // A partnership at a revision.
  struct PartnershipFact {
    std::int64_t from = 0;
    std::int64_t expire_us = 0;  // 0: never.
    v1::PartnershipState state = v1::PARTNERSHIP_STATE_UNSPECIFIED;
  };
  // A reseller relationship at a revision.
  struct RelationshipFact {
    std::int64_t from = 0;
    std::int64_t start_us = 0;
    absl::InlinedVector<PartnerId, 2> associated;  // Live ones.
    v1::ResellerRelationshipState state =
        v1::RESELLER_RELATIONSHIP_STATE_UNSPECIFIED;
    v1::EnrollmentType as_enrollment = v1::ENROLLMENT_TYPE_UNSPECIFIED;
  };
  // Delegated administration at a revision. Packed: one line of the processor's
  // cache has room for one version with its ends.
  struct AdminFact {
    std::int64_t from = 0;
    // Since when it is in force; of what waits, when it lapses, 0: never.
    std::int64_t start_us = 0;
    // BROAD: services, when not all. GRANULAR: roles.
    std::uint64_t set = 0;
    // GRANULAR in force: from the start to the end of the term recorded; 0: no
    // end.
    std::uint32_t lasts_s = 0;
    // By how much it goes on by itself at each end; 0: not at all.
    std::uint16_t extend_days = 0;
    std::uint8_t duties = 0;  // Mask of 1 << AdminDuty.
    std::uint8_t kind : 2;    // AdminKind.
    std::uint8_t state : 5;   // AdminRelationshipState.
    bool all_services : 1;

    AdminFact() : kind(0), state(0), all_services(false) {}
    bool granular() const { return kind == v1::ADMIN_KIND_GRANULAR; }
    RoleSet roles() const { return granular() ? set : RoleSet{0}; }
    ServiceSet services() const { return granular() ? ServiceSet{0} : set; }
    // As recorded.
    AdminTerm term() const;
    // In force at a moment, in microseconds since 1970.
    bool ActiveAt(std::int64_t moment_us) const {
      return state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE &&
             (lasts_s == 0 || extend_days != 0 ||
              moment_us < start_us + std::int64_t{lasts_s} * 1000000);
    }
    // Waits for an answer at a moment.
    bool PendingAt(std::int64_t moment_us) const {
      return state == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING &&
             (start_us == 0 || moment_us < start_us);
    }
    // BROAD: whether it covers a service.
    bool Covers(int service) const {
      return all_services || (services() >> service & 1) != 0;
    }
  };

  // The fixed ends of an entity, with its state at the revision asked for.
  struct Partnership {
    std::uint64_t id;
    PartnerId provider;
    PartnerId reseller;
    const PartnershipFact* fact;
  };
  struct Relationship {
    std::uint64_t id;
    CustomerId customer;
    PartnerId owner;
    const RelationshipFact* fact;
  };
  struct Admin {
    std::uint64_t id;
    CustomerId customer;
    PartnerId delegate;
    PartnerId sponsor;  // kNobody when nobody asked.
    const AdminFact* fact;
  };
  static constexpr PartnerId kNobody = 0xffffffff;

  // `catalogue` outlives the graph.
  Graph(std::string program, const Catalogue* catalogue);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // --- Writing. Revisions never decrease. -------------------------------

  // Takes in a document version; kinds the graph does not keep are ignored.
  void Apply(Kind kind, const google::protobuf::Message& document,
             std::int64_t revision);
  // Forgets every version written after `revision`.
  void Rollback(std::int64_t revision);
  // Drops what no question at `oldest` or later can see, a few hundred entities
  // at a time; false when nothing is left to drop. Later questions must not be
  // older than `oldest`.
  bool Sweep(std::int64_t oldest);
  // The oldest revision questions may be put at.
  std::int64_t oldest() const { return oldest_; }

  // --- Parties ----------------------------------------------------------

  const std::string& program() const { return program_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  // By id, the last part of the name. Nullopt when never heard of; a number
  // says nothing about a revision: ask for the fact.
  std::optional<PartnerId> FindPartner(absl::string_view id) const {
    return partner_names_.Find(id);
  }
  std::optional<CustomerId> FindCustomer(absl::string_view id) const {
    return customer_names_.Find(id);
  }
  // By full resource name of this program.
  std::optional<PartnerId> PartnerNamed(absl::string_view name) const;
  std::optional<CustomerId> CustomerNamed(absl::string_view name) const;
  // Several at once, by full resource name. Asks the processor for all that
  // questions about them will read: one after the other, each would wait for
  // memory several times.
  std::vector<std::optional<CustomerId>> CustomersNamed(
      absl::Span<const absl::string_view> names) const;
  // The fact at a revision; nullptr when it did not exist then.
  const PartnerFact* PartnerAt(PartnerId id, std::int64_t revision) const;
  const CustomerFact* CustomerAt(CustomerId id, std::int64_t revision) const;
  absl::string_view PartnerText(PartnerId id) const {
    return partner_names_.TextOf(id);
  }
  absl::string_view CustomerText(CustomerId id) const {
    return customer_names_.TextOf(id);
  }
  // Full resource names.
  std::string NameOfPartner(PartnerId id) const;
  std::string NameOfCustomer(CustomerId id) const;
  std::string NameOf(const Partnership& partnership) const;
  std::string NameOf(const Relationship& relationship) const;
  std::string NameOf(const Admin& admin) const;
  std::size_t partner_count() const { return partners_.size(); }
  std::size_t customer_count() const { return customers_.size(); }

  // --- Edges at a revision; `visit` returns false to stop ----------------
  // All that existed then are visited, whatever their state; administration in
  // the order of its ids, and no drafts of it.

  void VisitPartnerships(
      PartnerId partner, std::int64_t revision,
      absl::FunctionRef<bool(const Partnership&)> visit) const;
  void VisitRelationships(
      CustomerId customer, std::int64_t revision,
      absl::FunctionRef<bool(const Relationship&)> visit) const;
  void VisitAdmins(CustomerId customer, std::int64_t revision,
                   absl::FunctionRef<bool(const Admin&)> visit) const;

  // What a partner has with customers, ordered by customer number and then
  // entity; `after` resumes. Only states live at the revision, as recorded:
  // what has run out since then is visited, too.
  struct Cursor {
    CustomerId customer = 0;
    std::uint32_t entity = 0;
    bool started = false;
  };
  void VisitOwned(PartnerId owner, std::int64_t revision,
                  absl::FunctionRef<bool(const Relationship&)> visit) const;
  void VisitAssociated(
      PartnerId reseller, std::int64_t revision,
      absl::FunctionRef<bool(const Relationship&)> visit) const;
  // `visit` gets the cursor that resumes after the entity.
  void VisitAdministered(
      PartnerId delegate, std::int64_t revision, Cursor after,
      absl::FunctionRef<bool(const Admin&, Cursor)> visit) const;

  // Requests the partner sponsors that wait for the customer, as recorded.
  void VisitSponsored(PartnerId sponsor, std::int64_t revision,
                      absl::FunctionRef<bool(const Admin&)> visit) const;

  // Requests that would make the partner a delegate and wait for the customer.
  void VisitPendingDelegate(PartnerId delegate, std::int64_t revision,
                            absl::FunctionRef<bool(const Admin&)> visit) const;

  // --- Derived ------------------------------------------------------------

  // Whether an ACTIVE partnership joins the two at the revision.
  bool HavePartnership(PartnerId provider, PartnerId reseller,
                       std::int64_t revision) const;
  // The live relationship of an owner with a customer.
  std::optional<Relationship> LiveRelationship(CustomerId customer,
                                               PartnerId owner,
                                               std::int64_t revision) const;
  // Whether `reseller` is associated with the live relationship that `owner`
  // has with the customer.
  bool IsAssociatedFor(CustomerId customer, PartnerId owner, PartnerId reseller,
                       std::int64_t revision) const;
  // Whether the partner owns, is associated with or administers the customer at
  // a moment, in microseconds since 1970; by default by what is recorded.
  bool Knows(PartnerId partner, CustomerId customer, std::int64_t revision,
             std::int64_t moment_us = 0) const;
  // Ids of the customers the partner knows, ordered as bytes, and perhaps of
  // some it knew until its administration ran out; nullopt when there may be
  // more than `limit`.
  std::optional<std::vector<std::string>> VisibleCustomers(
      PartnerId partner, std::int64_t revision, std::size_t limit) const;

  // Every fact live at a revision, one line each, ordered: two graphs with
  // equal lines answer every question alike.
  std::vector<std::string> Describe(std::int64_t revision) const;

 private:
  using EntityId = std::uint32_t;
  using Edge = std::pair<CustomerId, EntityId>;

  struct PartnershipEntity {
    std::uint64_t id;
    PartnerId provider;
    PartnerId reseller;
    absl::InlinedVector<PartnershipFact, 1> versions;
  };
  struct RelationshipEntity {
    std::uint64_t id;
    CustomerId customer;
    PartnerId owner;
    absl::InlinedVector<RelationshipFact, 1> versions;
  };
  // Read by every check: in one line of the processor's cache.
  struct alignas(64) AdminEntity {
    std::uint64_t id;
    CustomerId customer;
    PartnerId delegate;
    PartnerId sponsor;
    absl::InlinedVector<AdminFact, 1> versions;
  };
  struct PartnerNode {
    absl::InlinedVector<PartnerFact, 1> versions;
    std::vector<EntityId> partnerships;
    // Edges that exist in some version still held.
    absl::btree_set<Edge> owned;
    absl::btree_set<Edge> associated;
    absl::btree_set<Edge> administered;
    absl::btree_set<Edge> sponsored;
  };
  struct CustomerNode {
    absl::InlinedVector<CustomerFact, 1> versions;
    absl::InlinedVector<EntityId, 2> admins;
    absl::InlinedVector<EntityId, 2> relationships;
  };
  // An entity with something to drop once nobody is older than `revision`.
  struct Touched {
    std::int64_t revision;
    Kind kind;
    std::uint32_t entity;
  };

  // Administration of an edge set that waits for the customer.
  void VisitPending(const absl::btree_set<Edge>& edges, std::int64_t revision,
                    absl::FunctionRef<bool(const Admin&)> visit) const;
  PartnerId InternPartner(absl::string_view name);
  CustomerId InternCustomer(absl::string_view name);
  void ApplyPartner(const v1::Partner& document, std::int64_t revision);
  void ApplyCustomer(const v1::Customer& document, std::int64_t revision);
  void ApplyPartnership(const v1::Partnership& document, std::int64_t revision);
  void ApplyRelationship(const v1::ResellerRelationship& document,
                         std::int64_t revision);
  AdminFact FactOf(const v1::AdminRelationship& document) const;
  void ApplyAdmin(const v1::AdminRelationship& document, std::int64_t revision);
  void RollbackEntity(const Touched& touched, std::int64_t revision);
  void SweepEntity(const Touched& touched);
  using Partners = absl::InlinedVector<PartnerId, 2>;
  // Resellers that some version held names.
  static Partners AssociatedEver(const RelationshipEntity& entity);
  // Drops the edges of those of `named` that no version held names any more.
  void UnlinkAssociated(EntityId id, Partners named);
  void UnlinkRelationship(EntityId id);
  void UnlinkAdmin(EntityId id);

  std::string NameOfChild(CustomerId customer, absl::string_view collection,
                          std::uint64_t id) const;

  const std::string program_;
  // `programs/{program}/partners/` and the like, which names begin with.
  const std::string partner_prefix_;
  const std::string customer_prefix_;
  const Catalogue* const catalogue_;
  std::int64_t oldest_ = 0;
  NameTable partner_names_;
  NameTable customer_names_;
  Blocks<PartnerNode> partners_;
  Blocks<CustomerNode> customers_;
  Blocks<PartnershipEntity> partnerships_;
  Blocks<RelationshipEntity> relationships_;
  Blocks<AdminEntity> admins_;
  // Entities that left the graph, for reuse.
  std::vector<EntityId> free_relationships_;
  std::vector<EntityId> free_admins_;
  // In the order written.
  std::deque<Touched> touched_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_GRAPH_H_
