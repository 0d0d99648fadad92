#include <memory>

#include "absl/time/time.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;

constexpr std::int64_t kMicros = 1000000;

Outcome Advance(TestClock* clock, const CallContext& context,
                const v1::AdvanceClockRequest& request,
                v1::AdvanceClockResponse* response) {
  if (Outcome refused = RequireOperator(context)) return refused;
  if (request.has_by() == request.has_to()) {
    return hierarchy::BadField(v1::ERROR_REASON_FIELD_INVALID, "by",
                               "Exactly one of `by` and `to` is needed.",
                               "Send one of them.");
  }
  const absl::Time now = clock->Now();
  const absl::Time target =
      request.has_by() ? now + absl::Seconds(request.by().seconds()) +
                             absl::Nanoseconds(request.by().nanos())
                       : absl::FromUnixSeconds(request.to().seconds()) +
                             absl::Nanoseconds(request.to().nanos());
  if (target < now || (request.has_by() && target == now)) {
    return hierarchy::BadField(v1::ERROR_REASON_FIELD_INVALID,
                               request.has_by() ? "by" : "to",
                               "Time never goes back.", "Move it forward.");
  }
  const std::int64_t micros = absl::ToUnixMicros(
      clock->AdvanceTo(absl::FromUnixMicros(absl::ToUnixMicros(target))));
  response->mutable_current_time()->set_seconds(micros / kMicros);
  response->mutable_current_time()->set_nanos(
      static_cast<std::int32_t>(micros % kMicros * 1000));
  return std::nullopt;
}

}  // namespace

std::unique_ptr<ServiceMethods> TestClockMethods(TestClock* clock) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::AdvanceClockRequest::descriptor()->file()->service(0));
  methods->AddInline<v1::AdvanceClockRequest, v1::AdvanceClockResponse>(
      "AdvanceClock", [clock](const CallContext& context,
                              const v1::AdvanceClockRequest& request,
                              v1::AdvanceClockResponse* response) {
        return Advance(clock, context, request, response);
      });
  return methods;
}

}  // namespace partner::server
