#ifndef PARTNER_HIERARCHY_RULES_DECISIONS_H_
#define PARTNER_HIERARCHY_RULES_DECISIONS_H_

#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"

// One decision for each mutation RPC; what each does stands at the RPC in
// protos/, the rules it holds in RULES.md.
namespace partner::hierarchy {

// partner_rules.cc
Decision Decide(const DecisionContext&, const v1::CreatePartnerRequest&);
Decision Decide(const DecisionContext&, const v1::UpdatePartnerRequest&);
Decision Decide(const DecisionContext&, const v1::EnrollPartnerRequest&);
Decision Decide(const DecisionContext&,
                const v1::RestrictPartnerEnrollmentRequest&);
Decision Decide(const DecisionContext&, const v1::EndPartnerEnrollmentRequest&);
Decision Decide(const DecisionContext&, const v1::SuspendPartnerRequest&);
Decision Decide(const DecisionContext&, const v1::ReinstatePartnerRequest&);
Decision Decide(const DecisionContext&, const v1::DeletePartnerRequest&);

// partnership_rules.cc
Decision Decide(const DecisionContext&, const v1::CreatePartnershipRequest&);
Decision Decide(const DecisionContext&, const v1::AcceptPartnershipRequest&);
Decision Decide(const DecisionContext&, const v1::DeclinePartnershipRequest&);
Decision Decide(const DecisionContext&, const v1::TerminatePartnershipRequest&);

// customer_rules.cc
Decision Decide(const DecisionContext&, const v1::CreateCustomerRequest&);
Decision Decide(const DecisionContext&, const v1::UpdateCustomerRequest&);
Decision Decide(const DecisionContext&, const v1::DeleteCustomerRequest&);

// invitation_rules.cc
Decision Decide(const DecisionContext&, const v1::CreateInvitationRequest&);
Decision Decide(const DecisionContext&, const v1::ForwardInvitationRequest&);
Decision Decide(const DecisionContext&,
                const v1::RevokeInvitationForwardRequest&);
Decision Decide(const DecisionContext&, const v1::RevokeInvitationRequest&);

// acceptance_rules.cc
Decision Decide(const DecisionContext&, const v1::AcceptInvitationRequest&);

// relationship_rules.cc
Decision Decide(const DecisionContext&, const v1::AssociateResellerRequest&);
Decision Decide(const DecisionContext&, const v1::DissociateResellerRequest&);
Decision Decide(const DecisionContext&,
                const v1::RequestResellerRelationshipTerminationRequest&);
Decision Decide(const DecisionContext&,
                const v1::TerminateResellerRelationshipRequest&);

// admin_rules.cc
Decision Decide(const DecisionContext&,
                const v1::GrantAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::RequestAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::ApproveAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::RejectAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::TerminateAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::RevokeAllAdminRelationshipsRequest&);

// granular_rules.cc
Decision Decide(const DecisionContext&,
                const v1::CreateAdminRelationshipDraftRequest&);
Decision Decide(const DecisionContext&,
                const v1::UpdateAdminRelationshipDraftRequest&);
Decision Decide(const DecisionContext&,
                const v1::LockAdminRelationshipForApprovalRequest&);
Decision Decide(const DecisionContext&,
                const v1::ConsentToAdminRelationshipRequest&);
Decision Decide(const DecisionContext&,
                const v1::SetAdminRelationshipAutoExtendRequest&);
Decision Decide(const DecisionContext&,
                const v1::RemoveAdminRelationshipPrivilegedRoleRequest&);

// policy_rules.cc
Decision Decide(const DecisionContext&,
                const v1::ActivatePolicyEditionRequest&);
Decision Decide(const DecisionContext&,
                const v1::WithdrawPolicyActivationRequest&);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_DECISIONS_H_
