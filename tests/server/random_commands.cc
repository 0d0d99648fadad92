#include "tests/server/random_commands.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace partner::server {
namespace {

using Random = RandomCommands::Random;

// Names kept of a kind; older ones are of the past mostly.
constexpr std::size_t kNamesMax = 200;

int Below(Random& random, int bound) {
  return std::uniform_int_distribution<int>(0, bound - 1)(random);
}

std::string Provider(Random& random) {
  return RandomCommands::ProviderId(Below(random, RandomCommands::kProviders));
}

std::string Reseller(Random& random) {
  return RandomCommands::ResellerId(Below(random, RandomCommands::kResellers));
}

std::string AnyPartner(Random& random) {
  return Below(random, 2) == 0 ? Provider(random) : Reseller(random);
}

std::string Customer(Random& random) {
  return RandomCommands::CustomerId(Below(random, RandomCommands::kCustomers));
}

// One of them, mostly a young one; a name of nothing when there is none.
std::string OneOf(Random& random, const std::vector<std::string>& names) {
  if (names.empty()) return "programs/global/partnerships/0000000000000";
  const int size = static_cast<int>(names.size());
  const int back = std::min(Below(random, size), Below(random, size));
  return names[static_cast<std::size_t>(size - 1 - back)];
}

template <typename Request>
RandomCommand Send(Request request, Principal principal = Operator()) {
  return {std::make_unique<Request>(std::move(request)), std::move(principal)};
}

// Sent by the customer a name lies under.
Principal CustomerOf(const std::string& name) {
  return CustomerPrincipal(hierarchy::LastId(hierarchy::ParentOf(name)));
}

void Remember(std::vector<std::string>& names, const std::string& name) {
  if (name.empty()) return;
  names.push_back(name);
  if (names.size() > kNamesMax) names.erase(names.begin());
}

}  // namespace

std::vector<RandomCommand> RandomCommands::Founding() {
  std::vector<RandomCommand> commands;
  for (int i = 0; i < kProviders; ++i) {
    commands.push_back(Send(CreateProvider(ProviderId(i))));
  }
  for (int i = 0; i < kResellers; ++i) {
    commands.push_back(Send(CreateReseller(ResellerId(i))));
  }
  for (int i = 0; i < kProviders; ++i) {
    for (int j = 0; j < kResellers; ++j) {
      commands.push_back(Send(CreatePartnership(ProviderId(i), ResellerId(j))));
    }
    commands.push_back(
        Send(CreateInvitation(ProviderId(i), v1::ADMIN_OFFER_BROAD)));
  }
  return commands;
}

RandomCommand RandomCommands::Make(Random& random) {
  Known known;
  {
    MutexLock lock(&mutex_);
    known = known_;
  }
  RandomCommand command;
  switch (Below(random, 8)) {
    case 0:
    case 1:
      command = OfPartner(random, known);
      break;
    case 2:
      command = OfInvitation(random, known);
      break;
    case 3:
    case 4:
      command = OfCustomer(random, known);
      break;
    default:
      command = OfAdministration(random, known);
      break;
  }
  if (Below(random, 20) == 0) {
    const auto* field =
        command.request->GetDescriptor()->FindFieldByName("options");
    static_cast<v1::MutationOptions*>(
        command.request->GetReflection()->MutableMessage(command.request.get(),
                                                         field))
        ->set_validate_only(true);
  }
  return command;
}

RandomCommand RandomCommands::OfPartner(Random& random, const Known& known) {
  switch (Below(random, 10)) {
    case 0:
      return Send(CreateProvider(Provider(random)));
    case 1:
      return Send(CreateReseller(Reseller(random)));
    case 2:
      return Send(RenamePartner(AnyPartner(random),
                                absl::StrCat("Name ", Below(random, 1000))));
    case 3:
      return Send(
          ByName<v1::SuspendPartnerRequest>(PartnerNamed(AnyPartner(random))));
    case 4:
    case 5:
      return Send(ByName<v1::ReinstatePartnerRequest>(
          PartnerNamed(AnyPartner(random))));
    case 6:
      return Send(CreatePartnership(Provider(random), Reseller(random)));
    case 7:
    case 8:
      return Send(ByName<v1::AcceptPartnershipRequest>(
          OneOf(random, known.partnerships)));
    default:
      return Send(ByName<v1::TerminatePartnershipRequest>(
          OneOf(random, known.partnerships)));
  }
}

RandomCommand RandomCommands::OfInvitation(Random& random, const Known& known) {
  switch (Below(random, 6)) {
    case 0:
    case 1:
      return Send(CreateInvitation(
          Provider(random), Below(random, 2) == 0 ? v1::ADMIN_OFFER_NONE
                                                  : v1::ADMIN_OFFER_BROAD));
    case 2:
    case 3:
      return Send(ByName<v1::ForwardInvitationRequest>(
                      OneOf(random, known.invitations)),
                  PartnerPrincipal(Reseller(random)));
    case 4:
      return Send(ByName<v1::RevokeInvitationForwardRequest>(
          OneOf(random, known.forwards)));
    default:
      return Send(ByName<v1::RevokeInvitationRequest>(
          OneOf(random, known.invitations)));
  }
}

