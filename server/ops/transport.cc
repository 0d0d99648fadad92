#include "server/ops/transport.h"

#include <algorithm>
#include <limits>

#include "absl/synchronization/mutex.h"
#include "grpcpp/resource_quota.h"

namespace partner::server {

void SetTransportLimits(const Config& config, grpc::ServerBuilder* builder) {
  // gRPC refuses without a word about the limit; up to twice of it we do.
  builder->SetMaxReceiveMessageSize(static_cast<int>(
      std::min<std::int64_t>(2 * std::int64_t{config.message_bytes_max},
                             std::numeric_limits<int>::max())));
  builder->SetMaxSendMessageSize(kSendBytesMax);
  // gRPC unpacks a message before it looks at its length: a thousand times the
  // bytes received.
  for (const grpc_compression_algorithm algorithm :
       {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder->SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  const auto set = [builder](const char* name, int value) {
    builder->AddChannelArgument(name, value);
  };
  set(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS,
      static_cast<int>(config.streams_per_connection_max));
  set(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 15 * 60'000);
  set(GRPC_ARG_MAX_CONNECTION_AGE_MS, 30 * 60'000);
  set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  set(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // Two servers must not share a port unnoticed.
  set(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("partnerd");
  quota.Resize(static_cast<std::size_t>(config.transport_bytes_max));
  builder->SetResourceQuota(quota);
}

void CalmLibraryLocks() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace partner::server
