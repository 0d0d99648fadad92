// Many clients at once over the wire, each writing down what it called and was
// answered and when; afterwards the whole must be what one client after another
// could have been answered.

#include "tests/history/history.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/customer_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "server/base/mutex.h"
#include "tests/support/server_process.h"
#include "tests/wire/wire_caller.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kClients = 8;
constexpr int kOps = 1000;
constexpr int kCustomers = 3;
constexpr int kResellers = 3;
constexpr const char* kServices[] = {"exchange-online", "sharepoint-online",
                                     "dynamics-crm"};
const Caller kOperator{"operators/history", false};

std::string ServiceNamed(int service) {
  return absl::StrCat("programs/global/services/", kServices[service]);
}
std::string CustomerNamed(int customer) {
  return absl::StrCat("programs/global/customers/c", customer);
}
std::string PartnerNamed(int delegate) {
  return absl::StrCat("programs/global/partners/r", delegate);
}

std::string NewRequestId() {
  static std::atomic<int> number{0};
  return absl::StrFormat("30000000-0000-4000-8000-%012d", ++number);
}

std::int64_t Now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

SeenAdmin See(const v1::AdminRelationship& admin) {
  SeenAdmin seen;
  seen.active = admin.state() == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE;
  for (const std::string& name : admin.scope().services()) {
    for (int i = 0; i < static_cast<int>(std::size(kServices)); ++i) {
      if (name == ServiceNamed(i)) seen.services.insert(i);
    }
  }
  return seen;
}

class History : public testing::Test {
 protected:
  using Random = std::mt19937;

  void SetUp() override {
    ASSERT_TRUE(server_.Start().ok()) << server_.Log();
    ASSERT_NO_FATAL_FAILURE(Found());
  }
  void Found();
  // Calls and notes when; the answer must be of type T.
  template <class T>
  std::unique_ptr<T> Call(const WireCaller& wire, const char* method,
                          const google::protobuf::Message& request,
                          const Caller& caller, Op* op);
  void Client(int client, Random random);
  void Do(const WireCaller& wire, Op* op);
  void Grant(const WireCaller& wire, Op* op);
  void Terminate(const WireCaller& wire, Op* op);
  void Invite(const WireCaller& wire, Op* op);
  void Check(const WireCaller& wire, Op* op);
  void Get(const WireCaller& wire, Op* op);

  struct Known {
    int customer;
    int delegate;
    std::string name;
  };

  ServerProcess server_{
      {.program = PARTNERD_PATH, .flags = {"--programs", "global"}}};
  std::int64_t base_ = 0;
  // The newest revision answered to anybody.
  std::atomic<std::int64_t> answered_{0};
  server::Mutex mutex_;
  std::vector<Op> ops_ ABSL_GUARDED_BY(mutex_);
  std::vector<Known> known_ ABSL_GUARDED_BY(mutex_);
};

template <class T>
std::unique_ptr<T> History::Call(const WireCaller& wire, const char* method,
                                 const google::protobuf::Message& request,
                                 const Caller& caller, Op* op) {
  op->begin = Now();
  Answer answer = wire.Call(*WireCaller::FindMethod(method), request, caller);
  op->end = Now();
  if (!answer.ok()) {
    op->refused_by = answer.error.reason;
    EXPECT_NE(answer.error.reason, v1::ERROR_REASON_UNSPECIFIED)
        << method << ": " << answer.error.message;
    return nullptr;
  }
  return std::unique_ptr<T>(static_cast<T*>(answer.message.release()));
}

