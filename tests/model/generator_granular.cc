// Random commands about granular administration.

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/model/generator.h"

namespace partner::model {
namespace {

const std::int64_t kDay = 86400;

}  // namespace

std::string Generator::RoleName() {
  const std::map<std::string, Role>& roles =
      EditionNamed(EditionsOf(program_).back()).roles;
  if (OneIn(40)) return Program() + "/roles/support";
  // The privileged one more often than the others.
  if (OneIn(4)) return Program() + "/roles/global-administrator";
  const int which = Below(static_cast<int>(roles.size()));
  return Program() + "/roles/" + std::next(roles.begin(), which)->first;
}

google::protobuf::Duration Generator::SomeDays() {
  google::protobuf::Duration days;
  days.set_seconds(OneIn(3) ? kDay : (1 + Below(300)) * kDay);
  if (OneIn(12)) days.set_seconds(730 * kDay);
  if (OneIn(30)) days.set_seconds(OneIn(2) ? kDay - 1 : 730 * kDay + 1);
  return days;
}

Generator::Draft Generator::OfGranular(const State& state, absl::Time now) {
  const auto set_roles = [this](auto* list) {
    std::set<std::string> roles;
    for (int left = 1 + Below(3); left > 0; --left) roles.insert(RoleName());
    // Not in order of names.
    for (auto at = roles.rbegin(); at != roles.rend(); ++at) *list->Add() = *at;
  };
  const auto title = [this] { return absl::StrCat("Care ", Below(60)); };
  // One that lives, mostly, and what comes next in its life.
  std::vector<std::string> live;
  for (const auto& [name, admin] : state.admins) {
    const v1::AdminRelationshipState is = StateAt(admin, state.moment);
    if (admin.kind() == v1::ADMIN_KIND_GRANULAR &&
        (is == v1::ADMIN_RELATIONSHIP_STATE_DRAFT ||
         is == v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING ||
         is == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE)) {
      live.push_back(name);
    }
  }
  int which = Below(18);
  std::string name = NameOf(
      state.admins, CustomerNamed("c0") + "/adminRelationships/0000000000000");
  if (!live.empty() && !OneIn(3)) {
    name = live[Below(static_cast<int>(live.size()))];
    const v1::AdminRelationship& admin = state.admins.at(name);
    switch (StateAt(admin, state.moment)) {
      case v1::ADMIN_RELATIONSHIP_STATE_DRAFT:
        which = 4 + Below(4);
        break;
      case v1::ADMIN_RELATIONSHIP_STATE_APPROVAL_PENDING:
        which = 8 + Below(admin.sponsor() == admin.delegate() ? 3 : 6);
        break;
      default:
        which = 14 + Below(4);
    }
  }
  if (which < 4) {
    auto request = std::make_unique<v1::CreateAdminRelationshipDraftRequest>();
    request->set_parent(AnyCustomer(state));
    const auto enrolled = [&] {
      return OneIn(6)
                 ? AnyPartner(state)
                 : PartnerAs(state,
                             OneIn(3) ? v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER
                                      : v1::ENROLLMENT_TYPE_INDIRECT_RESELLER);
    };
    const std::string sponsor = enrolled();
    if (OneIn(2)) request->set_delegate(enrolled());
    request->set_display_name(title());
    set_roles(request->mutable_roles());
    *request->mutable_duration() = SomeDays();
    if (OneIn(3)) {
      request->mutable_auto_extend_duration()->set_seconds(
          (OneIn(8) ? 90 : 180) * kDay);
    }
    return {Mostly(state, AsPartner(sponsor)), std::move(request)};
  }
  const auto found = state.admins.find(name);
  const bool there = found != state.admins.end();
  const Caller sponsor = AsPartner(there && !found->second.sponsor().empty()
                                       ? found->second.sponsor()
                                       : AnyPartner(state));
  const Caller delegate =
      AsPartner(there ? found->second.delegate() : AnyPartner(state));
  const Caller customer = AsCustomer(ParentOf(name));
  const auto named = [&](auto request) {
    request->set_name(name);
    return request;
  };
  if (which < 5) {
    auto request = std::make_unique<v1::UpdateAdminRelationshipDraftRequest>();
    v1::AdminRelationship* given = request->mutable_admin_relationship();
    given->set_name(name);
    if (OneIn(4)) given->set_etag(OneIn(3) ? "{stale}" : "{etag}");
    if (OneIn(2)) {
      request->mutable_update_mask()->add_paths("display_name");
      given->set_display_name(title());
    }
    if (OneIn(2)) {
      request->mutable_update_mask()->add_paths("roles");
      if (!OneIn(20)) set_roles(given->mutable_roles());
    }
    if (OneIn(2)) {
      request->mutable_update_mask()->add_paths("duration");
      *given->mutable_duration() = SomeDays();
    }
    if (OneIn(20)) request->mutable_update_mask()->add_paths("delegate");
    return {Mostly(state, sponsor), std::move(request)};
  }
  if (which < 8) {
    return {
        Mostly(state, sponsor),
        named(std::make_unique<v1::LockAdminRelationshipForApprovalRequest>())};
  }
  if (which < 11) {
    auto request =
        named(std::make_unique<v1::ApproveAdminRelationshipRequest>());
    const Caller caller = Mostly(state, customer);
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  if (which < 13) {
    return {Mostly(state, delegate),
            named(std::make_unique<v1::ConsentToAdminRelationshipRequest>())};
  }
  if (which < 14) {
    auto request =
        named(std::make_unique<v1::RejectAdminRelationshipRequest>());
    const Caller caller = Mostly(state, OneIn(4) ? customer : delegate);
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  const Caller side = OneIn(3) ? customer : OneIn(4) ? sponsor : delegate;
  const Caller caller = Mostly(state, side);
  if (which < 16) {
    auto request =
        named(std::make_unique<v1::SetAdminRelationshipAutoExtendRequest>());
    if (!OneIn(3)) {
      request->mutable_auto_extend_duration()->set_seconds(
          (OneIn(12) ? 1 : 180) * kDay);
    }
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  if (which < 17) {
    auto request = named(
        std::make_unique<v1::RemoveAdminRelationshipPrivilegedRoleRequest>());
    MaybeAttest(caller, now, request.get());
    return {caller, std::move(request)};
  }
  auto request =
      named(std::make_unique<v1::TerminateAdminRelationshipRequest>());
  MaybeAttest(caller, now, request.get());
  return {caller, std::move(request)};
}

}  // namespace partner::model
