// Partners and their enrolments: R58, D11, D12.
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/references.h"

namespace partner::hierarchy {
namespace {

constexpr int kEnrollmentsMax = 100;

void AddEnrollment(v1::EnrollmentType type, absl::Time now,
                   v1::Partner* partner) {
  v1::Enrollment* enrollment = partner->add_enrollments();
  enrollment->set_type(type);
  enrollment->set_state(v1::ENROLLMENT_STATE_ACTIVE);
  *enrollment->mutable_start_time() = ToProto(now);
}

// The enrolment of a type that has not ended.
v1::Enrollment* LiveEnrollment(v1::Partner* partner, v1::EnrollmentType type) {
  for (v1::Enrollment& enrollment : *partner->mutable_enrollments()) {
    if (enrollment.type() == type &&
        enrollment.state() != v1::ENROLLMENT_STATE_ENDED) {
      return &enrollment;
    }
  }
  return nullptr;
}

// D11: enrolling the tenant of a customer succeeds with a warning that lists
// the live relationships.
void WarnOfCustomer(Decider& decider, absl::string_view tenant) {
  const auto customer = decider.FindUnique(CustomerTenantKey(tenant));
  if (!customer) return;
  const auto id = decider.graph().CustomerNamed(*customer);
  if (!id) return;
  decider.graph().VisitRelationships(
      *id, decider.view(), [&](const Graph::Relationship& item) {
        if (item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
          decider.AddWarning(
              v1::WARNING_REASON_TENANT_IS_CUSTOMER, "R23",
              decider.graph().NameOf(item),
              absl::StrCat("the partner's tenant is the customer ", *customer,
                           ", which ",
                           decider.graph().NameOfPartner(item.owner),
                           " serves"));
        }
        return true;
      });
}

// The partner of a request an operator makes; nullopt after refusing.
std::optional<v1::Partner> LoadForOperator(Decider& decider,
                                           const std::string& name,
                                           const std::string& etag) {
  decider.RequireOperator();
  if (!decider.ok()) return std::nullopt;
  std::optional<v1::Partner> partner =
      decider.Load<v1::Partner>(Kind::kPartner, name);
  if (partner) decider.RequireEtag(etag, partner->etag(), name);
  return partner;
}

void RequireNotDeleted(Decider& decider, const v1::Partner& partner) {
  if (partner.state() == v1::PARTNER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_PARTNER_DELETED, "C2", partner.name(),
                   absl::StrCat(partner.name(), " is deleted"),
                   "Use another partner; names are not given again.");
  }
}

template <typename Response>
Decision FinishPartner(Decider& decider, v1::Partner& partner,
                       absl::string_view what) {
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kPartner, &partner, what);
  Response response;
  *response.mutable_partner() = std::move(partner);
  return decider.Finish(std::move(response));
}

// Restricts or ends an enrolment.
template <typename Response, typename Request>
Decision LowerEnrollment(const DecisionContext& context, const Request& request,
                         v1::EnrollmentState state) {
  Decider decider(context, request.options());
  std::optional<v1::Partner> partner =
      LoadForOperator(decider, request.name(), request.etag());
  if (!partner) return decider.Stop();
  RequireNotDeleted(decider, *partner);
  v1::Enrollment* enrollment = LiveEnrollment(&*partner, request.type());
  const std::string type = EnrollmentName(request.type());
  if (enrollment == nullptr) {
    decider.Refuse(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12", request.name(),
                   absl::StrCat(request.name(), " is not enrolled as ", type),
                   "Look at the partner's enrolments.");
  } else if (enrollment->state() == state) {
    decider.Refuse(
        v1::ERROR_REASON_ALREADY_IN_STATE, "D12", request.name(),
        absl::StrCat("the enrolment as ", type, " is restricted already"),
        "Nothing to do.");
  } else {
    enrollment->set_state(state);
    if (state == v1::ENROLLMENT_STATE_ENDED) {
      *enrollment->mutable_end_time() = ToProto(decider.now());
    }
  }
  return FinishPartner<Response>(
      decider, *partner,
      absl::StrCat(
          "enrolment as ", type,
          state == v1::ENROLLMENT_STATE_ENDED ? " ended" : " restricted",
          "; what exists goes on"));
}

template <typename Response, typename Request>
Decision ChangeState(const DecisionContext& context, const Request& request,
                     v1::PartnerState from, v1::PartnerState to,
                     absl::string_view what) {
  Decider decider(context, request.options());
  std::optional<v1::Partner> partner =
      LoadForOperator(decider, request.name(), request.etag());
  if (!partner) return decider.Stop();
  if (partner->state() == to) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D12", request.name(),
                   absl::StrCat(request.name(), " is in that state already"),
                   "Nothing to do.");
  } else if (partner->state() != from) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "D12",
                   request.name(), absl::StrCat(request.name(), " is deleted"),
                   "A deleted partner stays deleted.");
  }
  partner->set_state(to);
  return FinishPartner<Response>(decider, *partner, what);
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::CreatePartnerRequest& request) {
  Decider decider(context, request.options());
  decider.RequireOperator();
  const std::string parent = ProgramName(context.program);
  const std::string name =
      request.partner_id().empty()
          ? decider.NewName(parent, Kind::kPartner)
          : PartnerName(context.program, request.partner_id());
  const std::string& tenant = request.partner().tenant_id();
  if (!decider.ok()) return decider.Stop();
  if (decider.LoadUnseen<v1::Partner>(Kind::kPartner, name)) {
    decider.Refuse(v1::ERROR_REASON_RESOURCE_EXISTS, "C2", name,
                   absl::StrCat(name, " exists"), "Choose another id.");
  }
  if (const auto taken = decider.FindUnique(PartnerTenantKey(tenant))) {
    decider.Refuse(v1::ERROR_REASON_TENANT_TAKEN, "D8", *taken,
                   absl::StrCat("tenant ", tenant, " belongs to ", *taken),
                   "Use that partner, or correct the tenant id.");
  }
  v1::Partner partner;
  partner.set_name(name);
  partner.set_display_name(request.partner().display_name());
  partner.set_country(request.partner().country());
  partner.set_tenant_id(tenant);
  partner.set_state(v1::PARTNER_STATE_ACTIVE);
  bool programme = false;
  for (int type : request.enrollments()) {
    AddEnrollment(static_cast<v1::EnrollmentType>(type), decider.now(),
                  &partner);
    programme |=
        decider.edition().IsProgramme(static_cast<v1::EnrollmentType>(type));
  }
  if (programme) WarnOfCustomer(decider, tenant);
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kPartner, &partner, "created",
                {PartnerTenantKey(tenant)});
  v1::CreatePartnerResponse response;
  *response.mutable_partner() = std::move(partner);
  return decider.Finish(std::move(response));
}

