#ifndef PARTNER_TESTS_BENCH_CALLS_H_
#define PARTNER_TESTS_BENCH_CALLS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/byte_buffer.h"

// The calls a load is made of.
namespace partner::bench {

inline constexpr char kOperator[] = "operators/bench";

// One call to send.
struct Call {
  grpc::ByteBuffer bytes;
  // The metadata of the development identity.
  std::string principal = kOperator;
  bool customer_admin = false;
  // Whoever made the call finds it again by this.
  std::uint64_t number = 0;
};

// An endless supply of calls of one method. Not thread-safe.
class CallSource {
 public:
  virtual ~CallSource() = default;
  virtual std::string path() const = 0;
  virtual Call Next() = 0;
  // Whether our server answered a call right. The echo's answers are not asked
  // about.
  virtual bool IsRight(const Call& call, const grpc::ByteBuffer& answer) const;
};

// What sources are made from.
struct SourceOptions {
  // check, past, batch, explain, list, create or accept.
  std::string set;
  std::uint64_t seed = 0;
  // In the store.
  std::uint64_t customers = 0;
  // The number of the first customer that writes.
  std::uint64_t first_new = 0;
  // When the customers came, for past: when the first was about to, and how
  // long after each the next, in microseconds.
  std::int64_t begin_us = 0;
  std::int64_t pace_us = 0;
  // Of a forward, for accept.
  std::string token;
  // Our server, for list: its page tokens are read from it.
  std::shared_ptr<grpc::Channel> server;
};

// Ends the process when there is no such set.
std::unique_ptr<CallSource> MakeSource(const SourceOptions& options);

std::string ToString(const grpc::ByteBuffer& bytes);

// One call, waited for; ends the process when it fails.
grpc::ByteBuffer CallOnce(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& path, const Call& call);

}  // namespace partner::bench

#endif  // PARTNER_TESTS_BENCH_CALLS_H_
