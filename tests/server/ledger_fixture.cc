#include "tests/server/ledger_fixture.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace partner::server {
namespace {

constexpr absl::string_view kProgram = "programs/global";

std::int64_t NextNumber() {
  static std::atomic<std::int64_t> number{0};
  return ++number;
}

// A UUID no other call makes in this process.
std::string NewUuid(absl::string_view prefix) {
  return absl::StrFormat("%s-0000-7000-8000-%012x", prefix, NextNumber());
}

template <typename Request>
Request NewRequest() {
  Request request;
  request.mutable_options()->set_request_id(NewRequestId());
  return request;
}

const hierarchy::CommandSpec* SpecOf(const google::protobuf::Message& request) {
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    if (spec.request->GetDescriptor() == request.GetDescriptor()) return &spec;
  }
  return nullptr;
}

}  // namespace

Principal Operator() {
  return {Principal::Kind::kOperator, "operators/op", false};
}

Principal PartnerPrincipal(absl::string_view id) {
  return {Principal::Kind::kPartner, PartnerNamed(id), false};
}

Principal CustomerPrincipal(absl::string_view id) {
  return {Principal::Kind::kCustomer, CustomerNamed(id), true};
}

std::string PartnerNamed(absl::string_view id) {
  return hierarchy::PartnerName("global", id);
}

std::string CustomerNamed(absl::string_view id) {
  return hierarchy::CustomerName("global", id);
}

std::string NewRequestId() { return NewUuid("abcdef00"); }

v1::CreatePartnerRequest CreatePartner(absl::string_view id,
                                       v1::EnrollmentType enrollment) {
  auto request = NewRequest<v1::CreatePartnerRequest>();
  request.set_parent(std::string(kProgram));
  request.set_partner_id(std::string(id));
  request.mutable_partner()->set_display_name(absl::StrCat("Partner ", id));
  request.mutable_partner()->set_country("DE");
  request.mutable_partner()->set_tenant_id(NewUuid("11111111"));
  request.add_enrollments(enrollment);
  return request;
}

