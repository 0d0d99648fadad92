// What a viewer sees: visibility, states that time alone changes, tokens.
#include <algorithm>

#include "hierarchy/model/admin_term.h"
#include "hierarchy/rules/decide.h"
#include "hierarchy/rules/decider.h"
#include "hierarchy/rules/granular.h"
#include "hierarchy/rules/invitations.h"
#include "partner/hierarchy/v1/admin_relationship.pb.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "partner/hierarchy/v1/partnership.pb.h"
#include "partner/hierarchy/v1/policy.pb.h"
#include "partner/hierarchy/v1/reseller_relationship.pb.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::Message;

// The facts and the moment by which somebody sees.
struct Sight {
  const Graph& graph;
  std::int64_t revision;
  std::int64_t moment_us;

  bool Knows(PartnerId partner, CustomerId customer) const {
    return graph.Knows(partner, customer, revision, moment_us);
  }
};

// The viewer as a partner: its name and number.
struct PartnerViewer {
  const std::string& name;
  PartnerId id;
};

bool PartnersMeet(const Graph& graph, std::int64_t revision, PartnerId viewer,
                  PartnerId other) {
  bool meet = false;
  graph.VisitPartnerships(
      viewer, revision, [&](const Graph::Partnership& item) {
        meet = (item.provider == other || item.reseller == other) &&
               (item.fact->state == v1::PARTNERSHIP_STATE_ACTIVE ||
                item.fact->state == v1::PARTNERSHIP_STATE_PENDING);
        return !meet;
      });
  return meet;
}

bool PartnerSees(const Sight& sight, const PartnerViewer& viewer, Kind kind,
                 const Message& document) {
  const Graph& graph = sight.graph;
  const std::int64_t revision = sight.revision;
  switch (kind) {
    case Kind::kPolicy:
      return true;
    case Kind::kPartner: {
      const auto& partner = static_cast<const v1::Partner&>(document);
      if (partner.name() == viewer.name) return true;
      const auto other = graph.PartnerNamed(partner.name());
      return other && PartnersMeet(graph, revision, viewer.id, *other);
    }
    case Kind::kPartnership: {
      const auto& partnership = static_cast<const v1::Partnership&>(document);
      return partnership.provider() == viewer.name ||
             partnership.reseller() == viewer.name;
    }
    case Kind::kCustomer: {
      const auto customer = graph.CustomerNamed(
          static_cast<const v1::Customer&>(document).name());
      return customer && sight.Knows(viewer.id, *customer);
    }
    case Kind::kInvitation: {
      const auto& invitation = static_cast<const v1::Invitation&>(document);
      const absl::string_view issuer = ParentOf(invitation.name());
      if (issuer == viewer.name || IsListed(invitation, viewer.name)) {
        return true;
      }
      const auto provider = graph.PartnerNamed(issuer);
      return invitation.audience() ==
                 v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS &&
             provider && graph.HavePartnership(*provider, viewer.id, revision);
    }
    case Kind::kInvitationForward: {
      const auto& forward = static_cast<const v1::InvitationForward&>(document);
      return forward.forwarder() == viewer.name ||
             ParentOf(ParentOf(forward.name())) == viewer.name;
    }
    case Kind::kInvitationAcceptance: {
      const auto& acceptance =
          static_cast<const v1::InvitationAcceptance&>(document);
      if (ParentOf(ParentOf(acceptance.name())) == viewer.name) return true;
      const auto customer = graph.CustomerNamed(acceptance.customer());
      return acceptance.forwarder() == viewer.name && customer &&
             sight.Knows(viewer.id, *customer);
    }
    case Kind::kResellerRelationship: {
      const auto& relationship =
          static_cast<const v1::ResellerRelationship&>(document);
      const auto& associated = relationship.associated_resellers();
      return relationship.owner() == viewer.name ||
             std::any_of(associated.begin(), associated.end(),
                         [&](const v1::AssociatedReseller& item) {
                           return item.partner() == viewer.name &&
                                  !item.has_end_time();
                         });
    }
    case Kind::kAdminRelationship: {
      const auto& admin = static_cast<const v1::AdminRelationship&>(document);
      if (admin.sponsor() == viewer.name) return true;
      if (!WasLocked(admin)) return false;
      if (admin.delegate() == viewer.name) return true;
      // As with checks: an owner's business are its associated resellers.
      const auto customer = graph.CustomerNamed(ParentOf(admin.name()));
      const auto delegate = graph.PartnerNamed(admin.delegate());
      return customer && delegate &&
             graph.IsAssociatedFor(*customer, viewer.id, *delegate, revision);
    }
    default:
      return false;
  }
}

bool CustomerSees(const Sight& sight, const std::string& viewer, Kind kind,
                  const Message& document) {
  const Graph& graph = sight.graph;
  switch (kind) {
    case Kind::kPolicy:
      return true;
    case Kind::kPartner: {
      const auto partner =
          graph.PartnerNamed(static_cast<const v1::Partner&>(document).name());
      const auto customer = graph.CustomerNamed(viewer);
      return partner && customer && sight.Knows(*partner, *customer);
    }
    case Kind::kCustomer:
      return static_cast<const v1::Customer&>(document).name() == viewer;
    case Kind::kInvitationAcceptance:
      return static_cast<const v1::InvitationAcceptance&>(document)
                 .customer() == viewer;
    case Kind::kResellerRelationship:
      return ParentOf(static_cast<const v1::ResellerRelationship&>(document)
                          .name()) == viewer;
    case Kind::kAdminRelationship: {
      const auto& admin = static_cast<const v1::AdminRelationship&>(document);
      return ParentOf(admin.name()) == viewer && WasLocked(admin);
    }
    default:
      return false;
  }
}

}  // namespace

