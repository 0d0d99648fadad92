#ifndef PARTNER_CLIENT_PARTNER_CLIENT_H_
#define PARTNER_CLIENT_PARTNER_CLIENT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "client/error.h"

// The client library: calls with deadlines, safe retries, paging and errors as
// values. It knows the wire only and checks no rule. C++17.
//
//   auto client = PartnerClient::Connect("localhost:7411", {...});
//   v1::GetPartnerRequest request;
//   request.set_name("programs/global/partners/contoso");
//   auto answer = client.Call(&v1::PartnerService::Stub::GetPartner, request);
//   if (!answer.ok()) return Complain(answer.error());
//   Use(answer->partner());
namespace partner::client {

// The answer of a call, or why there is none.
template <class T>
class Result {
 public:
  // Implicit, so that a function returns either.
  Result(T value) : outcome_(std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : outcome_(std::move(error)) {}  // NOLINT(*-explicit-*)

  bool ok() const { return outcome_.index() == 0; }
  // The answer; only when ok().
  const T& value() const { return std::get<0>(outcome_); }
  T& value() { return std::get<0>(outcome_); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  // Why there is none; only when not ok().
  const Error& error() const { return std::get<1>(outcome_); }

 private:
  std::variant<T, Error> outcome_;
};

// How calls are repeated. Only UNAVAILABLE is, and only of reads and of writes
// with a request id; every attempt of a write carries the same one.
struct RetryPolicy {
  // Attempts in all; 1 means never again.
  int attempts_max = 4;
  // The wait before the second attempt; it doubles from attempt to attempt. A
  // random half of it is left out. A longer wait asked for by the server wins.
  std::chrono::milliseconds backoff_initial{50};
  std::chrono::milliseconds backoff_max{1000};
};

struct ClientOptions {
  // Empty: plaintext, for loopback and unix sockets only.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  // Development identity: a partner's or customer's resource name,
  // `operators/{id}` or `auditors/{id}`. Empty: none is sent.
  std::string principal;
  // For a customer: an administrator of its tenant.
  bool customer_admin = false;
  // Time for a whole call with its retries. 0: no limit.
  std::chrono::milliseconds timeout{30'000};
  RetryPolicy retry;
};

struct CallOptions {
  // Instead of ClientOptions::timeout.
  std::optional<std::chrono::milliseconds> timeout;
};

template <class Request, class Response, class Item>
class PagedList;

// A connection with an identity. Cheap to copy; thread-safe.
//
// What every call does: sends the identity, sets the deadline, gives a write
// without a request id a new one (not a dry run), retries as RetryPolicy says
// within the deadline, and decodes the error. A call that fails with
// `COMMIT_UNKNOWN` or DEADLINE_EXCEEDED may have been applied: repeat it with
// Error::request_id to find out.
//
// A target or a principal that cannot be sent makes every call fail with
// INVALID_ARGUMENT and no reason; nothing leaves the process.
class PartnerClient {
 public:
  // Connects lazily to `target`, for example `localhost:7411` or
  // `unix:/run/partnerd.sock`.
  static PartnerClient Connect(const std::string& target,
                               ClientOptions options);
  // Over a channel of the caller's making; `options.credentials` is unused.
  PartnerClient(std::shared_ptr<grpc::ChannelInterface> channel,
                ClientOptions options);

  // Calls a unary method of a generated stub.
  template <class Stub, class Request, class Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                     const Request&, Response*),
                        Request request, const CallOptions& options = {}) const;

  // Calls a server-streaming method and shows each message to `visit` until it
  // returns false. Repeated only while no message has arrived. Returns OK at
  // the end of the stream and when `visit` stopped it.
  template <class Stub, class Request, class Response>
  Error Stream(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                   grpc::ClientContext*, const Request&),
               Request request,
               const std::function<bool(const Response&)>& visit,
               const CallOptions& options = {}) const;

