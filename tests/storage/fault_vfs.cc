#include "tests/storage/fault_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <fstream>
#include <new>
#include <utility>

namespace partner::server {
namespace {

// What every write and sync answers once stopped; planned failures have other
// codes.
constexpr int kStopped = SQLITE_IOERR;

// A file of ours; SQLite's own follows it in the same allocation.
struct FaultFile {
  sqlite3_file base;
  std::string* path;  // Null for temporary files.
};

bool ChangesFiles(FaultVfs::Call call) {
  return call == FaultVfs::Call::kWrite || call == FaultVfs::Call::kSync ||
         call == FaultVfs::Call::kTruncate || call == FaultVfs::Call::kDelete;
}

sqlite3_vfs* Real() {
  static sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
  return real;
}

FaultFile* Ours(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file);
}

sqlite3_file* Below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(Ours(file) + 1);
}

std::string ContentOf(sqlite3_file* below) {
  sqlite3_int64 size = 0;
  below->pMethods->xFileSize(below, &size);
  std::string content(static_cast<std::size_t>(size), '\0');
  below->pMethods->xRead(below, content.data(), static_cast<int>(size), 0);
  return content;
}

int Close(sqlite3_file* file) {
  sqlite3_file* const below = Below(file);
  const int code =
      below->pMethods == nullptr ? SQLITE_OK : below->pMethods->xClose(below);
  delete Ours(file)->path;
  Ours(file)->path = nullptr;
  return code;
}

int Read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kRead).code;
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xRead(Below(file), data, size, offset);
}

int Write(sqlite3_file* file, const void* data, int size,
          sqlite3_int64 offset) {
  const FaultVfs::Verdict verdict =
      FaultVfs::Get().Before(FaultVfs::Call::kWrite);
  if (verdict.code != SQLITE_OK) {
    if (verdict.left == FaultVfs::Left::kHalf) {
      Below(file)->pMethods->xWrite(Below(file), data, size / 2, offset);
    }
    return verdict.code;
  }
  return Below(file)->pMethods->xWrite(Below(file), data, size, offset);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kTruncate).code;
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xTruncate(Below(file), size);
}

int Sync(sqlite3_file* file, int /*flags*/) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kSync).code;
  if (code != kStopped && Ours(file)->path != nullptr) {
    FaultVfs::Get().Synced(*Ours(file)->path, ContentOf(Below(file)));
  }
  // Power fails only here, so the real disk need not be waited for.
  return code;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Below(file)->pMethods->xFileSize(Below(file), size);
}

int Lock(sqlite3_file* file, int level) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kLock).code;
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xLock(Below(file), level);
}

int Unlock(sqlite3_file* file, int level) {
  return Below(file)->pMethods->xUnlock(Below(file), level);
}

int CheckReservedLock(sqlite3_file* file, int* result) {
  return Below(file)->pMethods->xCheckReservedLock(Below(file), result);
}

int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Below(file)->pMethods->xFileControl(Below(file), operation, argument);
}

int SectorSize(sqlite3_file* file) {
  return Below(file)->pMethods->xSectorSize(Below(file));
}

int DeviceCharacteristics(sqlite3_file* file) {
  return Below(file)->pMethods->xDeviceCharacteristics(Below(file));
}

int ShmMap(sqlite3_file* file, int page, int size, int extend,
           void volatile** memory) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kMap).code;
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xShmMap(Below(file), page, size, extend,
                                        memory);
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    const int code = FaultVfs::Get().Before(FaultVfs::Call::kLock).code;
    if (code != SQLITE_OK) return code;
  }
  return Below(file)->pMethods->xShmLock(Below(file), offset, count, flags);
}

void ShmBarrier(sqlite3_file* file) {
  Below(file)->pMethods->xShmBarrier(Below(file));
}

int ShmUnmap(sqlite3_file* file, int remove) {
  return Below(file)->pMethods->xShmUnmap(Below(file), remove);
}

