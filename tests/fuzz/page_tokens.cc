// Page tokens from strangers: refused, whatever their bytes. Those the server
// made come back as they were, for the same list only, and unchanged only.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "server/rpc/page_token.h"
#include "tests/fuzz/input.h"

namespace partner::server {
namespace {

using test::Input;
using test::Must;

void MustBeRefused(const PageTokens& tokens, absl::string_view token,
                   absl::string_view binding,
                   hierarchy::v1::ErrorReason reason) {
  const auto read = tokens.Read(token, binding);
  const auto* refusal = std::get_if<hierarchy::Refusal>(&read);
  Must(refusal != nullptr, "a token the server did not make is refused");
  Must(refusal->reason() == reason, "it is refused with the right reason");
}

void Run(Input input) {
  static const PageTokens* const kTokens = new PageTokens(std::string(32, 'k'));
  const std::uint8_t mode = input.Byte();
  if (mode % 2 == 0) {
    return MustBeRefused(*kTokens, input.Rest(), "list",
                         hierarchy::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  }
  const std::size_t at = input.Size();
  const std::uint8_t change = input.Byte();
  PagePosition position;
  position.revision = input.Number();
  position.moment = absl::FromUnixMicros(input.Number());
  position.after = std::string(input.Bytes(input.Byte()));
  const std::string binding(input.Rest());
  std::string token = kTokens->Make(position, binding);
  Must(token.size() <= kPageTokenBytesMax, "a token is not too long to send");
  const auto read = kTokens->Read(token, binding);
  const auto* back = std::get_if<PagePosition>(&read);
  Must(back != nullptr, "the server reads its own tokens");
  Must(back->revision == position.revision && back->after == position.after &&
           back->moment == position.moment,
       "a token comes back as it was");
  MustBeRefused(*kTokens, token, binding + "x",
                hierarchy::v1::ERROR_REASON_PAGE_TOKEN_MISMATCH);
  if (change == 0) return;
  token[at % token.size()] = static_cast<char>(
      static_cast<unsigned char>(token[at % token.size()]) ^ change);
  MustBeRefused(*kTokens, token, binding,
                hierarchy::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::server::Run({data, size});
  return 0;
}
