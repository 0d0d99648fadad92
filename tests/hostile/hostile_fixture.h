#ifndef PARTNER_TESTS_HOSTILE_HOSTILE_FIXTURE_H_
#define PARTNER_TESTS_HOSTILE_HOSTILE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/server_process.h"
#include "tests/wire/raw_http2.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {

inline constexpr char kStatusPath[] =
    "/partner.hierarchy.v1.AdminService/GetStatus";
inline constexpr char kCreatePath[] =
    "/partner.hierarchy.v1.PartnerService/CreatePartner";

// What RawAnswer::status() says.
inline constexpr int kNone = -1;
inline constexpr int kOk = 0;
inline constexpr int kCancelled = 1;
inline constexpr int kResourceExhausted = 8;
inline constexpr int kUnimplemented = 12;
inline constexpr int kInternal = 13;
inline constexpr int kUnavailable = 14;

// Generous: a sanitized server on a busy machine.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// What a server's resident memory may grow by in one round of misuse.
#if defined(__SANITIZE_ADDRESS__)
// The sanitizer keeps what was freed.
inline constexpr std::int64_t kRoundGrowthMax = std::int64_t{2} << 30;
#else
inline constexpr std::int64_t kRoundGrowthMax = 256 << 20;
#endif

// The real server in a process of its own, and one who hurts it. After each
// test the server must still serve everybody else.
class HostileTest : public testing::Test {
 protected:
  // Flags besides `--programs global`.
  explicit HostileTest(const std::vector<std::string>& flags = {});
  void SetUp() override;
  void TearDown() override;

  // A connection that has sent preface and SETTINGS.
  std::unique_ptr<RawConnection> Greeted();
  // What GetStatus says over a new connection: the gRPC status.
  int StatusOverNewConnection(absl::Duration limit = kPatience);
  // Makes the partners p0..., some at a time.
  void MakePartners(int count) const;
  // Calls over the connection that has been there from the beginning.
  bool IsServed();
  void ExpectServed();
  // Resident memory of the server.
  std::int64_t ResidentBytes() const;

  ServerProcess server_;
  // Connected since before the test.
  std::unique_ptr<WireCaller> bystander_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_HOSTILE_HOSTILE_FIXTURE_H_
