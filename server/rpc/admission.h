#ifndef PARTNER_SERVER_RPC_ADMISSION_H_
#define PARTNER_SERVER_RPC_ADMISSION_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "hierarchy/rules/refusal.h"

namespace partner::server {

// What a call costs while it is in flight.
enum class Load : std::uint8_t { kUnary = 0, kList = 1, kStream = 2 };
inline constexpr int kLoads = 3;

// How many calls may be in flight, over all connections.
struct AdmissionLimits {
  int unary = 512;
  int lists = 64;
  int streams = 2000;
};

// Counts calls in flight and turns away what is too much. Thread-safe, without
// a lock.
class Admission {
 public:
  explicit Admission(const AdmissionLimits& limits);

  // Lets a call in, or refuses it with OVERLOADED, or with DRAINING once
  // draining unless `even_draining`. Each call let in must Leave once.
  std::optional<hierarchy::Refusal> Enter(Load load, bool even_draining);
  void Leave(Load load);

  // From now on calls are refused.
  void StartDraining() { draining_.store(true); }
  bool draining() const { return draining_.load(); }
  int in_flight() const;
  // Calls refused so far because of that.
  std::int64_t turned_away() const { return turned_away_.load(); }

 private:
  std::array<int, kLoads> limits_;
  std::array<std::atomic<int>, kLoads> counts_{};
  std::atomic<bool> draining_{false};
  std::atomic<std::int64_t> turned_away_{0};
};

// The refusal of everything while the server stops.
hierarchy::Refusal Draining();

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_ADMISSION_H_
