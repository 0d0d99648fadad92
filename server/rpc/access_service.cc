#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "hierarchy/access/access.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "server/ledger/past.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/list.h"
#include "server/rpc/page_token.h"
#include "server/rpc/read.h"
#include "server/rpc/services.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using hierarchy::AccessView;
using hierarchy::Graph;
using hierarchy::Refusal;

constexpr int kCacheAgeSeconds = 5;
// Checks under one hold of the graph's lock, so that no batch delays a commit.
constexpr int kChecksPerLock = 64;
constexpr int kBatchSizeDefault = 500;
constexpr int kBatchSizeMax = 1000;

// Where a check stands: a revision, the moment asked about and the edition in
// force then.
struct CheckPoint {
  const Engine* engine = nullptr;
  std::int64_t revision = 0;
  absl::Time moment;
  hierarchy::EditionInForce edition;
  // When the call came.
  absl::Time present;
  // Of a moment or revision that was named: rights are those of now.
  bool named = false;
  // A moment was named, or is asked about after the fact.
  bool one_moment = false;
};

void SetEdition(bool at_moment, CheckPoint* point) {
  point->edition = point->engine->EditionAt(point->revision, point->moment);
  point->one_moment = at_moment;
}

Outcome RequireEngine(const CallContext& context) {
  if (context.engine != nullptr) return std::nullopt;
  return hierarchy::RefuseWith(v1::ERROR_REASON_NAME_MALFORMED,
                               "The request names no program.",
                               "Begin names with `programs/{program}`.");
}

// The point of an answer from memory; SNAPSHOT_EXPIRED when memory does not
// know it: the graph holds some revisions, and of each what was true from its
// time on.
std::variant<CheckPoint, Refusal> ResolvePoint(const Backend& backend,
                                               const CallContext& context,
                                               const v1::ReadOptions& options,
                                               std::optional<absl::Time> at) {
  if (Outcome refused = RequireEngine(context)) return *std::move(refused);
  // The store knows what was recorded when.
  if (options.has_read_time()) {
    return SnapshotExpired(*context.engine, context.engine->visible());
  }
  auto revision = ResolveGraphRevision(*context.engine, options);
  if (auto* refusal = std::get_if<Refusal>(&revision)) {
    return std::move(*refusal);
  }
  CheckPoint point;
  point.engine = context.engine;
  point.revision = std::get<std::int64_t>(revision);
  point.named = at || options.has_exact_revision();
  point.present = PresentOf(*context.engine, backend.clock);
  point.moment = options.has_exact_revision()
                     ? context.engine->TimeOf(point.revision)
                     : point.present;
  if (at) {
    if (Outcome refused = CheckBegun(*context.engine, point.revision, *at)) {
      return *std::move(refused);
    }
    if (*at < context.engine->TimeOf(point.revision)) {
      return SnapshotExpired(*context.engine, point.revision);
    }
    point.moment = *at;
  }
  SetEdition(at.has_value(), &point);
  return point;
}

// Runs `use` with the graph locked at the point; SNAPSHOT_EXPIRED when memory
// no longer holds it.
template <class Use>
Outcome WithView(const CheckPoint& point, Use use) {
  Outcome outcome;
  const bool held =
      point.engine->ReadGraph(point.revision, [&](const Graph& graph) {
        outcome = use(AccessView{&graph, point.revision, point.edition.edition,
                                 point.edition.until, point.moment,
                                 point.one_moment});
      });
  if (!held) return SnapshotExpired(*point.engine, point.revision);
  return outcome;
}

// Runs `use` with the facts of now, when the call about `point` came.
template <class Use>
Outcome WithNow(const CheckPoint& point, Use use) {
  CheckPoint now;
  now.engine = point.engine;
  now.revision = point.engine->visible();
  now.moment = point.present;
  return WithView(now, use);
}

// Who asks about a named moment or revision must be allowed to now.
Outcome MayAsk(const CheckPoint& point, const CallContext& context,
               const v1::AccessQuery& query) {
  if (!point.named) return std::nullopt;
  return WithNow(point, [&](const AccessView& now) {
    return hierarchy::MayAskNow(now, context.principal, query);
  });
}
const hierarchy::Principal& AskerAt(const CheckPoint& point,
                                    const CallContext& context) {
  return point.named ? hierarchy::Anybody() : context.principal;
}

