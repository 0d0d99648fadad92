#ifndef PARTNER_TESTS_BENCH_POPULATION_H_
#define PARTNER_TESTS_BENCH_POPULATION_H_

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "partner/hierarchy/v1/access.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"

// Who is in a store of the bench, so that whoever measures knows the right
// answers without asking: everything follows from a customer's number.
namespace partner::bench {

inline constexpr int kProviders = 20;
inline constexpr int kResellers = 1000;
inline constexpr char kProgram[] = "programs/global";

// A bijection that spreads numbers over 64 bits.
std::uint64_t Spread(std::uint64_t number);
// A UUID of its own for each number of each kind of thing.
std::string Uuid(std::uint32_t kind, std::uint64_t number);

// Resource names. Those of customers come in no order.
std::string Provider(int number);
std::string Reseller(int number);
std::string CustomerIdOf(std::uint64_t number);
std::string TenantOf(std::uint64_t number);
std::string Customer(std::uint64_t number);
// The reseller that passed the invitation on, and its provider, which owns the
// customer and administers it.
inline int ResellerOf(std::uint64_t customer) {
  return static_cast<int>(customer % kResellers);
}
inline int ProviderOf(int reseller) { return reseller % kProviders; }

// A question about a random customer, `allowed` every other time; its number
// into `about`.
struct Question {
  hierarchy::v1::AccessQuery query;
  bool allowed = false;
};
Question RandomQuestion(std::uint64_t customers, std::mt19937_64& random,
                        std::uint64_t* about = nullptr);

// What a new customer sends to become one.
hierarchy::v1::AcceptInvitationRequest AcceptRequest(std::uint64_t customer,
                                                     absl::string_view token);
// What a provider sends to record one.
hierarchy::v1::CreateCustomerRequest CreateRequest(std::uint64_t customer);

}  // namespace partner::bench

#endif  // PARTNER_TESTS_BENCH_POPULATION_H_
