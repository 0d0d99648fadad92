// What holds after any sequence of commands (R11-R13, R17, R23, R43, R46, R49,
// R54, C4). Goal: no order of accepted commands breaks a structural rule.
// Method: random commands by random callers over a small world; after each, the
// documents themselves are looked at.

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/policy/standing.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/seed.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

class RandomCommands {
 public:
  RandomCommands(absl::string_view program, Choices* choices)
      : w_(program), choices_(*choices) {
    for (const char* id : {"p1", "p2"}) Add(w_.AddProvider(id));
    Add(w_.AddDirectBill("d1"));
    for (const char* id : {"r1", "r2", "r3"}) Add(w_.AddReseller(id));
    Add(w_.AddPartner("a1", {v1::ENROLLMENT_TYPE_ADVISOR}));
    for (const char* id : {"c1", "c2", "c3"}) {
      w_.AddCustomer(id);
      customers_.push_back(id);
    }
    w_.Partnership("p1", "r1");
    w_.Partnership("p2", "r2");
  }

  World& world() { return w_; }

  // One command; whether it was accepted is its own matter.
  Decision Step() {
    const std::string customer = choices_.Of(customers_);
    const std::string partner = choices_.Of(partners_);
    const std::string other = choices_.Of(partners_);
    switch (choices_.Below(16)) {
      case 0: {
        v1::CreatePartnershipRequest request;
        request.set_parent(w_.Program());
        request.set_reseller(w_.Partner(other));
        return w_.Run(Caller(partner), request);
      }
      case 1:
        return OnAny<v1::AcceptPartnershipRequest>(Kind::kPartnership,
                                                   Caller(partner));
      case 2:
        return OnAny<v1::TerminatePartnershipRequest>(Kind::kPartnership,
                                                      Caller(partner));
      case 3: {
        auto request = w_.InviteRequest(partner);
        if (choices_.OneIn(3)) {
          request.mutable_invitation()->set_admin_offer(v1::ADMIN_OFFER_NONE);
        }
        return w_.Run(Caller(choices_.OneIn(5) ? other : partner), request);
      }
      case 4:
        return OnAny<v1::ForwardInvitationRequest>(Kind::kInvitation,
                                                   Caller(partner));
      case 5:
      case 6: {
        const std::string name = Any(
            choices_.OneIn(2) ? Kind::kInvitation : Kind::kInvitationForward);
        auto request = w_.AcceptRequest(name);
        request.set_replace_overlapping(choices_.OneIn(2));
        if (choices_.OneIn(4)) request.set_customer(w_.Customer(customer));
        return w_.Run(
            choices_.OneIn(8) ? Caller(partner) : w_.CustomerCaller(customer),
            request);
      }
      case 7:
      case 8: {
        auto request = choices_.OneIn(2)
                           ? w_.GrantRequest(customer, partner)
                           : w_.GrantRequest(customer, partner, Services());
        request.set_replace_overlapping(choices_.OneIn(2));
        return w_.Run(
            choices_.OneIn(8) ? Caller(other) : w_.CustomerCaller(customer),
            request);
      }
      case 9:
        return w_.Run(Caller(partner), w_.AskRequest(customer, other));
      case 10: {
        auto request = World::Named<v1::ApproveAdminRelationshipRequest>(
            Any(Kind::kAdminRelationship));
        request.set_replace_overlapping(choices_.OneIn(2));
        return w_.Run(w_.CustomerCaller(customer), request);
      }
      case 11:
        return OnAny<v1::TerminateAdminRelationshipRequest>(
            Kind::kAdminRelationship,
            choices_.OneIn(2) ? Caller(partner) : w_.CustomerCaller(customer));
      case 12:
        return OnAny<v1::TerminateResellerRelationshipRequest>(
            Kind::kResellerRelationship, Caller(partner));
      case 13: {
        auto request = World::Named<v1::AssociateResellerRequest>(
            Any(Kind::kResellerRelationship));
        request.set_reseller(w_.Partner(other));
        return w_.Run(Caller(partner), request);
      }
      case 14:
        return Lifecycle(partner);
      default: {
        const std::string id = absl::StrCat("c", customers_.size() + 1);
        auto request = w_.CustomerRequest(id);
        if (choices_.OneIn(4)) {
          request.mutable_customer()->set_tenant_id(World::Tenant(other));
        }
        if (customers_.size() > 6) return {};
        Decision decision = w_.Run(Caller(partner), request);
        if (decision.response != nullptr) customers_.push_back(id);
        return decision;
      }
    }
  }

