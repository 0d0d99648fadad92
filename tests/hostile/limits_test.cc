// Clients that speak HTTP/2 and ask for too much. What the packaged gRPC does
// wrong is expected as it is, so that a change is noticed; README names it.

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "tests/crash/health.h"
#include "tests/hostile/hostile_fixture.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;

constexpr char kGetPath[] = "/partner.hierarchy.v1.PartnerService/GetPartner";
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::uint32_t kPlaces = 8;
constexpr std::uint32_t kStreamsMax = 5;

class Limits : public HostileTest {
 protected:
  Limits()
      : HostileTest({"--in-flight-unary-max", std::to_string(kPlaces),
                     "--streams-per-connection-max",
                     std::to_string(kStreamsMax)}) {}

  // A call that waits in its place for a revision that never comes, for ten
  // seconds.
  static bool SendWait(RawConnection* client, std::uint32_t stream) {
    v1::GetPartnerRequest request;
    request.set_name("programs/global/partners/p");
    request.mutable_read_options()->mutable_min_revision()->set_number(100000);
    return client->SendCall(stream, kGetPath, request.SerializeAsString());
  }
  // One that has acknowledged the server's SETTINGS.
  std::unique_ptr<RawConnection> Acquainted();
};

std::unique_ptr<RawConnection> Limits::Acquainted() {
  auto client = Greeted();
  if (client == nullptr || !client->SendCall(1, kStatusPath, "") ||
      !client->AwaitEnd(1, kPatience) || client->answer(1).status() != kOk) {
    ADD_FAILURE() << "not served";
    return nullptr;
  }
  return client;
}

// A GetStatus with such headers; what does not fit into one frame goes into
// further ones.
bool SendWithHeaders(RawConnection* client, std::uint32_t stream,
                     const HeaderList& headers) {
  constexpr std::size_t kFrameMax = 16384;
  const std::string block = EncodeHeaders(headers);
  for (std::size_t at = 0; at < block.size(); at += kFrameMax) {
    const bool last = at + kFrameMax >= block.size();
    if (!client->Send(
            {.type = at == 0 ? FrameType::kHeaders : FrameType::kContinuation,
             .flags = last ? kEndHeaders : std::uint8_t{0},
             .stream = stream,
             .payload = block.substr(at, kFrameMax)})) {
      return false;
    }
  }
  return client->Send(
      {.flags = kEndStream, .stream = stream, .payload = GrpcMessage("")});
}

// The headers of a good call, one replaced or added.
HeaderList With(const std::string& name, const std::string& value) {
  HeaderList headers = GrpcHeaders(kStatusPath);
  const auto found = std::find_if(
      headers.begin(), headers.end(),
      [&name](const auto& header) { return header.first == name; });
  if (found != headers.end()) {
    found->second = value;
  } else {
    headers.emplace_back(name, value);
  }
  return headers;
}

// gRPC holds nobody to a limit who does not acknowledge it; the server's own
// places do.
TEST_F(Limits, StreamsWithoutAcknowledgementFillThePlacesOnly) {
  constexpr std::uint32_t kCalls = 20;
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  for (std::uint32_t i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(SendWait(client.get(), 2 * i + 1));
  }
  const auto ended = [&client] {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < kCalls; ++i) {
      if (client->answer(2 * i + 1).ended) ++count;
    }
    return count;
  };
  while (ended() < kCalls - kPlaces && client->Read(kPatience)) {
  }
  while (client->Read(absl::Milliseconds(200))) {
  }
  EXPECT_EQ(ended(), kCalls - kPlaces);
  EXPECT_GT(kPlaces, kStreamsMax);
  for (std::uint32_t i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(client->AwaitEnd(2 * i + 1, kPatience, false));
    EXPECT_EQ(client->answer(2 * i + 1).status(), kUnavailable);
  }
}

// As it is: whoever exceeds a limit it acknowledged loses the connection.
TEST_F(Limits, StreamsPastAnAcknowledgedLimitEndTheConnection) {
  const auto client = Acquainted();
  ASSERT_NE(client, nullptr);
  for (std::uint32_t i = 1; i < 20; ++i) {
    if (!SendWait(client.get(), 2 * i + 1)) break;
  }
  EXPECT_TRUE(client->AwaitClose(kPatience));
}

