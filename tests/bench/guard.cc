// Work whose instructions guard.py counts: always the same, whatever the
// machine. Checks, and the commonest commands.
#include <cstdio>
#include <random>

#include "absl/strings/str_cat.h"
#include "hierarchy/access/access.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

constexpr int kProviders = 4;
constexpr int kResellers = 12;
constexpr int kCustomers = 240;
constexpr int kChecks = 20000;
constexpr std::uint64_t kSeed = 20181001;

std::string Id(const char* kind, int number) {
  return absl::StrCat(kind, number);
}

// A channel: every customer accepts what a reseller passed on, gives another
// reseller administration and every other one takes it back.
void Populate(World& world) {
  for (int i = 0; i < kProviders; ++i) world.AddProvider(Id("provider", i));
  for (int i = 0; i < kResellers; ++i) {
    world.AddReseller(Id("reseller", i));
    world.Partnership(Id("provider", i % kProviders), Id("reseller", i));
  }
  for (int i = 0; i < kCustomers; ++i) {
    const std::string customer = Id("customer", i);
    const int reseller = i % kResellers;
    world.AddCustomer(customer);
    const std::string invitation =
        world.Invite(Id("provider", reseller % kProviders),
                     i % 2 == 0 ? v1::ADMIN_OFFER_BROAD : v1::ADMIN_OFFER_NONE);
    world.Accept(customer, world.Forward(Id("reseller", reseller), invitation));
    if (i % 2 == 0) continue;
    const v1::AdminRelationship given =
        world.Grant(customer, Id("reseller", (reseller + 1) % kResellers));
    if (i % 4 == 1) continue;
    world.Must<v1::TerminateAdminRelationshipResponse>(
        world.CustomerCaller(customer),
        World::Named<v1::TerminateAdminRelationshipRequest>(given.name()));
  }
}

// How many of random questions are allowed.
int Ask(const World& world) {
  std::mt19937_64 random(kSeed);
  int allowed = 0;
  for (int i = 0; i < kChecks; ++i) {
    const v1::AccessQuery query =
        world.Query(Id("provider", static_cast<int>(random() % kProviders)),
                    "reset_passwords",
                    Id("customer", static_cast<int>(random() % kCustomers)));
    const AccessView view = world.View();
    const auto resolved = Resolve(view, World::Operator(), query);
    v1::AccessDecision decision;
    Check(view, std::get<ResolvedQuery>(resolved), &decision);
    allowed += decision.verdict() == v1::ACCESS_VERDICT_ALLOWED;
  }
  return allowed;
}

int Main() {
  World world;
  Populate(world);
  const int allowed = Ask(world);
  std::printf("%d of %d checks allowed\n", allowed, kChecks);
  // Half of the customers, each a quarter of the providers.
  const bool plausible = allowed > kChecks / 10 && allowed < kChecks / 6;
  return plausible && !testing::Test::HasFailure() ? 0 : 1;
}

}  // namespace
}  // namespace partner::hierarchy

int main() { return partner::hierarchy::Main(); }
