#ifndef PARTNER_TESTS_HISTORY_HISTORY_H_
#define PARTNER_TESTS_HISTORY_HISTORY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "partner/hierarchy/v1/errors.pb.h"

namespace partner::test {

enum class OpKind { kGrant, kTerminate, kInvite, kCheck, kGet };

// An administration as a client sees it.
struct SeenAdmin {
  bool active = false;
  std::set<int> services;
  bool operator==(const SeenAdmin& other) const {
    return active == other.active && services == other.services;
  }
};

// One call of one client: what it asked, when, and what it was answered.
struct Op {
  OpKind kind;
  int client = 0;
  int customer = 0;
  int delegate = 0;
  int service = 0;
  // Asked about; of a grant: answered.
  std::string name = {};
  // Of a read; 0: none was asked for.
  std::int64_t min_revision = 0;

  // Nanoseconds of one clock.
  std::int64_t begin = 0;
  std::int64_t end = 0;
  // UNSPECIFIED: accepted.
  hierarchy::v1::ErrorReason refused_by =
      hierarchy::v1::ERROR_REASON_UNSPECIFIED;
  // Written by it, or read at. 0 when refused.
  std::int64_t revision = 0;
  bool allowed = false;
  SeenAdmin admin = {};

  bool is_read() const {
    return kind == OpKind::kCheck || kind == OpKind::kGet;
  }
  bool is_write() const { return !is_read() && revision > 0; }
};

std::string Describe(const Op& op);

// What the few commands used here do, one after another: a customer delegates
// the support of single services, each to one reseller at a time.
class Sequential {
 public:
  // UNSPECIFIED when it would be accepted.
  hierarchy::v1::ErrorReason Decide(const Op& op) const;
  // Takes in one that was accepted; what its answer should show.
  SeenAdmin Apply(const Op& op);
  bool Allows(int customer, int delegate, int service) const;
  SeenAdmin Find(const std::string& name) const;

 private:
  std::map<std::string, SeenAdmin> admins_;
  // (customer, delegate) -> the live one.
  std::map<std::pair<int, int>, std::string> live_;
};

// Whether the calls could have been made one after another: every write took
// effect at its revision and between its call and its answer, every read at its
// revision saw what had been answered to anybody before it began and nothing
// that was called only after it ended, and every answer is what the sequence
// gives. `base` is the revision before all of them. One line for each problem.
std::vector<std::string> CheckHistory(std::vector<Op> ops, std::int64_t base);

}  // namespace partner::test

#endif  // PARTNER_TESTS_HISTORY_HISTORY_H_
