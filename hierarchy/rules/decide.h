#ifndef PARTNER_HIERARCHY_RULES_DECIDE_H_
#define PARTNER_HIERARCHY_RULES_DECIDE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/graph.h"
#include "hierarchy/model/names.h"
#include "hierarchy/model/principal.h"
#include "hierarchy/model/tokens.h"
#include "hierarchy/policy/policy.h"
#include "hierarchy/rules/refusal.h"
#include "partner/hierarchy/v1/common.pb.h"

// What a command does, decided without side effects: from the graph, the
// documents, the edition in force, the command and its moment.
namespace partner::hierarchy {

// Reads the documents a decision needs, as they stand just before it.
class Documents {
 public:
  virtual ~Documents() = default;
  // Body of the document of this name; nullopt when there is none.
  virtual absl::StatusOr<std::optional<std::string>> Get(
      Kind kind, absl::string_view name) const = 0;
  // Bodies of all documents of `kind` whose names begin with `prefix`, ordered
  // by name.
  virtual absl::Status List(
      Kind kind, absl::string_view prefix,
      const std::function<void(absl::string_view name, absl::string_view body)>&
          visit) const = 0;
  // The name a uniqueness key points to.
  virtual absl::StatusOr<std::optional<std::string>> FindUnique(
      absl::string_view key) const = 0;
};

// Everything a decision may look at. Nothing else influences it.
struct DecisionContext {
  std::string program;
  const Graph* graph = nullptr;
  // Facts live at this revision count: those of the commands before this one.
  std::int64_t view_revision = 0;
  // Revision the command gets when it is accepted.
  std::int64_t revision = 0;
  // Its moment.
  absl::Time now;
  const Documents* documents = nullptr;
  const Edition* edition = nullptr;
  // Every edition known, in force or not.
  const PolicyLibrary* policies = nullptr;
  const Tokens* tokens = nullptr;
  // Makes a new 64-bit id, increasing with time.
  std::function<std::uint64_t()> new_id;
  Principal principal;
};

// A document version to write.
struct Mutation {
  Kind kind = Kind::kNone;
  std::string name;
  std::unique_ptr<google::protobuf::Message> document;
  std::vector<std::string> unique_keys;
  // No earlier version exists.
  bool is_new = false;
};

// The outcome of a command.
struct Decision {
  // Unset when accepted. Every blocker found, of every class.
  std::vector<Violation> violations;
  // Values for ErrorInfo.metadata and the resource for ResourceInfo, when
  // refused.
  std::map<std::string, std::string> metadata;
  std::string resource;
  // When accepted:
  std::vector<Mutation> mutations;
  std::vector<v1::Effect> effects;
  std::vector<v1::Warning> warnings;
  // The response without its result: its resources as written.
  std::unique_ptr<google::protobuf::Message> response;
  // Acting party as found out, for the revision's record.
  std::string acting_party;
  // Set when something stored could not be read; then nothing else counts.
  absl::Status failure;
};

// One mutation RPC.
struct CommandSpec {
  // `PartnerService`, `CreatePartner`.
  absl::string_view service;
  absl::string_view method;
  // Default instances; use New().
  const google::protobuf::Message* request;
  const google::protobuf::Message* response;
  // Decides it. `request` is of the type above. Pure.
  Decision (*decide)(const DecisionContext& context,
                     const google::protobuf::Message& request);
};

// Every mutation RPC, in no particular order.
absl::Span<const CommandSpec> Commands();
// The command of a method; nullptr when it is not a mutation.
const CommandSpec* FindCommand(absl::string_view service,
                               absl::string_view method);

// What a request of any type says by itself; RequestForm says how, and is
// faster where the type is known.
const v1::MutationOptions* OptionsOf(const google::protobuf::Message& request);
const v1::ReadOptions* ReadOptionsOf(const google::protobuf::Message& request);
absl::string_view ProgramOfRequest(const google::protobuf::Message& request);
std::vector<Violation> CheckForm(const google::protobuf::Message& request);

// The result of a mutation response; nullptr when the message has none.
v1::MutationResult* MutableResultOf(google::protobuf::Message* response);

// Sets the fields that depend on the moment and the viewer: states that time
// alone changes, and tokens, shown to issuer, forwarder (its own) and operators
// only. `document` is any resource message. Pure.
void ShowAt(absl::Time moment, const Principal& viewer, const Tokens& tokens,
            google::protobuf::Message* document);
// The same for every resource in a response.
void ShowResponseAt(absl::Time moment, const Principal& viewer,
                    const Tokens& tokens, google::protobuf::Message* response);

// Whether `principal` may see a stored document at a moment, by the facts live
// at `revision`. `document` is the parsed resource.
bool CanSee(const Graph& graph, std::int64_t revision, absl::Time moment,
            const Principal& principal, Kind kind,
            const google::protobuf::Message& document);

// The name of the first resource in a response that `principal` may not see;
// nullopt when it may see all of them.
std::optional<std::string> FirstHidden(
    const Graph& graph, std::int64_t revision, absl::Time moment,
    const Principal& principal, const google::protobuf::Message& response);

// The resource stored as `kind`: its default instance, or a new empty message.
// Null where nothing of the kind is stored.
const google::protobuf::Message* DocumentType(Kind kind);
std::unique_ptr<google::protobuf::Message> NewDocument(Kind kind);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_DECIDE_H_
