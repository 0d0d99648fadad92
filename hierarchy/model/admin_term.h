#ifndef PARTNER_HIERARCHY_MODEL_ADMIN_TERM_H_
#define PARTNER_HIERARCHY_MODEL_ADMIN_TERM_H_

#include <cstdint>

#include "absl/time/time.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"

// What time alone makes of administration: a request that nobody answers lapses
// (R75), what is granular runs out or goes on by itself (R78). Pure functions
// of a document, or of the graph's fact, and a moment; so nothing depends on
// whether a change by time has been committed yet.
namespace partner::hierarchy {

// A moment later than every other, in microseconds since 1970.
inline constexpr std::int64_t kNoEndUs = INT64_MAX;

// The part of administration that time works on, as it is recorded.
struct AdminTerm {
  v1::AdminRelationshipState state = v1::ADMIN_RELATIONSHIP_STATE_UNSPECIFIED;
  // When what waits lapses, or the end of the term recorded of what is in
  // force. kNoEndUs: never.
  std::int64_t until_us = kNoEndUs;
  // By how much the term goes on by itself at each end; 0: not at all.
  std::int64_t extend_us = 0;
};

// Of a document.
AdminTerm TermOf(const v1::AdminRelationship& admin);

// The state at a moment.
v1::AdminRelationshipState EffectiveState(const AdminTerm& term,
                                          std::int64_t moment_us);
v1::AdminRelationshipState EffectiveState(const v1::AdminRelationship& admin,
                                          absl::Time moment);

// The end of the term that a moment lies in, as far as it is known then: of
// what goes on by itself the next end. kNoEndUs when there is none.
std::int64_t EndOfTerm(const AdminTerm& term, std::int64_t moment_us);

// The first moment after `after` at which SettleAt changes the document;
// absl::InfiniteFuture() when time alone changes it no more. All a scheduler
// needs to know.
absl::Time NextMoment(const v1::AdminRelationship& admin, absl::Time after);

// Writes into a document what time alone has made of it by a moment: its state,
// why and when it ended, or the end of its present term. Changes nothing where
// there is nothing to change; its etag never.
void SettleAt(absl::Time moment, v1::AdminRelationship* admin);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_ADMIN_TERM_H_
