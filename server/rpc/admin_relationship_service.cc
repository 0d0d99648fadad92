#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {

using hierarchy::Kind;

std::unique_ptr<ServiceMethods> AdminRelationshipMethods(
    const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      hierarchy::v1::GetAdminRelationshipRequest::descriptor()->file()->service(
          0));
  methods->AddRead("GetAdminRelationship",
                   GetHandler(backend, Kind::kAdminRelationship));
  methods->AddList("ListAdminRelationships",
                   ListHandler(backend, Kind::kAdminRelationship));
  return methods;
}

}  // namespace partner::server
