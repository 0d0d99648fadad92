#include "hierarchy/model/readable.h"

#include <algorithm>
#include <cstdint>

#include "google/protobuf/timestamp.pb.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/invitation.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/partnership.pb.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Timestamp;

// From the year 1 to the year 9999.
bool IsTime(const Timestamp& time) {
  constexpr std::int64_t kFirst = -62135596800;
  constexpr std::int64_t kLast = 253402300799;
  return time.seconds() >= kFirst && time.seconds() <= kLast &&
         time.nanos() >= 0 && time.nanos() < 1000000000;
}

bool Fits(const v1::Partner& partner) {
  const auto& enrollments = partner.enrollments();
  return v1::PartnerState_IsValid(partner.state()) &&
         std::all_of(enrollments.begin(), enrollments.end(),
                     [](const v1::Enrollment& item) {
                       return v1::EnrollmentType_IsValid(item.type()) &&
                              v1::EnrollmentState_IsValid(item.state());
                     });
}

bool Fits(const v1::Partnership& partnership) {
  return v1::PartnershipState_IsValid(partnership.state()) &&
         IsTime(partnership.expire_time());
}

bool Fits(const v1::Customer& customer) {
  return v1::CustomerState_IsValid(customer.state());
}

bool Fits(const v1::Invitation& invitation) {
  return v1::EnrollmentType_IsValid(invitation.as_enrollment()) &&
         v1::InvitationAudience_IsValid(invitation.audience()) &&
         v1::AdminOffer_IsValid(invitation.admin_offer()) &&
         v1::InvitationState_IsValid(invitation.state()) &&
         IsTime(invitation.expire_time());
}

bool Fits(const v1::InvitationForward& forward) {
  return v1::InvitationForwardState_IsValid(forward.state());
}

bool Fits(const v1::InvitationAcceptance&) { return true; }

bool Fits(const v1::ResellerRelationship& relationship) {
  return v1::EnrollmentType_IsValid(relationship.as_enrollment()) &&
         v1::ResellerRelationshipState_IsValid(relationship.state()) &&
         IsTime(relationship.start_time());
}

// The graph keeps whole seconds and days of terms.
bool FitsTerm(const v1::AdminRelationship& admin) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kExtendDaysMax = 10000;
  constexpr std::int64_t kLastsMax = std::int64_t{1} << 32;
  const std::int64_t extend = admin.auto_extend_duration().seconds();
  const std::int64_t lasts =
      admin.expire_time().seconds() - admin.start_time().seconds();
  return IsTime(admin.lapse_time()) && IsTime(admin.expire_time()) &&
         extend >= 0 && extend <= kExtendDaysMax * kDay && extend % kDay == 0 &&
         (!admin.has_expire_time() ||
          (lasts > 0 && lasts < kLastsMax &&
           admin.expire_time().nanos() == admin.start_time().nanos()));
}

bool Fits(const v1::AdminRelationship& admin) {
  const auto& duties = admin.duties();
  return v1::AdminKind_IsValid(admin.kind()) &&
         v1::AdminRelationshipState_IsValid(admin.state()) &&
         IsTime(admin.start_time()) && FitsTerm(admin) &&
         std::all_of(duties.begin(), duties.end(), v1::AdminDuty_IsValid);
}

bool Fits(const v1::Policy& policy) {
  const auto& activations = policy.activations();
  return !activations.empty() &&
         std::all_of(activations.begin(), activations.end(),
                     [](const v1::PolicyActivation& item) {
                       return IsTime(item.effective_time()) &&
                              IsTime(item.activate_time()) &&
                              IsTime(item.withdraw_time());
                     });
}

template <typename Resource>
bool IsReadableAs(absl::string_view name,
                  const google::protobuf::Message& document) {
  const auto& resource = static_cast<const Resource&>(document);
  return resource.name() == name && Fits(resource);
}

}  // namespace

bool IsReadable(Kind kind, absl::string_view name,
                const google::protobuf::Message& document) {
  switch (kind) {
    case Kind::kPolicy:
      return IsReadableAs<v1::Policy>(name, document);
    case Kind::kPartner:
      return IsReadableAs<v1::Partner>(name, document);
    case Kind::kPartnership:
      return IsReadableAs<v1::Partnership>(name, document);
    case Kind::kCustomer:
      return IsReadableAs<v1::Customer>(name, document);
    case Kind::kInvitation:
      return IsReadableAs<v1::Invitation>(name, document);
    case Kind::kInvitationForward:
      return IsReadableAs<v1::InvitationForward>(name, document);
    case Kind::kInvitationAcceptance:
      return IsReadableAs<v1::InvitationAcceptance>(name, document);
    case Kind::kResellerRelationship:
      return IsReadableAs<v1::ResellerRelationship>(name, document);
    case Kind::kAdminRelationship:
      return IsReadableAs<v1::AdminRelationship>(name, document);
    default:
      return false;
  }
}

}  // namespace partner::hierarchy
