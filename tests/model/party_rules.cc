// Partners and their enrolments: R23, D8, D11, D12, C1-C5.

#include "tests/model/rules.h"

namespace partner::model {
namespace {

// D11: every live relationship with a customer of the tenant is warned of.
void WarnOfCustomers(Ruling& ruling, const v1::Partner& partner) {
  const std::string customer =
      CustomerOfTenant(ruling.state(), partner.tenant_id());
  if (customer.empty()) return;
  for (const auto& [name, relationship] : ruling.state().relationships) {
    if (ParentOf(name) == customer &&
        relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      ruling.Warn(v1::WARNING_REASON_TENANT_IS_CUSTOMER, name);
    }
  }
}

// A partner an operator works on; nullptr after blocking.
v1::Partner* OperatorsPartner(Ruling& ruling, const std::string& name,
                              const std::string& etag) {
  if (!ruling.NeedOperator() || !ruling.NeedPartner(name)) return nullptr;
  v1::Partner& partner = ruling.state().partners.at(name);
  ruling.NeedEtag(etag, partner.etag());
  return &partner;
}

v1::Enrollment* MutableEnrollment(v1::Partner* partner,
                                  v1::EnrollmentType type) {
  return const_cast<v1::Enrollment*>(LiveEnrollment(*partner, type));
}

// SUSPENDED and back.
template <typename Response>
Response Turn(Ruling& ruling, const std::string& name, const std::string& etag,
              v1::PartnerState to) {
  Response response;
  v1::Partner* partner = OperatorsPartner(ruling, name, etag);
  if (partner == nullptr) return response;
  if (partner->state() == to) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, name);
  } else if (partner->state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, name);
  }
  partner->set_state(to);
  ruling.Touch(partner);
  ruling.Changes(name);
  *response.mutable_partner() = *partner;
  return response;
}

}  // namespace

v1::CreatePartnerResponse Rule(Ruling& ruling,
                               const v1::CreatePartnerRequest& request) {
  v1::CreatePartnerResponse response;
  if (!ruling.NeedOperator()) return response;
  State& state = ruling.state();
  const std::string name =
      request.partner_id().empty()
          ? ruling.NameFor(request.parent(), "partners")
          : absl::StrCat(request.parent(), "/partners/", request.partner_id());
  if (state.partners.count(name) > 0) {
    ruling.Block(v1::ERROR_REASON_RESOURCE_EXISTS, name);
  }
  const std::string taken =
      PartnerOfTenant(state, request.partner().tenant_id());
  if (!taken.empty()) ruling.Block(v1::ERROR_REASON_TENANT_TAKEN, taken);
  v1::Partner partner;
  partner.set_name(name);
  partner.set_display_name(request.partner().display_name());
  partner.set_country(request.partner().country());
  partner.set_tenant_id(request.partner().tenant_id());
  partner.set_state(v1::PARTNER_STATE_ACTIVE);
  for (const int type : request.enrollments()) {
    v1::Enrollment* enrollment = partner.add_enrollments();
    enrollment->set_type(static_cast<v1::EnrollmentType>(type));
    enrollment->set_state(v1::ENROLLMENT_STATE_ACTIVE);
    *enrollment->mutable_start_time() = Stamp(ruling.now());
  }
  ruling.Touch(&partner);
  ruling.Changes(name);
  if (InProgramme(partner)) WarnOfCustomers(ruling, partner);
  state.partners[name] = partner;
  *response.mutable_partner() = partner;
  return response;
}

v1::UpdatePartnerResponse Rule(Ruling& ruling,
                               const v1::UpdatePartnerRequest& request) {
  v1::UpdatePartnerResponse response;
  const std::string& name = request.partner().name();
  if (!ruling.NeedSeen(name) || !ruling.NeedParty(name)) return response;
  v1::Partner& partner = ruling.state().partners.at(name);
  ruling.NeedEtag(request.partner().etag(), partner.etag());
  if (partner.state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_PARTNER_DELETED, name);
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "display_name") {
      partner.set_display_name(request.partner().display_name());
    } else if (path == "country") {
      partner.set_country(request.partner().country());
    } else {
      ruling.Block(v1::ERROR_REASON_MASK_INVALID);
    }
  }
  ruling.Touch(&partner);
  ruling.Changes(name);
  *response.mutable_partner() = partner;
  return response;
}