TEST_F(Limits, CallsBegunAndResetCostNobodyElse) {
  const std::int64_t before = ResidentBytes();
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  std::uint32_t stream = 1;
  for (int i = 0; i < 10000; ++i, stream += 2) {
    // The packaged gRPC has no defence of its own.
    ASSERT_TRUE(client->SendCall(stream, kStatusPath, ""));
    ASSERT_TRUE(client->Send({.type = FrameType::kRstStream,
                              .stream = stream,
                              .payload = Uint32Bytes(8)}));
    if (i % 2000 == 0) ExpectServed();
  }
  ASSERT_TRUE(client->SendCall(stream, kStatusPath, ""));
  ASSERT_TRUE(client->AwaitEnd(stream, kPatience));
  EXPECT_EQ(client->answer(stream).status(), kOk);
  EXPECT_LT(ResidentBytes() - before, kRoundGrowthMax);
}

// As it is: without acknowledgement headers have no bound; with it the call is
// refused and its connection of no more use.
TEST_F(Limits, LongHeaders) {
  for (const std::size_t size : {20'000, 200'000, 4 << 20}) {
    SCOPED_TRACE(size);
    const std::int64_t before = ResidentBytes();
    const HeaderList headers = With("x-long", std::string(size, 'a'));
    const auto stranger = Greeted();
    ASSERT_NE(stranger, nullptr);
    ASSERT_TRUE(SendWithHeaders(stranger.get(), 1, headers));
    ASSERT_TRUE(stranger->AwaitEnd(1, kPatience));
    EXPECT_EQ(stranger->answer(1).status(), kOk);

    const auto client = Acquainted();
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(SendWithHeaders(client.get(), 3, headers));
    ASSERT_TRUE(client->AwaitEnd(3, kPatience));
    EXPECT_EQ(client->answer(3).status(), kResourceExhausted);
    ExpectServed();
    EXPECT_LT(ResidentBytes() - before, kRoundGrowthMax);
  }
}

struct OddHeader {
  const char* name;
  std::string value;
  int status;
};

