#include "client/cli/command_table.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace partner::client {
namespace {

constexpr char kPartners[] = "partners";
constexpr char kCustomers[] = "customers";
constexpr char kPartnerships[] = "partnerships";
constexpr char kServices[] = "services";
constexpr char kRoles[] = "roles";
constexpr char kInvitations[] = "partners/invitations";
constexpr char kForwards[] = "partners/invitations/forwards";
constexpr char kAcceptances[] = "partners/invitations/acceptances";
constexpr char kRelationships[] = "customers/resellerRelationships";
constexpr char kAdmins[] = "customers/adminRelationships";

// A position that names a resource.
Argument Name(std::string word, std::string field, std::string help,
              std::string collections, Missing missing = Missing::kRefused) {
  return {std::move(word), std::move(field), std::move(help),
          std::move(collections), missing};
}

// A required position or option that is no name.
Argument Needs(std::string word, std::string field, std::string help) {
  return {std::move(word), std::move(field), std::move(help), "",
          Missing::kRefused};
}

// An option that may be left out.
Argument May(std::string word, std::string field, std::string help,
             std::string collections = "") {
  return {std::move(word), std::move(field), std::move(help),
          std::move(collections), Missing::kEmpty};
}

std::vector<Argument> operator+(std::vector<Argument> a,
                                const std::vector<Argument>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Argument> Attestation() {
  return {
      May("--attest-person", "attestation.person",
          "Evidence, by an operator: who at the customer decided"),
      May("--attest-method", "attestation.method",
          "Evidence: how the decision arrived"),
      May("--attest-time", "attestation.time", "Evidence: when it was decided"),
      May("--attest-document", "attestation.document",
          "Evidence: where it is kept"),
  };
}

std::vector<Argument> Administration() {
  return {
      Needs("--duty", "duties", "What for; repeatable or comma-separated"),
      May("--service", "scope.services",
          "Services covered; repeatable or comma-separated", kServices),
      May("--all-services", "scope.all_services",
          "Every service, also later ones"),
  };
}

std::vector<Command> PartnerCommands() {
  const Argument partner = Name("PARTNER", "name", "The partner", kPartners);
  const Argument type = Needs("ENROLLMENT", "type", "The capacity");
  return {
      {"partner create",
       "PartnerService.CreatePartner",
       "Record a partner (operators)",
       {"partnerctl --as operators/ops partner create contoso "
        "--display-name 'Contoso Distribution' --country US "
        "--tenant-id 11111111-1111-4111-8111-111111111111 "
        "--enroll indirect-provider"},
       {May("ID", "partner_id", "Last part of the name; made when left out"),
        Needs("--display-name", "partner.display_name", "Name for people"),
        Needs("--country", "partner.country", "Two capital letters, ISO 3166"),
        Needs("--tenant-id", "partner.tenant_id", "Directory tenant, a UUID"),
        May("--enroll", "enrollments",
            "Enrolments active from the start; repeatable")}},
      {"partner get",
       "PartnerService.GetPartner",
       "Show one partner",
       {"partnerctl --as operators/ops partner get contoso"},
       {partner}},
      {"partner list",
       "PartnerService.ListPartners",
       "List the partners you may see",
       {"partnerctl --as operators/ops partner list",
        "partnerctl --as operators/ops partner list --filter 'state = "
        "\"SUSPENDED\"'"},
       {}},
      {"partner update",
       "PartnerService.UpdatePartner",
       "Change a partner's name for people or country",
       {"partnerctl --as partner:contoso partner update contoso "
        "--display-name 'Contoso Group'"},
       {Name("PARTNER", "partner.name", "The partner", kPartners),
        May("--display-name", "partner.display_name", "Name for people"),
        May("--country", "partner.country", "Two capital letters, ISO 3166")}},
      {"partner enroll",
       "PartnerService.EnrollPartner",
       "Add an enrolment or lift its restriction (operators)",
       {"partnerctl --as operators/ops partner enroll fabrikam "
        "indirect-reseller"},
       {partner, type}},
      {"partner restrict",
       "PartnerService.RestrictPartnerEnrollment",
       "Restrict an enrolment: nothing new, what exists goes on (operators)",
       {"partnerctl --as operators/ops partner restrict fabrikam "
        "indirect-reseller"},
       {partner, type}},
      {"partner end-enrollment",
       "PartnerService.EndPartnerEnrollment",
       "End an enrolment; what exists goes on (operators)",
       {"partnerctl --as operators/ops partner end-enrollment fabrikam "
        "indirect-reseller"},
       {partner, type}},
      {"partner suspend",
       "PartnerService.SuspendPartner",
       "Suspend a partner: its checks are denied, facts are kept (operators)",
       {"partnerctl --as operators/ops --note 'unpaid' partner suspend "
        "fabrikam"},
       {partner}},
      {"partner reinstate",
       "PartnerService.ReinstatePartner",
       "End a suspension (operators)",
       {"partnerctl --as operators/ops partner reinstate fabrikam"},
       {partner}},
      {"partner delete",
       "PartnerService.DeletePartner",
       "Delete a partner nothing live names (operators)",
       {"partnerctl --as operators/ops --dry-run partner delete fabrikam",
        "partnerctl --as operators/ops partner delete fabrikam"},
       {partner}},
  };
}

std::vector<Command> PartnershipCommands() {
  const Argument partnership =
      Name("PARTNERSHIP", "name", "The partnership's id", kPartnerships);
  return {
      {"partnership create",
       "PartnershipService.CreatePartnership",
       "A provider asks a reseller to work together",
       {"partnerctl --as partner:contoso partnership create fabrikam",
        "partnerctl --as operators/ops partnership create fabrikam "
        "--provider contoso --expires +30d"},
       {Name("RESELLER", "reseller", "The reseller", kPartners),
        {"--provider", "provider", "The provider; you when left out", kPartners,
         Missing::kEmpty},
        May("--expires", "expire_time", "When the request lapses")}},
      {"partnership accept",
       "PartnershipService.AcceptPartnership",
       "The reseller accepts",
       {"partnerctl --as partner:fabrikam partnership accept 06jqz3v8k2m1c"},
       {partnership}},
      {"partnership decline",
       "PartnershipService.DeclinePartnership",
       "The reseller declines",
       {"partnerctl --as partner:fabrikam partnership decline 06jqz3v8k2m1c"},
       {partnership}},
      {"partnership terminate",
       "PartnershipService.TerminatePartnership",
       "End a partnership or withdraw a request; no customer and no right "
       "goes with it",
       {"partnerctl --as partner:contoso --dry-run partnership terminate "
        "06jqz3v8k2m1c"},
       {partnership}},
      {"partnership get",
       "PartnershipService.GetPartnership",
       "Show one partnership",
       {"partnerctl --as partner:contoso partnership get 06jqz3v8k2m1c"},
       {partnership}},
      {"partnership list",
       "PartnershipService.ListPartnerships",
       "List the partnerships you may see",
       {"partnerctl --as partner:contoso partnership list --filter 'state = "
        "\"ACTIVE\"'"},
       {}},
  };
}

std::vector<Command> CustomerCommands() {
  const Argument customer =
      Name("CUSTOMER", "name", "The customer", kCustomers);
  return {
      {"customer create",
       "CustomerService.CreateCustomer",
       "Record a customer; by a provider, with a relationship it owns",
       {"partnerctl --as partner:contoso customer create adatum "
        "--display-name Adatum --domain adatum.example --country US "
        "--tenant-id aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa "
        "--reseller fabrikam"},
       {May("ID", "customer_id", "Last part of the name; made when left out"),
        Needs("--display-name", "customer.display_name", "Name for people"),
        Needs("--domain", "customer.domain", "Primary DNS domain"),
        Needs("--country", "customer.country", "Two capital letters, ISO 3166"),
        Needs("--tenant-id", "customer.tenant_id", "Directory tenant, a UUID"),
        May("--reseller", "associated_reseller",
            "Your reseller for this customer", kPartners),
        May("--as-enrollment", "as_enrollment",
            "Your capacity, where two could apply")}},
      {"customer get",
       "CustomerService.GetCustomer",
       "Show one customer",
       {"partnerctl --as partner:contoso customer get adatum"},
       {customer}},
      {"customer list",
       "CustomerService.ListCustomers",
       "List the customers you may see",
       {"partnerctl --as partner:contoso customer list --limit 20"},
       {}},
      {"customer update",
       "CustomerService.UpdateCustomer",
       "Change a customer's name for people, domain or country",
       {"partnerctl --as customer:adatum customer update adatum "
        "--domain adatum.example"},
       {Name("CUSTOMER", "customer.name", "The customer", kCustomers),
        May("--display-name", "customer.display_name", "Name for people"),
        May("--domain", "customer.domain", "Primary DNS domain"),
        May("--country", "customer.country", "Two capital letters, ISO 3166")}},
      {"customer delete",
       "CustomerService.DeleteCustomer",
       "Delete a customer nothing live names (operators)",
       {"partnerctl --as operators/ops --dry-run customer delete adatum"},
       {customer}},
  };
}

std::vector<Command> InvitationCommands() {
  const Argument invitation =
      Name("INVITATION", "name", "ISSUER/INVITATION", kInvitations);
  const Argument token =
      Needs("TOKEN", "token", "Token of the invitation or the forward");
  const Argument parent =
      Name("INVITATION", "parent", "ISSUER/INVITATION; all when left out",
           kInvitations, Missing::kAll);
  return {
      {"invitation create",
       "InvitationService.CreateInvitation",
       "A provider or direct-bill partner invites customers",
       {"partnerctl --as partner:contoso invitation create "
        "--audience all-active-resellers",
        "partnerctl --as partner:contoso invitation create --audience listed "
        "--reseller fabrikam,litware --expires +90d"},
       {{"--issuer", "parent", "The issuer; you when left out", kPartners,
         Missing::kSelf},
        May("--audience", "invitation.audience",
            "Who may pass it on; nobody when left out"),
        May("--reseller", "invitation.listed_resellers",
            "Who may pass it on when LISTED; repeatable", kPartners),
        May("--admin-offer", "invitation.admin_offer",
            "Administration the issuer gets when it is accepted"),
        May("--message", "invitation.message", "Words to the customer"),
        May("--expires", "invitation.expire_time", "When it ends"),
        May("--max-acceptances", "invitation.max_acceptances",
            "How often it may be accepted; 0 is no limit"),
        May("--as-enrollment", "invitation.as_enrollment",
            "Capacity, where two could apply")}},
      {"invitation get",
       "InvitationService.GetInvitation",
       "Show one invitation",
       {"partnerctl --as partner:contoso invitation get contoso/06jqz3v8k2m1c"},
       {invitation}},
      {"invitation list",
       "InvitationService.ListInvitations",
       "List the invitations you may see; a reseller sees those it may pass on",
       {"partnerctl --as partner:fabrikam invitation list",
        "partnerctl --as partner:contoso invitation list --issuer contoso"},
       {{"--issuer", "parent", "Only of this issuer", kPartners,
         Missing::kAll}}},
      {"invitation forward",
       "InvitationService.ForwardInvitation",
       "A reseller takes its provider's invitation to pass it on",
       {"partnerctl --as partner:fabrikam invitation forward "
        "contoso/06jqz3v8k2m1c --message 'We look after you'",
        "partnerctl --as partner:fabrikam invitation forward --token TOKEN"},
       {Name("INVITATION", "name", "ISSUER/INVITATION; or give --token",
             kInvitations, Missing::kEmpty),
        May("--token", "token", "Token of the invitation"),
        May("--message", "message", "Words to the customer")}},
      {"invitation revoke-forward",
       "InvitationService.RevokeInvitationForward",
       "Withdraw a forward; earlier acceptances stay",
       {"partnerctl --as partner:fabrikam invitation revoke-forward "
        "contoso/06jqz3v8k2m1c/06jqz4a1b7c2d"},
       {Name("FORWARD", "name", "ISSUER/INVITATION/FORWARD", kForwards)}},
      {"invitation revoke",
       "InvitationService.RevokeInvitation",
       "Withdraw an invitation; earlier acceptances stay",
       {"partnerctl --as partner:contoso invitation revoke "
        "contoso/06jqz3v8k2m1c"},
       {invitation}},
      {"invitation lookup",
       "InvitationService.LookupInvitation",
       "What a customer would see who holds the token",
       {"partnerctl --as customer:adatum invitation lookup TOKEN"},
       {token}},
      {"invitation accept",
       "InvitationService.AcceptInvitation",
       "The customer accepts; the issuer will own the relationship",
       {"partnerctl --as customer:adatum invitation accept TOKEN",
        "partnerctl --as customer:adatum invitation accept TOKEN "
        "--display-name Adatum --domain adatum.example --country US "
        "--tenant-id aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        "partnerctl --as customer:adatum --dry-run invitation accept TOKEN"},
       std::vector<Argument>{
           token,
           May("--customer", "customer",
               "A customer that exists; you when left out", kCustomers),
           May("--customer-id", "customer_id",
               "Id of the new customer, by an operator"),
           May("--display-name", "new_customer.display_name",
               "New customer: name for people"),
           May("--domain", "new_customer.domain",
               "New customer: primary DNS domain"),
           May("--country", "new_customer.country",
               "New customer: two capital letters, ISO 3166"),
           May("--tenant-id", "new_customer.tenant_id",
               "New customer: directory tenant, a UUID"),
           May("--replace", "replace_overlapping",
               "Take overlapping services from who holds them")} +
           Attestation()},
      {"invitation forwards",
       "InvitationService.ListInvitationForwards",
       "List the forwards you may see",
       {"partnerctl --as partner:contoso invitation forwards "
        "contoso/06jqz3v8k2m1c"},
       {parent}},
      {"invitation acceptances",
       "InvitationService.ListInvitationAcceptances",
       "List the acceptances you may see",
       {"partnerctl --as partner:contoso invitation acceptances "
        "contoso/06jqz3v8k2m1c"},
       {parent}},
      {"invitation get-forward",
       "InvitationService.GetInvitationForward",
       "Show one forward",
       {"partnerctl --as partner:fabrikam invitation get-forward "
        "contoso/06jqz3v8k2m1c/06jqz4a1b7c2d"},
       {Name("FORWARD", "name", "ISSUER/INVITATION/FORWARD", kForwards)}},
      {"invitation get-acceptance",
       "InvitationService.GetInvitationAcceptance",
       "Show one acceptance",
       {"partnerctl --as customer:adatum invitation get-acceptance "
        "contoso/06jqz3v8k2m1c/06jqz5d3e8f4g"},
       {Name("ACCEPTANCE", "name", "ISSUER/INVITATION/ACCEPTANCE",
             kAcceptances)}},
  };
}

std::vector<Command> RelationshipCommands() {
  const Argument relationship =
      Name("RELATIONSHIP", "name", "CUSTOMER/RELATIONSHIP", kRelationships);
  const Argument reseller =
      Name("RESELLER", "reseller", "The reseller", kPartners);
  return {
      {"relationship get",
       "ResellerRelationshipService.GetResellerRelationship",
       "Show who owns a relationship and works through whom",
       {"partnerctl --as partner:contoso relationship get "
        "adatum/06jqz3v8k2m1c"},
       {relationship}},
      {"relationship list",
       "ResellerRelationshipService.ListResellerRelationships",
       "List the relationships you may see",
       {"partnerctl --as customer:adatum relationship list adatum",
        "partnerctl --as partner:contoso relationship list"},
       {Name("CUSTOMER", "parent", "Only of this customer", kCustomers,
             Missing::kAll)}},
      {"relationship associate",
       "ResellerRelationshipService.AssociateReseller",
       "The owner names a reseller of its own; gives no administration",
       {"partnerctl --as partner:contoso relationship associate "
        "adatum/06jqz3v8k2m1c fabrikam --default"},
       {relationship, reseller,
        May("--default", "make_default", "Make it the default one")}},
      {"relationship dissociate",
       "ResellerRelationshipService.DissociateReseller",
       "The owner ends an association; administration stays",
       {"partnerctl --as partner:contoso relationship dissociate "
        "adatum/06jqz3v8k2m1c fabrikam"},
       {relationship, reseller}},
      {"relationship request-termination",
       "ResellerRelationshipService.RequestResellerRelationshipTermination",
       "The customer asks the owner to end it; the owner must act",
       {"partnerctl --as customer:adatum relationship request-termination "
        "adatum/06jqz3v8k2m1c"},
       std::vector<Argument>{relationship} + Attestation()},
      {"relationship terminate",
       "ResellerRelationshipService.TerminateResellerRelationship",
       "The owner ends the relationship and its own broad administration",
       {"partnerctl --as partner:contoso --dry-run relationship terminate "
        "adatum/06jqz3v8k2m1c"},
       {relationship}},
  };
}

std::vector<Command> ChannelCommands() {
  return {
      {"channel show",
       "HierarchyService.ResolveChannel",
       "Through whom a customer buys: one channel for each owner",
       {"partnerctl --as customer:adatum channel show adatum",
        "partnerctl --as partner:contoso channel show adatum --owner contoso"},
       {Name("CUSTOMER", "customer", "The customer", kCustomers),
        May("--owner", "owner", "Only the channel of this owner", kPartners)}},
  };
}

std::vector<Command> AdminCommands() {
  const Argument admin = Name("ADMIN", "name", "CUSTOMER/ADMIN", kAdmins);
  const Argument customer{"--customer", "parent",
                          "The customer; you when left out", kCustomers,
                          Missing::kSelf};
  const Argument replace = May("--replace", "replace_overlapping",
                               "Take overlapping services from who holds them");
  return {
      {"admin get",
       "AdminRelationshipService.GetAdminRelationship",
       "Show one administration",
       {"partnerctl --as customer:adatum admin get adatum/06jqz3v8k2m1c"},
       {admin}},
      {"admin list",
       "AdminRelationshipService.ListAdminRelationships",
       "List the administration you may see, ended ones too",
       {"partnerctl --as customer:adatum admin list adatum",
        "partnerctl --as partner:litware admin list --filter 'state = "
        "\"APPROVAL_PENDING\"'"},
       {Name("CUSTOMER", "parent", "Only of this customer", kCustomers,
             Missing::kAll)}},
      {"admin grant",
       "AdminRelationshipService.GrantAdminRelationship",
       "The customer delegates administration to any active reseller",
       {"partnerctl --as customer:adatum admin grant litware "
        "--duty provisioning,support --service exchange-online",
        "partnerctl --as customer:adatum admin grant litware --duty support "
        "--all-services --replace"},
       std::vector<Argument>{
           Name("DELEGATE", "delegate", "Who may administer", kPartners),
           customer} +
           Administration() +
           std::vector<Argument>{
               replace, May("--kind", "kind", "Broad; granular is drafted"),
               May("--duration", "duration", "Granular is drafted"),
               May("--expires", "expire_time", "Granular is drafted"),
               May("--auto-extend", "auto_extend_duration",
                   "Granular is drafted")} +
           Attestation()},
      {"admin request",
       "AdminRelationshipService.RequestAdminRelationship",
       "The owner asks the customer to delegate to a reseller",
       {"partnerctl --as partner:contoso admin request adatum fabrikam "
        "--duty support --service exchange-online"},
       std::vector<Argument>{
           Name("CUSTOMER", "parent", "The customer", kCustomers),
           Name("DELEGATE", "delegate", "Who would administer", kPartners)} +
           Administration() +
           std::vector<Argument>{
               May("--kind", "kind", "Broad; granular is drafted")}},
      {"admin draft",
       "AdminRelationshipService.CreateAdminRelationshipDraft",
       "A partner drafts granular administration: roles for a bounded time",
       {"partnerctl --as partner:litware admin draft adatum "
        "--display-name 'Daily care' --role helpdesk-administrator "
        "--duration 30d",
        "partnerctl --as partner:contoso admin draft adatum --delegate litware "
        "--display-name Licences --role license-administrator --duration 730d "
        "--auto-extend 180d"},
       {Name("CUSTOMER", "parent", "The customer", kCustomers),
        Needs("--display-name", "display_name",
              "Name for people, given once and for ever"),
        Name("--role", "roles", "Roles it has; repeatable or comma-separated",
             kRoles),
        Needs("--duration", "duration", "How long it lasts, 1d to 730d"),
        May("--auto-extend", "auto_extend_duration",
            "180d: it goes on by as much at each end"),
        May("--delegate", "delegate", "Who would administer; you when left out",
            kPartners)}},
      {"admin update-draft",
       "AdminRelationshipService.UpdateAdminRelationshipDraft",
       "The partner that drafted it changes a draft",
       {"partnerctl --as partner:litware admin update-draft "
        "adatum/06jqz3v8k2m1c --duration 90d"},
       {Name("ADMIN", "admin_relationship.name", "CUSTOMER/ADMIN", kAdmins),
        May("--display-name", "admin_relationship.display_name",
            "Name for people"),
        May("--role", "admin_relationship.roles",
            "Roles it has; repeatable or comma-separated", kRoles),
        May("--duration", "admin_relationship.duration",
            "How long it lasts, 1d to 730d")}},
      {"admin lock",
       "AdminRelationshipService.LockAdminRelationshipForApproval",
       "Put a draft to the customer, who has 90 days to answer",
       {"partnerctl --as partner:litware admin lock adatum/06jqz3v8k2m1c"},
       {admin}},
      {"admin consent",
       "AdminRelationshipService.ConsentToAdminRelationship",
       "The delegate consents to what another partner asked on its behalf",
       {"partnerctl --as partner:litware admin consent adatum/06jqz3v8k2m1c"},
       {admin}},
      {"admin extend",
       "AdminRelationshipService.SetAdminRelationshipAutoExtend",
       "Let granular administration go on by itself, or run out",
       {"partnerctl --as partner:litware admin extend adatum/06jqz3v8k2m1c "
        "180d",
        "partnerctl --as customer:adatum admin extend adatum/06jqz3v8k2m1c "
        "0d"},
       std::vector<Argument>{
           admin, Needs("SPAN", "auto_extend_duration",
                        "180d at each end, or 0d to let it run out")} +
           Attestation()},
      {"admin remove-privileged",
       "AdminRelationshipService.RemoveAdminRelationshipPrivilegedRole",
       "Take the privileged roles out of granular administration",
       {"partnerctl --as customer:adatum admin remove-privileged "
        "adatum/06jqz3v8k2m1c"},
       std::vector<Argument>{admin} + Attestation()},
      {"admin approve",
       "AdminRelationshipService.ApproveAdminRelationship",
       "The customer approves a request",
       {"partnerctl --as customer:adatum admin approve adatum/06jqz3v8k2m1c"},
       std::vector<Argument>{admin, replace} + Attestation()},
      {"admin reject",
       "AdminRelationshipService.RejectAdminRelationship",
       "The customer rejects a request; or the delegate, asked for by another",
       {"partnerctl --as customer:adatum admin reject adatum/06jqz3v8k2m1c"},
       std::vector<Argument>{admin} + Attestation()},
      {"admin terminate",
       "AdminRelationshipService.TerminateAdminRelationship",
       "Take administration back, give it up, withdraw a request, discard a "
       "draft",
       {"partnerctl --as customer:adatum admin revoke adatum/06jqz3v8k2m1c"},
       std::vector<Argument>{admin} + Attestation(),
       "revoke"},
      {"admin revoke-all",
       "AdminRelationshipService.RevokeAllAdminRelationships",
       "The customer takes back all administration, or all of one partner",
       {"partnerctl --as customer:adatum --dry-run admin revoke-all",
        "partnerctl --as customer:adatum admin revoke-all --delegate litware"},
       std::vector<Argument>{customer, May("--delegate", "delegate",
                                           "Only this partner's", kPartners)} +
           Attestation()},
  };
}

std::vector<Command> AccessCommands() {
  const Argument permission =
      May("--permission", "permission", "Only those holding this permission");
  const Argument service = May("--service", "service",
                               "Only those covering this service", kServices);
  return {
      {"check",
       "AccessService.CheckAccess",
       "May this partner do this for this customer? Exits 0 yes, 1 no, 2 error",
       {"partnerctl --as partner:litware check litware manage_users adatum "
        "exchange-online",
        "partnerctl --as customer:adatum check litware order adatum --explain"},
       {Name("PARTNER", "query.partner", "The partner", kPartners),
        Needs("PERMISSION", "query.permission",
              "What it wants to do; see `policy roles`, or `order`"),
        Name("CUSTOMER", "query.customer", "The customer", kCustomers),
        Name("SERVICE", "query.service", "Where; any service when left out",
             kServices, Missing::kEmpty)},
       "",
       {},
       Runner::kCheck},
      {"batch-check",
       "AccessService.BatchCheckAccess",
       "Many checks at one revision. Exits 0 all yes, 1 some no, 2 error",
       {"printf 'litware manage_users adatum exchange-online\\nlitware order "
        "adatum\\n' | partnerctl --as operators/ops batch-check",
        "partnerctl --as operators/ops -o json batch-check questions.json"},
       {},
       "",
       {},
       Runner::kBatchCheck},
      {"who",
       "AccessService.ListAdministrators",
       "Who may administer this customer, in what, since when",
       {"partnerctl --as customer:adatum who adatum",
        "partnerctl --as operators/ops who adatum --service exchange-online"},
       {Name("CUSTOMER", "customer", "The customer", kCustomers), service,
        permission}},
      {"customers",
       "AccessService.ListAdministeredCustomers",
       "Which customers this partner may administer",
       {"partnerctl --as partner:litware customers litware"},
       {Name("PARTNER", "partner", "The partner", kPartners), service,
        permission}},
  };
}

std::vector<Command> PolicyCommands() {
  return {
      {"policy show",
       "PolicyService.GetPolicy",
       "The rules in force: the policy edition and since when",
       {"partnerctl --as operators/ops policy show",
        "partnerctl --as operators/ops --program china-21vianet policy show"},
       {},
       "",
       {{"name", "programs/{program}/policy"}}},
      {"policy list",
       "PolicyService.ListPolicyEditions",
       "The editions the server knows, in force or not",
       {"partnerctl --as operators/ops policy list"},
       {}},
      {"policy get",
       "PolicyService.GetPolicyEdition",
       "Show one edition",
       {"partnerctl --as operators/ops policy get global-2017-03"},
       {Name("EDITION", "name", "The edition", "policyEditions")}},
      {"policy diff",
       "PolicyService.ComparePolicyEditions",
       "What an edition rules otherwise than the one in force, or another",
       {"partnerctl --as operators/ops --program germany policy diff "
        "germany-2018-10",
        "partnerctl --as operators/ops --program germany policy diff "
        "germany-2017-03 --base germany-2018-10"},
       {Name("EDITION", "name", "The edition", "policyEditions"),
        May("--base", "base", "The edition compared with; the one in force",
            "policyEditions")}},
      {"policy activate",
       "PolicyService.ActivatePolicyEdition",
       "Put an edition in force, now or at a later time (operators)",
       {"partnerctl --as operators/ops --program germany policy activate "
        "germany-2018-10",
        "partnerctl --as operators/ops --program germany policy activate "
        "germany-2018-10 --from 2027-01-31T00:00:00Z --dry-run"},
       {Name("EDITION", "edition", "The edition", "policyEditions"),
        May("--from", "effective_time", "From when; now when left out")},
       "",
       {{"name", "programs/{program}/policy"}}},
      {"policy withdraw",
       "PolicyService.WithdrawPolicyActivation",
       "Take an announced edition back before it is in force (operators)",
       {"partnerctl --as operators/ops --program germany policy withdraw "
        "germany-2018-10",
        "partnerctl --as operators/ops --program germany policy withdraw "
        "germany-2018-10 --from 2027-01-31T00:00:00Z --dry-run"},
       {Name("EDITION", "edition", "The edition", "policyEditions"),
        May("--from", "effective_time",
            "Which announcement; the next one when left out")},
       "",
       {{"name", "programs/{program}/policy"}}},
      {"policy evaluate",
       "PolicyService.EvaluatePolicy",
       "What an edition would change for present facts (operators, auditors)",
       {"partnerctl --as operators/ops --program germany policy evaluate "
        "germany-2018-10 --totals",
        "partnerctl --as operators/ops --program germany policy evaluate "
        "germany-2018-10 --from 2027-01-31T00:00:00Z --page-size 1000"},
       {Name("EDITION", "name", "The edition looked at", "policyEditions"),
        May("--base", "base",
            "The edition compared with; the one in force before it",
            "policyEditions"),
        May("--from", "effective_time",
            "From when it would be in force; now when left out"),
        May("--totals", "totals_only", "Count the facts without naming them"),
        May("--facts-max", "facts_max",
            "Give up when more facts than this are to be examined")}},
      {"policy roles",
       "PolicyService.ListRoles",
       "Roles of the edition in force with their permissions",
       {"partnerctl --as operators/ops policy roles"},
       {}},
      {"policy services",
       "PolicyService.ListServices",
       "Services of the edition in force",
       {"partnerctl --as operators/ops policy services"},
       {}},
      {"program list",
       "PolicyService.ListPrograms",
       "The programs the server serves",
       {"partnerctl --as operators/ops program list"},
       {}},
      {"program get",
       "PolicyService.GetProgram",
       "Show one program",
       {"partnerctl --as operators/ops program get china-21vianet"},
       {Name("PROGRAM", "name", "The program", "programs")}},
      {"status",
       "AdminService.GetStatus",
       "State of the server and its programs (operators, auditors)",
       {"partnerctl --as operators/ops status"},
       {}},
      {"clock advance",
       "TestClockService.AdvanceClock",
       "Move a test server's clock forward (operators)",
       {"partnerctl --as operators/ops clock advance 30d",
        "partnerctl --as operators/ops clock advance --to "
        "2027-01-31T00:00:00Z"},
       {May("BY", "by", "How far"), May("--to", "to", "Until when")}},
  };
}

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (std::vector<Command> some :
       {PartnerCommands(), PartnershipCommands(), CustomerCommands(),
        InvitationCommands(), RelationshipCommands(), ChannelCommands(),
        AdminCommands(), AccessCommands(), PolicyCommands()}) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<Command>& Commands() {
  static const auto* const kCommands = new std::vector<Command>(AllCommands());
  return *kCommands;
}

std::string HelpOfNoun(const std::string& noun) {
  static constexpr std::pair<const char*, const char*> kNouns[] = {
      {"partner", "Partners and their enrolments"},
      {"partnership", "Providers and resellers working together"},
      {"customer", "Customers"},
      {"invitation", "Invitations, forwards and acceptances"},
      {"relationship", "Who owns a customer, through which resellers"},
      {"channel", "Through whom a customer buys"},
      {"admin", "Delegated administration"},
      {"policy", "The rules of a program"},
      {"program", "The programs (clouds) served"},
      {"clock", "The clock of a test server"},
  };
  for (const auto& [name, help] : kNouns) {
    if (noun == name) return help;
  }
  return "";
}

}  // namespace partner::client
