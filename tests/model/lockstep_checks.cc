// Checks, lists and look-ups: every question of a small world, asked of both.

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/model/access.h"
#include "tests/model/lockstep.h"
#include "tests/model/sight.h"

namespace partner::model {
namespace {

using google::protobuf::util::MessageDifferencer;

Caller AnOperator() {
  return {Caller::Kind::kOperator, "operators/checks", false};
}

// Everybody who may ask something.
std::vector<Caller> Callers(const State& state) {
  std::vector<Caller> callers = {
      AnOperator(), {Caller::Kind::kAuditor, "auditors/checks", false}};
  for (const auto& [name, partner] : state.partners) {
    callers.push_back({Caller::Kind::kPartner, name, false});
  }
  for (const auto& [name, customer] : state.customers) {
    callers.push_back({Caller::Kind::kCustomer, name, false});
  }
  return callers;
}

// Every permission with every service it may be asked for.
std::vector<v1::AccessQuery> Questions(const State& state) {
  std::vector<v1::AccessQuery> questions(1);
  questions[0].set_permission("order");
  for (const auto& [permission, duties] : state.edition().permissions) {
    questions.emplace_back().set_permission(permission);
    for (const std::string& id : state.edition().services) {
      v1::AccessQuery& question = questions.emplace_back();
      question.set_permission(permission);
      question.set_service(
          absl::StrCat("programs/", state.program, "/services/", id));
    }
  }
  return questions;
}

// The answer of the server, or why it gives none; as in a batch.
v1::BatchAccessResult Ask(const hierarchy::AccessView& view,
                          const Caller& caller,
                          const v1::AccessQuery& question) {
  v1::BatchAccessResult result;
  auto resolved = hierarchy::Resolve(view, PrincipalOf(caller), question);
  if (auto* refusal = std::get_if<hierarchy::Refusal>(&resolved)) {
    result.mutable_error()->set_reason(refusal->reason());
    return result;
  }
  *result.mutable_decision() =
      hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(resolved));
  result.mutable_decision()->clear_rule();
  return result;
}

v1::BatchAccessResult Expect(const State& state, const Caller& caller,
                             const v1::AccessQuery& question) {
  v1::BatchAccessResult result;
  const v1::ErrorReason reason = MayAsk(state, caller, question);
  if (reason != v1::ERROR_REASON_UNSPECIFIED) {
    result.mutable_error()->set_reason(reason);
  } else {
    *result.mutable_decision() = Check(state, question);
    const absl::Time until = state.EditionUntil();
    v1::AccessDecision& decision = *result.mutable_decision();
    if (until != absl::InfiniteFuture() &&
        (!decision.has_valid_until() ||
         until < TimeOf(decision.valid_until()))) {
      *decision.mutable_valid_until() = Stamp(until);
    }
  }
  return result;
}

bool SameDecision(const v1::BatchAccessResult& a,
                  const v1::BatchAccessResult& b) {
  return a.error().reason() == b.error().reason() &&
         a.decision().verdict() == b.decision().verdict() &&
         a.decision().reason() == b.decision().reason() &&
         a.decision().decided_by() == b.decision().decided_by() &&
         a.decision().since().seconds() == b.decision().since().seconds() &&
         a.decision().since().nanos() == b.decision().since().nanos() &&
         a.decision().has_valid_until() == b.decision().has_valid_until() &&
         a.decision().valid_until().seconds() ==
             b.decision().valid_until().seconds() &&
         a.decision().valid_until().nanos() ==
             b.decision().valid_until().nanos();
}

template <typename Items>
std::string CompareItems(const std::string& what, const Items& model,
                         const Items& server) {
  std::string difference;
  if (model.size() != server.size()) {
    return absl::StrCat(what, ": ", model.size(), " in the model, ",
                        server.size(), " in the server");
  }
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (!MessageDifferencer::Equals(model[i], server[i])) {
      return absl::StrCat(what, ": ", model[i].ShortDebugString(),
                          " in the model, ", server[i].ShortDebugString(),
                          " in the server");
    }
  }
  return "";
}

}  // namespace

std::string Lockstep::CompareChecks() {
  const std::vector<v1::AccessQuery> questions = Questions(state_);
  const std::vector<Caller> callers = Callers(state_);
  std::string wrong;
  product_.Look([&](const hierarchy::AccessView& view) {
    const auto ask = [&](const Caller& caller,
                         const v1::AccessQuery& question) {
      const v1::BatchAccessResult model = Expect(state_, caller, question);
      const v1::BatchAccessResult server = Ask(view, caller, question);
      ++counts_.checks;
      counts_.allowed +=
          server.decision().verdict() == v1::ACCESS_VERDICT_ALLOWED;
      if (wrong.empty() && !SameDecision(model, server)) {
        wrong = absl::StrCat("check by ", caller.name, " { ",
                             question.ShortDebugString(), " }: model { ",
                             model.ShortDebugString(), " } server { ",
                             server.ShortDebugString(), " }");
      }
    };
    int turn = 0;
    for (const auto& [partner, ignored] : state_.partners) {
      for (const auto& [customer, also_ignored] : state_.customers) {
        for (v1::AccessQuery question : questions) {
          question.set_partner(partner);
          question.set_customer(customer);
          ask(AnOperator(), question);
        }
        // Who may ask does not depend on the permission.
        v1::AccessQuery question = questions[turn++ % questions.size()];
        question.set_partner(partner);
        question.set_customer(customer);
        for (const Caller& caller : callers) ask(caller, question);
      }
    }
  });
  return wrong;
}

