// The development identity, and which addresses it may be used on.

#include "server/auth/identity.h"

#include <string>
#include <variant>

#include "gtest/gtest.h"

namespace partner::server {
namespace {

using hierarchy::Principal;
using hierarchy::Refusal;

struct Case {
  const char* principal;
  const char* admin;  // Null: not sent.
  bool valid;
  Principal::Kind kind;
};

TEST(DevelopmentIdentity, IsReadFromMetadata) {
  using Kind = Principal::Kind;
  const Case cases[] = {
      {"operators/me", nullptr, true, Kind::kOperator},
      {"auditors/a-1", nullptr, true, Kind::kAuditor},
      {"programs/global/partners/x", nullptr, true, Kind::kPartner},
      {"programs/global/customers/c", nullptr, true, Kind::kCustomer},
      {"programs/global/customers/c", "true", true, Kind::kCustomer},
      {"programs/global/customers/c", "false", true, Kind::kCustomer},
      {"programs/global/customers/c", "yes", false, {}},
      {"programs/global/customers/c", "", false, {}},
      {"programs/global/partners/x", "true", false, {}},
      {"operators/me", "false", false, {}},
      {"", nullptr, false, {}},
      {"operators/", nullptr, false, {}},
      {"operators/a/b", nullptr, false, {}},
      {"operators/-", nullptr, false, {}},
      {"programs/global", nullptr, false, {}},
      {"programs/global/customers/-", nullptr, false, {}},
      {"programs/global/customers/c/adminRelationships/1", nullptr, false, {}},
      {"programs/global/partners/x ", nullptr, false, {}},
      {"Operators/me", nullptr, false, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.principal);
    Metadata metadata;
    metadata.emplace(kPrincipalKey, c.principal);
    if (c.admin != nullptr) metadata.emplace(kCustomerAdminKey, c.admin);
    const auto identity = DevelopmentIdentity(metadata);
    if (const auto* refusal = std::get_if<Refusal>(&identity)) {
      EXPECT_FALSE(c.valid);
      EXPECT_EQ(refusal->reason(),
                hierarchy::v1::ERROR_REASON_IDENTITY_INVALID);
      continue;
    }
    EXPECT_TRUE(c.valid);
    const Principal& principal = std::get<Principal>(identity);
    EXPECT_EQ(principal.kind, c.kind);
    EXPECT_EQ(principal.name, c.principal);
    EXPECT_EQ(principal.customer_admin,
              c.admin != nullptr && std::string(c.admin) == "true");
  }
}

TEST(DevelopmentIdentity, MissingAndRepeatedAreRefused) {
  Metadata metadata;
  auto identity = DevelopmentIdentity(metadata);
  EXPECT_EQ(std::get<Refusal>(identity).reason(),
            hierarchy::v1::ERROR_REASON_IDENTITY_MISSING);
  metadata.emplace(kPrincipalKey, "programs/global/customers/c");
  metadata.emplace(kCustomerAdminKey, "true");
  metadata.emplace(kCustomerAdminKey, "true");
  identity = DevelopmentIdentity(metadata);
  EXPECT_EQ(std::get<Refusal>(identity).reason(),
            hierarchy::v1::ERROR_REASON_IDENTITY_INVALID);
  metadata.erase(kCustomerAdminKey);
  metadata.emplace(kPrincipalKey, "programs/global/customers/c");
  identity = DevelopmentIdentity(metadata);
  EXPECT_EQ(std::get<Refusal>(identity).reason(),
            hierarchy::v1::ERROR_REASON_IDENTITY_INVALID);
}

TEST(IsLocalAddress, KnowsLoopbackAndUnixSockets) {
  for (const char* local :
       {"127.0.0.1:0", "127.1.2.3:443", "[::1]:50051", "localhost:1",
        "unix:/run/partnerd.sock", "unix-abstract:name"}) {
    EXPECT_TRUE(IsLocalAddress(local)) << local;
  }
  for (const char* remote :
       {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "example.com:1", "127.0.0.1",
        "127.0.0.1.example.com:1", "localhost.example.com:1", ":1", ""}) {
    EXPECT_FALSE(IsLocalAddress(remote)) << remote;
  }
}

}  // namespace
}  // namespace partner::server
