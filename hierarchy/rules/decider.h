#ifndef PARTNER_HIERARCHY_RULES_DECIDER_H_
#define PARTNER_HIERARCHY_RULES_DECIDER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hierarchy/rules/decide.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/invitation.pb.h"

// What the decisions of this folder share. Not for use outside it.
namespace partner::hierarchy {

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& time);

// `INDIRECT_RESELLER` for ENROLLMENT_TYPE_INDIRECT_RESELLER.
std::string EnrollmentName(v1::EnrollmentType type);

// Keys of the uniqueness index.
std::string PartnerTenantKey(absl::string_view tenant);
std::string CustomerTenantKey(absl::string_view tenant);

// One decision in the making: who acts, what blocks, what is written. Rules add
// every blocker they find and go on while that makes sense; `ok()` says whether
// anything blocks so far. A document that cannot be read makes `failure` and
// stops everything.
class Decider {
 public:
  // Who acts, after `acting_party` was looked at.
  struct Actor {
    enum class Kind { kOperator, kPartner, kCustomer };
    Kind kind = Kind::kOperator;
    // Resource name of the partner or customer; empty for an operator acting
    // for itself.
    std::string name;
    bool is_partner() const { return kind == Kind::kPartner; }
    bool is_customer() const { return kind == Kind::kCustomer; }
    bool is_operator() const { return kind == Kind::kOperator; }
    bool Is(absl::string_view party) const { return name == party; }
  };

  Decider(const DecisionContext& context, const v1::MutationOptions& options);

  const DecisionContext& context() const { return context_; }
  const Graph& graph() const { return *context_.graph; }
  const Edition& edition() const { return *context_.edition; }
  std::int64_t view() const { return context_.view_revision; }
  absl::Time now() const { return context_.now; }
  const Actor& actor() const { return actor_; }
  // The caller is an operator, also when it acts for a party.
  bool by_operator() const {
    return context_.principal.kind == Principal::Kind::kOperator;
  }

  // --- Blockers -------------------------------------------------------------

  bool ok() const {
    return decision_.violations.empty() && decision_.failure.ok();
  }
  void Refuse(ErrorReason reason, absl::string_view rule,
              absl::string_view subject, absl::string_view description,
              absl::string_view next_step);
  void RefuseField(ErrorReason reason, absl::string_view field,
                   absl::string_view description, absl::string_view next_step,
                   absl::string_view rule = "");
  void RefuseNotFound(absl::string_view name);
  // The caller is not the one that may do this: of later blockers only those of
  // what is malformed are collected, and no effects.
  void Bar() { barred_ = true; }
  void Metadata(absl::string_view key, absl::string_view value);

  // True when the actor is an operator; else refuses.
  bool RequireOperator();
  // True when the actor is `party` or an operator; else refuses: `who` says who
  // may, for example "the provider".
  // A caller that is neither learns nothing more: later blockers of the state,
  // and effects, are not collected.
  bool RequireParty(absl::string_view party, absl::string_view who,
                    absl::string_view rule);
  // True when the actor may decide for the customer (D19): the customer's
  // administrator, or an operator with an attestation. Else refuses. Checks the
  // attestation, which must be absent otherwise.
  bool RequireCustomer(absl::string_view customer, bool has_attestation,
                       const v1::Attestation& attestation);
  // Refuses when a resource's etag is not the one given; empty means any.
  void RequireEtag(absl::string_view given, absl::string_view current,
                   absl::string_view name);

  // The fact of a partner named in the request; refuses when there is none.
  struct PartnerRef {
    PartnerId id = 0;
    const Graph::PartnerFact* fact = nullptr;
    explicit operator bool() const { return fact != nullptr; }
  };
  PartnerRef FindPartner(absl::string_view name);
  // The same, refusing as well when the caller may not see the partner.
  PartnerRef FindVisiblePartner(absl::string_view name);
  // Refuses when the partner is suspended or deleted.
  void RequireActive(const PartnerRef& partner, absl::string_view name);
  // The capacity of an owner or issuer to be: the one asked for, or the only
  // one that can be meant (D12). Unspecified, after refusing, when it has none.
  v1::EnrollmentType IssuingCapacity(const PartnerRef& partner,
                                     absl::string_view name,
                                     v1::EnrollmentType asked,
                                     absl::string_view field);

  // --- Documents
  // --------------------------------------------------------------

