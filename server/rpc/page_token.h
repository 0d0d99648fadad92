#ifndef PARTNER_SERVER_RPC_PAGE_TOKEN_H_
#define PARTNER_SERVER_RPC_PAGE_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hierarchy/rules/refusal.h"

namespace partner::server {

// Longest page token or cursor.
inline constexpr std::size_t kPageTokenBytesMax = 1024;

// Where the next page of a list begins. Callers see it encrypted and
// authenticated: the name may be of a resource they may not see.
struct PagePosition {
  std::int64_t revision = 0;
  // Whole microseconds.
  absl::Time moment;
  // The page begins after this name.
  std::string after;
};

// Makes and reads page tokens under one store's key. `binding` says what a
// token belongs to: the list with everything it was asked with, and the caller.
class PageTokens {
 public:
  explicit PageTokens(absl::string_view secret_key);

  std::string Make(const PagePosition& position,
                   absl::string_view binding) const;
  // PAGE_TOKEN_INVALID when it was not made under this key, PAGE_TOKEN_MISMATCH
  // when it was made for something else.
  std::variant<PagePosition, hierarchy::Refusal> Read(
      absl::string_view token, absl::string_view binding) const;

 private:
  std::string key_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_PAGE_TOKEN_H_
