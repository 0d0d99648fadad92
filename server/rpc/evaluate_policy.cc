#include "server/rpc/evaluate_policy.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/evaluation.h"
#include "hierarchy/rules/invitations.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/policy_service.pb.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/list.h"
#include "server/rpc/page_token.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::Message;
using hierarchy::Edition;
using hierarchy::EvaluationView;
using hierarchy::Graph;
using hierarchy::Kind;
using hierarchy::PartyCounts;
using hierarchy::Refusal;

// Facts under one hold of the graph's lock.
constexpr int kFactsPerLock = 64;
constexpr char kSeparator = '\n';
// Collections of findings; a token names them by their place.
constexpr std::array<const char*, 5> kCollections = {
    "customers", "invitations", "resellerRelationships", "adminRelationships",
    "partnerships"};

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// Active, or asked for and not lapsed by then.
bool IsOpenAt(const Graph::PartnershipFact& fact, absl::Time moment) {
  return fact.state == v1::PARTNERSHIP_STATE_ACTIVE ||
         (fact.state == v1::PARTNERSHIP_STATE_PENDING &&
          (fact.expire_us == 0 || fact.expire_us > absl::ToUnixMicros(moment)));
}

// The parts of the walk, one after the other.
enum Part { kPartners, kInvitations, kCustomers, kDone };

// How far the walk came and what it counted: all that a page hands to the next.
struct Progress {
  int part = kPartners;
  // The next partner or customer, by its number in this process's graph.
  std::uint32_t next = 0;
  // The invitation visited last.
  std::string after;
  // Findings of the next item that were sent already.
  std::uint32_t sent = 0;
  std::int64_t examined = 0;
  PartyCounts counts;
  // By impact, place in kCollections, reason and rule.
  std::map<std::tuple<int, int, int, std::string>, std::int64_t> totals;
};

std::string ToText(const Progress& progress) {
  const PartyCounts& counts = progress.counts;
  std::string text = absl::StrJoin(
      {absl::StrCat(progress.part), absl::StrCat(progress.next), progress.after,
       absl::StrCat(progress.sent), absl::StrCat(progress.examined),
       absl::StrCat(counts.partners), absl::StrJoin(counts.enrolled, ","),
       absl::StrCat(counts.inviting), absl::StrCat(counts.in_programme),
       absl::StrCat(counts.customers)},
      absl::string_view(&kSeparator, 1));
  for (const auto& [key, count] : progress.totals) {
    const auto& [impact, collection, reason, rule] = key;
    absl::StrAppend(&text, absl::string_view(&kSeparator, 1), impact, ",",
                    collection, ",", reason, ",", rule, ",", count);
  }
  return text;
}

// False when the text was not made by ToText.
bool FromText(const std::string& text, Progress* progress) {
  const std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  if (parts.size() < 10) return false;
  PartyCounts& counts = progress->counts;
  const std::vector<std::string> enrolled = absl::StrSplit(parts[6], ',');
  bool read = absl::SimpleAtoi(parts[0], &progress->part) &&
              absl::SimpleAtoi(parts[1], &progress->next) &&
              absl::SimpleAtoi(parts[3], &progress->sent) &&
              absl::SimpleAtoi(parts[4], &progress->examined) &&
              absl::SimpleAtoi(parts[5], &counts.partners) &&
              absl::SimpleAtoi(parts[7], &counts.inviting) &&
              absl::SimpleAtoi(parts[8], &counts.in_programme) &&
              absl::SimpleAtoi(parts[9], &counts.customers) &&
              enrolled.size() == counts.enrolled.size();
  progress->after = parts[2];
  for (std::size_t i = 0; read && i < enrolled.size(); ++i) {
    read = absl::SimpleAtoi(enrolled[i], &counts.enrolled[i]);
  }
  for (std::size_t i = 10; read && i < parts.size(); ++i) {
    const std::vector<std::string> total = absl::StrSplit(parts[i], ',');
    int impact = 0;
    int collection = 0;
    int reason = 0;
    std::int64_t count = 0;
    read = total.size() == 5 && absl::SimpleAtoi(total[0], &impact) &&
           absl::SimpleAtoi(total[1], &collection) &&
           absl::SimpleAtoi(total[2], &reason) &&
           absl::SimpleAtoi(total[4], &count);
    progress->totals[{impact, collection, reason, total[3]}] = count;
  }
  return read;
}

