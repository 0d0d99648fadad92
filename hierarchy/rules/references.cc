#include "hierarchy/rules/references.h"

#include <algorithm>
#include <set>

namespace partner::hierarchy {
namespace {

void Add(Decider& decider, absl::string_view name, absl::string_view party,
         absl::string_view next_step) {
  decider.Refuse(v1::ERROR_REASON_STILL_REFERENCED, "C5", name,
                 absl::StrCat(name, " is live and names ", party), next_step);
}

bool IsLive(const Decider& decider, const Graph::AdminFact& fact) {
  const std::int64_t now_us = absl::ToUnixMicros(decider.now());
  return fact.ActiveAt(now_us) || fact.PendingAt(now_us);
}

bool IsLive(const v1::Invitation& invitation, absl::Time now) {
  return invitation.state() == v1::INVITATION_STATE_ACTIVE &&
         !IsExpired(invitation, now);
}

// Invitations of the providers it ever worked with that still name it.
void AddProviderInvitations(Decider& decider, const v1::Partner& partner,
                            const std::set<PartnerId>& providers) {
  for (PartnerId provider : providers) {
    const std::string prefix =
        absl::StrCat(decider.graph().NameOfPartner(provider), "/invitations/");
    for (const v1::Invitation& invitation :
         decider.LoadAll<v1::Invitation>(Kind::kInvitation, prefix)) {
      if (!IsLive(invitation, decider.now())) continue;
      const auto& listed = invitation.listed_resellers();
      if (std::find(listed.begin(), listed.end(), partner.name()) !=
          listed.end()) {
        Add(decider, invitation.name(), partner.name(),
            "The issuer revokes it with RevokeInvitation.");
      }
      for (const v1::InvitationForward& forward :
           decider.LoadAll<v1::InvitationForward>(
               Kind::kInvitationForward,
               absl::StrCat(invitation.name(), "/forwards/"))) {
        if (forward.forwarder() == partner.name() &&
            forward.state() == v1::INVITATION_FORWARD_STATE_ACTIVE) {
          Add(decider, forward.name(), partner.name(),
              "Revoke it with RevokeInvitationForward.");
        }
      }
    }
  }
}

}  // namespace

void RefuseWhileReferenced(Decider& decider, const v1::Partner& partner) {
  const Graph& graph = decider.graph();
  const auto id = graph.PartnerNamed(partner.name());
  if (!id) return;
  std::set<PartnerId> providers;
  graph.VisitPartnerships(
      *id, decider.view(), [&](const Graph::Partnership& item) {
        if (item.reseller == *id) providers.insert(item.provider);
        const bool pending =
            item.fact->state == v1::PARTNERSHIP_STATE_PENDING &&
            (item.fact->expire_us == 0 ||
             item.fact->expire_us > absl::ToUnixMicros(decider.now()));
        if (pending || item.fact->state == v1::PARTNERSHIP_STATE_ACTIVE) {
          Add(decider, graph.NameOf(item), partner.name(),
              "The provider ends it with TerminatePartnership.");
        }
        return true;
      });
  for (const v1::Invitation& invitation : decider.LoadAll<v1::Invitation>(
           Kind::kInvitation, absl::StrCat(partner.name(), "/invitations/"))) {
    if (IsLive(invitation, decider.now())) {
      Add(decider, invitation.name(), partner.name(),
          "Revoke it with RevokeInvitation.");
    }
  }
  AddProviderInvitations(decider, partner, providers);
  graph.VisitOwned(*id, decider.view(), [&](const Graph::Relationship& item) {
    Add(decider, graph.NameOf(item), partner.name(),
        "The owner ends it with TerminateResellerRelationship.");
    return true;
  });
  graph.VisitAssociated(
      *id, decider.view(), [&](const Graph::Relationship& item) {
        Add(decider, graph.NameOf(item), partner.name(),
            "The owner ends the association with DissociateReseller.");
        return true;
      });
  graph.VisitAdministered(*id, decider.view(), {},
                          [&](const Graph::Admin& item, Graph::Cursor) {
                            if (!IsLive(decider, *item.fact)) return true;
                            Add(decider, graph.NameOf(item), partner.name(),
                                "End it with TerminateAdminRelationship.");
                            return true;
                          });
  graph.VisitPendingDelegate(
      *id, decider.view(), [&](const Graph::Admin& item) {
        if (!IsLive(decider, *item.fact)) return true;
        Add(decider, graph.NameOf(item), partner.name(),
            "The customer rejects it or the sponsor withdraws it.");
        return true;
      });
  graph.VisitSponsored(*id, decider.view(), [&](const Graph::Admin& item) {
    // One for the partner itself is listed already.
    if (item.delegate == *id || !IsLive(decider, *item.fact)) return true;
    Add(decider, graph.NameOf(item), partner.name(),
        "Withdraw it with TerminateAdminRelationship.");
    return true;
  });
}

void RefuseWhileReferenced(Decider& decider, const v1::Customer& customer) {
  const Graph& graph = decider.graph();
  const auto id = graph.CustomerNamed(customer.name());
  if (!id) return;
  graph.VisitRelationships(
      *id, decider.view(), [&](const Graph::Relationship& item) {
        if (item.fact->state == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
          Add(decider, graph.NameOf(item), customer.name(),
              "The owner ends it with TerminateResellerRelationship.");
        }
        return true;
      });
  graph.VisitAdmins(*id, decider.view(), [&](const Graph::Admin& item) {
    if (IsLive(decider, *item.fact)) {
      Add(decider, graph.NameOf(item), customer.name(),
          "End it with TerminateAdminRelationship.");
    }
    return true;
  });
}

}  // namespace partner::hierarchy
