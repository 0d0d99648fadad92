#include "tests/model/invariants.h"

#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/model/rules.h"

namespace partner::model {
namespace {

using google::protobuf::Message;

template <typename Map>
bool Same(const Map& before, const Map& after) {
  if (before.size() != after.size()) return false;
  for (const auto& [name, item] : after) {
    const auto old = before.find(name);
    if (old == before.end() ||
        !google::protobuf::util::MessageDifferencer::Equals(old->second,
                                                            item)) {
      return false;
    }
  }
  return true;
}

template <typename Map>
std::vector<const typename Map::mapped_type*> New(const Map& before,
                                                  const Map& after) {
  std::vector<const typename Map::mapped_type*> added;
  for (const auto& [name, item] : after) {
    if (before.count(name) == 0) added.push_back(&item);
  }
  return added;
}

bool CouldInvite(const State& state, const std::string& partner,
                 v1::EnrollmentType as) {
  const auto found = state.partners.find(partner);
  return found != state.partners.end() && MayInvite(as) &&
         found->second.state() == v1::PARTNER_STATE_ACTIVE &&
         IsActive(found->second, as);
}

// R11, R17, R23, D11: a new owner could invite; its customer is no partner's.
std::string OfOwners(const State& before, const State& after) {
  for (const auto* made : New(before.relationships, after.relationships)) {
    if (!CouldInvite(before, made->owner(), made->as_enrollment())) {
      return absl::StrCat("R17: ", made->name(), " has an owner that may not");
    }
    if (!made->acceptance().empty() &&
        ParentOf(ParentOf(made->acceptance())) != made->owner()) {
      return absl::StrCat("R19: ", made->name(), " is not the issuer's");
    }
    const std::string holder = PartnerOfTenant(
        before, after.customers.at(ParentOf(made->name())).tenant_id());
    if (after.edition().refuses_partner_tenants && !holder.empty() &&
        before.partners.at(holder).state() != v1::PARTNER_STATE_DELETED &&
        InProgramme(before.partners.at(holder))) {
      return absl::StrCat("R23: ", made->name(), " is with a partner");
    }
  }
  std::set<std::string> live;
  for (const auto& [name, relationship] : after.relationships) {
    if (relationship.state() != v1::RESELLER_RELATIONSHIP_STATE_ACTIVE) {
      continue;
    }
    if (!live.insert(absl::StrCat(ParentOf(name), " ", relationship.owner()))
             .second) {
      return absl::StrCat("D9: ", name, " is a second one");
    }
    int associated = 0;
    int defaults = 0;
    for (const auto& item : relationship.associated_resellers()) {
      associated += !item.has_end_time();
      defaults += item.is_default();
    }
    if (defaults != (associated > 0 ? 1 : 0)) {
      return absl::StrCat("D9: defaults of ", name);
    }
  }
  return "";
}

// R66: who is new came before the program was closed.
std::string OfCustomers(const State& before, const State& after) {
  for (const auto* made : New(before.customers, after.customers)) {
    if (after.edition().closed_to_new_customers) {
      return absl::StrCat("R66: ", made->name());
    }
  }
  return "";
}

// R12, R13, R15.
std::string OfInvitations(const State& before, const State& after) {
  for (const auto* made : New(before.invitations, after.invitations)) {
    if (!CouldInvite(before, ParentOf(made->name()), made->as_enrollment())) {
      return absl::StrCat("R13: ", made->name());
    }
  }
  for (const auto* made : New(before.forwards, after.forwards)) {
    if (!HavePartnership(before, ParentOf(ParentOf(made->name())),
                         made->forwarder())) {
      return absl::StrCat("R12: ", made->name());
    }
  }
  for (const auto* made : New(before.acceptances, after.acceptances)) {
    if (made->attestation().document().empty() !=
        (made->accepted_by() == made->customer())) {
      return absl::StrCat("D19: ", made->name());
    }
  }
  return "";
}

// R43, D14, D16.
std::string OfDelegates(const State& before, const State& after,
                        Excused* excused) {
  std::map<std::string, std::string> holders;
  std::set<std::string> pairs;
  for (const auto& [name, admin] : after.admins) {
    if (admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE ||
        admin.kind() == v1::ADMIN_KIND_GRANULAR) {
      continue;
    }
    const std::string customer = ParentOf(name);
    if (!pairs.insert(absl::StrCat(customer, " ", admin.delegate())).second) {
      return absl::StrCat("D14: ", name, " is a second one");
    }
    const std::set<std::string> services = ServicesOf(after, admin.scope());
    if (services.empty() || admin.duties().empty()) {
      return absl::StrCat("D15: ", name, " covers nothing");
    }
    if (!EverInProgramme(after.partners.at(admin.delegate()))) continue;
    const auto was = before.partners.find(admin.delegate());
    if (was == before.partners.end() || !EverInProgramme(was->second)) {
      excused->insert(name);
    }
    // A grant made while R43 did not hold goes on when it does again.
    if (!after.edition().one_delegate_per_service) excused->insert(name);
    if (excused->count(name) > 0) continue;
    for (const std::string& service : services) {
      if (!holders.emplace(absl::StrCat(customer, " ", service), name).second) {
        return absl::StrCat("R43: ", service, " of ", customer, " twice");
      }
    }
  }
  return "";
}

// R70, R71, R78, R79, D17: what is granular.
std::string OfGranular(const State& after) {
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& [name, admin] : after.admins) {
    if (admin.kind() != v1::ADMIN_KIND_GRANULAR) continue;
    if (!names.emplace(admin.sponsor(), admin.display_name()).second) {
      return absl::StrCat("R71: ", name, " has another's name");
    }
    const std::int64_t days = admin.duration().seconds() / 86400;
    if (days < 1 || days > 730) return absl::StrCat("R70: ", name);
    const std::int64_t extends = admin.auto_extend_duration().seconds();
    if (extends != 0 && extends != std::int64_t{180} * 86400) {
      return absl::StrCat("R78: ", name);
    }
    for (const std::string& role : admin.roles()) {
      if (extends != 0 && LastOf(role) == "global-administrator") {
        return absl::StrCat("R79: ", name);
      }
    }
    if (admin.has_start_time() &&
        (!admin.has_approve_time() ||
         admin.approve_time().seconds() > admin.lapse_time().seconds())) {
      return absl::StrCat("R74: ", name, " was not approved in time");
    }
    if (admin.has_start_time() && admin.sponsor() != admin.delegate() &&
        !admin.has_consent_time()) {
      return absl::StrCat("D17: ", name, " without consent");
    }
  }
  return "";
}

// R46, R49, R54, D20: what a command leaves as it is.
std::string OfOtherThings(const State& before, const State& after,
                          const Message& request) {
  const std::string method = request.GetDescriptor()->name();
  const bool only_admins = absl::StrContains(method, "AdminRelationship");
  const bool only_partnerships = absl::StrContains(method, "Partnership");
  if ((only_admins || only_partnerships) &&
      !(Same(before.relationships, after.relationships) &&
        Same(before.customers, after.customers) &&
        Same(before.partners, after.partners) &&
        Same(before.invitations, after.invitations))) {
    return absl::StrCat("R49: ", method, " changes other things");
  }
  if (only_partnerships && !Same(before.admins, after.admins)) {
    return absl::StrCat("R54: ", method, " changes administration");
  }
  if (absl::StrContains(method, "SuspendPartner") ||
      absl::StrContains(method, "PartnerEnrollment")) {
    if (!Same(before.relationships, after.relationships) ||
        !Same(before.admins, after.admins)) {
      return absl::StrCat("D12: ", method, " ends what exists");
    }
  }
  return "";
}

// R2: no name leads into another program.
std::string OfPrograms(const State& after) {
  const auto crosses = [&](const std::string& text) {
    for (const std::string& program : Programs()) {
      if (program != after.program &&
          absl::StrContains(text, absl::StrCat("programs/", program, "/"))) {
        return true;
      }
    }
    return false;
  };
  for (const auto& [name, item] : after.relationships) {
    if (crosses(name) || crosses(item.owner()))
      return absl::StrCat("R2: ", name);
  }
  for (const auto& [name, item] : after.admins) {
    if (crosses(name) || crosses(item.delegate())) {
      return absl::StrCat("R2: ", name);
    }
  }
  for (const auto& [name, item] : after.partnerships) {
    if (crosses(item.provider()) || crosses(item.reseller())) {
      return absl::StrCat("R2: ", name);
    }
  }
  return "";
}

}  // namespace

std::string BrokenInvariant(const State& before, const State& after,
                            const Message& request, Excused* excused) {
  for (const std::string& broken :
       {OfOwners(before, after), OfCustomers(before, after),
        OfInvitations(before, after), OfDelegates(before, after, excused),
        OfGranular(after), OfOtherThings(before, after, request),
        OfPrograms(after)}) {
    if (!broken.empty()) return broken;
  }
  return "";
}

}  // namespace partner::model
