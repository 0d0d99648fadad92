// Get over the wire: how fresh, how old, visible to whom; and the policy.

#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

class ReadTest : public RpcTest {
 protected:
  void SetUp() override {
    RpcTest::SetUp();
    MakeProvider("p");  // Revision 2.
  }
  v1::GetPartnerResponse Get(
      const std::string& more,
      const CallerMetadata& caller = As("operators/me")) {
    return Do<v1::GetPartnerRequest, v1::GetPartnerResponse>(
        "PartnerService/GetPartner",
        absl::StrCat("name: 'programs/global/partners/p' ", more), caller);
  }
  Ended RefusedGet(const std::string& more) {
    return Refused<v1::GetPartnerRequest>(
        "PartnerService/GetPartner",
        absl::StrCat("name: 'programs/global/partners/p' ", more));
  }
  void Rename(const std::string& name) {
    Do<v1::UpdatePartnerRequest, v1::UpdatePartnerResponse>(
        "PartnerService/UpdatePartner",
        absl::StrCat(Options(),
                     "partner { name: 'programs/global/partners/p' "
                     "display_name: '",
                     name, "' } update_mask { paths: 'display_name' }"));
  }
  v1::AdvanceClockResponse Advance(int seconds) {
    return Do<v1::AdvanceClockRequest, v1::AdvanceClockResponse>(
        "TestClockService/AdvanceClock",
        absl::StrFormat("by { seconds: %d }", seconds));
  }
};

TEST_F(ReadTest, ReadsNewestAndPastRevisions) {
  Rename("second");  // Revision 3.
  EXPECT_EQ(Get("").partner().display_name(), "second");
  EXPECT_EQ(Get("").revision().number(), 3);
  const auto past = Get("read_options { exact_revision { number: 2 } }");
  EXPECT_EQ(past.partner().display_name(), "p");
  EXPECT_EQ(past.revision().number(), 2);
  EXPECT_EQ(
      RefusedGet("read_options { exact_revision { number: 1 } }").reason(),
      "RESOURCE_NOT_FOUND");
  EXPECT_EQ(
      RefusedGet("read_options { exact_revision { number: 4 } }").reason(),
      "REVISION_AHEAD");
}

