// Writes the corpora of two targets. `requests`: one well-formed call of every
// method, two to an input. `stored_bodies`: every body there is, and without
// its last byte. Run when a method or a kind of resource is added.
//
//   fuzz_seeds CORPUS
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_format.h"
#include "tests/fuzz/founding.h"
#include "tests/fuzz/input.h"

namespace partner::server {
namespace {

constexpr FuzzStep kCalls[] = {
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'nina' partner { "
     "display_name: 'Nina' country: 'FR' tenant_id: "
     "'cccccccc-cccc-4ccc-8ccc-cccccccccccc' } enrollments: "
     "ENROLLMENT_TYPE_INDIRECT_RESELLER enrollments: ENROLLMENT_TYPE_ADVISOR"},
    {"", "PartnerService.GetPartner", 2,
     "name: 'programs/global/partners/north' read_mask { paths: 'display_name' "
     "paths: 'enrollments' }"},
    {"", "PartnerService.GetPartner", 5,
     "name: 'programs/global/partners/sara' read_options { exact_revision { "
     "number: 5 } }"},
    {"", "PartnerService.ListPartners", 0,
     "parent: 'programs/global' page_size: 2 filter: 'enrollments.type = "
     "INDIRECT_RESELLER'"},
    {"", "PartnerService.UpdatePartner", 2,
     "options { $id } partner { name: 'programs/global/partners/north' "
     "display_name: 'North 2' } update_mask { paths: 'display_name' }"},
    {"", "PartnerService.EnrollPartner", 0,
     "options { $id } name: 'programs/global/partners/ada' type: "
     "ENROLLMENT_TYPE_INDIRECT_RESELLER"},
    {"", "PartnerService.RestrictPartnerEnrollment", 0,
     "options { $id } name: 'programs/global/partners/reno' type: "
     "ENROLLMENT_TYPE_INDIRECT_RESELLER"},
    {"", "PartnerService.EndPartnerEnrollment", 0,
     "options { $id } name: 'programs/global/partners/north' type: "
     "ENROLLMENT_TYPE_INDIRECT_PROVIDER"},
    {"", "PartnerService.SuspendPartner", 0,
     "options { $id } name: 'programs/global/partners/reno'"},
    {"", "PartnerService.ReinstatePartner", 0,
     "options { $id } name: 'programs/global/partners/reno' etag: '\"4\"'"},
    {"", "PartnerService.DeletePartner", 0,
     "options { validate_only: true } name: 'programs/global/partners/reno'"},
    {"", "PartnershipService.CreatePartnership", 3,
     "options { $id } parent: 'programs/global' provider: "
     "'programs/global/partners/south' reseller: "
     "'programs/global/partners/reno' expire_time { seconds: 1540000000 }"},
    {"", "PartnershipService.GetPartnership", 4,
     "name: '$partnership' read_options { read_time { seconds: 1530403200 "
     "nanos: 1000 } }"},
    {"", "PartnershipService.ListPartnerships", 2,
     "parent: 'programs/global' filter: 'state = ACTIVE'"},
    {"", "PartnershipService.AcceptPartnership", 5,
     "options { $id } name: '$asked'"},
    {"", "PartnershipService.DeclinePartnership", 5,
     "options { $id } name: '$asked'"},
    {"", "PartnershipService.TerminatePartnership", 2,
     "options { $id } name: '$partnership'"},
    {"", "CustomerService.CreateCustomer", 6,
     "options { $id } parent: 'programs/global' customer_id: 'cleo' customer { "
     "display_name: 'Cleo' domain: 'cleo.example' country: 'FR' tenant_id: "
     "'cccccccc-cccc-4ccc-8ccc-cccccccccccc' } as_enrollment: "
     "ENROLLMENT_TYPE_DIRECT_BILL_PARTNER"},
    {"", "CustomerService.GetCustomer", 2,
     "name: 'programs/global/customers/acme'"},
    {"", "CustomerService.ListCustomers", 4,
     "parent: 'programs/global' filter: 'tenant_id = "
     "\"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa\"'"},
    {"", "CustomerService.UpdateCustomer", 8,
     "options { $id } customer { name: 'programs/global/customers/acme' "
     "domain: 'acme2.example' } update_mask { paths: 'domain' }"},
    {"", "CustomerService.DeleteCustomer", 0,
     "options { validate_only: true } name: 'programs/global/customers/acme'"},
    {"", "InvitationService.CreateInvitation", 2,
     "options { $id } parent: 'programs/global/partners/north' invitation { "
     "audience: INVITATION_AUDIENCE_LISTED listed_resellers: "
     "'programs/global/partners/reno' admin_offer: ADMIN_OFFER_BROAD message: "
     "'Hello' expire_time { seconds: 1550000000 } max_acceptances: 2 }"},
    {"", "InvitationService.CreateInvitation", 4,
     "options { $id } parent: 'programs/global/partners/reno' invitation { }"},
    {"", "InvitationService.GetInvitation", 4, "name: '$invitation'"},
    {"", "InvitationService.ListInvitations", 0,
     "parent: 'programs/global/partners/-' page_size: 1"},
    {"", "InvitationService.ForwardInvitation", 4,
     "options { $id } parent: 'programs/global' token: '$invitation.token' "
     "message: 'From Reno'"},
    {"", "InvitationService.RevokeInvitationForward", 4,
     "options { $id } name: '$forward'"},
    {"", "InvitationService.RevokeInvitation", 2,
     "options { $id } name: '$invitation'"},
    {"", "InvitationService.LookupInvitation", 11,
     "parent: 'programs/global' token: '$forward.token'"},
    {"", "InvitationService.AcceptInvitation", 11,
     "options { $id } parent: 'programs/global' token: '$direct.token' "
     "new_customer { display_name: 'Nova' domain: 'nova.example' country: 'FR' "
     "tenant_id: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc' }"},
    {"", "InvitationService.AcceptInvitation", 10,
     "options { $id } parent: 'programs/global' token: '$forward.token' "
     "customer: 'programs/global/customers/bolt' replace_overlapping: true"},
    {"", "InvitationService.AcceptInvitation", 0,
     "options { $id } parent: 'programs/global' token: '$direct.token' "
     "customer_id: 'olga' new_customer { display_name: 'Olga' domain: "
     "'olga.example' country: 'FR' tenant_id: "
     "'cccccccc-cccc-4ccc-8ccc-cccccccccccc' } attestation { person: 'Olga' "
     "method: 'letter' time { seconds: 1530000000 } document: '7' }"},
    {"", "InvitationService.GetInvitationForward", 2, "name: '$forward'"},
    {"", "InvitationService.ListInvitationForwards", 2,
     "parent: '$invitation'"},
    {"", "InvitationService.GetInvitationAcceptance", 8, "name: '$acceptance'"},
    {"", "InvitationService.ListInvitationAcceptances", 0,
     "parent: 'programs/global/partners/north/invitations/-'"},
    {"", "ResellerRelationshipService.GetResellerRelationship", 0,
     "name: 'programs/global/customers/bolt/resellerRelationships/x'"},
    {"", "ResellerRelationshipService.ListResellerRelationships", 8,
     "parent: 'programs/global/customers/acme'"},
    {"", "ResellerRelationshipService.AssociateReseller", 2,
     "options { $id } name: '$relationship' reseller: "
     "'programs/global/partners/reno' make_default: true"},
    {"", "ResellerRelationshipService.DissociateReseller", 2,
     "options { $id } name: '$relationship' reseller: "
     "'programs/global/partners/reno'"},
    {"", "ResellerRelationshipService.TerminateResellerRelationship", 2,
     "options { $id } name: '$relationship'"},
    {"", "AdminRelationshipService.GetAdminRelationship", 5, "name: '$grant'"},
    {"", "AdminRelationshipService.ListAdminRelationships", 1,
     "parent: 'programs/global/customers/-' filter: 'state = ACTIVE'"},
    {"", "AdminRelationshipService.GrantAdminRelationship", 8,
     "options { $id } parent: 'programs/global/customers/acme' delegate: "
     "'programs/global/partners/sara' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_SUPPORT duties: ADMIN_DUTY_PROVISIONING scope { all_services: "
     "true } replace_overlapping: true"},
    {"", "AdminRelationshipService.GrantAdminRelationship", 0,
     "options { $id } parent: 'programs/global/customers/bolt' delegate: "
     "'programs/global/partners/reno' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_SUPPORT scope { all_services: true } attestation { person: "
     "'Olga' method: 'letter' time { seconds: 1530000000 } document: '7' } "
     "duration { seconds: 1 }"},
    {"", "AdminRelationshipService.RequestAdminRelationship", 2,
     "options { $id } parent: 'programs/global/customers/acme' delegate: "
     "'programs/global/partners/reno' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_SUPPORT scope { services: 'programs/global/services/azure' }"},
    {"", "AdminRelationshipService.CreateAdminRelationshipDraft", 2,
     "options { $id } parent: 'programs/global/customers/acme' delegate: "
     "'programs/global/partners/reno' display_name: 'Care' roles: "
     "'programs/global/roles/helpdesk-administrator' duration { seconds: "
     "864000 } auto_extend_duration { seconds: 15552000 }"},
    {"", "AdminRelationshipService.UpdateAdminRelationshipDraft", 2,
     "options { $id } admin_relationship { name: '$request' display_name: "
     "'Care' roles: 'programs/global/roles/user-administrator' duration { "
     "seconds: 86400 } } update_mask { paths: 'display_name' paths: 'roles' "
     "paths: 'duration' }"},
    {"", "AdminRelationshipService.LockAdminRelationshipForApproval", 2,
     "options { $id } name: '$request'"},
    {"", "AdminRelationshipService.ConsentToAdminRelationship", 2,
     "options { $id } name: '$request'"},
    {"", "AdminRelationshipService.SetAdminRelationshipAutoExtend", 5,
     "options { $id } name: '$grant' auto_extend_duration { seconds: 15552000 "
     "}"},
    {"", "AdminRelationshipService.RemoveAdminRelationshipPrivilegedRole", 5,
     "options { $id } name: '$grant'"},
    {"", "AdminRelationshipService.ApproveAdminRelationship", 10,
     "options { $id } name: '$request'"},
    {"", "AdminRelationshipService.RejectAdminRelationship", 10,
     "options { $id } name: '$request'"},
    {"", "AdminRelationshipService.TerminateAdminRelationship", 5,
     "options { $id } name: '$grant'"},
    {"", "AdminRelationshipService.RevokeAllAdminRelationships", 10,
     "options { $id } parent: 'programs/global/customers/bolt'"},
    {"", "AccessService.CheckAccess", 5,
     "query { partner: 'programs/global/partners/sara' permission: "
     "'reset_passwords' customer: 'programs/global/customers/bolt' service: "
     "'programs/global/services/exchange-online' }"},
    {"", "AccessService.CheckAccess", 2,
     "query { partner: 'programs/global/partners/north' permission: 'order' "
     "customer: 'programs/global/customers/acme' } read_options { min_revision "
     "{ number: 3 } }"},
    {"", "AccessService.BatchCheckAccess", 0,
     "parent: 'programs/global' queries { partner: "
     "'programs/global/partners/sara' permission: 'manage_users' customer: "
     "'programs/global/customers/bolt' } queries { partner: "
     "'programs/global/partners/reno' permission: 'nonsense' customer: "
     "'programs/global/customers/acme' }"},
    {"", "AccessService.ExplainAccess", 2,
     "query { partner: 'programs/global/partners/reno' permission: "
     "'open_tickets' customer: 'programs/global/customers/bolt' service: "
     "'programs/global/services/azure' }"},
    {"", "AccessService.ListAdministrators", 10,
     "customer: 'programs/global/customers/bolt' permission: 'view_directory' "
     "page_size: 1"},
    {"", "AccessService.ListAdministeredCustomers", 4,
     "partner: 'programs/global/partners/reno' batch_size: 1"},
    {"", "PolicyService.GetProgram", 8, "name: 'programs/global'"},
    {"", "PolicyService.ListPrograms", 8, ""},
    {"", "PolicyService.GetPolicy", 8, "name: 'programs/global/policy'"},
    {"", "PolicyService.ListPolicyEditions", 8, "parent: 'programs/global'"},
    {"", "PolicyService.GetPolicyEdition", 8,
     "name: 'programs/global/policyEditions/global-2017-03'"},
    {"", "PolicyService.ListRoles", 8, "parent: 'programs/global'"},
    {"", "PolicyService.ListServices", 8, "parent: 'programs/global'"},
    {"", "AdminService.GetStatus", 1, ""},
    {"", "TestClockService.AdvanceClock", 0, "by { seconds: 86400 }"},
};

// Calls in an input.
constexpr std::size_t kRow = 2;

std::string CallOf(Founding* founding, Served* served, const FuzzStep& step) {
  const Method& method = served->Find(step.method);
  const auto& methods = served->methods();
  const std::string request = founding->BytesOf(method, step);
  std::string call;
  call.push_back(static_cast<char>(
      std::find(methods.begin(), methods.end(), &method) - methods.begin()));
  call.push_back(static_cast<char>(step.caller));
  call.push_back(static_cast<char>(request.size() >> 8));
  call.push_back(static_cast<char>(request.size()));
  return call + request;
}

int WriteRequests(const std::string& directory) {
  Founding founding;
  auto opened = Served::Open(founding.FreshStore());
  test::Must(opened.ok(), "the founded store can be served");
  Served* served = opened->get();
  std::set<std::string> left;
  for (const Method* method : served->methods()) left.insert(method->label);
  std::string row;
  std::size_t count = 0;
  for (const FuzzStep& step : kCalls) {
    left.erase(step.method);
    row += CallOf(&founding, served, step);
    if (++count % kRow != 0 && count != std::size(kCalls)) continue;
    std::ofstream(absl::StrFormat("%s/%02d_%s", directory, count, step.method),
                  std::ios::binary)
        << row;
    row.clear();
  }
  for (const std::string& label : left) {
    std::fprintf(stderr, "no call of %s\n", label.c_str());
  }
  return left.empty() ? 0 : 1;
}

void WriteBodies(const std::string& directory) {
  Founding founding;
  const auto store = founding.FreshStore();
  int count = 0;
  const absl::Status status =
      store->writer_reader()->ScanLive([&](const StoredDocument& document) {
        const auto write = [&](const char* what, int mode,
                               absl::string_view body) {
          std::ofstream(absl::StrFormat("%s/%02d_%s", directory, count, what),
                        std::ios::binary)
              << static_cast<char>(mode) << static_cast<char>(count) << body;
        };
        // Every mode is met.
        write("whole", count % 4, document.body);
        write("cut", (count + 1) % 4,
              absl::string_view(document.body)
                  .substr(0, document.body.size() - 1));
        ++count;
        return absl::OkStatus();
      });
  test::Must(status.ok(), "the founded store can be read");
}

}  // namespace
}  // namespace partner::server

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds CORPUS\n");
    return 2;
  }
  const std::string corpus = argv[1];
  partner::server::WriteBodies(corpus + "/stored_bodies");
  return partner::server::WriteRequests(corpus + "/requests");
}
