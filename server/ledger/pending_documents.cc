#include "server/ledger/pending_documents.h"

#include "absl/strings/match.h"

namespace partner::server {

using hierarchy::Kind;

void PendingDocuments::Reset(StoreReader* reader, std::int64_t head) {
  reader_ = reader;
  head_ = head;
  written_.clear();
  unique_.clear();
  read_.clear();
}

void PendingDocuments::Put(const DocumentWrite& write) {
  written_[{write.kind, write.name}] = write.body;
  for (const std::string& key : write.unique_keys) unique_[key] = write.name;
}

absl::StatusOr<std::optional<std::string>> PendingDocuments::Get(
    Kind kind, absl::string_view name) const {
  const Key key{kind, std::string(name)};
  if (const auto found = written_.find(key); found != written_.end()) {
    return std::optional<std::string>(found->second);
  }
  if (const auto found = read_.find(key); found != read_.end()) {
    return found->second;
  }
  absl::StatusOr<std::optional<StoredDocument>> stored =
      reader_->Get(kind, name, head_);
  if (!stored.ok()) return stored.status();
  std::optional<std::string> body;
  if (stored->has_value()) body = std::move((*stored)->body);
  read_[key] = body;
  return body;
}

absl::Status PendingDocuments::List(
    Kind kind, absl::string_view prefix,
    const std::function<void(absl::string_view, absl::string_view)>& visit)
    const {
  // Both are ordered by name: merge them.
  auto written = written_.lower_bound({kind, std::string(prefix)});
  const auto in_range = [&] {
    return written != written_.end() && written->first.first == kind &&
           absl::StartsWith(written->first.second, prefix);
  };
  ListRange range;
  range.kind = kind;
  range.prefix = std::string(prefix);
  range.revision = head_;
  const absl::Status status =
      reader_->List(range, [&](const StoredDocument& stored) {
        while (in_range() && written->first.second < stored.name) {
          visit(written->first.second, written->second);
          ++written;
        }
        if (in_range() && written->first.second == stored.name) {
          visit(written->first.second, written->second);
          ++written;
        } else if (stored.revision > 0) {
          visit(stored.name, stored.body);
        }
        return true;
      });
  if (!status.ok()) return status;
  for (; in_range(); ++written) {
    visit(written->first.second, written->second);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> PendingDocuments::FindUnique(
    absl::string_view key) const {
  if (const auto found = unique_.find(std::string(key));
      found != unique_.end()) {
    return std::optional<std::string>(found->second);
  }
  return reader_->FindUnique(key);
}

}  // namespace partner::server
