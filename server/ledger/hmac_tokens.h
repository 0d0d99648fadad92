#ifndef PARTNER_SERVER_LEDGER_HMAC_TOKENS_H_
#define PARTNER_SERVER_LEDGER_HMAC_TOKENS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "hierarchy/model/tokens.h"

namespace partner::server {

// HMAC-SHA256 under `key`, cut to 128 bits. `purpose` keeps the uses of one key
// apart; it must not hold a NUL.
using Mac = std::array<std::uint8_t, 16>;
Mac MakeMac(absl::string_view key, absl::string_view purpose,
            absl::string_view text);
// Compares without telling by its duration where they differ.
bool MacEquals(const Mac& a, absl::string_view bytes);

// Invitation tokens (D5): `{issuer}~{invitation}[~{forward}]~{mac}`, readable
// so that people can tell whose invitation a link is, with 26 characters of
// Crockford's base 32 for the MAC of the full name. Nothing of it is stored.
// Thread-safe.
class HmacTokens : public hierarchy::Tokens {
 public:
  // `program` is an id; `key` the store's secret key.
  HmacTokens(std::string program, std::string key);

  std::string Make(absl::string_view name) const override;
  std::optional<std::string> Read(absl::string_view program,
                                  absl::string_view token) const override;

 private:
  std::string MacText(absl::string_view name) const;

  const std::string program_;
  const std::string key_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_HMAC_TOKENS_H_
