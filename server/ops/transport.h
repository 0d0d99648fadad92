#ifndef PARTNER_SERVER_OPS_TRANSPORT_H_
#define PARTNER_SERVER_OPS_TRANSPORT_H_

#include "grpcpp/server_builder.h"
#include "server/ops/config.h"

namespace partner::server {

inline constexpr int kSendBytesMax = 4 << 20;
inline constexpr int kMetadataBytesMax = 16 << 10;

// Limits of the transport; each default that differs is unsafe or too patient
// for a server among strangers.
void SetTransportLimits(const Config& config, grpc::ServerBuilder* builder);

// Switches off the search for deadlocks in the packaged abseil's locks: it is
// built for debugging, so gRPC would note every lock it takes in a graph under
// one lock for the whole process.
void CalmLibraryLocks();

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_TRANSPORT_H_