bool CanSee(const Graph& graph, std::int64_t revision, absl::Time moment,
            const Principal& principal, Kind kind, const Message& document) {
  const Sight sight{graph, revision, absl::ToUnixMicros(moment)};
  switch (principal.kind) {
    case Principal::Kind::kOperator:
    case Principal::Kind::kAuditor:
      return true;
    case Principal::Kind::kPartner: {
      const auto id = graph.PartnerNamed(principal.name);
      if (!id) return false;
      return PartnerSees(sight, {principal.name, *id}, kind, document);
    }
    case Principal::Kind::kCustomer:
      return CustomerSees(sight, principal.name, kind, document);
  }
  return false;
}

void ShowAt(absl::Time moment, const Principal& viewer, const Tokens& tokens,
            Message* document) {
  const auto* type = document->GetDescriptor();
  const bool by_operator = viewer.kind == Principal::Kind::kOperator;
  const bool by_partner = viewer.kind == Principal::Kind::kPartner;
  if (type == v1::Invitation::descriptor()) {
    auto* invitation = static_cast<v1::Invitation*>(document);
    invitation->set_state(StateAt(*invitation, moment));
    const bool issuer = ParentOf(invitation->name()) == viewer.name;
    if (by_operator || issuer) {
      invitation->set_token(tokens.Make(invitation->name()));
    }
    // Who else was chosen is the issuer's business.
    if (by_partner && !issuer) {
      auto* listed = invitation->mutable_listed_resellers();
      listed->erase(std::remove_if(listed->begin(), listed->end(),
                                   [&](const std::string& name) {
                                     return name != viewer.name;
                                   }),
                    listed->end());
    }
  } else if (type == v1::InvitationForward::descriptor()) {
    auto* forward = static_cast<v1::InvitationForward*>(document);
    if (by_operator || forward->forwarder() == viewer.name) {
      forward->set_token(tokens.Make(forward->name()));
    }
  } else if (type == v1::ResellerRelationship::descriptor()) {
    auto* relationship = static_cast<v1::ResellerRelationship*>(document);
    // A reseller sees that it is associated, not who else is.
    if (by_partner && relationship->owner() != viewer.name) {
      auto* associated = relationship->mutable_associated_resellers();
      associated->erase(std::remove_if(associated->begin(), associated->end(),
                                       [&](const v1::AssociatedReseller& item) {
                                         return item.partner() != viewer.name;
                                       }),
                        associated->end());
      relationship->clear_termination_request();
    }
  } else if (type == v1::AdminRelationship::descriptor()) {
    SettleAt(moment, static_cast<v1::AdminRelationship*>(document));
  } else if (type == v1::Partnership::descriptor()) {
    auto* partnership = static_cast<v1::Partnership*>(document);
    if (partnership->state() == v1::PARTNERSHIP_STATE_PENDING &&
        partnership->has_expire_time() &&
        FromProto(partnership->expire_time()) <= moment) {
      partnership->set_state(v1::PARTNERSHIP_STATE_EXPIRED);
    }
  }
}

void ShowResponseAt(absl::Time moment, const Principal& viewer,
                    const Tokens& tokens, Message* response) {
  const auto* reflection = response->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*response, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() !=
        google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field->is_repeated()) {
      ShowAt(moment, viewer, tokens,
             reflection->MutableMessage(response, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*response, field); ++i) {
      ShowAt(moment, viewer, tokens,
             reflection->MutableRepeatedMessage(response, field, i));
    }
  }
}

std::optional<std::string> FirstHidden(const Graph& graph,
                                       std::int64_t revision, absl::Time moment,
                                       const Principal& principal,
                                       const Message& response) {
  const auto* reflection = response.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(response, &fields);
  std::optional<std::string> hidden;
  const auto look = [&](const Message& document) {
    const auto* name = document.GetDescriptor()->FindFieldByName("name");
    if (name == nullptr || hidden) return;
    const std::string text =
        document.GetReflection()->GetString(document, name);
    const Kind kind = KindOfName(text);
    if (!CanSee(graph, revision, moment, principal, kind, document)) {
      hidden = text;
    }
  };
  for (const auto* field : fields) {
    if (field->cpp_type() !=
        google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field->is_repeated()) {
      look(reflection->GetMessage(response, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(response, field); ++i) {
      look(reflection->GetRepeatedMessage(response, field, i));
    }
  }
  return hidden;
}

const Message* DocumentType(Kind kind) {
  switch (kind) {
    case Kind::kPolicy:
      return &v1::Policy::default_instance();
    case Kind::kPartner:
      return &v1::Partner::default_instance();
    case Kind::kPartnership:
      return &v1::Partnership::default_instance();
    case Kind::kCustomer:
      return &v1::Customer::default_instance();
    case Kind::kInvitation:
      return &v1::Invitation::default_instance();
    case Kind::kInvitationForward:
      return &v1::InvitationForward::default_instance();
    case Kind::kInvitationAcceptance:
      return &v1::InvitationAcceptance::default_instance();
    case Kind::kResellerRelationship:
      return &v1::ResellerRelationship::default_instance();
    case Kind::kAdminRelationship:
      return &v1::AdminRelationship::default_instance();
    default:
      return nullptr;
  }
}

std::unique_ptr<Message> NewDocument(Kind kind) {
  const Message* type = DocumentType(kind);
  return std::unique_ptr<Message>(type == nullptr ? nullptr : type->New());
}

}  // namespace partner::hierarchy
