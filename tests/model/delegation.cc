// D16: one programme delegate for each service of a customer.

#include <algorithm>
#include <iterator>

#include "tests/model/rules.h"

namespace partner::model {

void EndAdmin(Ruling& ruling, v1::AdminRelationship* admin,
              v1::AdminEndCause cause) {
  admin->set_state(v1::ADMIN_RELATIONSHIP_STATE_TERMINATED);
  admin->set_end_cause(cause);
  *admin->mutable_end_time() = Stamp(ruling.now());
  ruling.Touch(admin);
  ruling.Ends(admin->name());
}

void MakeRoom(Ruling& ruling, const std::string& customer,
              const std::string& delegate, const v1::AdminScope& scope,
              bool replace) {
  State& state = ruling.state();
  // R43 was dropped later.
  if (!state.edition().one_delegate_per_service) return;
  // R44: partners outside the programme hold theirs besides.
  if (!EverInProgramme(state.partners.at(delegate))) return;
  const std::set<std::string> asked = ServicesOf(state, scope);
  for (auto& [name, admin] : state.admins) {
    if (ParentOf(name) != customer || admin.delegate() == delegate ||
        // R84: what is granular never counts.
        admin.kind() != v1::ADMIN_KIND_BROAD ||
        admin.state() != v1::ADMIN_RELATIONSHIP_STATE_ACTIVE ||
        !EverInProgramme(state.partners.at(admin.delegate()))) {
      continue;
    }
    const std::set<std::string> held = ServicesOf(state, admin.scope());
    std::vector<std::string> left;
    std::set_difference(held.begin(), held.end(), asked.begin(), asked.end(),
                        std::back_inserter(left));
    if (left.size() == held.size()) continue;
    if (!replace) {
      ruling.Block(v1::ERROR_REASON_SERVICE_ALREADY_DELEGATED,
                   Shown(state, ruling.caller(), name));
      continue;
    }
    if (left.empty()) {
      EndAdmin(ruling, &admin, v1::ADMIN_END_CAUSE_REPLACED);
    } else {
      admin.mutable_scope()->clear_all_services();
      admin.mutable_scope()->clear_services();
      for (const std::string& service : left) {
        admin.mutable_scope()->add_services(service);
      }
      ruling.Touch(&admin);
      ruling.Changes(name);
    }
    const v1::ResellerRelationship* owned =
        LiveRelationship(state, customer, admin.delegate());
    if (owned != nullptr) ruling.Stays(owned->name());
  }
}

}  // namespace partner::model
