// ResolveChannel over the wire: one channel for each owner, and to each caller
// only what it may see.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/hierarchy_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// north owns acme and works with nils and nora there, nora being the default.
class HierarchyTest : public RpcTest {
 protected:
  void SetUp() override {
    RpcTest::SetUp();
    MakeProvider("north");
    for (const char* reseller : {"nils", "nora", "sven"}) {
      MakeReseller(reseller);
    }
    MakeCustomer("north", "acme");
    for (const char* reseller : {"nils", "nora"}) {
      const auto asked =
          Do<v1::CreatePartnershipRequest, v1::CreatePartnershipResponse>(
              "PartnershipService/CreatePartnership",
              absl::StrCat(Options(), "parent: 'programs/global' reseller: '",
                           Partner(reseller), "'"),
              As(Partner("north")));
      Do<v1::AcceptPartnershipRequest, v1::AcceptPartnershipResponse>(
          "PartnershipService/AcceptPartnership",
          absl::StrCat(Options(), "name: '", asked.partnership().name(), "'"),
          As(Partner(reseller)));
      partnership_ = asked.partnership().name();
    }
    owned_ = Resolve("").channels(0).reseller_relationship();
    Associate("nils", "");
    Associate("nora", "make_default: true");
  }
  static std::string Partner(const std::string& id) {
    return absl::StrCat("programs/global/partners/", id);
  }
  void Associate(const std::string& reseller, const std::string& more) {
    Do<v1::AssociateResellerRequest, v1::AssociateResellerResponse>(
        "ResellerRelationshipService/AssociateReseller",
        absl::StrCat(Options(), "name: '", owned_, "' reseller: '",
                     Partner(reseller), "' ", more),
        As(Partner("north")));
  }
  v1::ResolveChannelResponse Resolve(
      const std::string& more,
      const CallerMetadata& caller = As("operators/me")) {
    return Do<v1::ResolveChannelRequest, v1::ResolveChannelResponse>(
        "HierarchyService/ResolveChannel",
        absl::StrCat("customer: 'programs/global/customers/acme' ", more),
        caller);
  }
  // `id`, `*` for the default, `-` without partnership.
  static std::vector<std::string> Resellers(const v1::Channel& channel) {
    std::vector<std::string> lines;
    for (const v1::ChannelReseller& item : channel.resellers()) {
      lines.push_back(absl::StrCat(item.partner().substr(Partner("").size()),
                                   item.is_default() ? "*" : "",
                                   item.partnership_active() ? "" : "-"));
    }
    return lines;
  }

  std::string owned_;
  std::string partnership_;  // north's with nora.
};

TEST_F(HierarchyTest, D9_OneChannelForEachOwner) {
  const auto all = Resolve("");
  ASSERT_EQ(all.channels_size(), 1);
  EXPECT_EQ(all.channels(0).owner(), Partner("north"));
  EXPECT_EQ(all.channels(0).as_enrollment(),
            v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
  EXPECT_TRUE(all.channels(0).open());
  EXPECT_TRUE(all.channels(0).has_start_time());
  EXPECT_THAT(Resellers(all.channels(0)), ElementsAre("nora*", "nils"));
  EXPECT_GT(all.revision().number(), 1);
  EXPECT_THAT(
      Resolve(absl::StrCat("owner: '", Partner("nils"), "'")).channels(),
      IsEmpty());
  EXPECT_EQ(
      Resolve(absl::StrCat("owner: '", Partner("north"), "'")).channels_size(),
      1);
}

TEST_F(HierarchyTest, D13_SaysWhereAPartnershipHasEndedAndTheOwnerMayNot) {
  const std::int64_t before = Resolve("").revision().number();
  Do<v1::TerminatePartnershipRequest, v1::TerminatePartnershipResponse>(
      "PartnershipService/TerminatePartnership",
      absl::StrCat(Options(), "name: '", partnership_, "'"),
      As(Partner("north")));
  Do<v1::SuspendPartnerRequest, v1::SuspendPartnerResponse>(
      "PartnerService/SuspendPartner",
      absl::StrCat(Options(), "name: '", Partner("north"), "'"));
  const auto now = Resolve("");
  EXPECT_THAT(Resellers(now.channels(0)), ElementsAre("nora*-", "nils"));
  EXPECT_FALSE(now.channels(0).open());
  const auto then = Resolve(
      absl::StrCat("read_options { exact_revision { number: ", before, " } }"));
  EXPECT_THAT(Resellers(then.channels(0)), ElementsAre("nora*", "nils"));
  EXPECT_TRUE(then.channels(0).open());
}

TEST_F(HierarchyTest, R56_EachSeesItsOwnPart) {
  EXPECT_THAT(Resellers(Resolve("", As(Partner("nils"))).channels(0)),
              ElementsAre("nils"));
  EXPECT_THAT(Resellers(Resolve("", As(Partner("north"))).channels(0)),
              ElementsAre("nora*", "nils"));
  EXPECT_EQ(Resolve("", As("auditors/me")).channels_size(), 1);
  EXPECT_EQ(Resolve("", AsCustomerAdmin("programs/global/customers/acme"))
                .channels_size(),
            1);
  for (const auto& caller :
       {As(Partner("sven")), AsCustomerAdmin("programs/global/customers/b")}) {
    EXPECT_EQ(Refused<v1::ResolveChannelRequest>(
                  "HierarchyService/ResolveChannel",
                  "customer: 'programs/global/customers/acme'", caller)
                  .reason(),
              "RESOURCE_NOT_FOUND");
  }
  EXPECT_EQ(Refused<v1::ResolveChannelRequest>(
                "HierarchyService/ResolveChannel",
                "customer: 'programs/global/customers/none'")
                .reason(),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(
      Refused<v1::ResolveChannelRequest>("HierarchyService/ResolveChannel", "")
          .reason(),
      "FIELD_REQUIRED");
}

}  // namespace
}  // namespace partner::server
