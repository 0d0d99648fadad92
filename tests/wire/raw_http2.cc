#include "tests/wire/raw_http2.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace partner::test {
namespace {

constexpr absl::Duration kSendLimit = absl::Seconds(10);
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kGrpcPrefix = 5;
// SETTINGS of RFC 9113, section 6.5.2.
constexpr std::uint16_t kHeaderTableSize = 1;
constexpr std::uint16_t kInitialWindowSize = 4;

int Milliseconds(absl::Time until) {
  const absl::Duration left =
      std::max(until - absl::Now(), absl::ZeroDuration());
  return static_cast<int>(
      absl::ToInt64Milliseconds(std::min(left, absl::Hours(1))));
}

std::string SettingBytes(std::uint16_t id, std::uint32_t value) {
  std::string bytes = Uint32Bytes(id).substr(2);
  bytes += Uint32Bytes(value);
  return bytes;
}

// An integer of HPACK behind a prefix of `bits` bits, which are all zero in
// `first`.
void AppendInteger(std::size_t number, int bits, std::uint8_t first,
                   std::string* bytes) {
  const std::size_t most = (1u << bits) - 1;
  if (number < most) {
    bytes->push_back(static_cast<char>(first | number));
    return;
  }
  bytes->push_back(static_cast<char>(first | most));
  for (number -= most; number >= 128; number >>= 7) {
    bytes->push_back(static_cast<char>(0x80 | (number & 0x7f)));
  }
  bytes->push_back(static_cast<char>(number));
}

void AppendText(const std::string& text, std::string* bytes) {
  AppendInteger(text.size(), 7, 0, bytes);
  bytes->append(text);
}

// Reads a header block whose sender keeps no dynamic table.
class HeaderReader {
 public:
  explicit HeaderReader(const std::string& block) : block_(block) {}

  void ReadInto(std::map<std::string, std::string>* headers) {
    while (at_ < block_.size()) {
      const std::uint8_t first = Byte(at_);
      if ((first & 0x80) != 0) {
        // Of the fixed table only the status matters.
        if (Integer(7) == 8) (*headers)[":status"] = "200";
      } else if ((first & 0xe0) == 0x20) {
        Integer(5);  // Size of the table.
      } else {
        const std::size_t index = Integer((first & 0x40) != 0 ? 6 : 4);
        const std::string name =
            index == 0 ? Text() : "#" + std::to_string(index);
        (*headers)[name] = Text();
      }
    }
  }

 private:
  std::uint8_t Byte(std::size_t at) const {
    return at < block_.size() ? static_cast<std::uint8_t>(block_[at]) : 0;
  }
  std::size_t Integer(int bits) {
    const std::size_t most = (1u << bits) - 1;
    std::size_t number = Byte(at_++) & most;
    if (number < most) return number;
    for (int shift = 0; shift < 28; shift += 7) {
      const std::uint8_t next = Byte(at_++);
      number += static_cast<std::size_t>(next & 0x7f) << shift;
      if ((next & 0x80) == 0) break;
    }
    return number;
  }
  std::string Text() {
    const std::size_t size = Integer(7);
    std::string text = at_ < block_.size() ? block_.substr(at_, size) : "";
    at_ += size;
    return text;
  }

  const std::string& block_;
  std::size_t at_ = 0;
};

}  // namespace

const char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string Uint32Bytes(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift & 0xff));
  }
  return bytes;
}

std::string EncodeFrame(const Frame& frame) {
  std::string bytes =
      Uint32Bytes(static_cast<std::uint32_t>(frame.payload.size())).substr(1);
  bytes.push_back(static_cast<char>(frame.type));
  bytes.push_back(static_cast<char>(frame.flags));
  bytes += Uint32Bytes(frame.stream);
  return bytes + frame.payload;
}

std::string EncodeHeaders(const HeaderList& headers) {
  std::string block;
  for (const auto& [name, value] : headers) {
    block.push_back(0);
    AppendText(name, &block);
    AppendText(value, &block);
  }
  return block;
}

std::string GrpcMessage(const std::string& bytes) {
  return std::string(1, '\0') +
         Uint32Bytes(static_cast<std::uint32_t>(bytes.size())) + bytes;
}

HeaderList GrpcHeaders(const std::string& path) {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", path},
          {":authority", "localhost"},
          {"te", "trailers"},
          {"content-type", "application/grpc"},
          {"partner-principal", "operators/raw"}};
}

int RawAnswer::status() const {
  const auto found = headers.find("grpc-status");
  int number = -1;
  if (found == headers.end() || !absl::SimpleAtoi(found->second, &number)) {
    return -1;
  }
  return number;
}

std::string RawAnswer::message() const {
  return data.size() < kGrpcPrefix ? "" : data.substr(kGrpcPrefix);
}

std::unique_ptr<RawConnection> RawConnection::Connect(
    const std::string& address, int receive_buffer) {
  sockaddr_in peer{};
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return nullptr;
  }
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return nullptr;
  std::unique_ptr<RawConnection> connection(new RawConnection(fd));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (receive_buffer > 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
               sizeof(receive_buffer));
  }
  const timeval limit{absl::ToInt64Seconds(kSendLimit), 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) !=
      0) {
    return nullptr;
  }
  return connection;
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) close(fd_);
}

