#ifndef PARTNER_TESTS_MODEL_STATE_H_
#define PARTNER_TESTS_MODEL_STATE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/partnership.pb.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"
#include "tests/model/edition.h"

// What is true in the model: maps from name to resource, and linear walks.
namespace partner::model {

// Who calls. Customers' principals may be administrators.
struct Caller {
  enum class Kind { kOperator, kAuditor, kPartner, kCustomer };
  Kind kind = Kind::kOperator;
  std::string name;
  bool admin = false;
};

// An accepted command, remembered for repeats.
struct Reply {
  std::string content;  // Method and request without its id.
  absl::Time at;
  std::int64_t revision = 0;
  // The whole answer as it was given.
  std::string response;
};

struct State {
  State(std::string id, absl::Time start);

  // D3: the edition whose activation took effect last by a moment.
  const Edition& EditionAt(absl::Time at) const;
  const Edition& edition() const { return EditionAt(moment); }
  // When another comes into force by time alone; infinite when none does.
  absl::Time EditionUntil() const;

  std::string program;  // Its id.
  std::int64_t revision = 1;
  absl::Time last_at;  // Of the newest revision.
  absl::Time moment;   // At which the state is looked at.

  v1::Policy policy;
  std::map<std::string, v1::Partner> partners;
  std::map<std::string, v1::Partnership> partnerships;
  std::map<std::string, v1::Customer> customers;
  std::map<std::string, v1::Invitation> invitations;
  std::map<std::string, v1::InvitationForward> forwards;
  std::map<std::string, v1::InvitationAcceptance> acceptances;
  std::map<std::string, v1::ResellerRelationship> relationships;
  std::map<std::string, v1::AdminRelationship> admins;

  // R71: names given to GRANULAR administration, by sponsor and name.
  std::map<std::pair<std::string, std::string>, std::string> admin_names;

  // Tokens seen in answers, both ways.
  std::map<std::string, std::string> name_of_token;
  std::map<std::string, std::string> token_of_name;
  // By caller with its attributes and request id.
  std::map<std::string, Reply> replies;
};

google::protobuf::Timestamp Stamp(absl::Time time);
absl::Time TimeOf(const google::protobuf::Timestamp& stamp);

// The name without its last two segments.
std::string ParentOf(const std::string& name);
// Its last segment.
std::string LastOf(const std::string& name);

// --- Parties -----------------------------------------------------------------

// The partner's enrolment of a type that has not ended; nullptr when none.
const v1::Enrollment* LiveEnrollment(const v1::Partner& partner,
                                     v1::EnrollmentType type);
bool IsActive(const v1::Partner& partner, v1::EnrollmentType type);
// Takes part in the programme now (D11).
bool InProgramme(const v1::Partner& partner);
// Does or did: only who never did stands outside (R44).
bool EverInProgramme(const v1::Partner& partner);

// --- Facts at a moment -------------------------------------------------------

v1::PartnershipState StateAt(const v1::Partnership& partnership,
                             absl::Time now);
v1::InvitationState StateAt(const v1::Invitation& invitation, absl::Time now);
bool HavePartnership(const State& state, const std::string& provider,
                     const std::string& reseller);
// The live relationship of an owner with a customer; nullptr when none.
v1::ResellerRelationship* LiveRelationship(State& state,
                                           const std::string& customer,
                                           const std::string& owner);
const v1::ResellerRelationship* LiveRelationship(const State& state,
                                                 const std::string& customer,
                                                 const std::string& owner);
bool IsAssociated(const v1::ResellerRelationship& relationship,
                  const std::string& reseller);
// Time runs on for what is GRANULAR (R75, R78): it lapses, it expires, or its
// term ends later than recorded.
v1::AdminRelationship AsOf(v1::AdminRelationship admin, absl::Time now);
v1::AdminRelationshipState StateAt(const v1::AdminRelationship& admin,
                                   absl::Time now);
// Every administration in force for a customer and a delegate, either kind, by
// name.
std::vector<v1::AdminRelationship> ActiveAdmins(const State& state,
                                                const std::string& customer,
                                                const std::string& delegate);
// D18: put to the customer once; always so of BROAD.
bool WasLocked(const v1::AdminRelationship& admin);
// The live BROAD administration of a delegate; nullptr when none.
v1::AdminRelationship* LiveAdmin(State& state, const std::string& customer,
                                 const std::string& delegate);
const v1::AdminRelationship* LiveAdmin(const State& state,
                                       const std::string& customer,
                                       const std::string& delegate);
// Full names of the services administration covers.
std::set<std::string> ServicesOf(const State& state,
                                 const v1::AdminScope& scope);
// The customer of a tenant; empty when none.
std::string CustomerOfTenant(const State& state, const std::string& tenant);
std::string PartnerOfTenant(const State& state, const std::string& tenant);

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_STATE_H_
