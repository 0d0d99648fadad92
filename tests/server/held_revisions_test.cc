// Which revisions are held for whom, and for how long.

#include "server/ledger/held_revisions.h"

#include "gtest/gtest.h"

namespace partner::server {
namespace {

constexpr std::size_t kMany = 1'000'000;

absl::Time At(double seconds) {
  return absl::FromUnixMicros(static_cast<std::int64_t>(seconds * 1e6));
}

TEST(HeldRevisions, KnowTheTimesOfWhatTheyHold) {
  HeldRevisions held(kMany);
  held.Begin(7, At(100), At(200));
  held.Add(At(201), At(201));
  held.Add(At(202), At(202));
  EXPECT_EQ(held.TimeOf(7), At(100));
  EXPECT_EQ(held.TimeOf(8), At(201));
  EXPECT_EQ(held.TimeOf(9), At(202));
  EXPECT_EQ(held.TimeOf(1), At(100));
  EXPECT_EQ(held.TimeOf(10), At(202));
  EXPECT_EQ(held.Drop(At(201)), 8);
  EXPECT_EQ(held.TimeOf(7), At(201));
  EXPECT_EQ(held.TimeOf(9), At(202));
}

TEST(HeldRevisions, KeepWhatSomebodyMayHaveBegunToRead) {
  HeldRevisions held(kMany);
  held.Begin(1, At(0), At(0));
  held.Add(At(10), At(10));
  held.Add(At(20), At(20));
  EXPECT_EQ(held.Drop(At(9.999999)), 1);
  EXPECT_EQ(held.Drop(At(10)), 2);
  EXPECT_EQ(held.Drop(At(19)), 2);
  EXPECT_EQ(held.Drop(At(1000)), 3);
  // The newest stays, however old.
  EXPECT_EQ(held.Drop(absl::InfiniteFuture()), 3);
}

// A thousand revisions within a few milliseconds are remembered together, which
// must not let go of any of them early.
TEST(HeldRevisions, ShortStretchesEndLate) {
  HeldRevisions held(kMany);
  held.Begin(1, At(0), At(0));
  for (int i = 1; i <= 1000; ++i) {
    const absl::Time at = At(10) + absl::Microseconds(5 * i);
    held.Add(at, at);
  }
  // Revision 1 was the newest until just before.
  EXPECT_EQ(held.Drop(At(10) + absl::Microseconds(4)), 1);
  // Whoever began in the middle of it may read a revision of the middle.
  EXPECT_EQ(held.Drop(At(10) + absl::Microseconds(2500)), 1);
  EXPECT_EQ(held.Drop(At(10) + absl::Microseconds(5000)), 1001);
}

TEST(HeldRevisions, RevisionsOfTheFirstMomentAreHeld) {
  HeldRevisions held(kMany);
  held.Begin(1, At(0), At(0));
  held.Add(At(0), At(0));
  held.Add(At(0), At(0));
  EXPECT_EQ(held.Drop(At(-1)), 1);
  EXPECT_EQ(held.Drop(At(0)), 3);
}

TEST(HeldRevisions, AreNotTooMany) {
  HeldRevisions held(100);
  held.Begin(1, At(0), At(0));
  for (int i = 1; i < 1000; ++i) {
    held.Add(At(i), At(i) + absl::Milliseconds(i % 3));
    EXPECT_EQ(held.Drop(absl::InfinitePast()), i < 100 ? 1 : i - 98) << i;
  }
  EXPECT_EQ(held.TimeOf(901), At(900));
  EXPECT_EQ(held.TimeOf(1000), At(999));
  EXPECT_EQ(held.Drop(At(949.5)), 950);
}

}  // namespace
}  // namespace partner::server
