#include "hierarchy/model/admin_term.h"

#include "google/protobuf/timestamp.pb.h"

namespace partner::hierarchy {
namespace {

std::int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000000 + time.nanos() / 1000;
}

// `micros` lies in the years 1970 to 9999, as granular administration does.
void SetMicrosOf(std::int64_t micros, google::protobuf::Timestamp* time) {
  time->set_seconds(micros / 1000000);
  time->set_nanos(static_cast<std::int32_t>(micros % 1000000 * 1000));
}

}  // namespace

AdminTerm TermOf(const v1::AdminRelationship& admin) {
  AdminTerm term;
  term.state = admin.state();
  if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING) {
    if (admin.has_lapse_time()) term.until_us = MicrosOf(admin.lapse_time());
  } else if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE &&
             admin.has_expire_time()) {
    term.until_us = MicrosOf(admin.expire_time());
    term.extend_us = admin.auto_extend_duration().seconds() * 1000000;
  }
  return term;
}

v1::AdminRelationshipState EffectiveState(const AdminTerm& term,
                                          std::int64_t moment_us) {
  return term.until_us != kNoEndUs && term.until_us <= moment_us &&
                 term.extend_us == 0
             ? v1::ADMIN_RELATIONSHIP_STATE_EXPIRED
             : term.state;
}

v1::AdminRelationshipState EffectiveState(const v1::AdminRelationship& admin,
                                          absl::Time moment) {
  return EffectiveState(TermOf(admin), absl::ToUnixMicros(moment));
}

std::int64_t EndOfTerm(const AdminTerm& term, std::int64_t moment_us) {
  if (term.extend_us == 0 || moment_us < term.until_us) return term.until_us;
  const std::int64_t times = (moment_us - term.until_us) / term.extend_us + 1;
  return term.until_us + times * term.extend_us;
}

absl::Time NextMoment(const v1::AdminRelationship& admin, absl::Time after) {
  const AdminTerm term = TermOf(admin);
  if (term.until_us == kNoEndUs) return absl::InfiniteFuture();
  const std::int64_t after_us = absl::ToUnixMicros(after);
  const std::int64_t end_us = EndOfTerm(term, after_us);
  return end_us > after_us ? absl::FromUnixMicros(end_us)
                           : absl::InfiniteFuture();
}

void SettleAt(absl::Time moment, v1::AdminRelationship* admin) {
  const AdminTerm term = TermOf(*admin);
  const std::int64_t moment_us = absl::ToUnixMicros(moment);
  if (term.until_us == kNoEndUs || term.until_us > moment_us) return;
  if (term.extend_us > 0) {
    SetMicrosOf(EndOfTerm(term, moment_us), admin->mutable_expire_time());
    return;
  }
  admin->set_state(v1::ADMIN_RELATIONSHIP_STATE_EXPIRED);
  admin->set_end_cause(term.state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE
                           ? v1::ADMIN_END_CAUSE_TIME_OVER
                           : v1::ADMIN_END_CAUSE_LAPSED);
  SetMicrosOf(term.until_us, admin->mutable_end_time());
}

}  // namespace partner::hierarchy