bool RawConnection::Send(const std::string& bytes) {
  const absl::Time until = absl::Now() + kSendLimit;
  std::size_t sent = 0;
  while (fd_ >= 0 && sent < bytes.size()) {
    pollfd item{fd_, POLLOUT, 0};
    if (poll(&item, 1, Milliseconds(until)) <= 0) return false;
    const ssize_t size = send(fd_, bytes.data() + sent, bytes.size() - sent,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  return sent == bytes.size();
}

bool RawConnection::Greet(std::uint32_t window) {
  return Send(kPreface) &&
         Send({.type = FrameType::kSettings,
               .payload = SettingBytes(kHeaderTableSize, 0) +
                          SettingBytes(kInitialWindowSize, window)});
}

bool RawConnection::SendHeaders(std::uint32_t stream, const HeaderList& headers,
                                std::uint8_t flags) {
  return Send({.type = FrameType::kHeaders,
               .flags = flags,
               .stream = stream,
               .payload = EncodeHeaders(headers)});
}

bool RawConnection::SendCall(std::uint32_t stream, const std::string& path,
                             const std::string& message) {
  return SendHeaders(stream, GrpcHeaders(path)) &&
         Send({.type = FrameType::kData,
               .flags = kEndStream,
               .stream = stream,
               .payload = GrpcMessage(message)});
}

std::optional<Frame> RawConnection::Read(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  const auto number = [this](std::size_t at, int size) {
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(unread_[at + i]);
    }
    return value;
  };
  while (unread_.size() < kFrameHeader ||
         unread_.size() < kFrameHeader + number(0, 3)) {
    if (!Fill(until)) return std::nullopt;
  }
  Frame frame;
  const std::size_t size = number(0, 3);
  frame.type = static_cast<FrameType>(unread_[3]);
  frame.flags = static_cast<std::uint8_t>(unread_[4]);
  frame.stream = number(5, 4) & 0x7fffffff;
  frame.payload = unread_.substr(kFrameHeader, size);
  unread_.erase(0, kFrameHeader + size);
  Note(frame);
  return frame;
}

bool RawConnection::AwaitEnd(std::uint32_t stream, absl::Duration limit,
                             bool acknowledge) {
  const absl::Time until = absl::Now() + limit;
  while (!answers_[stream].ended) {
    const std::optional<Frame> frame = Read(until - absl::Now());
    if (!frame) return false;
    if (acknowledge) Acknowledge(*frame);
  }
  return true;
}

void RawConnection::Acknowledge(const Frame& frame) {
  if (frame.type == FrameType::kData && !frame.payload.empty()) {
    const std::string size =
        Uint32Bytes(static_cast<std::uint32_t>(frame.payload.size()));
    Send({.type = FrameType::kWindowUpdate, .payload = size});
    if ((frame.flags & kEndStream) != 0) return;
    Send({.type = FrameType::kWindowUpdate,
          .stream = frame.stream,
          .payload = size});
    return;
  }
  if ((frame.flags & kAck) != 0) return;
  if (frame.type == FrameType::kSettings) {
    Send({.type = FrameType::kSettings, .flags = kAck});
  } else if (frame.type == FrameType::kPing) {
    Send({.type = FrameType::kPing, .flags = kAck, .payload = frame.payload});
  }
}

bool RawConnection::AwaitClose(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  while (Read(until - absl::Now())) {
  }
  return closed_;
}

void RawConnection::CloseWriting() { shutdown(fd_, SHUT_WR); }

void RawConnection::Abort() {
  if (fd_ < 0) return;
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(fd_);
  fd_ = -1;
}

bool RawConnection::Fill(absl::Time until) {
  if (fd_ < 0 || closed_) return false;
  pollfd item{fd_, POLLIN, 0};
  if (poll(&item, 1, Milliseconds(until)) <= 0) return false;
  std::array<char, 16384> buffer;
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (size <= 0) {
    closed_ = true;
    return false;
  }
  unread_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

void RawConnection::Note(const Frame& frame) {
  if (frame.type == FrameType::kGoAway) go_away_ = frame;
  if (frame.stream == 0) return;
  RawAnswer& answer = answers_[frame.stream];
  switch (frame.type) {
    case FrameType::kHeaders:
    case FrameType::kContinuation:
      HeaderReader(frame.payload).ReadInto(&answer.headers);
      break;
    case FrameType::kData:
      answer.data += frame.payload;
      break;
    case FrameType::kRstStream:
      answer.ended = true;
      if (frame.payload.size() == 4) {
        answer.reset = 0;
        for (const char byte : frame.payload) {
          *answer.reset = *answer.reset << 8 | static_cast<std::uint8_t>(byte);
        }
      }
      return;
    default:
      return;
  }
  if ((frame.flags & kEndStream) != 0) answer.ended = true;
}

}  // namespace partner::test
