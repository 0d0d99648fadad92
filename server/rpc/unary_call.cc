#include "server/rpc/unary_call.h"

#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "google/protobuf/arena.h"
#include "server/rpc/read_point.h"

namespace partner::server {
namespace {

using google::protobuf::Message;
using hierarchy::Refusal;

// A longer answer keeps its call's place until it has left: a client that does
// not read cannot make them pile up.
constexpr std::size_t kShortAnswer = 16 << 10;

// What memory does not know takes as long as a list: it must not hold up short
// reads.
Load LoadOfStore(const Method& method) {
  return method.answer ? Load::kList : method.load;
}

// A unary call. Whoever owns it must Finish it: that hands it to gRPC, so it
// happens once. gRPC ends it when the answer has left or the client has gone.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // Calls Finish in the end.
  struct Unfinished {
    void operator()(UnaryCall*) const { std::abort(); }
  };
  using Owned = std::unique_ptr<UnaryCall, Unfinished>;

  UnaryCall(const Serving* serving, const Method* method,
            grpc::CallbackServerContext* context, grpc::ByteBuffer* answer)
      : record_(serving, method),
        context_(context),
        answer_(answer),
        arena_(block_, sizeof(block_)) {}

  static void Run(Owned call, const grpc::ByteBuffer& bytes);

  void OnCancel() override {}
  void OnDone() override {
    if (leaving_) record_.serving().streams->Remove(context_);
    delete this;
  }
  // What gRPC's own reactor says: OnDone is short and may be called anywhere.
  bool InternalInlineable() override { return true; }

 private:
  static void Dispatch(Owned call);
  static void Submit(Owned call);
  static void Await(Owned call, std::int64_t revision);
  static void Post(Owned call, Load load);
  static bool AnswerFromMemory(Owned* call);
  static void Finish(Owned call, const Outcome& outcome);

  const Method& method() const { return record_.method(); }
  Message* MakeResponse() {
    response_ = method().response->New(&arena_);
    return response_;
  }

  CallRecord record_;
  grpc::CallbackServerContext* const context_;
  grpc::ByteBuffer* const answer_;
  // A command's request and response pass through the ledger, so they lie
  // outside the arena.
  std::unique_ptr<Message> owned_;
  Message* request_ = nullptr;
  Message* response_ = nullptr;
  // Enough for the messages of most calls.
  alignas(8) char block_[2048];
  google::protobuf::Arena arena_;
  // A long answer is on its way.
  bool leaving_ = false;
};

void UnaryCall::Run(Owned call, const grpc::ByteBuffer& bytes) {
  const Method& method = call->method();
  if (method.command != nullptr) {
    call->owned_.reset(method.request->New());
    call->request_ = call->owned_.get();
  } else {
    call->request_ = method.request->New(&call->arena_);
  }
  if (Outcome refused =
          call->record_.Open(call->context_, bytes, call->request_)) {
    return Finish(std::move(call), std::move(refused));
  }
  Dispatch(std::move(call));
}

void UnaryCall::Dispatch(Owned call) {
  if (call->method().command != nullptr) return Submit(std::move(call));
  if (const std::int64_t revision =
          call->record_.RevisionToAwait(*call->request_)) {
    return Await(std::move(call), revision);
  }
  if (AnswerFromMemory(&call)) return;
  const Load load = LoadOfStore(call->method());
  Post(std::move(call), load);
}

void UnaryCall::Submit(Owned call) {
  Engine* engine = call->record_.engine();
  if (engine == nullptr) {
    return Finish(std::move(call),
                  hierarchy::BadField(
                      hierarchy::v1::ERROR_REASON_FIELD_REQUIRED, "parent",
                      "The request names no program.", "Name one."));
  }
  PendingCommand command;
  command.spec = call->method().command;
  command.principal = call->record_.principal();
  command.bytes = call->owned_->ByteSizeLong();
  command.request = std::move(call->owned_);
  command.deadline = call->record_.deadline();
  command.done = [call = std::move(call)](CommandOutcome outcome) mutable {
    if (auto* refusal = std::get_if<Refusal>(&outcome)) {
      return Finish(std::move(call), std::move(*refusal));
    }
    call->owned_ = std::get<std::unique_ptr<Message>>(std::move(outcome));
    call->response_ = call->owned_.get();
    Finish(std::move(call), std::nullopt);
  };
  engine->Submit(std::move(command));
}

void UnaryCall::Await(Owned call, std::int64_t revision) {
  Engine* engine = call->record_.engine();
  const absl::Time limit = call->record_.WaitLimit();
  engine->WhenVisible(
      revision, limit,
      [call = std::move(call), engine, revision](bool visible) mutable {
        if (!visible) {
          return Finish(std::move(call), RevisionAhead(*engine, revision));
        }
        // Not here: this may be the ledger's thread.
        const Load load = call->method().load;
        Post(std::move(call), load);
      });
}

void UnaryCall::Post(Owned call, Load load) {
  ReadPool* pool = call->record_.serving().pool;
  pool->Post(load, [call = std::move(call), load](Readers& readers) mutable {
    if (Outcome late = call->record_.CheckDeadline()) {
      return Finish(std::move(call), std::move(late));
    }
    if (AnswerFromMemory(&call)) return;
    if (const Load wanted = LoadOfStore(call->method()); wanted != load) {
      return Post(std::move(call), wanted);
    }
    Outcome outcome =
        call->method().read(call->record_.context(), readers, *call->request_,
                            call->MakeResponse());
    if (outcome &&
        outcome->reason() == hierarchy::v1::ERROR_REASON_STORE_UNAVAILABLE) {
      readers.Drop(*call->record_.engine());
    }
    Finish(std::move(call), std::move(outcome));
  });
}

// False when only the store can tell; the call is still to be answered then.
bool UnaryCall::AnswerFromMemory(Owned* call) {
  const Method& method = (*call)->method();
  if (!method.answer) return false;
  Outcome outcome = method.answer((*call)->record_.context(),
                                  *(*call)->request_, (*call)->MakeResponse());
  if (method.read && outcome &&
      outcome->reason() == hierarchy::v1::ERROR_REASON_SNAPSHOT_EXPIRED) {
    return false;
  }
  Finish(std::move(*call), std::move(outcome));
  return true;
}

void UnaryCall::Finish(Owned owned, const Outcome& outcome) {
  UnaryCall* call = owned.release();
  if (!outcome) Serialize(*call->response_, call->answer_);
  const grpc::Status status = call->record_.Close(outcome, call->response_);
  if (!outcome && call->answer_->Length() > kShortAnswer) {
    call->leaving_ = true;
    // Ends the call when the client does not take the answer.
    call->record_.serving().streams->Add(call->context_);
  } else {
    call->record_.Leave();
  }
  // May end it at once.
  static_cast<grpc::ServerUnaryReactor*>(call)->Finish(status);
}

}  // namespace

grpc::ServerUnaryReactor* ServeUnary(const Serving* serving,
                                     const Method* method,
                                     grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) {
  auto* call = new UnaryCall(serving, method, context, response);
  UnaryCall::Run(UnaryCall::Owned(call), *request);
  return call;
}

}  // namespace partner::server
