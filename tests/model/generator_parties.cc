// Random commands about partners, partnerships and customers.

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/model/generator.h"

namespace partner::model {
namespace {

const v1::EnrollmentType kProvider = v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER;
const v1::EnrollmentType kReseller = v1::ENROLLMENT_TYPE_INDIRECT_RESELLER;
const v1::EnrollmentType kDirect = v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER;

template <typename Request>
std::unique_ptr<Request> Named(const std::string& name) {
  auto request = std::make_unique<Request>();
  request->set_name(name);
  return request;
}

}  // namespace

Generator::Draft Generator::CreatePartner(
    const std::string& id, const std::string& tenant,
    const std::vector<v1::EnrollmentType>& types) {
  auto request = std::make_unique<v1::CreatePartnerRequest>();
  request->set_parent(Program());
  request->set_partner_id(id);
  request->mutable_partner()->set_display_name("Company " + id);
  request->mutable_partner()->set_country("DE");
  request->mutable_partner()->set_tenant_id(tenant);
  for (const v1::EnrollmentType type : types) request->add_enrollments(type);
  return {Operator(), std::move(request)};
}

// The first commands: partners of every kind, some partnerships, customers.
Generator::Draft Generator::Found(const State& state) {
  static const auto* const kinds =
      new std::vector<std::vector<v1::EnrollmentType>>{
          {kProvider},
          {kProvider},
          {kReseller},
          {kReseller},
          {kReseller},
          {kDirect},
          {v1::ENROLLMENT_TYPE_ADVISOR}};
  if (step_ <= 7) {
    std::vector<v1::EnrollmentType> types = (*kinds)[step_ - 1];
    if (OneIn(8)) types.push_back(types[0] == kReseller ? kDirect : kReseller);
    return CreatePartner(absl::StrCat("p", step_ - 1), Tenant(step_ - 1),
                         types);
  }
  if (step_ <= 12) {
    for (const auto& [name, partnership] : state.partnerships) {
      if (partnership.state() == v1::PARTNERSHIP_STATE_PENDING && OneIn(2)) {
        return {AsPartner(partnership.reseller()),
                Named<v1::AcceptPartnershipRequest>(name)};
      }
    }
    auto request = std::make_unique<v1::CreatePartnershipRequest>();
    request->set_parent(Program());
    request->set_reseller(PartnerNamed(absl::StrCat("p", 2 + Below(3))));
    return {AsPartner(PartnerNamed(absl::StrCat("p", Below(2)))),
            std::move(request)};
  }
  auto request = std::make_unique<v1::CreateCustomerRequest>();
  request->set_parent(Program());
  request->set_customer_id(absl::StrCat("c", step_ - 13));
  request->mutable_customer()->set_display_name("Customer");
  request->mutable_customer()->set_domain("customer.example");
  request->mutable_customer()->set_country("DE");
  request->mutable_customer()->set_tenant_id(Tenant(100 + step_));
  return {Operator(), std::move(request)};
}

Generator::Draft Generator::OfPartners(const State& state) {
  const std::string name = AnyPartner(state);
  const auto type = static_cast<v1::EnrollmentType>(1 + Below(5));
  switch (Below(12)) {
    case 0:
    case 1: {
      const int number = Below(kPartnersMax);
      std::vector<v1::EnrollmentType> types;
      if (!OneIn(4)) types.push_back(type);
      // A tenant of its own, another partner's or a customer's.
      const int tenant = OneIn(3) ? 100 + Below(24) : Below(kPartnersMax + 4);
      Draft draft = CreatePartner(OneIn(8) ? "" : absl::StrCat("p", number),
                                  Tenant(tenant), types);
      draft.caller = Mostly(state, draft.caller);
      return draft;
    }
    case 2: {
      auto request = std::make_unique<v1::UpdatePartnerRequest>();
      request->mutable_partner()->set_name(name);
      request->mutable_partner()->set_display_name(
          absl::StrCat("Renamed ", Below(9)));
      request->mutable_partner()->set_country("FR");
      request->mutable_update_mask()->add_paths("display_name");
      if (OneIn(2)) request->mutable_update_mask()->add_paths("country");
      if (OneIn(4)) {
        request->mutable_partner()->set_etag(OneIn(2) ? "{etag}" : "{stale}");
      }
      return {Mostly(state, AsPartner(name)), std::move(request)};
    }
    case 3:
    case 4: {
      auto request = Named<v1::EnrollPartnerRequest>(name);
      request->set_type(type);
      return {Mostly(state, Operator()), std::move(request)};
    }
    case 5: {
      auto request = Named<v1::RestrictPartnerEnrollmentRequest>(name);
      request->set_type(type);
      return {Mostly(state, Operator()), std::move(request)};
    }
    case 6: {
      auto request = Named<v1::EndPartnerEnrollmentRequest>(name);
      request->set_type(type);
      return {Mostly(state, Operator()), std::move(request)};
    }
    case 7:
      return {Mostly(state, Operator()),
              Named<v1::SuspendPartnerRequest>(name)};
    case 8:
    case 9: {
      std::string suspended = name;
      for (const auto& [other, partner] : state.partners) {
        if (partner.state() == v1::PARTNER_STATE_SUSPENDED) suspended = other;
      }
      return {Mostly(state, Operator()),
              Named<v1::ReinstatePartnerRequest>(suspended)};
    }
    case 10: {
      auto request = Named<v1::EnrollPartnerRequest>(name);
      request->set_type(kReseller);
      return {Mostly(state, Operator()), std::move(request)};
    }
    default:
      return {Mostly(state, Operator()), Named<v1::DeletePartnerRequest>(name)};
  }
}

Generator::Draft Generator::OfPartnerships(const State& state, absl::Time now) {
  const std::string nothing = Program() + "/partnerships/0000000000000";
  if (OneIn(3)) {
    auto request = std::make_unique<v1::CreatePartnershipRequest>();
    const std::string provider = PartnerAs(state, kProvider);
    request->set_parent(Program());
    request->set_reseller(PartnerAs(state, kReseller));
    if (OneIn(3)) *request->mutable_expire_time() = Stamp(Soon(now));
    const Caller caller = Mostly(state, AsPartner(provider));
    if (caller.kind == Caller::Kind::kOperator || OneIn(4)) {
      if (!OneIn(8)) request->set_provider(provider);
    }
    return {caller, std::move(request)};
  }
  // One that waits, mostly.
  std::string name = NameOf(state.partnerships, nothing);
  for (const auto& [other, partnership] : state.partnerships) {
    if (partnership.state() == v1::PARTNERSHIP_STATE_PENDING && OneIn(2)) {
      name = other;
    }
  }
  const auto found = state.partnerships.find(name);
  const bool there = found != state.partnerships.end();
  const std::string provider =
      there ? found->second.provider() : AnyPartner(state);
  const std::string reseller =
      there ? found->second.reseller() : AnyPartner(state);
  switch (Below(6)) {
    case 0:
    case 1:
    case 2:
      return {Mostly(state, AsPartner(reseller)),
              Named<v1::AcceptPartnershipRequest>(name)};
    case 3:
      return {Mostly(state, AsPartner(reseller)),
              Named<v1::DeclinePartnershipRequest>(name)};
    default:
      return {Mostly(state, AsPartner(OneIn(6) ? reseller : provider)),
              Named<v1::TerminatePartnershipRequest>(name)};
  }
}

Generator::Draft Generator::OfCustomers(const State& state) {
  const std::string name = AnyCustomer(state);
  switch (Below(9)) {
    case 0:
    case 1:
    case 4:
    case 5: {
      auto request = std::make_unique<v1::CreateCustomerRequest>();
      request->set_parent(Program());
      if (!OneIn(8)) {
        request->set_customer_id(absl::StrCat("c", Below(kCustomersMax)));
      }
      request->mutable_customer()->set_display_name("Customer");
      request->mutable_customer()->set_domain("customer.example");
      request->mutable_customer()->set_country("DE");
      request->mutable_customer()->set_tenant_id(
          Tenant(OneIn(5) ? Below(kPartnersMax) : 100 + Below(24)));
      if (OneIn(3)) {
        request->set_associated_reseller(PartnerAs(state, kReseller));
      }
      if (OneIn(4)) {
        request->set_as_enrollment(
            static_cast<v1::EnrollmentType>(1 + Below(4)));
      }
      return {Mostly(state, AsPartner(PartnerAs(
                                state, OneIn(3) ? kDirect : kProvider))),
              std::move(request)};
    }
    case 2:
    case 3:
    case 6:
    case 7: {
      auto request = std::make_unique<v1::UpdateCustomerRequest>();
      request->mutable_customer()->set_name(name);
      request->mutable_customer()->set_display_name(
          absl::StrCat("Renamed ", Below(9)));
      request->mutable_customer()->set_domain("renamed.example");
      request->mutable_customer()->set_country("AT");
      request->mutable_update_mask()->add_paths(OneIn(2) ? "domain"
                                                         : "display_name");
      if (OneIn(3)) request->mutable_update_mask()->add_paths("country");
      if (OneIn(4)) {
        request->mutable_customer()->set_etag(OneIn(2) ? "{etag}" : "{stale}");
      }
      return {Mostly(state, OneIn(2) ? AsCustomer(name)
                                     : AsPartner(AnyPartner(state))),
              std::move(request)};
    }
    default:
      return {Mostly(state, Operator()),
              Named<v1::DeleteCustomerRequest>(name)};
  }
}

}  // namespace partner::model
