#include "server/rpc/stream_call.h"

#include <atomic>
#include <memory>
#include <utility>
#include <variant>

#include "server/rpc/read_point.h"

namespace partner::server {
namespace {

using google::protobuf::Message;
using hierarchy::Refusal;

// Lives until OnDone, which needs Finish, which only the one chain of steps
// Begin, [wait,] Write, OnWriteDone, Write, ... calls: cancelling merely makes
// the next step end the chain.
class StreamCall : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  StreamCall(const Serving* serving, const Method* method,
             grpc::CallbackServerContext* context)
      : record_(serving, method),
        context_(context),
        request_(method->request->New()),
        response_(method->response->New()) {
    record_.serving().streams->Add(context_);
  }

  void Begin(const grpc::ByteBuffer& bytes) {
    if (Outcome refused = record_.Open(context_, bytes, request_.get())) {
      return End(std::move(refused));
    }
    const std::int64_t revision = record_.RevisionToAwait(*request_);
    if (revision == 0) return OpenSource();
    record_.engine()->WhenVisible(
        revision, record_.WaitLimit(), [this, revision](bool visible) {
          if (!visible) {
            return End(RevisionAhead(*record_.engine(), revision));
          }
          // Not here: this may be the ledger's thread.
          record_.serving().pool->Post(Load::kUnary,
                                       [this](Readers&) { OpenSource(); });
        });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return EndCancelled();
    Write();
  }
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override {
    record_.serving().streams->Remove(context_);
    delete this;
  }

 private:
  void OpenSource() {
    auto source = record_.method().stream(record_.context(), *request_);
    if (auto* refusal = std::get_if<Refusal>(&source)) {
      return End(std::move(*refusal));
    }
    source_ = std::get<std::unique_ptr<StreamSource>>(std::move(source));
    Write();
  }

  void Write() {
    if (cancelled_.load()) return EndCancelled();
    if (record_.serving().admission->draining()) return End(Draining());
    if (Outcome late = record_.CheckDeadline()) return End(std::move(late));
    response_->Clear();
    auto next = source_->Next(response_.get());
    if (auto* refusal = std::get_if<Refusal>(&next)) {
      return End(std::move(*refusal));
    }
    if (!std::get<bool>(next)) return End(std::nullopt);
    Serialize(*response_, &bytes_);
    record_.serving().streams->Progress(context_);
    StartWrite(&bytes_);
  }

  void End(Outcome outcome) { Finish(record_.Close(outcome, nullptr)); }
  void EndCancelled() { Finish(record_.CloseCancelled()); }

  CallRecord record_;
  grpc::CallbackServerContext* const context_;
  const std::unique_ptr<Message> request_;
  const std::unique_ptr<Message> response_;
  std::unique_ptr<StreamSource> source_;
  grpc::ByteBuffer bytes_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeStream(
    const Serving* serving, const Method* method,
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  auto* call = new StreamCall(serving, method, context);
  call->Begin(*request);
  return call;
}

}  // namespace partner::server
