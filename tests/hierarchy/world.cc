#include "tests/hierarchy/world.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/policy.pb.h"

namespace partner::hierarchy {

using google::protobuf::Message;

// --- Documents and tokens ----------------------------------------------------

absl::StatusOr<std::optional<std::string>> MapDocuments::Get(
    Kind, absl::string_view name) const {
  if (!broken_.ok()) return broken_;
  const auto found = bodies_.find(std::string(name));
  if (found == bodies_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

absl::Status MapDocuments::List(
    Kind kind, absl::string_view prefix,
    const std::function<void(absl::string_view, absl::string_view)>& visit)
    const {
  if (!broken_.ok()) return broken_;
  for (auto at = bodies_.lower_bound(std::string(prefix));
       at != bodies_.end() &&
       at->first.compare(0, prefix.size(), std::string(prefix)) == 0;
       ++at) {
    if (KindOfName(at->first) == kind) visit(at->first, at->second);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> MapDocuments::FindUnique(
    absl::string_view key) const {
  if (!broken_.ok()) return broken_;
  const auto found = unique_.find(std::string(key));
  if (found == unique_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

void MapDocuments::Put(const Mutation& mutation) {
  mutation.document->SerializeToString(&bodies_[mutation.name]);
  for (const std::string& key : mutation.unique_keys) {
    unique_[key] = mutation.name;
  }
}

std::string PlainTokens::Make(absl::string_view name) const {
  return absl::StrCat("t:", name);
}

std::optional<std::string> PlainTokens::Read(absl::string_view program,
                                             absl::string_view token) const {
  if (!absl::ConsumePrefix(&token, "t:") || ProgramOf(token) != program) {
    return std::nullopt;
  }
  return std::string(token);
}

const PolicyLibrary& Policies() {
  static const PolicyLibrary* const library = [] {
    auto loaded = PolicyLibrary::Load(PolicyLibrary::EmbeddedFiles());
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded->release();
  }();
  return *library;
}

// --- The world
// -----------------------------------------------------------------

World::World(absl::string_view program)
    : program_(program),
      edition_(Policies().DefaultOf(program)),
      graph_(
          std::make_unique<Graph>(program_, Policies().CatalogueOf(program))),
      now_(absl::FromUnixSeconds(1540771200)) {
  v1::Policy policy;
  policy.set_name(PolicyName(program));
  v1::PolicyActivation* activation = policy.add_activations();
  activation->set_edition(edition_->data().name());
  *activation->mutable_effective_time() = edition_->data().effective_from();
  *activation->mutable_activate_time() = ToProto(now_);
  *policy.mutable_create_time() = ToProto(now_);
  *policy.mutable_update_time() = ToProto(now_);
  policy.set_etag("\"1\"");
  documents_.Set(policy.name(), policy.SerializeAsString());
}

Principal World::Operator() {
  return {Principal::Kind::kOperator, "operators/test", false};
}

Principal World::Auditor() {
  return {Principal::Kind::kAuditor, "auditors/test", false};
}

Principal World::PartnerCaller(absl::string_view id) const {
  return {Principal::Kind::kPartner, Partner(id), false};
}

Principal World::CustomerCaller(absl::string_view id) const {
  return {Principal::Kind::kCustomer, Customer(id), true};
}

Principal World::CustomerUser(absl::string_view id) const {
  return {Principal::Kind::kCustomer, Customer(id), false};
}

DecisionContext World::Context(const Principal& caller) {
  DecisionContext context;
  context.program = program_;
  context.graph = graph_.get();
  context.view_revision = revision_;
  context.revision = revision_ + 1;
  context.now = now_;
  context.documents = &documents_;
  context.edition = edition_;
  context.policies = &Policies();
  context.tokens = &tokens_;
  context.new_id = [this] { return ++last_id_; };
  context.principal = caller;
  return context;
}

Decision World::Decide(const Principal& caller, const Message& request) {
  now_ += absl::Milliseconds(1);
  Decision decision;
  decision.violations = CheckForm(request);
  if (decision.violations.empty()) {
    const CommandSpec* found = nullptr;
    for (const CommandSpec& spec : Commands()) {
      if (spec.request->GetDescriptor() == request.GetDescriptor()) {
        found = &spec;
      }
    }
    EXPECT_NE(found, nullptr) << request.GetDescriptor()->name();
    decision = found->decide(Context(caller), request);
  }
  for (const Violation& violation : decision.violations) {
    EXPECT_TRUE(IsComplete(violation));
  }
  if (!decision.violations.empty()) {
    EXPECT_TRUE(decision.mutations.empty());
    EXPECT_EQ(decision.response, nullptr);
  }
  return decision;
}

namespace {

std::unique_ptr<Message> WithOptions(
    const Message& request,
    const std::function<void(v1::MutationOptions*)>& change) {
  std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  const auto* field = copy->GetDescriptor()->FindFieldByName("options");
  change(static_cast<v1::MutationOptions*>(
      copy->GetReflection()->MutableMessage(copy.get(), field)));
  return copy;
}

}  // namespace

Decision World::Run(const Principal& caller, const Message& request) {
  const auto copy = WithOptions(request, [&](v1::MutationOptions* options) {
    if (options->request_id().empty() && !options->validate_only()) {
      options->set_request_id(
          absl::StrFormat("0190a1b2-c3d4-7e5f-8a9b-%012x", ++last_request_));
    }
  });
  Decision decision = Decide(caller, *copy);
  if (decision.response == nullptr) return decision;
  ++revision_;
  for (const Mutation& mutation : decision.mutations) {
    const auto known = documents_.bodies().count(mutation.name);
    EXPECT_EQ(mutation.is_new, known == 0) << mutation.name;
    graph_->Apply(mutation.kind, *mutation.document, revision_);
    documents_.Put(mutation);
  }
  return decision;
}

Decision World::Dry(const Principal& caller, const Message& request) {
  return Decide(caller, *WithOptions(request, [](v1::MutationOptions* options) {
                  options->set_validate_only(true);
                }));
}

std::string World::Describe(const Decision& decision) {
  if (!decision.failure.ok()) return decision.failure.ToString();
  std::string text;
  for (const Violation& violation : decision.violations) {
    absl::StrAppend(&text, ReasonName(violation.reason()), " [",
                    violation.rule(), "] ", violation.field(), " ",
                    violation.subject(), ": ", violation.description(), "\n");
  }
  return text.empty() ? "accepted" : text;
}

std::string World::Service(absl::string_view id) const {
  return ChildName(Program(), Kind::kService, id);
}

std::string World::Tenant(absl::string_view text) {
  std::uint64_t sum = 1469598103934665603u;
  for (char c : text)
    sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return absl::StrFormat("%08x-%04x-4000-8000-%012x", sum >> 32,
                         sum >> 16 & 0xffff, sum & 0xffff);
}

std::unique_ptr<Graph> World::Rebuild() const {
  auto graph =
      std::make_unique<Graph>(program_, Policies().CatalogueOf(program_));
  for (const auto& [name, body] : documents_.bodies()) {
    const Kind kind = KindOfName(name);
    const std::unique_ptr<Message> document = NewDocument(kind);
    EXPECT_TRUE(document->ParseFromString(body)) << name;
    graph->Apply(kind, *document, revision_);
  }
  return graph;
}

// --- Builders
// ------------------------------------------------------------------

std::string World::AddPartner(absl::string_view id, Types types) {
  v1::CreatePartnerRequest request;
  request.set_parent(Program());
  request.set_partner_id(std::string(id));
  request.mutable_partner()->set_display_name(absl::StrCat("Company ", id));
  request.mutable_partner()->set_country("FR");
  request.mutable_partner()->set_tenant_id(Tenant(id));
  for (v1::EnrollmentType type : types) request.add_enrollments(type);
  return Must<v1::CreatePartnerResponse>(Operator(), request).partner().name();
}

std::string World::AddProvider(absl::string_view id) {
  return AddPartner(id, {v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER});
}

std::string World::AddReseller(absl::string_view id) {
  return AddPartner(id, {v1::ENROLLMENT_TYPE_INDIRECT_RESELLER});
}

std::string World::AddDirectBill(absl::string_view id) {
  return AddPartner(id, {v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER});
}

std::string World::AddCustomer(absl::string_view id) {
  return Must<v1::CreateCustomerResponse>(Operator(), CustomerRequest(id))
      .customer()
      .name();
}

std::string World::Partnership(absl::string_view provider,
                               absl::string_view reseller) {
  v1::CreatePartnershipRequest request;
  request.set_parent(Program());
  request.set_reseller(Partner(reseller));
  const std::string name =
      Must<v1::CreatePartnershipResponse>(PartnerCaller(provider), request)
          .partnership()
          .name();
  Must<v1::AcceptPartnershipResponse>(
      PartnerCaller(reseller), Named<v1::AcceptPartnershipRequest>(name));
  return name;
}

std::string World::Invite(absl::string_view issuer, v1::AdminOffer offer) {
  v1::CreateInvitationRequest request = InviteRequest(issuer);
  request.mutable_invitation()->set_admin_offer(offer);
  return Must<v1::CreateInvitationResponse>(PartnerCaller(issuer), request)
      .invitation()
      .name();
}

std::string World::Forward(absl::string_view reseller,
                           const std::string& invitation) {
  return Must<v1::ForwardInvitationResponse>(
             PartnerCaller(reseller),
             Named<v1::ForwardInvitationRequest>(invitation))
      .forward()
      .name();
}

v1::AcceptInvitationResponse World::Accept(absl::string_view customer,
                                           const std::string& name) {
  return Must<v1::AcceptInvitationResponse>(CustomerCaller(customer),
                                            AcceptRequest(name));
}

std::string World::Own(absl::string_view owner, absl::string_view customer,
                       v1::AdminOffer offer) {
  return Accept(customer, Invite(owner, offer)).reseller_relationship().name();
}

v1::AdminRelationship World::Grant(absl::string_view customer,
                                   absl::string_view delegate,
                                   std::vector<std::string> services) {
  return Must<v1::GrantAdminRelationshipResponse>(
             CustomerCaller(customer),
             GrantRequest(customer, delegate, std::move(services)))
      .admin_relationship();
}

// --- Requests
// --------------------------------------------------------------------

v1::CreateInvitationRequest World::InviteRequest(
    absl::string_view issuer) const {
  v1::CreateInvitationRequest request;
  request.set_parent(Partner(issuer));
  const auto id = graph_->FindPartner(issuer);
  const Graph::PartnerFact* fact =
      id ? graph_->PartnerAt(*id, revision_) : nullptr;
  const bool one_tier =
      fact != nullptr && fact->Has(v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER,
                                   v1::ENROLLMENT_STATE_ACTIVE);
  request.mutable_invitation()->set_audience(
      one_tier ? v1::INVITATION_AUDIENCE_DIRECT_ONLY
               : v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS);
  return request;
}

v1::AcceptInvitationRequest World::AcceptRequest(
    const std::string& name) const {
  v1::AcceptInvitationRequest request;
  request.set_parent(Program());
  request.set_token(tokens_.Make(name));
  return request;
}

v1::GrantAdminRelationshipRequest World::GrantRequest(
    absl::string_view customer, absl::string_view delegate,
    std::vector<std::string> services,
    std::vector<v1::AdminDuty> duties) const {
  v1::GrantAdminRelationshipRequest request;
  request.set_parent(Customer(customer));
  request.set_delegate(Partner(delegate));
  for (v1::AdminDuty duty : duties) request.add_duties(duty);
  request.mutable_scope()->set_all_services(services.empty());
  for (const std::string& service : services) {
    request.mutable_scope()->add_services(Service(service));
  }
  return request;
}

v1::RequestAdminRelationshipRequest World::AskRequest(
    absl::string_view customer, absl::string_view delegate) const {
  v1::RequestAdminRelationshipRequest request;
  request.set_parent(Customer(customer));
  request.set_delegate(Partner(delegate));
  request.add_duties(v1::ADMIN_DUTY_SUPPORT);
  request.mutable_scope()->set_all_services(true);
  return request;
}

v1::CreateCustomerRequest World::CustomerRequest(absl::string_view id) const {
  v1::CreateCustomerRequest request;
  request.set_parent(Program());
  request.set_customer_id(std::string(id));
  request.mutable_customer()->set_display_name(absl::StrCat("Customer ", id));
  request.mutable_customer()->set_domain("customer.example");
  request.mutable_customer()->set_country("FR");
  request.mutable_customer()->set_tenant_id(Tenant(absl::StrCat("c-", id)));
  return request;
}

v1::Attestation World::Evidence() const {
  v1::Attestation evidence;
  evidence.set_person("A. Admin");
  evidence.set_method("signed letter");
  *evidence.mutable_time() = ToProto(now_);
  evidence.set_document("archive/17");
  return evidence;
}

// --- Checks
// ----------------------------------------------------------------------

v1::AccessQuery World::Query(absl::string_view partner,
                             absl::string_view permission,
                             absl::string_view customer,
                             absl::string_view service) const {
  v1::AccessQuery query;
  query.set_partner(Partner(partner));
  query.set_permission(std::string(permission));
  query.set_customer(Customer(customer));
  if (!service.empty()) query.set_service(Service(service));
  return query;
}

v1::AccessDecision World::Check(const Principal& caller,
                                const v1::AccessQuery& query) const {
  const AccessView view = View();
  const auto resolved = Resolve(view, caller, query);
  if (const auto* refusal = std::get_if<Refusal>(&resolved)) {
    ADD_FAILURE() << refusal->violations.front().description();
    return {};
  }
  const auto& question = std::get<ResolvedQuery>(resolved);
  google::protobuf::RepeatedPtrField<v1::AccessCondition> conditions;
  v1::AccessDecision decision = hierarchy::Check(view, question);
  EXPECT_EQ(Explain(view, caller, question, &conditions).DebugString(),
            decision.DebugString());
  return decision;
}

v1::ErrorReason World::CheckRefusal(const Principal& caller,
                                    const v1::AccessQuery& query) const {
  const auto resolved = Resolve(View(), caller, query);
  const auto* refusal = std::get_if<Refusal>(&resolved);
  if (refusal == nullptr) return v1::ERROR_REASON_UNSPECIFIED;
  for (const Violation& violation : refusal->violations) {
    EXPECT_TRUE(IsComplete(violation));
  }
  return refusal->reason();
}

// --- Looking at decisions
// -----------------------------------------------------------

testing::AssertionResult IsComplete(const Violation& violation) {
  if (violation.reason() == v1::ERROR_REASON_UNSPECIFIED ||
      violation.description().empty() || violation.next_step().empty()) {
    return testing::AssertionFailure()
           << "incomplete: " << violation.ShortDebugString();
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult RefusedFor(const Decision& decision,
                                    v1::ErrorReason reason,
                                    absl::string_view rule) {
  if (decision.violations.empty()) {
    return testing::AssertionFailure() << World::Describe(decision);
  }
  for (const Violation& violation : WinningClass(decision.violations)) {
    if (violation.reason() == reason && violation.rule() == rule) {
      return testing::AssertionSuccess();
    }
  }
  return testing::AssertionFailure()
         << "not " << ReasonName(reason) << " [" << rule << "] but\n"
         << World::Describe(decision);
}

testing::AssertionResult Accepted(const Decision& decision) {
  if (decision.response != nullptr && decision.violations.empty()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << World::Describe(decision);
}

Violation ViolationOf(const Decision& decision, v1::ErrorReason reason) {
  for (const Violation& violation : decision.violations) {
    if (violation.reason() == reason) return violation;
  }
  ADD_FAILURE() << "no " << ReasonName(reason) << " but\n"
                << World::Describe(decision);
  return {};
}

int CountOf(const Decision& decision, v1::ErrorReason reason) {
  int count = 0;
  for (const Violation& violation : decision.violations) {
    count += violation.reason() == reason;
  }
  return count;
}

std::vector<v1::EffectKind> EffectsOn(const Decision& decision,
                                      absl::string_view resource) {
  std::vector<v1::EffectKind> kinds;
  for (const v1::Effect& effect : decision.effects) {
    if (effect.resource() == resource) kinds.push_back(effect.kind());
  }
  return kinds;
}

std::vector<std::string> ServicesOf(const v1::AdminRelationship& admin) {
  std::vector<std::string> ids;
  for (const std::string& name : admin.scope().services()) {
    ids.emplace_back(LastId(name));
  }
  return ids;
}

}  // namespace partner::hierarchy