  // Reads a document the caller must be able to see; refuses with NOT_FOUND
  // otherwise. Nullopt then.
  template <typename Resource>
  std::optional<Resource> Load(Kind kind, absl::string_view name) {
    std::optional<Resource> resource = LoadUnseen<Resource>(kind, name);
    if (!resource) {
      if (decision_.failure.ok()) RefuseNotFound(name);
      return std::nullopt;
    }
    if (!CanSee(graph(), view(), now(), context_.principal, kind, *resource)) {
      RefuseNotFound(name);
      return std::nullopt;
    }
    return resource;
  }
  // Reads a document whether or not the caller may see it; refuses nothing.
  template <typename Resource>
  std::optional<Resource> LoadUnseen(Kind kind, absl::string_view name) {
    const std::optional<std::string> body = LoadBody(kind, name);
    if (!body) return std::nullopt;
    Resource resource;
    if (!Parse(kind, name, *body, &resource)) return std::nullopt;
    return resource;
  }
  // All documents of a kind under a prefix.
  template <typename Resource>
  std::vector<Resource> LoadAll(Kind kind, absl::string_view prefix) {
    std::vector<Resource> all;
    for (const auto& [name, body] : LoadBodies(kind, prefix)) {
      Resource resource;
      if (!Parse(kind, name, body, &resource)) return {};
      all.push_back(std::move(resource));
    }
    return all;
  }
  // The name of a document as the caller may know it: only its kind, for
  // example `adminRelationships/(not visible)`, when it may not see it.
  template <typename Resource>
  std::string Shown(Kind kind, const Resource& resource) const {
    if (CanSee(graph(), view(), now(), context_.principal, kind, resource)) {
      return resource.name();
    }
    return absl::StrCat(CollectionOf(kind), "/(not visible)");
  }
  // The name a uniqueness key points to.
  std::optional<std::string> FindUnique(absl::string_view key);

  // Whether the tenant is an enrolled partner's (R23, D11); its partner then.
  std::optional<std::string> ProgrammePartnerOfTenant(absl::string_view tenant);

  // --- What an accepted command does
  // -------------------------------------------

  // Name for a new resource under `parent`.
  std::string NewName(absl::string_view parent, Kind kind);
  // Writes a document: stamps update_time and etag, and create_time when it is
  // new, and adds a CHANGES effect with `description` unless that is empty.
  template <typename Resource>
  void Write(Kind kind, Resource* resource, absl::string_view description,
             std::vector<std::string> unique_keys = {}) {
    const bool is_new = !resource->has_create_time();
    if (is_new) *resource->mutable_create_time() = ToProto(now());
    *resource->mutable_update_time() = ToProto(now());
    resource->set_etag(absl::StrCat("\"", context_.revision, "\""));
    if (!description.empty()) {
      AddEffect(resource->name(), v1::EFFECT_KIND_CHANGES, description);
    }
    decision_.mutations.push_back({kind, resource->name(),
                                   std::make_unique<Resource>(*resource),
                                   std::move(unique_keys), is_new});
  }
  void AddEffect(absl::string_view resource, v1::EffectKind kind,
                 absl::string_view description);
  void AddAction(absl::string_view resource, absl::string_view party,
                 absl::string_view rpc, absl::string_view description);
  void AddWarning(v1::WarningReason reason, absl::string_view rule,
                  absl::string_view subject, absl::string_view description);

  // The decision; `response` is used when nothing blocks.
  template <typename Response>
  Decision Finish(Response response) {
    if (ok()) {
      decision_.response = std::make_unique<Response>(std::move(response));
    } else {
      DropWork();
    }
    return std::move(decision_);
  }
  // The decision when something blocks.
  Decision Stop() {
    DropWork();
    return std::move(decision_);
  }

 private:
  std::optional<std::string> LoadBody(Kind kind, absl::string_view name);
  std::vector<std::pair<std::string, std::string>> LoadBodies(
      Kind kind, absl::string_view prefix);
  bool Parse(Kind kind, absl::string_view name, const std::string& body,
             google::protobuf::Message* resource);
  void ResolveActor(const v1::MutationOptions& options);
  void DropWork();

  const DecisionContext& context_;
  Actor actor_;
  bool barred_ = false;  // The caller is not the one that may do this.
  Decision decision_;
};

// Checks an update mask against the changeable fields and copies them from
// `source` to `target`. Refuses unknown or unchangeable paths and an empty
// mask.
void ApplyMask(Decider& decider, const google::protobuf::FieldMask& mask,
               const std::vector<absl::string_view>& changeable,
               absl::string_view resource_field,
               const google::protobuf::Message& source,
               google::protobuf::Message* target);

// Whether an invitation is past its time.
bool IsExpired(const v1::Invitation& invitation, absl::Time now);

// --- One function for each mutation RPC, in the files of this folder ---------

using DecideFunction = Decision (*)(const DecisionContext&,
                                    const google::protobuf::Message&);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_DECIDER_H_
