#include "server/rpc/error_exit.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "hierarchy/model/names.h"
#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "server/base/log.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Refusal;
using hierarchy::Violation;

constexpr char kDomain[] = "partner.hierarchy.v1";
constexpr char kEllipsis[] = "\xe2\x80\xa6";
constexpr std::size_t kMessageBytesMax = 400;
constexpr absl::Duration kRetryDelay = absl::Milliseconds(200);

// How much of each part is sent; smaller ones are tried until all fits.
struct Budget {
  std::size_t text_bytes;
  std::size_t value_bytes;
  int blockers;
  int values;
};
constexpr Budget kBudgets[] = {
    {300, 600, 8, 16}, {160, 400, 8, 16}, {100, 200, 8, 12}, {60, 120, 8, 8},
    {40, 80, 8, 4},    {40, 60, 4, 2},    {40, 40, 1, 0},
};

// What is wrong and what to do about it.
std::string Sentences(const Violation& violation) {
  std::string text = violation.description();
  if (!text.empty() && text.back() != '.') text.push_back('.');
  if (!violation.next_step().empty()) {
    absl::StrAppend(&text, " ", violation.next_step());
  }
  return text;
}

void Pack(const google::protobuf::Message& detail, v1::Status* status) {
  google::protobuf::Any* any = status->add_details();
  any->set_type_url(absl::StrCat("type.googleapis.com/google.rpc.",
                                 detail.GetDescriptor()->name()));
  detail.SerializeToString(any->mutable_value());
}

void AddErrorInfo(const Refusal& refusal, const Budget& budget,
                  v1::Status* status) {
  const Violation& first = refusal.violations.front();
  v1::ErrorInfo info;
  info.set_reason(hierarchy::ReasonName(first.reason()));
  info.set_domain(kDomain);
  auto& metadata = *info.mutable_metadata();
  int values = 0;
  for (const auto& [key, value] : refusal.metadata) {
    if (++values > budget.values) break;
    metadata[Shorten(key, 60)] = Shorten(value, budget.value_bytes);
  }
  if (!first.rule().empty()) metadata["rule"] = Shorten(first.rule(), 60);
  if (!first.next_step().empty()) {
    metadata["next_step"] = Shorten(first.next_step(), budget.text_bytes);
  }
  const int total = static_cast<int>(refusal.violations.size());
  metadata["blockers_total"] = absl::StrCat(total);
  if (total > std::min(kBlockersMax, budget.blockers) &&
      !hierarchy::FailsDryRun(refusal.code())) {
    metadata["see_all"] = "validate_only lists all";
  }
  Pack(info, status);
}

void AddBadRequest(const Refusal& refusal, const Budget& budget,
                   v1::Status* status) {
  v1::BadRequest bad;
  for (const Violation& violation : refusal.violations) {
    if (bad.field_violations_size() == budget.blockers) break;
    v1::BadRequest::FieldViolation* field = bad.add_field_violations();
    field->set_field(Shorten(violation.field(), budget.value_bytes));
    field->set_description(Shorten(violation.description(), budget.text_bytes));
  }
  Pack(bad, status);
}

void AddBlockers(const Refusal& refusal, const Budget& budget,
                 v1::Status* status) {
  v1::PreconditionFailure failure;
  for (const Violation& violation : refusal.violations) {
    if (failure.violations_size() == budget.blockers) break;
    v1::PreconditionFailure::Violation* blocker = failure.add_violations();
    blocker->set_type(hierarchy::ReasonName(violation.reason()));
    blocker->set_subject(Shorten(violation.subject(), budget.value_bytes));
    blocker->set_description(Shorten(Sentences(violation), budget.text_bytes));
  }
  Pack(failure, status);
}

