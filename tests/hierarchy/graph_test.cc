// The versioned graph. Goal: at every revision held it answers as the documents
// of that revision say, whatever was rolled back or swept in between, and keeps
// nothing it no longer needs. Method: examples, and random changes against the
// documents themselves.

#include "hierarchy/model/graph.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decide.h"
#include "tests/hierarchy/seed.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Message;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr char kProgram[] = "global";

std::string PartnerText(absl::string_view id) {
  return PartnerName(kProgram, id);
}

v1::Partner MakePartner(absl::string_view id) {
  v1::Partner partner;
  partner.set_name(PartnerText(id));
  partner.set_state(v1::PARTNER_STATE_ACTIVE);
  return partner;
}

v1::Customer MakeCustomer(absl::string_view id) {
  v1::Customer customer;
  customer.set_name(CustomerName(kProgram, id));
  customer.set_state(v1::CUSTOMER_STATE_ACTIVE);
  return customer;
}

v1::Partnership MakePartnership(std::uint64_t id, absl::string_view provider,
                                absl::string_view reseller) {
  v1::Partnership partnership;
  partnership.set_name(
      ChildName(ProgramName(kProgram), Kind::kPartnership, EncodeId(id)));
  partnership.set_provider(PartnerText(provider));
  partnership.set_reseller(PartnerText(reseller));
  partnership.set_state(v1::PARTNERSHIP_STATE_ACTIVE);
  return partnership;
}

v1::ResellerRelationship MakeRelationship(
    std::uint64_t id, absl::string_view customer, absl::string_view owner,
    const std::vector<std::string>& associated = {}) {
  v1::ResellerRelationship relationship;
  relationship.set_name(ChildName(CustomerName(kProgram, customer),
                                  Kind::kResellerRelationship, EncodeId(id)));
  relationship.set_owner(PartnerText(owner));
  relationship.set_state(v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
  for (const std::string& reseller : associated) {
    relationship.add_associated_resellers()->set_partner(PartnerText(reseller));
  }
  return relationship;
}

v1::AdminRelationship MakeAdmin(std::uint64_t id, absl::string_view customer,
                                absl::string_view delegate) {
  v1::AdminRelationship admin;
  admin.set_name(ChildName(CustomerName(kProgram, customer),
                           Kind::kAdminRelationship, EncodeId(id)));
  admin.set_delegate(PartnerText(delegate));
  admin.set_kind(v1::ADMIN_KIND_BROAD);
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  admin.add_duties(v1::ADMIN_DUTY_SUPPORT);
  admin.mutable_scope()->set_all_services(true);
  return admin;
}

class GraphTest : public testing::Test {
 protected:
  GraphTest() : graph_(kProgram, Policies().CatalogueOf(kProgram)) {
    for (const char* id : {"p", "q", "r"}) {
      graph_.Apply(Kind::kPartner, MakePartner(id), 1);
    }
    graph_.Apply(Kind::kCustomer, MakeCustomer("c"), 1);
    graph_.Apply(Kind::kCustomer, MakeCustomer("d"), 1);
  }
  PartnerId P(absl::string_view id) { return *graph_.FindPartner(id); }
  CustomerId C(absl::string_view id) { return *graph_.FindCustomer(id); }
  // Customers a partner is associated with, as often as they are visited.
  std::vector<std::string> AssociatedWith(absl::string_view reseller,
                                          std::int64_t revision) {
    std::vector<std::string> found;
    graph_.VisitAssociated(
        P(reseller), revision, [&](const Graph::Relationship& item) {
          found.emplace_back(graph_.CustomerText(item.customer));
          return true;
        });
    return found;
  }

  Graph graph_;
};

TEST_F(GraphTest, AnswersAtEachRevisionAsItWasThen) {
  v1::Partner partner = MakePartner("p");
  partner.set_state(v1::PARTNER_STATE_SUSPENDED);
  graph_.Apply(Kind::kPartner, partner, 5);
  EXPECT_EQ(graph_.PartnerAt(P("p"), 0), nullptr);
  EXPECT_EQ(graph_.PartnerAt(P("p"), 1)->state, v1::PARTNER_STATE_ACTIVE);
  EXPECT_EQ(graph_.PartnerAt(P("p"), 4)->state, v1::PARTNER_STATE_ACTIVE);
  EXPECT_EQ(graph_.PartnerAt(P("p"), 5)->state, v1::PARTNER_STATE_SUSPENDED);
  EXPECT_EQ(graph_.PartnerAt(P("p"), 99)->state, v1::PARTNER_STATE_SUSPENDED);
}

TEST_F(GraphTest, LiveEnrolmentHidesEndedOnesOfItsType) {
  v1::Partner partner = MakePartner("p");
  const auto add = [&](v1::EnrollmentType type, v1::EnrollmentState state) {
    partner.add_enrollments()->set_type(type);
    partner.mutable_enrollments()->rbegin()->set_state(state);
  };
  add(v1::ENROLLMENT_TYPE_ADVISOR, v1::ENROLLMENT_STATE_ENDED);
  add(v1::ENROLLMENT_TYPE_ADVISOR, v1::ENROLLMENT_STATE_RESTRICTED);
  add(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER, v1::ENROLLMENT_STATE_ENDED);
  graph_.Apply(Kind::kPartner, partner, 2);
  const Graph::PartnerFact* fact = graph_.PartnerAt(P("p"), 2);
  EXPECT_TRUE(
      fact->Has(v1::ENROLLMENT_TYPE_ADVISOR, v1::ENROLLMENT_STATE_RESTRICTED));
  EXPECT_TRUE(fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                        v1::ENROLLMENT_STATE_ENDED));
  EXPECT_TRUE(fact->Has(v1::ENROLLMENT_TYPE_SYNDICATION,
                        v1::ENROLLMENT_STATE_UNSPECIFIED));
}

