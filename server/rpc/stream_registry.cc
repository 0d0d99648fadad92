#include "server/rpc/stream_registry.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace partner::server {

StreamRegistry::StreamRegistry(absl::Duration stall_max)
    : stall_max_(stall_max), thread_([this] { Run(); }) {}

StreamRegistry::~StreamRegistry() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  stop_.Signal();
  thread_.join();
}

void StreamRegistry::Add(grpc::CallbackServerContext* context) {
  MutexLock lock(&mutex_);
  streams_[context] = absl::Now();
}

void StreamRegistry::Progress(grpc::CallbackServerContext* context) {
  MutexLock lock(&mutex_);
  streams_[context] = absl::Now();
}

void StreamRegistry::Remove(grpc::CallbackServerContext* context) {
  MutexLock lock(&mutex_);
  streams_.erase(context);
}

void StreamRegistry::Run() {
  const absl::Duration interval = std::min(stall_max_ / 4, absl::Seconds(1));
  MutexLock lock(&mutex_);
  while (!stopping_) {
    const absl::Time oldest = absl::Now() - stall_max_;
    for (const auto& [context, began] : streams_) {
      // The lock keeps the context; the reactions run on other threads.
      if (began < oldest) context->TryCancel();
    }
    stop_.WaitFor(&mutex_, interval);
  }
}

}  // namespace partner::server
