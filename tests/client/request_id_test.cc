// Goal: request ids have the form the server asks for, are ordered by time and
// never repeat.

#include "client/request_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace partner::client {
namespace {

TEST(NewRequestId, IsAUuidOfVersion7) {
  EXPECT_THAT(NewRequestId(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-"
                                    "[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(NewRequestId, BeginsWithTheTime) {
  const auto before = std::chrono::system_clock::now();
  std::string hex = NewRequestId().substr(0, 13);
  hex.erase(8, 1);
  const std::chrono::system_clock::time_point time{
      std::chrono::milliseconds(std::stoll(hex, nullptr, 16))};
  EXPECT_LT(std::chrono::abs(time - before), std::chrono::minutes(1));
}

TEST(NewRequestId, DoesNotRepeat) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(NewRequestId());
  EXPECT_EQ(ids.size(), 10'000U);
}

}  // namespace
}  // namespace partner::client