TEST_F(GraphTest, NamesOfOtherProgramsAndKindsAreUnknown) {
  EXPECT_TRUE(graph_.PartnerNamed("programs/global/partners/p"));
  EXPECT_TRUE(graph_.CustomerNamed("programs/global/customers/c"));
  for (const char* name :
       {"programs/germany/partners/p", "programs/global/customers/p",
        "programs/global/partners/", "programs/global/partners/p/x", "p", "",
        "programs/global/partnerz/p", "programs/globalxpartners/p"}) {
    EXPECT_FALSE(graph_.PartnerNamed(name)) << name;
  }
}

TEST_F(GraphTest, PartnershipMustBeActiveAndOfTheTwo) {
  v1::Partnership partnership = MakePartnership(1, "p", "r");
  partnership.set_state(v1::PARTNERSHIP_STATE_PENDING);
  graph_.Apply(Kind::kPartnership, partnership, 2);
  partnership.set_state(v1::PARTNERSHIP_STATE_ACTIVE);
  graph_.Apply(Kind::kPartnership, partnership, 3);
  EXPECT_FALSE(graph_.HavePartnership(P("p"), P("r"), 2));
  EXPECT_TRUE(graph_.HavePartnership(P("p"), P("r"), 3));
  EXPECT_FALSE(graph_.HavePartnership(P("r"), P("p"), 3));
  EXPECT_FALSE(graph_.HavePartnership(P("q"), P("r"), 3));
}

