#include "server/rpc/list.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/message.h"
#include "hierarchy/rules/decide.h"
#include "server/rpc/error_exit.h"
#include "server/rpc/filter.h"
#include "server/rpc/list_scope.h"
#include "server/rpc/page_token.h"
#include "server/rpc/read.h"

namespace partner::server {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using hierarchy::Kind;
using hierarchy::Principal;
using hierarchy::Refusal;

// A partner with more customers than this lists them by looking at all.
constexpr std::size_t kOwnCustomersMax = 2000;
// Rows between two looks at the clock.
constexpr int kRowsPerDeadlineCheck = 256;

// One page under way.
class Page {
 public:
  Page(const CallContext& context, Kind kind, const ListScope& scope,
       const Filter& filter, const google::protobuf::FieldMask& mask,
       PagePosition position, std::size_t size, std::optional<PastReader> past,
       Message* response)
      : context_(context),
        kind_(kind),
        scope_(scope),
        filter_(filter),
        mask_(mask),
        position_(std::move(position)),
        size_(size),
        past_(std::move(past)),
        response_(response),
        items_(response->GetDescriptor()->field(0)),
        scratch_(hierarchy::DocumentType(kind)->New(response->GetArena())) {}

  // Looks at the next row known; false when the page is complete or cannot go
  // on.
  bool Visit(const StoredDocument& known);

  const PagePosition& position() const { return position_; }
  // Where the next page begins; nullopt when this one is the last.
  const std::optional<std::string>& next_after() const { return next_after_; }
  bool empty() const { return count_ == 0; }
  const Outcome& failure() const { return failure_; }

 private:
  bool IsLate();
  bool VisitThen(const StoredDocument& row);
  // Rows examined to find the page, those of the past too.
  int examined() const { return examined_ + (past_ ? past_->rows() : 0); }
  bool Accepts(const StoredDocument& row);
  void Add();

  const CallContext& context_;
  const Kind kind_;
  const ListScope& scope_;
  const Filter& filter_;
  const google::protobuf::FieldMask& mask_;
  const PagePosition position_;
  const std::size_t size_;
  // Of a page about a moment.
  std::optional<PastReader> past_;
  Message* const response_;
  const FieldDescriptor* const items_;
  // On the response's arena, so that swapping into it copies nothing; owned by
  // that arena.
  Message* const scratch_;

