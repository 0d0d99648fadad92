#include "server/rpc/admission.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace partner::server {
namespace {

using hierarchy::Refusal;

constexpr const char* kLimitNames[kLoads] = {
    "in_flight_unary_max", "in_flight_list_max", "in_flight_stream_max"};

}  // namespace

Admission::Admission(const AdmissionLimits& limits)
    : limits_{limits.unary, limits.lists, limits.streams} {}

std::optional<Refusal> Admission::Enter(Load load, bool even_draining) {
  const auto index = static_cast<std::size_t>(load);
  // Counted before looking at `draining_`, so that whoever waits for the count
  // to reach 0 after StartDraining misses nobody.
  const int count = counts_[index].fetch_add(1) + 1;
  if (draining_.load() && !even_draining) {
    Leave(load);
    turned_away_.fetch_add(1);
    return Draining();
  }
  if (count > limits_[index]) {
    Leave(load);
    Refusal refusal = hierarchy::RefuseWith(
        hierarchy::v1::ERROR_REASON_OVERLOADED,
        "Too many calls are being worked on. Nothing was applied.",
        "Retry after the delay given.");
    refusal.metadata["limit"] = kLimitNames[index];
    refusal.metadata["value"] = absl::StrCat(limits_[index]);
    refusal.retry_after = absl::Milliseconds(200);
    return refusal;
  }
  return std::nullopt;
}

void Admission::Leave(Load load) {
  counts_[static_cast<std::size_t>(load)].fetch_sub(1);
}

int Admission::in_flight() const {
  int sum = 0;
  for (const std::atomic<int>& count : counts_) sum += count.load();
  return sum;
}

Refusal Draining() {
  Refusal refusal =
      hierarchy::RefuseWith(hierarchy::v1::ERROR_REASON_DRAINING,
                            "The server is stopping. Nothing was applied.",
                            "Retry elsewhere, or here after the delay given.");
  refusal.retry_after = absl::Seconds(1);
  return refusal;
}

}  // namespace partner::server
