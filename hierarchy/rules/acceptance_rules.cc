// Accepting an invitation: R19, R20, R23, R41, R43, R47, R48, R66, D6-D9, D16.
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "hierarchy/rules/customers.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/delegation.h"
#include "hierarchy/rules/invitations.h"

namespace partner::hierarchy {
namespace {

// One acceptance in the making.
class Acceptance {
 public:
  Acceptance(const DecisionContext& context,
             const v1::AcceptInvitationRequest& request)
      : request_(request), decider_(context, request.options()) {}

  Decision Run() {
    if (!decider_.ok() || !ReadDocuments()) return decider_.Stop();
    CheckInvitation();
    if (!FindCustomer()) return decider_.Stop();
    decider_.RequireCustomer(customer_.name(), request_.has_attestation(),
                             request_.attestation());
    FindWhatExists();
    const bool new_relationship = !relationship_.has_value();
    if (new_relationship) {
      RefusePartnerTenant(decider_, customer_.tenant_id());
      RefuseOwnReseller(decider_, customer_.tenant_id(), issuer_name_);
      RequireRegionOf(decider_, issuer_name_, customer_.country());
    }
    const bool associates = Associates();
    const bool grants =
        invitation_->admin_offer() == v1::ADMIN_OFFER_BROAD && !broad_;
    if (grants) {
      MakeRoom(decider_, customer_id_, issuer_, FullCoverage(),
               request_.replace_overlapping());
    }
    if (!new_relationship && !associates && !grants && !new_customer_) {
      RefuseAcceptedBefore();
    }
    if (!decider_.ok()) return decider_.Stop();
    return Commit(associates, grants);
  }

 private:
  bool ReadDocuments() {
    const DecisionContext& context = decider_.context();
    names_ = ReadToken(*context.tokens, context.program, request_.token())
                 .value_or(TokenNames());
    if (!names_.invitation.empty()) {
      invitation_ = decider_.LoadUnseen<v1::Invitation>(Kind::kInvitation,
                                                        names_.invitation);
    }
    if (!names_.forward.empty()) {
      forward_ = decider_.LoadUnseen<v1::InvitationForward>(
          Kind::kInvitationForward, names_.forward);
    }
    if (!invitation_ || (!names_.forward.empty() && !forward_)) {
      const Violation violation = TokenInvalid();
      decider_.RefuseField(violation.reason(), violation.field(),
                           violation.description(), violation.next_step());
      return false;
    }
    issuer_name_ = std::string(ParentOf(names_.invitation));
    issuer_ = decider_.FindPartner(issuer_name_);
    return static_cast<bool>(issuer_);
  }

  void CheckInvitation() {
    switch (StateAt(*invitation_, decider_.now())) {
      case v1::INVITATION_STATE_REVOKED:
        Closed(v1::ERROR_REASON_INVITATION_REVOKED,
               "the issuer revoked the invitation");
        break;
      case v1::INVITATION_STATE_EXPIRED:
        Closed(v1::ERROR_REASON_INVITATION_EXPIRED,
               "the invitation's time is over");
        break;
      case v1::INVITATION_STATE_EXHAUSTED:
        Closed(v1::ERROR_REASON_INVITATION_EXHAUSTED,
               "the invitation was accepted as often as it allows");
        break;
      default:
        break;
    }
    if (forward_ && forward_->state() == v1::INVITATION_FORWARD_STATE_REVOKED) {
      decider_.Refuse(v1::ERROR_REASON_FORWARD_REVOKED, "D5", forward_->name(),
                      "the forward was revoked",
                      "Ask the sender for a new one.");
    }
    if (issuer_.fact->state != v1::PARTNER_STATE_ACTIVE ||
        !issuer_.fact->Has(invitation_->as_enrollment(),
                           v1::ENROLLMENT_STATE_ACTIVE)) {
      decider_.Refuse(
          v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, "D6", issuer_name_,
          absl::StrCat(issuer_name_, " may no longer invite as ",
                       EnrollmentName(invitation_->as_enrollment())),
          "Ask another provider for an invitation.");
    }
  }

  void Closed(ErrorReason reason, absl::string_view description) {
    decider_.Refuse(reason, "D5", names_.invitation, description,
                    "Ask the sender for a new invitation.");
  }

  // Finds or makes up the customer; false when it cannot be told who it is.
  bool FindCustomer() {
    const Decider::Actor& actor = decider_.actor();
    if (actor.is_partner()) {
      decider_.Refuse(v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19", "",
                      "only the customer accepts an invitation",
                      "Send the token to an administrator of the customer.");
      return false;
    }
    if (request_.has_new_customer() && !request_.customer().empty()) {
      decider_.RefuseField(v1::ERROR_REASON_FIELD_INVALID, "customer",
                           "customer and new_customer exclude each other",
                           "Give one of them.");
      return false;
    }
    return request_.has_new_customer() ? MakeNewCustomer() : FindOldCustomer();
  }

