#ifndef PARTNER_SERVER_OPS_LISTENER_H_
#define PARTNER_SERVER_OPS_LISTENER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace partner::server {

// Accepts connections in gRPC's place: the packaged one stops listening for
// good when one accept fails, which a lack of descriptors makes it do
// (CVE-2023-4785). Here connections that would take the last descriptors are
// closed at once, so that the stores and gRPC itself can go on, and a failed
// accept is tried again. Not thread-safe.
class Listener {
 public:
  // Takes a connection's descriptor over; called on the listener's thread.
  using OnConnection = std::function<void(int fd)>;

  // Listens on `HOST:PORT`, `unix:PATH` and `unix-abstract:NAME`; port 0 takes
  // a free one. UNAVAILABLE when it cannot.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      const std::vector<std::string>& addresses);
  // Stops first.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The addresses with the ports really used.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Connections made since Open wait until this.
  void Start(OnConnection on_connection);
  // Closes the sockets; returns when `on_connection` is not called any more.
  void Stop();

 private:
  Listener() = default;

  absl::Status OpenTcp(const std::string& address);
  absl::Status OpenUnix(const std::string& address);
  // Makes, binds and opens one socket; its descriptor.
  absl::StatusOr<int> OpenSocket(int family, const void* name, unsigned size);
  void Run();
  // Accepts one; false when that must be tried again later.
  bool Accept(int socket);

  std::vector<std::string> addresses_;
  std::vector<int> sockets_;
  // Of unix sockets, removed in the end.
  std::vector<std::string> paths_;
  OnConnection on_connection_;
  // An eventfd.
  int stop_ = -1;
  std::thread thread_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_LISTENER_H_