// One page under way.
class Page {
 public:
  Page(const CallContext& context, StoreReader* reader,
       const v1::EvaluatePolicyRequest& request, std::size_t size,
       std::int64_t revision, absl::Time moment, const Edition* base,
       const Edition* proposed, v1::EvaluatePolicyResponse* response)
      : context_(context),
        reader_(reader),
        totals_only_(request.totals_only()),
        facts_max_(request.facts_max() == 0 ? kEvaluationFactsDefault
                                            : request.facts_max()),
        size_(static_cast<int>(size)),
        revision_(revision),
        moment_(moment),
        base_(base),
        proposed_(proposed),
        response_(response) {}

  // Goes on until the page is complete or the walk is done.
  Outcome Run(Progress* progress);

 private:
  bool full() const {
    return budget_ <= 0 ||
           (!totals_only_ && response_->findings_size() >= size_);
  }
  EvaluationView ViewOf(const Graph* graph) const {
    return {graph, revision_, moment_, base_, proposed_};
  }
  // Runs `use` with the graph locked; SNAPSHOT_EXPIRED when memory no longer
  // holds the revision.
  template <class Use>
  Outcome WithGraph(Use use) const {
    if (context_.engine->ReadGraph(revision_, use)) return std::nullopt;
    return SnapshotExpired(*context_.engine, revision_);
  }
  // Counts what was looked at.
  void Spend(int facts, Progress* progress) {
    budget_ -= facts;
    progress->examined += facts;
  }
  // An item whose findings need another page is looked at again and counts
  // once; pages themselves are bounded by all they do.
  static void LookAgain(int facts, Progress* progress) {
    progress->examined -= facts;
  }
  // Sends what was found on one item and counts it; false when the page is full
  // before all of it is sent.
  bool Take(std::vector<v1::PolicyFinding> found, Progress* progress);
  Outcome CheckLimits(const Progress& progress) const;
  Outcome StepPartners(Progress* progress);
  // What only the store knows of a partner: tenant and country.
  Outcome StepPartner(hierarchy::PartnerId partner, const std::string& name,
                      Progress* progress);
  Outcome EvaluateTenant(hierarchy::PartnerId partner,
                         const std::string& tenant, int* facts,
                         std::vector<v1::PolicyFinding>* found);
  Outcome EvaluatePairs(hierarchy::PartnerId partner,
                        const std::string& country, int* facts,
                        std::vector<v1::PolicyFinding>* found);
  // The country of a partner, read once for a page.
  std::variant<std::string, Refusal> CountryOf(const std::string& partner);
  Outcome StepInvitations(Progress* progress);
  Outcome StepCustomers(Progress* progress);
  // One customer with the countries of its owners.
  Outcome StepCustomerAndOwners(Progress* progress);

  const CallContext& context_;
  StoreReader* const reader_;
  const bool totals_only_;
  const std::int64_t facts_max_;
  const int size_;
  const std::int64_t revision_;
  const absl::Time moment_;
  const Edition* const base_;
  const Edition* const proposed_;
  v1::EvaluatePolicyResponse* const response_;
  const bool tenants_matter_ = hierarchy::TenantsMatter(ViewOf(nullptr));
  const bool regions_matter_ = hierarchy::RegionsMatter(ViewOf(nullptr));
  std::map<std::string, std::string> countries_;
  int budget_ = kFactsPerPageMax;
};

Outcome Page::Run(Progress* progress) {
  while (progress->part != kDone && !full()) {
    Outcome failed;
    switch (progress->part) {
      case kPartners:
        failed = StepPartners(progress);
        break;
      case kInvitations:
        failed = StepInvitations(progress);
        break;
      default:
        failed = regions_matter_ ? StepCustomerAndOwners(progress)
                                 : StepCustomers(progress);
        break;
    }
    if (failed) return failed;
    if (Outcome over = CheckLimits(*progress)) return over;
  }
  return std::nullopt;
}

