#ifndef PARTNER_TESTS_MODEL_PRODUCT_H_
#define PARTNER_TESTS_MODEL_PRODUCT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hierarchy/access/access.h"
#include "hierarchy/policy/policy.h"
#include "hierarchy/rules/refusal.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "server/ledger/engine.h"
#include "tests/model/state.h"
#include "tests/support/temp_directory.h"

// The server's ledger, rules and checks over a SQLite store in a temporary
// directory, in this process and without gRPC.
namespace partner::model {

// How a command ended.
struct Answer {
  std::unique_ptr<google::protobuf::Message> response;  // Unset when refused.
  std::optional<hierarchy::Refusal> refusal;
  bool malformed = false;  // Its form was refused; nothing looked at it.
};

class Product {
 public:
  // A fresh store of one program.
  explicit Product(const std::string& program);
  ~Product();

  // When every sequence starts.
  static absl::Time Start();
  // Every edition shipped.
  static const hierarchy::PolicyLibrary& Policies();

  absl::Time now() { return clock_.Now(); }
  void Advance(absl::Duration by) { clock_.AdvanceTo(clock_.Now() + by); }
  // Submits a command and waits for its answer.
  Answer Send(const Caller& caller, const google::protobuf::Message& request);

  server::Engine& engine() { return *engine_; }
  server::StoreReader& reader() { return *reader_; }
  // Calls with the graph as it stands.
  void Look(const std::function<void(const hierarchy::AccessView&)>& look);
  // Calls with what the store says was true of some partners and customers at a
  // moment.
  void LookBack(absl::Time moment, const std::vector<std::string>& partners,
                const std::vector<std::string>& customers,
                const std::function<void(const hierarchy::AccessView&)>& look);
  // What LookupInvitation answers.
  std::variant<v1::LookupInvitationResponse, v1::ErrorReason> LookUp(
      const std::string& token);
  // Where store, memory and state hash disagree; empty when they agree.
  std::vector<std::string> Rebuild();

 private:
  const std::string program_;
  const test::TempDirectory directory_;
  server::TestClock clock_;
  std::unique_ptr<server::Engine> engine_;
  std::unique_ptr<server::StoreReader> reader_;
};

hierarchy::Principal PrincipalOf(const Caller& caller);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_PRODUCT_H_
