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

}  // namespace partner::server

#endif  // PARTNER_SERVER_OPS_TRANSPORT_H_
