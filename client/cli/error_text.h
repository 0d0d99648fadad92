#ifndef PARTNER_CLIENT_CLI_ERROR_TEXT_H_
#define PARTNER_CLIENT_CLI_ERROR_TEXT_H_

#include <ostream>
#include <string>

#include "client/cli/render.h"
#include "client/error.h"

// Errors of the server as text and as JSON.
namespace partner::client {

// Puts into words what gRPC says where no server of this contract answered
// `method` (`Service.Method`): which server was tried and what to do. Leaves
// errors with a reason alone.
void ExplainTransport(const std::string& server, const std::string& method,
                      Error* error);

// Reason, code and rule; the message; the blockers sent with their total; the
// malformed fields; the next step; and, when there are more blockers and the
// server says that a dry run shows them, how to see all.
void PrintError(const Error& error, const View& view, std::ostream& out);

// The same as one JSON object: {"error": {"code", "reason", "message", "rule",
// "nextStep", "blockers", "blockersTotal", "fieldViolations", "resource",
// "retryDelayMs", "requestId", "metadata"}}. Every key is always there.
std::string ErrorJson(const Error& error);

// An error of partnerctl's own: wrong words, an unreadable file. As above with
// the code `USAGE` and no reason.
void PrintUsageError(const std::string& message, const View& view,
                     std::ostream& out);
std::string UsageErrorJson(const std::string& message);

}  // namespace partner::client

#endif  // PARTNER_CLIENT_CLI_ERROR_TEXT_H_