TEST_F(Limits, OddHeaders) {
  constexpr int kUnknown = 2;
  constexpr int kUnauthenticated = 16;
  const std::string past_limit(17'000, 'x');
  const OddHeader cases[] = {
      // As it is: this one's connection is lost.
      {"x-bin", "!!!not base64!!!", kUnavailable},
      {"te", std::string(9'000, 't'), kUnknown},
      {"te", past_limit, kResourceExhausted},
      {":scheme", past_limit, kResourceExhausted},
      {"grpclb_client_stats", past_limit, kResourceExhausted},
      {"grpc-timeout", past_limit, kResourceExhausted},
      {"grpc-timeout", "abc", kOk},
      {"grpc-encoding", past_limit, kResourceExhausted},
      {":method", "GET", kUnknown},
      {"content-type", "text/plain", kOk},
      {"partner-principal", std::string("a\0b", 3), kUnauthenticated},
  };
  for (const OddHeader& odd : cases) {
    SCOPED_TRACE(std::string(odd.name) + " of " +
                 std::to_string(odd.value.size()));
    const auto client = Acquainted();
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(SendWithHeaders(client.get(), 3, With(odd.name, odd.value)));
    ASSERT_TRUE(client->AwaitEnd(3, kPatience));
    EXPECT_EQ(client->answer(3).status(), odd.status);
    ExpectServed();
  }
}

// What must be answered cannot be made to pile up.
TEST_F(Limits, FloodsOfFramesThatWantAnAnswer) {
  for (const FrameType type : {FrameType::kPing, FrameType::kSettings}) {
    const std::int64_t before = ResidentBytes();
    const auto client = Greeted();
    ASSERT_NE(client, nullptr);
    const std::string one = EncodeFrame(
        {.type = type,
         .payload = type == FrameType::kPing ? std::string(8, 'p') : ""});
    std::string thousand;
    for (int i = 0; i < 1000; ++i) thousand += one;
    // Until it is closed, or not read any more.
    for (int i = 0; i < 200 && client->Send(thousand); ++i) {
    }
    ExpectServed();
    EXPECT_LT(ResidentBytes() - before, kRoundGrowthMax);
  }
}

// How much a peer lets be sent on one stream.
class Window {
 public:
  bool Holds(std::int64_t bytes) const {
    return std::min(stream_, connection_) >= bytes;
  }
  void Use(std::int64_t bytes) {
    stream_ -= bytes;
    connection_ -= bytes;
  }
  void Take(const Frame& frame) {
    if (frame.type == FrameType::kWindowUpdate) {
      (frame.stream == 0 ? connection_ : stream_) += Number(frame.payload, 0);
    } else if (frame.type == FrameType::kSettings) {
      for (std::size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
        if (frame.payload[at + 1] != 4) continue;  // INITIAL_WINDOW_SIZE.
        const std::int64_t initial = Number(frame.payload, at + 2);
        stream_ += initial - initial_;
        initial_ = initial;
      }
    }
  }

 private:
  static std::int64_t Number(const std::string& bytes, std::size_t at) {
    std::int64_t number = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return number;
  }

  std::int64_t initial_ = 65535;
  std::int64_t stream_ = 65535;
  std::int64_t connection_ = 65535;
};

// As it is: gRPC takes in all of a message before it looks at its length. What
// ends it is the limit of the transport's memory, which closes idle connections
// of others too.
TEST_F(Limits, EndlessMessagesEndAtTheTransportsMemory) {
  constexpr std::int64_t kPart = 16384;
  const std::int64_t before = ResidentBytes();
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  Window window;
  ASSERT_TRUE(client->SendHeaders(1, GrpcHeaders(kStatusPath)));
  ASSERT_TRUE(client->Send(
      {.stream = 1,
       .payload = std::string(1, '\0') + Uint32Bytes(0xffffffff)}));
  window.Use(5);
  std::int64_t sent = 0;
  std::int64_t most = 0;
  while (sent < 2048 * kMiB && !client->answer(1).ended) {
    if (window.Holds(kPart)) {
      if (!client->Send({.stream = 1, .payload = std::string(kPart, 'x')})) {
        break;
      }
      window.Use(kPart);
      sent += kPart;
      continue;
    }
    const auto frame = client->Read(kPatience);
    if (!frame) break;
    client->Acknowledge(*frame);
    window.Take(*frame);
    most = std::max(most, ResidentBytes() - before);
  }
  std::printf("ended after %lld MiB, which took %lld MiB\n",
              static_cast<long long>(sent / kMiB),
              static_cast<long long>(most / kMiB));
  EXPECT_LT(sent, 1024 * kMiB);
  EXPECT_LT(most, 1024 * kMiB);
  EXPECT_EQ(StatusOverNewConnection(), kOk);
  // A connection that was closed is made anew.
  EXPECT_TRUE(Eventually([this] { return IsServed(); }));
}

// gRPC would unpack a message before it looks at its length.
TEST_F(Limits, PackedMessagesAreNotUnpacked) {
  constexpr std::size_t kUnpacked = 256 * kMiB;
  std::string packed(compressBound(kUnpacked), '\0');
  uLongf size = packed.size();
  {
    const std::string zeros(kUnpacked, '\0');
    ASSERT_EQ(
        compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                 reinterpret_cast<const Bytef*>(zeros.data()), zeros.size()),
        Z_OK);
  }
  packed.resize(size);
  std::string message = GrpcMessage(packed);
  message[0] = 1;  // Packed.
  const std::int64_t before = ResidentBytes();
  const auto client = Acquainted();
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(
      client->SendHeaders(3, With("grpc-encoding", "deflate"), kEndHeaders));
  // As much at a time as the server's window takes.
  constexpr std::size_t kPart = 16'000;
  std::int64_t most = 0;
  for (std::size_t at = 0; at < message.size(); at += kPart) {
    const bool last = at + kPart >= message.size();
    if (!client->Send({.flags = last ? kEndStream : std::uint8_t{0},
                       .stream = 3,
                       .payload = message.substr(at, kPart)})) {
      break;
    }
    client->AwaitEnd(3, absl::Milliseconds(20));
    most = std::max(most, ResidentBytes() - before);
  }
  const absl::Time limit = absl::Now() + kPatience;
  while (!client->AwaitEnd(3, absl::Milliseconds(5)) && absl::Now() < limit) {
    most = std::max(most, ResidentBytes() - before);
  }
  EXPECT_EQ(client->answer(3).status(), kUnimplemented);
  EXPECT_LT(most, 128 * kMiB);
}

}  // namespace
}  // namespace partner::test
