#include "tests/model/generator.h"

#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace partner::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string RequestId(int step) {
  return absl::StrFormat("abcdef00-0000-7000-8000-%012x", step);
}

v1::MutationOptions* OptionsOf(Message* request) {
  const FieldDescriptor* field =
      request->GetDescriptor()->FindFieldByName("options");
  return static_cast<v1::MutationOptions*>(
      request->GetReflection()->MutableMessage(request, field));
}

}  // namespace

Generator::Generator(std::uint32_t seed, std::string program)
    : random_(seed), program_(std::move(program)) {}

// --- Chances -----------------------------------------------------------------

int Generator::Below(int bound) {
  return static_cast<int>(random_() % static_cast<std::uint64_t>(bound));
}

// --- Names -------------------------------------------------------------------

std::string Generator::AnyPartner(const State& state) {
  if (state.partners.empty() || OneIn(60)) return PartnerNamed("ghost");
  return std::next(state.partners.begin(),
                   Below(static_cast<int>(state.partners.size())))
      ->first;
}

std::string Generator::AnyCustomer(const State& state) {
  if (state.customers.empty() || OneIn(60)) return CustomerNamed("ghost");
  std::string name;
  for (int i = 0; i < 3; ++i) {
    const auto at = std::next(state.customers.begin(),
                              Below(static_cast<int>(state.customers.size())));
    name = at->first;
    if (at->second.state() == v1::CUSTOMER_STATE_ACTIVE) break;
  }
  return name;
}

std::string Generator::PartnerAs(const State& state, v1::EnrollmentType type) {
  for (int i = 0; i < 8; ++i) {
    const std::string name = AnyPartner(state);
    const auto found = state.partners.find(name);
    if (found != state.partners.end() && IsActive(found->second, type)) {
      return name;
    }
  }
  return AnyPartner(state);
}

std::string Generator::Tenant(int number) const {
  return absl::StrFormat("%08x-0000-4000-8000-000000000000", number);
}

std::string Generator::AnyToken(const State& state) {
  if (OneIn(40)) return "nothing";
  std::string token = "nothing";
  for (int i = 0; i < 5; ++i) {
    std::string name = NameOf(state.invitations, "");
    if (OneIn(2)) name = NameOf(state.forwards, name);
    const auto found = state.token_of_name.find(name);
    if (found == state.token_of_name.end()) continue;
    token = found->second;
    // One that still stands, mostly.
    const auto forward = state.forwards.find(name);
    const auto invitation = state.invitations.find(
        forward == state.forwards.end() ? name : ParentOf(name));
    if (invitation->second.state() == v1::INVITATION_STATE_ACTIVE &&
        (forward == state.forwards.end() ||
         forward->second.state() == v1::INVITATION_FORWARD_STATE_ACTIVE)) {
      break;
    }
  }
  return token;
}

std::string Generator::Service() {
  const std::vector<std::string>& services = EditionOf(program_).services;
  const std::string id =
      OneIn(50) ? "telex" : services[Below(static_cast<int>(services.size()))];
  return Program() + "/services/" + id;
}

absl::Time Generator::Soon(absl::Time now) {
  if (OneIn(20)) return now - absl::Seconds(Below(2));
  return now + absl::Minutes(10 + Below(600));
}

// --- Callers -----------------------------------------------------------------

Caller Generator::Operator() const {
  return {Caller::Kind::kOperator, "operators/op", false};
}

Caller Generator::AsPartner(const std::string& name) const {
  return {Caller::Kind::kPartner, name, false};
}

Caller Generator::AsCustomer(const std::string& name, bool admin) const {
  return {Caller::Kind::kCustomer, name, admin};
}

Caller Generator::Anybody(const State& state) {
  switch (Below(12)) {
    case 0:
      return Operator();
    case 1:
      return {Caller::Kind::kAuditor, "auditors/reader", false};
    case 2:
      return AsPartner("programs/other/partners/p0");
    case 3:
    case 4:
    case 5:
      return AsCustomer(AnyCustomer(state), !OneIn(4));
    default:
      return AsPartner(AnyPartner(state));
  }
}

Caller Generator::Mostly(const State& state, const Caller& meant) {
  const int chance = Below(100);
  if (chance < 85) {
    Caller caller = meant;
    if (caller.kind == Caller::Kind::kCustomer && OneIn(15)) {
      caller.admin = false;
    }
    return caller;
  }
  return chance < 92 ? Operator() : Anybody(state);
}

