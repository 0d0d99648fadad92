// Partnerships between providers and resellers: R54, R55, R57, R58, D13.
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/decisions.h"
#include "partner/hierarchy/v1/partner.pb.h"

namespace partner::hierarchy {
namespace {

bool IsExpired(const v1::Partnership& partnership, absl::Time now) {
  return partnership.state() == v1::PARTNERSHIP_STATE_PENDING &&
         partnership.has_expire_time() &&
         FromProto(partnership.expire_time()) <= now;
}

// R58, D12: both sides may enter a partnership now.
void RequireSides(Decider& decider, const std::string& provider_name,
                  const std::string& reseller_name) {
  const auto provider = decider.FindPartner(provider_name);
  const auto reseller = decider.FindPartner(reseller_name);
  if (provider) {
    decider.RequireActive(provider, provider_name);
    if (!provider.fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                            v1::ENROLLMENT_STATE_ACTIVE)) {
      decider.Refuse(
          v1::ERROR_REASON_PARTNER_NOT_ENROLLED, "D12", provider_name,
          absl::StrCat(provider_name,
                       " has no active enrolment as INDIRECT_PROVIDER"),
          "An operator enrols it with EnrollPartner.");
    }
  }
  if (reseller) {
    decider.RequireActive(reseller, reseller_name);
    if (!reseller.fact->Has(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                            v1::ENROLLMENT_STATE_ACTIVE)) {
      decider.Refuse(
          v1::ERROR_REASON_RESELLER_NOT_ENROLLED, "R58", reseller_name,
          absl::StrCat(reseller_name,
                       " has no active enrolment as INDIRECT_RESELLER"),
          "An operator enrols it with EnrollPartner.");
    }
  }
}

// R57: both sides are of one region, where the edition says so.
void RequireOneRegion(Decider& decider, const std::string& provider_name,
                      const std::string& reseller_name) {
  const v1::RuleSwitch& rule = decider.edition().data().one_region();
  if (!rule.value()) return;
  const auto provider =
      decider.LoadUnseen<v1::Partner>(Kind::kPartner, provider_name);
  const auto reseller =
      decider.LoadUnseen<v1::Partner>(Kind::kPartner, reseller_name);
  if (!provider || !reseller ||
      decider.edition().InOneRegion(provider->country(), reseller->country())) {
    return;
  }
  decider.Refuse(v1::ERROR_REASON_REGION_MISMATCH, rule.rule(), reseller_name,
                 absl::StrCat(provider_name, " is of ", provider->country(),
                              ", ", reseller_name, " of ", reseller->country(),
                              ", which are not of one region"),
                 "Pair with a partner of the same region.");
}

// Refuses when an answer to a request comes in the wrong state.
void RequirePending(Decider& decider, const v1::Partnership& partnership,
                    v1::PartnershipState wanted) {
  if (partnership.state() == wanted) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "C3", partnership.name(),
                   absl::StrCat(partnership.name(), " is in that state"),
                   "Nothing to do.");
  } else if (IsExpired(partnership, decider.now())) {
    decider.Refuse(v1::ERROR_REASON_PARTNERSHIP_EXPIRED, "C3",
                   partnership.name(),
                   absl::StrCat(partnership.name(), " lapsed unanswered"),
                   "The provider asks again with CreatePartnership.");
  } else if (partnership.state() != v1::PARTNERSHIP_STATE_PENDING) {
    decider.Refuse(v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "C3",
                   partnership.name(),
                   absl::StrCat(partnership.name(), " was answered or ended"),
                   "The provider asks again with CreatePartnership.");
  }
}

