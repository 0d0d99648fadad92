// Which edition is in force when, as known when; and what two editions rule
// differently.

#include "hierarchy/policy/timeline.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/difference.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kOpen[] = "germany-2017-03";
constexpr char kClosed[] = "germany-2018-10";

absl::Time At(int seconds) { return absl::FromUnixSeconds(seconds); }

void Activate(absl::string_view id, int seconds, v1::Policy* policy) {
  v1::PolicyActivation* activation = policy->add_activations();
  activation->set_edition(
      ChildName(ProgramName("germany"), Kind::kPolicyEdition, id));
  *activation->mutable_effective_time() = ToProto(At(seconds));
}

class Timeline : public testing::Test {
 protected:
  // At revision 1 open from 100; at 5 closed announced for 500; at 7 open again
  // from 700.
  Timeline() {
    v1::Policy policy;
    Activate(kOpen, 100, &policy);
    EXPECT_TRUE(line_.TakeIn(policy, 1, Policies()).ok());
    Activate(kClosed, 500, &policy);
    EXPECT_TRUE(line_.TakeIn(policy, 5, Policies()).ok());
    Activate(kOpen, 700, &policy);
    EXPECT_TRUE(line_.TakeIn(policy, 7, Policies()).ok());
  }
  std::string In(std::int64_t revision, int seconds) const {
    const EditionInForce found = line_.At(revision, At(seconds));
    return absl::StrCat(found.edition->id(), " ",
                        found.until == absl::InfiniteFuture()
                            ? 0
                            : absl::ToUnixSeconds(found.until));
  }
  EditionTimeline line_;
};

TEST_F(Timeline, EditionInForceFollowsTheMoment) {
  EXPECT_EQ(In(7, 100), "germany-2017-03 500");
  EXPECT_EQ(In(7, 499), "germany-2017-03 500");
  EXPECT_EQ(In(7, 500), "germany-2018-10 700");
  EXPECT_EQ(In(7, 700), "germany-2017-03 0");
}

TEST_F(Timeline, EditionInForceIsWhatWasKnown) {
  EXPECT_EQ(In(4, 600), "germany-2017-03 0");
  EXPECT_EQ(In(5, 600), "germany-2018-10 0");
  EXPECT_EQ(In(6, 800), "germany-2018-10 0");
}

TEST_F(Timeline, BeforeTheFirstThereIsNothingBetterThanIt) {
  EXPECT_EQ(In(7, 1), "germany-2017-03 500");
  EXPECT_EQ(EditionTimeline().At(1, At(100)).edition, nullptr);
}

TEST_F(Timeline, VersionsAreTakenInOnceAndInAnyOrderOfTime) {
  v1::Policy policy;
  Activate(kOpen, 100, &policy);
  Activate(kClosed, 300, &policy);
  Activate(kClosed, 500, &policy);
  Activate(kOpen, 700, &policy);
  ASSERT_TRUE(line_.TakeIn(policy, 9, Policies()).ok());
  EXPECT_EQ(line_.size(), 4u);
  EXPECT_EQ(In(8, 300), "germany-2017-03 500");
  EXPECT_EQ(In(9, 300), "germany-2018-10 500");
}

TEST_F(Timeline, UnknownEditionIsToldAndNothingTakenIn) {
  v1::Policy policy;
  Activate(kClosed, 900, &policy);
  Activate("germany-2035-01", 950, &policy);
  const absl::Status status = line_.TakeIn(policy, 9, Policies());
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("germany-2035-01"));
  EXPECT_EQ(line_.size(), 3u);
}

// At revision 9 what was announced for 500 is withdrawn, at 11 that moment is
// given to the same edition again.
class WithdrawnTimeline : public Timeline {
 protected:
  WithdrawnTimeline() {
    v1::Policy policy;
    Activate(kOpen, 100, &policy);
    Activate(kClosed, 500, &policy);
    Activate(kOpen, 700, &policy);
    *policy.mutable_activations(1)->mutable_withdraw_time() = ToProto(At(450));
    EXPECT_TRUE(line_.TakeIn(policy, 9, Policies()).ok());
    EXPECT_TRUE(line_.TakeIn(policy, 10, Policies()).ok());
    EXPECT_EQ(line_.size(), 4u) << "three and one withdrawn";
    Activate(kClosed, 500, &policy);
    *policy.mutable_activations(3)->mutable_activate_time() = ToProto(At(460));
    EXPECT_TRUE(line_.TakeIn(policy, 11, Policies()).ok());
  }
};

TEST_F(WithdrawnTimeline, R24_WithdrawnNeverComesIntoForce) {
  EXPECT_EQ(In(9, 500), "germany-2017-03 700");
  EXPECT_EQ(In(10, 499), "germany-2017-03 700");
  EXPECT_EQ(In(10, 700), "germany-2017-03 0");
}

