#include "server/ops/server.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "server/base/log.h"
#include "server/ops/library_logs.h"
#include "server/ops/reflection.h"
#include "server/ops/transport.h"
#include "server/rpc/evaluate_policy.h"
#include "server/rpc/list.h"

namespace partner::server {
namespace {

constexpr absl::Duration kDrainPoll = absl::Milliseconds(5);
// How long nobody new must have called, and how long that is waited for.
constexpr absl::Duration kQuiet = absl::Milliseconds(100);
constexpr absl::Duration kQuietLimit = absl::Seconds(1);
// For the last answers to leave, after every call has ended.
constexpr std::chrono::milliseconds kFlushTime{500};

std::unique_ptr<Clock> MakeClock(const Config& config) {
  if (!config.test_clock) return std::make_unique<SystemClock>();
  return std::make_unique<TestClock>(SystemClock().Now());
}

std::vector<PublishedLimit> PublishedLimits(const Config& config) {
  std::vector<PublishedLimit> limits = {
      {"page_size_max", kPageSizeMax, "items", ""},
      {"rows_examined_max", kRowsExaminedMax, "rows", ""},
      {"facts_examined_max", kFactsPerPageMax, "facts", ""},
      {"page_bytes_max", static_cast<std::int64_t>(kPageBytesMax), "bytes", ""},
      {"answer_bytes_max", kSendBytesMax, "bytes", ""},
      {"metadata_bytes_max", kMetadataBytesMax, "bytes", ""},
      {"unary_time_max", absl::ToInt64Seconds(ServiceMethods::kUnaryTimeMax),
       "seconds", ""},
      {"list_time_max", absl::ToInt64Seconds(ServiceMethods::kListTimeMax),
       "seconds", ""},
      {"stream_time_max", absl::ToInt64Seconds(ServiceMethods::kStreamTimeMax),
       "seconds", ""},
  };
  for (const Setting& setting : Settings()) {
    if (setting.unit == nullptr) continue;
    limits.push_back({absl::StrReplaceAll(setting.name, {{"-", "_"}}),
                      config.*setting.number, setting.unit,
                      absl::StrCat("--", setting.name)});
  }
  return limits;
}

}  // namespace

Server::Server(const Config& config)
    : config_(config),
      clock_(MakeClock(config)),
      admission_({.unary = static_cast<int>(config.in_flight_unary_max),
                  .lists = static_cast<int>(config.in_flight_list_max),
                  .streams = static_cast<int>(config.in_flight_stream_max)}) {
  if (config.test_clock) test_clock_ = static_cast<TestClock*>(clock_.get());
}

Server::~Server() { Shutdown(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Config& config) {
  RouteLibraryLogs();
  CalmLibraryLocks();
  absl::Status status = CheckConfig(config);
  if (!status.ok()) return status;
  std::unique_ptr<Server> server(new Server(config));
  status = server->OpenBackend();
  if (status.ok()) status = server->MakeServices();
  if (status.ok()) status = server->Listen();
  if (status.ok()) status = server->WriteReadyFile();
  if (!status.ok()) return status;
  return server;
}

absl::Status Server::OpenBackend() {
  auto policies = LoadPolicies(config_);
  if (!policies.ok()) return policies.status();
  policies_ = *std::move(policies);
  auto stores = OpenEngines(config_, clock_.get(), *policies_,
                            [this](const std::string& program, bool writable) {
                              health_.SetWritable(program, writable);
                            });
  if (!stores.ok()) return stores.status();
  stores_ = *std::move(stores);
  backend_ = {clock_.get(), policies_.get(), &stores_.engines};
  pool_ = std::make_unique<ReadPool>();
  serving_ = {
      .backend = &backend_,
      .admission = &admission_,
      .pool = pool_.get(),
      .streams = &streams_,
      .message_bytes_max = static_cast<std::size_t>(config_.message_bytes_max),
      .slow_call = absl::Milliseconds(config_.slow_call_ms)};
  facts_.start_time = clock_->Now();
  facts_.limits = PublishedLimits(config_);
  facts_.admission = &admission_;
  return absl::OkStatus();
}

absl::Status Server::MakeServices() {
  std::vector<std::unique_ptr<ServiceMethods>> all;
  for (auto* make : {&PartnerMethods, &PartnershipMethods, &CustomerMethods,
                     &InvitationMethods, &ResellerRelationshipMethods,
                     &AdminRelationshipMethods, &HierarchyMethods,
                     &AccessMethods, &PolicyMethods}) {
    all.push_back(make(&backend_));
  }
  all.push_back(AdminMethods(&backend_, &facts_));
  if (test_clock_ != nullptr) all.push_back(TestClockMethods(test_clock_));
  for (std::unique_ptr<ServiceMethods>& methods : all) {
    absl::StatusOr<std::unique_ptr<RawService>> service =
        RawService::Create(&serving_, std::move(methods));
    if (!service.ok()) return service.status();
    for (const Method* method : (*service)->methods()) {
      facts_.methods.push_back(method);
    }
    services_.push_back(*std::move(service));
  }
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  grpc::EnableDefaultHealthCheckService(true);
  if (config_.reflection) {
    const absl::Status status = LoadReflection();
    if (!status.ok()) return status;
  }
  grpc::ServerBuilder builder;
  SetTransportLimits(config_, &builder);
  std::vector<std::string> names;
  for (const std::unique_ptr<RawService>& service : services_) {
    builder.RegisterService(service.get());
    names.push_back(service->name());
  }
  auto listener = Listener::Open(config_.listen);
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  std::shared_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor =
      builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::
              FROM_FD,
          grpc::InsecureServerCredentials());
  grpc_ = builder.BuildAndStart();
  if (grpc_ == nullptr) {
    return absl::UnavailableError("listen: gRPC does not start");
  }
  addresses_ = listener_->addresses();
  health_.Attach(grpc_->GetHealthCheckService(), names);
  listener_->Start([acceptor](int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
        connection;
    connection.fd = fd;
    acceptor->HandleNewConnection(&connection);
  });
  return absl::OkStatus();
}

std::string Server::ReadyLine() const {
  return nlohmann::json{{"ready", true}, {"addresses", addresses_}}.dump();
}

absl::Status Server::WriteReadyFile() const {
  if (config_.ready_file.empty()) return absl::OkStatus();
  // Whoever waits for the file must find it whole.
  const std::string draft = absl::StrCat(config_.ready_file, ".new");
  {
    std::ofstream file(draft);
    file << ReadyLine() << "\n";
    if (!file.flush()) {
      return absl::UnavailableError(
          absl::StrCat("ready-file: cannot write ", draft));
    }
  }
  if (std::rename(draft.c_str(), config_.ready_file.c_str()) != 0) {
    return absl::UnavailableError(
        absl::StrCat("ready-file: cannot write ", config_.ready_file));
  }
  return absl::OkStatus();
}

void Server::Shutdown() {
  if (grpc_ == nullptr) return;
  health_.EndAll();
  admission_.StartDraining();
  for (const auto& [program, engine] : stores_.engines) engine->Drain();
  WaitForCalls();
  listener_->Stop();
  // Health watchers never end by themselves, so this ends at its deadline when
  // there are any.
  grpc_->Shutdown(std::chrono::system_clock::now() + kFlushTime);
  grpc_->Wait();
  grpc_.reset();
  if (!config_.ready_file.empty()) std::remove(config_.ready_file.c_str());
}

void Server::WaitForCalls() const {
  const absl::Time limit = absl::Now() + absl::Seconds(config_.drain_seconds);
  while (admission_.in_flight() > 0 && absl::Now() < limit) {
    absl::SleepFor(kDrainPoll);
  }
  // gRPC cancels what comes while it ends: whoever calls all the time is to
  // hear from us first that the server stops.
  const absl::Time quiet_limit = std::min(limit, absl::Now() + kQuietLimit);
  absl::Time quiet_since = absl::Now();
  std::int64_t heard = admission_.turned_away();
  while (absl::Now() < std::min(quiet_since + kQuiet, quiet_limit)) {
    absl::SleepFor(kDrainPoll);
    if (heard == admission_.turned_away()) continue;
    heard = admission_.turned_away();
    quiet_since = absl::Now();
  }
}

}  // namespace partner::server