Outcome Page::CheckLimits(const Progress& progress) const {
  if (progress.examined > facts_max_) {
    Refusal refusal = hierarchy::RefuseWith(
        v1::ERROR_REASON_EVALUATION_TOO_LARGE,
        absl::StrCat("More than ", facts_max_, " facts would be examined."),
        "Raise facts_max, up to 100,000,000.", "C6");
    refusal.metadata["limit"] = "facts_max";
    refusal.metadata["value"] = absl::StrCat(facts_max_);
    return refusal;
  }
  if (absl::Now() > context_.deadline) {
    return hierarchy::RefuseWith(
        v1::ERROR_REASON_DEADLINE_PASSED,
        "The call's time was over before the page was complete.",
        "Retry with a later deadline.");
  }
  return std::nullopt;
}

bool Page::Take(std::vector<v1::PolicyFinding> found, Progress* progress) {
  if (!totals_only_) {
    while (progress->sent < found.size() &&
           response_->findings_size() < size_) {
      *response_->add_findings() = found[progress->sent++];
    }
    if (progress->sent < found.size()) return false;
  }
  progress->sent = 0;
  for (const v1::PolicyFinding& finding : found) {
    const auto collection = static_cast<int>(
        std::find(kCollections.begin(), kCollections.end(), finding.kind()) -
        kCollections.begin());
    ++progress->totals[{finding.impact(), collection, finding.reason(),
                        finding.rule()}];
  }
  return true;
}

Outcome Page::StepPartners(Progress* progress) {
  const bool from_store = tenants_matter_ || regions_matter_;
  const int steps = from_store ? 1 : kFactsPerLock;
  std::string name;
  hierarchy::PartnerId partner = progress->next;
  bool done = false;
  Outcome failed = WithGraph([&](const Graph& graph) {
    const EvaluationView view = ViewOf(&graph);
    for (int i = 0; i < steps; ++i) {
      if (progress->next >= graph.partner_count()) {
        done = true;
        return;
      }
      partner = progress->next++;
      const PartyCounts counts = progress->counts;
      hierarchy::CountPartner(view, partner, &progress->counts);
      Spend(1, progress);
      if (from_store && graph.PartnerAt(partner, revision_) != nullptr) {
        name = graph.NameOfPartner(partner);
      }
      if (progress->sent > 0) {
        progress->counts = counts;
        LookAgain(1, progress);
      }
    }
  });
  if (failed) return failed;
  if (done) {
    progress->part = kInvitations;
    progress->next = 0;
    return std::nullopt;
  }
  if (name.empty()) return std::nullopt;
  return StepPartner(partner, name, progress);
}

Outcome Page::StepPartner(hierarchy::PartnerId partner, const std::string& name,
                          Progress* progress) {
  auto fetched = Fetch(reader_, Kind::kPartner, name, revision_);
  if (auto* refusal = std::get_if<Refusal>(&fetched)) {
    return std::move(*refusal);
  }
  const auto& document = static_cast<const v1::Partner&>(
      *std::get<std::unique_ptr<Message>>(fetched));
  int facts = kFactsPerStoredRow;
  std::vector<v1::PolicyFinding> found;
  if (tenants_matter_) {
    if (Outcome failed =
            EvaluateTenant(partner, document.tenant_id(), &facts, &found)) {
      return failed;
    }
  }
  if (regions_matter_) {
    if (Outcome failed =
            EvaluatePairs(partner, document.country(), &facts, &found)) {
      return failed;
    }
  }
  Spend(facts, progress);
  if (!Take(std::move(found), progress)) {
    LookAgain(facts, progress);
    progress->next = partner;
  }
  return std::nullopt;
}

// R23, R63: the customer that has a partner's tenant.
Outcome Page::EvaluateTenant(hierarchy::PartnerId partner,
                             const std::string& tenant, int* facts,
                             std::vector<v1::PolicyFinding>* found) {
  const absl::StatusOr<std::optional<std::string>> customer =
      reader_->FindUnique(absl::StrCat("customer-tenant/", tenant));
  if (!customer.ok()) return RefusalOfStore(customer.status());
  *facts += kFactsPerStoredRow;
  if (!customer->has_value()) return std::nullopt;
  return WithGraph([&](const Graph& graph) {
    const auto id = graph.CustomerNamed(**customer);
    if (!id) return;
    *facts += hierarchy::EvaluateTenant(ViewOf(&graph), partner, *id,
                                        [&](v1::PolicyFinding finding) {
                                          found->push_back(std::move(finding));
                                        });
  });
}

