// Checks over the wire: one at a time, in batches, explained, and the two
// lists.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/sync_stream.h"
#include "gtest/gtest.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "tests/rpc/rpc_fixture.h"

namespace partner::server {
namespace {

class AccessTest : public RpcTest {
 protected:
  void SetUp() override {
    RpcTest::SetUp();
    MakeProvider("owner");
    MakeReseller("r");
  }
  v1::GrantAdminRelationshipResponse Grant(const std::string& customer,
                                           const std::string& delegate,
                                           const std::string& service) {
    const std::string name =
        absl::StrCat("programs/global/customers/", customer);
    return Do<v1::GrantAdminRelationshipRequest,
              v1::GrantAdminRelationshipResponse>(
        "AdminRelationshipService/GrantAdminRelationship",
        absl::StrCat(Options(), "parent: '", name,
                     "' delegate: 'programs/global/partners/", delegate,
                     "' kind: ADMIN_KIND_BROAD duties: ADMIN_DUTY_SUPPORT "
                     "duties: ADMIN_DUTY_PROVISIONING scope { ",
                     service, " }"),
        AsCustomerAdmin(name));
  }
  static std::string Query(const std::string& partner,
                           const std::string& customer) {
    return absl::StrCat("partner: 'programs/global/partners/", partner,
                        "' customer: 'programs/global/customers/", customer,
                        "' permission: 'order' ");
  }
  v1::CheckAccessResponse Check(const std::string& partner,
                                const std::string& customer,
                                const std::string& more = "") {
    return Do<v1::CheckAccessRequest, v1::CheckAccessResponse>(
        "AccessService/CheckAccess",
        absl::StrCat("query { ", Query(partner, customer), " } ", more));
  }

  // Every message of a stream; the status into `ended`.
  std::vector<v1::ListAdministeredCustomersResponse> Stream(
      const std::string& request, Ended* ended,
      const CallerMetadata& caller = As("operators/me")) {
    grpc::ClientContext context;
    for (const auto& [key, value] : caller) context.AddMetadata(key, value);
    std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
            channel_.get(),
            grpc::internal::RpcMethod(
                "/partner.hierarchy.v1.AccessService/"
                "ListAdministeredCustomers",
                grpc::internal::RpcMethod::SERVER_STREAMING),
            &context,
            ToBuffer(Parse<v1::ListAdministeredCustomersRequest>(request)
                         .SerializeAsString())));
    std::vector<v1::ListAdministeredCustomersResponse> messages;
    grpc::ByteBuffer message;
    while (reader->Read(&message)) {
      EXPECT_TRUE(messages.emplace_back().ParseFromString(ToString(message)));
    }
    *ended = Decode(reader->Finish());
    return messages;
  }
};

