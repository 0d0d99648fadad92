#ifndef PARTNER_CLIENT_CLI_CONTEXTS_H_
#define PARTNER_CLIENT_CLI_CONTEXTS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace partner::client {

// Where and as whom to call, under a name. Empty members are not set.
struct Context {
  std::string server;
  std::string program;
  // As typed after --as.
  std::string as;
};

// The named contexts of one person, kept in a JSON file. A value; changes are
// written by Save.
class Contexts {
 public:
  // Reads `path`. A missing file is an empty set; INVALID_ARGUMENT when it is
  // not what Save writes.
  static absl::StatusOr<Contexts> Load(const std::string& path);

  // Replaces the file at once, readable by its owner only. Makes its directory.
  absl::Status Save(const std::string& path) const;

  // What Save writes, as text.
  std::string ToJson() const;

  // The context in use; empty when none is.
  std::string current;
  std::map<std::string, Context> by_name;
};

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_CONTEXTS_H_