// R57: the partnerships of a reseller. It has few; a provider has thousands.
Outcome Page::EvaluatePairs(hierarchy::PartnerId partner,
                            const std::string& country, int* facts,
                            std::vector<v1::PolicyFinding>* found) {
  // Name of the partnership and of its provider.
  std::vector<std::pair<std::string, std::string>> pairs;
  Outcome failed = WithGraph([&](const Graph& graph) {
    const Graph::PartnerFact* fact = graph.PartnerAt(partner, revision_);
    if (fact == nullptr || fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                                     v1::ENROLLMENT_STATE_UNSPECIFIED)) {
      return;
    }
    graph.VisitPartnerships(
        partner, revision_, [&](const Graph::Partnership& item) {
          ++*facts;
          if (item.reseller == partner && IsOpenAt(*item.fact, moment_)) {
            pairs.emplace_back(graph.NameOf(item),
                               graph.NameOfPartner(item.provider));
          }
          return true;
        });
  });
  if (failed) return failed;
  for (const auto& [name, provider] : pairs) {
    auto other = CountryOf(provider);
    if (auto* refusal = std::get_if<Refusal>(&other)) {
      return std::move(*refusal);
    }
    *facts += kFactsPerStoredRow;
    hierarchy::EvaluateRegion(ViewOf(nullptr), Kind::kPartnership, name,
                              std::get<std::string>(other), country,
                              [&](v1::PolicyFinding finding) {
                                found->push_back(std::move(finding));
                              });
  }
  return std::nullopt;
}

std::variant<std::string, Refusal> Page::CountryOf(const std::string& partner) {
  const auto known = countries_.find(partner);
  if (known != countries_.end()) return known->second;
  auto fetched = Fetch(reader_, Kind::kPartner, partner, revision_);
  if (auto* refusal = std::get_if<Refusal>(&fetched)) {
    return std::move(*refusal);
  }
  return countries_[partner] = static_cast<const v1::Partner&>(
                                   *std::get<std::unique_ptr<Message>>(fetched))
                                   .country();
}

Outcome Page::StepInvitations(Progress* progress) {
  Outcome failed;
  bool more = false;
  const absl::Status status = reader_->List(
      {.kind = Kind::kInvitation,
       .prefix = absl::StrCat(
           hierarchy::ProgramName(context_.engine->program()), "/partners/"),
       .after = progress->after,
       .revision = revision_},
      [&](const StoredDocument& row) {
        if (full() || progress->examined > facts_max_) {
          more = true;
          return false;
        }
        Spend(kFactsPerStoredRow, progress);
        std::vector<v1::PolicyFinding> found;
        v1::Invitation invitation;
        if (row.revision != 0) {
          if ((failed = ParseStored(row, &invitation))) return false;
          if (hierarchy::StateAt(invitation, moment_) ==
              v1::INVITATION_STATE_ACTIVE) {
            hierarchy::EvaluateInvitation(ViewOf(nullptr), invitation,
                                          [&](v1::PolicyFinding finding) {
                                            found.push_back(std::move(finding));
                                          });
          }
        }
        if (!Take(std::move(found), progress)) {
          LookAgain(kFactsPerStoredRow, progress);
          more = true;
          return false;
        }
        progress->after = row.name;
        return true;
      });
  if (!status.ok()) return RefusalOfStore(status);
  if (failed) return failed;
  if (!more) {
    progress->part = kCustomers;
    progress->after.clear();
  }
  return std::nullopt;
}

