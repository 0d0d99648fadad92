#ifndef PARTNER_TESTS_FUZZ_SERVED_H_
#define PARTNER_TESTS_FUZZ_SERVED_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "hierarchy/policy/policy.h"
#include "server/base/clock.h"
#include "server/ledger/engine.h"
#include "server/rpc/services.h"
#include "server/rpc/serving.h"

namespace partner::server {

// Who calls, as development identity.
struct FuzzCaller {
  const char* principal;  // Empty: none is sent.
  bool customer_admin = false;
};

// How a call ended.
struct FuzzAnswer {
  grpc::Status status;
  // Of every message, one after another.
  std::vector<std::string> messages;
};

// Program `global` with every service, called below the transport: the wrapper,
// the ledger, the store and the graph are the real ones. Its clock stands
// still, so the same calls make the same names.
class Served {
 public:
  // As partnerd opens it.
  static absl::StatusOr<std::unique_ptr<Served>> Open(
      std::unique_ptr<Store> store);
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  // Ordered by label.
  const std::vector<Method*>& methods() const { return methods_; }
  // Ends the process when there is none.
  Method& Find(absl::string_view label) const;
  // The answer of any method to any bytes. Ends the process when it is none of
  // those documented: INTERNAL, without details, or no message of its type.
  FuzzAnswer Call(Method& method, const FuzzCaller& caller,
                  absl::string_view bytes);

  // True when a call changed anything, time included.
  bool changed();

 private:
  Served();

  // Whether the request waits for a revision that does not come by itself.
  bool Waits(const Method& method, absl::string_view bytes) const;
  void Serve(std::unique_ptr<ServiceMethods> methods);
  FuzzAnswer CallUnary(const Method& method, const FuzzCaller& caller,
                       const grpc::ByteBuffer& request);
  FuzzAnswer CallStream(const Method& method, const FuzzCaller& caller,
                        const grpc::ByteBuffer& request);

  TestClock clock_;
  Engines engines_;
  std::int64_t opened_at_ = 0;
  Backend backend_;
  Admission admission_{AdmissionLimits{}};
  StreamRegistry streams_;
  ReadPool pool_;
  Serving serving_;
  ServerFacts facts_;
  std::vector<std::unique_ptr<RawService>> services_;
  std::vector<Method*> methods_;
};

// The editions built in.
const hierarchy::PolicyLibrary& BuiltInPolicies();

}  // namespace partner::server

#endif  // PARTNER_TESTS_FUZZ_SERVED_H_