void History::Found() {
  const WireCaller wire(server_.address());
  const auto must = [&wire](const char* method,
                            const google::protobuf::Message& request) {
    const Answer answer =
        wire.Call(*WireCaller::FindMethod(method), request, kOperator);
    ASSERT_TRUE(answer.ok()) << answer.error.message;
  };
  for (int i = 0; i <= kResellers; ++i) {
    v1::CreatePartnerRequest request;
    request.mutable_options()->set_request_id(NewRequestId());
    request.set_parent("programs/global");
    request.set_partner_id(absl::StrCat("r", i));
    request.mutable_partner()->set_display_name("R");
    request.mutable_partner()->set_country("FR");
    request.mutable_partner()->set_tenant_id(NewRequestId());
    // The last one is a provider.
    request.add_enrollments(i == kResellers
                                ? v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER
                                : v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
    ASSERT_NO_FATAL_FAILURE(must("PartnerService.CreatePartner", request));
  }
  for (int i = 0; i < kCustomers; ++i) {
    v1::CreateCustomerRequest request;
    request.mutable_options()->set_request_id(NewRequestId());
    request.set_parent("programs/global");
    request.set_customer_id(absl::StrCat("c", i));
    request.mutable_customer()->set_display_name("C");
    request.mutable_customer()->set_domain(absl::StrCat("c", i, ".example"));
    request.mutable_customer()->set_country("FR");
    request.mutable_customer()->set_tenant_id(NewRequestId());
    ASSERT_NO_FATAL_FAILURE(must("CustomerService.CreateCustomer", request));
  }
  Op op{.kind = OpKind::kInvite};
  const auto status = Call<v1::GetStatusResponse>(
      wire, "AdminService.GetStatus", v1::GetStatusRequest(), kOperator, &op);
  ASSERT_NE(status, nullptr);
  base_ = status->programs(0).revision().number();
  answered_ = base_;
}

void History::Grant(const WireCaller& wire, Op* op) {
  v1::GrantAdminRelationshipRequest request;
  request.mutable_options()->set_request_id(NewRequestId());
  request.set_parent(CustomerNamed(op->customer));
  request.set_delegate(PartnerNamed(op->delegate));
  request.set_kind(v1::ADMIN_KIND_BROAD);
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  request.mutable_scope()->add_services(ServiceNamed(op->service));
  const auto answer = Call<v1::GrantAdminRelationshipResponse>(
      wire, "AdminRelationshipService.GrantAdminRelationship", request,
      {CustomerNamed(op->customer), true}, op);
  if (answer == nullptr) return;
  op->revision = answer->result().revision().number();
  op->name = answer->admin_relationship().name();
  op->admin = See(answer->admin_relationship());
  server::MutexLock lock(&mutex_);
  known_.push_back({op->customer, op->delegate, op->name});
}

void History::Terminate(const WireCaller& wire, Op* op) {
  v1::TerminateAdminRelationshipRequest request;
  request.mutable_options()->set_request_id(NewRequestId());
  request.set_name(op->name);
  const auto answer = Call<v1::TerminateAdminRelationshipResponse>(
      wire, "AdminRelationshipService.TerminateAdminRelationship", request,
      {CustomerNamed(op->customer), true}, op);
  if (answer == nullptr) return;
  op->revision = answer->result().revision().number();
  op->admin = See(answer->admin_relationship());
}

void History::Invite(const WireCaller& wire, Op* op) {
  v1::CreateInvitationRequest request;
  request.mutable_options()->set_request_id(NewRequestId());
  request.set_parent(PartnerNamed(kResellers));
  request.mutable_invitation();
  const auto answer = Call<v1::CreateInvitationResponse>(
      wire, "InvitationService.CreateInvitation", request, kOperator, op);
  if (answer != nullptr) op->revision = answer->result().revision().number();
}

void History::Check(const WireCaller& wire, Op* op) {
  v1::CheckAccessRequest request;
  request.mutable_query()->set_partner(PartnerNamed(op->delegate));
  request.mutable_query()->set_permission("open_tickets");
  request.mutable_query()->set_customer(CustomerNamed(op->customer));
  request.mutable_query()->set_service(ServiceNamed(op->service));
  if (op->min_revision > 0) {
    request.mutable_read_options()->mutable_min_revision()->set_number(
        op->min_revision);
  }
  const auto answer = Call<v1::CheckAccessResponse>(
      wire, "AccessService.CheckAccess", request, kOperator, op);
  if (answer == nullptr) return;
  op->revision = answer->revision().number();
  op->allowed = answer->decision().verdict() == v1::ACCESS_VERDICT_ALLOWED;
}

void History::Get(const WireCaller& wire, Op* op) {
  v1::GetAdminRelationshipRequest request;
  request.set_name(op->name);
  if (op->min_revision > 0) {
    request.mutable_read_options()->mutable_min_revision()->set_number(
        op->min_revision);
  }
  const auto answer = Call<v1::GetAdminRelationshipResponse>(
      wire, "AdminRelationshipService.GetAdminRelationship", request, kOperator,
      op);
  if (answer == nullptr) return;
  op->revision = answer->revision().number();
  op->admin = See(answer->admin_relationship());
}

void History::Do(const WireCaller& wire, Op* op) {
  switch (op->kind) {
    case OpKind::kGrant:
      return Grant(wire, op);
    case OpKind::kTerminate:
      return Terminate(wire, op);
    case OpKind::kInvite:
      return Invite(wire, op);
    case OpKind::kCheck:
      return Check(wire, op);
    case OpKind::kGet:
      return Get(wire, op);
  }
}

void History::Client(int client, Random random) {
  const WireCaller wire(server_.address());
  std::vector<Op> ops;
  while (static_cast<int>(ops.size()) < kOps) {
    const std::uint32_t die = random() % 10;
    Op op{.kind = die < 2   ? OpKind::kGrant
                  : die < 4 ? OpKind::kTerminate
                  : die < 5 ? OpKind::kInvite
                  : die < 8 ? OpKind::kCheck
                            : OpKind::kGet};
    op.client = client;
    op.customer = static_cast<int>(random() % kCustomers);
    op.delegate = static_cast<int>(random() % kResellers);
    op.service = static_cast<int>(random() % std::size(kServices));
    if (op.kind == OpKind::kTerminate || op.kind == OpKind::kGet) {
      server::MutexLock lock(&mutex_);
      if (known_.empty()) continue;
      // One of the newest, so that others are at it too.
      const std::size_t back =
          random() % std::min<std::size_t>(known_.size(), 6);
      const Known& known = known_[known_.size() - 1 - back];
      op.customer = known.customer;
      op.delegate = known.delegate;
      op.name = known.name;
    }
    if (op.is_read() && random() % 2 == 0) op.min_revision = answered_;
    Do(wire, &op);
    std::int64_t newest = answered_;
    while (op.revision > newest &&
           !answered_.compare_exchange_weak(newest, op.revision)) {
    }
    ops.push_back(std::move(op));
  }
  server::MutexLock lock(&mutex_);
  ops_.insert(ops_.end(), ops.begin(), ops.end());
}

TEST_F(History, IsWhatOneAfterAnotherCouldHaveSeen) {
  const char* given = std::getenv("PARTNER_SEED");
  const unsigned seed = given != nullptr
                            ? static_cast<unsigned>(std::atoi(given))
                            : std::random_device()();
  std::printf("PARTNER_SEED=%u\n", seed);
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([this, i, seed] {
      Client(i, Random(seed + static_cast<unsigned>(i)));
    });
  }
  for (std::thread& client : clients) client.join();
  server::MutexLock lock(&mutex_);
  int writes = 0;
  int reads = 0;
  for (const Op& op : ops_) {
    if (op.is_write()) ++writes;
    if (op.is_read()) ++reads;
  }
  std::printf("writes %d refused %d reads %d\n", writes,
              static_cast<int>(ops_.size()) - writes - reads, reads);
  EXPECT_GT(writes, 100);
  std::vector<std::string> problems = CheckHistory(ops_, base_);
  const std::size_t count = problems.size();
  if (problems.size() > 5) problems.resize(5);
  EXPECT_THAT(problems, IsEmpty()) << count << " problems";
  EXPECT_EQ(server_.Terminate(), 0) << server_.Log();
}

