// Refusals. Goal: every reason the domain can give is reachable, names its rule
// and what to do next, and the class that wins is the documented one. Method: a
// table of the shortest way to each reason, held against the sources.

#include "hierarchy/rules/refusal.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// The channel, for the causes below.
class Story : public Channel {
 public:
  void TestBody() override {}
  World& w() { return w_; }
  const std::string& partnership() const { return partnership_; }
  using Channel::DeleteCustomer;
  using Channel::EndPartnership;
  using Channel::OnEnrollment;
  using Channel::OnPartner;
  using Channel::Restrict;
  using Channel::Suspend;

  // Commands as somebody.
  Decision As(absl::string_view partner,
              const google::protobuf::Message& request) {
    return w_.Run(w_.PartnerCaller(partner), request);
  }
  Decision ByOperator(const google::protobuf::Message& request) {
    return w_.Run(World::Operator(), request);
  }
  Decision ByCustomer(absl::string_view customer,
                      const google::protobuf::Message& request) {
    return w_.Run(w_.CustomerCaller(customer), request);
  }
  template <typename Request>
  Decision On(const Principal& caller, const std::string& name) {
    return w_.Run(caller, World::Named<Request>(name));
  }
  Decision Accept(const std::string& name) {
    return ByCustomer("adatum", w_.AcceptRequest(name));
  }
  Decision Grant(absl::string_view delegate) {
    return ByCustomer("adatum", w_.GrantRequest("adatum", delegate));
  }
  std::string InviteWith(const std::function<void(v1::Invitation*)>& change) {
    auto request = w_.InviteRequest("wingtip");
    change(request.mutable_invitation());
    return w_
        .Must<v1::CreateInvitationResponse>(w_.PartnerCaller("wingtip"),
                                            request)
        .invitation()
        .name();
  }
  Decision AskPartnership(absl::string_view provider,
                          absl::string_view reseller) {
    v1::CreatePartnershipRequest request;
    request.set_parent(w_.Program());
    request.set_reseller(w_.Partner(reseller));
    return As(provider, request);
  }
  Decision Associate(absl::string_view reseller) {
    auto request = World::Named<v1::AssociateResellerRequest>(
        w_.ReadAll<v1::ResellerRelationship>(Kind::kResellerRelationship)[0]
            .name());
    request.set_reseller(w_.Partner(reseller));
    return As("wingtip", request);
  }
};

// proseware drafts something granular, under the edition that has it.
v1::CreateAdminRelationshipDraftRequest Granular(Story& s) {
  s.w().UseEdition(Policies().Find("global", "global-2022-06"));
  v1::CreateAdminRelationshipDraftRequest request;
  request.set_parent(s.w().Customer("adatum"));
  request.set_display_name("Care");
  request.add_roles(
      ChildName(s.w().Program(), Kind::kRole, "global-administrator"));
  request.mutable_duration()->set_seconds(86400);
  return request;
}

// The same, put to the customer; its name.
std::string Locked(Story& s) {
  const std::string name =
      s.w()
          .Must<v1::CreateAdminRelationshipDraftResponse>(
              s.w().PartnerCaller("proseware"), Granular(s))
          .admin_relationship()
          .name();
  EXPECT_TRUE(Accepted(s.On<v1::LockAdminRelationshipForApprovalRequest>(
      s.w().PartnerCaller("proseware"), name)));
  return name;
}

// Asks for the edition in force from a moment on.
Decision Activate(Story& s, absl::Time from) {
  auto request = World::Named<v1::ActivatePolicyEditionRequest>(
      PolicyName(s.w().program()));
  request.set_edition(s.w().edition().data().name());
  *request.mutable_effective_time() = ToProto(from);
  return s.ByOperator(request);
}

// Takes back the edition in force, announced for a moment.
Decision Withdraw(Story& s, absl::Time from) {
  auto request = World::Named<v1::WithdrawPolicyActivationRequest>(
      PolicyName(s.w().program()));
  request.set_edition(s.w().edition().data().name());
  *request.mutable_effective_time() = ToProto(from);
  return s.ByOperator(request);
}

