// Clients whose frames are wrong, unfinished or unasked for.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/hostile/hostile_fixture.h"

namespace partner::test {
namespace {

class Framing : public HostileTest {};

// Whoever keeps to the protocol by hand is served: what the others get is not
// the writer's fault.
TEST_F(Framing, AGoodClientIsServed) {
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  for (std::uint32_t stream = 1; stream < 9; stream += 2) {
    ASSERT_TRUE(client->SendCall(stream, kStatusPath, ""));
    ASSERT_TRUE(client->AwaitEnd(stream, kPatience));
    EXPECT_EQ(client->answer(stream).headers.at(":status"), "200");
    EXPECT_EQ(client->answer(stream).status(), 0);
    EXPECT_FALSE(client->answer(stream).message().empty());
  }
}

}  // namespace
}  // namespace partner::test
