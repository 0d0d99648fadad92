#ifndef PARTNER_TESTS_CRASH_WRITERS_H_
#define PARTNER_TESTS_CRASH_WRITERS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "partner/hierarchy/v1/errors.pb.h"
#include "server/base/mutex.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {

// Clients that write all at once to the program `global` of one server, and a
// book of every request they made and every answer they got, by which the
// server is judged after it was hurt. Failures are those of the running test.
class Writers {
 public:
  // What a writer does after a call that failed.
  enum class OnFailure {
    // Nothing more: its last request stays open.
    kStop,
    // It repeats the request until it is answered.
    kRepeat,
  };

  // Draws what the writers do; printed with a failure.
  explicit Writers(unsigned seed) : seed_(seed) {}

  // Makes a provider with an invitation and a reseller, which the writes use.
  void SetUp(const WireCaller& wire);

  // Lets the clients write while `meanwhile` runs on the caller's thread;
  // afterwards each finishes what it does.
  void Run(const WireCaller& wire, OnFailure on_failure,
           const std::function<void()>& meanwhile);
  // For `meanwhile`: returns after so many more answers.
  void AwaitAnswers(int count);
  // For `meanwhile`: lets them write for this long.
  void Wait(absl::Duration time);

  // Repeats the requests since the last call of this and expects that what was
  // answered is answered alike, that an open one is applied by now and once,
  // and that one refused as not applied was not.
  void CheckNew(const WireCaller& wire);
  // The same for all of them, and that the revision line is theirs: each
  // revision after the first belongs to exactly one.
  void CheckAll(const WireCaller& wire);

  std::size_t requests() const { return book_.size(); }

 private:
  struct Entry {
    std::string method;
    std::unique_ptr<google::protobuf::Message> request;
    // Null while there is none.
    std::unique_ptr<google::protobuf::Message> answer;
    // Of the last call that failed.
    hierarchy::v1::ErrorReason refused_by =
        hierarchy::v1::ERROR_REASON_UNSPECIFIED;
    bool checked = false;
  };
  // What one writer does next.
  class Script;

  void Write(const WireCaller& wire, OnFailure on_failure, int writer,
             std::vector<Entry>* done);
  Answer Send(const WireCaller& wire, const Entry& entry) const;
  void SendNow(const WireCaller& wire, Entry entry);
  void Check(const WireCaller& wire, Entry* entry) const;

  const unsigned seed_;
  int run_ = 0;
  std::string token_;
  std::vector<Entry> book_;
  std::atomic<bool> stopping_{false};
  server::Mutex mutex_;
  server::CondVar answered_;
  int answers_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_CRASH_WRITERS_H_