 private:
  void Add(const std::string& name) {
    partners_.push_back(std::string(LastId(name)));
  }
  Principal Caller(const std::string& id) { return w_.PartnerCaller(id); }
  // The name of some document of a kind, or of none.
  std::string Any(Kind kind) {
    std::vector<std::string> names;
    for (const auto& [name, body] : w_.documents().bodies()) {
      if (KindOfName(name) == kind) names.push_back(name);
    }
    if (names.empty()) {
      return kind == Kind::kPartnership
                 ? ChildName(w_.Program(), kind, EncodeId(99))
                 : ChildName(kind == Kind::kInvitation ? w_.Partner("p1")
                                                       : w_.Customer("c1"),
                             kind, EncodeId(99));
    }
    return choices_.Of(names);
  }
  template <typename Request>
  Decision OnAny(Kind kind, const Principal& caller) {
    return w_.Run(caller, World::Named<Request>(Any(kind)));
  }
  std::vector<std::string> Services() {
    std::vector<std::string> some;
    for (const char* id : {"azure", "dynamics-crm", "exchange-online"}) {
      if (choices_.OneIn(2)) some.push_back(id);
    }
    if (some.empty()) some.push_back("azure");
    return some;
  }
  Decision Lifecycle(const std::string& partner) {
    const std::string name = w_.Partner(partner);
    const auto type = static_cast<v1::EnrollmentType>(1 + choices_.Below(3));
    const auto enrolment = [&](auto request) {
      request.set_name(name);
      request.set_type(type);
      return w_.Run(World::Operator(), request);
    };
    // Taking part for the first time is left out: a grant made before is not
    // looked at again (R43).
    // What lets a partner act again comes more often than what stops it, or
    // soon nobody may do anything.
    switch (choices_.Below(9)) {
      case 0:
        return enrolment(v1::RestrictPartnerEnrollmentRequest());
      case 1:
        return enrolment(v1::EndPartnerEnrollmentRequest());
      case 2:
        return w_.Run(World::Operator(),
                      World::Named<v1::SuspendPartnerRequest>(name));
      case 3:
      case 4:
      case 5:
        return w_.Run(World::Operator(),
                      World::Named<v1::ReinstatePartnerRequest>(name));
      default: {
        const auto id = *w_.graph().FindPartner(partner);
        if (w_.graph().PartnerAt(id, w_.revision())->enrollments[type] ==
            v1::ENROLLMENT_STATE_UNSPECIFIED) {
          return {};
        }
        return enrolment(v1::EnrollPartnerRequest());
      }
    }
  }

  World w_;
  Choices& choices_;
  std::vector<std::string> partners_;
  std::vector<std::string> customers_;
};

using Bodies = std::map<std::string, std::string>;

// Names of one kind whose bodies differ.
std::set<Kind> KindsChanged(const Bodies& before, const Bodies& after) {
  std::set<Kind> kinds;
  for (const auto& [name, body] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != body) {
      kinds.insert(KindOfName(name));
    }
  }
  return kinds;
}

// R11, R13, R15, R17: issuers and owners could issue when they did, which the
// decision itself tested; here: no reseller ever stands as either.
void ExpectOwnersAreIssuers(const World& w) {
  for (const auto& invitation : w.ReadAll<v1::Invitation>(Kind::kInvitation)) {
    EXPECT_TRUE(w.edition().MayIssueInvitations(invitation.as_enrollment()))
        << invitation.name();
  }
  std::set<std::pair<std::string, std::string>> live;
  for (const auto& relationship :
       w.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship)) {
    EXPECT_TRUE(w.edition().MayIssueInvitations(relationship.as_enrollment()));
    if (!relationship.acceptance().empty()) {
      EXPECT_EQ(ParentOf(ParentOf(relationship.acceptance())),
                relationship.owner())
          << "the issuer owns";
    }
    if (relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      EXPECT_TRUE(live.insert({std::string(ParentOf(relationship.name())),
                               relationship.owner()})
                      .second)
          << "one live relationship for each owner (D9)";
    }
    int defaults = 0;
    for (const auto& item : relationship.associated_resellers()) {
      defaults += item.is_default() && !item.has_end_time();
    }
    EXPECT_LE(defaults, 1);
  }
}

// R43: one programme delegate for each service of a customer.
void ExpectOneDelegateForEachService(const World& w) {
  std::map<std::pair<std::string, std::string>, std::string> holders;
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& admin :
       w.ReadAll<v1::AdminRelationship>(Kind::kAdminRelationship)) {
    if (admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) continue;
    const std::string customer(ParentOf(admin.name()));
    EXPECT_TRUE(pairs.insert({customer, admin.delegate()}).second)
        << "one live administration for each delegate (D14)";
    const auto id = w.graph().PartnerNamed(admin.delegate());
    if (!EverInProgramme(w.edition(),
                         *w.graph().PartnerAt(*id, w.revision()))) {
      continue;
    }
    const auto services =
        admin.scope().all_services()
            ? w.edition().ServiceNames(w.edition().all_services())
            : std::vector<std::string>(admin.scope().services().begin(),
                                       admin.scope().services().end());
    EXPECT_FALSE(services.empty());
    for (const std::string& service : services) {
      EXPECT_TRUE(
          holders.insert({{customer, service}, admin.delegate()}).second)
          << service << " of " << customer;
    }
  }
}

// R2: nothing names another program.
void ExpectOneProgram(const World& w) {
  for (const auto& [name, body] : w.documents().bodies()) {
    EXPECT_EQ(ProgramOf(name), w.program());
    for (const char* other : {"global", "germany", "china-21vianet"}) {
      if (w.program() == other) continue;
      EXPECT_EQ(body.find(absl::StrCat("programs/", other, "/")),
                std::string::npos)
          << name;
    }
  }
}

