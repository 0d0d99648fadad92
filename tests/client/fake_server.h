#ifndef PARTNER_TESTS_CLIENT_FAKE_SERVER_H_
#define PARTNER_TESTS_CLIENT_FAKE_SERVER_H_

#include <google/protobuf/message.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace partner::client {

// A server in this process on a port of its own that answers every method as
// the test says and remembers what it was asked. For unary and
// server-streaming methods. Thread-safe.
class FakeServer {
 public:
  struct Call {
    // `/partner.hierarchy.v1.PartnerService/GetPartner`.
    std::string method;
    // The serialized request.
    std::string body;
    std::map<std::string, std::string> metadata;

    template <class Request>
    Request As() const {
      Request request;
      request.ParseFromString(body);
      return request;
    }
  };

  struct Reply {
    grpc::Status status;
    // Serialized messages sent before the status.
    std::vector<std::string> messages;
  };

  using Script = std::function<Reply(const Call& call)>;

  explicit FakeServer(Script script) : service_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<Call> calls() { return service_.calls(); }

  static Reply Answer(const google::protobuf::Message& message) {
    return {grpc::Status::OK, {message.SerializeAsString()}};
  }
  static Reply Fail(grpc::StatusCode code, const std::string& message,
                    const std::string& details = "") {
    return {grpc::Status(code, message, details), {}};
  }

 private:
  class Service;

  class Reactor : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(Service* service, grpc::GenericCallbackServerContext* context)
        : service_(service), context_(context) {
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      reply_ = service_->Handle(ToCall());
      SendNext();
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      SendNext();
    }
    void OnDone() override { delete this; }

   private:
    Call ToCall() {
      Call call;
      call.method = context_->method();
      std::vector<grpc::Slice> slices;
      request_.Dump(&slices);
      for (const grpc::Slice& slice : slices) {
        call.body.append(reinterpret_cast<const char*>(slice.begin()),
                         slice.size());
      }
      for (const auto& [key, value] : context_->client_metadata()) {
        call.metadata[std::string(key.data(), key.size())] =
            std::string(value.data(), value.size());
      }
      return call;
    }
    void SendNext() {
      if (sent_ == reply_.messages.size()) return Finish(reply_.status);
      const grpc::Slice slice(reply_.messages[sent_++]);
      response_ = grpc::ByteBuffer(&slice, 1);
      StartWrite(&response_);
    }

    Service* const service_;
    grpc::GenericCallbackServerContext* const context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
    Reply reply_;
    std::size_t sent_ = 0;
  };

  class Service : public grpc::CallbackGenericService {
   public:
    explicit Service(Script script) : script_(std::move(script)) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
      return new Reactor(this, context);
    }
    Reply Handle(const Call& call) {
      const std::lock_guard<std::mutex> lock(mutex_);
      calls_.push_back(call);
      return script_(call);
    }
    std::vector<Call> calls() {
      const std::lock_guard<std::mutex> lock(mutex_);
      return calls_;
    }

   private:
    std::mutex mutex_;
    const Script script_;
    std::vector<Call> calls_;
  };

  Service service_;
  int port_ = 0;
  // Last, so that it stops before what it uses goes.
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace partner::client

#endif  // PARTNER_TESTS_CLIENT_FAKE_SERVER_H_