  bool FindOldCustomer() {
    const std::string name = request_.customer().empty() ? decider_.actor().name
                                                         : request_.customer();
    if (name.empty()) {
      decider_.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "customer",
                           "customer is missing",
                           "Name the customer, or give new_customer.");
      return false;
    }
    const auto customer = decider_.Load<v1::Customer>(Kind::kCustomer, name);
    if (!customer) return false;
    customer_ = *customer;
    customer_id_ = decider_.graph().CustomerNamed(name);
    if (customer_.state() == v1::CUSTOMER_STATE_DELETED) {
      decider_.Refuse(v1::ERROR_REASON_CUSTOMER_DELETED, "C2", name,
                      absl::StrCat(name, " is deleted"),
                      "A deleted customer stays deleted; record a new one "
                      "with a tenant of its own.");
    }
    return true;
  }

  bool MakeNewCustomer() {
    const Decider::Actor& actor = decider_.actor();
    std::string name = actor.name;
    if (actor.is_customer()) {
      if (!request_.customer_id().empty() &&
          request_.customer_id() != LastId(actor.name)) {
        decider_.RefuseField(
            v1::ERROR_REASON_FIELD_INVALID, "customer_id",
            "a customer records itself under its own name only",
            absl::StrCat("Leave customer_id empty or send ", LastId(actor.name),
                         "."));
        return false;
      }
    } else if (request_.customer_id().empty()) {
      decider_.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "customer_id",
                           "customer_id is missing",
                           "An operator chooses the new customer's id.");
      return false;
    } else {
      name = CustomerName(decider_.context().program, request_.customer_id());
    }
    RequireOpenProgram(decider_);
    new_customer_ = true;
    customer_ = MakeCustomer(name, request_.new_customer());
    if (decider_.LoadUnseen<v1::Customer>(Kind::kCustomer, name)) {
      decider_.Refuse(v1::ERROR_REASON_RESOURCE_EXISTS, "D8", name,
                      absl::StrCat(name, " exists"),
                      "Accept with customer instead of new_customer.");
    }
    RequireNewTenant(decider_, customer_.tenant_id());
    return true;
  }

  void FindWhatExists() {
    if (!customer_id_) return;
    const auto live = decider_.graph().LiveRelationship(
        *customer_id_, issuer_.id, decider_.view());
    if (live) {
      relationship_ = decider_.LoadUnseen<v1::ResellerRelationship>(
          Kind::kResellerRelationship, decider_.graph().NameOf(*live));
    }
    broad_ = LiveBroad(decider_, *customer_id_, issuer_.id);
  }

  // D9: nothing would change. What was taken from the issuer since (D16) comes
  // back only when nothing of its administration is left (R47).
  void RefuseAcceptedBefore() {
    const bool reduced = invitation_->admin_offer() == v1::ADMIN_OFFER_BROAD &&
                         broad_ && !broad_->fact->all_services;
    decider_.Refuse(
        v1::ERROR_REASON_ALREADY_ACCEPTED, "D9", relationship_->name(),
        "the customer accepted this issuer's invitation before",
        reduced ? absl::StrCat(
                      "Nothing to do; or, to give the issuer back the services "
                      "it lost, end ",
                      decider_.graph().NameOf(*broad_), " and accept again.")
                : "Nothing to do.");
  }

  // Whether the forwarder becomes an associated reseller (D6, D9).
  bool Associates() {
    if (!forward_) return false;
    const auto forwarder = decider_.graph().PartnerNamed(forward_->forwarder());
    if (!forwarder || !decider_.graph().HavePartnership(issuer_.id, *forwarder,
                                                        decider_.view())) {
      decider_.AddWarning(
          v1::WARNING_REASON_FORWARDER_NOT_PARTNER, "D6", forward_->forwarder(),
          absl::StrCat(forward_->forwarder(), "'s partnership with ",
                       issuer_name_,
                       " has ended; it is not associated with the customer"));
      return false;
    }
    if (!relationship_) return true;
    RequireAssociationRoom(decider_, *relationship_);
    for (const auto& item : relationship_->associated_resellers()) {
      if (item.partner() == forward_->forwarder() && !item.has_end_time()) {
        return false;
      }
    }
    return true;
  }

