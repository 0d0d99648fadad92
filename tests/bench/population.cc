#include "tests/bench/population.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace partner::bench {
namespace {

namespace v1 = hierarchy::v1;

constexpr std::uint32_t kTenant = 0xc0000000;

void FillCustomer(std::uint64_t number, v1::Customer* customer) {
  const std::string id = CustomerIdOf(number);
  customer->set_display_name(absl::StrCat("Customer ", id, " of the bench"));
  customer->set_domain(absl::StrCat(id, ".example.com"));
  customer->set_country("FR");
  customer->set_tenant_id(TenantOf(number));
}

}  // namespace

std::uint64_t Spread(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

std::string Uuid(std::uint32_t kind, std::uint64_t number) {
  const std::uint64_t spread = Spread(number);
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", kind ^ spread >> 32,
                         spread >> 16 & 0xffff, spread >> 4 & 0xfff,
                         number >> 48 & 0xfff, number & 0xffffffffffff);
}

std::string Provider(int number) {
  return absl::StrFormat("%s/partners/provider-%03d", kProgram, number);
}

std::string Reseller(int number) {
  return absl::StrFormat("%s/partners/reseller-%04d", kProgram, number);
}

std::string CustomerIdOf(std::uint64_t number) {
  return absl::StrFormat("c%016x", Spread(number));
}

std::string TenantOf(std::uint64_t number) { return Uuid(kTenant, number); }

std::string Customer(std::uint64_t number) {
  return absl::StrCat(kProgram, "/customers/", CustomerIdOf(number));
}

Question RandomQuestion(std::uint64_t customers, std::mt19937_64& random,
                        std::uint64_t* about) {
  Question question;
  const std::uint64_t customer = random() % customers;
  if (about != nullptr) *about = customer;
  const int owner = ProviderOf(ResellerOf(customer));
  question.allowed = random() % 2 == 0;
  // Anyone but the owner is denied; a reseller got no administration.
  question.query.set_partner(
      question.allowed ? Provider(owner)
      : random() % 2 == 0
          ? Provider((owner + 1 + static_cast<int>(random() % 19)) % kProviders)
          : Reseller(static_cast<int>(random() % kResellers)));
  question.query.set_permission("reset_passwords");
  question.query.set_customer(Customer(customer));
  return question;
}

v1::AcceptInvitationRequest AcceptRequest(std::uint64_t customer,
                                          absl::string_view token) {
  v1::AcceptInvitationRequest request;
  request.set_parent(kProgram);
  request.set_token(std::string(token));
  FillCustomer(customer, request.mutable_new_customer());
  return request;
}

v1::CreateCustomerRequest CreateRequest(std::uint64_t customer) {
  v1::CreateCustomerRequest request;
  request.set_parent(kProgram);
  request.set_customer_id(CustomerIdOf(customer));
  FillCustomer(customer, request.mutable_customer());
  return request;
}

}  // namespace partner::bench