// --- The past, from the store ------------------------------------------------

// What was true of some parties at a moment, loaded for one call.
class PastView {
 public:
  PastView(const Backend& backend, const CallContext& context,
           StoreReader* reader, const ReadPoint& at, const PastPoint& past)
      : reader_(reader, past, at.moment,
                {.rows_max = kRowsExaminedMax,
                 .is_late =
                     [deadline = context.deadline] {
                       return absl::Now() > deadline;
                     }}),
        graph_(context.engine->program(),
               backend.policies->CatalogueOf(context.engine->program()),
               &reader_) {
    point_.engine = context.engine;
    point_.revision = at.revision;
    point_.moment = at.moment;
    point_.present = PresentOf(*context.engine, backend.clock);
    point_.named = true;
    SetEdition(true, &point_);
  }

  Outcome Load(const v1::AccessQuery& query) {
    Outcome failed = ToOutcome(graph_.AddPartner(query.partner()));
    if (!failed) failed = ToOutcome(graph_.AddCustomer(query.customer()));
    return failed;
  }
  Outcome LoadAdministrators(const std::string& customer) {
    Outcome failed = ToOutcome(graph_.AddCustomer(customer));
    if (!failed) failed = ToOutcome(graph_.AddDelegates());
    return failed;
  }

  const CheckPoint& point() const { return point_; }
  AccessView view() const {
    return {&graph_.graph(),      point_.revision, point_.edition.edition,
            point_.edition.until, point_.moment,   point_.one_moment};
  }

 private:
  static Outcome ToOutcome(const absl::Status& status) {
    switch (status.code()) {
      case absl::StatusCode::kOk:
        return std::nullopt;
      case absl::StatusCode::kOutOfRange: {
        Refusal refusal = hierarchy::RefuseWith(
            v1::ERROR_REASON_QUOTA_REACHED,
            "The answer needs more stored versions than are read for a call.",
            "Ask about fewer customers at once.");
        refusal.metadata["limit"] = "rows_examined_max";
        refusal.metadata["value"] = absl::StrCat(kRowsExaminedMax);
        return refusal;
      }
      case absl::StatusCode::kDeadlineExceeded:
        return hierarchy::RefuseWith(
            v1::ERROR_REASON_DEADLINE_PASSED,
            "The call's time was over before the past was read.",
            "Retry with a later deadline, or ask fewer questions at once.");
      default:
        return RefusalOfStore(status);
    }
  }

  PastReader reader_;
  PastGraph graph_;
  CheckPoint point_;
};

using OpenedPast = std::variant<std::unique_ptr<PastView>, Refusal>;

OpenedPast OpenPastAt(const Backend& backend, const CallContext& context,
                      StoreReader* reader, const ReadPoint& point) {
  auto past = ResolvePast(reader, point);
  if (auto* refusal = std::get_if<Refusal>(&past)) return std::move(*refusal);
  return std::make_unique<PastView>(backend, context, reader, point,
                                    std::get<PastPoint>(past));
}

OpenedPast OpenPast(const Backend& backend, const CallContext& context,
                    Readers& readers, const v1::ReadOptions& options,
                    std::optional<absl::Time> at) {
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  StoreReader* reader = std::get<StoreReader*>(opened);
  auto point =
      ResolveReadPoint(*context.engine, backend.clock, reader, options, at);
  if (auto* refusal = std::get_if<Refusal>(&point)) return std::move(*refusal);
  return OpenPastAt(backend, context, reader, std::get<ReadPoint>(point));
}

// The same for a request with a question, loaded when the caller may ask it.
template <class Request>
OpenedPast OpenPastOf(const Backend& backend, const CallContext& context,
                      Readers& readers, const Request& request) {
  OpenedPast opened =
      OpenPast(backend, context, readers, request.read_options(),
               AtOf(request.has_at(), request.at()));
  if (std::holds_alternative<Refusal>(opened)) return opened;
  PastView& past = *std::get<std::unique_ptr<PastView>>(opened);
  if (Outcome refused = MayAsk(past.point(), context, request.query())) {
    return *std::move(refused);
  }
  if (Outcome failed = past.Load(request.query())) return *std::move(failed);
  return opened;
}

// --- CheckAccess -------------------------------------------------------------