  Decision Commit(bool associates, bool grants) {
    v1::AcceptInvitationResponse response;
    if (new_customer_) {
      decider_.Write(Kind::kCustomer, &customer_, "created",
                     {CustomerTenantKey(customer_.tenant_id())});
    }
    v1::InvitationAcceptance acceptance;
    acceptance.set_name(
        decider_.NewName(names_.invitation, Kind::kInvitationAcceptance));
    acceptance.set_customer(customer_.name());
    if (forward_) {
      acceptance.set_forward(forward_->name());
      acceptance.set_forwarder(forward_->forwarder());
    }
    acceptance.set_accepted_by(decider_.context().principal.name);
    if (request_.has_attestation()) {
      *acceptance.mutable_attestation() = request_.attestation();
    }
    WriteRelationship(acceptance.name(), associates);
    acceptance.set_reseller_relationship(relationship_->name());
    if (grants) {
      v1::AdminRelationship admin = GrantToIssuer(acceptance.name());
      acceptance.set_admin_relationship(admin.name());
      *response.mutable_admin_relationship() = std::move(admin);
    }
    decider_.Write(Kind::kInvitationAcceptance, &acceptance, "recorded");
    invitation_->set_accepted_count(invitation_->accepted_count() + 1);
    const bool exhausted =
        invitation_->max_acceptances() > 0 &&
        invitation_->accepted_count() >= invitation_->max_acceptances();
    if (exhausted) invitation_->set_state(v1::INVITATION_STATE_EXHAUSTED);
    decider_.Write(Kind::kInvitation, &*invitation_, "");
    if (exhausted) {
      decider_.AddEffect(invitation_->name(), v1::EFFECT_KIND_ENDS,
                         "accepted as often as it allows");
    }
    *response.mutable_acceptance() = std::move(acceptance);
    *response.mutable_customer() = customer_;
    *response.mutable_reseller_relationship() = *relationship_;
    return decider_.Finish(std::move(response));
  }

  void WriteRelationship(const std::string& acceptance, bool associates) {
    const bool fresh = !relationship_.has_value();
    if (fresh) {
      relationship_.emplace();
      relationship_->set_name(
          decider_.NewName(customer_.name(), Kind::kResellerRelationship));
      relationship_->set_owner(issuer_name_);
      relationship_->set_as_enrollment(invitation_->as_enrollment());
      relationship_->set_state(v1::RESELLER_RELATIONSHIP_STATE_ACTIVE);
      relationship_->set_source(v1::RESELLER_RELATIONSHIP_SOURCE_ACCEPTANCE);
      relationship_->set_acceptance(acceptance);
      *relationship_->mutable_start_time() = ToProto(decider_.now());
    }
    if (associates) {
      AddAssociation(decider_.now(), forward_->forwarder(), forward_->name(),
                     &*relationship_);
    }
    if (!fresh && !associates) return;
    std::vector<std::string> what;
    if (fresh) what.push_back(issuer_name_ + " owns the relationship");
    if (associates) {
      what.push_back(forward_->forwarder() + " is associated reseller");
    }
    decider_.Write(Kind::kResellerRelationship, &*relationship_,
                   absl::StrJoin(what, "; "));
  }

  v1::AdminRelationship GrantToIssuer(const std::string& acceptance) {
    v1::AdminRelationship admin;
    admin.set_name(
        decider_.NewName(customer_.name(), Kind::kAdminRelationship));
    admin.set_delegate(issuer_name_);
    admin.set_kind(v1::ADMIN_KIND_BROAD);
    SetCoverage(decider_, FullCoverage(), &admin);
    admin.set_state(v1::ADMIN_RELATIONSHIP_STATE_ACTIVE);
    admin.set_source(v1::ADMIN_RELATIONSHIP_SOURCE_INVITATION);
    admin.set_acceptance(acceptance);
    admin.set_delegate_of_owner(true);
    if (request_.has_attestation()) {
      *admin.mutable_attestation() = request_.attestation();
    }
    *admin.mutable_start_time() = ToProto(decider_.now());
    decider_.Write(Kind::kAdminRelationship, &admin,
                   absl::StrCat(issuer_name_, " administers ",
                                DescribeCoverage(decider_, FullCoverage())));
    return admin;
  }

  const v1::AcceptInvitationRequest& request_;
  Decider decider_;
  TokenNames names_;
  std::optional<v1::Invitation> invitation_;
  std::optional<v1::InvitationForward> forward_;
  std::string issuer_name_;
  Decider::PartnerRef issuer_;
  v1::Customer customer_;
  std::optional<CustomerId> customer_id_;  // Unset for a new customer.
  bool new_customer_ = false;
  std::optional<v1::ResellerRelationship> relationship_;
  std::optional<Graph::Admin> broad_;  // The issuer's, when it has one.
};

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::AcceptInvitationRequest& request) {
  return Acceptance(context, request).Run();
}

}  // namespace partner::hierarchy
