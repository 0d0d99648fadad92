// The state hash: what goes into it, and that it is a sum.

#include "gtest/gtest.h"
#include "server/storage/store.h"

namespace partner::server {
namespace {

using hierarchy::Kind;

TEST(StateHash, DependsOnKindNameAndBody) {
  const StateHash hash = HashDocument(Kind::kPartner, "name", "body");
  EXPECT_EQ(hash, HashDocument(Kind::kPartner, "name", "body"));
  EXPECT_NE(hash, HashDocument(Kind::kCustomer, "name", "body"));
  EXPECT_NE(hash, HashDocument(Kind::kPartner, "nam", "body"));
  EXPECT_NE(hash, HashDocument(Kind::kPartner, "name", "bodY"));
  EXPECT_NE(hash, HashDocument(Kind::kPartner, "nameb", "ody"));
  EXPECT_NE(HashDocument(Kind::kPartner, "", ""), StateHash{});
}

// Written to disk: it must never change.
TEST(StateHash, IsTheSameForEver) {
  EXPECT_EQ(
      ToHex(HashDocument(Kind::kPartner, "programs/global/partners/x", "body")),
      "e9fbb255db495c3056b34b2593efa8c1");
}

TEST(StateHash, AddAndSubtractAreModulo128Bits) {
  const StateHash ones = {.low = ~std::uint64_t{0}, .high = ~std::uint64_t{0}};
  const StateHash one = {.low = 1, .high = 0};
  EXPECT_EQ(Add(ones, one), StateHash{});
  EXPECT_EQ(Subtract(StateHash{}, one), ones);
  const StateHash low_ones = {.low = ~std::uint64_t{0}, .high = 0};
  const StateHash high_one = {.low = 0, .high = 1};
  EXPECT_EQ(Add(low_ones, one), high_one);
  EXPECT_EQ(Subtract(high_one, one), low_ones);
}

TEST(StateHash, OrderDoesNotMatter) {
  const StateHash a = HashDocument(Kind::kPartner, "a", "1");
  const StateHash b = HashDocument(Kind::kPartner, "b", "1");
  EXPECT_EQ(Add(a, b), Add(b, a));
  EXPECT_EQ(Subtract(Add(a, b), a), b);
}

TEST(StateHash, HexIsMostSignificantFirst) {
  EXPECT_EQ(ToHex({.low = 0x2, .high = 0xab}),
            "00000000000000ab0000000000000002");
}

}  // namespace
}  // namespace partner::server
