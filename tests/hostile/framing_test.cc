// Clients whose bytes are no HTTP/2, who stop half-way or leave early.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/hostile/hostile_fixture.h"

namespace partner::test {
namespace {

class Framing : public HostileTest {
 protected:
  using Connections = std::vector<std::unique_ptr<RawConnection>>;

  // So many connections that sent `bytes` and then nothing.
  Connections Sent(int count, const std::string& bytes) const {
    Connections connections;
    for (int i = 0; i < count; ++i) {
      connections.push_back(RawConnection::Connect(server_.address()));
      EXPECT_NE(connections.back(), nullptr);
      EXPECT_TRUE(connections.back()->Send(bytes));
    }
    return connections;
  }
};

// Whoever keeps to the protocol by hand is served: what the others meet is not
// the writer's fault.
TEST_F(Framing, AGoodClientIsServed) {
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  for (std::uint32_t stream = 1; stream < 9; stream += 2) {
    ASSERT_TRUE(client->SendCall(stream, kStatusPath, ""));
    ASSERT_TRUE(client->AwaitEnd(stream, kPatience));
    EXPECT_EQ(client->answer(stream).headers.at(":status"), "200");
    EXPECT_EQ(client->answer(stream).status(), kOk);
    EXPECT_FALSE(client->answer(stream).message().empty());
  }
}

TEST_F(Framing, GarbageEndsItsConnectionOnly) {
  const char* given = std::getenv("PARTNER_SEED");
  const unsigned seed = given != nullptr
                            ? static_cast<unsigned>(std::atoi(given))
                            : std::random_device()();
  std::printf("PARTNER_SEED=%u\n", seed);
  std::mt19937 random(seed);
  const auto noise = [&random](std::size_t size_max) {
    std::string bytes(random() % (size_max + 1), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  };
  const auto frame = [&] {
    return EncodeFrame({.type = static_cast<FrameType>(random() % 11),
                        .flags = static_cast<std::uint8_t>(random()),
                        .stream = static_cast<std::uint32_t>(random() % 6),
                        .payload = noise(100)});
  };
  for (int i = 0; i < 200; ++i) {
    SCOPED_TRACE(absl::StrCat("connection ", i));
    const auto client = RawConnection::Connect(server_.address());
    ASSERT_NE(client, nullptr);
    // The peer may close while this is being sent.
    switch (i % 5) {
      case 0:
        client->Send(noise(2000));
        break;
      case 1:
        client->Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        break;
      case 2:
        client->Send(std::string("\x16\x03\x01\x02\x00\x01", 6) + noise(500));
        break;
      case 3:
        client->Send(kPreface + noise(2000));
        break;
      default:
        client->Greet();
        client->SendHeaders(1, GrpcHeaders(kStatusPath));
        for (int j = 0; j < 20; ++j) client->Send(frame());
    }
    client->CloseWriting();
    EXPECT_TRUE(client->AwaitClose(kPatience));
  }
}

// A connection that never becomes one is closed after a while; meanwhile it
// costs nobody anything.
TEST_F(Framing, UnfinishedGreetingsAreGivenUp) {
  const std::string preface(kPreface);
  const std::string settings = EncodeFrame({.type = FrameType::kSettings});
  Connections silent = Sent(20, "");
  Connections half = Sent(20, preface.substr(0, preface.size() / 2));
  Connections cut = Sent(20, preface + settings.substr(0, 5));
  ExpectServed();
  EXPECT_EQ(StatusOverNewConnection(), kOk);
  for (const Connections* all : {&silent, &half, &cut}) {
    for (const auto& client : *all) EXPECT_TRUE(client->AwaitClose(kPatience));
  }
}

// A call whose message never comes whole is not begun: it takes no place.
TEST_F(Framing, UnfinishedCallsTakeNoPlace) {
  Connections clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(Greeted());
    ASSERT_NE(clients.back(), nullptr);
    for (std::uint32_t stream = 1; stream < 41; stream += 2) {
      ASSERT_TRUE(
          clients.back()->SendHeaders(stream, GrpcHeaders(kStatusPath)));
      // Says a hundred bytes, sends three.
      ASSERT_TRUE(clients.back()->Send(
          {.stream = stream,
           .payload = GrpcMessage(std::string(100, 'x')).substr(0, 8)}));
    }
    // Half a frame too.
    ASSERT_TRUE(clients.back()->Send(
        EncodeFrame({.stream = 1, .payload = "abc"}).substr(0, 10)));
  }
  EXPECT_EQ(StatusOverNewConnection(), kOk);
  ExpectServed();
  for (const auto& client : clients) client->Abort();
}

// Sends its call and then the end of its side. The packaged gRPC takes that for
// the end of everything.
TEST_F(Framing, HalfClosedConnectionsEnd) {
  for (int i = 0; i < 50; ++i) {
    const auto client = Greeted();
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(client->SendCall(1, kStatusPath, ""));
    client->CloseWriting();
    EXPECT_TRUE(client->AwaitClose(kPatience));
    const int status = client->answer(1).status();
    EXPECT_TRUE(status == kOk || status == kCancelled ||
                status == kUnavailable || status == kNone)
        << status;
  }
}

TEST_F(Framing, CallsBeforeAGoAwayAreAnswered) {
  const auto client = Greeted();
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->SendCall(1, kStatusPath, ""));
  ASSERT_TRUE(client->Send({.type = FrameType::kGoAway,
                            .payload = Uint32Bytes(0) + Uint32Bytes(0)}));
  ASSERT_TRUE(client->AwaitEnd(1, kPatience));
  EXPECT_EQ(client->answer(1).status(), kOk);
}

}  // namespace
}  // namespace partner::test
