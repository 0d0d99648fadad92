#ifndef PARTNER_TESTS_HIERARCHY_SEED_H_
#define PARTNER_TESTS_HIERARCHY_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

namespace partner::hierarchy {

// The choices of a random test. Takes its seed from PARTNER_SEED, else a new
// one, and prints it.
class Choices {
 public:
  Choices() : Choices(SeedFromOutside()) {}
  explicit Choices(std::uint64_t seed) : random_(seed) {
    std::cout << "PARTNER_SEED=" << seed << std::endl;
  }
  // 0 to `below` - 1.
  int Below(int below) {
    return static_cast<int>(random_() % static_cast<std::uint64_t>(below));
  }
  bool OneIn(int many) { return Below(many) == 0; }
  template <typename Item>
  const Item& Of(const std::vector<Item>& items) {
    return items[Below(static_cast<int>(items.size()))];
  }

 private:
  static std::uint64_t SeedFromOutside() {
    const char* given = std::getenv("PARTNER_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10)
                            : std::random_device()();
  }

  std::mt19937_64 random_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_TESTS_HIERARCHY_SEED_H_
