#ifndef PARTNER_TESTS_HIERARCHY_WORLD_H_
#define PARTNER_TESTS_HIERARCHY_WORLD_H_

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "hierarchy/access/access.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/decisions.h"

// One program in memory, for tests of the domain: no store, no gRPC, no clock.
namespace partner::hierarchy {

// Documents in a map, with the uniqueness index.
class MapDocuments : public Documents {
 public:
  absl::StatusOr<std::optional<std::string>> Get(
      Kind kind, absl::string_view name) const override;
  absl::Status List(
      Kind kind, absl::string_view prefix,
      const std::function<void(absl::string_view, absl::string_view)>& visit)
      const override;
  absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) const override;

  void Put(const Mutation& mutation);
  // Writes a body past the rules.
  void Set(const std::string& name, std::string body) {
    bodies_[name] = std::move(body);
  }
  // Makes the record of a name unreadable.
  void Damage(const std::string& name) { Set(name, "\xff"); }
  // Makes every read fail.
  void Break(absl::Status status) { broken_ = std::move(status); }
  // All bodies by name.
  const std::map<std::string, std::string>& bodies() const { return bodies_; }

 private:
  std::map<std::string, std::string> bodies_;
  std::map<std::string, std::string> unique_;
  absl::Status broken_;
};

// A token is `t:` and the name it was made for.
class PlainTokens : public Tokens {
 public:
  std::string Make(absl::string_view name) const override;
  std::optional<std::string> Read(absl::string_view program,
                                  absl::string_view token) const override;
};

// Every edition shipped. Lives as long as the process.
const PolicyLibrary& Policies();

// One program with its documents, graph and moment. Commands run one after the
// other, each accepted one at the next revision. Every refusal met here is
// checked to say what is wrong and what to do. Names are given by their ids.
class World {
 public:
  explicit World(absl::string_view program = "global");

  // --- Who calls ---------------------------------------------------------
  static Principal Operator();
  static Principal Auditor();
  Principal PartnerCaller(absl::string_view id) const;
  // An administrator of the customer's tenant.
  Principal CustomerCaller(absl::string_view id) const;
  // A user of the customer's tenant who is none.
  Principal CustomerUser(absl::string_view id) const;

  // --- Commands ------------------------------------------------------------

  // What the server does with a command: its form, then its decision; when
  // accepted, its mutations are taken in. Fills in a request id where none is.
  Decision Run(const Principal& caller,
               const google::protobuf::Message& request);
  // The same, taking nothing in and with validate_only set.
  Decision Dry(const Principal& caller,
               const google::protobuf::Message& request);
  // The response of a command that must be accepted.
  template <typename Response>
  Response Must(const Principal& caller,
                const google::protobuf::Message& request) {
    const Decision decision = Run(caller, request);
    Response response;
    if (decision.response == nullptr) {
      ADD_FAILURE() << request.GetDescriptor()->name()
                    << " was refused: " << Describe(decision);
    } else {
      response.CopyFrom(*decision.response);
    }
    return response;
  }
  // What blocks a decision, for messages.
  static std::string Describe(const Decision& decision);

  // --- Names ---------------------------------------------------------------

  const std::string& program() const { return program_; }
  std::string Program() const { return ProgramName(program_); }
  std::string Partner(absl::string_view id) const {
    return PartnerName(program_, id);
  }
  std::string Customer(absl::string_view id) const {
    return CustomerName(program_, id);
  }
  std::string Service(absl::string_view id) const;
  // A directory tenant of its own for each text.
  static std::string Tenant(absl::string_view text);

  // --- What is there -------------------------------------------------------

  template <typename Resource>
  Resource Read(absl::string_view name) const {
    Resource resource;
    const auto found = documents_.bodies().find(std::string(name));
    if (found == documents_.bodies().end()) {
      ADD_FAILURE() << name << " does not exist";
    } else {
      EXPECT_TRUE(resource.ParseFromString(found->second));
    }
    return resource;
  }
  // Every document of a kind.
  template <typename Resource>
  std::vector<Resource> ReadAll(Kind kind) const {
    std::vector<Resource> all;
    for (const auto& [name, body] : documents_.bodies()) {
      if (KindOfName(name) != kind) continue;
      EXPECT_TRUE(all.emplace_back().ParseFromString(body));
    }
    return all;
  }
  MapDocuments& documents() { return documents_; }
  const MapDocuments& documents() const { return documents_; }
  const Graph& graph() const { return *graph_; }
  const Edition& edition() const { return *edition_; }
  const PlainTokens& tokens() const { return tokens_; }
  std::int64_t revision() const { return revision_; }
  absl::Time now() const { return now_; }
  void Advance(absl::Duration by) { now_ += by; }
  // Decides under an edition changed for the test; it must outlive the world.
  void UseEdition(const Edition* edition) { edition_ = edition; }
  // A graph built from the documents as they stand.
  std::unique_ptr<Graph> Rebuild() const;