TEST_F(GraphTest, KnowsOwnersAssociatesAndDelegates) {
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"q"}), 2);
  graph_.Apply(Kind::kAdminRelationship, MakeAdmin(2, "d", "r"), 3);
  EXPECT_TRUE(graph_.Knows(P("p"), C("c"), 2));
  EXPECT_TRUE(graph_.Knows(P("q"), C("c"), 2));
  EXPECT_FALSE(graph_.Knows(P("r"), C("c"), 3));
  EXPECT_FALSE(graph_.Knows(P("r"), C("d"), 2));
  EXPECT_TRUE(graph_.Knows(P("r"), C("d"), 3));
  EXPECT_TRUE(graph_.IsAssociatedFor(C("c"), P("p"), P("q"), 2));
  EXPECT_FALSE(graph_.IsAssociatedFor(C("c"), P("q"), P("p"), 2));
  EXPECT_THAT(graph_.VisibleCustomers(P("q"), 3, 10),
              Optional(ElementsAre("c")));
  EXPECT_THAT(graph_.VisibleCustomers(P("q"), 1, 10), Optional(IsEmpty()));
  EXPECT_EQ(graph_.VisibleCustomers(P("q"), 3, 0), std::nullopt);
}

TEST_F(GraphTest, AdministeredIsResumedAfterACursor) {
  for (int i = 0; i < 5; ++i) {
    graph_.Apply(Kind::kCustomer, MakeCustomer(absl::StrCat("x", i)), 2);
    graph_.Apply(Kind::kAdminRelationship,
                 MakeAdmin(10 + i, absl::StrCat("x", i), "r"), 2);
  }
  std::vector<std::string> found;
  Graph::Cursor cursor;
  for (int step = 0; step < 5; ++step) {
    graph_.VisitAdministered(
        P("r"), 2, cursor, [&](const Graph::Admin& item, Graph::Cursor at) {
          found.emplace_back(graph_.CustomerText(item.customer));
          cursor = at;
          return false;
        });
  }
  EXPECT_THAT(found, ElementsAre("x0", "x1", "x2", "x3", "x4"));
}

TEST_F(GraphTest, RollbackForgetsEveryVersionAndEdge) {
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"q"}), 2);
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"r"}), 3);
  graph_.Apply(Kind::kAdminRelationship, MakeAdmin(2, "c", "r"), 3);
  graph_.Rollback(1);
  for (const char* id : {"p", "q", "r"}) {
    EXPECT_THAT(graph_.VisibleCustomers(P(id), 9, 0), Optional(IsEmpty()))
        << id;
  }
}

TEST_F(GraphTest, RollbackOfOneVersionForgetsOnlyItsEdges) {
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"q"}), 2);
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"q", "r"}), 3);
  graph_.Rollback(2);
  EXPECT_THAT(AssociatedWith("q", 9), ElementsAre("c"));
  EXPECT_THAT(graph_.VisibleCustomers(P("r"), 9, 0), Optional(IsEmpty()));
}

TEST_F(GraphTest, SlotReusedAfterARollbackIsVisitedOnce) {
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"q"}), 2);
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(1, "c", "p", {"r"}), 3);
  graph_.Rollback(1);
  graph_.Apply(Kind::kResellerRelationship,
               MakeRelationship(2, "d", "p", {"q"}), 2);
  EXPECT_THAT(AssociatedWith("q", 2), ElementsAre("d"));
}

TEST_F(GraphTest, SweepKeepsAnswersFromTheOldestOn) {
  v1::AdminRelationship admin = MakeAdmin(1, "c", "r");
  graph_.Apply(Kind::kAdminRelationship, admin, 2);
  admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  graph_.Apply(Kind::kAdminRelationship, admin, 5);
  EXPECT_FALSE(graph_.Sweep(4));
  EXPECT_EQ(graph_.oldest(), 4);
  EXPECT_TRUE(graph_.Knows(P("r"), C("c"), 4));
  EXPECT_FALSE(graph_.Knows(P("r"), C("c"), 5));
  EXPECT_FALSE(graph_.Sweep(5));
  EXPECT_THAT(graph_.VisibleCustomers(P("r"), 5, 0), Optional(IsEmpty()))
      << "what ended is gone";
}

