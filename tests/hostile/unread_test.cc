// Clients that ask and do not read what they are answered.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "tests/crash/health.h"
#include "tests/crash/requests.h"
#include "tests/hostile/hostile_fixture.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

constexpr std::int64_t kMiB = 1 << 20;
constexpr char kListPath[] =
    "/partner.hierarchy.v1.PartnerService/ListPartners";
constexpr char kStreamPath[] =
    "/partner.hierarchy.v1.AccessService/ListAdministeredCustomers";
constexpr int kListsMax = 64;
// Longer than a stalled client is put up with.
constexpr absl::Duration kStalled = absl::Seconds(120);

class Unread : public HostileTest {
 protected:
  // The reseller `r` administers so many customers.
  void MakeAdministered(int count) const;
  static std::string ListRequest();
  static std::string StreamRequest();
  // A connection whose peer may send next to nothing.
  std::unique_ptr<RawConnection> Deaf() const;
};

void Unread::MakeAdministered(int count) const {
  const auto uuid = [](int number) {
    return absl::StrFormat("20000000-0000-4000-8000-%012d", number);
  };
  v1::CreatePartnerRequest reseller;
  reseller.mutable_options()->set_request_id(uuid(0));
  reseller.set_parent("programs/global");
  reseller.set_partner_id("r");
  reseller.mutable_partner()->set_display_name("R");
  reseller.mutable_partner()->set_country("FR");
  reseller.mutable_partner()->set_tenant_id(uuid(0));
  reseller.add_enrollments(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
  const Answer made =
      CallAsOperator(*bystander_, "PartnerService.CreatePartner", reseller);
  ASSERT_TRUE(made.ok()) << made.error.message;
  for (int i = 1; i <= count; ++i) {
    const std::string id = absl::StrCat("c", i);
    v1::CreateCustomerRequest create;
    create.mutable_options()->set_request_id(uuid(2 * i));
    create.set_parent("programs/global");
    create.set_customer_id(id);
    create.mutable_customer()->set_display_name(id);
    create.mutable_customer()->set_domain(absl::StrCat(id, ".example"));
    create.mutable_customer()->set_country("FR");
    create.mutable_customer()->set_tenant_id(uuid(i));
    const Answer created =
        CallAsOperator(*bystander_, "CustomerService.CreateCustomer", create);
    ASSERT_TRUE(created.ok()) << created.error.message;
    v1::GrantAdminRelationshipRequest grant;
    grant.mutable_options()->set_request_id(uuid(2 * i + 1));
    grant.set_parent(absl::StrCat("programs/global/customers/", id));
    grant.set_delegate("programs/global/partners/r");
    grant.set_kind(v1::ADMIN_KIND_BROAD);
    grant.add_duties(v1::ADMIN_DUTY_SUPPORT);
    grant.mutable_scope()->set_all_services(true);
    const Answer granted =
        bystander_->Call(*WireCaller::FindMethod(
                             "AdminRelationshipService.GrantAdminRelationship"),
                         grant, {grant.parent(), true});
    ASSERT_TRUE(granted.ok()) << granted.error.message;
  }
}

std::string Unread::ListRequest() {
  v1::ListPartnersRequest request;
  request.set_parent("programs/global");
  request.set_page_size(1000);
  return request.SerializeAsString();
}

std::string Unread::StreamRequest() {
  v1::ListAdministeredCustomersRequest request;
  request.set_partner("programs/global/partners/r");
  request.set_batch_size(1);
  return request.SerializeAsString();
}

std::unique_ptr<RawConnection> Unread::Deaf() const {
  auto client = RawConnection::Connect(server_.address());
  if (client == nullptr || !client->Greet(100)) return nullptr;
  return client;
}

// Long answers that are not read keep their places, so that there cannot be
// more of them than places; and lose them after a while.
TEST_F(Unread, LongAnswersFillThePlacesOnlyAndAreGivenUp) {
  constexpr std::uint32_t kCalls = 1000;
  ASSERT_NO_FATAL_FAILURE(MakePartners(600));
  const std::int64_t before = ResidentBytes();
  const auto client = Deaf();
  ASSERT_NE(client, nullptr);
  for (std::uint32_t i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(client->SendCall(2 * i + 1, kListPath, ListRequest()));
    // As it never acknowledges, only the server's own limits hold.
    while (client->Read(absl::ZeroDuration())) {
    }
  }
  const auto refused = [&client] {
    while (client->Read(absl::Milliseconds(10))) {
    }
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < kCalls; ++i) {
      if (client->answer(2 * i + 1).status() == kUnavailable) ++count;
    }
    return count;
  };
  EXPECT_TRUE(Eventually([&] { return refused() >= kCalls - kListsMax; }));
  EXPECT_EQ(refused(), kCalls - kListsMax);
  EXPECT_LT(ResidentBytes() - before, 128 * kMiB);
  // Other calls have places of their own.
  ExpectServed();
  EXPECT_TRUE(GetPartner(*bystander_, 1).ok());
  const absl::Time start = absl::Now();
  const absl::Time limit = start + kStalled;
  Answer list;
  do {
    list =
        bystander_->Call(*WireCaller::FindMethod("PartnerService.ListPartners"),
                         ListRequest(), {"operators/bystander", false});
    while (client->Read(absl::Milliseconds(200))) {
    }
  } while (!list.ok() && absl::Now() < limit);
  EXPECT_TRUE(list.ok()) << list.error.message;
  std::printf("given up after %s\n",
              absl::FormatDuration(absl::Now() - start).c_str());
}

// Streams that are not read stop, cost next to nothing, and end after a while;
// others go on meanwhile.
TEST_F(Unread, StalledStreamsAreGivenUp) {
  ASSERT_NO_FATAL_FAILURE(MakeAdministered(40));
  const std::int64_t before = ResidentBytes();
  constexpr int kStreams = 200;
  std::vector<std::unique_ptr<RawConnection>> deaf;
  for (int i = 0; i < kStreams; ++i) {
    deaf.push_back(Deaf());
    ASSERT_NE(deaf.back(), nullptr);
    ASSERT_TRUE(deaf.back()->SendCall(1, kStreamPath, StreamRequest()));
  }
  // Each has got something.
  for (const auto& client : deaf) {
    EXPECT_TRUE(Eventually([&client] {
      client->Read(absl::Seconds(1));
      return !client->answer(1).data.empty();
    }));
  }
  EXPECT_LT(ResidentBytes() - before, kRoundGrowthMax);
  const auto reader = Greeted();
  ASSERT_NE(reader, nullptr);
  ASSERT_TRUE(reader->SendCall(1, kStreamPath, StreamRequest()));
  ASSERT_TRUE(reader->AwaitEnd(1, kPatience));
  EXPECT_EQ(reader->answer(1).status(), kOk);
  EXPECT_GT(reader->answer(1).data.size(), deaf[0]->answer(1).data.size());
  for (const auto& client : deaf) {
    EXPECT_TRUE(client->AwaitEnd(1, kStalled, false));
    EXPECT_NE(client->answer(1).status(), kOk);
  }
}

}  // namespace
}  // namespace partner::test