// --- The check itself finds what it is for. --------------------------------

Op Granted(std::int64_t revision, std::int64_t begin, std::int64_t end) {
  Op op{.kind = OpKind::kGrant};
  op.name = "a";
  op.begin = begin;
  op.end = end;
  op.revision = revision;
  op.admin = {true, {0}};
  return op;
}

Op Checked(std::int64_t revision, std::int64_t begin, std::int64_t end,
           bool allowed) {
  Op op{.kind = OpKind::kCheck};
  op.begin = begin;
  op.end = end;
  op.revision = revision;
  op.allowed = allowed;
  return op;
}

Op Invited(std::int64_t revision, std::int64_t begin, std::int64_t end) {
  Op op{.kind = OpKind::kInvite};
  op.begin = begin;
  op.end = end;
  op.revision = revision;
  return op;
}

TEST(CheckHistory, TakesWhatIsInOrder) {
  Op again = Granted(0, 30, 40);
  again.refused_by = v1::ERROR_REASON_ALREADY_GRANTED;
  EXPECT_THAT(
      CheckHistory({Checked(1, 1, 11, false), Granted(2, 10, 20),
                    Checked(2, 12, 15, true), Invited(3, 21, 25),
                    Checked(3, 26, 30, true), Checked(3, 31, 32, true), again},
                   1),
      IsEmpty());
}

TEST(CheckHistory, FindsWhatIsNot) {
  const auto problems = [](std::vector<Op> ops) {
    return testing::PrintToString(CheckHistory(std::move(ops), 1));
  };
  EXPECT_THAT(problems({Invited(3, 1, 2)}), HasSubstr("not of revision 2"));
  EXPECT_THAT(problems({Invited(3, 1, 2), Invited(2, 3, 4)}),
              HasSubstr("before one of an earlier revision was called"));
  // Answered before visible.
  EXPECT_THAT(problems({Granted(2, 10, 20), Checked(1, 21, 22, false)}),
              HasSubstr("misses revision 2"));
  EXPECT_THAT(problems({Granted(2, 10, 20), Checked(2, 5, 9, true)}),
              HasSubstr("sees the future"));
  EXPECT_THAT(problems({Granted(2, 10, 20), Checked(2, 11, 13, true),
                        Checked(1, 14, 15, false)}),
              HasSubstr("older than one before it"));
  EXPECT_THAT(problems({Granted(2, 10, 20), Checked(2, 11, 22, false)}),
              HasSubstr("is not what revisions 2 to 2 give"));
  EXPECT_THAT(problems({Granted(2, 10, 20), Granted(3, 11, 21)}),
              HasSubstr("should be ERROR_REASON_ALREADY_GRANTED"));
  Op refused = Granted(0, 1, 5);
  refused.refused_by = v1::ERROR_REASON_ALREADY_GRANTED;
  EXPECT_THAT(problems({refused, Granted(2, 10, 20)}),
              HasSubstr("is not what revisions 1 to 1 give"));
  Op old = Checked(2, 11, 22, true);
  old.min_revision = 3;
  EXPECT_THAT(problems({Granted(2, 10, 20), old}), HasSubstr("asked for"));
}

}  // namespace
}  // namespace partner::test