// --- A command ---------------------------------------------------------------

Command Generator::Next(const State& state, const Symbols& symbols,
                        absl::Time now) {
  Command command;
  command.step = ++step_;
  if (!sent_.empty() && OneIn(25)) {
    // An earlier request again: the same, or another under its id.
    const Command& old = sent_[Below(static_cast<int>(sent_.size()))];
    command.caller = OneIn(6) ? Anybody(state) : old.caller;
    std::shared_ptr<Message> request(old.request->New());
    request->CopyFrom(*old.request);
    v1::MutationOptions* options = OptionsOf(request.get());
    if (OneIn(4)) options->set_reason_note("Again");
    if (OneIn(4)) {
      options->set_request_id(absl::AsciiStrToUpper(options->request_id()));
    }
    command.request = std::move(request);
  } else {
    Draft draft = step_ <= 14 ? Found(state) : Deal(state, now);
    if (step_ == 15 && !OneIn(3)) draft = UseNewestEdition(state);
    Dress(state, &draft);
    command.caller = std::move(draft.caller);
    command.request = symbols.ToSymbols(*draft.request);
  }
  const int wait = Below(100);
  if (wait >= 75) command.advance = absl::Seconds(1 + Below(3600));
  if (wait >= 94) command.advance = absl::Hours(1 + Below(8));
  if (wait >= 98) command.advance = absl::Hours(25);
  if (wait >= 98 && OneIn(3)) {
    // What is granular lapses, expires or goes on.
    command.advance = absl::Hours(24) * (OneIn(2) ? 91 : 200);
  }
  sent_.push_back(command);
  return command;
}

// A command about something there is, mostly.
Generator::Draft Generator::Deal(const State& state, absl::Time now) {
  if (IsToWithdraw(state, now)) return Withdrawal(state, now);
  while (true) {
    const bool anyway = OneIn(30);
    // D2: the edition that has it comes into force soon, mostly.
    if (OneIn(8) && !state.edition().granular &&
        EditionNamed(EditionsOf(program_).back()).granular) {
      return OfPolicy(state, now);
    }
    if (state.edition().granular && OneIn(3)) return OfGranular(state, now);
    const int chance = Below(100);
    if (chance < 8) return OfPartners(state);
    if (chance < 10) return OfPolicy(state, now);
    if (chance < 20) return OfPartnerships(state, now);
    if (chance < 25) return OfCustomers(state);
    if (chance < 40) return OfInvitations(state, now);
    if (chance < 60) {
      if (anyway || !state.invitations.empty()) return OfAcceptance(state, now);
    } else if (chance < 70) {
      if (anyway || !state.relationships.empty()) {
        return OfRelationships(state, now);
      }
    } else if (chance < 85) {
      return OfGrants(state, now);
    } else if (anyway || !state.admins.empty()) {
      return OfAnswers(state, now);
    }
  }
}

// What every request has besides: an id, sometimes a dry run, a party acted
// for, an etag or a note.
void Generator::Dress(const State& state, Draft* draft) {
  v1::MutationOptions* options = OptionsOf(draft->request.get());
  options->set_request_id(RequestId(step_));
  if (step_ > 14 && OneIn(8)) {
    options->set_validate_only(true);
    if (OneIn(2)) options->clear_request_id();
  }
  if (OneIn(20)) options->set_reason_note("Said by telephone");
  if (step_ > 14 && OneIn(50)) {
    options->set_acting_party(OneIn(3) ? AnyCustomer(state)
                                       : AnyPartner(state));
  } else if (OneIn(20) && draft->caller.kind != Caller::Kind::kOperator &&
             draft->caller.kind != Caller::Kind::kAuditor &&
             draft->caller.name.rfind(Program(), 0) == 0) {
    options->set_acting_party(draft->caller.name);
    if (OneIn(2)) draft->caller = Operator();
  }
  const FieldDescriptor* etag =
      draft->request->GetDescriptor()->FindFieldByName("etag");
  if (etag != nullptr && OneIn(6)) {
    draft->request->GetReflection()->SetString(draft->request.get(), etag,
                                               OneIn(3) ? "{stale}" : "{etag}");
  }
}

}  // namespace partner::model
