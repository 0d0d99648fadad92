#ifndef PARTNER_TESTS_FUZZ_INPUT_H_
#define PARTNER_TESTS_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

// What the fuzz targets share: taking an input apart, and saying that
// something does not hold.
namespace partner::test {

// Ends the process, which is what a fuzzer reports, unless it holds.
inline void Must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// The bytes of one input, taken from the front; zeros when there are none left.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : left_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return left_.empty(); }
  std::uint8_t Byte() {
    const absl::string_view byte = Bytes(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte.front());
  }
  // Two bytes, the higher one first.
  std::size_t Size() {
    const std::size_t high = Byte();
    return high << 8 | Byte();
  }
  std::int64_t Number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | Byte();
    return static_cast<std::int64_t>(number);
  }
  // As many as are left when that is fewer.
  absl::string_view Bytes(std::size_t count) {
    const absl::string_view bytes = left_.substr(0, count);
    left_.remove_prefix(bytes.size());
    return bytes;
  }
  absl::string_view Rest() { return Bytes(left_.size()); }

 private:
  absl::string_view left_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_FUZZ_INPUT_H_
