// More connections than the server has descriptors for.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/crash/health.h"
#include "tests/crash/requests.h"
#include "tests/hostile/hostile_fixture.h"

namespace partner::test {
namespace {

constexpr int kDescriptors = 96;

class Descriptors : public HostileTest {
 protected:
  void SetUp() override {
    HostileTest::SetUp();
    const rlimit limit{kDescriptors, kDescriptors};
    ASSERT_EQ(prlimit(server_.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  }
};

// Who came in time is served on, writes included, and when places are free
// again the next one is.
TEST_F(Descriptors, TooManyConnectionsCostNobodyElse) {
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    std::vector<std::unique_ptr<RawConnection>> all;
    int served = 0;
    for (int i = 0; i < 2 * kDescriptors; ++i) {
      all.push_back(RawConnection::Connect(server_.address()));
      ASSERT_NE(all.back(), nullptr);
      all.back()->Greet();
      all.back()->SendCall(1, kStatusPath, "");
    }
    for (const auto& client : all) {
      // Closed, not left waiting.
      if (!client->AwaitEnd(1, kPatience)) {
        EXPECT_TRUE(client->closed());
        continue;
      }
      EXPECT_EQ(client->answer(1).status(), kOk);
      ++served;
    }
    EXPECT_GT(served, 10);
    EXPECT_LT(served, kDescriptors);
    ExpectServed();
    EXPECT_TRUE(CreatePartner(*bystander_, round).ok());
    EXPECT_TRUE(GetPartner(*bystander_, round).ok());
    all.clear();
    EXPECT_TRUE(
        Eventually([this] { return StatusOverNewConnection() == kOk; }));
  }
}

// Even where nothing is left at all: descriptors are taken away below what is
// open, so that every accept fails.
TEST_F(Descriptors, FailedAcceptsAreTriedAgain) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizers look at memory through descriptors of theirs";
#endif
  const rlimit none{4, kDescriptors};
  ASSERT_EQ(prlimit(server_.pid(), RLIMIT_NOFILE, &none, nullptr), 0);
  const auto early = Greeted();
  ASSERT_NE(early, nullptr);
  early->SendCall(1, kStatusPath, "");
  EXPECT_FALSE(early->AwaitEnd(1, absl::Milliseconds(500)));
  ExpectServed();
  const rlimit again{kDescriptors, kDescriptors};
  ASSERT_EQ(prlimit(server_.pid(), RLIMIT_NOFILE, &again, nullptr), 0);
  EXPECT_TRUE(early->AwaitEnd(1, kPatience));
  EXPECT_EQ(early->answer(1).status(), kOk);
}

}  // namespace
}  // namespace partner::test
