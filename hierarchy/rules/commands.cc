// The table of mutation RPCs.
#include <algorithm>
#include <vector>

#include "hierarchy/rules/decisions.h"

namespace partner::hierarchy {
namespace {

template <typename Request, typename Response>
CommandSpec Command(absl::string_view service, absl::string_view method) {
  return {service, method, &Request::default_instance(),
          &Response::default_instance(),
          [](const DecisionContext& context,
             const google::protobuf::Message& request) {
            return Decide(context, static_cast<const Request&>(request));
          }};
}

#define PARTNER_COMMAND(service, method) \
  Command<v1::method##Request, v1::method##Response>(service, #method)

const std::vector<CommandSpec>& Table() {
  static const auto* const table = new std::vector<CommandSpec>{
      PARTNER_COMMAND("PartnerService", CreatePartner),
      PARTNER_COMMAND("PartnerService", UpdatePartner),
      PARTNER_COMMAND("PartnerService", EnrollPartner),
      PARTNER_COMMAND("PartnerService", RestrictPartnerEnrollment),
      PARTNER_COMMAND("PartnerService", EndPartnerEnrollment),
      PARTNER_COMMAND("PartnerService", SuspendPartner),
      PARTNER_COMMAND("PartnerService", ReinstatePartner),
      PARTNER_COMMAND("PartnerService", DeletePartner),
      PARTNER_COMMAND("PartnershipService", CreatePartnership),
      PARTNER_COMMAND("PartnershipService", AcceptPartnership),
      PARTNER_COMMAND("PartnershipService", DeclinePartnership),
      PARTNER_COMMAND("PartnershipService", TerminatePartnership),
      PARTNER_COMMAND("CustomerService", CreateCustomer),
      PARTNER_COMMAND("CustomerService", UpdateCustomer),
      PARTNER_COMMAND("CustomerService", DeleteCustomer),
      PARTNER_COMMAND("InvitationService", CreateInvitation),
      PARTNER_COMMAND("InvitationService", ForwardInvitation),
      PARTNER_COMMAND("InvitationService", RevokeInvitationForward),
      PARTNER_COMMAND("InvitationService", RevokeInvitation),
      PARTNER_COMMAND("InvitationService", AcceptInvitation),
      PARTNER_COMMAND("ResellerRelationshipService", AssociateReseller),
      PARTNER_COMMAND("ResellerRelationshipService", DissociateReseller),
      PARTNER_COMMAND("ResellerRelationshipService",
                      RequestResellerRelationshipTermination),
      PARTNER_COMMAND("ResellerRelationshipService",
                      TerminateResellerRelationship),
      PARTNER_COMMAND("AdminRelationshipService", GrantAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService", RequestAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService", CreateAdminRelationshipDraft),
      PARTNER_COMMAND("AdminRelationshipService", UpdateAdminRelationshipDraft),
      PARTNER_COMMAND("AdminRelationshipService",
                      LockAdminRelationshipForApproval),
      PARTNER_COMMAND("AdminRelationshipService", ConsentToAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService",
                      SetAdminRelationshipAutoExtend),
      PARTNER_COMMAND("AdminRelationshipService",
                      RemoveAdminRelationshipPrivilegedRole),
      PARTNER_COMMAND("AdminRelationshipService", ApproveAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService", RejectAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService", TerminateAdminRelationship),
      PARTNER_COMMAND("AdminRelationshipService", RevokeAllAdminRelationships),
      PARTNER_COMMAND("PolicyService", ActivatePolicyEdition),
      PARTNER_COMMAND("PolicyService", WithdrawPolicyActivation),
  };
  return *table;
}

#undef PARTNER_COMMAND

}  // namespace

absl::Span<const CommandSpec> Commands() { return Table(); }

const CommandSpec* FindCommand(absl::string_view service,
                               absl::string_view method) {
  for (const CommandSpec& spec : Table()) {
    if (spec.service == service && spec.method == method) return &spec;
  }
  return nullptr;
}

}  // namespace partner::hierarchy
