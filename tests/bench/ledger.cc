#include "tests/bench/ledger.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/bench/population.h"

namespace partner::bench {
namespace {

using hierarchy::Principal;

constexpr int kInFlightMax = 1024;
constexpr std::uint32_t kRequestIds = 0xb0000000;

}  // namespace

Principal OperatorPrincipal() {
  return {Principal::Kind::kOperator, "operators/bench", false};
}

Principal PartnerPrincipal(const std::string& name) {
  return {Principal::Kind::kPartner, name, false};
}

Principal CustomerPrincipal(const std::string& name) {
  return {Principal::Kind::kCustomer, name, true};
}

Ledger::Ledger(const std::string& path, server::Clock* clock,
               const Wrap& wrap) {
  policies_ = Must("policies", hierarchy::PolicyLibrary::Load(
                                   hierarchy::PolicyLibrary::EmbeddedFiles()));
  server::SqliteOptions sqlite;
  sqlite.path = path;
  sqlite.create = true;
  auto store = Must("store", server::OpenSqliteStore(sqlite));
  if (wrap) store = wrap(std::move(store));
  server::Engine::Options options;
  options.program = "global";
  options.clock = clock;
  options.policies = policies_.get();
  options.log = [](absl::string_view line) {
    std::fprintf(stderr, "%s\n", std::string(line).c_str());
  };
  engine_ = Must("engine",
                 server::Engine::Open(std::move(options), std::move(store)));
}

Ledger::~Ledger() {
  Flush();
  engine_.reset();
}

void Ledger::Send(const google::protobuf::Message& request,
                  const Principal& principal, Done done) {
  WaitFor(kInFlightMax - 1);
  server::PendingCommand command;
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    if (spec.request->GetDescriptor() == request.GetDescriptor()) {
      command.spec = &spec;
    }
  }
  command.principal = principal;
  command.request.reset(request.New());
  command.request->CopyFrom(request);
  const google::protobuf::FieldDescriptor* options =
      request.GetDescriptor()->FindFieldByName("options");
  static_cast<hierarchy::v1::MutationOptions*>(
      command.request->GetReflection()->MutableMessage(command.request.get(),
                                                       options))
      ->set_request_id(Uuid(kRequestIds, ++requests_));
  command.bytes = command.request->ByteSizeLong();
  command.done = [this, done = std::move(done)](server::CommandOutcome how) {
    if (auto* refusal = std::get_if<hierarchy::Refusal>(&how)) {
      Die("refused", refusal->violations.front().ShortDebugString());
    }
    if (done) {
      done(*std::get<std::unique_ptr<google::protobuf::Message>>(how));
    }
    server::MutexLock lock(&mutex_);
    --in_flight_;
    answered_.Signal();
  };
  {
    server::MutexLock lock(&mutex_);
    ++in_flight_;
  }
  engine_->Submit(std::move(command));
}

void Ledger::WaitFor(int in_flight) {
  server::MutexLock lock(&mutex_);
  while (in_flight_ > in_flight) answered_.Wait(&mutex_);
}

void Die(absl::string_view what, absl::string_view why) {
  std::fprintf(stderr, "partner_bench: %s: %s\n", std::string(what).c_str(),
               std::string(why).c_str());
  std::_Exit(1);
}

std::string StorePath(const std::string& directory) {
  return absl::StrCat(directory, "/global.db");
}

}  // namespace partner::bench
