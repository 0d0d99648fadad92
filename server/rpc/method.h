#ifndef PARTNER_SERVER_RPC_METHOD_H_
#define PARTNER_SERVER_RPC_METHOD_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/refusal.h"
#include "hierarchy/rules/request_form.h"
#include "server/rpc/admission.h"
#include "server/rpc/read_pool.h"
#include "server/rpc/statistics.h"

// What a service says about its methods; the wrapper (call.h) does the rest.
namespace partner::server {

// What a handler may know about the call it answers.
struct CallContext {
  const hierarchy::Principal& principal;
  // Of the program the request names; null when it names none.
  Engine* engine;
  // When the answer is of no use any more; by the machine's clock.
  absl::Time deadline;
};

// Nullopt: answered; the response is complete.
using Outcome = std::optional<hierarchy::Refusal>;

// Answers from memory, at once, on gRPC's thread.
using InlineHandler = std::function<Outcome(
    const CallContext& context, const google::protobuf::Message& request,
    google::protobuf::Message* response)>;

// Answers from the store, on a thread of the read pool.
using ReadHandler =
    std::function<Outcome(const CallContext& context, Readers& readers,
                          const google::protobuf::Message& request,
                          google::protobuf::Message* response)>;

// The messages of one stream. Called by one thread at a time.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // Writes the next message; false when there is none left. Must be short.
  virtual std::variant<bool, hierarchy::Refusal> Next(
      google::protobuf::Message* response) = 0;
};

// Begins a stream, on gRPC's thread. `request` lives as long as the source.
using StreamHandler = std::function<
    std::variant<std::unique_ptr<StreamSource>, hierarchy::Refusal>(
        const CallContext& context, const google::protobuf::Message& request)>;

// One method as served. Does not move once calls arrive.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::string path;   // `/package.Service/Method`, as on the wire.
  std::string label;  // `Service.Method`.
  const google::protobuf::Message* request = nullptr;  // Default instances.
  const google::protobuf::Message* response = nullptr;
  std::optional<hierarchy::RequestForm> form;  // Always set once served.
  Load load = Load::kUnary;
  // Answered while the server drains, too.
  bool even_draining = false;
  // Longest time from arrival to answer.
  absl::Duration time_max;
  // Exactly one is set, or `answer` and `read`: then the store is asked what
  // memory cannot tell (SNAPSHOT_EXPIRED).
  const hierarchy::CommandSpec* command = nullptr;
  InlineHandler answer;
  ReadHandler read;
  StreamHandler stream;

  mutable CallCounters counters;
};

// The methods of one service with their handlers.
class ServiceMethods {
 public:
  // Takes every method that is a command; the others must be added.
  explicit ServiceMethods(const google::protobuf::ServiceDescriptor* service);

  template <class Request, class Response>
  void AddInline(
      absl::string_view method,
      std::function<Outcome(const CallContext&, const Request&, Response*)>
          handler) {
    Method* entry = Find(method, Request::descriptor(), Response::descriptor());
    entry->answer = [handler = std::move(handler)](
                        const CallContext& context,
                        const google::protobuf::Message& request,
                        google::protobuf::Message* response) {
      return handler(context, static_cast<const Request&>(request),
                     static_cast<Response*>(response));
    };
  }

  template <class Request, class Response>
  void AddRead(absl::string_view method,
               std::function<Outcome(const CallContext&, Readers&,
                                     const Request&, Response*)>
                   handler) {
    Method* entry = Find(method, Request::descriptor(), Response::descriptor());
    entry->read = [handler = std::move(handler)](
                      const CallContext& context, Readers& readers,
                      const google::protobuf::Message& request,
                      google::protobuf::Message* response) {
      return handler(context, readers, static_cast<const Request&>(request),
                     static_cast<Response*>(response));
    };
  }
  // For handlers that work on any resource.
  void AddRead(absl::string_view method, ReadHandler handler);
  void AddList(absl::string_view method, ReadHandler handler);

  template <class Request>
  void AddStream(absl::string_view method,
                 std::function<std::variant<std::unique_ptr<StreamSource>,
                                            hierarchy::Refusal>(
                     const CallContext&, const Request&)>
                     handler) {
    Method* entry = Find(method, Request::descriptor(), nullptr);
    entry->load = Load::kStream;
    entry->time_max = kStreamTimeMax;
    entry->stream = [handler = std::move(handler)](
                        const CallContext& context,
                        const google::protobuf::Message& request) {
      return handler(context, static_cast<const Request&>(request));
    };
  }

  // The method is also answered while the server drains.
  void AnswerEvenDraining(absl::string_view method);

  const google::protobuf::ServiceDescriptor* descriptor() const {
    return service_;
  }
  // In the order of the descriptor. Fails with the names of methods that have
  // no handler or one of the wrong types.
  absl::StatusOr<std::vector<Method*>> Complete();

  // The longest times to an answer.
  static constexpr absl::Duration kUnaryTimeMax = absl::Seconds(10);
  static constexpr absl::Duration kListTimeMax = absl::Seconds(60);
  static constexpr absl::Duration kStreamTimeMax = absl::Minutes(10);

 private:
  // Notes a mistake, and gives an entry that is served by nobody, for unknown
  // methods and other types.
  Method* Find(absl::string_view method,
               const google::protobuf::Descriptor* request,
               const google::protobuf::Descriptor* response);

  const google::protobuf::ServiceDescriptor* const service_;
  std::map<std::string, std::unique_ptr<Method>, std::less<>> methods_;
  std::vector<std::string> mistakes_;
  Method unknown_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_METHOD_H_
