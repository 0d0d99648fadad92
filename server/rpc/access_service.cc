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
#include "hierarchy/access/access.h"
#include "partner/hierarchy/v1/access_service.pb.h"
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

// Where a check stands: a revision, its moment and the edition in force then.
struct CheckPoint {
  const Engine* engine = nullptr;
  std::int64_t revision = 0;
  absl::Time moment;
  hierarchy::EditionInForce edition;
};

void SetEdition(CheckPoint* point) {
  point->edition = point->engine->EditionAt(point->revision, point->moment);
}

std::variant<CheckPoint, Refusal> ResolvePoint(const Backend& backend,
                                               const CallContext& context,
                                               const v1::ReadOptions& options) {
  if (context.engine == nullptr) {
    return hierarchy::RefuseWith(v1::ERROR_REASON_NAME_MALFORMED,
                                 "The request names no program.",
                                 "Begin names with `programs/{program}`.");
  }
  auto revision = ResolveGraphRevision(*context.engine, options);
  if (auto* refusal = std::get_if<Refusal>(&revision)) {
    return std::move(*refusal);
  }
  CheckPoint point;
  point.engine = context.engine;
  point.revision = std::get<std::int64_t>(revision);
  point.moment = options.has_exact_revision()
                     ? context.engine->TimeOf(point.revision)
                     : PresentOf(*context.engine, backend.clock);
  SetEdition(&point);
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
                                 point.edition.until, point.moment});
      });
  if (!held) return SnapshotExpired(*point.engine, point.revision);
  return outcome;
}

Outcome Check(const Backend& backend, const CallContext& context,
              const v1::CheckAccessRequest& request,
              v1::CheckAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  response->mutable_max_cache_age()->set_seconds(kCacheAgeSeconds);
  return WithView(point, [&](const AccessView& view) -> Outcome {
    auto query = hierarchy::Resolve(view, context.principal, request.query());
    if (auto* refusal = std::get_if<Refusal>(&query)) {
      return std::move(*refusal);
    }
    hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(query),
                     response->mutable_decision());
    return std::nullopt;
  });
}

void CheckOne(const AccessView& view, const CallContext& context,
              const v1::AccessQuery& query, const hierarchy::Parties& parties,
              v1::BatchAccessResult* result) {
  auto resolved = hierarchy::Resolve(view, context.principal, query, parties);
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    v1::AccessQueryError* error = result->mutable_error();
    error->set_reason(refusal->reason());
    error->set_description(refusal->violations.front().description());
    return;
  }
  hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(resolved),
                   result->mutable_decision());
}

Outcome BatchCheck(const Backend& backend, const CallContext& context,
                   const v1::BatchCheckAccessRequest& request,
                   v1::BatchCheckAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  response->mutable_max_cache_age()->set_seconds(kCacheAgeSeconds);
  response->mutable_results()->Reserve(request.queries_size());
  for (int begin = 0; begin < request.queries_size(); begin += kChecksPerLock) {
    const int end = std::min(begin + kChecksPerLock, request.queries_size());
    Outcome failed = WithView(point, [&](const AccessView& view) -> Outcome {
      const std::vector<hierarchy::Parties> parties = hierarchy::FindParties(
          view, absl::MakeSpan(request.queries().data() + begin, end - begin));
      for (int i = begin; i < end; ++i) {
        CheckOne(view, context, request.queries(i), parties[i - begin],
                 response->add_results());
      }
      return std::nullopt;
    });
    if (failed) return failed;
  }
  return std::nullopt;
}