void FillHeader(const CheckPoint& point, v1::CheckAccessResponse* response) {
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  response->mutable_max_cache_age()->set_seconds(kCacheAgeSeconds);
}

Outcome CheckIn(const AccessView& view, const hierarchy::Principal& asker,
                const v1::CheckAccessRequest& request,
                v1::CheckAccessResponse* response) {
  auto query = hierarchy::Resolve(view, asker, request.query());
  if (auto* refusal = std::get_if<Refusal>(&query)) {
    return std::move(*refusal);
  }
  hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(query),
                   response->mutable_decision());
  return std::nullopt;
}

Outcome Check(const Backend& backend, const CallContext& context,
              const v1::CheckAccessRequest& request,
              v1::CheckAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options(),
                               AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  if (Outcome refused = MayAsk(point, context, request.query())) return refused;
  FillHeader(point, response);
  return WithView(point, [&](const AccessView& view) {
    return CheckIn(view, AskerAt(point, context), request, response);
  });
}

Outcome CheckPast(const Backend& backend, const CallContext& context,
                  Readers& readers, const v1::CheckAccessRequest& request,
                  v1::CheckAccessResponse* response) {
  OpenedPast opened = OpenPastOf(backend, context, readers, request);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  const PastView& past = *std::get<std::unique_ptr<PastView>>(opened);
  FillHeader(past.point(), response);
  return CheckIn(past.view(), hierarchy::Anybody(), request, response);
}

// --- BatchCheckAccess --------------------------------------------------------

void FillHeader(const CheckPoint& point,
                v1::BatchCheckAccessResponse* response) {
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  response->mutable_max_cache_age()->set_seconds(kCacheAgeSeconds);
}

void SetError(const Refusal& refusal, v1::BatchAccessResult* result) {
  v1::AccessQueryError* error = result->mutable_error();
  error->set_reason(refusal.reason());
  error->set_description(refusal.violations.front().description());
}

void CheckOne(const AccessView& view, const hierarchy::Principal& asker,
              const v1::AccessQuery& query, const hierarchy::Parties& parties,
              v1::BatchAccessResult* result) {
  auto resolved = hierarchy::Resolve(view, asker, query, parties);
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return SetError(*refusal, result);
  }
  hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(resolved),
                   result->mutable_decision());
}

// Adds a result for each question: an error where the caller may not ask it
// now.
Outcome RefuseThoseNotTheirs(const CheckPoint& point,
                             const CallContext& context,
                             const v1::BatchCheckAccessRequest& request,
                             v1::BatchCheckAccessResponse* response) {
  for (int begin = 0; begin < request.queries_size(); begin += kChecksPerLock) {
    const int end = std::min(begin + kChecksPerLock, request.queries_size());
    Outcome failed = WithNow(point, [&](const AccessView& now) -> Outcome {
      for (int i = begin; i < end; ++i) {
        v1::BatchAccessResult* result = response->add_results();
        if (auto refusal = hierarchy::MayAskNow(now, context.principal,
                                                request.queries(i))) {
          SetError(*refusal, result);
        }
      }
      return std::nullopt;
    });
    if (failed) return failed;
  }
  return std::nullopt;
}

Outcome BatchCheckNamed(const CheckPoint& point, const CallContext& context,
                        const v1::BatchCheckAccessRequest& request,
                        v1::BatchCheckAccessResponse* response) {
  if (Outcome failed =
          RefuseThoseNotTheirs(point, context, request, response)) {
    return failed;
  }
  for (int begin = 0; begin < request.queries_size(); begin += kChecksPerLock) {
    const int end = std::min(begin + kChecksPerLock, request.queries_size());
    Outcome failed = WithView(point, [&](const AccessView& view) -> Outcome {
      for (int i = begin; i < end; ++i) {
        if (response->results(i).has_error()) continue;
        CheckOne(view, hierarchy::Anybody(), request.queries(i),
                 hierarchy::FindParties(view, request.queries(i)),
                 response->mutable_results(i));
      }
      return std::nullopt;
    });
    if (failed) return failed;
  }
  return std::nullopt;
}

