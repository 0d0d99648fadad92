#include "server/ledger/past.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "hierarchy/rules/decide.h"
#include "server/ledger/graph_loader.h"

namespace partner::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using hierarchy::Kind;

using Found = absl::StatusOr<std::optional<StoredDocument>>;

constexpr int kRowsPerDeadlineCheck = 256;

// A time of a document; nullopt when its type has none or it is not set.
std::optional<absl::Time> TimeIn(const Message& document, const char* name) {
  const FieldDescriptor* field =
      document.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr ||
      !document.GetReflection()->HasField(document, field)) {
    return std::nullopt;
  }
  const auto& time = static_cast<const google::protobuf::Timestamp&>(
      document.GetReflection()->GetMessage(document, field));
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// When a document began to be true and when it was first recorded.
struct Beginning {
  std::optional<absl::Time> start;
  std::optional<absl::Time> recorded;
};

absl::StatusOr<Beginning> BeginningOf(const StoredDocument& document) {
  const std::unique_ptr<Message> message =
      hierarchy::NewDocument(document.kind);
  if (message == nullptr || !message->ParseFromString(document.body)) {
    return absl::DataLossError(absl::StrCat("the record of ", document.name,
                                            " at revision ", document.revision,
                                            " cannot be read"));
  }
  return Beginning{TimeIn(*message, "start_time"),
                   TimeIn(*message, "create_time")};
}

}  // namespace

absl::StatusOr<PastPoint> FindPast(StoreReader* reader, std::int64_t known,
                                   absl::Time moment) {
  const absl::StatusOr<std::int64_t> then = reader->RevisionAt(moment);
  if (!then.ok()) return then.status();
  return PastPoint{known, std::min(*then, known)};
}

absl::Status PastReader::Count() {
  if (++rows_ > limits_.rows_max) {
    return absl::OutOfRangeError("too many stored versions");
  }
  if (rows_ % kRowsPerDeadlineCheck == 0 && limits_.is_late &&
      limits_.is_late()) {
    return absl::DeadlineExceededError("the call's time is over");
  }
  return absl::OkStatus();
}

Found PastReader::Read(Kind kind, absl::string_view name,
                       std::int64_t revision) {
  const absl::Status counted = Count();
  if (!counted.ok()) return counted;
  return reader_->Get(kind, name, revision);
}

Found PastReader::First(const StoredDocument& known, absl::Time recorded) {
  const absl::StatusOr<std::int64_t> first = reader_->RevisionAt(recorded);
  if (!first.ok()) return first.status();
  return Read(known.kind, known.name, std::min(*first, point_.known));
}

Found PastReader::Then(StoredDocument known) {
  if (known.revision <= point_.then) return known;
  Found then = Read(known.kind, known.name, point_.then);
  if (!then.ok() || then->has_value()) return then;
  const absl::StatusOr<Beginning> beginning = BeginningOf(known);
  if (!beginning.ok()) return beginning.status();
  const auto& [start, recorded] = *beginning;
  // Began by the moment and was recorded later of an earlier time.
  if (!start || !recorded || *start > moment_ || *start >= *recorded) {
    return std::nullopt;
  }
  return First(known, *recorded);
}

Found PastReader::Get(Kind kind, absl::string_view name) {
  Found known = Read(kind, name, point_.known);
  if (!known.ok() || !known->has_value()) return known;
  return Then(**std::move(known));
}

Found PastReader::GetOrFirst(Kind kind, absl::string_view name) {
  Found known = Read(kind, name, point_.known);
  if (!known.ok() || !known->has_value() || (*known)->revision <= point_.then) {
    return known;
  }
  Found then = Read(kind, name, point_.then);
  if (!then.ok() || then->has_value()) return then;
  const absl::StatusOr<Beginning> beginning = BeginningOf(**known);
  if (!beginning.ok()) return beginning.status();
  if (!beginning->recorded) return std::nullopt;
  return First(**known, *beginning->recorded);
}

absl::Status PastReader::Visit(
    Kind kind, absl::string_view parent,
    const std::function<absl::Status(const StoredDocument&)>& visit) {
  absl::Status status;
  const absl::Status listed =
      reader_->List({.kind = kind,
                     .prefix = absl::StrCat(parent, "/"),
                     .after = "",
                     .revision = point_.known},
                    [&](const StoredDocument& known) {
                      status = Count();
                      if (!status.ok()) return false;
                      // Recorded after `known`.
                      if (known.revision == 0) return true;
                      const Found then = Then(known);
                      status = then.status();
                      if (status.ok() && then->has_value()) {
                        status = visit(**then);
                      }
                      return status.ok();
                    });
  return listed.ok() ? status : listed;
}

PastGraph::PastGraph(absl::string_view program,
                     const hierarchy::Catalogue* catalogue, PastReader* reader)
    : reader_(reader), graph_(std::string(program), catalogue) {}

absl::Status PastGraph::Apply(const StoredDocument& document) {
  StoredDocument known = document;
  // All are facts of the one revision asked about.
  known.revision = revision();
  return ApplyStored(known, &graph_);
}

absl::Status PastGraph::AddParty(Kind kind, absl::string_view name) {
  const Found party = reader_->GetOrFirst(kind, name);
  if (!party.ok() || !party->has_value()) return party.status();
  return Apply(**party);
}

absl::Status PastGraph::AddPartner(absl::string_view name) {
  if (!loaded_.insert(std::string(name)).second) return absl::OkStatus();
  return AddParty(Kind::kPartner, name);
}

absl::Status PastGraph::AddCustomer(absl::string_view name) {
  if (!loaded_.insert(std::string(name)).second) return absl::OkStatus();
  absl::Status status = AddParty(Kind::kCustomer, name);
  // Nothing is under nobody.
  if (!status.ok() || !graph_.CustomerNamed(name)) return status;
  status = reader_->Visit(
      Kind::kResellerRelationship, name,
      [this](const StoredDocument& document) { return Apply(document); });
  if (!status.ok()) return status;
  status = reader_->Visit(
      Kind::kAdminRelationship, name,
      [this](const StoredDocument& document) { return Apply(document); });
  if (!status.ok()) return status;
  graph_.VisitAdmins(*graph_.CustomerNamed(name), revision(),
                     [this](const hierarchy::Graph::Admin& item) {
                       delegates_.insert(graph_.NameOfPartner(item.delegate));
                       return true;
                     });
  return absl::OkStatus();
}

absl::Status PastGraph::AddDelegates() {
  for (const std::string& name : delegates_) {
    const absl::Status status = AddPartner(name);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace partner::server