Outcome Explain(const Backend& backend, const CallContext& context,
                const v1::ExplainAccessRequest& request,
                v1::ExplainAccessResponse* response) {
  auto resolved = ResolvePoint(backend, context, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  const CheckPoint& point = std::get<CheckPoint>(resolved);
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  return WithView(point, [&](const AccessView& view) -> Outcome {
    auto query = hierarchy::Resolve(view, context.principal, request.query());
    if (auto* refusal = std::get_if<Refusal>(&query)) {
      return std::move(*refusal);
    }
    *response->mutable_decision() = hierarchy::Explain(
        view, context.principal, std::get<hierarchy::ResolvedQuery>(query),
        response->mutable_conditions());
    return std::nullopt;
  });
}

// --- ListAdministrators ----------------------------------------------------

constexpr char kSeparator = '\0';

std::string AdministratorsBinding(
    const CallContext& context, const v1::ListAdministratorsRequest& request) {
  return absl::StrJoin(
      {std::string("administrators"), request.customer(), request.service(),
       request.permission(), request.read_options().SerializeAsString(),
       context.principal.name, context.engine->history_id()},
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

// The point of a later page: that of the first.
Outcome ResumePage(const PageTokens& tokens, const CallContext& context,
                   const v1::ListAdministratorsRequest& request,
                   CheckPoint* point, std::string* after) {
  auto read = tokens.Read(request.page_token(),
                          AdministratorsBinding(context, request));
  if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
  PagePosition& position = std::get<PagePosition>(read);
  point->revision = position.revision;
  if (point->revision < context.engine->oldest()) {
    return SnapshotExpired(*context.engine, point->revision);
  }
  point->moment = position.moment;
  SetEdition(point);
  *after = std::move(position.after);
  return std::nullopt;
}

Outcome ListAdministrators(const Backend& backend, const CallContext& context,
                           const v1::ListAdministratorsRequest& request,
                           v1::ListAdministratorsResponse* response) {
  auto size = PageSizeOf(request.page_size());
  if (auto* refusal = std::get_if<Refusal>(&size)) return std::move(*refusal);
  auto resolved = ResolvePoint(backend, context, request.read_options());
  if (auto* refusal = std::get_if<Refusal>(&resolved)) {
    return std::move(*refusal);
  }
  CheckPoint point = std::get<CheckPoint>(resolved);
  // As a page token keeps it.
  point.moment = absl::FromUnixMicros(absl::ToUnixMicros(point.moment));
  SetEdition(&point);
  const PageTokens tokens(context.engine->secret_key());
  std::string after;
  if (!request.page_token().empty()) {
    if (Outcome bad = ResumePage(tokens, context, request, &point, &after)) {
      return bad;
    }
  }
  SetRevision(*point.engine, point.revision, response->mutable_revision());
  return WithView(point, [&](const AccessView& view) -> Outcome {
    auto all = hierarchy::ListAdministrators(
        view, context.principal, request.customer(), request.permission(),
        request.service());
    if (auto* refusal = std::get_if<Refusal>(&all)) {
      return std::move(*refusal);
    }
    const std::optional<std::string> next =
        CopyPage(std::get<std::vector<v1::Administrator>>(all), after,
                 std::get<std::size_t>(size), response);
    if (next) {
      response->set_next_page_token(
          tokens.Make({point.revision, point.moment, *next},
                      AdministratorsBinding(context, request)));
    }
    return std::nullopt;
  });
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

// Binds a function of this file to the backend.
template <class Request, class Response>
void AddInline(ServiceMethods* methods, absl::string_view name,
               const Backend* backend,
               Outcome (*handler)(const Backend&, const CallContext&,
                                  const Request&, Response*)) {
  methods->AddInline<Request, Response>(
      name, [backend, handler](const CallContext& context,
                               const Request& request, Response* response) {
        return handler(*backend, context, request, response);
      });
}

}  // namespace

std::unique_ptr<ServiceMethods> AccessMethods(const Backend* backend) {
  auto methods = std::make_unique<ServiceMethods>(
      v1::CheckAccessRequest::descriptor()->file()->service(0));
  ServiceMethods* all = methods.get();
  AddInline(all, "CheckAccess", backend, &Check);
  AddInline(all, "BatchCheckAccess", backend, &BatchCheck);
  AddInline(all, "ExplainAccess", backend, &Explain);
  AddInline(all, "ListAdministrators", backend, &ListAdministrators);
  methods->AddStream<v1::ListAdministeredCustomersRequest>(
      "ListAdministeredCustomers",
      [backend, process = NewTraceId()](
          const CallContext& context,
          const v1::ListAdministeredCustomersRequest& request)
          -> std::variant<std::unique_ptr<StreamSource>, Refusal> {
        auto point = ResolvePoint(*backend, context, request.read_options());
        if (auto* refusal = std::get_if<Refusal>(&point)) {
          return std::move(*refusal);
        }
        return AdministeredCustomers::Open(std::get<CheckPoint>(point), process,
                                           context, request);
      });
  return methods;
}

}  // namespace partner::server