Outcome BatchCheck(const Backend& backend, const CallContext& context,
                   const v1::BatchCheckAccessRequest& request,
                   v1::BatchCheckAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options(),
                               AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  FillHeader(point, response);
  response->mutable_results()->Reserve(request.queries_size());
  if (point.named) return BatchCheckNamed(point, context, request, response);
  for (int begin = 0; begin < request.queries_size(); begin += kChecksPerLock) {
    const int end = std::min(begin + kChecksPerLock, request.queries_size());
    Outcome failed = WithView(point, [&](const AccessView& view) -> Outcome {
      const std::vector<hierarchy::Parties> parties = hierarchy::FindParties(
          view, absl::MakeSpan(request.queries().data() + begin, end - begin));
      for (int i = begin; i < end; ++i) {
        CheckOne(view, context.principal, request.queries(i),
                 parties[i - begin], response->add_results());
      }
      return std::nullopt;
    });
    if (failed) return failed;
  }
  return std::nullopt;
}

Outcome BatchCheckPast(const Backend& backend, const CallContext& context,
                       Readers& readers,
                       const v1::BatchCheckAccessRequest& request,
                       v1::BatchCheckAccessResponse* response) {
  OpenedPast opened =
      OpenPast(backend, context, readers, request.read_options(),
               AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  PastView& past = *std::get<std::unique_ptr<PastView>>(opened);
  FillHeader(past.point(), response);
  if (Outcome failed =
          RefuseThoseNotTheirs(past.point(), context, request, response)) {
    return failed;
  }
  for (int i = 0; i < request.queries_size(); ++i) {
    if (response->results(i).has_error()) continue;
    if (Outcome failed = past.Load(request.queries(i))) return failed;
    const AccessView view = past.view();
    CheckOne(view, hierarchy::Anybody(), request.queries(i),
             hierarchy::FindParties(view, request.queries(i)),
             response->mutable_results(i));
  }
  return std::nullopt;
}

// --- ExplainAccess -----------------------------------------------------------

Outcome ExplainIn(const AccessView& view, const hierarchy::Principal& asker,
                  const CallContext& context,
                  const v1::ExplainAccessRequest& request,
                  v1::ExplainAccessResponse* response) {
  auto query = hierarchy::Resolve(view, asker, request.query());
  if (auto* refusal = std::get_if<Refusal>(&query)) {
    return std::move(*refusal);
  }
  *response->mutable_decision() = hierarchy::Explain(
      view, context.principal, std::get<hierarchy::ResolvedQuery>(query),
      response->mutable_conditions());
  return std::nullopt;
}

Outcome Explain(const Backend& backend, const CallContext& context,
                const v1::ExplainAccessRequest& request,
                v1::ExplainAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options(),
                               AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  if (Outcome refused = MayAsk(point, context, request.query())) return refused;
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  return WithView(point, [&](const AccessView& view) {
    return ExplainIn(view, AskerAt(point, context), context, request, response);
  });
}

Outcome ExplainPast(const Backend& backend, const CallContext& context,
                    Readers& readers, const v1::ExplainAccessRequest& request,
                    v1::ExplainAccessResponse* response) {
  OpenedPast opened = OpenPastOf(backend, context, readers, request);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  const PastView& past = *std::get<std::unique_ptr<PastView>>(opened);
  const CheckPoint& point = past.point();
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  Outcome refused =
      ExplainIn(past.view(), hierarchy::Anybody(), context, request, response);
  // Nobody changes what is past.
  for (v1::AccessCondition& condition : *response->mutable_conditions()) {
    condition.clear_remedies();
  }
  return refused;
}

// --- ListAdministrators ----------------------------------------------------

constexpr char kSeparator = '\0';

std::string AdministratorsBinding(
    const CallContext& context, const v1::ListAdministratorsRequest& request) {
  return absl::StrJoin(
      {std::string("administrators"), request.customer(), request.service(),
       request.permission(), request.read_options().SerializeAsString(),
       request.at().SerializeAsString(), context.principal.name,
       context.engine->history_id()},
      absl::string_view(&kSeparator, 1));
}

std::string KeyOf(const v1::Administrator& administrator) {
  return absl::StrCat(administrator.delegate(),
                      absl::string_view(&kSeparator, 1),
                      administrator.admin_relationship());
}

// Copies the page of `all` that begins after `after`; the key of its last item
// when more follow.
std::optional<std::string> CopyPage(const std::vector<v1::Administrator>& all,
                                    const std::string& after, std::size_t size,
                                    v1::ListAdministratorsResponse* response) {
  std::size_t begin = 0;
  while (!after.empty() && begin < all.size() && KeyOf(all[begin]) <= after) {
    ++begin;
  }
  const std::size_t end = std::min(all.size(), begin + size);
  for (std::size_t i = begin; i < end; ++i) {
    *response->add_administrators() = all[i];
  }
  if (end == all.size()) return std::nullopt;
  return KeyOf(all[end - 1]);
}

// Where a page of administrators begins.
struct AdministratorsPage {
  std::size_t size = 0;
  std::string after;
};

// The page a token leads to, and the point of the first one into `revision` and
// `moment`; without a token they stay.
Outcome ResumePage(const PageTokens& tokens, const CallContext& context,
                   const v1::ListAdministratorsRequest& request,
                   std::int64_t* revision, absl::Time* moment,
                   std::string* after) {
  // As a page token keeps it.
  *moment = absl::FromUnixMicros(absl::ToUnixMicros(*moment));
  if (request.page_token().empty()) return std::nullopt;
  auto read = tokens.Read(request.page_token(),
                          AdministratorsBinding(context, request));
  if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
  PagePosition& position = std::get<PagePosition>(read);
  *revision = position.revision;
  *moment = position.moment;
  *after = std::move(position.after);
  return std::nullopt;
}

Outcome AdministratorsIn(const AccessView& view,
                         const hierarchy::Principal& asker,
                         const v1::ListAdministratorsRequest& request,
                         std::vector<v1::Administrator>* all) {
  auto found = hierarchy::ListAdministrators(
      view, asker, request.customer(), request.permission(), request.service());
  if (auto* refusal = std::get_if<Refusal>(&found)) return std::move(*refusal);
  *all = std::get<std::vector<v1::Administrator>>(std::move(found));
  return std::nullopt;
}

Outcome AnswerPage(const CheckPoint& point, const CallContext& context,
                   const v1::ListAdministratorsRequest& request,
                   const AdministratorsPage& page,
                   std::vector<v1::Administrator> all,
                   v1::ListAdministratorsResponse* response) {
  if (point.named) {
    if (Outcome refused = WithNow(point, [&](const AccessView& now) {
          return hierarchy::KeepVisible(now, context.principal,
                                        request.customer(), &all);
        })) {
      return refused;
    }
  }
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  const std::optional<std::string> next =
      CopyPage(all, page.after, page.size, response);
  if (next) {
    response->set_next_page_token(
        PageTokens(context.engine->secret_key())
            .Make({point.revision, point.moment, *next},
                  AdministratorsBinding(context, request)));
  }
  return std::nullopt;
}

Outcome ListAdministrators(const Backend& backend, const CallContext& context,
                           const v1::ListAdministratorsRequest& request,
                           v1::ListAdministratorsResponse* response) {
  auto size = PageSizeOf(request.page_size());
  if (auto* refusal = std::get_if<Refusal>(&size)) return std::move(*refusal);
  auto resolved = ResolvePoint(backend, context, request.read_options(),
                               AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  CheckPoint point = std::get<CheckPoint>(resolved);
  AdministratorsPage page{std::get<std::size_t>(size), ""};
  if (Outcome bad =
          ResumePage(PageTokens(context.engine->secret_key()), context, request,
                     &point.revision, &point.moment, &page.after)) {
    return bad;
  }
  // Also on a later page, of a time when the first was.
  if (point.revision < context.engine->oldest() ||
      (request.has_at() &&
       point.moment < context.engine->TimeOf(point.revision))) {
    return SnapshotExpired(*context.engine, point.revision);
  }
  SetEdition(request.has_at(), &point);
  std::vector<v1::Administrator> all;
  if (Outcome refused = WithView(point, [&](const AccessView& view) {
        return AdministratorsIn(view, AskerAt(point, context), request, &all);
      })) {
    return refused;
  }
  return AnswerPage(point, context, request, page, std::move(all), response);
}

Outcome ListAdministratorsPast(const Backend& backend,
                               const CallContext& context, Readers& readers,
                               const v1::ListAdministratorsRequest& request,
                               v1::ListAdministratorsResponse* response) {
  auto size = PageSizeOf(request.page_size());
  if (auto* refusal = std::get_if<Refusal>(&size)) return std::move(*refusal);
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) {
    return std::move(*refusal);
  }
  StoreReader* reader = std::get<StoreReader*>(opened);
  auto resolved = ResolveReadPoint(*context.engine, backend.clock, reader,
                                   request.read_options(),
                                   AtOf(request.has_at(), request.at()));
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  ReadPoint point = std::get<ReadPoint>(resolved);
  AdministratorsPage page{std::get<std::size_t>(size), ""};
  if (Outcome bad =
          ResumePage(PageTokens(context.engine->secret_key()), context, request,
                     &point.revision, &point.moment, &page.after)) {
    return bad;
  }
  OpenedPast view = OpenPastAt(backend, context, reader, point);
  if (auto* refusal = std::get_if<Refusal>(&view)) return std::move(*refusal);
  PastView& past = *std::get<std::unique_ptr<PastView>>(view);
  std::vector<v1::Administrator> all;
  // Before anything is read for who may not see it.
  if (Outcome refused = WithNow(past.point(), [&](const AccessView& now) {
        return hierarchy::KeepVisible(now, context.principal,
                                      request.customer(), &all);
      })) {
    return refused;
  }
  if (Outcome failed = past.LoadAdministrators(request.customer())) {
    return failed;
  }
  if (Outcome refused =
          AdministratorsIn(past.view(), hierarchy::Anybody(), request, &all)) {
    return refused;
  }
  return AnswerPage(past.point(), context, request, page, std::move(all),
                    response);
}

// --- ListAdministeredCustomers ---------------------------------------------

// The customers of one partner. Numbers of the graph are those of this process,
// so cursors are bound to it: after a restart the list begins anew.
class AdministeredCustomers : public StreamSource {
 public:
  static std::variant<std::unique_ptr<StreamSource>, Refusal> Open(
      const CheckPoint& point, const std::string& process,
      const CallContext& context,
      const v1::ListAdministeredCustomersRequest& request);

  std::variant<bool, Refusal> Next(
      google::protobuf::Message* response) override;

 private:
  AdministeredCustomers(const CheckPoint& point, std::string binding,
                        int batch_size)
      : point_(point),
        tokens_(point.engine->secret_key()),
        binding_(std::move(binding)),
        batch_size_(batch_size) {}

  Outcome Prepare(const CallContext& context,
                  const v1::ListAdministeredCustomersRequest& request);
  std::string MakeCursor() const;
  Outcome ReadCursor(const std::string& text);

  const CheckPoint point_;
  const PageTokens tokens_;
  const std::string binding_;
  const int batch_size_;
  hierarchy::PartnerId partner_ = Graph::kNobody;
  hierarchy::CoverageFilter filter_;
  Graph::Cursor cursor_;
  bool more_ = true;
  bool sent_ = false;
};

std::variant<std::unique_ptr<StreamSource>, Refusal>
AdministeredCustomers::Open(
    const CheckPoint& point, const std::string& process,
    const CallContext& context,
    const v1::ListAdministeredCustomersRequest& request) {
  const int batch_size =
      request.batch_size() == 0 ? kBatchSizeDefault : request.batch_size();
  if (batch_size < 0 || batch_size > kBatchSizeMax) {
    return hierarchy::BadField(v1::ERROR_REASON_FIELD_INVALID, "batch_size",
                               "The batch size is not between 1 and 1,000.",
                               "Send 1 to 1,000, or 0 for 500.");
  }
  std::unique_ptr<AdministeredCustomers> source(new AdministeredCustomers(
      point,
      absl::StrJoin({request.partner(), request.service(), request.permission(),
                     context.principal.name, process},
                    absl::string_view(&kSeparator, 1)),
      batch_size));
  if (Outcome refused = source->Prepare(context, request)) {
    return *std::move(refused);
  }
  return source;
}

Outcome AdministeredCustomers::Prepare(
    const CallContext& context,
    const v1::ListAdministeredCustomersRequest& request) {
  if (!request.cursor().empty()) {
    if (Outcome bad = ReadCursor(request.cursor())) return bad;
  }
  return WithView(point_, [&](const AccessView& view) -> Outcome {
    auto partner =
        hierarchy::ResolveDelegate(view, context.principal, request.partner());
    if (auto* refusal = std::get_if<Refusal>(&partner)) {
      return std::move(*refusal);
    }
    partner_ = std::get<hierarchy::PartnerId>(partner);
    auto filter = hierarchy::ReadCoverageFilter(view, request.permission(),
                                                request.service());
    if (auto* refusal = std::get_if<Refusal>(&filter)) {
      return std::move(*refusal);
    }
    filter_ = std::get<hierarchy::CoverageFilter>(filter);
    return std::nullopt;
  });
}

std::variant<bool, Refusal> AdministeredCustomers::Next(
    google::protobuf::Message* response) {
  auto* message = static_cast<v1::ListAdministeredCustomersResponse*>(response);
  auto* customers = message->mutable_customers();
  while (more_ && customers->size() < batch_size_) {
    const int limit = std::min(kChecksPerLock, batch_size_ - customers->size());
    Outcome failed = WithView(point_, [&](const AccessView& view) -> Outcome {
      more_ = hierarchy::ListAdministered(view, partner_, filter_, limit,
                                          &cursor_, customers);
      return std::nullopt;
    });
    if (failed) return *std::move(failed);
  }
  // An empty list still tells its revision.
  if (customers->empty() && sent_) return false;
  sent_ = true;
  message->set_cursor(MakeCursor());
  SetRevision(*point_.engine, point_.revision, message->mutable_revision());
  return true;
}

std::string AdministeredCustomers::MakeCursor() const {
  return tokens_.Make(
      {point_.revision, absl::UnixEpoch(),
       cursor_.started ? absl::StrCat(cursor_.customer, ".", cursor_.entity)
                       : ""},
      binding_);
}

Outcome AdministeredCustomers::ReadCursor(const std::string& text) {
  auto read = tokens_.Read(text, binding_);
  if (auto* refusal = std::get_if<Refusal>(&read)) {
    refusal->violations.front().set_field("cursor");
    return std::move(*refusal);
  }
  const std::vector<std::string> numbers =
      absl::StrSplit(std::get<PagePosition>(read).after, '.');
  cursor_.started = numbers.size() == 2 &&
                    absl::SimpleAtoi(numbers[0], &cursor_.customer) &&
                    absl::SimpleAtoi(numbers[1], &cursor_.entity);
  return std::nullopt;
}

// Binds two functions of this file to the backend: one answers from memory, the
// other from the store what memory does not know.
template <class Request, class Response>
void Add(ServiceMethods* methods, absl::string_view name,
         const Backend* backend,
         Outcome (*from_memory)(const Backend&, const CallContext&,
                                const Request&, Response*),
         Outcome (*from_store)(const Backend&, const CallContext&, Readers&,
                               const Request&, Response*)) {
  methods->AddInline<Request, Response>(
      name, [backend, from_memory](const CallContext& context,
                                   const Request& request, Response* response) {
        return from_memory(*backend, context, request, response);
      });
  methods->AddRead<Request, Response>(
      name, [backend, from_store](const CallContext& context, Readers& readers,
                                  const Request& request, Response* response) {
        return from_store(*backend, context, readers, request, response);
      });
}

}  // namespace

