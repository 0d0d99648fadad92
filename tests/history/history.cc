#include "tests/history/history.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// What the writes say about real time.
class Line {
 public:
  // In the order of revisions, the first being base + 1.
  Line(const std::vector<Op>& writes, std::int64_t base) : base_(base) {
    std::int64_t latest_begin = 0;
    for (const Op& write : writes) {
      latest_begin = std::max(latest_begin, write.begin);
      begun_.push_back(latest_begin);
      ended_.push_back(write.end);
    }
    // The earliest end of this or a later one.
    for (std::size_t i = ended_.size(); i-- > 1;) {
      ended_[i - 1] = std::min(ended_[i - 1], ended_[i]);
    }
  }

  // The newest revision answered before a moment.
  std::int64_t AnsweredBefore(std::int64_t moment) const {
    return base_ + (std::lower_bound(ended_.begin(), ended_.end(), moment) -
                    ended_.begin());
  }
  // The newest revision that it and all before it were called by a moment.
  std::int64_t CalledBy(std::int64_t moment) const {
    return base_ + (std::upper_bound(begun_.begin(), begun_.end(), moment) -
                    begun_.begin());
  }

 private:
  const std::int64_t base_;
  std::vector<std::int64_t> begun_;
  std::vector<std::int64_t> ended_;
};

class Checker {
 public:
  Checker(std::vector<Op> ops, std::int64_t base)
      : base_(base), writes_(Sorted(&ops)), line_(writes_, base) {
    others_ = std::move(ops);
  }

  std::vector<std::string> Run() {
    CheckWrites();
    CheckReadOrder();
    std::vector<Op> waiting = others_;
    std::sort(waiting.begin(), waiting.end(),
              [this](const Op& a, const Op& b) { return First(a) < First(b); });
    auto next = waiting.begin();
    std::vector<Op> open;
    for (std::int64_t revision = base_; revision <= last(); ++revision) {
      if (revision > base_) Replay(writes_[revision - base_ - 1]);
      while (next != waiting.end() && First(*next) <= revision) {
        open.push_back(*next++);
      }
      CheckAt(revision, &open);
    }
    for (const Op& op : open) Add(op, "fits nowhere");
    for (; next != waiting.end(); ++next) Add(*next, "is of the future");
    return problems_;
  }

 private:
  static std::vector<Op> Sorted(std::vector<Op>* ops) {
    const auto writes = std::stable_partition(
        ops->begin(), ops->end(), [](const Op& op) { return !op.is_write(); });
    std::vector<Op> sorted(writes, ops->end());
    ops->erase(writes, ops->end());
    std::sort(sorted.begin(), sorted.end(),
              [](const Op& a, const Op& b) { return a.revision < b.revision; });
    return sorted;
  }
  std::int64_t last() const {
    return base_ + static_cast<std::int64_t>(writes_.size());
  }
  // Where the answer of what is no write may have been made.
  std::int64_t First(const Op& op) const {
    return op.is_read() ? op.revision : line_.AnsweredBefore(op.begin);
  }
  std::int64_t Last(const Op& op) const {
    return op.is_read() ? op.revision : line_.CalledBy(op.end);
  }
  void Add(const Op& op, const std::string& what) {
    problems_.push_back(absl::StrCat(Describe(op), ": ", what));
  }

  void CheckWrites() {
    std::int64_t expected = base_;
    std::int64_t latest_begin = 0;
    for (const Op& write : writes_) {
      if (write.revision != ++expected) {
        Add(write, absl::StrCat("is not of revision ", expected));
      }
      latest_begin = std::max(latest_begin, write.begin);
      if (write.end < latest_begin) {
        Add(write, "was answered before one of an earlier revision was called");
      }
    }
  }

  void CheckReadOrder() {
    std::vector<Op> reads;
    for (const Op& op : others_) {
      if (!op.is_read()) continue;
      if (op.refused_by != v1::ERROR_REASON_UNSPECIFIED) {
        Add(op, "was refused");
      }
      if (op.revision < op.min_revision) Add(op, "is older than asked for");
      if (op.revision < line_.AnsweredBefore(op.begin)) {
        Add(op, absl::StrCat("misses revision ", line_.AnsweredBefore(op.begin),
                             ", answered before"));
      }
      if (op.revision > line_.CalledBy(op.end)) Add(op, "sees the future");
      reads.push_back(op);
    }
    // Of equal revisions the later one first: they may be in either order.
    std::sort(reads.begin(), reads.end(), [](const Op& a, const Op& b) {
      return std::pair(a.revision, a.begin) > std::pair(b.revision, b.begin);
    });
    std::int64_t earliest_end = kNever;
    for (const Op& read : reads) {
      if (earliest_end < read.begin) Add(read, "is older than one before it");
      earliest_end = std::min(earliest_end, read.end);
    }
  }