void AddResource(const Refusal& refusal, const Budget& budget,
                 v1::Status* status) {
  v1::ResourceInfo info;
  const std::unique_ptr<google::protobuf::Message> document =
      hierarchy::NewDocument(hierarchy::KindOfName(refusal.resource));
  if (document != nullptr) info.set_resource_type(document->GetTypeName());
  info.set_resource_name(Shorten(refusal.resource, budget.value_bytes));
  info.set_description(
      Shorten(refusal.violations.front().description(), budget.text_bytes));
  Pack(info, status);
}

void AddRetry(absl::Duration delay, v1::Status* status) {
  v1::RetryInfo info;
  const std::int64_t seconds = absl::ToInt64Seconds(delay);
  info.mutable_retry_delay()->set_seconds(seconds);
  info.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(
      absl::ToInt64Nanoseconds(delay - absl::Seconds(seconds))));
  Pack(info, status);
}

std::optional<absl::Duration> RetryDelayOf(const Refusal& refusal) {
  if (refusal.retry_after) return refusal.retry_after;
  if (refusal.code() == absl::StatusCode::kUnavailable) return kRetryDelay;
  return std::nullopt;
}

v1::Status MakeDetails(const Refusal& refusal, const std::string& message,
                       const Budget& budget) {
  v1::Status status;
  status.set_code(static_cast<int>(refusal.code()));
  status.set_message(message);
  AddErrorInfo(refusal, budget, &status);
  switch (refusal.code()) {
    case absl::StatusCode::kInvalidArgument:
      AddBadRequest(refusal, budget, &status);
      break;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      AddBlockers(refusal, budget, &status);
      break;
    default:
      break;
  }
  if (!refusal.resource.empty() &&
      status.code() == static_cast<int>(grpc::StatusCode::NOT_FOUND)) {
    AddResource(refusal, budget, &status);
  }
  if (const auto delay = RetryDelayOf(refusal)) AddRetry(*delay, &status);
  return status;
}

}  // namespace

std::string Shorten(absl::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  constexpr std::size_t kEllipsisBytes = sizeof(kEllipsis) - 1;
  std::size_t end = bytes > kEllipsisBytes ? bytes - kEllipsisBytes : 0;
  // A byte 10xxxxxx continues a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return absl::StrCat(text.substr(0, end), kEllipsis);
}

grpc::Status ToStatus(const Refusal& refusal) {
  const std::string message =
      Shorten(Sentences(refusal.violations.front()), kMessageBytesMax);
  std::string details;
  for (const Budget& budget : kBudgets) {
    details = MakeDetails(refusal, message, budget).SerializeAsString();
    if (details.size() <= kErrorDetailBytesMax) break;
  }
  return grpc::Status(static_cast<grpc::StatusCode>(refusal.code()), message,
                      details);
}

Refusal RefusalOfStore(const absl::Status& status) {
  const std::string trace_id = NewTraceId();
  Logger::Process().Error("store read failed",
                          {{"detail", absl::string_view(status.message())},
                           {"trace_id", trace_id}});
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return hierarchy::RefuseWith(
          v1::ERROR_REASON_STORED_BODY_DAMAGED,
          "A stored record cannot be read.",
          "The operator must restore the store from a backup.");
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return hierarchy::RefuseWith(v1::ERROR_REASON_STORE_UNAVAILABLE,
                                   "The store cannot be read now.",
                                   "Retry after the delay given.");
    default:
      return InternalError(trace_id);
  }
}

Refusal InternalError(absl::string_view trace_id) {
  Refusal refusal = hierarchy::RefuseWith(
      v1::ERROR_REASON_INTERNAL_ERROR, "The server met a defect of its own.",
      absl::StrCat("Report the trace id ", trace_id, " to the operator."));
  refusal.metadata["trace_id"] = std::string(trace_id);
  return refusal;
}

std::string NewTraceId() {
  static const std::uint64_t process = std::random_device()();
  static std::atomic<std::uint32_t> next{0};
  return absl::StrCat(absl::Hex(process & 0xffffffff, absl::kZeroPad8),
                      absl::Hex(next.fetch_add(1), absl::kZeroPad8));
}

}  // namespace partner::server
