#include "tests/model/product.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>
#include <variant>

#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/invitations.h"
#include "server/ledger/past.h"
#include "server/ledger/rebuild.h"
#include "server/storage/sqlite/sqlite_store.h"

namespace partner::model {
namespace {

using google::protobuf::Message;

// A test cannot go on without these.
template <typename Value>
Value Must(absl::StatusOr<Value> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

// The documents at the newest revision.
class NewestDocuments : public hierarchy::Documents {
 public:
  NewestDocuments(server::StoreReader* reader, std::int64_t revision)
      : reader_(reader), revision_(revision) {}

  absl::StatusOr<std::optional<std::string>> Get(
      hierarchy::Kind kind, absl::string_view name) const override {
    auto found = reader_->Get(kind, name, revision_);
    if (!found.ok()) return found.status();
    if (!found->has_value()) return std::optional<std::string>();
    return std::optional<std::string>((*found)->body);
  }
  absl::Status List(
      hierarchy::Kind, absl::string_view,
      const std::function<void(absl::string_view, absl::string_view)>&)
      const override {
    return absl::UnimplementedError("looking up lists nothing");
  }
  absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) const override {
    return reader_->FindUnique(key);
  }

 private:
  server::StoreReader* const reader_;
  const std::int64_t revision_;
};

const hierarchy::CommandSpec& SpecOf(const Message& request) {
  for (const hierarchy::CommandSpec& spec : hierarchy::Commands()) {
    if (spec.request->GetDescriptor() == request.GetDescriptor()) return spec;
  }
  std::abort();
}

}  // namespace

hierarchy::Principal PrincipalOf(const Caller& caller) {
  using Kind = hierarchy::Principal::Kind;
  switch (caller.kind) {
    case Caller::Kind::kOperator:
      return {Kind::kOperator, caller.name, false};
    case Caller::Kind::kAuditor:
      return {Kind::kAuditor, caller.name, false};
    case Caller::Kind::kPartner:
      return {Kind::kPartner, caller.name, false};
    default:
      return {Kind::kCustomer, caller.name, caller.admin};
  }
}

absl::Time Product::Start() {
  return absl::FromUnixSeconds(1546300800);  // 2019-01-01.
}

const hierarchy::PolicyLibrary& Product::Policies() {
  static const hierarchy::PolicyLibrary* const policies =
      Must(hierarchy::PolicyLibrary::Load(
               hierarchy::PolicyLibrary::EmbeddedFiles()))
          .release();
  return *policies;
}

Product::Product(const std::string& program)
    : program_(program), clock_(Start()) {
  server::SqliteOptions sqlite;
  sqlite.path = directory_.File("store.db");
  sqlite.create = true;
  sqlite.cache_bytes = std::int64_t{1} << 20;
  server::Engine::Options options;
  options.program = program;
  options.clock = &clock_;
  options.policies = &Policies();
  options.log = [](absl::string_view) {};
  engine_ = Must(server::Engine::Open(options, Must(OpenSqliteStore(sqlite))));
  reader_ = Must(engine_->OpenReader());
}

Product::~Product() {
  reader_.reset();
  engine_.reset();
}

Answer Product::Send(const Caller& caller, const Message& request) {
  Answer answer;
  std::vector<v1::Violation> wrong = hierarchy::CheckForm(request);
  if (!wrong.empty()) {
    answer.malformed = true;
    answer.refusal.emplace().violations = hierarchy::WinningClass(wrong);
    return answer;
  }
  server::PendingCommand command;
  command.spec = &SpecOf(request);
  command.principal = PrincipalOf(caller);
  command.request.reset(request.New());
  command.request->CopyFrom(request);
  command.bytes = request.ByteSizeLong();
  std::promise<server::CommandOutcome> promise;
  std::future<server::CommandOutcome> future = promise.get_future();
  command.done = [&promise](server::CommandOutcome outcome) {
    promise.set_value(std::move(outcome));
  };
  engine_->Submit(std::move(command));
  server::CommandOutcome outcome = future.get();
  if (auto* refusal = std::get_if<hierarchy::Refusal>(&outcome)) {
    answer.refusal = std::move(*refusal);
  } else {
    answer.response = std::move(std::get<std::unique_ptr<Message>>(outcome));
  }
  return answer;
}

void Product::Look(
    const std::function<void(const hierarchy::AccessView&)>& look) {
  const std::int64_t revision = engine_->visible();
  const absl::Time moment = engine_->present();
  const hierarchy::EditionInForce edition =
      engine_->EditionAt(revision, moment);
  const bool held =
      engine_->ReadGraph(revision, [&](const hierarchy::Graph& graph) {
        look({&graph, revision, edition.edition, edition.until, moment});
      });
  if (!held) std::abort();
}

void Product::LookBack(
    absl::Time moment, const std::vector<std::string>& partners,
    const std::vector<std::string>& customers,
    const std::function<void(const hierarchy::AccessView&)>& look) {
  const std::int64_t known = engine_->visible();
  server::PastReader reader(
      reader_.get(), Must(server::FindPast(reader_.get(), known, moment)),
      moment, {});
  server::PastGraph past(program_, Policies().CatalogueOf(program_), &reader);
  const auto must = [](const absl::Status& status) {
    if (!status.ok()) std::abort();
  };
  for (const std::string& name : partners) must(past.AddPartner(name));
  for (const std::string& name : customers) must(past.AddCustomer(name));
  look({&past.graph(), known, engine_->EditionAt(known, moment).edition,
        absl::InfiniteFuture(), moment});
}

std::variant<v1::LookupInvitationResponse, v1::ErrorReason> Product::LookUp(
    const std::string& token) {
  const NewestDocuments documents(reader_.get(), engine_->visible());
  auto found = hierarchy::LookUpInvitation(documents, engine_->tokens(),
                                           program_, token, clock_.Now());
  if (auto* failure = std::get_if<hierarchy::LookupFailure>(&found)) {
    return failure->violation ? failure->violation->reason()
                              : v1::ERROR_REASON_INTERNAL_ERROR;
  }
  return std::get<v1::LookupInvitationResponse>(std::move(found));
}

std::vector<std::string> Product::Rebuild() {
  const auto rebuilt = Must(server::RebuildFromLive(
      program_, Policies().CatalogueOf(program_), reader_.get()));
  const server::StoreHead head = Must(reader_->ReadHead());
  std::vector<std::string> lines = server::CompareWithHead(rebuilt, head);
  if (!(rebuilt.state_hash == engine_->state_hash())) {
    lines.push_back("the ledger's state hash is not the store's");
  }
  Look([&](const hierarchy::AccessView& view) {
    for (std::string& line :
         server::CompareGraphs(*view.graph, *rebuilt.graph, view.revision)) {
      lines.push_back(std::move(line));
    }
  });
  return lines;
}

}  // namespace partner::model