TEST_F(GraphTest, SweepGoesInSteps) {
  for (int revision = 2; revision < 1500; ++revision) {
    graph_.Apply(Kind::kPartner, MakePartner("p"), revision);
  }
  int steps = 1;
  while (graph_.Sweep(1500)) ++steps;
  EXPECT_GT(steps, 1);
  EXPECT_LT(steps, 10);
}

// --- Against the documents
// -------------------------------------------------------

// Every version of every document, and what follows from them, found without
// any index.
class Versions {
 public:
  void Put(Kind kind, const std::string& name, const Message& document,
           std::int64_t revision) {
    std::unique_ptr<Message> copy(document.New());
    copy->CopyFrom(document);
    all_[{kind, name}][revision] = std::move(copy);
  }
  void Rollback(std::int64_t revision) {
    for (auto at = all_.begin(); at != all_.end();) {
      auto& versions = at->second;
      versions.erase(versions.upper_bound(revision), versions.end());
      at = versions.empty() ? all_.erase(at) : std::next(at);
    }
  }
  template <typename Visit>
  void At(std::int64_t revision, Visit visit) const {
    for (const auto& [key, versions] : all_) {
      const auto after = versions.upper_bound(revision);
      if (after == versions.begin()) continue;
      visit(key.first, *std::prev(after)->second);
    }
  }
  template <typename Resource, typename Visit>
  void Each(Kind wanted, std::int64_t revision, Visit visit) const {
    for (auto at = all_.lower_bound({wanted, ""});
         at != all_.end() && at->first.first == wanted; ++at) {
      const auto after = at->second.upper_bound(revision);
      if (after == at->second.begin()) continue;
      visit(static_cast<const Resource&>(*std::prev(after)->second));
    }
  }
  std::unique_ptr<Graph> Rebuild(std::int64_t revision) const {
    auto graph =
        std::make_unique<Graph>(kProgram, Policies().CatalogueOf(kProgram));
    At(revision, [&](Kind kind, const Message& document) {
      graph->Apply(kind, document, revision);
    });
    return graph;
  }
  // Ids of the customers a partner knows, and how many edges it has to live
  // facts.
  std::set<std::string> Known(const std::string& partner, std::int64_t revision,
                              int* edges) const {
    std::set<std::string> known;
    Each<v1::ResellerRelationship>(
        Kind::kResellerRelationship, revision, [&](const auto& item) {
          if (item.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) return;
          const std::string customer(LastId(ParentOf(item.name())));
          if (item.owner() == partner) {
            known.insert(customer);
            ++*edges;
          }
          for (const auto& associated : item.associated_resellers()) {
            if (associated.partner() == partner && !associated.has_end_time()) {
              known.insert(customer);
              ++*edges;
            }
          }
        });
    Each<v1::AdminRelationship>(
        Kind::kAdminRelationship, revision, [&](const auto& item) {
          if (item.delegate() != partner) return;
          if (item.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
            known.insert(std::string(LastId(ParentOf(item.name()))));
          }
          *edges +=
              item.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE ||
              item.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING;
        });
    return known;
  }

 private:
  std::map<std::pair<Kind, std::string>,
           std::map<std::int64_t, std::unique_ptr<Message>>>
      all_;
};

// Random versions of a few partners, customers and what joins them.
class RandomGraph {
 public:
  explicit RandomGraph(Choices* choices) : choices_(*choices) {
    for (int i = 0; i < 5; ++i) {
      partners_.push_back(absl::StrCat("p", i));
      customers_.push_back(absl::StrCat("c", i));
    }
  }