struct Cause {
  v1::ErrorReason reason;
  const char* rule;
  std::function<Decision(Story&)> decide;
};

std::ostream& operator<<(std::ostream& out, const Cause& cause) {
  return out << ReasonName(cause.reason);
}

// A refusal of a check as a decision.
Decision Asked(Story& s, const Principal& caller, v1::AccessQuery query) {
  Decision decision;
  const auto resolved = Resolve(s.w().View(), caller, query);
  if (const auto* refusal = std::get_if<Refusal>(&resolved)) {
    decision.violations = refusal->violations;
  }
  return decision;
}

// What the form says of a request.
Decision Formed(const google::protobuf::Message& request) {
  Decision decision;
  decision.violations = CheckForm(request);
  return decision;
}

v1::SuspendPartnerRequest WholeRequest() {
  v1::SuspendPartnerRequest request;
  request.set_name("programs/global/partners/wingtip");
  request.mutable_options()->set_request_id(
      "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  return request;
}

const std::vector<Cause>& Causes() {
  static const auto* const causes = new std::vector<Cause>{
      // Malformed.
      {v1::ERROR_REASON_FIELD_REQUIRED, "",
       [](Story& s) { return s.ByOperator(v1::SuspendPartnerRequest()); }},
      {v1::ERROR_REASON_FIELD_INVALID, "",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_country("France");
         return s.ByOperator(request);
       }},
      {v1::ERROR_REASON_LIMIT_EXCEEDED, "",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_display_name(std::string(257, 'x'));
         return s.ByOperator(request);
       }},
      {v1::ERROR_REASON_NAME_MALFORMED, "",
       [](Story& s) {
         return s.On<v1::SuspendPartnerRequest>(World::Operator(), "wingtip");
       }},
      {v1::ERROR_REASON_PROGRAM_MISMATCH, "R2",
       [](Story& s) {
         auto request = s.w().GrantRequest("adatum", "litware");
         request.set_delegate("programs/germany/partners/litware");
         return s.ByCustomer("adatum", request);
       }},
      {v1::ERROR_REASON_ENUM_UNKNOWN, "",
       [](Story& s) {
         auto request = s.w().GrantRequest("adatum", "litware");
         request.add_duties(static_cast<v1::AdminDuty>(77));
         request.mutable_duties()->SwapElements(1, 2);
         request.mutable_duties()->RemoveLast();
         return s.ByCustomer("adatum", request);
       }},
      {v1::ERROR_REASON_TEXT_INVALID, "",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_display_name("a\x07z");
         return s.ByOperator(request);
       }},
      {v1::ERROR_REASON_MASK_INVALID, "",
       [](Story& s) {
         v1::UpdateCustomerRequest request;
         request.mutable_customer()->set_name(s.w().Customer("adatum"));
         request.mutable_update_mask()->add_paths("state");
         return s.ByOperator(request);
       }},
      {v1::ERROR_REASON_REQUEST_ID_MISSING, "",
       [](Story&) {
         auto request = WholeRequest();
         request.clear_options();
         return Formed(request);
       }},
      {v1::ERROR_REASON_REQUEST_ID_INVALID, "",
       [](Story&) {
         auto request = WholeRequest();
         request.mutable_options()->set_request_id("one");
         return Formed(request);
       }},
      {v1::ERROR_REASON_READ_OPTION_INVALID, "",
       [](Story&) {
         v1::GetPartnerRequest request;
         request.set_name("programs/global/partners/wingtip");
         request.mutable_read_options()->mutable_min_revision();
         return Formed(request);
       }},
      {v1::ERROR_REASON_SELF_RELATIONSHIP, "",
       [](Story& s) { return s.AskPartnership("wingtip", "wingtip"); }},
      {v1::ERROR_REASON_UNKNOWN_PERMISSION, "",
       [](Story& s) {
         return Asked(s, World::Operator(),
                      s.w().Query("litware", "fly", "adatum"));
       }},
      {v1::ERROR_REASON_DURATION_NOT_ALLOWED, "D15",
       [](Story& s) {
         auto request = s.w().GrantRequest("adatum", "litware");
         request.mutable_duration()->set_seconds(1);
         return s.ByCustomer("adatum", request);
       }},
      {v1::ERROR_REASON_ENROLLMENT_AMBIGUOUS, "D12",
       [](Story& s) {
         s.w().AddPartner("both", {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                                   v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER});
         return s.As("both", s.w().InviteRequest("both"));
       }},
      {v1::ERROR_REASON_TOKEN_INVALID, "",
       [](Story& s) { return s.Accept("nothing"); }},
      // Not found, not allowed.
      {v1::ERROR_REASON_RESOURCE_NOT_FOUND, "C1",
       [](Story& s) { return s.Grant("ghost"); }},
      {v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "C1",
       [](Story& s) {
         return s.On<v1::SuspendPartnerRequest>(s.w().PartnerCaller("litware"),
                                                s.w().Partner("litware"));
       }},
      {v1::ERROR_REASON_MAY_NOT_ACT_FOR, "C1",
       [](Story& s) {
         auto request = s.w().InviteRequest("wingtip");
         request.mutable_options()->set_acting_party(s.w().Partner("wingtip"));
         return s.As("litware", request);
       }},
      {v1::ERROR_REASON_RESELLER_CANNOT_INVITE, "R15",
       [](Story& s) {
         return s.As("litware", s.w().InviteRequest("litware"));
       }},
      {v1::ERROR_REASON_ROLE_CANNOT_INVITE, "R17",
       [](Story& s) { return s.As("advent", s.w().InviteRequest("advent")); }},
      {v1::ERROR_REASON_NOT_ISSUERS_RESELLER, "R12",
       [](Story& s) {
         v1::ForwardInvitationRequest request;
         request.set_parent(s.w().Program());
         request.set_token(s.w().tokens().Make(s.w().Invite("wingtip")));
         return s.As("fabrikam", request);
       }},
      {v1::ERROR_REASON_INVITATION_NOT_PROVIDED, "D5",
       [](Story& s) {
         v1::ForwardInvitationRequest request;
         request.set_parent(s.w().Program());
         request.set_token(
             s.w().tokens().Make(s.InviteWith([](v1::Invitation* invitation) {
               invitation->set_audience(v1::INVITATION_AUDIENCE_DIRECT_ONLY);
             })));
         return s.As("litware", request);
       }},
      {v1::ERROR_REASON_ONLY_CUSTOMER_GRANTS, "D19",
       [](Story& s) {
         s.w().Own("wingtip", "adatum");
         return s.As("wingtip", s.w().GrantRequest("adatum", "litware"));
       }},
      {v1::ERROR_REASON_NOT_CUSTOMER_ADMIN, "R48",
       [](Story& s) {
         return s.w().Run(s.w().CustomerUser("adatum"),
                          s.w().GrantRequest("adatum", "litware"));
       }},
      {v1::ERROR_REASON_CHECK_NOT_YOURS, "C1",
       [](Story& s) {
         s.w().Own("wingtip", "adatum");
         return Asked(s, s.w().PartnerCaller("wingtip"),
                      s.w().Query("fabrikam", "order", "adatum"));
       }},
      {v1::ERROR_REASON_NOT_THE_PARTY, "R55",
       [](Story& s) {
         return s.On<v1::AcceptPartnershipRequest>(
             s.w().PartnerCaller("wingtip"), s.partnership());
       }},
      {v1::ERROR_REASON_NOT_OWNER, "R21",
       [](Story& s) {
         return s.ByOperator(s.w().AskRequest("adatum", "litware"));
       }},
      {v1::ERROR_REASON_ETAG_MISMATCH, "C4",
       [](Story& s) {
         auto request =
             World::Named<v1::SuspendPartnerRequest>(s.w().Partner("litware"));
         request.set_etag("\"0\"");
         return s.ByOperator(request);
       }},
      // There already.
      {v1::ERROR_REASON_RESOURCE_EXISTS, "C2",
       [](Story& s) { return s.ByOperator(s.w().CustomerRequest("adatum")); }},
      {v1::ERROR_REASON_TENANT_TAKEN, "D8",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_tenant_id(World::Tenant("c-adatum"));
         return s.ByOperator(request);
       }},
      {v1::ERROR_REASON_PARTNERSHIP_EXISTS, "R55",
       [](Story& s) { return s.AskPartnership("wingtip", "litware"); }},
      {v1::ERROR_REASON_ALREADY_ACCEPTED, "D9",
       [](Story& s) {
         s.w().Accept("adatum", s.w().Invite("wingtip"));
         return s.Accept(s.w().Invite("wingtip"));
       }},
      {v1::ERROR_REASON_ALREADY_GRANTED, "D14",
       [](Story& s) {
         s.w().Grant("adatum", "litware");
         return s.Grant("litware");
       }},
      {v1::ERROR_REASON_GRANT_EXCEEDS_REQUEST, "D14",
       [](Story& s) {
         s.ByCustomer("adatum",
                      s.w().GrantRequest("adatum", "litware", {"azure"},
                                         {v1::ADMIN_DUTY_SUPPORT}));
         return s.ByCustomer(
             "adatum",
             s.w().GrantRequest("adatum", "litware", {"exchange-online"},
                                {v1::ADMIN_DUTY_PROVISIONING}));
       }},
      {v1::ERROR_REASON_ALREADY_FORWARDED, "D5",
       [](Story& s) {
         const std::string invitation = s.w().Invite("wingtip");
         s.w().Forward("litware", invitation);
         return s.On<v1::ForwardInvitationRequest>(
             s.w().PartnerCaller("litware"), invitation);
       }},
      {v1::ERROR_REASON_ALREADY_REQUESTED, "D17",
       [](Story& s) {
         s.w().Own("wingtip", "adatum");
         s.As("wingtip", s.w().AskRequest("adatum", "litware"));
         return s.As("wingtip", s.w().AskRequest("adatum", "litware"));
       }},
      {v1::ERROR_REASON_ALREADY_ENROLLED, "D12",
       [](Story& s) {
         return s.OnEnrollment<v1::EnrollPartnerRequest>(
             "litware", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
       }},
      {v1::ERROR_REASON_ALREADY_ASSOCIATED, "D9",
       [](Story& s) {
         s.w().Accept("adatum",
                      s.w().Forward("litware", s.w().Invite("wingtip")));
         return s.Associate("litware");
       }},
      {v1::ERROR_REASON_CUSTOMER_KNOWN_USE_INVITATION, "D8",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_tenant_id(World::Tenant("c-adatum"));
         return s.As("wingtip", request);
       }},
      // The state forbids.
      {v1::ERROR_REASON_ALREADY_IN_STATE, "C3",
       [](Story& s) {
         return s.On<v1::AcceptPartnershipRequest>(
             s.w().PartnerCaller("litware"), s.partnership());
       }},
      {v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "C3",
       [](Story& s) {
         return s.On<v1::DeclinePartnershipRequest>(
             s.w().PartnerCaller("litware"), s.partnership());
       }},
      {v1::ERROR_REASON_PARTNER_SUSPENDED, "D12",
       [](Story& s) {
         s.Suspend("litware");
         return s.Grant("litware");
       }},
      {v1::ERROR_REASON_PARTNER_DELETED, "C2",
       [](Story& s) {
         s.OnPartner<v1::DeletePartnerRequest>("proseware");
         return s.Grant("proseware");
       }},
      {v1::ERROR_REASON_CUSTOMER_DELETED, "C2",
       [](Story& s) {
         s.DeleteCustomer("adatum");
         return s.Grant("litware");
       }},
      {v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12",
       [](Story& s) {
         s.Restrict("wingtip", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
         return s.As("wingtip", s.w().InviteRequest("wingtip"));
       }},
      {v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58",
       [](Story& s) { return s.AskPartnership("wingtip", "advent"); }},
      {v1::ERROR_REASON_STILL_REFERENCED, "C5",
       [](Story& s) {
         return s.OnPartner<v1::DeletePartnerRequest>("litware");
       }},
      {v1::ERROR_REASON_INVITATION_REVOKED, "D5",
       [](Story& s) {
         const std::string name = s.w().Invite("wingtip");
         s.On<v1::RevokeInvitationRequest>(World::Operator(), name);
         return s.Accept(name);
       }},
      {v1::ERROR_REASON_INVITATION_EXPIRED, "D5",
       [](Story& s) {
         const std::string name = s.InviteWith([&](v1::Invitation* invitation) {
           *invitation->mutable_expire_time() =
               ToProto(s.w().now() + absl::Hours(1));
         });
         s.w().Advance(absl::Hours(1));
         return s.Accept(name);
       }},
      {v1::ERROR_REASON_INVITATION_EXHAUSTED, "D5",
       [](Story& s) {
         const std::string name = s.InviteWith([](v1::Invitation* invitation) {
           invitation->set_max_acceptances(1);
         });
         s.w().Accept("tailspin", name);
         return s.Accept(name);
       }},
      {v1::ERROR_REASON_FORWARD_REVOKED, "D5",
       [](Story& s) {
         const std::string name =
             s.w().Forward("litware", s.w().Invite("wingtip"));
         s.On<v1::RevokeInvitationForwardRequest>(World::Operator(), name);
         return s.Accept(name);
       }},
      {v1::ERROR_REASON_ISSUER_MAY_NOT_INVITE, "D6",
       [](Story& s) {
         const std::string name = s.w().Invite("wingtip");
         s.Suspend("wingtip");
         return s.Accept(name);
       }},
      {v1::ERROR_REASON_CUSTOMER_IS_CSP_PARTNER, "R23",
       [](Story& s) {
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_tenant_id(World::Tenant("litware"));
         return s.As("wingtip", request);
       }},
      {v1::ERROR_REASON_PROGRAM_CLOSED_TO_NEW_CUSTOMERS, "R66",
       [](Story& s) {
         v1::PolicyEdition data = s.w().edition().data();
         data.mutable_closed_to_new_customers()->set_value(true);
         Catalogue catalogue;
         const auto edition = Edition::Create(data, &catalogue);
         s.w().UseEdition(edition->get());
         return s.As("wingtip", s.w().CustomerRequest("x"));
       }},
      {v1::ERROR_REASON_EDITION_ALREADY_ACTIVATED, "D3",
       [](Story& s) { return Activate(s, s.w().now() + absl::Hours(1)); }},
      {v1::ERROR_REASON_ACTIVATION_TIME_TAKEN, "D3",
       [](Story& s) {
         return Activate(s, FromProto(s.w().edition().data().effective_from()));
       }},
      {v1::ERROR_REASON_ACTIVATION_IN_THE_PAST, "D3",
       [](Story& s) {
         auto policy = s.w().Read<v1::Policy>(PolicyName(s.w().program()));
         policy.mutable_activations(0)->set_edition("another");
         s.w().documents().Set(policy.name(), policy.SerializeAsString());
         return Activate(s, s.w().now() - absl::Hours(1));
       }},
      {v1::ERROR_REASON_RESELLER_CANNOT_REMOVE, "R52",
       [](Story& s) {
         const auto made = s.w().Accept(
             "adatum", s.w().Forward("litware", s.w().Invite("wingtip")));
         return s.On<v1::TerminateResellerRelationshipRequest>(
             s.w().PartnerCaller("litware"),
             made.reseller_relationship().name());
       }},
      {v1::ERROR_REASON_TERMINATION_ALREADY_REQUESTED, "D20",
       [](Story& s) {
         const std::string owned = s.w().Own("wingtip", "adatum");
         using Wish = v1::RequestResellerRelationshipTerminationRequest;
         s.On<Wish>(s.w().CustomerCaller("adatum"), owned);
         return s.On<Wish>(s.w().CustomerCaller("adatum"), owned);
       }},
      {v1::ERROR_REASON_ALREADY_PARTNERED, "R63",
       [](Story& s) {
         v1::PolicyEdition data = s.w().edition().data();
         data.mutable_refuse_own_reseller_as_customer()->set_value(true);
         data.mutable_refuse_partner_tenant_as_customer()->set_value(false);
         Catalogue catalogue;
         const auto edition = Edition::Create(data, &catalogue);
         s.w().UseEdition(edition->get());
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_tenant_id(World::Tenant("litware"));
         return s.As("wingtip", request);
       }},
      {v1::ERROR_REASON_REGION_MISMATCH, "R57",
       [](Story& s) {
         v1::PolicyEdition data = s.w().edition().data();
         data.mutable_one_region()->set_value(true);
         Catalogue catalogue;
         const auto edition = Edition::Create(data, &catalogue);
         s.w().UseEdition(edition->get());
         auto request = s.w().CustomerRequest("x");
         request.mutable_customer()->set_country("JP");
         return s.As("wingtip", request);
       }},
      {v1::ERROR_REASON_ACTIVATION_NOT_ANNOUNCED, "D3",
       [](Story& s) { return Withdraw(s, s.w().now() + absl::Hours(1)); }},
      {v1::ERROR_REASON_ACTIVATION_IN_FORCE, "D3",
       [](Story& s) {
         return Withdraw(s, FromProto(s.w().edition().data().effective_from()));
       }},
      {v1::ERROR_REASON_NOT_A_PARTNER, "R61",
       [](Story& s) {
         s.w().Own("wingtip", "adatum");
         return s.Associate("fabrikam");
       }},
      {v1::ERROR_REASON_GRANTEE_NOT_RESELLER, "R22",
       [](Story& s) { return s.Grant("wingtip"); }},
      {v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED, "R43",
       [](Story& s) {
         s.w().Grant("adatum", "litware");
         return s.Grant("fabrikam");
       }},
      {v1::ERROR_REASON_ADMIN_KIND_NOT_IN_EDITION, "D2",
       [](Story& s) {
         auto request = s.w().GrantRequest("adatum", "litware");
         request.set_kind(v1::ADMIN_KIND_GRANULAR);
         return s.ByCustomer("adatum", request);
       }},
      {v1::ERROR_REASON_SERVICE_UNKNOWN, "R43",
       [](Story& s) {
         return s.ByCustomer("adatum",
                             s.w().GrantRequest("adatum", "litware", {"fax"}));
       }},
      {v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "D20",
       [](Story& s) {
         const std::string name = s.w().Own("wingtip", "adatum");
         s.On<v1::TerminateResellerRelationshipRequest>(World::Operator(),
                                                        name);
         return s.Associate("litware");
       }},
      {v1::ERROR_REASON_PARTNERSHIP_EXPIRED, "C3",
       [](Story& s) {
         v1::CreatePartnershipRequest request;
         request.set_parent(s.w().Program());
         request.set_reseller(s.w().Partner("proseware"));
         *request.mutable_expire_time() = ToProto(s.w().now() + absl::Hours(1));
         const std::string name = s.As("wingtip", request).mutations[0].name;
         s.w().Advance(absl::Hours(1));
         return s.On<v1::AcceptPartnershipRequest>(
             s.w().PartnerCaller("proseware"), name);
       }},
      {v1::ERROR_REASON_NOT_ASSOCIATED, "D9",
       [](Story& s) {
         auto request = World::Named<v1::DissociateResellerRequest>(
             s.w().Own("wingtip", "adatum"));
         request.set_reseller(s.w().Partner("litware"));
         return s.As("wingtip", request);
       }},
      {v1::ERROR_REASON_DURATION_OUT_OF_RANGE, "R70",
       [](Story& s) {
         auto request = Granular(s);
         request.mutable_duration()->set_seconds(1);
         return s.As("proseware", request);
       }},
      {v1::ERROR_REASON_ADMIN_NAME_TAKEN, "R71",
       [](Story& s) {
         Locked(s);
         return s.As("proseware", Granular(s));
       }},
      {v1::ERROR_REASON_ROLE_UNKNOWN, "R84",
       [](Story& s) {
         auto request = Granular(s);
         request.add_roles(ChildName(s.w().Program(), Kind::kRole, "support"));
         return s.As("proseware", request);
       }},
      {v1::ERROR_REASON_NOT_DRAFT, "R72",
       [](Story& s) {
         v1::UpdateAdminRelationshipDraftRequest request;
         request.mutable_admin_relationship()->set_name(Locked(s));
         request.mutable_admin_relationship()->set_display_name("Other");
         request.mutable_update_mask()->add_paths("display_name");
         return s.As("proseware", request);
       }},
      {v1::ERROR_REASON_REQUEST_LAPSED, "R75",
       [](Story& s) {
         const std::string name = Locked(s);
         s.w().Advance(absl::Hours(24) * 90);
         return s.On<v1::ApproveAdminRelationshipRequest>(
             s.w().CustomerCaller("adatum"), name);
       }},
      {v1::ERROR_REASON_PRIVILEGED_ROLE_BARS_AUTO_EXTEND, "R79",
       [](Story& s) {
         auto request = Granular(s);
         request.mutable_auto_extend_duration()->set_seconds(180 * 86400);
         return s.As("proseware", request);
       }},
      {v1::ERROR_REASON_CONSENT_NOT_NEEDED, "D17",
       [](Story& s) {
         return s.On<v1::ConsentToAdminRelationshipRequest>(
             s.w().PartnerCaller("proseware"), Locked(s));
       }},
      {v1::ERROR_REASON_NOT_GRANULAR, "D15",
       [](Story& s) {
         return s.On<v1::SetAdminRelationshipAutoExtendRequest>(
             s.w().PartnerCaller("litware"),
             s.w().Grant("adatum", "litware").name());
       }},
      {v1::ERROR_REASON_LAST_ROLE, "D18",
       [](Story& s) {
         const std::string name = Locked(s);
         s.On<v1::ApproveAdminRelationshipRequest>(
             s.w().CustomerCaller("adatum"), name);
         return s.On<v1::RemoveAdminRelationshipPrivilegedRoleRequest>(
             s.w().CustomerCaller("adatum"), name);
       }},
      {v1::ERROR_REASON_QUOTA_REACHED, "C6",
       [](Story& s) {
         auto partner = s.w().Read<v1::Partner>(s.w().Partner("litware"));
         while (partner.enrollments_size() < 100) {
           *partner.add_enrollments() = partner.enrollments(0);
         }
         s.w().documents().Set(partner.name(), partner.SerializeAsString());
         return s.OnEnrollment<v1::EnrollPartnerRequest>(
             "litware", v1::ENROLLMENT_TYPE_ADVISOR);
       }},
  };
  return *causes;
}

