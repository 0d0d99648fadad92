// Goal: what every call of the library does: identity, deadline, request id,
// retries only where they are safe, streams and pages. Method: a server in this
// process that answers as each test says and remembers what it was asked.

#include "client/partner_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "client/request_id.h"
#include "partner/hierarchy/v1/access_service.grpc.pb.h"
#include "partner/hierarchy/v1/error_details.pb.h"
#include "partner/hierarchy/v1/partner_service.grpc.pb.h"
#include "partner/hierarchy/v1/test_clock_service.grpc.pb.h"
#include "tests/client/fake_server.h"

namespace partner::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using Partners = v1::PartnerService::Stub;

constexpr char kName[] = "programs/global/partners/contoso";

ClientOptions QuickOptions() {
  ClientOptions options;
  options.retry.backoff_initial = milliseconds(1);
  options.retry.backoff_max = milliseconds(4);
  return options;
}

PartnerClient ClientOf(const FakeServer& server,
                       ClientOptions options = QuickOptions()) {
  return PartnerClient::Connect(server.address(), std::move(options));
}

v1::GetPartnerRequest GetRequest() {
  v1::GetPartnerRequest request;
  request.set_name(kName);
  return request;
}

v1::SuspendPartnerRequest SuspendRequest() {
  v1::SuspendPartnerRequest request;
  request.set_name(kName);
  return request;
}

FakeServer::Reply Unavailable() {
  return FakeServer::Fail(grpc::StatusCode::UNAVAILABLE, "Draining.");
}

// Answers UNAVAILABLE `failures` times, then what `then` says.
FakeServer::Script FailFirst(int failures, FakeServer::Reply then) {
  return [left = std::make_shared<int>(failures),
          then = std::move(then)](const FakeServer::Call&) {
    return (*left)-- > 0 ? Unavailable() : then;
  };
}

v1::GetPartnerResponse Contoso() {
  v1::GetPartnerResponse response;
  response.mutable_partner()->set_name(kName);
  response.mutable_revision()->set_number(7);
  return response;
}

TEST(PartnerClient, CallReturnsTheAnswer) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });

  const auto answer =
      ClientOf(server).Call(&Partners::GetPartner, GetRequest());

  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->partner().name(), kName);
  ASSERT_THAT(server.calls(), SizeIs(1));
  EXPECT_EQ(server.calls()[0].method,
            "/partner.hierarchy.v1.PartnerService/GetPartner");
  EXPECT_EQ(server.calls()[0].As<v1::GetPartnerRequest>().name(), kName);
}

TEST(PartnerClient, SendsTheIdentity) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });
  ClientOptions options = QuickOptions();
  options.principal = "programs/global/customers/adatum";
  options.customer_admin = true;

  ASSERT_TRUE(
      ClientOf(server, options).Call(&Partners::GetPartner, GetRequest()).ok());

  const auto metadata = server.calls()[0].metadata;
  EXPECT_THAT(metadata,
              testing::Contains(Pair("partner-principal",
                                     "programs/global/customers/adatum")));
  EXPECT_THAT(metadata,
              testing::Contains(Pair("partner-customer-admin", "true")));
}

TEST(PartnerClient, SendsNoIdentityUnasked) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });

  ASSERT_TRUE(ClientOf(server).Call(&Partners::GetPartner, GetRequest()).ok());

  EXPECT_EQ(server.calls()[0].metadata.count("partner-principal"), 0U);
  EXPECT_EQ(server.calls()[0].metadata.count("partner-customer-admin"), 0U);
}

TEST(PartnerClient, AnIdentityThatCannotBeSentIsAnError) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });
  for (const std::string& identity :
       {std::string("operators/\xc3\xa9"), std::string("operators/a\tb"),
        std::string("operators/a\nb"), std::string("operators/\x7f"),
        std::string("operators/a\0b", 13)}) {
    ClientOptions options = QuickOptions();
    options.principal = identity;
    const PartnerClient client = ClientOf(server, options);

    const auto answer = client.Call(&Partners::GetPartner, GetRequest());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(answer.error().message, HasSubstr("printable ASCII"));

    const auto write = client.Call(&Partners::SuspendPartner, SuspendRequest());
    ASSERT_FALSE(write.ok());
    // Nothing was sent, so there is nothing to find out.
    EXPECT_THAT(write.error().request_id, IsEmpty());
  }
  EXPECT_THAT(server.calls(), IsEmpty());
}

