#ifndef PARTNER_TESTS_WIRE_RAW_HTTP2_H_
#define PARTNER_TESTS_WIRE_RAW_HTTP2_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

// HTTP/2 on a bare socket, for clients that no library would make: those that
// stop in the middle of a frame, never acknowledge, never read or send garbage.
// Nothing is sent that was not asked for.
namespace partner::test {

// RFC 9113, section 6.
enum class FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

// Flags of a frame; kAck is of SETTINGS and PING.
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

struct Frame {
  FrameType type = FrameType::kData;
  std::uint8_t flags = 0;
  // 0 is the connection.
  std::uint32_t stream = 0;
  std::string payload = "";
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// What a client sends first.
extern const char kPreface[];

// Big-endian.
std::string Uint32Bytes(std::uint32_t number);
std::string EncodeFrame(const Frame& frame);
// HPACK: literals only.
std::string EncodeHeaders(const HeaderList& headers);
// A gRPC message: the bytes behind their five bytes of prefix.
std::string GrpcMessage(const std::string& bytes);
// Headers of a gRPC call by an operator; `path` is `/SERVICE/METHOD`.
HeaderList GrpcHeaders(const std::string& path);

// What came for one call so far.
struct RawAnswer {
  // All headers and trailers. Values the peer compressed are left so.
  std::map<std::string, std::string> headers;
  // DATA, gRPC's prefixes included.
  std::string data;
  bool ended = false;
  // Of RST_STREAM.
  std::optional<std::uint32_t> reset;

  // The trailer `grpc-status`; -1 when none came.
  int status() const;
  // The answer of a unary call, without its prefix.
  std::string message() const;
};

// A connection of a client. Not thread-safe.
class RawConnection {
 public:
  // `127.0.0.1:PORT`; null when it cannot be made. A small `receive_buffer`
  // (SO_RCVBUF; 0: the system's) makes a client that does not read stall its
  // peer soon.
  static std::unique_ptr<RawConnection> Connect(const std::string& address,
                                                int receive_buffer = 0);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the peer has gone or takes nothing for ten seconds.
  bool Send(const std::string& bytes);
  bool Send(const Frame& frame) { return Send(EncodeFrame(frame)); }
  // Preface and SETTINGS. The settings ask for no dynamic table, without which
  // answers could not be read here. `window`: what the peer may send unasked on
  // each stream.
  bool Greet(std::uint32_t window = 65535);
  // HEADERS, and then the one message of a unary call.
  bool SendHeaders(std::uint32_t stream, const HeaderList& headers,
                   std::uint8_t flags = kEndHeaders);
  bool SendCall(std::uint32_t stream, const std::string& path,
                const std::string& message);

  // The next frame; nullopt at the end of the connection and when `limit` has
  // passed. What belongs to a call is kept for answer().
  std::optional<Frame> Read(absl::Duration limit);
  // Answers SETTINGS and PING, and lets the peer send as much again as came
  // with DATA.
  void Acknowledge(const Frame& frame);
  // Reads until the call has ended; false when it does not. Acknowledges what
  // comes on the way, if told so.
  bool AwaitEnd(std::uint32_t stream, absl::Duration limit,
                bool acknowledge = true);
  // Reads until the peer has closed; false when it does not.
  bool AwaitClose(absl::Duration limit);

  const RawAnswer& answer(std::uint32_t stream) { return answers_[stream]; }
  // The newest GOAWAY, if any came.
  const std::optional<Frame>& go_away() const { return go_away_; }
  // The peer closed the connection, by whatever means.
  bool closed() const { return closed_; }

  // Sends no more; the peer sees the end of what was sent.
  void CloseWriting();
  // Closes with a TCP reset.
  void Abort();

 private:
  explicit RawConnection(int fd) : fd_(fd) {}

  // More bytes into `unread_`; false at the end and when `until` has passed.
  bool Fill(absl::Time until);
  void Note(const Frame& frame);

  int fd_;
  bool closed_ = false;
  std::string unread_;
  std::map<std::uint32_t, RawAnswer> answers_;
  std::optional<Frame> go_away_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_WIRE_RAW_HTTP2_H_
