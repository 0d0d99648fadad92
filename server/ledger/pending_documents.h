#ifndef PARTNER_SERVER_LEDGER_PENDING_DOCUMENTS_H_
#define PARTNER_SERVER_LEDGER_PENDING_DOCUMENTS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "hierarchy/rules/decide.h"
#include "server/storage/store.h"

namespace partner::server {

// The documents as a command in the middle of a group sees them: what is
// stored, and over it what the group's earlier commands wrote. For the ledger's
// thread.
class PendingDocuments : public hierarchy::Documents {
 public:
  // Forgets the last group. `reader` sees what is committed, up to `head`.
  void Reset(StoreReader* reader, std::int64_t head);
  // Puts a version over what is stored.
  void Put(const DocumentWrite& write);

  absl::StatusOr<std::optional<std::string>> Get(
      hierarchy::Kind kind, absl::string_view name) const override;
  absl::Status List(
      hierarchy::Kind kind, absl::string_view prefix,
      const std::function<void(absl::string_view, absl::string_view)>& visit)
      const override;
  absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) const override;

 private:
  using Key = std::pair<hierarchy::Kind, std::string>;
  StoreReader* reader_ = nullptr;
  std::int64_t head_ = 0;
  std::map<Key, std::string> written_;
  std::map<std::string, std::string> unique_;
  // Bodies read from the store for this group, also absent ones.
  mutable std::map<Key, std::optional<std::string>> read_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_LEDGER_PENDING_DOCUMENTS_H_