  int examined_ = 0;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::string last_added_;
  std::optional<std::string> next_after_;
  Outcome failure_;
};

bool Page::IsLate() {
  if (++examined_ % kRowsPerDeadlineCheck != 0 ||
      absl::Now() <= context_.deadline) {
    return false;
  }
  failure_ = hierarchy::RefuseWith(
      v1::ERROR_REASON_DEADLINE_PASSED,
      "The call's time was over before the page was complete.",
      "Retry with a later deadline or a smaller page.");
  return true;
}

bool Page::Visit(const StoredDocument& known) {
  if (IsLate()) return false;
  if (!past_ || known.revision == 0) return VisitThen(known);
  absl::StatusOr<std::optional<StoredDocument>> then = past_->Then(known);
  if (!then.ok()) {
    failure_ = RefusalOfStore(then.status());
    return false;
  }
  if (then->has_value()) return VisitThen(**then);
  StoredDocument later = known;
  later.revision = 0;
  return VisitThen(later);
}

// Looks at a row as it was at the moment; revision 0 when there was none.
bool Page::VisitThen(const StoredDocument& row) {
  if (row.revision != 0 && Accepts(row)) {
    if (count_ == size_ ||
        (count_ > 0 && bytes_ + row.body.size() > kPageBytesMax)) {
      next_after_ = last_added_;
      return false;
    }
    bytes_ += row.body.size();
    last_added_ = row.name;
    Add();
  }
  if (failure_) return false;
  if (examined() >= kRowsExaminedMax) {
    next_after_ = row.name;
    return false;
  }
  return true;
}

bool Page::Accepts(const StoredDocument& row) {
  if (!scope_.Contains(row.name)) return false;
  if ((failure_ = ParseStored(row, scratch_))) return false;
  if (!Sees(*context_.engine, context_.principal, kind_, *scratch_)) {
    return false;
  }
  hierarchy::ShowAt(position_.moment, context_.principal,
                    context_.engine->tokens(), scratch_);
  return filter_.Matches(*scratch_);
}

void Page::Add() {
  ApplyMask(mask_, scratch_);
  Message* item = response_->GetReflection()->AddMessage(response_, items_);
  item->GetReflection()->Swap(item, scratch_);
  ++count_;
}

// Looks at single names instead of a range, in order.
Outcome VisitNames(StoreReader* reader, Kind kind, const PagePosition& position,
                   const std::vector<std::string>& names, Page* page) {
  for (const std::string& name : names) {
    if (name <= position.after) continue;
    absl::StatusOr<std::optional<StoredDocument>> stored =
        reader->Get(kind, name, position.revision);
    if (!stored.ok()) return RefusalOfStore(stored.status());
    if (stored->has_value() && !page->Visit(**stored)) break;
  }
  return std::nullopt;
}

// The only names that can be on the list, when an index or the graph knows
// them; nullopt when a range must be examined.
std::variant<std::optional<std::vector<std::string>>, Refusal> KnownNames(
    const CallContext& context, StoreReader* reader, Kind kind,
    const ListScope& scope, const Filter& filter) {
  using Names = std::optional<std::vector<std::string>>;
  if (kind != Kind::kPartner && kind != Kind::kCustomer) return Names();
  if (const auto tenant = filter.EqualTo("tenant_id")) {
    auto name = reader->FindUnique(absl::StrCat(
        kind == Kind::kPartner ? "partner-tenant/" : "customer-tenant/",
        *tenant));
    if (!name.ok()) return RefusalOfStore(name.status());
    return name->has_value() ? Names({**name})
                             : Names(std::vector<std::string>());
  }
  if (kind != Kind::kCustomer) return Names();
  const Principal& principal = context.principal;
  if (principal.kind == Principal::Kind::kCustomer) {
    return absl::StartsWith(principal.name, scope.prefix())
               ? Names({principal.name})
               : Names(std::vector<std::string>());
  }
  if (principal.kind != Principal::Kind::kPartner) return Names();
  Names names;
  const std::int64_t newest = context.engine->visible();
  context.engine->ReadGraph(newest, [&](const hierarchy::Graph& graph) {
    const auto partner = graph.PartnerNamed(principal.name);
    if (partner) {
      names = graph.VisibleCustomers(*partner, newest, kOwnCustomersMax);
    } else {
      names.emplace();
    }
  });
  if (names) {
    for (std::string& id : *names) id = absl::StrCat(scope.prefix(), id);
  }
  return names;
}

// What a page token belongs to.
std::string BindingOf(const CallContext& context, const Message& request) {
  const v1::ReadOptions& options = ReadOptionsOf(request);
  const std::optional<absl::Time> at = AtOf(request);
  return absl::StrJoin(
      {request.GetDescriptor()->name(), TextField(request, "parent"),
       TextField(request, "filter"), MaskOf(request).SerializeAsString(),
       options.SerializeAsString(), at ? absl::FormatTime(*at) : "",
       context.principal.name, context.engine->history_id()},
      absl::string_view("\0", 1));
}

std::variant<PagePosition, Refusal> PositionOf(const Backend& backend,
                                               const CallContext& context,
                                               StoreReader* reader,
                                               const PageTokens& tokens,
                                               const Message& request) {
  const std::string& token = TextField(request, "page_token");
  if (!token.empty()) {
    return tokens.Read(token, BindingOf(context, request));
  }
  auto point = ResolveReadPoint(*context.engine, backend.clock, reader,
                                ReadOptionsOf(request), AtOf(request));
  if (auto* refusal = std::get_if<Refusal>(&point)) return std::move(*refusal);
  const auto& [revision, moment] = std::get<ReadPoint>(point);
  return PagePosition{revision, moment, ""};
}

// What reads the rows of a list about a moment; nullopt for lists that are
// about none.
std::variant<std::optional<PastReader>, Refusal> PastOf(
    StoreReader* reader, const Message& request, const PagePosition& position) {
  if (!AtOf(request)) return std::nullopt;
  auto found = ResolvePast(reader, {position.revision, position.moment});
  if (auto* refusal = std::get_if<Refusal>(&found)) return std::move(*refusal);
  // The page counts its rows and keeps its deadline itself.
  return PastReader(reader, std::get<PastPoint>(found), position.moment,
                    {.rows_max = std::numeric_limits<int>::max()});
}

// A list with everything found out about it but its rows.
Outcome ReadPage(const CallContext& context, StoreReader* reader, Kind kind,
                 const ListScope& scope, const Filter& filter, Page* page) {
  auto names = KnownNames(context, reader, kind, scope, filter);
  if (auto* refusal = std::get_if<Refusal>(&names)) return std::move(*refusal);
  const PagePosition& position = page->position();
  if (const auto& known =
          std::get<std::optional<std::vector<std::string>>>(names)) {
    if (Outcome failed = VisitNames(reader, kind, position, *known, page)) {
      return failed;
    }
    return page->failure();
  }
  const absl::Status status = reader->List(
      {.kind = kind,
       .prefix = scope.prefix(),
       .after = position.after,
       .revision = position.revision},
      [page](const StoredDocument& row) { return page->Visit(row); });
  if (!status.ok()) return RefusalOfStore(status);
  return page->failure();
}

Outcome List(const Backend& backend, Kind kind, const CallContext& context,
             Readers& readers, const Message& request, Message* response) {
  const FieldDescriptor* items = response->GetDescriptor()->field(0);
  const google::protobuf::FieldMask& mask = MaskOf(request);
  if (Outcome bad = CheckMask(mask, items->message_type())) return bad;
  auto size = PageSizeOf(request.GetReflection()->GetInt32(
      request, request.GetDescriptor()->FindFieldByName("page_size")));
  if (auto* refusal = std::get_if<Refusal>(&size)) return *refusal;
  auto filter =
      Filter::Parse(TextField(request, "filter"), items->message_type());
  if (auto* refusal = std::get_if<Refusal>(&filter)) return *refusal;
  auto scope =
      ListScope::Parse(kind, TextField(request, "parent"), context.principal);
  if (auto* refusal = std::get_if<Refusal>(&scope)) return *refusal;
  auto opened = ReaderOf(context, readers);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return *refusal;
  StoreReader* reader = std::get<StoreReader*>(opened);
  const PageTokens tokens(context.engine->secret_key());
  auto position = PositionOf(backend, context, reader, tokens, request);
  if (auto* refusal = std::get_if<Refusal>(&position)) return *refusal;
  const std::int64_t revision = std::get<PagePosition>(position).revision;
  auto past = PastOf(reader, request, std::get<PagePosition>(position));
  if (auto* refusal = std::get_if<Refusal>(&past)) return *refusal;

  const ListScope& in = std::get<ListScope>(scope);
  // Who does not see the parent may still see what is under it: an ended
  // administration, a forward of its own. Without any, there is no parent.
  Outcome hidden_parent;
  if (in.parent_kind() != Kind::kNone) {
    auto parent = FetchVisible(context, reader, in.parent_kind(),
                               in.parent_name(), revision);
    if (auto* refusal = std::get_if<Refusal>(&parent)) hidden_parent = *refusal;
  }
  Page page(context, kind, in, std::get<Filter>(filter), mask,
            std::get<PagePosition>(std::move(position)),
            std::get<std::size_t>(size),
            std::get<std::optional<PastReader>>(std::move(past)), response);
  if (Outcome failed = ReadPage(context, reader, kind, in,
                                std::get<Filter>(filter), &page)) {
    return failed;
  }
  if (hidden_parent && page.empty() && page.position().after.empty()) {
    return hidden_parent;
  }
  if (page.next_after()) {
    response->GetReflection()->SetString(
        response, response->GetDescriptor()->FindFieldByName("next_page_token"),
        tokens.Make({revision, page.position().moment, *page.next_after()},
                    BindingOf(context, request)));
  }
  SetRevision(*context.engine, revision, MutableRevisionOf(response));
  return std::nullopt;
}

}  // namespace

std::variant<std::size_t, Refusal> PageSizeOf(int page_size) {
  if (page_size < 0) {
    return hierarchy::BadField(v1::ERROR_REASON_FIELD_INVALID, "page_size",
                               "The page size is negative.",
                               "Send 1 to 1,000, or 0 for 50.");
  }
  if (page_size == 0) return static_cast<std::size_t>(kPageSizeDefault);
  return static_cast<std::size_t>(std::min(page_size, kPageSizeMax));
}

ReadHandler ListHandler(const Backend* backend, Kind kind) {
  return [backend, kind](const CallContext& context, Readers& readers,
                         const Message& request, Message* response) {
    return List(*backend, kind, context, readers, request, response);
  };
}

}  // namespace partner::server
