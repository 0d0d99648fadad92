#ifndef PARTNER_TESTS_SERVER_RANDOM_COMMANDS_H_
#define PARTNER_TESTS_SERVER_RANDOM_COMMANDS_H_

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/base/mutex.h"
#include "tests/server/ledger_fixture.h"

namespace partner::server {

// A command and who sends it.
struct RandomCommand {
  std::unique_ptr<google::protobuf::Message> request;
  Principal principal;
};

// Commands of every kind about few partners and customers, so that most of them
// meet what others did: about half are refused. What they name was learnt from
// the answers. Thread-safe, given a generator for each thread.
class RandomCommands {
 public:
  static constexpr int kProviders = 4;
  static constexpr int kResellers = 6;
  static constexpr int kCustomers = 30;

  using Random = std::mt19937;

  // Ids of partners are p0... and r0..., of customers c0...
  static std::string ProviderId(int i) { return "p" + std::to_string(i); }
  static std::string ResellerId(int i) { return "r" + std::to_string(i); }
  static std::string CustomerId(int i) { return "c" + std::to_string(i); }

  // Makes all partners and asks for a partnership of each two. To be accepted
  // and learnt from first.
  static std::vector<RandomCommand> Founding();

  RandomCommand Make(Random& random);
  // Remembers the names in a response.
  void Learn(const google::protobuf::Message& response);
  // Remembers nothing, as at first.
  void Forget() {
    MutexLock lock(&mutex_);
    known_ = Known();
  }

 private:
  // Full names of resources seen so far.
  struct Known {
    std::vector<std::string> partnerships;
    std::vector<std::string> invitations;
    std::vector<std::string> tokens;
    std::vector<std::string> forwards;
    std::vector<std::string> relationships;
    std::vector<std::string> admins;
  };

  RandomCommand OfPartner(Random& random, const Known& known);
  RandomCommand OfInvitation(Random& random, const Known& known);
  RandomCommand OfCustomer(Random& random, const Known& known);
  RandomCommand OfAdministration(Random& random, const Known& known);

  Mutex mutex_;
  Known known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_SERVER_RANDOM_COMMANDS_H_