Outcome Page::StepCustomers(Progress* progress) {
  return WithGraph([&](const Graph& graph) {
    const EvaluationView view = ViewOf(&graph);
    for (int facts = 0; facts < kFactsPerLock && !full();) {
      if (progress->next >= graph.customer_count()) {
        progress->part = kDone;
        return;
      }
      const PartyCounts counts = progress->counts;
      std::vector<v1::PolicyFinding> found;
      const int looked_at =
          hierarchy::EvaluateCustomer(view, progress->next, &progress->counts,
                                      [&](v1::PolicyFinding finding) {
                                        found.push_back(std::move(finding));
                                      });
      // Also one that is not there yet costs a look.
      const int cost = std::max(1, looked_at);
      facts += cost;
      Spend(cost, progress);
      if (!Take(std::move(found), progress)) {
        LookAgain(cost, progress);
        progress->counts = counts;
        return;
      }
      ++progress->next;
    }
  });
}

Outcome Page::StepCustomerAndOwners(Progress* progress) {
  bool there = false;
  int facts = 1;
  std::string customer;
  // Name of the relationship and of its owner.
  std::vector<std::pair<std::string, std::string>> owners;
  std::vector<v1::PolicyFinding> found;
  const PartyCounts counts = progress->counts;
  Outcome failed = WithGraph([&](const Graph& graph) {
    there = progress->next < graph.customer_count();
    if (!there) return;
    facts = std::max(1, hierarchy::EvaluateCustomer(
                            ViewOf(&graph), progress->next, &progress->counts,
                            [&](v1::PolicyFinding finding) {
                              found.push_back(std::move(finding));
                            }));
    graph.VisitRelationships(
        progress->next, revision_, [&](const Graph::Relationship& item) {
          if (item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
            owners.emplace_back(graph.NameOf(item),
                                graph.NameOfPartner(item.owner));
          }
          return true;
        });
    if (!owners.empty()) customer = graph.NameOfCustomer(progress->next);
  });
  if (failed) return failed;
  if (!there) {
    progress->part = kDone;
    return std::nullopt;
  }
  if (!customer.empty()) {
    auto fetched = Fetch(reader_, Kind::kCustomer, customer, revision_);
    if (auto* refusal = std::get_if<Refusal>(&fetched)) {
      return std::move(*refusal);
    }
    facts += kFactsPerStoredRow;
    const auto& document = static_cast<const v1::Customer&>(
        *std::get<std::unique_ptr<Message>>(fetched));
    for (const auto& [relationship, owner] : owners) {
      auto country = CountryOf(owner);
      if (auto* refusal = std::get_if<Refusal>(&country)) {
        return std::move(*refusal);
      }
      hierarchy::EvaluateRegion(ViewOf(nullptr), Kind::kResellerRelationship,
                                relationship, std::get<std::string>(country),
                                document.country(),
                                [&](v1::PolicyFinding finding) {
                                  found.push_back(std::move(finding));
                                });
    }
  }
  Spend(facts, progress);
  if (!Take(std::move(found), progress)) {
    LookAgain(facts, progress);
    progress->counts = counts;
    return std::nullopt;
  }
  ++progress->next;
  return std::nullopt;
}

void FillEvaluation(const Progress& progress, const EvaluationView& view,
                    v1::PolicyEvaluation* evaluation) {
  evaluation->set_edition(view.proposed->data().name());
  evaluation->set_base(view.base->data().name());
  const std::int64_t micros = absl::ToUnixMicros(view.moment);
  evaluation->mutable_effective_time()->set_seconds(micros / 1000000);
  evaluation->mutable_effective_time()->set_nanos(
      static_cast<std::int32_t>(micros % 1000000 * 1000));
  for (const auto& [key, count] : progress.totals) {
    const auto& [impact, collection, reason, rule] = key;
    v1::PolicyFindingTotal* total = evaluation->add_totals();
    total->set_impact(static_cast<v1::PolicyImpact>(impact));
    total->set_kind(kCollections.at(static_cast<std::size_t>(collection)));
    total->set_reason(static_cast<v1::ErrorReason>(reason));
    total->set_rule(rule);
    total->set_count(count);
  }
  for (v1::PolicyValueChange& change :
       hierarchy::ValueChanges(view, progress.counts)) {
    *evaluation->add_values() = std::move(change);
  }
  evaluation->set_partners(progress.counts.partners);
  evaluation->set_customers(progress.counts.customers);
}

