// Goal: words become field values of every type the contract has, and a word
// that does not fit says what would.

#include "client/cli/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"

namespace partner::client {
namespace {

namespace v1 = ::partner::hierarchy::v1;
using testing::ElementsAre;
using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(EnumWords, AreWithoutPrefixInLowerCase) {
  EXPECT_THAT(EnumWords(*v1::InvitationAudience_descriptor()),
              ElementsAre("direct-only", "listed", "all-active-resellers"));
}

TEST(ParseSpan, TakesDaysToo) {
  EXPECT_EQ(*ParseSpan("90s"), absl::Seconds(90));
  EXPECT_EQ(*ParseSpan("30d"), absl::Hours(720));
  EXPECT_EQ(*ParseSpan("1d12h"), absl::Hours(36));
  EXPECT_FALSE(ParseSpan("soon").ok());
  EXPECT_FALSE(ParseSpan("30").ok());
}

TEST(ParseMoment, TakesTimesDatesAndSpansFromNow) {
  EXPECT_EQ(FormatMoment(*ParseMoment("2027-01-31T12:00:00Z", kNow)),
            "2027-01-31T12:00:00Z");
  EXPECT_EQ(FormatMoment(*ParseMoment("2027-01-31", kNow)),
            "2027-01-31T00:00:00Z");
  EXPECT_EQ(*ParseMoment("+1h", kNow), kNow + absl::Hours(1));
  EXPECT_FALSE(ParseMoment("tomorrow", kNow).ok());
}

TEST(SetField, SetsNestedTextEnumsNumbersTimesAndLists) {
  v1::CreateInvitationRequest request;
  ASSERT_TRUE(
      SetField(&request, "invitation.audience", {"Direct_Only"}, kNow).ok());
  ASSERT_TRUE(
      SetField(&request, "invitation.listed_resellers", {"a", "b"}, kNow).ok());
  ASSERT_TRUE(
      SetField(&request, "invitation.max_acceptances", {"3"}, kNow).ok());
  ASSERT_TRUE(SetField(&request, "invitation.expire_time", {"+1s"}, kNow).ok());

  const v1::Invitation& invitation = request.invitation();
  EXPECT_EQ(invitation.audience(), v1::INVITATION_AUDIENCE_DIRECT_ONLY);
  EXPECT_THAT(invitation.listed_resellers(), ElementsAre("a", "b"));
  EXPECT_EQ(invitation.max_acceptances(), 3);
  EXPECT_EQ(invitation.expire_time().seconds(), 1'800'000'001);
}

TEST(SetField, SetsSwitchesDurationsAndRepeatedEnums) {
  v1::GrantAdminRelationshipRequest grant;
  ASSERT_TRUE(SetField(&grant, "replace_overlapping", {"true"}, kNow).ok());
  ASSERT_TRUE(
      SetField(&grant, "duties", {"support", "PROVISIONING"}, kNow).ok());
  v1::AdvanceClockRequest clock;
  ASSERT_TRUE(SetField(&clock, "by", {"1d"}, kNow).ok());

  EXPECT_TRUE(grant.replace_overlapping());
  EXPECT_THAT(grant.duties(),
              ElementsAre(v1::ADMIN_DUTY_SUPPORT, v1::ADMIN_DUTY_PROVISIONING));
  EXPECT_EQ(clock.by().seconds(), 86400);
}

TEST(SetField, NoWordsLeaveTheFieldAlone) {
  v1::GrantAdminRelationshipRequest grant;
  ASSERT_TRUE(SetField(&grant, "attestation.person", {}, kNow).ok());
  EXPECT_FALSE(grant.has_attestation());
}

TEST(SetField, AWrongWordNamesTheRightOnes) {
  v1::CreateInvitationRequest request;
  EXPECT_THAT(
      std::string(
          SetField(&request, "invitation.audience", {"all"}, kNow).message()),
      HasSubstr("one of direct-only, listed, all-active-resellers"));
  EXPECT_THAT(
      std::string(SetField(&request, "invitation.max_acceptances", {"x"}, kNow)
                      .message()),
      HasSubstr("`x` is not a number"));
}

TEST(FindField, FollowsDots) {
  const auto& type = *v1::CreatePartnerRequest::descriptor();
  EXPECT_EQ(FindField(type, "partner.country")->full_name(),
            "partner.hierarchy.v1.Partner.country");
  EXPECT_EQ(FindField(type, "partner.nothing"), nullptr);
  EXPECT_EQ(FindField(type, "partner.country.more"), nullptr);
}

}  // namespace
}  // namespace partner::client