Decision Decide(const DecisionContext& context,
                const v1::UpdatePartnerRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  const std::string& name = request.partner().name();
  std::optional<v1::Partner> partner =
      decider.Load<v1::Partner>(Kind::kPartner, name);
  if (!partner) return decider.Stop();
  decider.RequireParty(name, "the partner itself or an operator", "C1");
  decider.RequireEtag(request.partner().etag(), partner->etag(), name);
  RequireNotDeleted(decider, *partner);
  ApplyMask(decider, request.update_mask(), {"display_name", "country"},
            "partner", request.partner(), &*partner);
  return FinishPartner<v1::UpdatePartnerResponse>(decider, *partner, "updated");
}

Decision Decide(const DecisionContext& context,
                const v1::EnrollPartnerRequest& request) {
  Decider decider(context, request.options());
  std::optional<v1::Partner> partner =
      LoadForOperator(decider, request.name(), request.etag());
  if (!partner) return decider.Stop();
  RequireNotDeleted(decider, *partner);
  const std::string type = EnrollmentName(request.type());
  v1::Enrollment* enrollment = LiveEnrollment(&*partner, request.type());
  if (enrollment == nullptr) {
    if (partner->enrollments_size() == kEnrollmentsMax) {
      decider.Refuse(v1::ERROR_REASON_QUOTA_REACHED, "C6", request.name(),
                     absl::StrCat("a partner keeps at most ", kEnrollmentsMax,
                                  " enrolments, ended ones included"),
                     "Ask the operator to record a new partner.");
    }
    AddEnrollment(request.type(), decider.now(), &*partner);
  } else if (enrollment->state() == v1::ENROLLMENT_STATE_ACTIVE) {
    decider.Refuse(
        v1::ERROR_REASON_ALREADY_ENROLLED, "D12", request.name(),
        absl::StrCat(request.name(), " is enrolled as ", type, " already"),
        "Nothing to do.");
  } else {
    enrollment->set_state(v1::ENROLLMENT_STATE_ACTIVE);
  }
  if (decider.edition().IsProgramme(request.type())) {
    WarnOfCustomer(decider, partner->tenant_id());
  }
  return FinishPartner<v1::EnrollPartnerResponse>(
      decider, *partner, absl::StrCat("enrolled as ", type));
}

Decision Decide(const DecisionContext& context,
                const v1::RestrictPartnerEnrollmentRequest& request) {
  return LowerEnrollment<v1::RestrictPartnerEnrollmentResponse>(
      context, request, v1::ENROLLMENT_STATE_RESTRICTED);
}

Decision Decide(const DecisionContext& context,
                const v1::EndPartnerEnrollmentRequest& request) {
  return LowerEnrollment<v1::EndPartnerEnrollmentResponse>(
      context, request, v1::ENROLLMENT_STATE_ENDED);
}

Decision Decide(const DecisionContext& context,
                const v1::SuspendPartnerRequest& request) {
  return ChangeState<v1::SuspendPartnerResponse>(
      context, request, v1::PARTNER_STATE_ACTIVE, v1::PARTNER_STATE_SUSPENDED,
      "suspended: its checks are denied, its facts are kept");
}

Decision Decide(const DecisionContext& context,
                const v1::ReinstatePartnerRequest& request) {
  return ChangeState<v1::ReinstatePartnerResponse>(
      context, request, v1::PARTNER_STATE_SUSPENDED, v1::PARTNER_STATE_ACTIVE,
      "reinstated");
}

Decision Decide(const DecisionContext& context,
                const v1::DeletePartnerRequest& request) {
  Decider decider(context, request.options());
  std::optional<v1::Partner> partner =
      LoadForOperator(decider, request.name(), request.etag());
  if (!partner) return decider.Stop();
  if (partner->state() == v1::PARTNER_STATE_DELETED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "C3", request.name(),
                   absl::StrCat(request.name(), " is deleted already"),
                   "Nothing to do.");
  } else {
    RefuseWhileReferenced(decider, *partner);
  }
  partner->set_state(v1::PARTNER_STATE_DELETED);
  if (decider.ok()) {
    decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS, "deleted");
  }
  return FinishPartner<v1::DeletePartnerResponse>(decider, *partner, "");
}

}  // namespace partner::hierarchy
