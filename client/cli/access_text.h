#ifndef PARTNER_CLIENT_CLI_ACCESS_TEXT_H_
#define PARTNER_CLIENT_CLI_ACCESS_TEXT_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/names.h"
#include "client/cli/render.h"
#include "partner/hierarchy/v1/access.pb.h"
#include "partner/hierarchy/v1/access_service.pb.h"

// Checks as text for people, and questions from files.
namespace partner::client {

// The verdict, what decided it, of which moment when one was asked about (`at`
// may be null), and at which revision.
void PrintDecision(const hierarchy::v1::AccessQuery& query,
                   const hierarchy::v1::AccessDecision& decision,
                   const hierarchy::v1::Revision& revision,
                   const google::protobuf::Timestamp* at, const View& view,
                   std::ostream& out);

// The conditions as a tree; under each that fails, who could change it.
void PrintConditions(const hierarchy::v1::ExplainAccessResponse& answer,
                     const View& view, std::ostream& out);

// One line for each question of a batch.
void PrintBatch(const hierarchy::v1::BatchCheckAccessRequest& questions,
                const hierarchy::v1::BatchCheckAccessResponse& answers,
                const View& view, std::ostream& out);

// Questions of a file: lines `PARTNER PERMISSION CUSTOMER [SERVICE]` with `#`
// comments, or queries in JSON, one after another or in an array. Names may be
// short. INVALID_ARGUMENT with the line or the place.
absl::StatusOr<std::vector<hierarchy::v1::AccessQuery>> ParseQuestions(
    absl::string_view text, const NameScope& scope);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_ACCESS_TEXT_H_
