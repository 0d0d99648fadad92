#ifndef PARTNER_HIERARCHY_MODEL_NAME_TABLE_H_
#define PARTNER_HIERARCHY_MODEL_NAME_TABLE_H_

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "hierarchy/model/table_memory.h"

namespace partner::hierarchy {

// Gives short texts dense 32-bit numbers, in the order they first appear, and
// never forgets one. Texts lie back to back in large blocks, each behind its
// number and length, so that finding one reads memory in two places only. Not
// thread-safe.
class NameTable {
 public:
  NameTable() : index_(0, Hash{this}, Equal{this}) {}
  ~NameTable();
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  // The number of `text`, new when it has none. At most 255 bytes.
  std::uint32_t Intern(absl::string_view text);
  // The number of `text`; nullopt when it has none.
  std::optional<std::uint32_t> Find(absl::string_view text) const;
  // Asks the processor for where Find begins.
  void Prefetch(absl::string_view text) const { index_.prefetch(text); }
  // The text of a number given by Intern.
  absl::string_view TextOf(std::uint32_t id) const {
    return EntryAt(offsets_[id]).text;
  }
  std::uint32_t size() const {
    return static_cast<std::uint32_t>(offsets_.size());
  }

 private:
  static constexpr int kBlockBits = 21;
  static constexpr std::size_t kBlockBytes = std::size_t{1} << kBlockBits;
  static_assert(kBlockBytes == kTableBlockBytes);

  // What lies at an offset.
  struct Entry {
    std::uint32_t id;
    absl::string_view text;
  };
  Entry EntryAt(std::uint32_t offset) const {
    const char* at =
        blocks_[offset >> kBlockBits] + (offset & (kBlockBytes - 1));
    Entry entry;
    std::memcpy(&entry.id, at, sizeof(entry.id));
    at += sizeof(entry.id);
    entry.text = absl::string_view(at + 1, static_cast<unsigned char>(*at));
    return entry;
  }

  // The index holds offsets and is asked for texts.
  struct Hash {
    using is_transparent = void;
    const NameTable* table;
    std::size_t operator()(absl::string_view text) const {
      return absl::Hash<absl::string_view>()(text);
    }
    std::size_t operator()(std::uint32_t offset) const {
      return (*this)(table->EntryAt(offset).text);
    }
  };
  struct Equal {
    using is_transparent = void;
    const NameTable* table;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(std::uint32_t a, absl::string_view b) const {
      return table->EntryAt(a).text == b;
    }
    bool operator()(absl::string_view a, std::uint32_t b) const {
      return table->EntryAt(b).text == a;
    }
  };

  std::vector<char*> blocks_;
  std::size_t block_used_ = kBlockBytes;
  std::vector<std::uint32_t> offsets_;  // By number.
  absl::flat_hash_set<std::uint32_t, Hash, Equal, TableAllocator<std::uint32_t>>
      index_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_NAME_TABLE_H_
