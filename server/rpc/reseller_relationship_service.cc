#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {

using hierarchy::Kind;

std::unique_ptr<ServiceMethods> ResellerRelationshipMethods(
    const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      hierarchy::v1::GetResellerRelationshipRequest::descriptor()
          ->file()
          ->service(0));
  methods->AddRead("GetResellerRelationship",
                   GetHandler(backend, Kind::kResellerRelationship));
  methods->AddList("ListResellerRelationships",
                   ListHandler(backend, Kind::kResellerRelationship));
  return methods;
}

}  // namespace partner::server
