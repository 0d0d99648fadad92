#include "hierarchy/rules/form_table.h"

#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace partner::hierarchy {
namespace {

constexpr bool kRequired = true;
constexpr bool kOptional = false;

Field Name(const char* path, Kind kind, bool required = kRequired) {
  return {path, Form::kName, required, kind};
}

Fields ListFields() {
  return {{"parent", Form::kAnyName, kRequired},
          {"page_token", Form::kOpaque, kOptional, Kind::kNone, 1024},
          {"filter", Form::kLine, kOptional, Kind::kNone, 1024}};
}

Fields GetFields(Kind kind) { return {Name("name", kind)}; }

Fields VersionFields(Kind kind) {
  return {Name("name", kind),
          {"etag", Form::kOpaque, kOptional, Kind::kNone, 64}};
}

Fields Join(Fields a, const Fields& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Fields PartyFields(const std::string& prefix, bool with_domain,
                   bool with_tenant) {
  const auto path = [&](const char* field) { return prefix + field; };
  Fields fields = {
      {path("display_name"), Form::kLine, with_tenant, Kind::kNone, 256},
      {path("country"), Form::kCountry, with_tenant}};
  if (with_domain) {
    fields.push_back({path("domain"), Form::kDomain, with_tenant});
  }
  if (with_tenant) {
    fields.push_back({path("tenant_id"), Form::kTenant, kRequired});
  }
  return fields;
}

Fields AttestationFields() {
  return {{"attestation.person", Form::kLine, kRequired, Kind::kNone, 256},
          {"attestation.method", Form::kLine, kRequired, Kind::kNone, 256},
          {"attestation.time", Form::kTime, kRequired},
          {"attestation.document", Form::kLine, kRequired, Kind::kNone, 512}};
}

Fields DelegationFields() {
  return {Name("parent", Kind::kCustomer),
          Name("delegate", Kind::kPartner),
          {"kind", Form::kEnum},
          {"duties", Form::kEnum, kOptional, Kind::kNone, 0, 2},
          Name("scope.services", Kind::kService, kOptional)};
}

absl::flat_hash_map<std::string, Fields> MakeForms() {
  absl::flat_hash_map<std::string, Fields> t;
  for (const auto& [noun, plural, kind] :
       std::vector<std::tuple<const char*, const char*, Kind>>{
           {"Partner", "Partners", Kind::kPartner},
           {"Partnership", "Partnerships", Kind::kPartnership},
           {"Customer", "Customers", Kind::kCustomer},
           {"Invitation", "Invitations", Kind::kInvitation},
           {"InvitationForward", "InvitationForwards",
            Kind::kInvitationForward},
           {"InvitationAcceptance", "InvitationAcceptances",
            Kind::kInvitationAcceptance},
           {"ResellerRelationship", "ResellerRelationships",
            Kind::kResellerRelationship},
           {"AdminRelationship", "AdminRelationships",
            Kind::kAdminRelationship}}) {
    t[absl::StrCat("Get", noun, "Request")] = GetFields(kind);
    t[absl::StrCat("List", plural, "Request")] = ListFields();
  }
  t["CreatePartnerRequest"] =
      Join({Name("parent", Kind::kProgram),
            {"partner_id", Form::kId},
            {"enrollments", Form::kEnum, kOptional, Kind::kNone, 0, 5}},
           PartyFields("partner.", false, true));
  t["UpdatePartnerRequest"] =
      Join({Name("partner.name", Kind::kPartner),
            {"partner.etag", Form::kOpaque, kOptional, Kind::kNone, 64}},
           PartyFields("partner.", false, false));
  for (const char* verb :
       {"EnrollPartner", "RestrictPartnerEnrollment", "EndPartnerEnrollment"}) {
    t[absl::StrCat(verb, "Request")] =
        Join(VersionFields(Kind::kPartner), {{"type", Form::kEnum, kRequired}});
  }
  for (const char* verb :
       {"SuspendPartner", "ReinstatePartner", "DeletePartner"}) {
    t[absl::StrCat(verb, "Request")] = VersionFields(Kind::kPartner);
  }
  t["CreatePartnershipRequest"] = {Name("parent", Kind::kProgram),
                                   Name("provider", Kind::kPartner, kOptional),
                                   Name("reseller", Kind::kPartner),
                                   {"expire_time", Form::kTime}};
  for (const char* verb :
       {"AcceptPartnership", "DeclinePartnership", "TerminatePartnership"}) {
    t[absl::StrCat(verb, "Request")] = VersionFields(Kind::kPartnership);
  }
  t["CreateCustomerRequest"] =
      Join({Name("parent", Kind::kProgram),
            {"customer_id", Form::kId},
            Name("associated_reseller", Kind::kPartner, kOptional),
            {"as_enrollment", Form::kEnum}},
           PartyFields("customer.", true, true));
  t["UpdateCustomerRequest"] =
      Join({Name("customer.name", Kind::kCustomer),
            {"customer.etag", Form::kOpaque, kOptional, Kind::kNone, 64}},
           PartyFields("customer.", true, false));
  t["DeleteCustomerRequest"] = VersionFields(Kind::kCustomer);
  t["CreateInvitationRequest"] = {
      Name("parent", Kind::kPartner),
      {"invitation.as_enrollment", Form::kEnum},
      {"invitation.audience", Form::kEnum},
      {"invitation.listed_resellers", Form::kName, kOptional, Kind::kPartner, 0,
       1000},
      {"invitation.admin_offer", Form::kEnum},
      {"invitation.message", Form::kText, kOptional, Kind::kNone, 2000},
      {"invitation.expire_time", Form::kTime},
      {"invitation.max_acceptances", Form::kCount, kOptional, Kind::kNone,
       1000000}};
  t["ForwardInvitationRequest"] = {
      Name("name", Kind::kInvitation, kOptional),
      Name("parent", Kind::kProgram, kOptional),
      {"token", Form::kOpaque, kOptional, Kind::kNone, 512},
      {"message", Form::kText, kOptional, Kind::kNone, 2000}};
  t["RevokeInvitationForwardRequest"] = VersionFields(Kind::kInvitationForward);
  t["RevokeInvitationRequest"] = VersionFields(Kind::kInvitation);
  t["LookupInvitationRequest"] = {
      Name("parent", Kind::kProgram),
      {"token", Form::kOpaque, kRequired, Kind::kNone, 512}};
  t["AcceptInvitationRequest"] =
      Join(Join({Name("parent", Kind::kProgram),
                 {"token", Form::kOpaque, kRequired, Kind::kNone, 512},
                 Name("customer", Kind::kCustomer, kOptional),
                 {"customer_id", Form::kId}},
                PartyFields("new_customer.", true, true)),
           AttestationFields());
  t["AssociateResellerRequest"] =
      Join(VersionFields(Kind::kResellerRelationship),
           {Name("reseller", Kind::kPartner)});
  t["DissociateResellerRequest"] = t["AssociateResellerRequest"];
  t["RequestResellerRelationshipTerminationRequest"] =
      Join(VersionFields(Kind::kResellerRelationship), AttestationFields());
  t["ResolveChannelRequest"] = {Name("customer", Kind::kCustomer),
                                Name("owner", Kind::kPartner, kOptional)};
  t["TerminateResellerRelationshipRequest"] =
      VersionFields(Kind::kResellerRelationship);
  t["GrantAdminRelationshipRequest"] =
      Join(DelegationFields(), AttestationFields());
  t["RequestAdminRelationshipRequest"] = DelegationFields();
  for (const char* verb :
       {"ApproveAdminRelationship", "RejectAdminRelationship",
        "TerminateAdminRelationship"}) {
    t[absl::StrCat(verb, "Request")] =
        Join(VersionFields(Kind::kAdminRelationship), AttestationFields());
  }
  t["CreateAdminRelationshipDraftRequest"] = {
      Name("parent", Kind::kCustomer),
      Name("delegate", Kind::kPartner, kOptional),
      {"display_name", Form::kLine, kRequired, Kind::kNone, 50},
      {"roles", Form::kName, kRequired, Kind::kRole, 0, 64},
      {"duration", Form::kSpan, kRequired},
      {"auto_extend_duration", Form::kSpan}};
  t["UpdateAdminRelationshipDraftRequest"] = {
      Name("admin_relationship.name", Kind::kAdminRelationship),
      {"admin_relationship.etag", Form::kOpaque, kOptional, Kind::kNone, 64},
      {"admin_relationship.display_name", Form::kLine, kOptional, Kind::kNone,
       50},
      {"admin_relationship.roles", Form::kName, kOptional, Kind::kRole, 0, 64},
      {"admin_relationship.duration", Form::kSpan}};
  for (const char* verb :
       {"LockAdminRelationshipForApproval", "ConsentToAdminRelationship"}) {
    t[absl::StrCat(verb, "Request")] = VersionFields(Kind::kAdminRelationship);
  }
  t["SetAdminRelationshipAutoExtendRequest"] =
      Join(Join(VersionFields(Kind::kAdminRelationship),
                {{"auto_extend_duration", Form::kSpan}}),
           AttestationFields());
  t["RemoveAdminRelationshipPrivilegedRoleRequest"] =
      Join(VersionFields(Kind::kAdminRelationship), AttestationFields());
  t["RevokeAllAdminRelationshipsRequest"] =
      Join({Name("parent", Kind::kCustomer),
            Name("delegate", Kind::kPartner, kOptional)},
           AttestationFields());
  t["BatchCheckAccessRequest"] = {
      Name("parent", Kind::kProgram),
      {"queries", Form::kItems, kRequired, Kind::kNone, 0, 1000}};
  t["GetProgramRequest"] = GetFields(Kind::kProgram);
  t["GetPolicyRequest"] = GetFields(Kind::kPolicy);
  t["GetPolicyEditionRequest"] = GetFields(Kind::kPolicyEdition);
  t["ComparePolicyEditionsRequest"] = {
      Name("name", Kind::kPolicyEdition),
      Name("base", Kind::kPolicyEdition, kOptional)};
  t["ActivatePolicyEditionRequest"] = Join(
      VersionFields(Kind::kPolicy),
      {Name("edition", Kind::kPolicyEdition), {"effective_time", Form::kTime}});
  t["WithdrawPolicyActivationRequest"] = t["ActivatePolicyEditionRequest"];
  t["EvaluatePolicyRequest"] = {
      Name("name", Kind::kPolicyEdition),
      Name("base", Kind::kPolicyEdition, kOptional),
      {"effective_time", Form::kTime},
      {"page_token", Form::kOpaque, kOptional, Kind::kNone, 1024},
      {"facts_max", Form::kCount, kOptional, Kind::kNone, 100000000}};
  for (const char* verb : {"ListPolicyEditions", "ListRoles", "ListServices"}) {
    t[absl::StrCat(verb, "Request")] = {Name("parent", Kind::kProgram)};
  }
  return t;
}

}  // namespace

const Fields* FieldsOfRequest(absl::string_view message) {
  static const auto* const forms =
      new absl::flat_hash_map<std::string, Fields>(MakeForms());
  const auto found = forms->find(message);
  return found == forms->end() ? nullptr : &found->second;
}

}  // namespace partner::hierarchy