class ReasonTest : public testing::TestWithParam<Cause> {};

TEST_P(ReasonTest, IsReachedWithItsRuleAndSaysWhatToDo) {
  Story story;
  const Decision decision = GetParam().decide(story);
  EXPECT_TRUE(RefusedFor(decision, GetParam().reason, GetParam().rule));
  for (const Violation& violation : decision.violations) {
    EXPECT_TRUE(IsComplete(violation));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReasonTest, testing::ValuesIn(Causes()),
                         [](const testing::TestParamInfo<Cause>& tested) {
                           return ReasonName(tested.param.reason);
                         });

TEST(Reasons, GermanysOwnReasonToo) {
  World germany("germany");
  germany.AddProvider("wingtip");
  auto request = germany.InviteRequest("wingtip");
  request.mutable_invitation()->set_admin_offer(v1::ADMIN_OFFER_NONE);
  EXPECT_TRUE(RefusedFor(germany.Run(germany.PartnerCaller("wingtip"), request),
                         v1::ERROR_REASON_DELEGATED_ADMIN_REQUIRED, "R67"));
}

TEST(Reasons, TableHoldsEveryReasonTheDomainGives) {
  std::set<std::string> given;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(PARTNER_SOURCE_DIR) / "hierarchy")) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    const std::string source = text.str();
    const std::regex pattern("ERROR_REASON_([A-Z_]+)");
    for (std::sregex_iterator at(source.begin(), source.end(), pattern), end;
         at != end; ++at) {
      if (!(*at)[1].str().empty()) given.insert((*at)[1].str());
    }
  }
  given.erase("");
  std::set<std::string> shown = {"DELEGATED_ADMIN_REQUIRED"};
  for (const Cause& cause : Causes()) shown.insert(ReasonName(cause.reason));
  EXPECT_EQ(shown, given);
}

