// The error exit: standard details, at most 2 KiB whatever the refusal holds.

#include "server/rpc/error_exit.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

using hierarchy::MakeViolation;
using hierarchy::Refusal;

Refusal WithBlockers(int count, const std::string& text) {
  Refusal refusal;
  for (int i = 0; i < count; ++i) {
    refusal.violations.push_back(MakeViolation(
        v1::ERROR_REASON_STILL_REFERENCED, "D13", "",
        absl::StrCat("programs/global/customers/", i), text, text));
  }
  return refusal;
}

bool IsUtf8(const std::string& text) {
  v1::ErrorInfo info;
  info.set_reason(text);
  v1::ErrorInfo copy;
  return copy.ParseFromString(info.SerializeAsString());
}

TEST(ErrorExit, SendsTheFirstEightBlockersOfAThousand) {
  const Ended ended = Decode(ToStatus(WithBlockers(1000, "Still used")));
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ended.status.error_message(), "Still used. Still used");
  EXPECT_EQ(ended.reason(), "STILL_REFERENCED");
  EXPECT_EQ(ended.info.metadata().at("blockers_total"), "1000");
  EXPECT_EQ(ended.info.metadata().at("see_all"), "validate_only lists all");
  EXPECT_EQ(ended.info.metadata().at("rule"), "D13");
  v1::PreconditionFailure failure;
  ASSERT_TRUE(ended.Find(&failure));
  ASSERT_EQ(failure.violations_size(), 8);
  EXPECT_EQ(failure.violations(7).subject(), "programs/global/customers/7");
  EXPECT_EQ(failure.violations(7).type(), "STILL_REFERENCED");
}

TEST(ErrorExit, NeedsNoHintForEightBlockers) {
  const Ended ended = Decode(ToStatus(WithBlockers(8, "Still used.")));
  EXPECT_EQ(ended.info.metadata().count("see_all"), 0u);
}

TEST(ErrorExit, FitsWhateverIsInIt) {
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "\u20ac";
    return text;
  }();
  for (int blockers : {1, 2, 8, 9, 1000}) {
    SCOPED_TRACE(blockers);
    Refusal refusal = WithBlockers(blockers, euros);
    for (v1::Violation& violation : refusal.violations) {
      violation.set_subject(euros);
      violation.set_rule(euros);
    }
    for (int i = 0; i < 100; ++i) {
      refusal.metadata[absl::StrCat(euros, i)] = euros;
    }
    refusal.resource = euros;
    refusal.retry_after = absl::Milliseconds(1500);
    // Decode expects the size and the ErrorInfo.
    const Ended ended = Decode(ToStatus(refusal));
    EXPECT_TRUE(IsUtf8(ended.status.error_message()));
    EXPECT_EQ(ended.info.metadata().at("blockers_total"),
              absl::StrCat(blockers));
    v1::RetryInfo retry;
    ASSERT_TRUE(ended.Find(&retry));
    EXPECT_EQ(retry.retry_delay().seconds(), 1);
    EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  }
}

TEST(ErrorExit, NamesTheFieldsOfMalformedRequests) {
  Refusal refusal = hierarchy::BadField(v1::ERROR_REASON_FIELD_REQUIRED,
                                        "partner.country", "Missing.", "Fill.");
  const Ended ended = Decode(ToStatus(refusal));
  v1::BadRequest bad;
  ASSERT_TRUE(ended.Find(&bad));
  ASSERT_EQ(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "partner.country");
}

TEST(ErrorExit, NamesTheMissingResource) {
  const Ended ended =
      Decode(ToStatus(hierarchy::NotFound("programs/global/partners/x")));
  v1::ResourceInfo info;
  ASSERT_TRUE(ended.Find(&info));
  EXPECT_EQ(info.resource_name(), "programs/global/partners/x");
  EXPECT_EQ(info.resource_type(), "partner.hierarchy.v1.Partner");
}

TEST(ErrorExit, NamesNoMissingResourceWhenAnotherClassWins) {
  hierarchy::Refusal refusal = hierarchy::BadField(
      v1::ERROR_REASON_SELF_RELATIONSHIP, "reseller", "itself", "another");
  refusal.resource = "programs/global/partners/x";
  v1::ResourceInfo info;
  EXPECT_FALSE(Decode(ToStatus(refusal)).Find(&info));
}

TEST(ErrorExit, EveryReasonHasACodeAndDetails) {
  const auto* reasons = v1::ErrorReason_descriptor();
  for (int i = 1; i < reasons->value_count(); ++i) {
    SCOPED_TRACE(reasons->value(i)->name());
    const auto reason =
        static_cast<v1::ErrorReason>(reasons->value(i)->number());
    const Ended ended =
        Decode(ToStatus(hierarchy::RefuseWith(reason, "Wrong.", "Right it.")));
    EXPECT_NE(ended.status.error_code(), grpc::StatusCode::OK);
    EXPECT_NE(ended.status.error_code(), grpc::StatusCode::UNKNOWN);
    EXPECT_EQ("ERROR_REASON_" + ended.reason(), reasons->value(i)->name());
    v1::RetryInfo retry;
    EXPECT_EQ(ended.Find(&retry),
              ended.status.error_code() == grpc::StatusCode::UNAVAILABLE);
  }
}

TEST(ErrorExit, HidesWhatTheStoreSaid) {
  const Ended lost =
      Decode(ToStatus(RefusalOfStore(absl::DataLossError("page 7"))));
  EXPECT_EQ(lost.status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(lost.reason(), "STORED_BODY_DAMAGED");
  const Ended away =
      Decode(ToStatus(RefusalOfStore(absl::UnavailableError("disk"))));
  EXPECT_EQ(away.reason(), "STORE_UNAVAILABLE");
  const Ended bug =
      Decode(ToStatus(RefusalOfStore(absl::InternalError("secret"))));
  EXPECT_EQ(bug.status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(bug.reason(), "INTERNAL_ERROR");
  EXPECT_EQ(bug.status.error_message().find("secret"), std::string::npos);
  EXPECT_EQ(bug.info.metadata().at("trace_id").size(), 16u);
}

TEST(Shorten, CutsBeforeACharacter) {
  EXPECT_EQ(Shorten("abc", 3), "abc");
  EXPECT_EQ(Shorten("abcdef", 5), "ab\u2026");
  EXPECT_EQ(Shorten("a\u20ac\u20ac\u20ac", 9), "a\u20ac\u2026");
  EXPECT_EQ(Shorten("a\u20ac\u20ac\u20ac", 10), "a\u20ac\u20ac\u20ac");
  EXPECT_EQ(Shorten("\u20ac\u20ac", 4), "\u2026");
}

}  // namespace
}  // namespace partner::server