TEST_F(ReadTest, RefusesRevisionsThatCannotBe) {
  EXPECT_EQ(RefusedGet("read_options { exact_revision { number: -1 } }")
                .status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(RefusedGet("read_options { exact_revision { number: 2 "
                       "history_id: '00000000000000000000000000000000' } }")
                .reason(),
            "HISTORY_LOST");
  const std::string history = Get("").revision().history_id();
  Get(absl::StrCat("read_options { min_revision { number: 2 history_id: '",
                   history, "' } }"));
}

TEST_F(ReadTest, ReadsAtATime) {
  const std::int64_t first = Get("").partner().update_time().seconds();
  Advance(100);
  Rename("later");
  const auto at = [](std::int64_t seconds) {
    return absl::StrFormat("read_options { read_time { seconds: %d } }",
                           seconds);
  };
  EXPECT_EQ(Get(at(first + 50)).partner().display_name(), "p");
  EXPECT_EQ(Get(at(first + 50)).revision().number(), 2);
  Advance(1000);
  EXPECT_EQ(Get(at(first + 500)).partner().display_name(), "later");
  EXPECT_EQ(RefusedGet(at(first + 100'000)).reason(), "READ_OPTION_INVALID");
  EXPECT_EQ(RefusedGet(at(1000)).reason(), "READ_OPTION_INVALID");
}

TEST_F(ReadTest, WaitsForARevision) {
  std::thread writer([this] {
    for (const char* name : {"soon", "sooner", "awaited"}) Rename(name);
  });
  const auto got = Get("read_options { min_revision { number: 5 } }");
  writer.join();
  EXPECT_EQ(got.partner().display_name(), "awaited");
  EXPECT_GE(got.revision().number(), 5);
}

TEST_F(ReadTest, StopsWaitingShortlyBeforeTheDeadline) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(500));
  const Ended ended =
      CallBytes(channel_, "PartnerService/GetPartner",
                Parse<v1::GetPartnerRequest>(
                    "name: 'programs/global/partners/p' "
                    "read_options { min_revision { number: 1000 } }")
                    .SerializeAsString(),
                As("operators/me"), &context);
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ended.reason(), "REVISION_AHEAD");
  EXPECT_EQ(ended.info.metadata().at("visible_revision"), "2");
}

TEST_F(ReadTest, MissingAndInvisibleLookTheSame) {
  MakeReseller("r");
  const auto get = [this](const std::string& name) {
    Ended ended = Refused<v1::GetPartnerRequest>(
        "PartnerService/GetPartner",
        absl::StrCat("name: 'programs/global/partners/", name, "'"),
        As("programs/global/partners/r"));
    std::string text = ended.status.error_message();
    const std::string partners = "partners/";
    text.replace(text.find(partners + name) + partners.size(), name.size(),
                 "?");
    return text;
  };
  EXPECT_EQ(get("p"), get("none"));
}

TEST_F(ReadTest, MasksFields) {
  const auto got = Get("read_mask { paths: 'country' }");
  EXPECT_EQ(got.partner().country(), "FR");
  EXPECT_TRUE(got.partner().name().empty());
  EXPECT_EQ(RefusedGet("read_mask { paths: 'nothing' }").reason(),
            "MASK_INVALID");
  EXPECT_EQ(RefusedGet("read_mask { paths: '' }").reason(), "MASK_INVALID");
}

TEST_F(ReadTest, ShowsStatesAsOfTheMoment) {
  MakeReseller("r");
  const std::int64_t now = Advance(1).current_time().seconds();
  const auto made =
      Do<v1::CreatePartnershipRequest, v1::CreatePartnershipResponse>(
          "PartnershipService/CreatePartnership",
          absl::StrFormat("%s parent: 'programs/global' "
                          "provider: 'programs/global/partners/p' "
                          "reseller: 'programs/global/partners/r' "
                          "expire_time { seconds: %d }",
                          Options(), now + 3600));
  const std::string name = made.partnership().name();
  const auto state = [&](const std::string& more) {
    return Do<v1::GetPartnershipRequest, v1::GetPartnershipResponse>(
               "PartnershipService/GetPartnership",
               absl::StrCat("name: '", name, "' ", more))
        .partnership()
        .state();
  };
  const auto count = [&](const std::string& wanted) {
    return Do<v1::ListPartnershipsRequest, v1::ListPartnershipsResponse>(
               "PartnershipService/ListPartnerships",
               absl::StrCat(
                   "parent: 'programs/global' filter: 'state = ", wanted, "'"))
        .partnerships_size();
  };
  EXPECT_EQ(state(""), v1::PARTNERSHIP_STATE_PENDING);
  EXPECT_EQ(count("PENDING"), 1);
  Advance(7200);
  EXPECT_EQ(state(""), v1::PARTNERSHIP_STATE_EXPIRED);
  EXPECT_EQ(count("PENDING"), 0);
  EXPECT_EQ(count("EXPIRED"), 1);
  EXPECT_EQ(state(absl::StrFormat("read_options { read_time { seconds: %d } }",
                                  now + 60)),
            v1::PARTNERSHIP_STATE_PENDING);
  EXPECT_EQ(
      state(absl::StrFormat("read_options { exact_revision { number: %d } }",
                            made.result().revision().number())),
      v1::PARTNERSHIP_STATE_PENDING);
}

TEST_F(ReadTest, TellsThePolicy) {
  const CallerMetadata anybody = As("programs/global/customers/none");
  const auto policy = Do<v1::GetPolicyRequest, v1::GetPolicyResponse>(
      "PolicyService/GetPolicy", "name: 'programs/global/policy'", anybody);
  EXPECT_EQ(policy.edition().name(),
            "programs/global/policyEditions/global-2017-03");
  ASSERT_EQ(policy.policy().activations_size(), 1);
  const auto past = Do<v1::GetPolicyRequest, v1::GetPolicyResponse>(
      "PolicyService/GetPolicy",
      "name: 'programs/global/policy' "
      "read_options { exact_revision { number: 1 } }",
      anybody);
  EXPECT_EQ(past.revision().number(), 1);
  const auto programs = Do<v1::ListProgramsRequest, v1::ListProgramsResponse>(
      "PolicyService/ListPrograms", "", anybody);
  EXPECT_EQ(programs.programs_size(), 3);
  const auto editions =
      Do<v1::ListPolicyEditionsRequest, v1::ListPolicyEditionsResponse>(
          "PolicyService/ListPolicyEditions", "parent: 'programs/global'",
          anybody);
  EXPECT_GE(editions.policy_editions_size(), 1);
  EXPECT_GE(
      (Do<v1::ListRolesRequest, v1::ListRolesResponse>(
           "PolicyService/ListRoles", "parent: 'programs/global'", anybody)
           .roles_size()),
      1);
  EXPECT_GE(
      (Do<v1::ListServicesRequest, v1::ListServicesResponse>(
           "PolicyService/ListServices", "parent: 'programs/global'", anybody)
           .services_size()),
      2);
  EXPECT_EQ(Refused<v1::GetPolicyEditionRequest>(
                "PolicyService/GetPolicyEdition",
                "name: 'programs/global/policyEditions/none'", anybody)
                .reason(),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Refused<v1::ComparePolicyEditionsRequest>(
                "PolicyService/ComparePolicyEditions",
                "name: 'programs/global/policyEditions/global-2017-03' "
                "base: 'programs/global/policyEditions/none'",
                anybody)
                .reason(),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Refused<v1::GetProgramRequest>("PolicyService/GetProgram",
                                           "name: 'programs/mars'", anybody)
                .reason(),
            "PROGRAM_NOT_FOUND");
}

TEST_F(ReadTest, OnlyOperatorsMoveTheClockAndItNeverGoesBack) {
  const std::int64_t now = Advance(10).current_time().seconds();
  EXPECT_EQ(Advance(10).current_time().seconds(), now + 10);
  EXPECT_EQ(
      Refused<v1::AdvanceClockRequest>("TestClockService/AdvanceClock",
                                       "by { seconds: 1 }", As("auditors/me"))
          .reason(),
      "PRINCIPAL_NOT_ALLOWED");
  for (const char* wrong :
       {"", "by { seconds: -1 }", "by { seconds: 0 }", "to { seconds: 1 }",
        "by { seconds: 1 } to { seconds: 4000000000 }"}) {
    EXPECT_EQ(
        Refused<v1::AdvanceClockRequest>("TestClockService/AdvanceClock", wrong)
            .status.error_code(),
        grpc::StatusCode::INVALID_ARGUMENT)
        << wrong;
  }
}

}  // namespace
}  // namespace partner::server
