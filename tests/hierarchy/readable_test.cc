// Stored documents that parse and make no sense. Goal: the graph and the rules
// never see a number they have no place for, whatever a store holds.

#include "hierarchy/model/readable.h"

#include <string>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decide.h"

namespace partner::hierarchy {
namespace {

constexpr char kPartner[] = "programs/global/partners/north";
constexpr char kCustomer[] = "programs/global/customers/acme";

bool Readable(Kind kind, const std::string& name, const std::string& text) {
  const auto document = NewDocument(kind);
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "name: '" + name + "' " + text, document.get()))
      << text;
  return IsReadable(kind, name, *document);
}

TEST(Readable, KnownNumbersAre) {
  EXPECT_TRUE(Readable(Kind::kPartner, kPartner,
                       "state: PARTNER_STATE_ACTIVE enrollments { type: "
                       "ENROLLMENT_TYPE_ADVISOR state: ENROLLMENT_STATE_ENDED "
                       "}"));
  EXPECT_TRUE(Readable(Kind::kCustomer, kCustomer, ""));
  EXPECT_TRUE(Readable(Kind::kAdminRelationship, kCustomer,
                       "duties: ADMIN_DUTY_SUPPORT start_time { seconds: 1 }"));
  EXPECT_TRUE(Readable(Kind::kPolicy, kPartner, "activations { }"));
}

TEST(Readable, UnknownNumbersAreNot) {
  for (const char* text :
       {"state: 77", "enrollments { type: 3005 }", "enrollments { type: -1 }",
        "enrollments { state: 257 }"}) {
    EXPECT_FALSE(Readable(Kind::kPartner, kPartner, text)) << text;
  }
  EXPECT_FALSE(Readable(Kind::kCustomer, kCustomer, "state: 9"));
  EXPECT_FALSE(Readable(Kind::kPartnership, kPartner, "state: 9"));
  for (const char* text :
       {"as_enrollment: 9", "audience: 9", "admin_offer: 9", "state: 9"}) {
    EXPECT_FALSE(Readable(Kind::kInvitation, kPartner, text)) << text;
  }
  EXPECT_FALSE(Readable(Kind::kInvitationForward, kPartner, "state: 9"));
  for (const char* text : {"as_enrollment: 9", "state: 9"}) {
    EXPECT_FALSE(Readable(Kind::kResellerRelationship, kCustomer, text))
        << text;
  }
  // 258 is ACTIVE in a byte.
  for (const char* text :
       {"kind: 9", "state: 258", "duties: 40", "duties: -1"}) {
    EXPECT_FALSE(Readable(Kind::kAdminRelationship, kCustomer, text)) << text;
  }
}

TEST(Readable, TimesOutOfRangeAreNot) {
  const std::string far = "{ seconds: 9223372036854775807 }";
  EXPECT_FALSE(Readable(Kind::kPartnership, kPartner, "expire_time " + far));
  EXPECT_FALSE(Readable(Kind::kInvitation, kPartner, "expire_time " + far));
  EXPECT_FALSE(
      Readable(Kind::kResellerRelationship, kCustomer, "start_time " + far));
  EXPECT_FALSE(
      Readable(Kind::kAdminRelationship, kCustomer, "start_time " + far));
  EXPECT_FALSE(Readable(Kind::kPolicy, kPartner,
                        "activations { effective_time " + far + "}"));
  EXPECT_FALSE(Readable(Kind::kAdminRelationship, kCustomer,
                        "start_time { nanos: -1 }"));
}

TEST(Readable, AnotherNameOrNoPolicyInForceIsNot) {
  const auto document = NewDocument(Kind::kCustomer);
  EXPECT_FALSE(IsReadable(Kind::kCustomer, kCustomer, *document));
  EXPECT_FALSE(Readable(Kind::kPolicy, kPartner, ""));
}

}  // namespace
}  // namespace partner::hierarchy
