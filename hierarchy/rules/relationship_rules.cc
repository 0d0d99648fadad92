// Reseller relationships: R46, R52, R53, R61, D10, D20.
#include <algorithm>

#include "hierarchy/rules/customers.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "hierarchy/rules/delegation.h"

namespace partner::hierarchy {
namespace {

template <typename Request>
std::optional<v1::ResellerRelationship> LoadForOwner(Decider& decider,
                                                     const Request& request) {
  if (!decider.ok()) return std::nullopt;
  auto relationship = decider.Load<v1::ResellerRelationship>(
      Kind::kResellerRelationship, request.name());
  if (!relationship) return std::nullopt;
  decider.RequireParty(relationship->owner(), "the owner of the relationship",
                       "R19");
  decider.RequireEtag(request.etag(), relationship->etag(), request.name());
  return relationship;
}

void RequireLive(Decider& decider,
                 const v1::ResellerRelationship& relationship) {
  if (relationship.state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) return;
  decider.Refuse(v1::ERROR_REASON_RELATIONSHIP_NOT_ACTIVE, "D20",
                 relationship.name(),
                 absl::StrCat(relationship.name(), " has ended"),
                 "Win the customer again with an invitation.");
}

v1::AssociatedReseller* LiveAssociation(v1::ResellerRelationship* relationship,
                                        const std::string& reseller) {
  for (auto& item : *relationship->mutable_associated_resellers()) {
    if (item.partner() == reseller && !item.has_end_time()) return &item;
  }
  return nullptr;
}

template <typename Response>
Decision FinishRelationship(Decider& decider,
                            v1::ResellerRelationship& relationship,
                            absl::string_view what) {
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kResellerRelationship, &relationship, what);
  Response response;
  *response.mutable_reseller_relationship() = std::move(relationship);
  return decider.Finish(std::move(response));
}

// R52: who is not the owner and sees the relationship is a reseller of it.
void RefuseReseller(Decider& decider,
                    const v1::ResellerRelationship& relationship) {
  if (!decider.actor().is_partner() ||
      decider.actor().Is(relationship.owner())) {
    return;
  }
  decider.Refuse(v1::ERROR_REASON_RESELLER_CANNOT_REMOVE, "R52",
                 relationship.name(),
                 absl::StrCat("the relationship is ", relationship.owner(),
                              "'s; an indirect reseller does not end it"),
                 absl::StrCat("Ask ", relationship.owner(),
                              " to end it, or to end your association."));
  decider.Bar();
}

// D20: the owner's own BROAD administration of the customer, which ends with
// the relationship.
std::vector<std::string> OwnAdministration(
    const Decider& decider, const v1::ResellerRelationship& relationship) {
  const Graph& graph = decider.graph();
  const auto customer = graph.CustomerNamed(ParentOf(relationship.name()));
  const auto owner = graph.PartnerNamed(relationship.owner());
  std::vector<std::string> names;
  if (!customer || !owner) return names;
  graph.VisitAdmins(*customer, decider.view(), [&](const Graph::Admin& item) {
    if (item.delegate == *owner && item.fact->kind == v1::ADMIN_KIND_BROAD &&
        item.fact->state == v1::ADMIN_RELATIONSHIP_STATE_ACTIVE) {
      names.push_back(graph.NameOf(item));
    }
    return true;
  });
  return names;
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::AssociateResellerRequest& request) {
  Decider decider(context, request.options());
  auto relationship = LoadForOwner(decider, request);
  if (!relationship) return decider.Stop();
  RequireLive(decider, *relationship);
  if (const auto owner = decider.FindPartner(relationship->owner())) {
    decider.RequireActive(owner, relationship->owner());
  }
  if (request.reseller() == relationship->owner()) {
    decider.RefuseField(v1::ERROR_REASON_SELF_RELATIONSHIP, "reseller",
                        "the reseller is the owner itself",
                        "Name one of the owner's resellers.", "R61");
  }
  RequireResellerOf(decider, relationship->owner(),
                    relationship->as_enrollment(), request.reseller());
  v1::AssociatedReseller* known =
      LiveAssociation(&*relationship, request.reseller());
  if (known != nullptr && (known->is_default() || !request.make_default())) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_ASSOCIATED, "D9", request.name(),
                   absl::StrCat(request.reseller(), " is associated already"),
                   "Nothing to do.");
  }
  if (known == nullptr) RequireAssociationRoom(decider, *relationship);
  if (!decider.ok()) return decider.Stop();
  if (known == nullptr) {
    AddAssociation(decider.now(), request.reseller(), "", &*relationship);
    known = LiveAssociation(&*relationship, request.reseller());
  }
  if (request.make_default()) {
    for (auto& item : *relationship->mutable_associated_resellers()) {
      item.set_is_default(false);
    }
    known->set_is_default(true);
  }
  return FinishRelationship<v1::AssociateResellerResponse>(
      decider, *relationship,
      absl::StrCat(request.reseller(),
                   request.make_default()
                       ? " is the default associated reseller"
                       : " is associated",
                   "; gives no administration"));
}

