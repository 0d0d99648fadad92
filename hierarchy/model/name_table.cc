#include "hierarchy/model/name_table.h"

#include <cstring>

namespace partner::hierarchy {

NameTable::~NameTable() {
  for (char* block : blocks_) FreeTable(block);
}

std::uint32_t NameTable::Intern(absl::string_view text) {
  if (const std::optional<std::uint32_t> known = Find(text)) return *known;
  const std::uint32_t id = size();
  const std::size_t bytes = sizeof(id) + 1 + text.size();
  if (block_used_ + bytes > kBlockBytes) {
    // The first is enough for small programs.
    blocks_.push_back(
        static_cast<char*>(AllocateTable(kBlockBytes, !blocks_.empty())));
    block_used_ = 0;
  }
  char* at = blocks_.back() + block_used_;
  std::memcpy(at, &id, sizeof(id));
  at[sizeof(id)] = static_cast<char>(text.size());
  std::memcpy(at + sizeof(id) + 1, text.data(), text.size());
  offsets_.push_back(static_cast<std::uint32_t>(
      ((blocks_.size() - 1) << kBlockBits) + block_used_));
  block_used_ += bytes;
  index_.insert(offsets_.back());
  return id;
}

std::optional<std::uint32_t> NameTable::Find(absl::string_view text) const {
  const auto found = index_.find(text);
  if (found == index_.end()) return std::nullopt;
  return EntryAt(*found).id;
}

}  // namespace partner::hierarchy