  // --- Builders: accepted commands ------------------------------------------

  using Types = std::initializer_list<v1::EnrollmentType>;
  std::string AddPartner(absl::string_view id, Types types);
  std::string AddProvider(absl::string_view id);
  std::string AddReseller(absl::string_view id);
  std::string AddDirectBill(absl::string_view id);
  // A customer nobody owns.
  std::string AddCustomer(absl::string_view id);
  // An active partnership; its name.
  std::string Partnership(absl::string_view provider,
                          absl::string_view reseller);
  // An invitation for all of the issuer's resellers; its name.
  std::string Invite(absl::string_view issuer,
                     v1::AdminOffer offer = v1::ADMIN_OFFER_UNSPECIFIED);
  // A reseller's forward of an invitation by name; its name.
  std::string Forward(absl::string_view reseller,
                      const std::string& invitation);
  // An existing customer accepts an invitation or a forward, by name.
  v1::AcceptInvitationResponse Accept(absl::string_view customer,
                                      const std::string& name);
  // A customer of its own for a provider without administration: invited and
  // accepted. The relationship's name.
  std::string Own(absl::string_view owner, absl::string_view customer,
                  v1::AdminOffer offer = v1::ADMIN_OFFER_NONE);
  // The customer gives both duties over some services, all when none is named.
  v1::AdminRelationship Grant(absl::string_view customer,
                              absl::string_view delegate,
                              std::vector<std::string> services = {});

  // --- Requests to vary
  // -------------------------------------------------------

  v1::CreateInvitationRequest InviteRequest(absl::string_view issuer) const;
  v1::AcceptInvitationRequest AcceptRequest(const std::string& name) const;
  v1::GrantAdminRelationshipRequest GrantRequest(
      absl::string_view customer, absl::string_view delegate,
      std::vector<std::string> services = {},
      std::vector<v1::AdminDuty> duties = {v1::ADMIN_DUTY_PROVISIONING,
                                           v1::ADMIN_DUTY_SUPPORT}) const;
  v1::RequestAdminRelationshipRequest AskRequest(
      absl::string_view customer, absl::string_view delegate) const;
  v1::CreateCustomerRequest CustomerRequest(absl::string_view id) const;
  // A request that has only a name.
  template <typename Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
  // Evidence of a customer's decision, just now.
  v1::Attestation Evidence() const;

  // --- Checks ---------------------------------------------------------------

  AccessView View() const {
    return {graph_.get(), revision_, edition_, absl::InfiniteFuture(), now_};
  }
  v1::AccessQuery Query(absl::string_view partner, absl::string_view permission,
                        absl::string_view customer,
                        absl::string_view service = "") const;
  // A question that may be asked, answered. Explain must say the same.
  v1::AccessDecision Check(const Principal& caller,
                           const v1::AccessQuery& query) const;
  // A question an operator asks.
  v1::AccessDecision Check(absl::string_view partner,
                           absl::string_view permission,
                           absl::string_view customer,
                           absl::string_view service = "") const {
    return Check(Operator(), Query(partner, permission, customer, service));
  }
  // Why a question may not be asked; UNSPECIFIED when it may.
  v1::ErrorReason CheckRefusal(const Principal& caller,
                               const v1::AccessQuery& query) const;

 private:
  Decision Decide(const Principal& caller,
                  const google::protobuf::Message& request);
  DecisionContext Context(const Principal& caller);

  const std::string program_;
  const Edition* edition_;
  std::unique_ptr<Graph> graph_;
  MapDocuments documents_;
  PlainTokens tokens_;
  std::int64_t revision_ = 1;  // Of the policy.
  std::uint64_t last_id_ = 0;
  int last_request_ = 0;
  absl::Time now_;
};

// Whether the violation says what is wrong and what to do.
testing::AssertionResult IsComplete(const Violation& violation);

// Whether a decision was refused, the class that wins names `reason` with
// `rule`, and nothing would be written.
testing::AssertionResult RefusedFor(const Decision& decision,
                                    v1::ErrorReason reason,
                                    absl::string_view rule);

// Whether a decision was accepted.
testing::AssertionResult Accepted(const Decision& decision);

// The first violation of a reason; fails the test when there is none.
Violation ViolationOf(const Decision& decision, v1::ErrorReason reason);

// How many of a decision's violations have a reason.
int CountOf(const Decision& decision, v1::ErrorReason reason);

// The kinds of effect a decision has on a resource.
std::vector<v1::EffectKind> EffectsOn(const Decision& decision,
                                      absl::string_view resource);

// Last ids of the services of a scope, in order.
std::vector<std::string> ServicesOf(const v1::AdminRelationship& admin);

}  // namespace partner::hierarchy

#endif  // PARTNER_TESTS_HIERARCHY_WORLD_H_
