#include "tests/hostile/load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <memory>

#include "absl/time/clock.h"

namespace partner::test {
namespace {

constexpr int kConnections = 4;

// One caller: calls, or waits until it does again.
struct Caller {
  std::unique_ptr<grpc::GenericStub> stub;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
  grpc::ByteBuffer answer;
  grpc::Status status;
  grpc::Alarm alarm;
  absl::Time begin;
};

}  // namespace

void LoadResult::Add(const LoadResult& other) {
  served.insert(served.end(), other.served.begin(), other.served.end());
  refused.insert(refused.end(), other.refused.begin(), other.refused.end());
  failed += other.failed;
  time += other.time;
}

absl::Duration Median(std::vector<absl::Duration> times) {
  if (times.empty()) return absl::InfiniteDuration();
  const auto middle =
      times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

LoadResult RunLoad(const std::string& address, const std::string& path,
                   const std::string& bytes, int callers, absl::Duration time,
                   absl::Duration pause) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < kConnections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    channels.push_back(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments));
  }
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Caller>> all;
  const auto call = [&](Caller* caller) {
    caller->context = std::make_unique<grpc::ClientContext>();
    caller->context->AddMetadata("partner-principal", "operators/load");
    caller->begin = absl::Now();
    caller->call = caller->stub->PrepareUnaryCall(caller->context.get(), path,
                                                  request, &queue);
    caller->call->StartCall();
    caller->call->Finish(&caller->answer, &caller->status, caller);
  };
  for (int i = 0; i < callers; ++i) {
    all.push_back(std::make_unique<Caller>());
    all.back()->stub =
        std::make_unique<grpc::GenericStub>(channels[i % kConnections]);
    call(all.back().get());
  }
  LoadResult result;
  const absl::Time start = absl::Now();
  void* tag = nullptr;
  bool ok = false;
  for (int active = callers; active > 0 && queue.Next(&tag, &ok);) {
    auto* caller = static_cast<Caller*>(tag);
    const absl::Time now = absl::Now();
    const bool paused = caller->call == nullptr;
    bool refused = false;
    if (!paused) {
      // Those at the end of the time are not of it.
      if (now - start < time) {
        const absl::Duration took = now - caller->begin;
        refused = caller->status.error_code() == grpc::StatusCode::UNAVAILABLE;
        if (caller->status.ok()) {
          result.served.push_back(took);
        } else if (refused) {
          result.refused.push_back(took);
        } else {
          ++result.failed;
        }
      }
      caller->call.reset();
    }
    if (now - start >= time) {
      --active;
    } else if (refused) {
      caller->alarm.Set(&queue, absl::ToChronoTime(now + pause), caller);
    } else {
      call(caller);
    }
  }
  result.time = time;
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return result;
}

}  // namespace partner::test