TEST(PartnerClient, ATargetThatIsNoAddressIsAnError) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });
  for (const std::string& target :
       {std::string(), server.address() + "\n", "\t" + server.address()}) {
    const auto answer = PartnerClient::Connect(target, QuickOptions())
                            .Call(&Partners::GetPartner, GetRequest());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(answer.error().message, HasSubstr("address"));
  }
  EXPECT_THAT(server.calls(), IsEmpty());
}

TEST(PartnerClient, GivesAWriteARequestId) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(v1::SuspendPartnerResponse());
  });

  ASSERT_TRUE(
      ClientOf(server).Call(&Partners::SuspendPartner, SuspendRequest()).ok());

  EXPECT_THAT(
      server.calls()[0].As<v1::SuspendPartnerRequest>().options().request_id(),
      SizeIs(36));
}

TEST(PartnerClient, KeepsTheCallersRequestId) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(v1::SuspendPartnerResponse());
  });
  v1::SuspendPartnerRequest request = SuspendRequest();
  request.mutable_options()->set_request_id("mine");

  ASSERT_TRUE(ClientOf(server).Call(&Partners::SuspendPartner, request).ok());

  EXPECT_EQ(
      server.calls()[0].As<v1::SuspendPartnerRequest>().options().request_id(),
      "mine");
}

TEST(PartnerClient, GivesADryRunNoRequestId) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(v1::SuspendPartnerResponse());
  });
  v1::SuspendPartnerRequest request = SuspendRequest();
  request.mutable_options()->set_validate_only(true);

  ASSERT_TRUE(ClientOf(server).Call(&Partners::SuspendPartner, request).ok());

  EXPECT_THAT(
      server.calls()[0].As<v1::SuspendPartnerRequest>().options().request_id(),
      IsEmpty());
}

TEST(Retry, AReadIsRepeatedUntilItSucceeds) {
  FakeServer server(FailFirst(3, FakeServer::Answer(Contoso())));

  const auto answer =
      ClientOf(server).Call(&Partners::GetPartner, GetRequest());

  EXPECT_TRUE(answer.ok());
  EXPECT_THAT(server.calls(), SizeIs(4));
}

TEST(Retry, GivesUpAfterFourAttempts) {
  FakeServer server([](const FakeServer::Call&) { return Unavailable(); });

  const auto answer =
      ClientOf(server).Call(&Partners::GetPartner, GetRequest());

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(server.calls(), SizeIs(4));
}

TEST(Retry, EveryAttemptOfAWriteCarriesTheSameRequestId) {
  FakeServer server(
      FailFirst(2, FakeServer::Answer(v1::SuspendPartnerResponse())));

  ASSERT_TRUE(
      ClientOf(server).Call(&Partners::SuspendPartner, SuspendRequest()).ok());

  std::set<std::string> ids;
  for (const FakeServer::Call& call : server.calls()) {
    ids.insert(call.As<v1::SuspendPartnerRequest>().options().request_id());
  }
  EXPECT_THAT(server.calls(), SizeIs(3));
  EXPECT_THAT(ids, SizeIs(1));
  EXPECT_THAT(*ids.begin(), Not(IsEmpty()));
}

TEST(Retry, OtherCodesAreNotRepeated) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::ABORTED, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::NOT_FOUND}) {
    SCOPED_TRACE(CodeName(code));
    FakeServer server(
        [code](const FakeServer::Call&) { return FakeServer::Fail(code, ""); });

    const auto answer =
        ClientOf(server).Call(&Partners::GetPartner, GetRequest());

    EXPECT_EQ(answer.error().code, code);
    EXPECT_THAT(server.calls(), SizeIs(1));
  }
}

TEST(Retry, WhatIsNeitherReadNorWriteWithIdIsNotRepeated) {
  FakeServer server([](const FakeServer::Call&) { return Unavailable(); });

  const auto answer = ClientOf(server).Call(
      &v1::TestClockService::Stub::AdvanceClock, v1::AdvanceClockRequest());

  EXPECT_FALSE(answer.ok());
  EXPECT_THAT(server.calls(), SizeIs(1));
}

