// The filter language: what it accepts, what it matches, where mistakes are.

#include "server/rpc/filter.h"

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

v1::Partner Contoso() {
  return Parse<v1::Partner>(R"(
    name: "programs/global/partners/contoso"
    display_name: "Contoso \"West\" \\ Co"
    country: "FR"
    state: PARTNER_STATE_ACTIVE
    enrollments {
      type: ENROLLMENT_TYPE_INDIRECT_PROVIDER
      state: ENROLLMENT_STATE_ACTIVE
      start_time { seconds: 1540771200 }
    }
    enrollments {
      type: ENROLLMENT_TYPE_ADVISOR
      state: ENROLLMENT_STATE_ENDED
      end_time { seconds: 1540771200 nanos: 5000 }
    })");
}

struct Case {
  const char* filter;
  bool matches;
};

TEST(Filter, MatchesPartners) {
  const Case cases[] = {
      {"", true},
      {"   ", true},
      {"country = \"FR\"", true},
      {"country=\"FR\"", true},
      {"country = FR", true},
      {"country != \"FR\"", false},
      {"country = \"DE\"", false},
      {"country = \"fr\"", false},
      {"country = \"FR\" AND state = ACTIVE", true},
      {"country = \"FR\" AND state = \"SUSPENDED\"", false},
      {"state != SUSPENDED AND state != DELETED", true},
      {R"(display_name = "Contoso \"West\" \\ Co")", true},
      {"enrollments.type = \"INDIRECT_PROVIDER\"", true},
      {"enrollments.type = ADVISOR", true},
      {"enrollments.type = INDIRECT_RESELLER", false},
      // The opposite of =: no element is one.
      {"enrollments.type != ADVISOR", false},
      {"enrollments.type != INDIRECT_RESELLER", true},
      {"enrollments.start_time = 2018-10-29T00:00:00Z", true},
      {"enrollments.start_time = \"2018-10-29T02:00:00+02:00\"", true},
      {"enrollments.start_time < 2018-10-29T00:00:00Z", false},
      {"enrollments.start_time <= 2018-10-29T00:00:00Z", true},
      {"enrollments.end_time > 2018-10-29T00:00:00Z", true},
      {"enrollments.end_time >= 2018-10-29T00:00:00.000006Z", false},
      // Not set.
      {"create_time > 1970-01-01T00:00:00Z", false},
      {"create_time = 1970-01-01T00:00:00Z", false},
      {"create_time != 1970-01-01T00:00:00Z", true},
  };
  const v1::Partner partner = Contoso();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.filter);
    const auto filter = Filter::Parse(c.filter, partner.GetDescriptor());
    ASSERT_TRUE(std::holds_alternative<Filter>(filter))
        << std::get<hierarchy::Refusal>(filter)
               .violations.front()
               .description();
    EXPECT_EQ(std::get<Filter>(filter).Matches(partner), c.matches);
  }
}

TEST(Filter, MatchesNumbersTruthValuesAndLists) {
  const auto invitation = Parse<v1::Invitation>(
      "max_acceptances: 3 listed_resellers: 'a' listed_resellers: 'b'");
  const auto admin = Parse<v1::AdminRelationship>(
      "duties: ADMIN_DUTY_SUPPORT scope { all_services: true }");
  const Case of_invitation[] = {
      {"max_acceptances = 3", true},       {"max_acceptances < 4", true},
      {"max_acceptances >= \"4\"", false}, {"max_acceptances != -1", true},
      {"listed_resellers = b", true},      {"listed_resellers = c", false},
      {"listed_resellers != b", false},
  };
  for (const Case& c : of_invitation) {
    SCOPED_TRACE(c.filter);
    EXPECT_EQ(
        std::get<Filter>(Filter::Parse(c.filter, invitation.GetDescriptor()))
            .Matches(invitation),
        c.matches);
  }
  const Case of_admin[] = {
      {"scope.all_services = true", true},
      {"scope.all_services = false", false},
      {"duties = SUPPORT", true},
      {"duties = PROVISIONING", false},
  };
  for (const Case& c : of_admin) {
    SCOPED_TRACE(c.filter);
    EXPECT_EQ(std::get<Filter>(Filter::Parse(c.filter, admin.GetDescriptor()))
                  .Matches(admin),
              c.matches);
  }
}

struct Mistake {
  std::string filter;
  const char* position;
};

TEST(Filter, PointsAtTheFirstMistake) {
  std::string many = "country = FR";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&many, " AND country = FR");
  const Mistake mistakes[] = {
      {"nothing = \"x\"", "1"},
      {"country", "8"},
      {"country =", "10"},
      {"country = \"FR", "11"},
      {"country = \"FR\" OR state = ACTIVE", "16"},
      {"country = \"FR\" AND", "19"},
      {"country = \"FR\" and state = ACTIVE", "16"},
      {"country < \"FR\"", "9"},
      {"state = PARTNER_STATE_ACTIVE", "9"},
      {"state = UNSPECIFIED", "9"},
      {"state > ACTIVE", "7"},
      {"state.x = 1", "7"},
      {"enrollments = 1", "12"},
      {"enrollments.nothing = 1", "13"},
      {"create_time = yesterday", "15"},
      {"create_time.seconds = 1", "13"},
      {"= \"FR\"", "1"},
      {"country = \"a\\n\"", "13"},
      {"(country = \"FR\")", "1"},
      {many, "341"},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.filter);
    const auto filter =
        Filter::Parse(mistake.filter, v1::Partner::descriptor());
    ASSERT_TRUE(std::holds_alternative<hierarchy::Refusal>(filter));
    const auto& refusal = std::get<hierarchy::Refusal>(filter);
    EXPECT_EQ(refusal.reason(), v1::ERROR_REASON_FILTER_INVALID);
    EXPECT_EQ(refusal.metadata.at("position"), mistake.position)
        << refusal.violations.front().description();
  }
}

TEST(Filter, IsBounded) {
  const std::string text =
      absl::StrCat("country = \"", std::string(1024, 'x'), "\"");
  const auto filter = Filter::Parse(text, v1::Partner::descriptor());
  EXPECT_TRUE(std::holds_alternative<hierarchy::Refusal>(filter));
}

TEST(Filter, TellsWhatAnIndexCanFind) {
  const auto filter = std::get<Filter>(Filter::Parse(
      "tenant_id = \"t\" AND country != FR", v1::Partner::descriptor()));
  EXPECT_EQ(filter.EqualTo("tenant_id"), "t");
  EXPECT_FALSE(filter.EqualTo("country"));
}

}  // namespace
}  // namespace partner::server
