#include "server/ledger/hmac_tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hierarchy/model/names.h"

namespace partner::server {
namespace {

using hierarchy::ChildName;
using hierarchy::Kind;

constexpr std::size_t kMacCharacters = 26;
// Three ids, three separators, the MAC.
constexpr std::size_t kTokenBytesMax =
    3 * (hierarchy::kIdBytesMax + 1) + kMacCharacters;

std::string ToBase32(const Mac& mac) {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::uint8_t byte : mac) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      text.push_back(kAlphabet[(bits >> count) & 31]);
    }
  }
  text.push_back(kAlphabet[(bits << (5 - count)) & 31]);
  return text;
}

}  // namespace

Mac MakeMac(absl::string_view key, absl::string_view purpose,
            absl::string_view text) {
  const std::string input =
      absl::StrCat(purpose, absl::string_view("\0", 1), text);
  std::uint8_t digest[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(),
       digest, &size);
  Mac mac;
  std::memcpy(mac.data(), digest, mac.size());
  return mac;
}

bool MacEquals(const Mac& a, absl::string_view bytes) {
  return bytes.size() == a.size() &&
         CRYPTO_memcmp(a.data(), bytes.data(), a.size()) == 0;
}

HmacTokens::HmacTokens(std::string program, std::string key)
    : program_(std::move(program)), key_(std::move(key)) {}

std::string HmacTokens::MacText(absl::string_view name) const {
  return ToBase32(MakeMac(key_, "invitation", name));
}

std::string HmacTokens::Make(absl::string_view name) const {
  const std::optional<hierarchy::ResourceName> parsed =
      hierarchy::ParseName(name);
  if (!parsed) return "";
  std::string token = absl::StrCat(parsed->ids[0], "~", parsed->ids[1], "~");
  if (parsed->kind == Kind::kInvitationForward) {
    absl::StrAppend(&token, parsed->ids[2], "~");
  }
  return absl::StrCat(token, MacText(name));
}

std::optional<std::string> HmacTokens::Read(absl::string_view program,
                                            absl::string_view token) const {
  if (program != program_ || token.size() > kTokenBytesMax) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '~');
  if (parts.size() != 3 && parts.size() != 4) return std::nullopt;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (!hierarchy::IsValidId(parts[i])) return std::nullopt;
  }
  std::string name = ChildName(hierarchy::PartnerName(program_, parts[0]),
                               Kind::kInvitation, parts[1]);
  if (parts.size() == 4) {
    name = ChildName(name, Kind::kInvitationForward, parts[2]);
  }
  const std::string expected = MacText(name);
  const absl::string_view given = parts.back();
  if (given.size() != expected.size() ||
      CRYPTO_memcmp(given.data(), expected.data(), expected.size()) != 0) {
    return std::nullopt;
  }
  return name;
}

}  // namespace partner::server