  // All items of a List method, fetched page by page while they are visited:
  //
  //   auto list = client.List(&v1::PartnerService::Stub::ListPartners,
  //                           &v1::ListPartnersResponse::partners, request);
  //   for (const v1::Partner& partner : list) Use(partner);
  //   if (!list.error().ok()) return Complain(list.error());
  template <class Stub, class Request, class Response, class Item>
  PagedList<Request, Response, Item> List(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const google::protobuf::RepeatedPtrField<Item>& (Response::*items)()
          const,
      Request request, const CallOptions& options = {}) const;

  // Calls a unary method known by its descriptor only. Fills in the request id
  // of `request` and replaces `response` by the answer.
  Error CallMethod(const google::protobuf::MethodDescriptor& method,
                   google::protobuf::Message* request,
                   google::protobuf::Message* response,
                   const CallOptions& options = {}) const;

  // Calls a server-streaming method known by its descriptor only. `message` is
  // overwritten for each arriving message before `visit` is called; otherwise
  // as Stream.
  Error StreamMethod(const google::protobuf::MethodDescriptor& method,
                     google::protobuf::Message* request,
                     google::protobuf::Message* message,
                     const std::function<bool()>& visit,
                     const CallOptions& options = {}) const;

 private:
  // One try of a call. `started` is set once part of the answer was used, so
  // that the call must not be repeated.
  using Attempt =
      std::function<grpc::Status(grpc::ClientContext* context, bool* started)>;

  // The retry loop of every call.
  Error Run(google::protobuf::Message* request, const Attempt& attempt,
            const CallOptions& options) const;

  std::shared_ptr<grpc::ChannelInterface> channel_;
  ClientOptions options_;
  // Why no call can be made; OK when calls can.
  Error unusable_;
};

// True when gRPC takes the text as the value of a metadata key: printable
// ASCII. It ends the process on anything else.
bool IsMetadataText(const std::string& text);

// True when repeating the request cannot apply anything twice: a read, a dry
// run or a write with a request id.
bool IsRepeatable(const google::protobuf::Message& request);

// -----------------------------------------------------------------------------
// Implementation of the templates.

template <class Stub, class Request, class Response>
Result<Response> PartnerClient::Call(
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    Request request, const CallOptions& options) const {
  Stub stub(channel_);
  Response response;
  Error error = Run(
      &request,
      [&](grpc::ClientContext* context, bool*) {
        return (stub.*method)(context, request, &response);
      },
      options);
  if (!error.ok()) return error;
  return response;
}

template <class Stub, class Request, class Response>
Error PartnerClient::Stream(std::unique_ptr<grpc::ClientReader<Response>> (
                                Stub::*method)(grpc::ClientContext*,
                                               const Request&),
                            Request request,
                            const std::function<bool(const Response&)>& visit,
                            const CallOptions& options) const {
  Stub stub(channel_);
  return Run(
      &request,
      [&](grpc::ClientContext* context, bool* started) {
        auto reader = (stub.*method)(context, request);
        Response response;
        bool stopped = false;
        while (!stopped && reader->Read(&response)) {
          *started = true;
          stopped = !visit(response);
        }
        if (stopped) context->TryCancel();
        const grpc::Status status = reader->Finish();
        return stopped ? grpc::Status::OK : status;
      },
      options);
}

}  // namespace partner::client

#include "client/paged_list.h"  // IWYU pragma: export

namespace partner::client {

template <class Stub, class Request, class Response, class Item>
PagedList<Request, Response, Item> PartnerClient::List(
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const google::protobuf::RepeatedPtrField<Item>& (Response::*items)() const,
    Request request, const CallOptions& options) const {
  return PagedList<Request, Response, Item>(
      [client = *this, method, options](const Request& page) {
        return client.Call(method, page, options);
      },
      items, std::move(request));
}

}  // namespace partner::client

#endif  // PARTNER_CLIENT_PARTNER_CLIENT_H_
