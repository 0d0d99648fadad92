#ifndef PARTNER_TESTS_MODEL_RULES_H_
#define PARTNER_TESTS_MODEL_RULES_H_

#include <memory>

#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "tests/model/ruling.h"

// The rules of every command as hierarchy/RULES.md and the comments of protos/
// say them: a second reading, made without the server's own.
namespace partner::model {

// Decides a well-formed command: blocks, or changes the ruling's state and
// returns the answer without its result. Nullptr for a command of no rule.
std::unique_ptr<google::protobuf::Message> Decide(
    Ruling& ruling, const google::protobuf::Message& request);

// party_rules.cc
v1::CreatePartnerResponse Rule(Ruling&, const v1::CreatePartnerRequest&);
v1::UpdatePartnerResponse Rule(Ruling&, const v1::UpdatePartnerRequest&);
v1::EnrollPartnerResponse Rule(Ruling&, const v1::EnrollPartnerRequest&);
v1::RestrictPartnerEnrollmentResponse Rule(
    Ruling&, const v1::RestrictPartnerEnrollmentRequest&);
v1::EndPartnerEnrollmentResponse Rule(Ruling&,
                                      const v1::EndPartnerEnrollmentRequest&);
v1::SuspendPartnerResponse Rule(Ruling&, const v1::SuspendPartnerRequest&);
v1::ReinstatePartnerResponse Rule(Ruling&, const v1::ReinstatePartnerRequest&);
v1::DeletePartnerResponse Rule(Ruling&, const v1::DeletePartnerRequest&);

// partnership_rules.cc
v1::CreatePartnershipResponse Rule(Ruling&,
                                   const v1::CreatePartnershipRequest&);
v1::AcceptPartnershipResponse Rule(Ruling&,
                                   const v1::AcceptPartnershipRequest&);
v1::DeclinePartnershipResponse Rule(Ruling&,
                                    const v1::DeclinePartnershipRequest&);
v1::TerminatePartnershipResponse Rule(Ruling&,
                                      const v1::TerminatePartnershipRequest&);

// customer_rules.cc
v1::CreateCustomerResponse Rule(Ruling&, const v1::CreateCustomerRequest&);
v1::UpdateCustomerResponse Rule(Ruling&, const v1::UpdateCustomerRequest&);
v1::DeleteCustomerResponse Rule(Ruling&, const v1::DeleteCustomerRequest&);

// invitation_rules.cc
v1::CreateInvitationResponse Rule(Ruling&, const v1::CreateInvitationRequest&);
v1::ForwardInvitationResponse Rule(Ruling&,
                                   const v1::ForwardInvitationRequest&);
v1::RevokeInvitationForwardResponse Rule(
    Ruling&, const v1::RevokeInvitationForwardRequest&);
v1::RevokeInvitationResponse Rule(Ruling&, const v1::RevokeInvitationRequest&);

// acceptance_rules.cc
v1::AcceptInvitationResponse Rule(Ruling&, const v1::AcceptInvitationRequest&);

// relationship_rules.cc
v1::AssociateResellerResponse Rule(Ruling&,
                                   const v1::AssociateResellerRequest&);
v1::DissociateResellerResponse Rule(Ruling&,
                                    const v1::DissociateResellerRequest&);
v1::RequestResellerRelationshipTerminationResponse Rule(
    Ruling&, const v1::RequestResellerRelationshipTerminationRequest&);
v1::TerminateResellerRelationshipResponse Rule(
    Ruling&, const v1::TerminateResellerRelationshipRequest&);

// admin_rules.cc
v1::GrantAdminRelationshipResponse Rule(
    Ruling&, const v1::GrantAdminRelationshipRequest&);
v1::RequestAdminRelationshipResponse Rule(
    Ruling&, const v1::RequestAdminRelationshipRequest&);
v1::ApproveAdminRelationshipResponse Rule(
    Ruling&, const v1::ApproveAdminRelationshipRequest&);
v1::RejectAdminRelationshipResponse Rule(
    Ruling&, const v1::RejectAdminRelationshipRequest&);
v1::TerminateAdminRelationshipResponse Rule(
    Ruling&, const v1::TerminateAdminRelationshipRequest&);
v1::RevokeAllAdminRelationshipsResponse Rule(
    Ruling&, const v1::RevokeAllAdminRelationshipsRequest&);

// granular_rules.cc
v1::CreateAdminRelationshipDraftResponse Rule(
    Ruling&, const v1::CreateAdminRelationshipDraftRequest&);
v1::UpdateAdminRelationshipDraftResponse Rule(
    Ruling&, const v1::UpdateAdminRelationshipDraftRequest&);
v1::LockAdminRelationshipForApprovalResponse Rule(
    Ruling&, const v1::LockAdminRelationshipForApprovalRequest&);
v1::ConsentToAdminRelationshipResponse Rule(
    Ruling&, const v1::ConsentToAdminRelationshipRequest&);
v1::SetAdminRelationshipAutoExtendResponse Rule(
    Ruling&, const v1::SetAdminRelationshipAutoExtendRequest&);
v1::RemoveAdminRelationshipPrivilegedRoleResponse Rule(
    Ruling&, const v1::RemoveAdminRelationshipPrivilegedRoleRequest&);

// policy_rules.cc
v1::ActivatePolicyEditionResponse Rule(Ruling&,
                                       const v1::ActivatePolicyEditionRequest&);
v1::WithdrawPolicyActivationResponse Rule(
    Ruling&, const v1::WithdrawPolicyActivationRequest&);

// --- What several share ------------------------------------------------------

// R61 for a reseller named beside an owner (customer_rules.cc).
void NeedResellerOf(Ruling& ruling, const std::string& owner,
                    v1::EnrollmentType as_enrollment,
                    const std::string& reseller);
// Adds a live association; the first is the default (customer_rules.cc).
void Associate(Ruling& ruling, const std::string& reseller,
               const std::string& forward,
               v1::ResellerRelationship* relationship);
// R66: blocks where nobody new is recorded (customer_rules.cc).
void NeedOpenProgram(Ruling& ruling);
// D8: a tenant another customer has (customer_rules.cc).
void NeedNewTenant(Ruling& ruling, const std::string& tenant);
// R23, D11 (customer_rules.cc).
void RefusePartnerTenant(Ruling& ruling, const std::string& tenant);
// D16: blocks with every other holder of a service, or takes the services from
// them (delegation.cc).
void MakeRoom(Ruling& ruling, const std::string& customer,
              const std::string& delegate, const v1::AdminScope& scope,
              bool replace);
// Ends administration (delegation.cc).
void EndAdmin(Ruling& ruling, v1::AdminRelationship* admin,
              v1::AdminEndCause cause);

// Blocks unless it waits for an answer; `wanted` is what it would become
// (granular_rules.cc).
void NeedPending(Ruling& ruling, const v1::AdminRelationship& admin,
                 v1::AdminRelationshipState wanted);
// Evidence is of a customer's decision only (granular_rules.cc).
void NeedNoEvidence(Ruling& ruling, bool has_attestation);
// D17: another partner than the delegate asked (granular_rules.cc).
bool AskedByAnother(const v1::AdminRelationship& admin);
// The customer approves what is granular (granular_rules.cc).
void ApproveGranular(Ruling& ruling, v1::AdminRelationship* admin);

// Deletes a party unless something live names it (references.cc).
void NeedUnreferenced(Ruling& ruling, const v1::Partner& partner);
void NeedUnreferenced(Ruling& ruling, const v1::Customer& customer);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_RULES_H_
