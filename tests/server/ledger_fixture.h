#ifndef PARTNER_TESTS_SERVER_LEDGER_FIXTURE_H_
#define PARTNER_TESTS_SERVER_LEDGER_FIXTURE_H_

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "partner/hierarchy/v1/reseller_relationship_service.pb.h"
#include "server/ledger/engine.h"
#include "tests/server/store_layer.h"
#include "tests/storage/sqlite_engine.h"

// What the tests of the ledger share: an engine of program `global` over a
// SQLite file of its own, and short ways to make requests.
namespace partner::server {

namespace v1 = hierarchy::v1;

using hierarchy::Principal;

// How a command ended.
struct Outcome {
  std::unique_ptr<google::protobuf::Message> response;
  std::optional<hierarchy::Refusal> refusal;

  bool ok() const { return response != nullptr; }
  // UNSPECIFIED when accepted.
  v1::ErrorReason reason() const {
    return refusal ? refusal->reason() : v1::ERROR_REASON_UNSPECIFIED;
  }
  // Only when there is a response.
  const v1::MutationResult& result() const {
    return *hierarchy::MutableResultOf(response.get());
  }
  std::int64_t revision() const { return result().revision().number(); }
  template <typename Response>
  const Response& As() const {
    return static_cast<const Response&>(*response);
  }
};

// --- Principals and names
// ------------------------------------------------------

Principal Operator();
Principal PartnerPrincipal(absl::string_view id);
Principal CustomerPrincipal(absl::string_view id);
// `programs/global/partners/{id}` and `programs/global/customers/{id}`.
std::string PartnerNamed(absl::string_view id);
std::string CustomerNamed(absl::string_view id);

// --- Requests, each with a request id of its own
// ------------------------------

std::string NewRequestId();
v1::CreatePartnerRequest CreatePartner(absl::string_view id,
                                       v1::EnrollmentType enrollment);
v1::CreatePartnerRequest CreateProvider(absl::string_view id);
v1::CreatePartnerRequest CreateReseller(absl::string_view id);
v1::UpdatePartnerRequest RenamePartner(absl::string_view id,
                                       absl::string_view display_name);
v1::CreateCustomerRequest CreateCustomer(absl::string_view id);
v1::CreatePartnershipRequest CreatePartnership(absl::string_view provider,
                                               absl::string_view reseller);
v1::CreateInvitationRequest CreateInvitation(absl::string_view provider,
                                             v1::AdminOffer offer);
// Accepts as a new customer.
v1::AcceptInvitationRequest AcceptInvitation(absl::string_view customer,
                                             absl::string_view token);
// BROAD with both duties for all services; takes them from whoever has them.
v1::GrantAdminRelationshipRequest Grant(absl::string_view customer,
                                        absl::string_view delegate);
template <typename Request>
Request ByName(absl::string_view name) {
  Request request;
  request.mutable_options()->set_request_id(NewRequestId());
  request.set_name(std::string(name));
  return request;
}

// The same request as a dry run.
template <typename Request>
Request DryRun(Request request) {
  request.mutable_options()->clear_request_id();
  request.mutable_options()->set_validate_only(true);
  return request;
}

// A command whose outcome is put into `outcome`.
PendingCommand MakeCommand(const google::protobuf::Message& request,
                           Principal principal, std::promise<Outcome> outcome);

// --- The engine
// -------------------------------------------------------------------

class LedgerTest : public testing::Test {
 protected:
  LedgerTest();

  // Opens the engine, closing it first when open.
  void Open();
  absl::Status TryOpen();
  void Close() { engine_.reset(); }

  std::future<Outcome> Start(const google::protobuf::Message& request,
                             Principal principal = Operator());
  // Waits for the answer.
  Outcome Run(const google::protobuf::Message& request,
              Principal principal = Operator());
  // Runs what must be accepted; the revision.
  std::int64_t MustRun(const google::protobuf::Message& request,
                       Principal principal = Operator());
  // Lets the ledger go once round its loop, sweep included.
  void GoRound();

  // Keeps the ledger's thread from taking commands while it lives, so that
  // those sent meanwhile make one group.
  class Hold {
   public:
    explicit Hold(LedgerTest* test);
    ~Hold() { Release(); }
    void Release();

   private:
    std::promise<void> release_;
    bool released_ = false;
  };

  // A provider `north` with the reseller `reno`, joined by a partnership.
  void MakePartners();
  // An invitation of `north`; its token.
  std::string MakeInvitation(v1::AdminOffer offer = v1::ADMIN_OFFER_NONE);

  // The graph at a revision as lines; fails the test when it is not held.
  std::vector<std::string> Describe(std::int64_t revision) const;
  // A second store on the same file, the engine's or not.
  std::unique_ptr<Store> OpenStore() const;
  // What VerifyStore finds; the engine is closed first.
  std::vector<std::string> Verify();
  // The bytes of the store's files. The engine should be closed.
  std::string FileBytes() const;

  // Engine's log lines so far.
  std::vector<std::string> log() const;

  const TestDirectory directory_;
  TestClock clock_{absl::FromUnixSeconds(1530403200)};  // 2018-07-01.
  std::unique_ptr<hierarchy::PolicyLibrary> policies_;
  SqliteOptions sqlite_;
  Engine::Options options_;
  // Between the engine and its store; valid while the engine is open.
  StoreLayer* layer_ = nullptr;

 private:
  mutable Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);

 protected:
  std::unique_ptr<Engine> engine_;
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_SERVER_LEDGER_FIXTURE_H_
