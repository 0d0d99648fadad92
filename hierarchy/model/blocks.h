#ifndef PARTNER_HIERARCHY_MODEL_BLOCKS_H_
#define PARTNER_HIERARCHY_MODEL_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "hierarchy/model/table_memory.h"

namespace partner::hierarchy {

// A sequence that only grows and never moves its items. Blocks are large, so
// that the list of blocks stays in the processor's cache: reading an item at
// random costs one trip to memory, where std::deque takes two.
template <typename Item>
class Blocks {
 public:
  Blocks() = default;
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  ~Blocks() {
    for (std::size_t i = 0; i < size_; ++i) (*this)[i].~Item();
    for (Item* block : blocks_) FreeTable(block);
  }

  Item& operator[](std::size_t index) {
    return blocks_[index / kPerBlock][index % kPerBlock];
  }
  const Item& operator[](std::size_t index) const {
    return blocks_[index / kPerBlock][index % kPerBlock];
  }
  std::size_t size() const { return size_; }

  // Appends an item and returns it.
  Item& push_back(Item item) {
    resize(size_ + 1);
    return (*this)[size_ - 1] = std::move(item);
  }
  // Appends empty items up to `size`, which is not less than now.
  void resize(std::size_t size) {
    for (; size_ < size; ++size_) {
      if (blocks_.size() * kPerBlock == size_) {
        // The first is enough for small programs.
        blocks_.push_back(static_cast<Item*>(
            AllocateTable(kTableBlockBytes, !blocks_.empty())));
      }
      new (&blocks_.back()[size_ % kPerBlock]) Item();
    }
  }

 private:
  static constexpr std::size_t kPerBlock = kTableBlockBytes / sizeof(Item);

  std::vector<Item*> blocks_;
  std::size_t size_ = 0;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_BLOCKS_H_