// Numbers of the graph are those of this process, so tokens are bound to it.
std::string BindingOf(const std::string& process, const CallContext& context,
                      const v1::EvaluatePolicyRequest& request) {
  v1::EvaluatePolicyRequest same = request;
  same.clear_page_token();
  same.clear_page_size();
  return absl::StrJoin(
      {std::string("evaluation"), same.SerializeAsString(),
       context.principal.name, context.engine->history_id(), process},
      absl::string_view("\0", 1));
}

// The point of the first page.
std::variant<PagePosition, Refusal> Begin(
    const Backend& backend, const CallContext& context,
    const v1::EvaluatePolicyRequest& request) {
  auto revision = ResolveGraphRevision(*context.engine, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&revision)) {
    return std::move(*refusal);
  }
  const absl::Time now = PresentOf(*context.engine, backend.clock);
  absl::Time moment = now;
  if (request.has_effective_time()) {
    moment = ToTime(request.effective_time());
    if (moment < now) {
      return hierarchy::BadField(v1::ERROR_REASON_FIELD_INVALID,
                                 "effective_time",
                                 "effective_time is not in the future.",
                                 "Name a later time, or none for now.", "D3");
    }
  }
  return PagePosition{std::get<std::int64_t>(revision),
                      absl::FromUnixMicros(absl::ToUnixMicros(moment)), ""};
}

Outcome Evaluate(const Backend& backend, const std::string& process,
                 const CallContext& context, Readers& readers,
                 const v1::EvaluatePolicyRequest& request,
                 v1::EvaluatePolicyResponse* response) {
  if (Outcome refused = RequireOperatorOrAuditor(context)) return refused;
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  auto size = PageSizeOf(request.page_size());
  if (auto* refusal = std::get_if<Refusal>(&size)) return std::move(*refusal);
  const std::string& program = context.engine->program();
  const Edition* proposed =
      backend.policies->Find(program, hierarchy::LastId(request.name()));
  if (proposed == nullptr) return hierarchy::NotFound(request.name());

  const PageTokens tokens(context.engine->secret_key());
  const std::string binding = BindingOf(process, context, request);
  auto position = request.page_token().empty()
                      ? Begin(backend, context, request)
                      : tokens.Read(request.page_token(), binding);
  if (auto* refusal = std::get_if<Refusal>(&position)) {
    return std::move(*refusal);
  }
  const auto& [revision, moment, after] = std::get<PagePosition>(position);
  Progress progress;
  if (!after.empty() && !FromText(after, &progress)) {
    return hierarchy::BadField(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                               "page_token",
                               "The page token was not made by this server.",
                               "Repeat the evaluation from its first page.");
  }
  // What it would replace: also where it is announced for that very moment.
  const absl::Time before =
      request.has_effective_time() ? moment - absl::Microseconds(1) : moment;
  const Edition* base =
      request.base().empty()
          ? context.engine->EditionAt(revision, before).edition
          : backend.policies->Find(program, hierarchy::LastId(request.base()));
  if (base == nullptr) return hierarchy::NotFound(request.base());

  Page page(context, std::get<StoreReader*>(opened), request,
            std::get<std::size_t>(size), revision, moment, base, proposed,
            response);
  if (Outcome failed = page.Run(&progress)) return failed;
  SetRevision(*context.engine, revision, response->mutable_revision());
  response->set_examined(progress.examined);
  if (progress.part == kDone) {
    FillEvaluation(progress, {nullptr, revision, moment, base, proposed},
                   response->mutable_evaluation());
  } else {
    response->set_next_page_token(
        tokens.Make({revision, moment, ToText(progress)}, binding));
  }
  return std::nullopt;
}

}  // namespace

ReadHandler EvaluatePolicyHandler(const Backend* backend) {
  return [backend, process = NewTraceId()](
             const CallContext& context, Readers& readers,
             const Message& request, Message* response) {
    return Evaluate(*backend, process, context, readers,
                    static_cast<const v1::EvaluatePolicyRequest&>(request),
                    static_cast<v1::EvaluatePolicyResponse*>(response));
  };
}

}  // namespace partner::server