std::unique_ptr<ServiceMethods> AccessMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::CheckAccessRequest::descriptor()->file()->service(0));
  ServiceMethods* all = methods.get();
  Add(all, "CheckAccess", backend, &Check, &CheckPast);
  Add(all, "BatchCheckAccess", backend, &BatchCheck, &BatchCheckPast);
  Add(all, "ExplainAccess", backend, &Explain, &ExplainPast);
  Add(all, "ListAdministrators", backend, &ListAdministrators,
      &ListAdministratorsPast);
  methods->AddStream<v1::ListAdministeredCustomersRequest>(
      "ListAdministeredCustomers",
      [backend, process = NewTraceId()](
          const CallContext& context,
          const v1::ListAdministeredCustomersRequest& request)
          -> std::variant<std::unique_ptr<StreamSource>, Refusal> {
        if (request.read_options().has_read_time()) {
          return hierarchy::BadField(v1::ERROR_REASON_READ_OPTION_INVALID,
                                     "read_options.read_time",
                                     "Customers are not listed at a time.",
                                     "Give `exact_revision` or nothing.");
        }
        auto point = ResolvePoint(*backend, context, request.read_options(),
                                  std::nullopt);
        if (auto* refusal = std::get_if<Refusal>(&point)) {
          return std::move(*refusal);
        }
        return AdministeredCustomers::Open(std::get<CheckPoint>(point), process,
                                           context, request);
      });
  return methods;
}

}  // namespace partner::server
