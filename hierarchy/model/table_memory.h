#ifndef PARTNER_HIERARCHY_MODEL_TABLE_MEMORY_H_
#define PARTNER_HIERARCHY_MODEL_TABLE_MEMORY_H_

#include <cstddef>

namespace partner::hierarchy {

// The size and alignment of the memory large tables are made of.
constexpr std::size_t kTableBlockBytes = std::size_t{2} << 20;

// Memory for a large table, at least `bytes`, aligned to kTableBlockBytes. With
// `huge`, in huge pages where the kernel has them: whoever reads gigabytes at
// random waits for the translation of addresses as long as for the data. Such a
// page is taken whole; without, memory is taken as it is used. Thread-safe.
void* AllocateTable(std::size_t bytes, bool huge);
void FreeTable(void* memory);

// For containers of the library that grow into one large table.
template <typename T>
struct TableAllocator {
  using value_type = T;
  TableAllocator() = default;
  template <typename U>
  TableAllocator(const TableAllocator<U>&) {}  // NOLINT: as allocators are.
  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    return static_cast<T*>(bytes < kTableBlockBytes
                               ? ::operator new(bytes)
                               : AllocateTable(bytes, true));
  }
  void deallocate(T* memory, std::size_t count) {
    if (count * sizeof(T) < kTableBlockBytes) {
      ::operator delete(memory);
    } else {
      FreeTable(memory);
    }
  }
  template <typename U>
  bool operator==(const TableAllocator<U>&) const {
    return true;
  }
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_TABLE_MEMORY_H_
