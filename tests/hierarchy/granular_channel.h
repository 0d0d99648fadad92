#ifndef PARTNER_TESTS_HIERARCHY_GRANULAR_CHANNEL_H_
#define PARTNER_TESTS_HIERARCHY_GRANULAR_CHANNEL_H_

#include <string>
#include <vector>

#include "hierarchy/rules/decider.h"
#include "tests/hierarchy/channel.h"

namespace partner::hierarchy {

// The channel under the edition that has broad and granular administration side
// by side.
class GranularChannel : public Channel {
 protected:
  static constexpr std::int64_t kDay = 86400;

  GranularChannel() {
    w_.UseEdition(Policies().Find("global", "global-2022-06"));
  }

  // proseware drafts for adatum: 30 days as helpdesk and license administrator.
  v1::CreateAdminRelationshipDraftRequest DraftRequest() {
    v1::CreateAdminRelationshipDraftRequest request;
    request.set_parent(w_.Customer("adatum"));
    request.set_display_name("Care " + std::to_string(++drafts_));
    for (const char* role :
         {"license-administrator", "helpdesk-administrator"}) {
      request.add_roles(Role(role));
    }
    request.mutable_duration()->set_seconds(30 * kDay);
    return request;
  }
  std::string Role(absl::string_view id) const {
    return ChildName(w_.Program(), Kind::kRole, id);
  }
  v1::AdminRelationship Drafted(
      const v1::CreateAdminRelationshipDraftRequest& request,
      absl::string_view sponsor = "proseware") {
    return w_
        .Must<v1::CreateAdminRelationshipDraftResponse>(
            w_.PartnerCaller(sponsor), request)
        .admin_relationship();
  }
  template <typename Request>
  Decision On(const Principal& caller, const std::string& name) {
    return w_.Run(caller, World::Named<Request>(name));
  }
  Decision Lock(const std::string& name,
                absl::string_view sponsor = "proseware") {
    return On<v1::LockAdminRelationshipForApprovalRequest>(
        w_.PartnerCaller(sponsor), name);
  }
  Decision Approve(const std::string& name) {
    return On<v1::ApproveAdminRelationshipRequest>(w_.CustomerCaller("adatum"),
                                                   name);
  }
  // Drafted and locked; its name.
  std::string Locked(const v1::CreateAdminRelationshipDraftRequest& request,
                     absl::string_view sponsor = "proseware") {
    const std::string name = Drafted(request, sponsor).name();
    EXPECT_TRUE(Accepted(Lock(name, sponsor)));
    return name;
  }
  // In force.
  std::string Approved(const v1::CreateAdminRelationshipDraftRequest& request) {
    const std::string name = Locked(request);
    EXPECT_TRUE(Accepted(Approve(name)));
    return name;
  }
  std::string Approved() { return Approved(DraftRequest()); }
  v1::AdminRelationship Read(const std::string& name) {
    return w_.Read<v1::AdminRelationship>(name);
  }
  Decision Extend(const Principal& caller, const std::string& name,
                  std::int64_t seconds) {
    auto request =
        World::Named<v1::SetAdminRelationshipAutoExtendRequest>(name);
    request.mutable_auto_extend_duration()->set_seconds(seconds);
    return w_.Run(caller, request);
  }
  Decision Update(const std::string& name,
                  const std::vector<std::string>& paths,
                  const v1::AdminRelationship& given) {
    v1::UpdateAdminRelationshipDraftRequest request;
    *request.mutable_admin_relationship() = given;
    request.mutable_admin_relationship()->set_name(name);
    for (const std::string& path : paths) {
      request.mutable_update_mask()->add_paths(path);
    }
    return w_.Run(w_.PartnerCaller("proseware"), request);
  }
  bool MayHelp() {
    return w_.Check("proseware", "open_tickets", "adatum").verdict() ==
           v1::ACCESS_VERDICT_ALLOWED;
  }
  void AdvanceDays(int days) { w_.Advance(absl::Hours(24) * days); }

  int drafts_ = 0;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_TESTS_HIERARCHY_GRANULAR_CHANNEL_H_