  // The next version of something.
  std::unique_ptr<Message> Next() {
    switch (choices_.Below(8)) {
      case 0: {
        v1::Partner partner = MakePartner(choices_.Of(partners_));
        partner.set_state(static_cast<v1::PartnerState>(1 + choices_.Below(3)));
        partner.add_enrollments()->set_type(
            static_cast<v1::EnrollmentType>(1 + choices_.Below(5)));
        partner.mutable_enrollments(0)->set_state(
            static_cast<v1::EnrollmentState>(1 + choices_.Below(3)));
        return std::make_unique<v1::Partner>(partner);
      }
      case 1: {
        v1::Customer customer = MakeCustomer(choices_.Of(customers_));
        customer.set_state(
            static_cast<v1::CustomerState>(1 + choices_.Below(2)));
        return std::make_unique<v1::Customer>(customer);
      }
      case 2: {
        v1::Partnership partnership = Old(&partnerships_, [&] {
          return MakePartnership(++last_id_, choices_.Of(partners_),
                                 choices_.Of(partners_));
        });
        partnership.set_state(
            static_cast<v1::PartnershipState>(1 + choices_.Below(5)));
        return std::make_unique<v1::Partnership>(partnership);
      }
      case 3:
      case 4:
      case 5: {
        v1::ResellerRelationship relationship = Old(&relationships_, [&] {
          return MakeRelationship(++last_id_, choices_.Of(customers_),
                                  choices_.Of(partners_));
        });
        relationship.clear_associated_resellers();
        for (const std::string& partner : partners_) {
          if (choices_.OneIn(3)) {
            auto* item = relationship.add_associated_resellers();
            item->set_partner(PartnerText(partner));
            if (choices_.OneIn(3)) item->mutable_end_time()->set_seconds(1);
          }
        }
        if (choices_.OneIn(3)) {
          relationship.set_state(v1::RESELLER_RELATIONSHIP_STATE_TERMINATED);
          for (auto& item : *relationship.mutable_associated_resellers()) {
            item.mutable_end_time()->set_seconds(1);
          }
        }
        return std::make_unique<v1::ResellerRelationship>(relationship);
      }
      default: {
        v1::AdminRelationship admin = Old(&admins_, [&] {
          v1::AdminRelationship fresh = MakeAdmin(
              ++last_id_, choices_.Of(customers_), choices_.Of(partners_));
          if (choices_.OneIn(2)) {
            fresh.set_sponsor(PartnerText(choices_.Of(partners_)));
          }
          return fresh;
        });
        admin.set_state(
            static_cast<v1::AdminRelationshipState>(1 + choices_.Below(4)));
        return std::make_unique<v1::AdminRelationship>(admin);
      }
    }
  }
  const std::vector<std::string>& partners() const { return partners_; }
  const std::vector<std::string>& customers() const { return customers_; }

