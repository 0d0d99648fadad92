#include "client/request_id.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace partner::client {

std::string NewRequestId() {
  // The operating system's generator, not a seeded one: two processes started
  // together must not choose the same ids. Up to 256 bytes never fail.
  std::array<std::uint16_t, 5> random{};
  if (getentropy(random.data(), sizeof(random)) != 0) return "";
  const auto time = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::system_clock::now().time_since_epoch())
          .count());
  const unsigned version = 0x7000U | (random[0] & 0x0fffU);
  const unsigned variant = 0x8000U | (random[1] & 0x3fffU);
  char text[37];
  std::snprintf(text, sizeof(text), "%08x-%04x-%04x-%04x-%04x%04x%04x",
                static_cast<unsigned>(time >> 16U & 0xffffffffU),
                static_cast<unsigned>(time & 0xffffU), version, variant,
                static_cast<unsigned>(random[2]),
                static_cast<unsigned>(random[3]),
                static_cast<unsigned>(random[4]));
  return text;
}

}  // namespace partner::client