  void Replay(const Op& write) {
    if (const auto reason = state_.Decide(write);
        reason != v1::ERROR_REASON_UNSPECIFIED) {
      Add(write, absl::StrCat("should be ", v1::ErrorReason_Name(reason)));
    }
    const SeenAdmin expected = state_.Apply(write);
    if (write.kind != OpKind::kInvite && !(write.admin == expected)) {
      Add(write, "shows something else");
    }
  }

  // Lets go of what is explained here, and complains of what can be no more.
  void CheckAt(std::int64_t revision, std::vector<Op>* open) {
    std::vector<Op> left;
    for (const Op& op : *open) {
      if (Explains(op)) continue;
      if (revision >= Last(op)) {
        Add(op, absl::StrCat("is not what revisions ", First(op), " to ",
                             Last(op), " give"));
      } else {
        left.push_back(op);
      }
    }
    *open = std::move(left);
  }

  bool Explains(const Op& op) const {
    switch (op.kind) {
      case OpKind::kCheck:
        return op.allowed ==
               state_.Allows(op.customer, op.delegate, op.service);
      case OpKind::kGet:
        return op.admin == state_.Find(op.name);
      default:
        return op.refused_by == state_.Decide(op);
    }
  }

  const std::int64_t base_;
  const std::vector<Op> writes_;
  const Line line_;
  std::vector<Op> others_;
  Sequential state_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string Describe(const Op& op) {
  static const char* const kNames[] = {"grant", "terminate", "invite", "check",
                                       "get"};
  return absl::StrCat(
      kNames[static_cast<int>(op.kind)], " by ", op.client, " of c",
      op.customer, " r", op.delegate, " s", op.service, " ", op.name, " in [",
      op.begin, ", ", op.end, "] at ", op.revision, " (min ", op.min_revision,
      ") ", v1::ErrorReason_Name(op.refused_by), op.allowed ? " allowed" : "",
      op.admin.active ? " active {" : " {",
      absl::StrJoin(op.admin.services, ","), "}");
}

v1::ErrorReason Sequential::Decide(const Op& op) const {
  if (op.kind == OpKind::kGrant) {
    for (const auto& [key, name] : live_) {
      if (key.first != op.customer ||
          admins_.at(name).services.count(op.service) == 0) {
        continue;
      }
      return key.second == op.delegate
                 ? v1::ERROR_REASON_ALREADY_GRANTED
                 : v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED;
    }
  } else if (op.kind == OpKind::kTerminate && !Find(op.name).active) {
    return v1::ERROR_REASON_ALREADY_IN_STATE;
  }
  return v1::ERROR_REASON_UNSPECIFIED;
}

SeenAdmin Sequential::Apply(const Op& op) {
  const std::pair key(op.customer, op.delegate);
  if (op.kind == OpKind::kTerminate) {
    live_.erase(key);
    admins_[op.name].active = false;
    return admins_[op.name];
  }
  if (op.kind != OpKind::kGrant) return {};
  // Widens the live one, under its name.
  SeenAdmin& admin = admins_[live_.emplace(key, op.name).first->second];
  admin.active = true;
  admin.services.insert(op.service);
  return Find(op.name);
}

bool Sequential::Allows(int customer, int delegate, int service) const {
  const auto found = live_.find({customer, delegate});
  return found != live_.end() &&
         admins_.at(found->second).services.count(service) > 0;
}

SeenAdmin Sequential::Find(const std::string& name) const {
  const auto found = admins_.find(name);
  return found == admins_.end() ? SeenAdmin() : found->second;
}

std::vector<std::string> CheckHistory(std::vector<Op> ops, std::int64_t base) {
  return Checker(std::move(ops), base).Run();
}

}  // namespace partner::test