Decision Decide(const DecisionContext& context,
                const v1::DissociateResellerRequest& request) {
  Decider decider(context, request.options());
  auto relationship = LoadForOwner(decider, request);
  if (!relationship) return decider.Stop();
  RequireLive(decider, *relationship);
  v1::AssociatedReseller* known =
      LiveAssociation(&*relationship, request.reseller());
  if (known == nullptr) {
    decider.Refuse(v1::ERROR_REASON_NOT_ASSOCIATED, "D9", request.name(),
                   absl::StrCat(request.reseller(), " is not associated"),
                   "Look at the relationship's associated resellers.");
    return decider.Stop();
  }
  if (!decider.ok()) return decider.Stop();
  *known->mutable_end_time() = ToProto(decider.now());
  if (known->is_default()) {
    known->set_is_default(false);
    for (auto& item : *relationship->mutable_associated_resellers()) {
      if (!item.has_end_time()) {
        item.set_is_default(true);
        break;
      }
    }
  }
  return FinishRelationship<v1::DissociateResellerResponse>(
      decider, *relationship,
      absl::StrCat(request.reseller(),
                   " is no longer associated; its administration stays"));
}

Decision Decide(
    const DecisionContext& context,
    const v1::RequestResellerRelationshipTerminationRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto relationship = decider.Load<v1::ResellerRelationship>(
      Kind::kResellerRelationship, request.name());
  if (!relationship) return decider.Stop();
  const std::string customer(ParentOf(request.name()));
  decider.RequireCustomer(customer, request.has_attestation(),
                          request.attestation());
  decider.RequireEtag(request.etag(), relationship->etag(), request.name());
  RequireLive(decider, *relationship);
  if (relationship->state() == v1::RESELLER_RELATIONSHIP_STATE_ACTIVE &&
      relationship->has_termination_request()) {
    decider.Refuse(v1::ERROR_REASON_TERMINATION_ALREADY_REQUESTED, "D20",
                   request.name(),
                   absl::StrCat("the customer asked for the end of ",
                                request.name(), " before"),
                   absl::StrCat("Wait for ", relationship->owner(),
                                ", which must end it."));
  }
  if (!decider.ok()) return decider.Stop();
  v1::TerminationRequest* wish = relationship->mutable_termination_request();
  *wish->mutable_request_time() = ToProto(decider.now());
  if (request.has_attestation()) {
    *wish->mutable_attestation() = request.attestation();
  }
  decider.AddAction(
      request.name(), relationship->owner(),
      "ResellerRelationshipService.TerminateResellerRelationship",
      "the owner ends the relationship, which goes on until then");
  for (const std::string& admin : OwnAdministration(decider, *relationship)) {
    decider.AddEffect(admin, v1::EFFECT_KIND_STAYS,
                      "the owner's own administration ends with the "
                      "relationship; the customer may take it back at once");
  }
  return FinishRelationship<v1::RequestResellerRelationshipTerminationResponse>(
      decider, *relationship,
      absl::StrCat(customer, " asked ", relationship->owner(), " to end it"));
}

Decision Decide(const DecisionContext& context,
                const v1::TerminateResellerRelationshipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto relationship = decider.Load<v1::ResellerRelationship>(
      Kind::kResellerRelationship, request.name());
  if (!relationship) return decider.Stop();
  RefuseReseller(decider, *relationship);
  decider.RequireParty(relationship->owner(), "the owner of the relationship",
                       "R19");
  decider.RequireEtag(request.etag(), relationship->etag(), request.name());
  if (relationship->state() == v1::RESELLER_RELATIONSHIP_STATE_TERMINATED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "D20", request.name(),
                   absl::StrCat(request.name(), " has ended already"),
                   "Nothing to do.");
  }
  if (!decider.ok()) return decider.Stop();
  const Graph& graph = decider.graph();
  const auto customer = graph.CustomerNamed(ParentOf(request.name()));
  const auto owner = graph.PartnerNamed(relationship->owner());
  const std::int64_t now_us = absl::ToUnixMicros(decider.now());
  std::vector<Graph::Admin> admins;
  if (customer && owner) {
    graph.VisitAdmins(*customer, decider.view(), [&](const Graph::Admin& item) {
      // Any partner may ask for what is granular, owner or not (R83).
      const bool own_request = item.sponsor == *owner &&
                               !item.fact->granular() &&
                               item.fact->PendingAt(now_us);
      if (item.fact->ActiveAt(now_us) || own_request) admins.push_back(item);
      return true;
    });
  }
  relationship->set_state(v1::RESELLER_RELATIONSHIP_STATE_TERMINATED);
  *relationship->mutable_end_time() = ToProto(decider.now());
  for (auto& item : *relationship->mutable_associated_resellers()) {
    if (!item.has_end_time()) {
      *item.mutable_end_time() = ToProto(decider.now());
      item.set_is_default(false);
    }
  }
  decider.AddEffect(
      request.name(), v1::EFFECT_KIND_ENDS,
      absl::StrCat(relationship->owner(), " no longer owns a relationship"));
  for (const Graph::Admin& item : admins) {
    const std::string name = graph.NameOf(item);
    auto admin = decider.LoadUnseen<v1::AdminRelationship>(
        Kind::kAdminRelationship, name);
    if (!admin) return decider.Stop();
    if (!item.fact->ActiveAt(now_us)) {
      EndAdmin(decider, *admin, v1::ADMIN_END_CAUSE_REQUEST_WITHDRAWN,
               "the owner's request ends with the relationship");
      continue;
    }
    if (item.delegate != *owner || item.fact->granular()) {
      decider.AddEffect(decider.Shown(Kind::kAdminRelationship, *admin),
                        v1::EFFECT_KIND_STAYS,
                        "administration stays; the customer alone takes it "
                        "back");
      continue;
    }
    EndAdmin(decider, *admin, v1::ADMIN_END_CAUSE_RELATIONSHIP_ENDED,
             "the owner's own administration ends with the relationship");
  }
  return FinishRelationship<v1::TerminateResellerRelationshipResponse>(
      decider, *relationship, "");
}

}  // namespace partner::hierarchy
