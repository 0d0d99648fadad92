#include "partner/hierarchy/v1/customer_service.pb.h"
#include "server/rpc/list.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {

using hierarchy::Kind;

std::unique_ptr<ServiceMethods> CustomerMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      hierarchy::v1::GetCustomerRequest::descriptor()->file()->service(0));
  methods->AddRead("GetCustomer", GetHandler(backend, Kind::kCustomer));
  methods->AddList("ListCustomers", ListHandler(backend, Kind::kCustomer));
  return methods;
}

}  // namespace partner::server
