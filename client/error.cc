#include "client/error.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "google/protobuf/any.pb.h"
#include "partner/hierarchy/v1/error_details.pb.h"

namespace partner::client {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/google.rpc.";
constexpr char kReasonPrefix[] = "ERROR_REASON_";

// Takes `key` out of the metadata: what has a field of its own is not repeated.
std::string Take(std::map<std::string, std::string>* metadata,
                 const std::string& key) {
  const auto found = metadata->find(key);
  if (found == metadata->end()) return "";
  std::string value = std::move(found->second);
  metadata->erase(found);
  return value;
}

void Read(const v1::ErrorInfo& info, Error* error) {
  error->reason_name = info.reason();
  if (!v1::ErrorReason_Parse(kReasonPrefix + info.reason(), &error->reason)) {
    error->reason = v1::ERROR_REASON_UNSPECIFIED;
  }
  error->metadata = {info.metadata().begin(), info.metadata().end()};
  error->rule = Take(&error->metadata, "rule");
  error->next_step = Take(&error->metadata, "next_step");
  error->blockers_total =
      std::atoi(Take(&error->metadata, "blockers_total").c_str());
}

void Read(const v1::BadRequest& bad, Error* error) {
  for (const auto& violation : bad.field_violations()) {
    error->field_violations.push_back(
        {violation.field(), violation.description()});
  }
}

void Read(const v1::PreconditionFailure& failure, Error* error) {
  for (const auto& violation : failure.violations()) {
    error->blockers.push_back(
        {violation.type(), violation.subject(), violation.description()});
  }
}

void Read(const v1::ResourceInfo& resource, Error* error) {
  error->resource_type = resource.resource_type();
  error->resource_name = resource.resource_name();
}

void Read(const v1::RetryInfo& retry, Error* error) {
  error->retry_delay =
      std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 +
                                retry.retry_delay().nanos() / 1'000'000);
}

// The details travel under the standard type URLs while their classes live in
// our package, so Any::UnpackTo would refuse them.
template <class Detail>
void ReadAs(const google::protobuf::Any& any, Error* error) {
  Detail detail;
  if (detail.ParseFromString(any.value())) Read(detail, error);
}

}  // namespace

Error DecodeError(const grpc::Status& status) {
  Error error;
  error.code = status.error_code();
  error.message = status.error_message();
  v1::Status details;
  if (!details.ParseFromString(status.error_details())) return error;
  for (const google::protobuf::Any& any : details.details()) {
    const std::string& url = any.type_url();
    if (url.rfind(kTypePrefix, 0) != 0) continue;
    const std::string type = url.substr(sizeof(kTypePrefix) - 1);
    if (type == "ErrorInfo") ReadAs<v1::ErrorInfo>(any, &error);
    if (type == "BadRequest") ReadAs<v1::BadRequest>(any, &error);
    if (type == "PreconditionFailure") {
      ReadAs<v1::PreconditionFailure>(any, &error);
    }
    if (type == "ResourceInfo") ReadAs<v1::ResourceInfo>(any, &error);
    if (type == "RetryInfo") ReadAs<v1::RetryInfo>(any, &error);
  }
  error.blockers_total =
      std::max(error.blockers_total, static_cast<int>(error.blockers.size()));
  return error;
}

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : std::to_string(index);
}

}  // namespace partner::client
