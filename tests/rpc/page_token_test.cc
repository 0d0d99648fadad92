// Page tokens come back whole or not at all.

#include "server/rpc/page_token.h"

#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "hierarchy/rules/refusal.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Refusal;

const std::string kKey(32, 'k');
const PagePosition kPosition{42, absl::FromUnixMicros(1234567),
                             "programs/global/partners/contoso"};

v1::ErrorReason ReasonOf(const std::variant<PagePosition, Refusal>& read) {
  const auto* refusal = std::get_if<Refusal>(&read);
  return refusal == nullptr ? v1::ERROR_REASON_UNSPECIFIED : refusal->reason();
}

TEST(PageTokens, ComeBack) {
  const PageTokens tokens(kKey);
  const std::string token = tokens.Make(kPosition, "list");
  EXPECT_LE(token.size(), kPageTokenBytesMax);
  const auto read = tokens.Read(token, "list");
  ASSERT_TRUE(std::holds_alternative<PagePosition>(read));
  const auto& position = std::get<PagePosition>(read);
  EXPECT_EQ(position.revision, kPosition.revision);
  EXPECT_EQ(position.moment, kPosition.moment);
  EXPECT_EQ(position.after, kPosition.after);
}

TEST(PageTokens, ShowNoNames) {
  const std::string token = PageTokens(kKey).Make(kPosition, "list");
  EXPECT_EQ(token.find("contoso"), std::string::npos);
  EXPECT_NE(token, PageTokens(kKey).Make(kPosition, "list"));
}

TEST(PageTokens, BelongToWhatTheyWereMadeFor) {
  const PageTokens tokens(kKey);
  EXPECT_EQ(ReasonOf(tokens.Read(tokens.Make(kPosition, "list"), "other")),
            v1::ERROR_REASON_PAGE_TOKEN_MISMATCH);
  EXPECT_EQ(ReasonOf(PageTokens(std::string(32, 'x'))
                         .Read(tokens.Make(kPosition, "list"), "list")),
            v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST(PageTokens, NoneOfTheirCharactersMayChange) {
  const PageTokens tokens(kKey);
  const std::string token = tokens.Make(kPosition, "list");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonOf(tokens.Read(changed, "list")),
              v1::ERROR_REASON_PAGE_TOKEN_INVALID)
        << i;
    EXPECT_EQ(ReasonOf(tokens.Read(token.substr(0, i), "list")),
              v1::ERROR_REASON_PAGE_TOKEN_INVALID)
        << i;
  }
  for (const std::string& junk :
       {std::string("!"), std::string("AAAA"), std::string(2000, 'A')}) {
    EXPECT_EQ(ReasonOf(tokens.Read(junk, "list")),
              v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  }
}

}  // namespace
}  // namespace partner::server
