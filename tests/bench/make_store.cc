#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "partner/hierarchy/v1/partner_service.pb.h"
#include "partner/hierarchy/v1/partnership_service.pb.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/bench/ledger.h"
#include "tests/bench/population.h"
#include "tests/bench/tasks.h"

namespace partner::bench {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::Kind;

constexpr std::uint32_t kTenant = 0xa0000000;
// Between the acceptances: so many are of one day that request ids are dropped
// by the day, as they are in a store that lives.
constexpr absl::Duration kPace = absl::Milliseconds(2600);
// The same where a store is to have a history of so many days.
absl::Duration PaceOf(std::int64_t days, std::int64_t customers) {
  return days == 0 ? kPace : absl::Hours(24 * days) / customers;
}
constexpr std::int64_t kProgressEvery = 100'000;
// Documents in one transaction of rewriting.
constexpr int kRewritten = 4096;

void MakePartner(Ledger& ledger, const std::string& name, int number,
                 v1::EnrollmentType enrollment) {
  v1::CreatePartnerRequest request;
  request.set_parent(kProgram);
  request.set_partner_id(std::string(hierarchy::LastId(name)));
  request.mutable_partner()->set_display_name(absl::StrCat("Partner ", number));
  request.mutable_partner()->set_country("FR");
  request.mutable_partner()->set_tenant_id(Uuid(kTenant + enrollment, number));
  request.add_enrollments(enrollment);
  ledger.Send(request, OperatorPrincipal());
}

// Partners and partnerships; the token of every reseller's forward.
std::vector<std::string> MakeChannel(Ledger& ledger) {
  std::vector<std::string> invitations(kProviders);
  std::vector<std::string> tokens(kResellers);
  for (int i = 0; i < kProviders; ++i) {
    MakePartner(ledger, Provider(i), i, v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER);
    v1::CreateInvitationRequest request;
    request.set_parent(Provider(i));
    request.mutable_invitation()->set_audience(
        v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS);
    request.mutable_invitation()->set_admin_offer(v1::ADMIN_OFFER_BROAD);
    invitations[i] = ledger
                         .Run<v1::CreateInvitationResponse>(
                             request, PartnerPrincipal(Provider(i)))
                         .invitation()
                         .name();
  }
  for (int i = 0; i < kResellers; ++i) {
    const int provider = ProviderOf(i);
    MakePartner(ledger, Reseller(i), i, v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
    v1::CreatePartnershipRequest ask;
    ask.set_parent(kProgram);
    ask.set_provider(Provider(provider));
    ask.set_reseller(Reseller(i));
    v1::AcceptPartnershipRequest accept;
    accept.set_name(ledger
                        .Run<v1::CreatePartnershipResponse>(
                            ask, PartnerPrincipal(Provider(provider)))
                        .partnership()
                        .name());
    ledger.Send(accept, PartnerPrincipal(Reseller(i)));
    v1::ForwardInvitationRequest forward;
    forward.set_name(invitations[provider]);
    tokens[i] = ledger
                    .Run<v1::ForwardInvitationResponse>(
                        forward, PartnerPrincipal(Reseller(i)))
                    .forward()
                    .token();
  }
  return tokens;
}

void MakeCustomers(Ledger& ledger, server::TestClock* clock,
                   const std::vector<std::string>& tokens,
                   std::int64_t customers, absl::Duration pace) {
  for (std::int64_t i = 0; i < customers; ++i) {
    clock->AdvanceTo(clock->Now() + pace);
    ledger.Send(AcceptRequest(i, tokens[ResellerOf(i)]),
                CustomerPrincipal(Customer(i)));
    if ((i + 1) % kProgressEvery == 0) {
      Print({{"step", "customers"}, {"done", i + 1}});
    }
  }
  ledger.Flush();
}

// Writes every document of a kind anew, in the order of names.
void Rewrite(server::Store* store, Kind kind) {
  server::ListRange range;
  range.kind = kind;
  range.revision = store->head().revision;
  std::int64_t done = 0;
  for (bool more = true; more;) {
    more = false;
    server::NewRevision revision;
    const absl::Status status = store->writer_reader()->List(
        range, [&](const server::StoredDocument& document) {
          more = static_cast<int>(revision.documents.size()) == kRewritten;
          if (more) return false;
          range.after = document.name;
          revision.documents.push_back(
              {kind, document.name, document.body, {}});
          return true;
        });
    if (!status.ok()) Die("rewrite", status.message());
    if (revision.documents.empty()) return;
    done += static_cast<std::int64_t>(revision.documents.size());
    const server::StoreHead& head = store->head();
    revision.record.revision = head.revision + 1;
    revision.record.at = head.at + absl::Microseconds(1);
    revision.record.effective_time = revision.record.at;
    revision.record.principal = "bench";
    revision.record.state_hash = head.state_hash;
    const server::AppendResult result =
        store->Append(head.revision, head.epoch, {std::move(revision)});
    if (result.outcome != server::AppendOutcome::kCommitted) {
      Die("rewrite", result.status.message());
    }
  }
  Print({{"step", "rewritten"},
         {"kind", static_cast<int>(kind)},
         {"done", done}});
}

}  // namespace

int MakeStore(const Arguments& arguments) {
  const std::string path = StorePath(arguments.Text("dir"));
  const std::int64_t customers = arguments.Number("customers");
  const absl::Duration pace = PaceOf(arguments.Number("days"), customers);
  std::vector<std::string> tokens;
  const absl::Time begin =
      server::SystemClock().Now() - pace * customers - absl::Hours(1);
  {
    server::TestClock clock(begin);
    Ledger ledger(path, &clock);
    tokens = MakeChannel(ledger);
    MakeCustomers(ledger, &clock, tokens, customers, pace);
  }
  server::SqliteOptions options;
  options.path = path;
  auto store = Must("store", server::OpenSqliteStore(options));
  for (std::int64_t i = 0; i < arguments.Number("rewrites"); ++i) {
    for (Kind kind : {Kind::kPartner, Kind::kPartnership, Kind::kCustomer,
                      Kind::kInvitation, Kind::kInvitationForward,
                      Kind::kInvitationAcceptance, Kind::kResellerRelationship,
                      Kind::kAdminRelationship}) {
      Rewrite(store.get(), kind);
    }
  }
  // When which customer came.
  std::ofstream(absl::StrCat(arguments.Text("dir"), "/history"))
      << absl::ToUnixMicros(begin) << "/" << absl::ToInt64Microseconds(pace);
  // What an acceptance needs to know.
  std::ofstream(absl::StrCat(arguments.Text("dir"), "/token")) << tokens[0];
  Print({{"documents", store->head().documents},
         {"revision", store->head().revision}});
  return 0;
}

}  // namespace partner::bench
