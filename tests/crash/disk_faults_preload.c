/* Loaded before the C library, it spoils the disk for one process: for files
 * below DISK_FAULTS_DIR, while the file DISK_FAULTS_FLAG with one of these
 * endings exists,
 *   .full     nothing more fits;
 *   .unsynced syncing fails;
 *   .stalled  syncing waits; a file with the ending .waiting says so;
 *   .kill     holds `POINT COUNT`: the process dies by SIGKILL when it comes to
 *             that point for that time; a file with the ending .killed says so.
 * The points of a kill are those of one commit after the other:
 *   before_append  the first write into the log after it was synced;
 *   before_commit  a later write into the log, or its sync: the commit is in it
 *                  in part, or whole and not durable;
 *   after_commit   the log was synced, nobody was told;
 *   checkpoint     a write into the store's file, its sync, or the cutting of
 *                  the log. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static int has_flag(const char* ending) {
  const char* flag = getenv("DISK_FAULTS_FLAG");
  char path[PATH_SIZE];
  if (flag == NULL) return 0;
  snprintf(path, sizeof(path), "%s%s", flag, ending);
  return access(path, F_OK) == 0;
}

static void set_flag(const char* ending) {
  char path[PATH_SIZE];
  snprintf(path, sizeof(path), "%s%s", getenv("DISK_FAULTS_FLAG"), ending);
  close(creat(path, 0600));
}

/* Whether it is a file below the directory; its path. */
static int path_of(int fd, char* path) {
  const char* dir = getenv("DISK_FAULTS_DIR");
  char link[64];
  ssize_t size;
  if (dir == NULL) return 0;
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  size = readlink(link, path, PATH_SIZE - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return strncmp(path, dir, strlen(dir)) == 0;
}

static int is_spoilt(int fd, const char* ending) {
  char path[PATH_SIZE];
  return has_flag(ending) && path_of(fd, path);
}

static int is_full(int fd) {
  if (!is_spoilt(fd, ".full")) return 0;
  errno = ENOSPC;
  return 1;
}

static void wait_while_stalled(int fd) {
  if (!is_spoilt(fd, ".stalled")) return;
  set_flag(".waiting");
  while (is_spoilt(fd, ".stalled")) poll(NULL, 0, 5);
}

static int cannot_sync(int fd) {
  wait_while_stalled(fd);
  if (!is_spoilt(fd, ".unsynced")) return 0;
  errno = EIO;
  return 1;
}

/* --- Kills ---------------------------------------------------------------- */

static int ends_with(const char* path, const char* ending) {
  const size_t size = strlen(path);
  const size_t ending_size = strlen(ending);
  return size >= ending_size && strcmp(path + size - ending_size, ending) == 0;
}

static int is_log(int fd) {
  char path[PATH_SIZE];
  return path_of(fd, path) && ends_with(path, "-wal");
}

static int is_store(int fd) {
  char path[PATH_SIZE];
  return path_of(fd, path) && ends_with(path, ".db");
}

static void at_point(const char* point) {
  static atomic_int passed;
  char path[PATH_SIZE];
  char wanted[32];
  int count = 0;
  int fields;
  FILE* file;
  if (!has_flag(".kill")) return;
  snprintf(path, sizeof(path), "%s.kill", getenv("DISK_FAULTS_FLAG"));
  file = fopen(path, "re");
  if (file == NULL) return;
  fields = fscanf(file, "%31s %d", wanted, &count);
  fclose(file);
  if (fields != 2 || strcmp(wanted, point) != 0) return;
  if (atomic_fetch_add(&passed, 1) + 1 < count) return;
  set_flag(".killed");
  kill(getpid(), SIGKILL);
}

/* Whether the log has frames that were not synced. It has one writer. */
static atomic_int has_frames;

static void before_write(int fd, off64_t offset) {
  if (is_store(fd)) at_point("checkpoint");
  if (!is_log(fd)) return;
  at_point(atomic_load(&has_frames) ? "before_commit" : "before_append");
  /* At the very beginning is the log's header, which commits nothing. */
  if (offset > 0) atomic_store(&has_frames, 1);
}

static void before_sync(int fd) {
  if (is_store(fd)) at_point("checkpoint");
  if (is_log(fd) && atomic_load(&has_frames)) at_point("before_commit");
}

static void after_sync(int fd) {
  if (is_log(fd) && atomic_exchange(&has_frames, 0)) at_point("after_commit");
}

static void before_truncate(int fd) {
  if (is_log(fd)) at_point("checkpoint");
}

/* --- What the C library does ---------------------------------------------- */

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* data, size_t size) {
  return is_full(fd) ? -1 : REAL(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  before_write(fd, offset);
  return is_full(fd) ? -1 : REAL(pwrite)(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  before_write(fd, offset);
  return is_full(fd) ? -1 : REAL(pwrite64)(fd, data, size, offset);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  return is_full(fd) ? ENOSPC : REAL(posix_fallocate)(fd, offset, size);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  return is_full(fd) ? ENOSPC : REAL(posix_fallocate64)(fd, offset, size);
}

int ftruncate(int fd, off_t size) {
  before_truncate(fd);
  return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  before_truncate(fd);
  return REAL(ftruncate64)(fd, size);
}

int fsync(int fd) {
  int result;
  before_sync(fd);
  if (cannot_sync(fd)) return -1;
  result = REAL(fsync)(fd);
  if (result == 0) after_sync(fd);
  return result;
}

int fdatasync(int fd) {
  int result;
  before_sync(fd);
  if (cannot_sync(fd)) return -1;
  result = REAL(fdatasync)(fd);
  if (result == 0) after_sync(fd);
  return result;
}