// --- Classes
// ------------------------------------------------------------------

TEST(Reasons, EachHasTheCodeItsCommentSays) {
  std::ifstream file(std::filesystem::path(PARTNER_SOURCE_DIR) /
                     "protos/partner/hierarchy/v1/errors.proto");
  const std::regex comment(R"(^\s*//\s*([A-Z_]+):.*)");
  const std::regex value(R"(^\s*(ERROR_REASON_\w+) = \d+;)");
  std::string line;
  std::string code;
  int seen = 0;
  while (std::getline(file, line)) {
    std::smatch match;
    if (std::regex_match(line, match, comment)) {
      code = match[1];
    } else if (std::regex_match(line, match, value) && !code.empty()) {
      v1::ErrorReason reason;
      ASSERT_TRUE(v1::ErrorReason_Parse(match[1], &reason));
      EXPECT_EQ(absl::StatusCodeToString(CodeOf(reason)), code)
          << ReasonName(reason);
      ++seen;
    }
  }
  EXPECT_EQ(seen, v1::ErrorReason_descriptor()->value_count() - 1);
}

TEST(Reasons, FirstClassWinsAndListsOnlyItsOwn) {
  const auto make = [](std::initializer_list<v1::ErrorReason> reasons) {
    std::vector<Violation> violations;
    for (v1::ErrorReason reason : reasons) {
      violations.push_back(MakeViolation(reason, "R0", "", "", "d", "n"));
    }
    return violations;
  };
  const auto winners = [&](std::initializer_list<v1::ErrorReason> reasons) {
    std::vector<v1::ErrorReason> won;
    for (const Violation& violation : WinningClass(make(reasons))) {
      won.push_back(violation.reason());
    }
    return won;
  };
  // From the last class to the first: each beats those before it.
  const v1::ErrorReason classes[] = {
      v1::ERROR_REASON_ALREADY_IN_STATE,   v1::ERROR_REASON_RESOURCE_EXISTS,
      v1::ERROR_REASON_ETAG_MISMATCH,      v1::ERROR_REASON_NOT_OWNER,
      v1::ERROR_REASON_RESOURCE_NOT_FOUND, v1::ERROR_REASON_IDENTITY_MISSING,
      v1::ERROR_REASON_FIELD_INVALID};
  for (int i = 1; i < 7; ++i) {
    EXPECT_THAT(winners({classes[i - 1], classes[i]}), ElementsAre(classes[i]));
  }
  EXPECT_THAT(
      winners({v1::ERROR_REASON_STILL_REFERENCED, v1::ERROR_REASON_NOT_OWNER,
               v1::ERROR_REASON_ETAG_MISMATCH,
               v1::ERROR_REASON_CHECK_NOT_YOURS}),
      ElementsAre(v1::ERROR_REASON_NOT_OWNER,
                  v1::ERROR_REASON_CHECK_NOT_YOURS));
  EXPECT_THAT(winners({v1::ERROR_REASON_QUOTA_REACHED}),
              ElementsAre(v1::ERROR_REASON_QUOTA_REACHED))
      << "a class of its own";
}

TEST(Reasons, DryRunFailsForThreeClassesOnly) {
  for (absl::StatusCode code :
       {absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnauthenticated,
        absl::StatusCode::kNotFound}) {
    EXPECT_TRUE(FailsDryRun(code)) << absl::StatusCodeToString(code);
  }
  for (absl::StatusCode code :
       {absl::StatusCode::kPermissionDenied, absl::StatusCode::kAborted,
        absl::StatusCode::kAlreadyExists, absl::StatusCode::kFailedPrecondition,
        absl::StatusCode::kResourceExhausted}) {
    EXPECT_FALSE(FailsDryRun(code)) << absl::StatusCodeToString(code);
  }
}

TEST(Reasons, ShortFormsOfARefusal) {
  const Refusal field =
      BadField(v1::ERROR_REASON_FIELD_INVALID, "f", "wrong", "right it");
  EXPECT_EQ(field.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(field.violations.front().field(), "f");
  const Refusal missing = NotFound("programs/g/partners/p");
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.resource, "programs/g/partners/p");
  EXPECT_EQ(RefuseWith(v1::ERROR_REASON_OVERLOADED, "d", "n").code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace partner::hierarchy
