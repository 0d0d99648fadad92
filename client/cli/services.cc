#include <string>
#include <vector>

#include "client/cli/command_table.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/hierarchy_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "partner/hierarchy/v1/test_clock_service.pb.h"

// The only file that names the generated messages of every service: it links
// their descriptors into the program.
namespace partner::client {

namespace v1 = ::partner::hierarchy::v1;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

const std::vector<const ServiceDescriptor*>& Services() {
  static const auto* const kServices =
      new std::vector<const ServiceDescriptor*>{
          v1::GetPartnerRequest::descriptor()->file()->service(0),
          v1::GetPartnershipRequest::descriptor()->file()->service(0),
          v1::GetCustomerRequest::descriptor()->file()->service(0),
          v1::GetInvitationRequest::descriptor()->file()->service(0),
          v1::GetResellerRelationshipRequest::descriptor()->file()->service(0),
          v1::GetAdminRelationshipRequest::descriptor()->file()->service(0),
          v1::ResolveChannelRequest::descriptor()->file()->service(0),
          v1::CheckAccessRequest::descriptor()->file()->service(0),
          v1::GetPolicyRequest::descriptor()->file()->service(0),
          v1::GetStatusRequest::descriptor()->file()->service(0),
          v1::AdvanceClockRequest::descriptor()->file()->service(0)};
  return *kServices;
}

const MethodDescriptor* FindMethod(const std::string& name) {
  const std::size_t dot = name.find('.');
  for (const ServiceDescriptor* service : Services()) {
    if (service->name() == name.substr(0, dot)) {
      return service->FindMethodByName(name.substr(dot + 1));
    }
  }
  return nullptr;
}

}  // namespace partner::client