v1::CreatePartnerRequest CreateProvider(absl::string_view id) {
  return CreatePartner(id, v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
}

v1::CreatePartnerRequest CreateReseller(absl::string_view id) {
  return CreatePartner(id, v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
}

v1::UpdatePartnerRequest RenamePartner(absl::string_view id,
                                       absl::string_view display_name) {
  auto request = NewRequest<v1::UpdatePartnerRequest>();
  request.mutable_partner()->set_name(PartnerNamed(id));
  request.mutable_partner()->set_display_name(std::string(display_name));
  request.mutable_update_mask()->add_paths("display_name");
  return request;
}

v1::CreateCustomerRequest CreateCustomer(absl::string_view id) {
  auto request = NewRequest<v1::CreateCustomerRequest>();
  request.set_parent(std::string(kProgram));
  request.set_customer_id(std::string(id));
  request.mutable_customer()->set_display_name(absl::StrCat("Customer ", id));
  request.mutable_customer()->set_domain(absl::StrCat(id, ".example"));
  request.mutable_customer()->set_country("DE");
  request.mutable_customer()->set_tenant_id(NewUuid("22222222"));
  return request;
}

v1::CreatePartnershipRequest CreatePartnership(absl::string_view provider,
                                               absl::string_view reseller) {
  auto request = NewRequest<v1::CreatePartnershipRequest>();
  request.set_parent(std::string(kProgram));
  request.set_provider(PartnerNamed(provider));
  request.set_reseller(PartnerNamed(reseller));
  return request;
}

v1::CreateInvitationRequest CreateInvitation(absl::string_view provider,
                                             v1::AdminOffer offer) {
  auto request = NewRequest<v1::CreateInvitationRequest>();
  request.set_parent(PartnerNamed(provider));
  request.mutable_invitation()->set_audience(
      v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS);
  request.mutable_invitation()->set_admin_offer(offer);
  return request;
}

v1::AcceptInvitationRequest AcceptInvitation(absl::string_view customer,
                                             absl::string_view token) {
  auto request = NewRequest<v1::AcceptInvitationRequest>();
  request.set_parent(std::string(kProgram));
  request.set_token(std::string(token));
  *request.mutable_new_customer() = CreateCustomer(customer).customer();
  return request;
}

v1::GrantAdminRelationshipRequest Grant(absl::string_view customer,
                                        absl::string_view delegate) {
  auto request = NewRequest<v1::GrantAdminRelationshipRequest>();
  request.set_parent(CustomerNamed(customer));
  request.set_delegate(PartnerNamed(delegate));
  request.set_kind(v1::ADMIN_KIND_BROAD);
  request.add_duties(v1::ADMIN_DUTY_PROVISIONING);
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  request.mutable_scope()->set_all_services(true);
  request.set_replace_overlapping(true);
  return request;
}

PendingCommand MakeCommand(const google::protobuf::Message& request,
                           Principal principal, std::promise<Outcome> outcome) {
  PendingCommand command;
  command.spec = SpecOf(request);
  command.principal = std::move(principal);
  command.request.reset(request.New());
  command.request->CopyFrom(request);
  command.bytes = request.ByteSizeLong();
  // A second call of `done` would throw in set_value and end the test.
  command.done = [outcome = std::move(outcome)](CommandOutcome how) mutable {
    Outcome out;
    if (auto* refusal = std::get_if<hierarchy::Refusal>(&how)) {
      out.refusal = std::move(*refusal);
    } else {
      out.response =
          std::move(std::get<std::unique_ptr<google::protobuf::Message>>(how));
    }
    outcome.set_value(std::move(out));
  };
  return command;
}

LedgerTest::LedgerTest() {
  auto policies =
      hierarchy::PolicyLibrary::Load(hierarchy::PolicyLibrary::EmbeddedFiles());
  EXPECT_TRUE(policies.ok()) << policies.status();
  policies_ = *std::move(policies);
  sqlite_.path = directory_.File("global.db");
  sqlite_.create = true;
  options_.program = "global";
  options_.clock = &clock_;
  options_.policies = policies_.get();
  options_.log = [this](absl::string_view line) {
    MutexLock lock(&mutex_);
    log_.emplace_back(line);
  };
}

void LedgerTest::Open() {
  const absl::Status status = TryOpen();
  ASSERT_TRUE(status.ok()) << status;
}

absl::Status LedgerTest::TryOpen() {
  Close();
  auto store = OpenSqliteStore(sqlite_);
  if (!store.ok()) return store.status();
  auto layer = std::make_unique<StoreLayer>(*std::move(store));
  layer_ = layer.get();
  auto engine = Engine::Open(options_, std::move(layer));
  if (!engine.ok()) return engine.status();
  engine_ = *std::move(engine);
  return absl::OkStatus();
}

std::future<Outcome> LedgerTest::Start(const google::protobuf::Message& request,
                                       Principal principal) {
  std::promise<Outcome> promise;
  std::future<Outcome> outcome = promise.get_future();
  engine_->Submit(
      MakeCommand(request, std::move(principal), std::move(promise)));
  return outcome;
}

Outcome LedgerTest::Run(const google::protobuf::Message& request,
                        Principal principal) {
  return Start(request, std::move(principal)).get();
}

std::int64_t LedgerTest::MustRun(const google::protobuf::Message& request,
                                 Principal principal) {
  const Outcome outcome = Run(request, std::move(principal));
  if (!outcome.ok()) {
    ADD_FAILURE() << request.ShortDebugString() << "\n"
                  << outcome.refusal->violations.front().ShortDebugString();
    return 0;
  }
  return outcome.revision();
}

void LedgerTest::GoRound() {
  // The second is taken after everything that follows the first.
  for (int i = 0; i < 2; ++i) Run(DryRun(CreateProvider("nobody")));
}

LedgerTest::Hold::Hold(LedgerTest* test) {
  std::promise<void> held;
  PendingCommand command =
      MakeCommand(DryRun(CreateProvider("nobody")), Operator(), {});
  command.done = [&held, release = release_.get_future()](CommandOutcome) {
    held.set_value();
    release.wait();
  };
  test->engine_->Submit(std::move(command));
  held.get_future().wait();
}

void LedgerTest::Hold::Release() {
  if (!released_) release_.set_value();
  released_ = true;
}

void LedgerTest::MakePartners() {
  MustRun(CreateProvider("north"));
  MustRun(CreateReseller("reno"));
  const Outcome created = Run(CreatePartnership("north", "reno"));
  ASSERT_TRUE(created.ok());
  MustRun(ByName<v1::AcceptPartnershipRequest>(
      created.As<v1::CreatePartnershipResponse>().partnership().name()));
}

std::string LedgerTest::MakeInvitation(v1::AdminOffer offer) {
  const Outcome created = Run(CreateInvitation("north", offer));
  EXPECT_TRUE(created.ok());
  if (!created.ok()) return "";
  return created.As<v1::CreateInvitationResponse>().invitation().token();
}

std::vector<std::string> LedgerTest::Describe(std::int64_t revision) const {
  std::vector<std::string> lines;
  EXPECT_TRUE(engine_->ReadGraph(revision, [&](const hierarchy::Graph& graph) {
    lines = graph.Describe(revision);
  }));
  return lines;
}

std::unique_ptr<Store> LedgerTest::OpenStore() const {
  auto store = OpenSqliteStore(sqlite_);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

std::vector<std::string> LedgerTest::Verify() {
  Close();
  const std::unique_ptr<Store> store = OpenStore();
  if (store == nullptr) return {"no store"};
  auto problems = VerifyStore("global", *policies_, store.get());
  if (!problems.ok()) return {std::string(problems.status().message())};
  return *std::move(problems);
}

std::string LedgerTest::FileBytes() const {
  std::ostringstream bytes;
  for (const char* suffix : {"", "-wal"}) {
    const std::string path = absl::StrCat(sqlite_.path, suffix);
    if (!std::filesystem::exists(path)) continue;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
  }
  return bytes.str();
}

std::vector<std::string> LedgerTest::log() const {
  MutexLock lock(&mutex_);
  return log_;
}

}  // namespace partner::server
