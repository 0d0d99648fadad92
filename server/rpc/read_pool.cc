#include "server/rpc/read_pool.h"

#include <utility>

namespace partner::server {

absl::StatusOr<StoreReader*> Readers::Of(const Engine& engine) {
  std::unique_ptr<StoreReader>& reader = readers_[&engine];
  if (reader == nullptr) {
    absl::StatusOr<std::unique_ptr<StoreReader>> opened = engine.OpenReader();
    if (!opened.ok()) return opened.status();
    reader = *std::move(opened);
  }
  return reader.get();
}

ReadPool::ReadPool() {
  for (const Load preferred : {Load::kUnary, Load::kList}) {
    threads_.emplace_back([this, preferred] { Run(preferred); });
  }
}

ReadPool::~ReadPool() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  work_.SignalAll();
  for (std::thread& thread : threads_) thread.join();
}

void ReadPool::Post(Load load, Task task) {
  {
    MutexLock lock(&mutex_);
    (load == Load::kList ? lists_ : short_reads_).push_back(std::move(task));
  }
  work_.Signal();
}

void ReadPool::Run(Load preferred) {
  Readers readers;
  Task task;
  while (Take(preferred, &task)) {
    task(readers);
    task = nullptr;
  }
}

bool ReadPool::Take(Load preferred, Task* task) {
  MutexLock lock(&mutex_);
  while (short_reads_.empty() && lists_.empty()) {
    if (stopping_) return false;
    work_.Wait(&mutex_);
  }
  std::deque<Task>* first = &short_reads_;
  std::deque<Task>* second = &lists_;
  if (preferred == Load::kList) std::swap(first, second);
  std::deque<Task>* queue = first->empty() ? second : first;
  *task = std::move(queue->front());
  queue->pop_front();
  return true;
}

}  // namespace partner::server
