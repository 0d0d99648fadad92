#ifndef PARTNER_HIERARCHY_MODEL_BLOCKS_H_
#define PARTNER_HIERARCHY_MODEL_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace partner::hierarchy {

// A sequence that only grows and never moves its items. Blocks are large, so
// that the list of blocks stays in the processor's cache: reading an item at
// random costs one trip to memory, where std::deque takes two.
template <typename Item>
class Blocks {
 public:
  Item& operator[](std::size_t index) {
    return blocks_[index >> kBits][index & kMask];
  }
  const Item& operator[](std::size_t index) const {
    return blocks_[index >> kBits][index & kMask];
  }
  std::size_t size() const { return size_; }

  // Appends an item and returns it.
  Item& push_back(Item item) {
    resize(size_ + 1);
    return (*this)[size_ - 1] = std::move(item);
  }
  // Appends empty items up to `size`, which is not less than now.
  void resize(std::size_t size) {
    while (blocks_.size() << kBits < size) {
      blocks_.push_back(std::make_unique<Item[]>(std::size_t{1} << kBits));
    }
    size_ = size;
  }

 private:
  static constexpr int kBits = 9;
  static constexpr std::size_t kMask = (std::size_t{1} << kBits) - 1;

  std::vector<std::unique_ptr<Item[]>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_BLOCKS_H_