// D13, R54: what a partnership's end touches and leaves.
void ListConcerned(Decider& decider, const v1::Partnership& partnership) {
  const Graph& graph = decider.graph();
  const auto provider = graph.PartnerNamed(partnership.provider());
  const auto reseller = graph.PartnerNamed(partnership.reseller());
  if (!provider || !reseller) return;
  graph.VisitAssociated(
      *reseller, decider.view(), [&](const Graph::Relationship& item) {
        if (item.owner != *provider) return true;
        decider.AddEffect(
            graph.NameOfCustomer(item.customer), v1::EFFECT_KIND_STAYS,
            absl::StrCat("stays a customer of ", partnership.provider()));
        decider.AddAction(graph.NameOf(item), partnership.provider(),
                          "ResellerRelationshipService.DissociateReseller",
                          absl::StrCat(partnership.reseller(),
                                       " stays associated until the owner "
                                       "changes it"));
        return true;
      });
  std::vector<std::string> rights;
  graph.VisitAdministered(
      *reseller, decider.view(), {},
      [&](const Graph::Admin& item, Graph::Cursor) {
        if (item.fact->ActiveAt(absl::ToUnixMicros(decider.now())) &&
            graph.LiveRelationship(item.customer, *provider, decider.view())) {
          rights.push_back(graph.NameOf(item));
        }
        return true;
      });
  for (const std::string& name : rights) {
    const auto admin = decider.LoadUnseen<v1::AdminRelationship>(
        Kind::kAdminRelationship, name);
    if (!admin) return;
    decider.AddEffect(decider.Shown(Kind::kAdminRelationship, *admin),
                      v1::EFFECT_KIND_STAYS,
                      "administration stays; the customer alone takes it back");
  }
}

template <typename Response>
Decision FinishPartnership(Decider& decider, v1::Partnership& partnership,
                           absl::string_view what) {
  if (!decider.ok()) return decider.Stop();
  decider.Write(Kind::kPartnership, &partnership, what);
  Response response;
  *response.mutable_partnership() = std::move(partnership);
  return decider.Finish(std::move(response));
}

}  // namespace

Decision Decide(const DecisionContext& context,
                const v1::CreatePartnershipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  if (decider.actor().is_customer()) {
    decider.Refuse(v1::ERROR_REASON_PRINCIPAL_NOT_ALLOWED, "R55", "",
                   "a provider asks for a partnership",
                   "Call as the provider, or name it in options.acting_party "
                   "as an operator.");
    return decider.Stop();
  }
  const std::string provider =
      request.provider().empty() ? decider.actor().name : request.provider();
  if (provider.empty()) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_REQUIRED, "provider",
                        "provider is missing",
                        "Name the provider, or act for it.");
    return decider.Stop();
  }
  if (!decider.FindVisiblePartner(provider)) return decider.Stop();
  decider.RequireParty(provider, "the provider", "R55");
  if (provider == request.reseller()) {
    decider.RefuseField(v1::ERROR_REASON_SELF_RELATIONSHIP, "reseller",
                        "provider and reseller are the same partner",
                        "Name another partner.");
  }
  if (request.has_expire_time() &&
      FromProto(request.expire_time()) <= decider.now()) {
    decider.RefuseField(v1::ERROR_REASON_FIELD_INVALID, "expire_time",
                        "expire_time is not in the future",
                        "Give a later time or none.");
  }
  RequireSides(decider, provider, request.reseller());
  RequireOneRegion(decider, provider, request.reseller());
  const auto provider_id = decider.graph().PartnerNamed(provider);
  const auto reseller_id = decider.graph().PartnerNamed(request.reseller());
  if (provider_id && reseller_id) {
    decider.graph().VisitPartnerships(
        *reseller_id, decider.view(), [&](const Graph::Partnership& item) {
          if (item.provider != *provider_id || item.reseller != *reseller_id) {
            return true;
          }
          const bool pending =
              item.fact->state == v1::PARTNERSHIP_STATE_PENDING &&
              (item.fact->expire_us == 0 ||
               item.fact->expire_us > absl::ToUnixMicros(decider.now()));
          if (pending || item.fact->state == v1::PARTNERSHIP_STATE_ACTIVE) {
            decider.Refuse(v1::ERROR_REASON_PARTNERSHIP_EXISTS, "R55",
                           decider.graph().NameOf(item),
                           pending ? "a request waits for the reseller's answer"
                                   : "the two are partners already",
                           pending
                               ? "The reseller answers with AcceptPartnership."
                               : "Nothing to do.");
          }
          return true;
        });
  }
  v1::Partnership partnership;
  partnership.set_name(
      decider.NewName(ProgramName(context.program), Kind::kPartnership));
  partnership.set_provider(provider);
  partnership.set_reseller(request.reseller());
  partnership.set_state(v1::PARTNERSHIP_STATE_PENDING);
  if (request.has_expire_time()) {
    *partnership.mutable_expire_time() = request.expire_time();
  }
  if (decider.ok()) {
    decider.AddAction(partnership.name(), request.reseller(),
                      "PartnershipService.AcceptPartnership",
                      "the reseller answers the request");
  }
  return FinishPartnership<v1::CreatePartnershipResponse>(decider, partnership,
                                                          "asked for");
}