void Lockstep::Remember() {
  constexpr std::int64_t kEvery = 6;
  first_partners_.insert(state_.partners.begin(), state_.partners.end());
  first_customers_.insert(state_.customers.begin(), state_.customers.end());
  if (state_.revision % kEvery == 0) past_.push_back(state_);
}

std::string Lockstep::ComparePast() {
  if (past_.empty()) return "";
  // First in the midst of what happened, then here and there.
  State then = past_[(past_.size() / 2 + 5 * asked_about_++) % past_.size()];
  then.moment = then.last_at;
  // By the editions known today, and by the parties known today: those of later
  // as they began.
  then.policy = state_.policy;
  then.partners.insert(first_partners_.begin(), first_partners_.end());
  then.customers.insert(first_customers_.begin(), first_customers_.end());
  std::vector<std::string> partners;
  std::vector<std::string> customers;
  for (const auto& [name, ignored] : then.partners) partners.push_back(name);
  for (const auto& [name, ignored] : then.customers) customers.push_back(name);
  const std::vector<v1::AccessQuery> questions = Questions(then);
  std::string wrong;
  product_.LookBack(
      then.moment, partners, customers, [&](const hierarchy::AccessView& view) {
        std::size_t turn = 0;
        for (const std::string& partner : partners) {
          for (const std::string& customer : customers) {
            for (std::size_t i = 0; i < 4; ++i) {
              v1::AccessQuery question = questions[turn++ % questions.size()];
              question.set_partner(partner);
              question.set_customer(customer);
              v1::BatchAccessResult model;
              *model.mutable_decision() = Check(then, question);
              const v1::BatchAccessResult server =
                  Ask(view, AnOperator(), question);
              ++counts_.past_checks;
              counts_.past_allowed +=
                  server.decision().verdict() == v1::ACCESS_VERDICT_ALLOWED;
              if (wrong.empty() && !SameDecision(model, server)) {
                wrong = absl::StrCat("check at ", absl::FormatTime(then.moment),
                                     " { ", question.ShortDebugString(),
                                     " }: model { ", model.ShortDebugString(),
                                     " } server { ", server.ShortDebugString(),
                                     " }");
              }
            }
          }
        }
      });
  return wrong;
}

std::string Lockstep::CompareLists() {
  std::string wrong;
  product_.Look([&](const hierarchy::AccessView& view) {
    for (const Caller& caller : Callers(state_)) {
      for (const auto& [customer, ignored] : state_.customers) {
        const auto model = ListAdministrators(state_, caller, customer);
        const auto server = hierarchy::ListAdministrators(
            view, PrincipalOf(caller), customer, "", "");
        const std::string what =
            absl::StrCat("administrators of ", customer, " for ", caller.name);
        const auto* refusal = std::get_if<hierarchy::Refusal>(&server);
        const auto* reason = std::get_if<v1::ErrorReason>(&model);
        if (refusal != nullptr || reason != nullptr) {
          if (refusal == nullptr || reason == nullptr ||
              refusal->reason() != *reason) {
            wrong = absl::StrCat(what, ": one of them refuses");
          }
        } else {
          wrong = CompareItems(
              what, std::get<std::vector<v1::Administrator>>(model),
              std::get<std::vector<v1::Administrator>>(server));
        }
        if (!wrong.empty()) return;
      }
      for (const auto& [partner, ignored] : state_.partners) {
        const auto delegate =
            hierarchy::ResolveDelegate(view, PrincipalOf(caller), partner);
        const bool may = caller.kind == Caller::Kind::kOperator ||
                         caller.kind == Caller::Kind::kAuditor ||
                         caller.name == partner;
        if (std::holds_alternative<hierarchy::PartnerId>(delegate) != may) {
          wrong = absl::StrCat("customers of ", partner, " for ", caller.name);
          return;
        }
        if (!may || caller.kind != Caller::Kind::kOperator) continue;
        google::protobuf::RepeatedPtrField<v1::AdministeredCustomer> found;
        hierarchy::Graph::Cursor cursor;
        while (hierarchy::ListAdministered(
            view, std::get<hierarchy::PartnerId>(delegate), {}, 2, &cursor,
            &found)) {
        }
        std::vector<v1::AdministeredCustomer> server(found.begin(),
                                                     found.end());
        std::sort(server.begin(), server.end(),
                  [](const auto& a, const auto& b) {
                    return a.admin_relationship() < b.admin_relationship();
                  });
        wrong = CompareItems(absl::StrCat("customers of ", partner),
                             ListAdministered(state_, partner), server);
        if (!wrong.empty()) return;
      }
    }
  });
  return wrong;
}

std::string Lockstep::CompareLookups() {
  for (const auto& [token, name] : state_.name_of_token) {
    const auto model = LookUp(state_, token, product_.now());
    const auto server = product_.LookUp(token);
    const auto* seen = std::get_if<v1::LookupInvitationResponse>(&server);
    if (seen == nullptr ||
        !MessageDifferencer::Equals(
            std::get<v1::LookupInvitationResponse>(model), *seen)) {
      return absl::StrCat("look-up of ", name);
    }
  }
  const auto nothing = product_.LookUp("nothing");
  const auto* reason = std::get_if<v1::ErrorReason>(&nothing);
  if (reason == nullptr || *reason != v1::ERROR_REASON_TOKEN_INVALID) {
    return "look-up of nothing";
  }
  return "";
}

}  // namespace partner::model