  // What is over stays over: names that ended are not used again.
  void Keep(const Message& document) {
    const auto keep = [](auto* list, const auto& item, bool over) {
      for (auto at = list->begin(); at != list->end(); ++at) {
        if (at->name() == item.name()) {
          list->erase(at);
          break;
        }
      }
      if (!over) list->push_back(item);
    };
    if (const auto* admin =
            dynamic_cast<const v1::AdminRelationship*>(&document)) {
      keep(&admins_, *admin,
           admin->state() == v1::ADMIN_RELATIONSHIP_STATE_REJECTED ||
               admin->state() == v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
    } else if (const auto* relationship =
                   dynamic_cast<const v1::ResellerRelationship*>(&document)) {
      keep(&relationships_, *relationship,
           relationship->state() == v1::RESELLER_RELATIONSHIP_STATE_TERMINATED);
    } else if (const auto* partnership =
                   dynamic_cast<const v1::Partnership*>(&document)) {
      keep(&partnerships_, *partnership, false);
    }
  }
  void Forget(const Versions& versions, std::int64_t head) {
    admins_.clear();
    relationships_.clear();
    partnerships_.clear();
    versions.At(head, [&](Kind, const Message& document) { Keep(document); });
  }

 private:
  template <typename List, typename Make>
  typename List::value_type Old(List* list, Make make) {
    if (list->empty() || choices_.OneIn(3)) return make();
    return choices_.Of(*list);
  }

  Choices& choices_;
  std::vector<std::string> partners_;
  std::vector<std::string> customers_;
  std::vector<v1::Partnership> partnerships_;
  std::vector<v1::ResellerRelationship> relationships_;
  std::vector<v1::AdminRelationship> admins_;
  std::uint64_t last_id_ = 0;
};

void ExpectEqualAt(const Graph& graph, const Versions& versions,
                   const RandomGraph& random, std::int64_t revision) {
  SCOPED_TRACE(absl::StrCat("at revision ", revision));
  EXPECT_EQ(graph.Describe(revision),
            versions.Rebuild(revision)->Describe(revision));
  std::set<std::pair<std::string, std::string>> pairs;
  versions.Each<v1::Partnership>(
      Kind::kPartnership, revision, [&](const v1::Partnership& item) {
        if (item.state() == v1::PARTNERSHIP_STATE_ACTIVE) {
          pairs.insert({item.provider(), item.reseller()});
        }
      });
  for (const std::string& id : random.partners()) {
    const auto partner = graph.FindPartner(id);
    if (!partner) continue;
    int edges = 0;
    const auto known = versions.Known(PartnerText(id), revision, &edges);
    EXPECT_EQ(graph.VisibleCustomers(*partner, revision, 1000),
              std::vector<std::string>(known.begin(), known.end()));
    for (const std::string& customer : random.customers()) {
      const auto number = graph.FindCustomer(customer);
      if (!number) continue;
      EXPECT_EQ(graph.Knows(*partner, *number, revision),
                known.count(customer) > 0);
    }
    for (const std::string& other : random.partners()) {
      const auto reseller = graph.FindPartner(other);
      if (!reseller) continue;
      EXPECT_EQ(graph.HavePartnership(*partner, *reseller, revision),
                pairs.count({PartnerText(id), PartnerText(other)}) > 0);
    }
  }
}

// After a whole sweep nobody has an edge to what is not live.
void ExpectNothingLeftOver(const Graph& graph, const Versions& versions,
                           const RandomGraph& random, std::int64_t head) {
  for (const std::string& id : random.partners()) {
    const auto partner = graph.FindPartner(id);
    if (!partner) continue;
    int edges = 0;
    versions.Known(PartnerText(id), head, &edges);
    EXPECT_TRUE(graph.VisibleCustomers(*partner, head, edges).has_value())
        << id << " has more than " << edges << " edges";
  }
}

TEST(RandomGraphTest, EqualsTheDocumentsAtEveryRevisionHeld) {
  Choices choices;
  RandomGraph random(&choices);
  Versions versions;
  Graph graph(kProgram, Policies().CatalogueOf(kProgram));
  std::int64_t head = 1;
  std::int64_t oldest = 1;
  for (int step = 0; step < 600 && !testing::Test::HasFailure(); ++step) {
    if (choices.OneIn(10) && head > oldest) {
      head = oldest + choices.Below(static_cast<int>(head - oldest));
      graph.Rollback(head);
      versions.Rollback(head);
      random.Forget(versions, head);
    } else if (choices.OneIn(15)) {
      oldest = std::max(oldest, head - choices.Below(4));
      while (graph.Sweep(oldest)) {
      }
      if (oldest == head) {
        ExpectNothingLeftOver(graph, versions, random, head);
      }
    } else {
      ++head;
      for (int i = choices.Below(3); i >= 0; --i) {
        const std::unique_ptr<Message> document = random.Next();
        const auto* field = document->GetDescriptor()->FindFieldByName("name");
        const std::string name =
            document->GetReflection()->GetString(*document, field);
        graph.Apply(KindOfName(name), *document, head);
        versions.Put(KindOfName(name), name, *document, head);
        random.Keep(*document);
      }
    }
    ExpectEqualAt(graph, versions, random, head);
    ExpectEqualAt(graph, versions, random,
                  oldest + choices.Below(static_cast<int>(head - oldest + 1)));
  }
}

}  // namespace
}  // namespace partner::hierarchy
