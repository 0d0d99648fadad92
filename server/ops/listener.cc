#include "server/ops/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/log.h"

namespace partner::server {
namespace {

// Left for the stores' files, their readers and gRPC's own.
constexpr int kDescriptorsKept = 32;
constexpr int kRetryMs = 100;
// After that long without an acknowledgement a connection is given up.
constexpr unsigned kUserTimeoutMs = 20'000;

absl::Status CannotListen(const std::string& address) {
  return absl::UnavailableError(
      absl::StrCat("listen: cannot listen on ", address, ": ",
                   std::strerror(errno), "; is another server using it?"));
}

// Descriptors are given out lowest first, so the number says how many there
// are.
bool IsOneOfTheLast(int fd) {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         limit.rlim_cur != RLIM_INFINITY &&
         static_cast<rlim_t>(fd) + kDescriptorsKept >= limit.rlim_cur;
}

// Whether somebody accepts connections there.
bool IsAnswered(const sockaddr_un& name, unsigned size) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool answered =
      connect(fd, reinterpret_cast<const sockaddr*>(&name), size) == 0 ||
      errno == EAGAIN;
  close(fd);
  return answered;
}

void RemoveSocket(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) {
    unlink(path.c_str());
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(
    const std::vector<std::string>& addresses) {
  std::unique_ptr<Listener> listener(new Listener);
  for (const std::string& address : addresses) {
    const absl::Status status = absl::StartsWith(address, "unix")
                                    ? listener->OpenUnix(address)
                                    : listener->OpenTcp(address);
    if (!status.ok()) return status;
  }
  listener->stop_ = eventfd(0, EFD_CLOEXEC);
  if (listener->stop_ < 0) return CannotListen("anything");
  return listener;
}

Listener::~Listener() {
  Stop();
  if (stop_ >= 0) close(stop_);
}

absl::StatusOr<int> Listener::OpenSocket(int family, const void* name,
                                         unsigned size) {
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::UnavailableError("");
  // Closed by Stop from now on.
  sockets_.push_back(fd);
  const int on = 1;
  if (family != AF_UNIX) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  if (bind(fd, static_cast<const sockaddr*>(name), size) != 0 ||
      listen(fd, SOMAXCONN) != 0) {
    return absl::UnavailableError("");
  }
  return fd;
}

absl::Status Listener::OpenTcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    errno = EADDRNOTAVAIL;
    return CannotListen(address);
  }
  // A name may be of both families; one of them is enough.
  int port = 0;
  for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
    sockaddr_storage name{};
    std::memcpy(&name, item->ai_addr, item->ai_addrlen);
    // The port is at the same place in both.
    auto* any = reinterpret_cast<sockaddr_in*>(&name);
    if (any->sin_port == 0) any->sin_port = htons(port);
    const auto fd = OpenSocket(item->ai_family, &name, item->ai_addrlen);
    if (!fd.ok()) continue;
    socklen_t size = sizeof(name);
    getsockname(*fd, reinterpret_cast<sockaddr*>(&name), &size);
    port = ntohs(any->sin_port);
  }
  freeaddrinfo(found);
  if (port == 0) return CannotListen(address);
  addresses_.push_back(absl::StrCat(address.substr(0, colon), ":", port));
  return absl::OkStatus();
}

absl::Status Listener::OpenUnix(const std::string& address) {
  absl::string_view path = address;
  const bool abstract = absl::ConsumePrefix(&path, "unix-abstract:");
  if (!abstract) absl::ConsumePrefix(&path, "unix:");
  // `unix:///PATH` is allowed too.
  if (absl::StartsWith(path, "///")) path.remove_prefix(2);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() + 1 >= sizeof(name.sun_path)) {
    errno = ENAMETOOLONG;
    return CannotListen(address);
  }
  path.copy(name.sun_path + (abstract ? 1 : 0), path.size());
  const std::size_t size =
      offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 1 : 0);
  if (!abstract) {
    // What a server that was killed left behind is taken over, never what one
    // that lives listens on.
    if (IsAnswered(name, static_cast<unsigned>(size))) {
      errno = EADDRINUSE;
      return CannotListen(address);
    }
    RemoveSocket(std::string(path));
    paths_.emplace_back(path);
  }
  if (!OpenSocket(AF_UNIX, &name, static_cast<unsigned>(size)).ok()) {
    return CannotListen(address);
  }
  addresses_.push_back(address);
  return absl::OkStatus();
}

void Listener::Start(OnConnection on_connection) {
  on_connection_ = std::move(on_connection);
  thread_ = std::thread([this] { Run(); });
}

void Listener::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  for (const int fd : sockets_) close(fd);
  sockets_.clear();
  for (const std::string& path : paths_) RemoveSocket(path);
  paths_.clear();
}

void Listener::Run() {
  std::vector<pollfd> items = {{stop_, POLLIN, 0}};
  items.reserve(sockets_.size() + 1);
  for (const int fd : sockets_) items.push_back({fd, POLLIN, 0});
  bool later = false;
  for (;;) {
    // Nothing but the end is waited for while accepting is no use.
    poll(items.data(), later ? 1 : items.size(), later ? kRetryMs : -1);
    if (items.front().revents != 0) return;
    later = false;
    for (std::size_t i = 1; i < items.size() && !later; ++i) {
      later = !Accept(items[i].fd);
    }
  }
}

bool Listener::Accept(int socket) {
  const int fd =
      accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    // Whoever left again, or was not there, costs nothing.
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
        errno != ENOMEM) {
      return true;
    }
    Logger::Process().Warning("connections cannot be accepted",
                              {{"error", std::strerror(errno)}});
    return false;
  }
  if (IsOneOfTheLast(fd)) {
    Logger::Process().Warning("too many connections; one was closed",
                              {{"descriptor", fd}});
    close(fd);
    return true;
  }
  // Fails on unix sockets, which need none of it.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs,
             sizeof(kUserTimeoutMs));
  on_connection_(fd);
  return true;
}

}  // namespace partner::server
