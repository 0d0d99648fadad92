#ifndef PARTNER_TESTS_MODEL_GENERATOR_H_
#define PARTNER_TESTS_MODEL_GENERATOR_H_

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/model/command.h"
#include "tests/model/rules.h"

// Random commands about a small world. They mostly ask for what the state makes
// sensible, by whoever may, so that deep states are reached; and often enough
// for something else, by somebody else.
namespace partner::model {

class Generator {
 public:
  static constexpr int kPartnersMax = 14;
  static constexpr int kCustomersMax = 10;

  Generator(std::uint32_t seed, std::string program);

  // The next command for the state as it stands at a moment.
  Command Next(const State& state, const Symbols& symbols, absl::Time now);

 private:
  using Request = std::unique_ptr<google::protobuf::Message>;
  struct Draft {
    Caller caller;
    Request request;
  };

  // --- Chances
  int Below(int bound);
  bool OneIn(int many) { return Below(many) == 0; }
  // The name of one, mostly a young one.
  template <typename Map>
  std::string NameOf(const Map& map, const std::string& otherwise) {
    if (map.empty()) return otherwise;
    const int size = static_cast<int>(map.size());
    const int back = std::min(Below(size), Below(size));
    return std::next(map.begin(), size - 1 - back)->first;
  }

  // --- Names
  std::string Program() const { return "programs/" + program_; }
  std::string PartnerNamed(const std::string& id) const {
    return Program() + "/partners/" + id;
  }
  std::string CustomerNamed(const std::string& id) const {
    return Program() + "/customers/" + id;
  }
  std::string AnyPartner(const State& state);
  std::string AnyCustomer(const State& state);
  // One with an enrolment of the type, mostly.
  std::string PartnerAs(const State& state, v1::EnrollmentType type);
  std::string Tenant(int number) const;
  std::string AnyToken(const State& state);
  std::string Service();
  absl::Time Soon(absl::Time now);

  // --- Callers
  Caller Operator() const;
  Caller AsPartner(const std::string& name) const;
  Caller AsCustomer(const std::string& name, bool admin = true) const;
  Caller Anybody(const State& state);
  // Mostly the one meant, sometimes an operator, sometimes anybody.
  Caller Mostly(const State& state, const Caller& meant);

  // --- Commands, by what they are about (generator_*.cc)
  Draft Found(const State& state);
  Draft Deal(const State& state, absl::Time now);
  Draft OfPartners(const State& state);
  Draft OfPartnerships(const State& state, absl::Time now);
  Draft OfCustomers(const State& state);
  Draft OfInvitations(const State& state, absl::Time now);
  Draft OfAcceptance(const State& state, absl::Time now);
  Draft OfRelationships(const State& state, absl::Time now);
  Draft OfGrants(const State& state, absl::Time now);
  Draft OfAnswers(const State& state, absl::Time now);
  Draft OfPolicy(const State& state, absl::Time now);
  Draft OfGranular(const State& state, absl::Time now);
  Draft UseNewestEdition(const State& state);
  std::string RoleName();
  google::protobuf::Duration SomeDays();
  bool IsToWithdraw(const State& state, absl::Time now);
  Draft Withdrawal(const State& state, absl::Time now);
  Draft CreatePartner(const std::string& id, const std::string& tenant,
                      const std::vector<v1::EnrollmentType>& types);
  void FillCoverage(v1::AdminScope* scope,
                    google::protobuf::RepeatedField<int>* duties);
  v1::Attestation Evidence(absl::Time now);
  // An operator deciding for a customer has evidence, mostly.
  template <typename AnyRequest>
  void MaybeAttest(const Caller& caller, absl::Time now, AnyRequest* request) {
    const bool wants = caller.kind == Caller::Kind::kOperator;
    if (wants != OneIn(30)) *request->mutable_attestation() = Evidence(now);
  }

  void Dress(const State& state, Draft* draft);

  std::mt19937_64 random_;
  const std::string program_;
  int step_ = 0;
  std::vector<Command> sent_;
};

}  // namespace partner::model

#endif  // PARTNER_TESTS_MODEL_GENERATOR_H_
