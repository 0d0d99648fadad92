#include "server/rpc/page_token.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/hmac_tokens.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Refusal;

constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr std::size_t kBindingBytes = sizeof(Mac);
constexpr std::size_t kHeaderBytes = 2 * sizeof(std::int64_t) + kBindingBytes;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher NewCipher() {
  return Cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
}

unsigned char* Bytes(std::string& text, std::size_t offset = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + offset;
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// AES-256-GCM: nonce, ciphertext, tag.
std::string Seal(const std::string& key, absl::string_view plain) {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  RAND_bytes(Bytes(sealed), kNonceBytes);
  Cipher cipher = NewCipher();
  int size = 0;
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                     Bytes(sealed));
  EVP_EncryptUpdate(cipher.get(), Bytes(sealed, kNonceBytes), &size,
                    Bytes(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(cipher.get(), Bytes(sealed, kNonceBytes + size), &size);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                      Bytes(sealed, kNonceBytes + plain.size()));
  return sealed;
}

std::optional<std::string> Open(const std::string& key, std::string sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  Cipher cipher = NewCipher();
  int size = 0;
  EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                     Bytes(sealed));
  EVP_DecryptUpdate(cipher.get(), Bytes(plain), &size,
                    Bytes(sealed, kNonceBytes), static_cast<int>(plain.size()));
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                      Bytes(sealed, kNonceBytes + plain.size()));
  if (EVP_DecryptFinal_ex(cipher.get(), Bytes(plain, plain.size()), &size) !=
      1) {
    return std::nullopt;
  }
  return plain;
}

// Binary, of fixed size; both ends are this program.
std::string ToBytes(std::int64_t number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof(number));
}

std::int64_t ToNumber(absl::string_view bytes) {
  std::int64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  return number;
}

Refusal Bad(v1::ErrorReason reason, absl::string_view description) {
  return hierarchy::BadField(reason, "page_token", description,
                             "Repeat the list from its first page.");
}

}  // namespace

PageTokens::PageTokens(absl::string_view secret_key) {
  // A key of its own for this purpose.
  for (const char* half : {"page token 1", "page token 2"}) {
    const Mac mac = MakeMac(secret_key, half, "");
    key_.append(reinterpret_cast<const char*>(mac.data()), mac.size());
  }
}

std::string PageTokens::Make(const PagePosition& position,
                             absl::string_view binding) const {
  const Mac mac = MakeMac(key_, "binding", binding);
  return absl::WebSafeBase64Escape(Seal(
      key_,
      absl::StrCat(ToBytes(position.revision),
                   ToBytes(absl::ToUnixMicros(position.moment)),
                   absl::string_view(reinterpret_cast<const char*>(mac.data()),
                                     mac.size()),
                   position.after)));
}

std::variant<PagePosition, Refusal> PageTokens::Read(
    absl::string_view token, absl::string_view binding) const {
  std::string sealed;
  std::optional<std::string> plain;
  if (token.size() <= kPageTokenBytesMax &&
      absl::WebSafeBase64Unescape(token, &sealed) &&
      // The last character has bits to spare; there is one token, not several.
      absl::WebSafeBase64Escape(sealed) == token) {
    plain = Open(key_, std::move(sealed));
  }
  if (!plain || plain->size() < kHeaderBytes) {
    return Bad(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
               "The page token is damaged or was not made by this server.");
  }
  const absl::string_view bytes = *plain;
  if (!MacEquals(MakeMac(key_, "binding", binding),
                 bytes.substr(2 * sizeof(std::int64_t), kBindingBytes))) {
    return Bad(v1::ERROR_REASON_PAGE_TOKEN_MISMATCH,
               "The page token belongs to another list, filter or caller.");
  }
  PagePosition position;
  position.revision = ToNumber(bytes);
  position.moment =
      absl::FromUnixMicros(ToNumber(bytes.substr(sizeof(std::int64_t))));
  position.after = std::string(bytes.substr(kHeaderBytes));
  return position;
}

}  // namespace partner::server
