#include "server/ops/library_logs.h"

#include <grpc/support/log.h>

#include <string>

#include "google/protobuf/stubs/logging.h"
#include "server/base/log.h"

namespace partner::server {
namespace {

void LogGrpc(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  Logger::Process().Warning("grpc", {{"detail", args->message}});
}

void LogProtobuf(google::protobuf::LogLevel level, const char*, int,
                 const std::string& message) {
  if (level < google::protobuf::LOGLEVEL_WARNING) return;
  Logger::Process().Warning("protobuf", {{"detail", message}});
}

}  // namespace

void RouteLibraryLogs() {
  gpr_set_log_function(&LogGrpc);
  google::protobuf::SetLogHandler(&LogProtobuf);
}

}  // namespace partner::server
