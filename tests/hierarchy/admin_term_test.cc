// What time alone makes of administration: R75, R78. Goal: state, end and next
// moment are pure functions of document and moment, the same by the document
// and by the graph's fact, and settling twice changes nothing more.

#include "hierarchy/model/admin_term.h"

#include "gtest/gtest.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

constexpr char kName[] = "programs/global/customers/c/adminRelationships/0";
const absl::Time kStart = absl::FromUnixSeconds(1700000000);
const absl::Duration kDay = absl::Hours(24);

v1::AdminRelationship Granular(v1::AdminRelationshipState state) {
  v1::AdminRelationship admin;
  admin.set_name(kName);
  admin.set_delegate("programs/global/partners/p");
  admin.set_kind(v1::ADMIN_KIND_GRANULAR);
  admin.set_state(state);
  return admin;
}

v1::AdminRelationship Active(int days) {
  v1::AdminRelationship admin = Granular(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  *admin.mutable_start_time() = ToProto(kStart);
  *admin.mutable_expire_time() = ToProto(kStart + kDay * days);
  *admin.mutable_lapse_time() = ToProto(kStart);
  return admin;
}

v1::AdminRelationship Extending(int days) {
  v1::AdminRelationship admin = Active(days);
  admin.mutable_auto_extend_duration()->set_seconds(180 * 86400);
  return admin;
}

v1::AdminRelationship Pending(int days) {
  v1::AdminRelationship admin =
      Granular(v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  *admin.mutable_lapse_time() = ToProto(kStart + kDay * days);
  return admin;
}

TEST(AdminTerm, R78_RunsOutAtItsEndAndNotBefore) {
  const v1::AdminRelationship admin = Active(10);
  const absl::Time end = kStart + kDay * 10;
  EXPECT_EQ(EffectiveState(admin, end - absl::Microseconds(1)),
            v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(EffectiveState(admin, end), v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
  EXPECT_EQ(NextMoment(admin, kStart), end);
  EXPECT_EQ(NextMoment(admin, end), absl::InfiniteFuture());
  v1::AdminRelationship settled = admin;
  SettleAt(end - absl::Microseconds(1), &settled);
  EXPECT_EQ(settled.DebugString(), admin.DebugString());
  SettleAt(end + kDay, &settled);
  EXPECT_EQ(settled.state(), v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
  EXPECT_EQ(settled.end_cause(), v1::ADMIN_END_CAUSE_TIME_OVER);
  EXPECT_EQ(FromProto(settled.end_time()), end) << "when it was true";
  EXPECT_EQ(NextMoment(settled, kStart), absl::InfiniteFuture());
}

TEST(AdminTerm, R78_GoesOnBy180DaysAtEachEnd) {
  const v1::AdminRelationship admin = Extending(10);
  const absl::Time end = kStart + kDay * 10;
  EXPECT_EQ(EffectiveState(admin, end + kDay * 10000),
            v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
  EXPECT_EQ(NextMoment(admin, kStart), end);
  EXPECT_EQ(NextMoment(admin, end), end + kDay * 180);
  EXPECT_EQ(NextMoment(admin, end + kDay * 180), end + kDay * 360);
  v1::AdminRelationship settled = admin;
  SettleAt(end + kDay * 179, &settled);
  EXPECT_EQ(FromProto(settled.expire_time()), end + kDay * 180);
  SettleAt(end + kDay * 360, &settled);
  EXPECT_EQ(FromProto(settled.expire_time()), end + kDay * 540)
      << "settled late it is the same as settled each time";
  v1::AdminRelationship at_once = admin;
  SettleAt(end + kDay * 360, &at_once);
  EXPECT_EQ(at_once.DebugString(), settled.DebugString());
}

TEST(AdminTerm, R75_LapsesUnlessAnswered) {
  const v1::AdminRelationship admin = Pending(90);
  const absl::Time lapse = kStart + kDay * 90;
  EXPECT_EQ(EffectiveState(admin, lapse - absl::Microseconds(1)),
            v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
  EXPECT_EQ(EffectiveState(admin, lapse), v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
  EXPECT_EQ(NextMoment(admin, kStart), lapse);
  v1::AdminRelationship settled = admin;
  SettleAt(lapse, &settled);
  EXPECT_EQ(settled.end_cause(), v1::ADMIN_END_CAUSE_LAPSED);
  EXPECT_EQ(FromProto(settled.end_time()), lapse);
}

TEST(AdminTerm, D15_BroadHasNoTerm) {
  for (v1::AdminRelationshipState state :
       {v1::ADMIN_RELATIONSHIP_STATE_ACTIVE,
        v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING,
        v1::ADMIN_RELATIONSHIP_STATE_DRAFT}) {
    v1::AdminRelationship admin = Granular(state);
    admin.set_kind(v1::ADMIN_KIND_BROAD);
    EXPECT_EQ(EffectiveState(admin, absl::InfiniteFuture()), state);
    EXPECT_EQ(NextMoment(admin, absl::InfinitePast()), absl::InfiniteFuture());
    v1::AdminRelationship settled = admin;
    SettleAt(kStart, &settled);
    EXPECT_EQ(settled.DebugString(), admin.DebugString());
  }
}

TEST(AdminTerm, FactAndDocumentSayTheSame) {
  const std::vector<absl::Time> moments = {
      kStart, kStart + kDay * 10 - absl::Microseconds(1), kStart + kDay * 10,
      kStart + kDay * 190, kStart + kDay * 1000};
  for (v1::AdminRelationship admin :
       {Active(10), Extending(10), Pending(10), Active(730)}) {
    Graph graph("global", Policies().CatalogueOf("global"));
    graph.Apply(Kind::kAdminRelationship, admin, 2);
    int seen = 0;
    graph.VisitAdmins(
        *graph.FindCustomer("c"), 2, [&](const Graph::Admin& item) {
          for (absl::Time moment : moments) {
            const std::int64_t us = absl::ToUnixMicros(moment);
            const auto state = EffectiveState(admin, moment);
            EXPECT_EQ(EffectiveState(item.fact->term(), us), state);
            EXPECT_EQ(item.fact->ActiveAt(us),
                      state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
            EXPECT_EQ(item.fact->PendingAt(us),
                      state == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING);
            EXPECT_EQ(EndOfTerm(item.fact->term(), us),
                      EndOfTerm(TermOf(admin), us));
          }
          ++seen;
          return true;
        });
    EXPECT_EQ(seen, 1);
  }
}

}  // namespace
}  // namespace partner::hierarchy
