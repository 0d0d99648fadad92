#include "tests/model/rules.h"

namespace partner::model {
namespace {

using google::protobuf::Message;

// Decides when the request is of this type.
template <typename Request>
void Try(Ruling& ruling, const Message& request,
         std::unique_ptr<Message>* answer) {
  const auto* typed = dynamic_cast<const Request*>(&request);
  if (typed == nullptr) return;
  using Response = decltype(Rule(ruling, *typed));
  auto response = std::make_unique<Response>();
  if (ruling.Begin(typed->options())) *response = Rule(ruling, *typed);
  *answer = std::move(response);
}

template <typename... Requests>
std::unique_ptr<Message> TryAll(Ruling& ruling, const Message& request) {
  std::unique_ptr<Message> answer;
  (Try<Requests>(ruling, request, &answer), ...);
  return answer;
}

}  // namespace

std::unique_ptr<Message> Decide(Ruling& ruling, const Message& request) {
  return TryAll<
      v1::CreatePartnerRequest, v1::UpdatePartnerRequest,
      v1::EnrollPartnerRequest, v1::RestrictPartnerEnrollmentRequest,
      v1::EndPartnerEnrollmentRequest, v1::SuspendPartnerRequest,
      v1::ReinstatePartnerRequest, v1::DeletePartnerRequest,
      v1::CreatePartnershipRequest, v1::AcceptPartnershipRequest,
      v1::DeclinePartnershipRequest, v1::TerminatePartnershipRequest,
      v1::CreateCustomerRequest, v1::UpdateCustomerRequest,
      v1::DeleteCustomerRequest, v1::CreateInvitationRequest,
      v1::ForwardInvitationRequest, v1::RevokeInvitationForwardRequest,
      v1::RevokeInvitationRequest, v1::AcceptInvitationRequest,
      v1::AssociateResellerRequest, v1::DissociateResellerRequest,
      v1::RequestResellerRelationshipTerminationRequest,
      v1::TerminateResellerRelationshipRequest,
      v1::GrantAdminRelationshipRequest, v1::RequestAdminRelationshipRequest,
      v1::ApproveAdminRelationshipRequest, v1::RejectAdminRelationshipRequest,
      v1::TerminateAdminRelationshipRequest,
      v1::CreateAdminRelationshipDraftRequest,
      v1::UpdateAdminRelationshipDraftRequest,
      v1::LockAdminRelationshipForApprovalRequest,
      v1::ConsentToAdminRelationshipRequest,
      v1::SetAdminRelationshipAutoExtendRequest,
      v1::RemoveAdminRelationshipPrivilegedRoleRequest,
      v1::RevokeAllAdminRelationshipsRequest, v1::ActivatePolicyEditionRequest,
      v1::WithdrawPolicyActivationRequest>(ruling, request);
}

}  // namespace partner::model
