// Stores in which the bytes of one document are others, found at the start or
// while it is served, with the state hash as it was or made to fit. Loading,
// reads, checks, commands and verification say so or go on; none of them ends
// the process, and verification finds every change.
//
// An input is a mode (1: the hash is made to fit; 2: changed while served), the
// place of the document and its bytes.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/ledger/engine.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/schema.h"
#include "tests/fuzz/founding.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/served.h"

namespace partner::server {
namespace {

using test::Input;
using test::Must;

constexpr FuzzStep kProbes[] = {
    {"", "PartnerService.ListPartners", 0, "parent: 'programs/global'"},
    {"", "PartnerService.ListPartners", 2,
     "parent: 'programs/global' filter: 'enrollments.state = ACTIVE'"},
    {"", "PartnershipService.ListPartnerships", 4, "parent: 'programs/global'"},
    {"", "CustomerService.ListCustomers", 2, "parent: 'programs/global'"},
    {"", "InvitationService.ListInvitations", 0,
     "parent: 'programs/global/partners/-'"},
    {"", "InvitationService.ListInvitationForwards", 2,
     "parent: 'programs/global/partners/north/invitations/-'"},
    {"", "InvitationService.ListInvitationAcceptances", 8,
     "parent: 'programs/global/partners/-/invitations/-'"},
    {"", "ResellerRelationshipService.ListResellerRelationships", 0,
     "parent: 'programs/global/customers/-'"},
    {"", "AdminRelationshipService.ListAdminRelationships", 4,
     "parent: 'programs/global/customers/-'"},
    {"", "InvitationService.LookupInvitation", 11,
     "parent: 'programs/global' token: '$forward.token'"},
    {"", "PolicyService.GetPolicy", 1, "name: 'programs/global/policy'"},
    {"", "AccessService.ExplainAccess", 0,
     "query { partner: 'programs/global/partners/sara' permission: "
     "'reset_passwords' customer: 'programs/global/customers/bolt' service: "
     "'programs/global/services/exchange-online' }"},
    {"", "AccessService.ExplainAccess", 2,
     "query { partner: 'programs/global/partners/north' permission: 'order' "
     "customer: 'programs/global/customers/acme' }"},
    {"", "AccessService.ListAdministrators", 0,
     "customer: 'programs/global/customers/bolt'"},
    {"", "AccessService.ListAdministeredCustomers", 0,
     "partner: 'programs/global/partners/reno'"},
    {"", "PartnerService.DeletePartner", 0,
     "options { validate_only: true } name: 'programs/global/partners/reno'"},
    {"", "CustomerService.DeleteCustomer", 0,
     "options { validate_only: true } name: 'programs/global/customers/acme'"},
    {"", "PartnershipService.TerminatePartnership", 0,
     "options { $id } name: '$partnership'"},
    {"", "PartnershipService.AcceptPartnership", 0,
     "options { $id } name: '$asked'"},
    {"", "PartnerService.RestrictPartnerEnrollment", 0,
     "options { $id } name: 'programs/global/partners/north' type: "
     "ENROLLMENT_TYPE_INDIRECT_PROVIDER"},
    {"", "PartnerService.SuspendPartner", 0,
     "options { $id } name: 'programs/global/partners/sara'"},
    {"", "InvitationService.AcceptInvitation", 10,
     "options { $id } parent: 'programs/global' token: '$forward.token' "
     "customer: 'programs/global/customers/bolt' replace_overlapping: true"},
    {"", "AdminRelationshipService.ApproveAdminRelationship", 10,
     "options { $id } name: '$request' replace_overlapping: true"},
    {"", "AdminRelationshipService.GrantAdminRelationship", 8,
     "options { $id } parent: 'programs/global/customers/acme' delegate: "
     "'programs/global/partners/sara' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_SUPPORT scope { all_services: true } replace_overlapping: "
     "true"},
    {"", "ResellerRelationshipService.TerminateResellerRelationship", 2,
     "options { $id } name: '$relationship'"},
    {"", "AdminRelationshipService.RevokeAllAdminRelationships", 10,
     "options { $id } parent: 'programs/global/customers/bolt'"},
    {"", "InvitationService.RevokeInvitation", 0,
     "options { $id } name: '$invitation'"},
};

struct Probe {
  std::string method;
  int caller;
  std::string request;
};

// The store that inputs damage a copy of.
struct Sound {
  Founding founding;
  std::vector<StoredDocument> documents;
  StoreHead head;
  std::vector<Probe> probes;

  Sound() {
    auto store = founding.FreshStore();
    head = store->head();
    const absl::Status status = store->writer_reader()->ScanLive(
        [this](const StoredDocument& document) {
          documents.push_back(document);
          return absl::OkStatus();
        });
    Must(status.ok() && !documents.empty(), "the founded store can be read");
    auto served = Served::Open(std::move(store));
    Must(served.ok(), "the founded store can be served");
    for (const FuzzStep& step : kProbes) {
      probes.push_back({step.method, step.caller,
                        founding.BytesOf((*served)->Find(step.method), step)});
    }
  }
};

void Damage(const Sound& sound, const StoredDocument& document,
            absl::string_view body, bool fits) {
  SqliteConnection file;
  absl::Status status = OpenFile(sound.founding.last_store(), &file);
  Must(status.ok(), "the store's file can be opened");
  auto update = file.Query(
      "UPDATE versions SET body = ? WHERE name = ? AND revision = ?");
  Must(update.ok(), "the store's tables are known");
  status = update->BindBlob(body)
               .BindText(document.name)
               .BindInt(document.revision)
               .Run();
  Must(status.ok() && file.changes() == 1, "one body is changed");
  if (!fits) return;
  const std::string hash = ToStoredHash(
      Add(Subtract(sound.head.state_hash,
                   HashDocument(document.kind, document.name, document.body)),
          HashDocument(document.kind, document.name, body)));
  auto head = file.Query("UPDATE head SET state_hash = ?");
  Must(head.ok() && head->BindBlob(hash).Run().ok(), "the hash is changed");
}

void Run(Input input) {
  static Sound* const sound = new Sound();
  const std::uint8_t mode = input.Byte();
  const bool fits = (mode & 1) != 0;
  const bool while_served = (mode & 2) != 0;
  const StoredDocument& document =
      sound->documents[input.Byte() % sound->documents.size()];
  const absl::string_view body = input.Rest();
  const bool same = body == document.body;

  std::unique_ptr<Store> store = sound->founding.FreshStore();
  if (!while_served) Damage(*sound, document, body, fits);
  auto served = Served::Open(std::move(store));
  if (!served.ok()) {
    Must(!same && !while_served, "a sound store is served");
    Must(absl::IsDataLoss(served.status()) ||
             absl::IsFailedPrecondition(served.status()),
         "a damaged store is refused as one");
  } else {
    Must(same || fits || while_served, "a damaged store is not served");
    if (while_served) Damage(*sound, document, body, fits);
    for (const Probe& probe : sound->probes) {
      (*served)->Call((*served)->Find(probe.method),
                      FuzzCallers()[probe.caller], probe.request);
    }
    served->reset();
  }
  auto left = sound->founding.LastStore();
  Must(left.ok(), "the store can be opened");
  const auto problems = VerifyStore("global", BuiltInPolicies(), left->get());
  Must(same == (problems.ok() && problems->empty()),
       "verification finds what was changed, and nothing else");
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::server::Run({data, size});
  return 0;
}