TEST_F(WithdrawnTimeline, R24_BeforeItWasWithdrawnItWasKnown) {
  EXPECT_EQ(In(8, 499), "germany-2017-03 500");
  EXPECT_EQ(In(8, 500), "germany-2018-10 700");
}

TEST_F(WithdrawnTimeline, R24_ItsMomentMayBeGivenAgain) {
  EXPECT_EQ(In(11, 499), "germany-2017-03 500");
  EXPECT_EQ(In(11, 500), "germany-2018-10 700");
  EXPECT_EQ(In(10, 500), "germany-2017-03 700");
  EXPECT_EQ(line_.size(), 5u);
}

// --- Differences -------------------------------------------------------------

std::vector<std::string> Lines(const v1::PolicyEdition& from,
                               const v1::PolicyEdition& to) {
  std::vector<std::string> lines;
  for (const v1::PolicyDifference& item : DifferencesBetween(from, to)) {
    lines.push_back(absl::StrCat(item.subject(), " [", item.rule(), "] ",
                                 item.before(), " -> ", item.after()));
  }
  return lines;
}

const v1::PolicyEdition& DataOf(absl::string_view program,
                                absl::string_view id) {
  return Policies().Find(program, id)->data();
}

TEST(Difference, R66_IsAllThatSeparatesTheEditionsOfGermany) {
  const v1::PolicyEdition& open = DataOf("germany", kOpen);
  const v1::PolicyEdition& closed = DataOf("germany", kClosed);
  EXPECT_THAT(Lines(open, closed),
              ElementsAre("closed_to_new_customers [R66] false -> true"));
  EXPECT_THAT(Lines(closed, open),
              ElementsAre("closed_to_new_customers [R66] true -> false"));
  EXPECT_THAT(Lines(closed, closed), IsEmpty());
}

TEST(Difference, ListsAreComparedItemByItem) {
  const v1::PolicyEdition& before = DataOf("germany", kOpen);
  v1::PolicyEdition after = before;
  after.mutable_services()->RemoveLast();  // The last by name.
  after.mutable_roles(1)->add_permissions("see_invoices");
  after.mutable_duty_roles(0)->set_role("support");
  after.mutable_delegates()->add_types(v1::ENROLLMENT_TYPE_ADVISOR);
  after.mutable_admin_offers()->add_offers(v1::ADMIN_OFFER_NONE);
  after.mutable_admin_kinds()->set_rule("D99");
  EXPECT_THAT(
      Lines(before, after),
      ElementsAre(
          "admin_offers [R67] offers: BROAD; default_offer: BROAD -> offers: "
          "BROAD, NONE; default_offer: BROAD",
          "delegates [R22] INDIRECT_RESELLER -> ADVISOR, INDIRECT_RESELLER",
          "duty_roles/PROVISIONING [] provisioning -> support",
          "roles/support [] display_name: Support; permissions: open_tickets, "
          "reset_passwords, view_directory, view_service_health; privileged: "
          "false; granular: false -> display_name: Support; permissions: "
          "open_tickets, reset_passwords, see_invoices, view_directory, "
          "view_service_health; privileged: false; granular: false",
          "services/skype-for-business [] display_name: Skype for Business "
          "Online; billing_basis: LICENSE; suite: office-365; offered: true "
          "-> "));
}

TEST(Difference, SpansAreToldInDays) {
  const v1::PolicyEdition& before = DataOf("global", "global-2022-06");
  v1::PolicyEdition after = before;
  after.mutable_granular_answer_within()->mutable_value()->set_seconds(90);
  after.mutable_granular_duration()->mutable_max()->set_seconds(86400);
  EXPECT_THAT(Lines(before, after),
              ElementsAre("granular_duration [R70] min: 1 days; max: 730 days "
                          "-> min: 1 days; max: 1 days",
                          "granular_answer_within [R75] 90 days -> 90 "
                          "seconds"));
}

// Each field of an edition is compared, also one nobody has thought of yet.
TEST(Difference, EveryRuleOfAnEditionIsCompared) {
  const v1::PolicyEdition& whole = DataOf("global", "global-2022-06");
  const auto* type = v1::PolicyEdition::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    const bool heading =
        field->cpp_type() !=
            google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE ||
        field->name() == "effective_from";
    v1::PolicyEdition without = whole;
    without.GetReflection()->ClearField(&without, field);
    // A switch that is off is as good as none, and regions are later ones'.
    const bool off = field->name() == "regions" ||
                     (field->message_type() == v1::RuleSwitch::descriptor() &&
                      !static_cast<const v1::RuleSwitch&>(
                           whole.GetReflection()->GetMessage(whole, field))
                           .value());
    EXPECT_EQ(DifferencesBetween(whole, without).empty(), heading || off)
        << field->name();
  }
}

}  // namespace
}  // namespace partner::hierarchy
