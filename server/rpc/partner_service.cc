#include "partner/hierarchy/v1/partner_service.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {

using hierarchy::Kind;

std::unique_ptr<ServiceMethods> PartnerMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      hierarchy::v1::GetPartnerRequest::descriptor()->file()->service(0));
  methods->AddRead("GetPartner", GetHandler(backend, Kind::kPartner));
  methods->AddList("ListPartners", ListHandler(backend, Kind::kPartner));
  return methods;
}

}  // namespace partner::server