Decision Decide(const DecisionContext& context,
                const v1::AcceptPartnershipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto partnership =
      decider.Load<v1::Partnership>(Kind::kPartnership, request.name());
  if (!partnership) return decider.Stop();
  decider.RequireParty(partnership->reseller(), "the reseller", "R55");
  decider.RequireEtag(request.etag(), partnership->etag(), request.name());
  RequirePending(decider, *partnership, v1::PARTNERSHIP_STATE_ACTIVE);
  RequireSides(decider, partnership->provider(), partnership->reseller());
  RequireOneRegion(decider, partnership->provider(), partnership->reseller());
  partnership->set_state(v1::PARTNERSHIP_STATE_ACTIVE);
  *partnership->mutable_start_time() = ToProto(decider.now());
  return FinishPartnership<v1::AcceptPartnershipResponse>(decider, *partnership,
                                                          "accepted");
}

Decision Decide(const DecisionContext& context,
                const v1::DeclinePartnershipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto partnership =
      decider.Load<v1::Partnership>(Kind::kPartnership, request.name());
  if (!partnership) return decider.Stop();
  decider.RequireParty(partnership->reseller(), "the reseller", "R55");
  decider.RequireEtag(request.etag(), partnership->etag(), request.name());
  RequirePending(decider, *partnership, v1::PARTNERSHIP_STATE_DECLINED);
  partnership->set_state(v1::PARTNERSHIP_STATE_DECLINED);
  *partnership->mutable_end_time() = ToProto(decider.now());
  if (decider.ok()) {
    decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS, "declined");
  }
  return FinishPartnership<v1::DeclinePartnershipResponse>(decider,
                                                           *partnership, "");
}

Decision Decide(const DecisionContext& context,
                const v1::TerminatePartnershipRequest& request) {
  Decider decider(context, request.options());
  if (!decider.ok()) return decider.Stop();
  auto partnership =
      decider.Load<v1::Partnership>(Kind::kPartnership, request.name());
  if (!partnership) return decider.Stop();
  const v1::RuleSwitch& reseller_may =
      decider.edition().data().reseller_ends_partnership();
  if (!(reseller_may.value() && decider.actor().Is(partnership->reseller()))) {
    decider.RequireParty(partnership->provider(), "the provider",
                         reseller_may.rule());
  }
  decider.RequireEtag(request.etag(), partnership->etag(), request.name());
  if (partnership->state() == v1::PARTNERSHIP_STATE_TERMINATED) {
    decider.Refuse(v1::ERROR_REASON_ALREADY_IN_STATE, "R54", request.name(),
                   absl::StrCat(request.name(), " has ended already"),
                   "Nothing to do.");
  } else if (partnership->state() == v1::PARTNERSHIP_STATE_DECLINED ||
             IsExpired(*partnership, decider.now())) {
    decider.Refuse(
        v1::ERROR_REASON_TRANSITION_NOT_ALLOWED, "R54", request.name(),
        absl::StrCat(request.name(), " never came about"), "Nothing to end.");
  }
  ListConcerned(decider, *partnership);
  partnership->set_state(v1::PARTNERSHIP_STATE_TERMINATED);
  *partnership->mutable_end_time() = ToProto(decider.now());
  if (decider.ok()) {
    decider.AddEffect(request.name(), v1::EFFECT_KIND_ENDS,
                      "the reseller can no longer forward the provider's "
                      "invitations");
  }
  return FinishPartnership<v1::TerminatePartnershipResponse>(decider,
                                                             *partnership, "");
}

}  // namespace partner::hierarchy
