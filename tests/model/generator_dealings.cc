// Random commands about invitations, relationships and administration.

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

v1::Attestation Generator::Evidence(absl::Time now) {
  v1::Attestation evidence;
  evidence.set_person("Ann");
  evidence.set_method("letter");
  evidence.set_document(absl::StrCat("file ", Below(9)));
  *evidence.mutable_time() =
      Stamp(OneIn(20) ? now + absl::Hours(48) : now - absl::Hours(1));
  return evidence;
}

Generator::Draft Generator::OfInvitations(const State& state, absl::Time now) {
  const std::string none = PartnerNamed("p0") + "/invitations/0000000000000";
  switch (Below(9)) {
    case 0:
    case 1:
    case 2: {
      auto request = std::make_unique<v1::CreateInvitationRequest>();
      const std::string issuer =
          OneIn(6) ? AnyPartner(state)
                   : PartnerAs(state, OneIn(4) ? kDirect : kProvider);
      request->set_parent(issuer);
      v1::Invitation* invitation = request->mutable_invitation();
      invitation->set_audience(
          static_cast<v1::InvitationAudience>(OneIn(3) ? Below(4) : 3));
      if (invitation->audience() == v1::INVITATION_AUDIENCE_LISTED ||
          OneIn(30)) {
        invitation->add_listed_resellers(PartnerAs(state, kReseller));
        const std::string other = PartnerAs(state, kReseller);
        if (OneIn(2) && other != invitation->listed_resellers(0)) {
          invitation->add_listed_resellers(other);
        }
      }
      invitation->set_admin_offer(
          static_cast<v1::AdminOffer>(OneIn(2) ? 0 : Below(3)));
      if (OneIn(4)) *invitation->mutable_expire_time() = Stamp(Soon(now));
      if (OneIn(4)) invitation->set_max_acceptances(1 + Below(2));
      if (OneIn(4)) invitation->set_message("Welcome");
      if (OneIn(6)) {
        invitation->set_as_enrollment(
            static_cast<v1::EnrollmentType>(1 + Below(4)));
      }
      return {Mostly(state, AsPartner(issuer)), std::move(request)};
    }
    case 3:
    case 4:
    case 5:
    case 6: {
      auto request = std::make_unique<v1::ForwardInvitationRequest>();
      const std::string name = NameOf(state.invitations, none);
      if (OneIn(3)) {
        request->set_parent(Program());
        request->set_token(AnyToken(state));
      } else {
        request->set_name(name);
      }
      if (OneIn(4)) request->set_message("Bonjour");
      // A reseller of the issuer's, mostly.
      std::string reseller = PartnerAs(state, kReseller);
      for (const auto& [other, partnership] : state.partnerships) {
        if (partnership.provider() == ParentOf(name) && OneIn(2)) {
          reseller = partnership.reseller();
        }
      }
      return {Mostly(state, AsPartner(reseller)), std::move(request)};
    }
    case 7: {
      const std::string name = NameOf(state.forwards, none + "/forwards/0");
      const auto found = state.forwards.find(name);
      const std::string who = found == state.forwards.end() || OneIn(2)
                                  ? ParentOf(ParentOf(name))
                                  : found->second.forwarder();
      return {Mostly(state, AsPartner(who)),
              Named<v1::RevokeInvitationForwardRequest>(name)};
    }
    default: {
      const std::string name = NameOf(state.invitations, none);
      return {Mostly(state, AsPartner(ParentOf(name))),
              Named<v1::RevokeInvitationRequest>(name)};
    }
  }
}

Generator::Draft Generator::OfAcceptance(const State& state, absl::Time now) {
  auto request = std::make_unique<v1::AcceptInvitationRequest>();
  request->set_parent(Program());
  request->set_token(AnyToken(state));
  request->set_replace_overlapping(OneIn(2));
  std::string customer = AnyCustomer(state);
  if (OneIn(3)) {
    const std::string id = absl::StrCat("c", Below(kCustomersMax));
    customer = CustomerNamed(id);
    v1::Customer* anew = request->mutable_new_customer();
    anew->set_display_name("New customer");
    anew->set_domain("new.example");
    anew->set_country("FR");
    anew->set_tenant_id(
        Tenant(OneIn(8) ? Below(kPartnersMax) : 100 + Below(24)));
    if (OneIn(4)) request->set_customer_id(id);
    if (OneIn(20)) request->set_customer_id("c99");
    if (OneIn(30)) request->set_customer(customer);
  } else if (OneIn(3)) {
    request->set_customer(OneIn(10) ? AnyCustomer(state) : customer);
  }
  const Caller caller = Mostly(state, AsCustomer(customer));
  if (caller.kind == Caller::Kind::kOperator && !OneIn(8)) {
    if (request->has_new_customer()) {
      request->set_customer_id(LastOf(customer));
    } else {
      request->set_customer(customer);
    }
  }
  MaybeAttest(caller, now, request.get());
  return {caller, std::move(request)};
}

