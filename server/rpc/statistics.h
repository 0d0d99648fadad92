#ifndef PARTNER_SERVER_RPC_STATISTICS_H_
#define PARTNER_SERVER_RPC_STATISTICS_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/support/status_code_enum.h"

namespace partner::server {

// Number of canonical status codes.
inline constexpr int kStatusCodes = 17;

// How often one method ended with each code and how long it took. Thread-safe,
// without a lock.
class CallCounters {
 public:
  struct Count {
    std::int64_t calls = 0;
    absl::Duration total_time;
  };

  void Record(grpc::StatusCode code, absl::Duration time) {
    Cell& cell = cells_[static_cast<std::size_t>(code)];
    cell.calls.fetch_add(1, std::memory_order_relaxed);
    cell.nanoseconds.fetch_add(absl::ToInt64Nanoseconds(time),
                               std::memory_order_relaxed);
  }
  Count Get(grpc::StatusCode code) const {
    const Cell& cell = cells_[static_cast<std::size_t>(code)];
    return {
        cell.calls.load(std::memory_order_relaxed),
        absl::Nanoseconds(cell.nanoseconds.load(std::memory_order_relaxed))};
  }

 private:
  struct Cell {
    std::atomic<std::int64_t> calls{0};
    std::atomic<std::int64_t> nanoseconds{0};
  };
  std::array<Cell, kStatusCodes> cells_;
};

// `NOT_FOUND` and so on.
absl::string_view CodeName(grpc::StatusCode code);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_STATISTICS_H_
