#include "tests/model/sight.h"

#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"

namespace partner::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsPartner(const Caller& caller, const std::string& name) {
  return caller.kind == Caller::Kind::kPartner && caller.name == name;
}

bool IsCustomer(const Caller& caller, const std::string& name) {
  return caller.kind == Caller::Kind::kCustomer && caller.name == name;
}

// Partners know one another by a partnership that is active or was asked for
// and not answered, in time or not; customers know those who have to do with
// them now.
bool SeesPartner(const State& state, const Caller& caller,
                 const std::string& partner) {
  if (IsPartner(caller, partner)) return true;
  if (caller.kind == Caller::Kind::kPartner) {
    for (const auto& [name, partnership] : state.partnerships) {
      if (partnership.state() != v1::PARTNERSHIP_STATE_PENDING &&
          partnership.state() != v1::PARTNERSHIP_STATE_ACTIVE) {
        continue;
      }
      if ((partnership.provider() == partner &&
           partnership.reseller() == caller.name) ||
          (partnership.reseller() == partner &&
           partnership.provider() == caller.name)) {
        return true;
      }
    }
    return false;
  }
  return Knows(state, partner, caller.name);
}

bool SeesInvitation(const State& state, const Caller& caller,
                    const v1::Invitation& invitation) {
  if (caller.kind != Caller::Kind::kPartner) return false;
  const std::string issuer = ParentOf(invitation.name());
  if (caller.name == issuer) return true;
  switch (invitation.audience()) {
    case v1::INVITATION_AUDIENCE_LISTED:
      for (const std::string& listed : invitation.listed_resellers()) {
        if (listed == caller.name) return true;
      }
      return false;
    case v1::INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS:
      return HavePartnership(state, issuer, caller.name);
    default:
      return false;
  }
}

bool SeesRelationship(const Caller& caller,
                      const v1::ResellerRelationship& relationship) {
  return IsPartner(caller, relationship.owner()) ||
         IsCustomer(caller, ParentOf(relationship.name())) ||
         (caller.kind == Caller::Kind::kPartner &&
          IsAssociated(relationship, caller.name));
}

bool SeesAdmin(const State& state, const Caller& caller,
               const v1::AdminRelationship& admin) {
  const std::string customer = ParentOf(admin.name());
  if (IsPartner(caller, admin.sponsor())) return true;
  // D18: a draft is its sponsor's, even discarded.
  if (!WasLocked(admin)) return false;
  if (IsCustomer(caller, customer) || IsPartner(caller, admin.delegate())) {
    return true;
  }
  if (caller.kind != Caller::Kind::kPartner) return false;
  // A live owner sees what its associated resellers hold, as in
  // ListAdministrators.
  const v1::ResellerRelationship* own =
      LiveRelationship(state, customer, caller.name);
  return own != nullptr && IsAssociated(*own, admin.delegate());
}

// Calls `visit` with every resource in a message, the message included.
void VisitResources(const Message& message,
                    const std::function<void(const Message&)>& visit) {
  visit(message);
  std::vector<const FieldDescriptor*> fields;
  const Reflection* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int size =
        field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      VisitResources(field->is_repeated()
                         ? reflection->GetRepeatedMessage(message, field, i)
                         : reflection->GetMessage(message, field),
                     visit);
    }
  }
}

}  // namespace

bool Knows(const State& state, const std::string& partner,
           const std::string& customer) {
  for (const auto& [name, relationship] : state.relationships) {
    if (ParentOf(name) != customer ||
        relationship.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    if (relationship.owner() == partner ||
        IsAssociated(relationship, partner)) {
      return true;
    }
  }
  return !ActiveAdmins(state, customer, partner).empty();
}

bool Sees(const State& state, const Caller& caller, const std::string& name) {
  const bool all = caller.kind == Caller::Kind::kOperator ||
                   caller.kind == Caller::Kind::kAuditor;
  if (name == state.policy.name()) return true;
  if (state.partners.count(name) > 0) {
    return all || SeesPartner(state, caller, name);
  }
  if (state.customers.count(name) > 0) {
    return all || IsCustomer(caller, name) ||
           (caller.kind == Caller::Kind::kPartner &&
            Knows(state, caller.name, name));
  }
  if (const auto found = state.partnerships.find(name);
      found != state.partnerships.end()) {
    return all || IsPartner(caller, found->second.provider()) ||
           IsPartner(caller, found->second.reseller());
  }
  if (const auto found = state.invitations.find(name);
      found != state.invitations.end()) {
    return all || SeesInvitation(state, caller, found->second);
  }
  if (const auto found = state.forwards.find(name);
      found != state.forwards.end()) {
    return all || IsPartner(caller, found->second.forwarder()) ||
           IsPartner(caller, ParentOf(ParentOf(name)));
  }
  if (const auto found = state.acceptances.find(name);
      found != state.acceptances.end()) {
    return all || IsPartner(caller, found->second.forwarder()) ||
           IsPartner(caller, ParentOf(ParentOf(name))) ||
           IsCustomer(caller, found->second.customer());
  }
  if (const auto found = state.relationships.find(name);
      found != state.relationships.end()) {
    return all || SeesRelationship(caller, found->second);
  }
  if (const auto found = state.admins.find(name); found != state.admins.end()) {
    return all || SeesAdmin(state, caller, found->second);
  }
  return false;
}

std::string Shown(const State& state, const Caller& caller,
                  const std::string& name) {
  if (Sees(state, caller, name)) return name;
  const std::string path = name.substr(0, name.rfind('/'));
  return absl::StrCat(LastOf(path), "/(not visible)");
}

void ShowTo(const State& state, const Caller& caller, absl::Time now,
            Message* message) {
  const auto show_token = [&](const std::string& name,
                              const std::string& holder) -> std::string {
    if (caller.kind != Caller::Kind::kOperator && !IsPartner(caller, holder)) {
      return "";
    }
    const auto found = state.token_of_name.find(name);
    return found == state.token_of_name.end() ? "" : found->second;
  };
  VisitResources(*message, [&](const Message& item) {
    // The visitor hands out parts of `message`, which is ours to change.
    auto* mutable_item = const_cast<Message*>(&item);
    if (auto* invitation = dynamic_cast<v1::Invitation*>(mutable_item)) {
      invitation->set_state(StateAt(*invitation, now));
      invitation->set_token(
          show_token(invitation->name(), ParentOf(invitation->name())));
    } else if (auto* forward =
                   dynamic_cast<v1::InvitationForward*>(mutable_item)) {
      forward->set_token(show_token(forward->name(), forward->forwarder()));
    } else if (auto* partnership =
                   dynamic_cast<v1::Partnership*>(mutable_item)) {
      partnership->set_state(StateAt(*partnership, now));
    } else if (auto* admin =
                   dynamic_cast<v1::AdminRelationship*>(mutable_item)) {
      *admin = AsOf(*admin, now);
    }
  });
}

std::string FirstHidden(const State& state, const Caller& caller,
                        const Message& answer) {
  std::string hidden;
  VisitResources(answer, [&](const Message& item) {
    if (&item == &answer || !hidden.empty()) return;
    const FieldDescriptor* field =
        item.GetDescriptor()->FindFieldByName("name");
    if (field == nullptr ||
        item.GetDescriptor()->FindFieldByName("etag") == nullptr) {
      return;
    }
    const std::string name = item.GetReflection()->GetString(item, field);
    if (!name.empty() && !Sees(state, caller, name)) hidden = name;
  });
  return hidden;
}

}  // namespace partner::model