TEST(Retry, WaitsAsLongAsTheServerAsks) {
  v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(80'000'000);
  v1::Status status;
  status.set_code(14);
  auto* any = status.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  retry.SerializeToString(any->mutable_value());
  std::atomic<int> calls{0};
  FakeServer server([&](const FakeServer::Call&) {
    return calls++ == 0 ? FakeServer::Fail(grpc::StatusCode::UNAVAILABLE,
                                           "Busy.", status.SerializeAsString())
                        : FakeServer::Answer(Contoso());
  });

  const auto start = std::chrono::steady_clock::now();
  const auto answer =
      ClientOf(server).Call(&Partners::GetPartner, GetRequest());

  EXPECT_TRUE(answer.ok());
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(80));
}

TEST(Retry, StopsWhenTheDeadlineWouldPass) {
  FakeServer server([](const FakeServer::Call&) { return Unavailable(); });
  ClientOptions options = QuickOptions();
  options.timeout = std::chrono::seconds(5);
  options.retry.backoff_initial = std::chrono::seconds(60);
  options.retry.backoff_max = std::chrono::seconds(60);

  const auto answer =
      ClientOf(server, options).Call(&Partners::GetPartner, GetRequest());

  EXPECT_EQ(answer.error().code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(server.calls(), SizeIs(1));
}

TEST(Retry, ALimitOfCenturiesIsNoLimit) {
  FakeServer server(
      [](const FakeServer::Call&) { return FakeServer::Answer(Contoso()); });
  for (const std::chrono::hours limit : {std::chrono::hours(24 * 200'000),
                                         std::chrono::hours(24 * 20'000'000)}) {
    CallOptions options;
    options.timeout = limit;
    EXPECT_TRUE(ClientOf(server)
                    .Call(&Partners::GetPartner, GetRequest(), options)
                    .ok());
  }
}

TEST(Retry, NobodyListeningIsUnavailableAndNamesTheRequestId) {
  ClientOptions options = QuickOptions();
  const auto answer =
      PartnerClient::Connect("unix:/nonexistent/socket", options)
          .Call(&Partners::SuspendPartner, SuspendRequest());
  EXPECT_EQ(answer.error().code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(answer.error().request_id, SizeIs(36));
}

TEST(IsRepeatable, ReadsDryRunsAndWritesWithAnId) {
  v1::SuspendPartnerRequest write;
  EXPECT_FALSE(IsRepeatable(write));
  write.mutable_options()->set_request_id(NewRequestId());
  EXPECT_TRUE(IsRepeatable(write));
  write.mutable_options()->clear_request_id();
  write.mutable_options()->set_validate_only(true);
  EXPECT_TRUE(IsRepeatable(write));
  EXPECT_TRUE(IsRepeatable(v1::ListPartnersRequest()));
  EXPECT_TRUE(IsRepeatable(v1::ExplainAccessRequest()));
  EXPECT_FALSE(IsRepeatable(v1::AdvanceClockRequest()));
}

// Pages [a, b], [], [c] under tokens "", "1", "2".
FakeServer::Reply PageOf(const FakeServer::Call& call) {
  const std::string token = call.As<v1::ListPartnersRequest>().page_token();
  v1::ListPartnersResponse page;
  if (token.empty()) {
    page.add_partners()->set_name("a");
    page.add_partners()->set_name("b");
    page.set_next_page_token("1");
  } else if (token == "1") {
    page.set_next_page_token("2");
  } else {
    page.add_partners()->set_name("c");
  }
  return FakeServer::Answer(page);
}

TEST(PagedList, VisitsAllItemsAlsoAfterAnEmptyPage) {
  FakeServer server(PageOf);
  v1::ListPartnersRequest request;
  request.set_parent("programs/global");

  auto list = ClientOf(server).List(
      &Partners::ListPartners, &v1::ListPartnersResponse::partners, request);
  std::vector<std::string> names;
  for (const v1::Partner& partner : list) names.push_back(partner.name());

  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(list.error().ok());
  ASSERT_THAT(server.calls(), SizeIs(3));
  EXPECT_EQ(server.calls()[2].As<v1::ListPartnersRequest>().parent(),
            "programs/global");
}

TEST(PagedList, AFailedPageEndsTheListWithItsError) {
  FakeServer server([](const FakeServer::Call& call) {
    return call.As<v1::ListPartnersRequest>().page_token().empty()
               ? PageOf(call)
               : FakeServer::Fail(grpc::StatusCode::PERMISSION_DENIED, "No.");
  });

  auto list = ClientOf(server).List(&Partners::ListPartners,
                                    &v1::ListPartnersResponse::partners,
                                    v1::ListPartnersRequest());
  std::vector<std::string> names;
  for (const v1::Partner& partner : list) names.push_back(partner.name());

  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_EQ(list.error().code, grpc::StatusCode::PERMISSION_DENIED);
}

TEST(PagedList, AnEmptyListHasNoItems) {
  FakeServer server([](const FakeServer::Call&) {
    return FakeServer::Answer(v1::ListPartnersResponse());
  });
  auto list = ClientOf(server).List(&Partners::ListPartners,
                                    &v1::ListPartnersResponse::partners,
                                    v1::ListPartnersRequest());
  EXPECT_TRUE(list.begin() == list.end());
  EXPECT_TRUE(list.error().ok());
}

FakeServer::Reply CustomerStream(grpc::Status status) {
  FakeServer::Reply reply;
  for (const char* name : {"a", "b", "c"}) {
    v1::ListAdministeredCustomersResponse message;
    message.add_customers()->set_customer(name);
    reply.messages.push_back(message.SerializeAsString());
  }
  reply.status = std::move(status);
  return reply;
}

TEST(Stream, ShowsEveryMessage) {
  FakeServer server(
      [](const FakeServer::Call&) { return CustomerStream(grpc::Status::OK); });
  std::vector<std::string> names;

  const Error error = ClientOf(server).Stream(
      &v1::AccessService::Stub::ListAdministeredCustomers,
      v1::ListAdministeredCustomersRequest(),
      {[&](const v1::ListAdministeredCustomersResponse& message) {
        names.push_back(message.customers(0).customer());
        return true;
      }});

  EXPECT_TRUE(error.ok()) << error.message;
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST(Stream, StopsWhenTheVisitorHasEnough) {
  FakeServer server(
      [](const FakeServer::Call&) { return CustomerStream(grpc::Status::OK); });
  int seen = 0;

  const Error error = ClientOf(server).Stream(
      &v1::AccessService::Stub::ListAdministeredCustomers,
      v1::ListAdministeredCustomersRequest(),
      {[&](const v1::ListAdministeredCustomersResponse&) {
        return ++seen < 2;
      }});

  EXPECT_TRUE(error.ok());
  EXPECT_EQ(seen, 2);
}

TEST(Stream, IsNotRepeatedOnceSomethingArrived) {
  FakeServer server([](const FakeServer::Call&) {
    return CustomerStream(grpc::Status(grpc::StatusCode::UNAVAILABLE, "Bye."));
  });
  int seen = 0;

  const Error error = ClientOf(server).Stream(
      &v1::AccessService::Stub::ListAdministeredCustomers,
      v1::ListAdministeredCustomersRequest(),
      {[&](const v1::ListAdministeredCustomersResponse&) {
        ++seen;
        return true;
      }});

  EXPECT_EQ(error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(seen, 3);
  EXPECT_THAT(server.calls(), SizeIs(1));
}

TEST(CallMethod, CallsByDescriptor) {
  FakeServer server(FailFirst(1, FakeServer::Answer(Contoso())));
  v1::GetPartnerRequest request = GetRequest();
  v1::GetPartnerResponse response;

  const Error error =
      ClientOf(server).CallMethod(*v1::GetPartnerRequest::descriptor()
                                       ->file()
                                       ->service(0)
                                       ->FindMethodByName("GetPartner"),
                                  &request, &response);

  EXPECT_TRUE(error.ok()) << error.message;
  EXPECT_EQ(response.partner().name(), kName);
  EXPECT_THAT(server.calls(), SizeIs(2));
}

TEST(StreamMethod, StreamsByDescriptor) {
  FakeServer server([](const FakeServer::Call&) {
    return CustomerStream(
        grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "Too old."));
  });
  v1::ListAdministeredCustomersRequest request;
  v1::ListAdministeredCustomersResponse message;
  std::vector<std::string> names;

  const Error error = ClientOf(server).StreamMethod(
      *v1::CheckAccessRequest::descriptor()
           ->file()
           ->service(0)
           ->FindMethodByName("ListAdministeredCustomers"),
      &request, &message, [&] {
        names.push_back(message.customers(0).customer());
        return true;
      });

  EXPECT_EQ(error.code, grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace partner::client