v1::EnrollPartnerResponse Rule(Ruling& ruling,
                               const v1::EnrollPartnerRequest& request) {
  v1::EnrollPartnerResponse response;
  v1::Partner* partner =
      OperatorsPartner(ruling, request.name(), request.etag());
  if (partner == nullptr) return response;
  if (partner->state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_PARTNER_DELETED, request.name());
  }
  v1::Enrollment* live = MutableEnrollment(partner, request.type());
  if (live != nullptr && live->state() == v1::ENROLLMENT_STATE_ACTIVE) {
    ruling.Block(v1::ERROR_REASON_ALREADY_ENROLLED, request.name());
  }
  if (live == nullptr) {
    live = partner->add_enrollments();
    live->set_type(request.type());
    *live->mutable_start_time() = Stamp(ruling.now());
  }
  live->set_state(v1::ENROLLMENT_STATE_ACTIVE);
  ruling.Touch(partner);
  ruling.Changes(request.name());
  if (IsProgramme(request.type())) WarnOfCustomers(ruling, *partner);
  *response.mutable_partner() = *partner;
  return response;
}

v1::RestrictPartnerEnrollmentResponse Rule(
    Ruling& ruling, const v1::RestrictPartnerEnrollmentRequest& request) {
  v1::RestrictPartnerEnrollmentResponse response;
  v1::Partner* partner =
      OperatorsPartner(ruling, request.name(), request.etag());
  if (partner == nullptr) return response;
  if (partner->state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_PARTNER_DELETED, request.name());
  }
  v1::Enrollment* live = MutableEnrollment(partner, request.type());
  if (live == nullptr) {
    ruling.Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, request.name());
    return response;
  }
  if (live->state() == v1::ENROLLMENT_STATE_RESTRICTED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  }
  live->set_state(v1::ENROLLMENT_STATE_RESTRICTED);
  ruling.Touch(partner);
  ruling.Changes(request.name());
  *response.mutable_partner() = *partner;
  return response;
}

v1::EndPartnerEnrollmentResponse Rule(
    Ruling& ruling, const v1::EndPartnerEnrollmentRequest& request) {
  v1::EndPartnerEnrollmentResponse response;
  v1::Partner* partner =
      OperatorsPartner(ruling, request.name(), request.etag());
  if (partner == nullptr) return response;
  if (partner->state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_PARTNER_DELETED, request.name());
  }
  v1::Enrollment* live = MutableEnrollment(partner, request.type());
  if (live == nullptr) {
    ruling.Block(v1::ERROR_REASON_PARTNER_NOT_ENROLLED, request.name());
    return response;
  }
  live->set_state(v1::ENROLLMENT_STATE_ENDED);
  *live->mutable_end_time() = Stamp(ruling.now());
  ruling.Touch(partner);
  ruling.Changes(request.name());
  *response.mutable_partner() = *partner;
  return response;
}

v1::SuspendPartnerResponse Rule(Ruling& ruling,
                                const v1::SuspendPartnerRequest& request) {
  return Turn<v1::SuspendPartnerResponse>(
      ruling, request.name(), request.etag(), v1::PARTNER_STATE_SUSPENDED);
}

v1::ReinstatePartnerResponse Rule(Ruling& ruling,
                                  const v1::ReinstatePartnerRequest& request) {
  return Turn<v1::ReinstatePartnerResponse>(
      ruling, request.name(), request.etag(), v1::PARTNER_STATE_ACTIVE);
}

v1::DeletePartnerResponse Rule(Ruling& ruling,
                               const v1::DeletePartnerRequest& request) {
  v1::DeletePartnerResponse response;
  v1::Partner* partner =
      OperatorsPartner(ruling, request.name(), request.etag());
  if (partner == nullptr) return response;
  if (partner->state() == v1::PARTNER_STATE_DELETED) {
    ruling.Block(v1::ERROR_REASON_ALREADY_IN_STATE, request.name());
  }
  NeedUnreferenced(ruling, *partner);
  partner->set_state(v1::PARTNER_STATE_DELETED);
  ruling.Touch(partner);
  ruling.Ends(request.name());
  *response.mutable_partner() = *partner;
  return response;
}

}  // namespace partner::model
