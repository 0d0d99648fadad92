#ifndef PARTNER_HIERARCHY_MODEL_TOKENS_H_
#define PARTNER_HIERARCHY_MODEL_TOKENS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace partner::hierarchy {

// Makes and reads invitation tokens: the name of an invitation or a forward
// with a 128-bit MAC under the store's key (D5). Implementations are
// thread-safe.
class Tokens {
 public:
  virtual ~Tokens() = default;
  // The token of a full invitation or forward name.
  virtual std::string Make(absl::string_view name) const = 0;
  // The full name a token was made for, when it was made by this store for a
  // name of `program`.
  virtual std::optional<std::string> Read(absl::string_view program,
                                          absl::string_view token) const = 0;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_TOKENS_H_
