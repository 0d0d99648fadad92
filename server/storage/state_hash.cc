// The state of xxHash on the stack is declared only under this macro.
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include <array>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/storage/store.h"

namespace partner::server {
namespace {

absl::uint128 Number(StateHash hash) {
  return absl::MakeUint128(hash.high, hash.low);
}

StateHash Hash(absl::uint128 number) {
  return StateHash{.low = absl::Uint128Low64(number),
                   .high = absl::Uint128High64(number)};
}

}  // namespace

StateHash HashDocument(hierarchy::Kind kind, absl::string_view name,
                       absl::string_view body) {
  // The name's length keeps ("ab", "c") and ("a", "bc") apart. Its bytes are
  // in a fixed order because the sums are written to disk.
  std::array<unsigned char, 5> header;
  header[0] = static_cast<unsigned char>(kind);
  for (int i = 0; i < 4; ++i) {
    header[i + 1] = static_cast<unsigned char>(name.size() >> (8 * i));
  }
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  XXH3_128bits_update(&state, header.data(), header.size());
  XXH3_128bits_update(&state, name.data(), name.size());
  XXH3_128bits_update(&state, body.data(), body.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return StateHash{.low = hash.low64, .high = hash.high64};
}

StateHash Add(StateHash a, StateHash b) { return Hash(Number(a) + Number(b)); }

StateHash Subtract(StateHash a, StateHash b) {
  return Hash(Number(a) - Number(b));
}

std::string ToHex(StateHash hash) {
  return absl::StrCat(absl::Hex(hash.high, absl::kZeroPad16),
                      absl::Hex(hash.low, absl::kZeroPad16));
}

}  // namespace partner::server
