#include "server/rpc/serving.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "hierarchy/rules/decide.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/read_point.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Refusal;

// What the answer needs to travel.
constexpr absl::Duration kAnswerTime = absl::Milliseconds(50);

Refusal MessageTooLong(std::size_t bytes_max) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_QUOTA_REACHED,
      absl::StrCat("The request is longer than ", bytes_max, " bytes."),
      "Split it.");
  refusal.metadata["limit"] = "message_bytes_max";
  refusal.metadata["value"] = absl::StrCat(bytes_max);
  return refusal;
}

Refusal DeadlinePassed() {
  return hierarchy::RefuseWith(v1::ERROR_REASON_DEADLINE_PASSED,
                               "The call's time was over before it was "
                               "answered. Nothing was applied.",
                               "Retry with a later deadline.");
}

}  // namespace

CallRecord::CallRecord(const Serving* serving, const Method* method)
    : serving_(serving),
      method_(method),
      start_(absl::Now()),
      deadline_(start_ + method->time_max) {}

CallRecord::~CallRecord() { Leave(); }

Outcome CallRecord::Open(grpc::CallbackServerContext* context,
                         const grpc::ByteBuffer& bytes,
                         google::protobuf::Message* request) {
  if (Outcome refused =
          serving_->admission->Enter(method_->load, method_->even_draining)) {
    return refused;
  }
  admitted_ = true;
  if (bytes.Length() > serving_->message_bytes_max) {
    return MessageTooLong(serving_->message_bytes_max);
  }
  if (!ParseMessage(bytes, request)) {
    return hierarchy::RefuseWith(
        v1::ERROR_REASON_MALFORMED_MESSAGE,
        "The bytes are not a message of the request's type, or a text is not "
        "UTF-8.",
        "Use the published protos.");
  }
  auto identity = DevelopmentIdentity(context->client_metadata());
  if (auto* refusal = std::get_if<Refusal>(&identity)) {
    return std::move(*refusal);
  }
  principal_ = std::get<hierarchy::Principal>(std::move(identity));
  if (method_->command != nullptr) {
    const v1::MutationOptions* options = method_->form->OptionsOf(*request);
    if (options != nullptr) request_id_ = options->request_id();
  }
  if (std::vector<v1::Violation> wrong = method_->form->Check(*request);
      !wrong.empty()) {
    Refusal refusal;
    refusal.violations = hierarchy::WinningClass(wrong);
    return refusal;
  }
  deadline_ = std::min(deadline_, absl::FromChrono(context->deadline()));
  if (Outcome late = CheckDeadline()) return late;
  return FindProgram(*request);
}

Outcome CallRecord::FindProgram(const google::protobuf::Message& request) {
  const absl::string_view program = method_->form->ProgramOf(request);
  if (program.empty()) return std::nullopt;
  engine_ = serving_->backend->Find(program);
  if (engine_ == nullptr) {
    Refusal refusal = hierarchy::RefuseWith(
        v1::ERROR_REASON_PROGRAM_NOT_FOUND, "The program is not served here.",
        "ListPrograms shows the programs that are.", "R2");
    refusal.resource = hierarchy::ProgramName(program);
    return refusal;
  }
  const v1::ReadOptions* options = method_->form->ReadOptionsOf(request);
  if (options == nullptr) return std::nullopt;
  return CheckReadOptions(*engine_, *options);
}

grpc::Status CallRecord::Close(const Outcome& outcome,
                               google::protobuf::Message* response) {
  grpc::Status status = outcome ? ToStatus(*outcome) : grpc::Status::OK;
  const absl::Duration time = absl::Now() - start_;
  method_->counters.Record(status.error_code(), time);
  LogCall({.method = method_,
           .principal = principal_.name,
           .code = status.error_code(),
           .time = time,
           .slow = time > serving_->slow_call,
           .refusal = outcome ? &*outcome : nullptr,
           .request_id = request_id_,
           .response = response});
  return status;
}

grpc::Status CallRecord::CloseCancelled() {
  method_->counters.Record(grpc::StatusCode::CANCELLED, absl::Now() - start_);
  return grpc::Status::CANCELLED;
}

Outcome CallRecord::CheckDeadline() const {
  if (absl::Now() < deadline_) return std::nullopt;
  return DeadlinePassed();
}

std::int64_t CallRecord::RevisionToAwait(
    const google::protobuf::Message& request) const {
  const v1::ReadOptions* options = method_->form->ReadOptionsOf(request);
  if (options == nullptr || engine_ == nullptr) return 0;
  const std::int64_t revision = server::RevisionToAwait(*options);
  return revision > engine_->visible() ? revision : 0;
}

absl::Time CallRecord::WaitLimit() const {
  return deadline_ - std::min(kAnswerTime, (deadline_ - absl::Now()) / 4);
}

void CallRecord::Leave() {
  if (admitted_) serving_->admission->Leave(method_->load);
  admitted_ = false;
}

bool ParseMessage(const grpc::ByteBuffer& bytes,
                  google::protobuf::Message* message) {
  if (!bytes.Valid()) return false;
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    return message->ParseFromArray(slice.begin(),
                                   static_cast<int>(slice.size()));
  }
  // The reader takes no const buffer, yet does not change it.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

void Serialize(const google::protobuf::Message& message,
               grpc::ByteBuffer* bytes) {
  // Into one slice of the right size; gRPC's writer would go block by block.
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  grpc::ByteBuffer whole(&slice, 1);
  bytes->Swap(&whole);
}

}  // namespace partner::server
