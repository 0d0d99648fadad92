#ifndef PARTNER_TESTS_CRASH_REQUESTS_H_
#define PARTNER_TESTS_CRASH_REQUESTS_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/message.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "tests/wire/wire_caller.h"

// Single requests of an operator.
namespace partner::test {

inline constexpr char kOperatorName[] = "operators/end";

inline Answer CallAsOperator(const WireCaller& wire, const char* method,
                             const google::protobuf::Message& request) {
  return wire.Call(*WireCaller::FindMethod(method), request,
                   {kOperatorName, false});
}

// Records the partner `p<number>`, always with the same request id.
inline hierarchy::v1::CreatePartnerRequest NewPartner(int number) {
  hierarchy::v1::CreatePartnerRequest request;
  request.mutable_options()->set_request_id(
      absl::StrFormat("00000000-0000-4000-8000-%012d", number));
  request.set_parent("programs/global");
  request.set_partner_id(absl::StrCat("p", number));
  request.mutable_partner()->set_display_name("P");
  request.mutable_partner()->set_country("FR");
  request.mutable_partner()->set_tenant_id(
      absl::StrFormat("10000000-0000-4000-8000-%012d", number));
  return request;
}
inline Answer CreatePartner(const WireCaller& wire, int number) {
  return CallAsOperator(wire, "PartnerService.CreatePartner",
                        NewPartner(number));
}

// Reads the partner `p<number>`.
inline Answer GetPartner(const WireCaller& wire, int number) {
  hierarchy::v1::GetPartnerRequest request;
  request.set_name(absl::StrCat("programs/global/partners/p", number));
  return CallAsOperator(wire, "PartnerService.GetPartner", request);
}

inline hierarchy::v1::GetStatusResponse GetStatus(const WireCaller& wire) {
  const Answer answer =
      CallAsOperator(wire, "AdminService.GetStatus",
                     hierarchy::v1::GetStatusRequest::default_instance());
  return static_cast<const hierarchy::v1::GetStatusResponse&>(*answer.message);
}

}  // namespace partner::test

#endif  // PARTNER_TESTS_CRASH_REQUESTS_H_
