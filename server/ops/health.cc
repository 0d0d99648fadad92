#include "server/ops/health.h"

namespace partner::server {
namespace {

constexpr char kReads[] = "reads";
constexpr char kWrites[] = "writes";
constexpr char kLiveness[] = "liveness";

}  // namespace

void Health::Attach(grpc::HealthCheckServiceInterface* service,
                    const std::vector<std::string>& services) {
  MutexLock lock(&mutex_);
  service_ = service;
  for (const std::string& name : services) {
    service_->SetServingStatus(name, true);
  }
  service_->SetServingStatus("", true);
  service_->SetServingStatus(kReads, true);
  service_->SetServingStatus(kLiveness, true);
  service_->SetServingStatus(kWrites, unwritable_.empty());
}

void Health::SetWritable(const std::string& program, bool writable) {
  MutexLock lock(&mutex_);
  if (writable) {
    unwritable_.erase(program);
  } else {
    unwritable_.insert(program);
  }
  if (service_ != nullptr) {
    service_->SetServingStatus(kWrites, unwritable_.empty());
  }
}

void Health::EndAll() {
  MutexLock lock(&mutex_);
  if (service_ != nullptr) service_->Shutdown();
  service_ = nullptr;
}

}  // namespace partner::server