TEST_F(AccessTest, AnswersAndExplains) {
  MakeCustomer("owner", "c");
  const auto yes = Check("owner", "c");
  EXPECT_EQ(yes.decision().verdict(), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(yes.max_cache_age().seconds(), 5);
  const auto no = Check("r", "c");
  EXPECT_EQ(no.decision().verdict(), v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(no.decision().reason(), v1::ACCESS_REASON_NOT_OWNER);
  const auto why = Do<v1::ExplainAccessRequest, v1::ExplainAccessResponse>(
      "AccessService/ExplainAccess",
      absl::StrCat("query { ", Query("r", "c"), " }"));
  EXPECT_EQ(why.decision().reason(), v1::ACCESS_REASON_NOT_OWNER);
  EXPECT_GT(why.conditions_size(), 0);
}

TEST_F(AccessTest, AnswersAtARevision) {
  MakeCustomer("owner", "c");
  const auto granted = Grant("c", "r", "all_services: true");
  const std::int64_t revision = granted.result().revision().number();
  Check(
      "owner", "c",
      absl::StrCat("read_options { min_revision { number: ", revision, " } }"));
  const auto query = [&](const std::string& more) {
    return absl::StrCat(
        "query { partner: 'programs/global/partners/r' customer: "
        "'programs/global/customers/c' permission: 'open_tickets' } ",
        more);
  };
  const auto verdict_at = [&](std::int64_t at) {
    const auto response = Do<v1::CheckAccessRequest, v1::CheckAccessResponse>(
        "AccessService/CheckAccess",
        query(absl::StrCat("read_options { exact_revision { number: ", at,
                           " } }")));
    EXPECT_EQ(response.revision().number(), at);
    return response.decision().verdict();
  };
  EXPECT_EQ(verdict_at(revision), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(verdict_at(revision - 1), v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(Refused<v1::CheckAccessRequest>(
                "AccessService/CheckAccess",
                query("read_options { read_time { seconds: 1600000000 } }"))
                .reason(),
            "READ_OPTION_INVALID");
  const auto past =
      Do<v1::ListAdministratorsRequest, v1::ListAdministratorsResponse>(
          "AccessService/ListAdministrators",
          absl::StrCat("customer: 'programs/global/customers/c' "
                       "read_options { exact_revision { number: ",
                       revision - 1, " } }"));
  EXPECT_EQ(past.administrators_size(), 0);
  Restart();
  // Memory begins at the newest revision again: the store answers.
  EXPECT_EQ(verdict_at(revision), v1::ACCESS_VERDICT_ALLOWED);
  EXPECT_EQ(verdict_at(revision - 1), v1::ACCESS_VERDICT_DENIED);
  EXPECT_EQ(Refused<v1::CheckAccessRequest>(
                "AccessService/CheckAccess",
                query("read_options { exact_revision { number: 2 } }"))
                .reason(),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Refused<v1::CheckAccessRequest>(
                "AccessService/CheckAccess",
                query("read_options { exact_revision { number: 1000 } }"))
                .reason(),
            "REVISION_AHEAD");
  // Nobody can load the customers of a partner.
  Ended ended;
  Stream(
      "partner: 'programs/global/partners/r' "
      "read_options { exact_revision { number: 2 } }",
      &ended);
  EXPECT_EQ(ended.reason(), "SNAPSHOT_EXPIRED");
  Stream(
      "partner: 'programs/global/partners/r' "
      "read_options { read_time { seconds: 1600000000 } }",
      &ended);
  EXPECT_EQ(ended.reason(), "READ_OPTION_INVALID");
}

TEST_F(AccessTest, BatchesAnswerAboutThePast) {
  MakeCustomer("owner", "c");
  Grant("c", "r", "all_services: true");
  const std::int64_t known = Check("r", "c").revision().number();
  const auto end = Do<v1::RevokeAllAdminRelationshipsRequest,
                      v1::RevokeAllAdminRelationshipsResponse>(
      "AdminRelationshipService/RevokeAllAdminRelationships",
      absl::StrCat(Options(), "parent: 'programs/global/customers/c'"),
      AsCustomerAdmin("programs/global/customers/c"));
  Restart();
  v1::BatchCheckAccessRequest request;
  request.set_parent("programs/global");
  for (const char* partner : {"r", "owner", "r"}) {
    v1::AccessQuery* query = request.add_queries();
    *query = Parse<v1::AccessQuery>(Query(partner, "c"));
    query->set_permission("open_tickets");
  }
  request.mutable_queries(2)->set_customer("programs/global/customers/none");
  const auto verdicts = [&](std::int64_t revision, const char* caller) {
    request.mutable_read_options()->mutable_exact_revision()->set_number(
        revision);
    v1::BatchCheckAccessResponse response;
    EXPECT_TRUE(
        Call("AccessService/BatchCheckAccess", request, &response, As(caller))
            .ok());
    std::vector<std::string> texts;
    for (const v1::BatchAccessResult& result : response.results()) {
      texts.push_back(
          result.has_error()
              ? v1::ErrorReason_Name(result.error().reason())
              : v1::AccessVerdict_Name(result.decision().verdict()));
    }
    return texts;
  };
  const std::vector<std::string> then = {"ACCESS_VERDICT_ALLOWED",
                                         "ACCESS_VERDICT_DENIED",
                                         "ERROR_REASON_RESOURCE_NOT_FOUND"};
  EXPECT_EQ(verdicts(known, "operators/me"), then);
  const std::vector<std::string> now = {"ACCESS_VERDICT_DENIED",
                                        "ACCESS_VERDICT_DENIED",
                                        "ERROR_REASON_RESOURCE_NOT_FOUND"};
  EXPECT_EQ(verdicts(end.result().revision().number(), "operators/me"), now);
  // Rights are those of now: the owner never worked through this reseller.
  const std::vector<std::string> owners = {"ERROR_REASON_CHECK_NOT_YOURS",
                                           "ACCESS_VERDICT_DENIED",
                                           "ERROR_REASON_RESOURCE_NOT_FOUND"};
  EXPECT_EQ(verdicts(known, "programs/global/partners/owner"), owners);
}

TEST_F(AccessTest, PagesOfThePastGoOnAfterARestart) {
  MakeReseller("r2");
  MakeCustomer("owner", "c");
  Grant("c", "r", "services: 'programs/global/services/exchange-online'");
  Grant("c", "r2", "services: 'programs/global/services/sharepoint-online'");
  const std::string request =
      "customer: 'programs/global/customers/c' page_size: 1 ";
  const auto list = [this](const std::string& text) {
    return Do<v1::ListAdministratorsRequest, v1::ListAdministratorsResponse>(
        "AccessService/ListAdministrators", text);
  };
  const auto first = list(request);
  Do<v1::RevokeAllAdminRelationshipsRequest,
     v1::RevokeAllAdminRelationshipsResponse>(
      "AdminRelationshipService/RevokeAllAdminRelationships",
      absl::StrCat(Options(), "parent: 'programs/global/customers/c'"),
      AsCustomerAdmin("programs/global/customers/c"));
  Restart();
  const auto second = list(
      absl::StrCat(request, "page_token: '", first.next_page_token(), "'"));
  ASSERT_EQ(second.administrators_size(), 1);
  EXPECT_EQ(second.administrators(0).delegate(), "programs/global/partners/r2");
  EXPECT_TRUE(second.administrators(0).effective());
  EXPECT_EQ(second.revision().number(), first.revision().number());
  EXPECT_EQ(
      Refused<v1::ListAdministratorsRequest>(
          "AccessService/ListAdministrators",
          absl::StrCat(request, "at { seconds: 1600000000 } page_token: '",
                       first.next_page_token(), "'"))
          .reason(),
      "PAGE_TOKEN_MISMATCH");
}

TEST_F(AccessTest, AsksAboutNoMomentBeforeTheProgram) {
  MakeCustomer("owner", "c");
  const Ended ended = Refused<v1::CheckAccessRequest>(
      "AccessService/CheckAccess",
      absl::StrCat("query { ", Query("owner", "c"), " } at { seconds: 0 }"));
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(ended.reason(), "BEFORE_PROGRAM");
  EXPECT_EQ(ended.info.metadata().at("begin_time"), "2017-03-30T00:00:00Z");
}

TEST_F(AccessTest, BatchesAnswerEachQuestion) {
  MakeCustomer("owner", "c");
  v1::BatchCheckAccessRequest request;
  request.set_parent("programs/global");
  for (int i = 0; i < 200; ++i) {
    *request.add_queries() = Parse<v1::AccessQuery>(
        Query(i % 2 == 0 ? "owner" : "r", i % 5 == 0 ? "none" : "c"));
  }
  v1::BatchCheckAccessResponse response;
  ASSERT_TRUE(Call("AccessService/BatchCheckAccess", request, &response).ok());
  ASSERT_EQ(response.results_size(), 200);
  for (int i = 0; i < 200; ++i) {
    const v1::BatchAccessResult& result = response.results(i);
    if (i % 5 == 0) {
      EXPECT_EQ(result.error().reason(), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
    } else {
      EXPECT_EQ(result.decision().verdict(), i % 2 == 0
                                                 ? v1::ACCESS_VERDICT_ALLOWED
                                                 : v1::ACCESS_VERDICT_DENIED);
    }
  }
  for (int i = 0; i < 801; ++i) {
    *request.add_queries() = request.queries(0);
  }
  EXPECT_EQ(Call("AccessService/BatchCheckAccess", request, &response)
                .status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AccessTest, ListsAdministratorsInPages) {
  MakeReseller("r2");
  MakeCustomer("owner", "c");
  Grant("c", "r", "services: 'programs/global/services/exchange-online'");
  Grant("c", "r2", "services: 'programs/global/services/sharepoint-online'");
  const std::string request = "customer: 'programs/global/customers/c' ";
  const auto list = [this](const std::string& text) {
    return Do<v1::ListAdministratorsRequest, v1::ListAdministratorsResponse>(
        "AccessService/ListAdministrators", text);
  };
  const auto first = list(absl::StrCat(request, "page_size: 1"));
  ASSERT_EQ(first.administrators_size(), 1);
  EXPECT_EQ(first.administrators(0).delegate(), "programs/global/partners/r");
  const auto second = list(absl::StrCat(request, "page_size: 1 page_token: '",
                                        first.next_page_token(), "'"));
  ASSERT_EQ(second.administrators_size(), 1);
  EXPECT_EQ(second.administrators(0).delegate(), "programs/global/partners/r2");
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_EQ(Refused<v1::ListAdministratorsRequest>(
                "AccessService/ListAdministrators",
                absl::StrCat("customer: 'programs/global/customers/none' "
                             "page_token: '",
                             first.next_page_token(), "'"))
                .reason(),
            "PAGE_TOKEN_MISMATCH");
}

TEST_F(AccessTest, StreamsAdministeredCustomersWithCursors) {
  for (int i = 0; i < 5; ++i) {
    MakeCustomer("owner", absl::StrCat("c", i));
    Grant(absl::StrCat("c", i), "r", "all_services: true");
  }
  const std::string request = "partner: 'programs/global/partners/r' ";
  Ended ended;
  const auto all = Stream(request, &ended);
  EXPECT_TRUE(ended.ok());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].customers_size(), 5);
  const auto pairs = Stream(absl::StrCat(request, "batch_size: 2"), &ended);
  EXPECT_TRUE(ended.ok());
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[2].customers_size(), 1);
  EXPECT_EQ(pairs[0].revision().number(), pairs[2].revision().number());
  const auto rest = Stream(
      absl::StrCat(request, "cursor: '", pairs[0].cursor(), "'"), &ended);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].customers_size(), 3);
  EXPECT_EQ(rest[0].customers(0).customer(), pairs[1].customers(0).customer());

  Stream(absl::StrCat(request, "cursor: 'junk'"), &ended);
  EXPECT_EQ(ended.reason(), "PAGE_TOKEN_INVALID");
  Stream(absl::StrCat(request, "batch_size: 1001"), &ended);
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  Stream("partner: 'programs/global/partners/none'", &ended);
  EXPECT_EQ(ended.status.error_code(), grpc::StatusCode::NOT_FOUND);
  const auto empty =
      Stream("partner: 'programs/global/partners/owner'", &ended);
  EXPECT_TRUE(ended.ok());
  ASSERT_EQ(empty.size(), 1u);
  EXPECT_GT(empty[0].revision().number(), 0);
}

}  // namespace
}  // namespace partner::server
