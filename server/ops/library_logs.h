#ifndef PARTNER_SERVER_OPS_LIBRARY_LOGS_H_
#define PARTNER_SERVER_OPS_LIBRARY_LOGS_H_

namespace partner::server {

// Makes what gRPC and Protobuf log into lines of ours, at our rate limit, and
// drops what they say below a warning. Callers can make them log at will.
void RouteLibraryLogs();

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_LIBRARY_LOGS_H_