// What an accepted command may touch, by its response; everything it touched
// carries its revision.
void ExpectOnlyItsOwnTouched(const World& w, const Decision& decision,
                             const Bodies& before) {
  const std::set<Kind> kinds = KindsChanged(before, w.documents().bodies());
  const std::string& response = decision.response->GetDescriptor()->name();
  if (response.rfind("Grant", 0) == 0 || response.rfind("Approve", 0) == 0 ||
      response.rfind("TerminateAdmin", 0) == 0) {
    EXPECT_THAT(kinds, testing::ElementsAre(Kind::kAdminRelationship))
        << "R46, R49";
  } else if (response.rfind("TerminatePartnership", 0) == 0) {
    EXPECT_THAT(kinds, testing::ElementsAre(Kind::kPartnership)) << "R54";
  } else if (response.rfind("TerminateReseller", 0) == 0) {
    EXPECT_TRUE(
        testing::Value(kinds, testing::IsSubsetOf({Kind::kResellerRelationship,
                                                   Kind::kAdminRelationship})))
        << "D20";
  }
  for (const Mutation& mutation : decision.mutations) {
    const auto* etag =
        mutation.document->GetDescriptor()->FindFieldByName("etag");
    EXPECT_EQ(
        mutation.document->GetReflection()->GetString(*mutation.document, etag),
        absl::StrCat("\"", w.revision(), "\""));
  }
}

// R23, D11: a new relationship is not with an enrolled partner's tenant.
void ExpectNoPartnerTenant(const World& w, const Decision& decision,
                           const Bodies& before) {
  if (!w.edition().data().refuse_partner_tenant_as_customer().value()) return;
  for (const Mutation& mutation : decision.mutations) {
    if (mutation.kind != Kind::kResellerRelationship ||
        before.count(mutation.name) > 0) {
      continue;
    }
    const auto customer = w.Read<v1::Customer>(ParentOf(mutation.name));
    for (const auto& partner : w.ReadAll<v1::Partner>(Kind::kPartner)) {
      if (partner.tenant_id() != customer.tenant_id()) continue;
      const auto id = w.graph().PartnerNamed(partner.name());
      EXPECT_FALSE(
          InProgramme(w.edition(), *w.graph().PartnerAt(*id, w.revision())));
    }
  }
}

// R12: who forwards works with the issuer at that moment.
void ExpectForwardersWorkWithTheIssuer(const World& w,
                                       const Decision& decision) {
  for (const Mutation& mutation : decision.mutations) {
    const auto* forward =
        dynamic_cast<const v1::InvitationForward*>(mutation.document.get());
    if (forward == nullptr ||
        forward->state() != v1::INVITATION_FORWARD_STATE_ACTIVE) {
      continue;
    }
    bool partners = false;
    for (const auto& item : w.ReadAll<v1::Partnership>(Kind::kPartnership)) {
      partners |= item.state() == v1::PARTNERSHIP_STATE_ACTIVE &&
                  item.reseller() == forward->forwarder() &&
                  item.provider() == ParentOf(ParentOf(forward->name()));
    }
    EXPECT_TRUE(partners) << forward->name();
  }
}

class Invariants : public testing::TestWithParam<const char*> {};

TEST_P(Invariants, HoldAfterRandomCommands) {
  Choices choices;
  RandomCommands commands(GetParam(), &choices);
  World& w = commands.world();
  constexpr int kAccepted = 200;
  int accepted = 0;
  for (int step = 0; step < 20'000 && accepted < kAccepted && !HasFailure();
       ++step) {
    const Bodies before = w.documents().bodies();
    const std::int64_t revision = w.revision();
    const Decision decision = commands.Step();
    if (decision.response == nullptr) {
      EXPECT_EQ(w.documents().bodies(), before) << "a refusal writes nothing";
      EXPECT_EQ(w.revision(), revision);
      continue;
    }
    ++accepted;
    EXPECT_EQ(w.revision(), revision + 1) << "one command, one revision";
    ExpectOwnersAreIssuers(w);
    ExpectOneDelegateForEachService(w);
    ExpectOnlyItsOwnTouched(w, decision, before);
    ExpectNoPartnerTenant(w, decision, before);
    ExpectForwardersWorkWithTheIssuer(w, decision);
    if (accepted % 10 == 0) {
      ExpectOneProgram(w);
      EXPECT_EQ(w.graph().Describe(w.revision()),
                w.Rebuild()->Describe(w.revision()));
    }
  }
  EXPECT_EQ(accepted, kAccepted) << "the commands are worth something";
}

INSTANTIATE_TEST_SUITE_P(Programs, Invariants,
                         testing::Values("global", "germany", "china-21vianet"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                           std::string name;
                           for (char c : std::string(tested.param)) {
                             if (c != '-') name.push_back(c);
                           }
                           return name;
                         });

}  // namespace
}  // namespace partner::hierarchy
