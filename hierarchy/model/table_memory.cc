#include "hierarchy/model/table_memory.h"

#include <sys/mman.h>

#include <new>

namespace partner::hierarchy {
namespace {

constexpr std::align_val_t kAlignment{kTableBlockBytes};

}  // namespace

void* AllocateTable(std::size_t bytes, bool huge) {
  const std::size_t whole =
      (bytes + kTableBlockBytes - 1) / kTableBlockBytes * kTableBlockBytes;
  void* memory = ::operator new(whole, kAlignment);
  // Without huge pages it is only slower.
  if (huge) madvise(memory, whole, MADV_HUGEPAGE);
  return memory;
}

void FreeTable(void* memory) { ::operator delete(memory, kAlignment); }

}  // namespace partner::hierarchy
