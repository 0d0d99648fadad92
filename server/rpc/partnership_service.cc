#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {

using hierarchy::Kind;

std::unique_ptr<ServiceMethods> PartnershipMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      hierarchy::v1::GetPartnershipRequest::descriptor()->file()->service(0));
  methods->AddRead("GetPartnership", GetHandler(backend, Kind::kPartnership));
  methods->AddList("ListPartnerships",
                   ListHandler(backend, Kind::kPartnership));
  return methods;
}

}  // namespace partner::server