// Version 2: with shared memory, without memory mapping, which would go round
// Write.
constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = Close,
    .xRead = Read,
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = FileSize,
    .xLock = Lock,
    .xUnlock = Unlock,
    .xCheckReservedLock = CheckReservedLock,
    .xFileControl = FileControl,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = DeviceCharacteristics,
    .xShmMap = ShmMap,
    .xShmLock = ShmLock,
    .xShmBarrier = ShmBarrier,
    .xShmUnmap = ShmUnmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr};

int Delete(sqlite3_vfs*, const char* name, int sync_directory) {
  const int code = FaultVfs::Get().Before(FaultVfs::Call::kDelete).code;
  if (code != SQLITE_OK) return code;
  return Real()->xDelete(Real(), name, sync_directory);
}

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags,
         int* out_flags) {
  // Without methods SQLite does not call Close.
  file->pMethods = nullptr;
  int code = FaultVfs::Get().Before(FaultVfs::Call::kOpen).code;
  if (code != SQLITE_OK) return code;
  auto* const ours = new (file) FaultFile{};
  if (name != nullptr) ours->path = new std::string(name);
  ours->base.pMethods = &kMethods;
  // On failure SQLite calls Close all the same.
  code = Real()->xOpen(Real(), name, Below(file), flags, out_flags);
  if (code == SQLITE_OK && name != nullptr) {
    FaultVfs::Get().Opened(name, ContentOf(Below(file)));
  }
  return code;
}

}  // namespace

FaultVfs& FaultVfs::Get() {
  static FaultVfs* const instance = [] {
    static sqlite3_vfs vfs = *Real();
    vfs.zName = kName;
    vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + Real()->szOsFile;
    vfs.pNext = nullptr;
    vfs.xOpen = Open;
    vfs.xDelete = Delete;
    sqlite3_vfs_register(&vfs, /*makeDflt=*/0);
    return new FaultVfs;
  }();
  return *instance;
}

void FaultVfs::Fail(Call call, int skip, int code, Times times, Left left) {
  const MutexLock lock(&mutex_);
  Plan& plan = PlanOf(call);
  plan.armed = true;
  plan.skip = skip;
  plan.code = code;
  plan.times = times;
  plan.left = left;
}

void FaultVfs::Heal() {
  const MutexLock lock(&mutex_);
  for (Plan& plan : plans_) plan.armed = false;
}

void FaultVfs::Reset() {
  const MutexLock lock(&mutex_);
  plans_.fill(Plan{});
  failures_ = 0;
  calls_left_ = -1;
  durable_.clear();
}

std::int64_t FaultVfs::Count(Call call) {
  const MutexLock lock(&mutex_);
  return PlanOf(call).count;
}

std::int64_t FaultVfs::failures() {
  const MutexLock lock(&mutex_);
  return failures_;
}

void FaultVfs::Stop(int calls) {
  const MutexLock lock(&mutex_);
  calls_left_ = calls;
}

bool FaultVfs::stopped() {
  const MutexLock lock(&mutex_);
  return calls_left_ == 0;
}

void FaultVfs::Restart() {
  const MutexLock lock(&mutex_);
  calls_left_ = -1;
}

void FaultVfs::LosePower() {
  const MutexLock lock(&mutex_);
  calls_left_ = -1;
  for (const auto& [path, content] : durable_) {
    // Memory shared between processes never survives.
    unlink((path + "-shm").c_str());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
}

FaultVfs::Verdict FaultVfs::Before(Call call) {
  const MutexLock lock(&mutex_);
  Plan& plan = PlanOf(call);
  ++plan.count;
  if (calls_left_ == 0 && ChangesFiles(call)) return {.code = kStopped};
  const bool counts = call == Call::kWrite || call == Call::kSync;
  if (calls_left_ > 0 && counts) --calls_left_;
  if (!plan.armed) return {};
  if (plan.skip > 0) {
    --plan.skip;
    return {};
  }
  if (plan.times == Times::kOnce) plan.armed = false;
  ++failures_;
  return {.code = plan.code, .left = plan.left};
}

void FaultVfs::Opened(const std::string& path, std::string content) {
  const MutexLock lock(&mutex_);
  durable_.emplace(path, std::move(content));
}

void FaultVfs::Synced(const std::string& path, std::string content) {
  const MutexLock lock(&mutex_);
  durable_[path] = std::move(content);
}

}  // namespace partner::server