Generator::Draft Generator::OfRelationships(const State& state,
                                            absl::Time now) {
  const std::string name =
      NameOf(state.relationships,
             CustomerNamed("c0") + "/resellerRelationships/0000000000000");
  const auto found = state.relationships.find(name);
  const bool there = found != state.relationships.end();
  const Caller owner =
      AsPartner(there ? found->second.owner() : AnyPartner(state));
  switch (Below(9)) {
    case 7:
    case 8: {
      const Caller caller =
          Mostly(state, AsCustomer(name.substr(0, name.rfind("/reseller"))));
      auto request =
          Named<v1::RequestResellerRelationshipTerminationRequest>(name);
      MaybeAttest(caller, now, request.get());
      return {caller, std::move(request)};
    }
    case 0:
    case 1:
    case 2: {
      auto request = Named<v1::AssociateResellerRequest>(name);
      request->set_reseller(PartnerAs(state, kReseller));
      for (const auto& [other, partnership] : state.partnerships) {
        if (partnership.provider() == owner.name && OneIn(2)) {
          request->set_reseller(partnership.reseller());
        }
      }
      request->set_make_default(OneIn(3));
      return {Mostly(state, owner), std::move(request)};
    }
    case 3:
    case 4: {
      auto request = Named<v1::DissociateResellerRequest>(name);
      request->set_reseller(PartnerAs(state, kReseller));
      if (there) {
        for (const auto& item : found->second.associated_resellers()) {
          if (!item.has_end_time() && OneIn(2)) {
            request->set_reseller(item.partner());
          }
        }
      }
      return {Mostly(state, owner), std::move(request)};
    }
    default:
      return {Mostly(state, owner),
              Named<v1::TerminateResellerRelationshipRequest>(name)};
  }
}

void Generator::FillCoverage(v1::AdminScope* scope,
                             google::protobuf::RepeatedField<int>* duties) {
  const int which = Below(4);
  if (which != 1) duties->Add(v1::ADMIN_DUTY_SUPPORT);
  if (which != 0) duties->Add(v1::ADMIN_DUTY_PROVISIONING);
  if (OneIn(50)) duties->Clear();
  if (OneIn(3)) {
    scope->set_all_services(true);
    if (!OneIn(40)) return;
  }
  std::set<std::string> some;
  for (int left = 1 + Below(4); left > 0; --left) some.insert(Service());
  if (OneIn(50)) some.clear();
  // Not in order of names.
  for (auto at = some.rbegin(); at != some.rend(); ++at) {
    scope->add_services(*at);
  }
}

Generator::Draft Generator::OfGrants(const State& state, absl::Time now) {
  const std::string customer = AnyCustomer(state);
  const std::string delegate =
      OneIn(4) ? AnyPartner(state) : PartnerAs(state, kReseller);
  if (OneIn(3)) {
    auto request = std::make_unique<v1::RequestAdminRelationshipRequest>();
    request->set_parent(customer);
    request->set_delegate(delegate);
    request->set_kind(static_cast<v1::AdminKind>(
        OneIn(30) ? v1::ADMIN_KIND_GRANULAR : Below(2)));
    FillCoverage(request->mutable_scope(), request->mutable_duties());
    Caller owner = AsPartner(AnyPartner(state));
    for (const auto& [name, relationship] : state.relationships) {
      if (ParentOf(name) == customer && OneIn(2)) {
        owner = AsPartner(relationship.owner());
      }
    }
    return {Mostly(state, owner), std::move(request)};
  }
  auto request = std::make_unique<v1::GrantAdminRelationshipRequest>();
  request->set_parent(customer);
  request->set_delegate(delegate);
  request->set_kind(static_cast<v1::AdminKind>(
      OneIn(30) ? v1::ADMIN_KIND_GRANULAR : Below(2)));
  FillCoverage(request->mutable_scope(), request->mutable_duties());
  if (OneIn(40)) request->mutable_duration()->set_seconds(86400);
  request->set_replace_overlapping(OneIn(2));
  const Caller caller = Mostly(state, AsCustomer(customer));
  MaybeAttest(caller, now, request.get());
  return {caller, std::move(request)};
}

Generator::Draft Generator::OfAnswers(const State& state, absl::Time now) {
  const std::string none =
      CustomerNamed("c0") + "/adminRelationships/0000000000000";
  std::string name = NameOf(state.admins, none);
  const int which = Below(9);
  if (which < 5) {
    for (const auto& [other, admin] : state.admins) {
      if (admin.state() == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING &&
          OneIn(2)) {
        name = other;
      }
    }
  }
  const Caller customer = AsCustomer(ParentOf(name));
  if (which < 3) {
    auto request = Named<v1::ApproveAdminRelationshipRequest>(name);
    request->set_replace_overlapping(OneIn(2));
    const Caller caller = Mostly(state, customer);
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  if (which < 5) {
    auto request = Named<v1::RejectAdminRelationshipRequest>(name);
    const Caller caller = Mostly(state, customer);
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  if (which < 8) {
    auto request = Named<v1::TerminateAdminRelationshipRequest>(name);
    Caller meant = customer;
    const auto found = state.admins.find(name);
    if (found != state.admins.end() && OneIn(2)) {
      meant = AsPartner(found->second.sponsor().empty() || OneIn(2)
                            ? found->second.delegate()
                            : found->second.sponsor());
    }
    const Caller caller = Mostly(state, meant);
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  auto request = std::make_unique<v1::RevokeAllAdminRelationshipsRequest>();
  request->set_parent(AnyCustomer(state));
  if (OneIn(3)) request->set_delegate(AnyPartner(state));
  const Caller caller = Mostly(state, AsCustomer(request->parent()));
  MaybeAttest(caller, now, request.get());
  return {caller, std::move(request)};
}

}  // namespace partner::model