RandomCommand RandomCommands::OfCustomer(Random& random, const Known& known) {
  const std::string id = Customer(random);
  switch (Below(random, 8)) {
    case 0:
      return Send(CreateCustomer(id), PartnerPrincipal(Provider(random)));
    case 1:
    case 2: {
      auto accept = AcceptInvitation(id, OneOf(random, known.tokens));
      accept.set_replace_overlapping(Below(random, 2) == 0);
      return Send(accept, CustomerPrincipal(id));
    }
    case 3:
    case 4: {
      auto accept = AcceptInvitation(id, OneOf(random, known.tokens));
      accept.clear_new_customer();
      accept.set_replace_overlapping(Below(random, 2) == 0);
      return Send(accept, CustomerPrincipal(id));
    }
    case 5: {
      auto associate = ByName<v1::AssociateResellerRequest>(
          OneOf(random, known.relationships));
      associate.set_reseller(PartnerNamed(Reseller(random)));
      return Send(associate);
    }
    case 6: {
      auto dissociate = ByName<v1::DissociateResellerRequest>(
          OneOf(random, known.relationships));
      dissociate.set_reseller(PartnerNamed(Reseller(random)));
      return Send(dissociate);
    }
    default:
      return Send(ByName<v1::TerminateResellerRelationshipRequest>(
          OneOf(random, known.relationships)));
  }
}

RandomCommand RandomCommands::OfAdministration(Random& random,
                                               const Known& known) {
  const std::string id = Customer(random);
  const std::string admin = OneOf(random, known.admins);
  switch (Below(random, 8)) {
    case 0:
    case 1:
    case 2: {
      auto grant = Grant(id, Reseller(random));
      grant.set_replace_overlapping(Below(random, 3) != 0);
      if (Below(random, 2) == 0) {
        grant.mutable_scope()->set_all_services(false);
        grant.mutable_scope()->add_services(
            Below(random, 2) == 0 ? "programs/global/services/azure"
                                  : "programs/global/services/exchange-online");
      }
      if (Below(random, 3) == 0) {
        grant.clear_duties();
        grant.add_duties(v1::ADMIN_DUTY_SUPPORT);
      }
      return Send(grant, CustomerPrincipal(id));
    }
    case 3: {
      const auto grant = Grant(id, Reseller(random));
      v1::RequestAdminRelationshipRequest ask;
      *ask.mutable_options() = grant.options();
      ask.set_parent(grant.parent());
      ask.set_delegate(grant.delegate());
      ask.set_kind(grant.kind());
      *ask.mutable_duties() = grant.duties();
      *ask.mutable_scope() = grant.scope();
      return Send(ask, PartnerPrincipal(Provider(random)));
    }
    case 4: {
      auto approve = ByName<v1::ApproveAdminRelationshipRequest>(admin);
      approve.set_replace_overlapping(Below(random, 2) == 0);
      return Send(approve, CustomerOf(admin));
    }
    case 5:
      return Send(ByName<v1::RejectAdminRelationshipRequest>(admin),
                  CustomerOf(admin));
    case 6:
      return Send(ByName<v1::TerminateAdminRelationshipRequest>(admin),
                  CustomerOf(admin));
    default: {
      v1::RevokeAllAdminRelationshipsRequest revoke;
      revoke.mutable_options()->set_request_id(NewRequestId());
      revoke.set_parent(CustomerNamed(id));
      return Send(revoke, CustomerPrincipal(id));
    }
  }
}

void RandomCommands::Learn(const google::protobuf::Message& response) {
  const auto* reflection = response.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(response, &fields);
  MutexLock lock(&mutex_);
  for (const auto* field : fields) {
    if (field->is_repeated() ||
        field->cpp_type() !=
            google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    const google::protobuf::Message& item =
        reflection->GetMessage(response, field);
    if (const auto* partnership = dynamic_cast<const v1::Partnership*>(&item)) {
      Remember(known_.partnerships, partnership->name());
    } else if (const auto* invitation =
                   dynamic_cast<const v1::Invitation*>(&item)) {
      Remember(known_.invitations, invitation->name());
      Remember(known_.tokens, invitation->token());
    } else if (const auto* forward =
                   dynamic_cast<const v1::InvitationForward*>(&item)) {
      Remember(known_.forwards, forward->name());
      Remember(known_.tokens, forward->token());
    } else if (const auto* relationship =
                   dynamic_cast<const v1::ResellerRelationship*>(&item)) {
      Remember(known_.relationships, relationship->name());
    } else if (const auto* admin =
                   dynamic_cast<const v1::AdminRelationship*>(&item)) {
      Remember(known_.admins, admin->name());
    }
  }
}

}  // namespace partner::server
