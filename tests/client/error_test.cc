// Goal: every part of an error the server can send arrives as a value, and
// damaged or foreign details never hide code and message. Method: statuses
// built byte by byte as the standard error model says.

#include "client/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partner/hierarchy/v1/error_details.pb.h"

namespace partner::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

void Pack(const google::protobuf::Message& detail, v1::Status* status) {
  auto* any = status->add_details();
  any->set_type_url("type.googleapis.com/google.rpc." +
                    detail.GetDescriptor()->name());
  detail.SerializeToString(any->mutable_value());
}

Error Decode(const v1::Status& details) {
  return DecodeError(grpc::Status(static_cast<grpc::StatusCode>(details.code()),
                                  details.message(),
                                  details.SerializeAsString()));
}

TEST(DecodeError, OkIsNoError) {
  const Error error = DecodeError(grpc::Status::OK);
  EXPECT_TRUE(error.ok());
  EXPECT_FALSE(error.has_more_blockers());
}

TEST(DecodeError, ReadsReasonRuleNextStepAndOtherMetadata) {
  v1::ErrorInfo info;
  info.set_reason("RESELLER_CANNOT_INVITE");
  (*info.mutable_metadata())["rule"] = "R13";
  (*info.mutable_metadata())["next_step"] = "Use your provider's invitation.";
  (*info.mutable_metadata())["providers"] = "programs/global/partners/contoso";
  v1::Status status;
  status.set_code(7);
  status.set_message("A reseller cannot invite.");
  Pack(info, &status);

  const Error error = Decode(status);

  EXPECT_EQ(error.code, grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(error.message, "A reseller cannot invite.");
  EXPECT_EQ(error.reason, v1::ERROR_REASON_RESELLER_CANNOT_INVITE);
  EXPECT_EQ(error.reason_name, "RESELLER_CANNOT_INVITE");
  EXPECT_EQ(error.rule, "R13");
  EXPECT_EQ(error.next_step, "Use your provider's invitation.");
  EXPECT_THAT(
      error.metadata,
      ElementsAre(Pair("providers", "programs/global/partners/contoso")));
}

TEST(DecodeError, ReadsBlockersAndTheirTotal) {
  v1::ErrorInfo info;
  info.set_reason("STILL_REFERENCED");
  (*info.mutable_metadata())["blockers_total"] = "12";
  v1::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type("STILL_REFERENCED");
  violation->set_subject("programs/global/partnerships/0abc");
  violation->set_description("It is active.");
  v1::Status status;
  status.set_code(9);
  Pack(info, &status);
  Pack(failure, &status);

  const Error error = Decode(status);

  ASSERT_EQ(error.blockers.size(), 1U);
  EXPECT_EQ(error.blockers[0].type, "STILL_REFERENCED");
  EXPECT_EQ(error.blockers[0].subject, "programs/global/partnerships/0abc");
  EXPECT_EQ(error.blockers[0].description, "It is active.");
  EXPECT_EQ(error.blockers_total, 12);
  EXPECT_TRUE(error.has_more_blockers());
}

TEST(DecodeError, ReadsFieldsResourceAndRetryDelay) {
  v1::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("partner.country");
  violation->set_description("Two capital letters.");
  v1::ResourceInfo resource;
  resource.set_resource_type("partner.hierarchy.v1.Partner");
  resource.set_resource_name("programs/global/partners/contoso");
  v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(250'000'000);
  v1::Status status;
  status.set_code(14);
  Pack(bad, &status);
  Pack(resource, &status);
  Pack(retry, &status);

  const Error error = Decode(status);

  ASSERT_EQ(error.field_violations.size(), 1U);
  EXPECT_EQ(error.field_violations[0].field, "partner.country");
  EXPECT_EQ(error.field_violations[0].description, "Two capital letters.");
  EXPECT_EQ(error.resource_type, "partner.hierarchy.v1.Partner");
  EXPECT_EQ(error.resource_name, "programs/global/partners/contoso");
  EXPECT_EQ(error.retry_delay, std::chrono::milliseconds(1250));
}

TEST(DecodeError, KeepsTheNameOfAReasonItDoesNotKnow) {
  v1::ErrorInfo info;
  info.set_reason("FROM_THE_FUTURE");
  v1::Status status;
  status.set_code(9);
  Pack(info, &status);

  const Error error = Decode(status);

  EXPECT_EQ(error.reason, v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(error.reason_name, "FROM_THE_FUTURE");
}

TEST(DecodeError, DamagedAndForeignDetailsAreLeftOut) {
  v1::Status status;
  status.set_code(5);
  status.set_message("Not found.");
  auto* damaged = status.add_details();
  damaged->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  damaged->set_value("\xff\xff\xff");
  auto* foreign = status.add_details();
  foreign->set_type_url("type.googleapis.com/somebody.Else");
  foreign->set_value("x");

  for (const Error& error :
       {Decode(status),
        DecodeError(grpc::Status(grpc::StatusCode::NOT_FOUND, "Not found.",
                                 "\xff garbage")),
        DecodeError(grpc::Status(grpc::StatusCode::NOT_FOUND, "Not found."))}) {
    EXPECT_EQ(error.code, grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(error.message, "Not found.");
    EXPECT_THAT(error.reason_name, IsEmpty());
  }
}

TEST(CodeName, NamesEveryCanonicalCode) {
  EXPECT_EQ(CodeName(grpc::StatusCode::OK), "OK");
  EXPECT_EQ(CodeName(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
  EXPECT_EQ(CodeName(static_cast<grpc::StatusCode>(99)), "99");
}

}  // namespace
}  // namespace partner::client
