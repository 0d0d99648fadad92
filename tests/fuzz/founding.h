#ifndef PARTNER_TESTS_FUZZ_FOUNDING_H_
#define PARTNER_TESTS_FUZZ_FOUNDING_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/store.h"
#include "tests/fuzz/served.h"
#include "tests/support/temp_directory.h"

// The small channel that fuzzed calls meet: two providers, two resellers, a
// direct-bill partner, an advisor, two customers, and one of everything between
// them.
namespace partner::server {

// Who may call; an input names one by its place.
const std::vector<FuzzCaller>& FuzzCallers();

// One call as text.
struct FuzzStep {
  // The name of the first resource of the answer is `$keep` in later requests,
  // its token `$keep.token`. Empty: it is not needed.
  const char* keep;
  const char* method;  // `PartnerService.GetPartner`.
  int caller;
  const char* request;  // Text format. `$id` is a new request id.
};

// Opens a store's file for changes that no store makes.
absl::Status OpenFile(const std::string& path, SqliteConnection* file);

// A store file with the channel in it, and the names that were made.
class Founding {
 public:
  // Makes it; ends the process when that fails.
  Founding();
  Founding(const Founding&) = delete;
  Founding& operator=(const Founding&) = delete;

  // The bytes of a step's request.
  std::string BytesOf(const Method& method, const FuzzStep& step);
  // A store of its own with the channel in it, the one before it gone.
  std::unique_ptr<Store> FreshStore();
  // The store that FreshStore gave last, opened anew.
  absl::StatusOr<std::unique_ptr<Store>> LastStore() const;
  // Its file.
  std::string last_store() const { return directory_.File("store"); }
  // Everything that has a name or is a token.
  std::vector<std::string> words() const;

 private:
  void Run(Served* served, const FuzzStep& step);

  const test::TempDirectory directory_;
  std::map<std::string, std::string> kept_;
  int ids_ = 0;
};

}  // namespace partner::server

#endif  // PARTNER_TESTS_FUZZ_FOUNDING_H_
