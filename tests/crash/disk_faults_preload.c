/* Loaded before the C library, it spoils the disk for one process: for files
 * below DISK_FAULTS_DIR, while the file DISK_FAULTS_FLAG with one of these
 * endings exists,
 *   .full     nothing more fits;
 *   .unsynced syncing fails;
 *   .stalled  syncing waits; a file with the ending .waiting says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int has_flag(const char* ending) {
  const char* flag = getenv("DISK_FAULTS_FLAG");
  char path[4096];
  if (flag == NULL) return 0;
  snprintf(path, sizeof(path), "%s%s", flag, ending);
  return access(path, F_OK) == 0;
}

static int is_spoilt(int fd, const char* ending) {
  const char* dir = getenv("DISK_FAULTS_DIR");
  char link[64];
  char path[4096];
  ssize_t size;
  if (dir == NULL || !has_flag(ending)) return 0;
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  size = readlink(link, path, sizeof(path) - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return strncmp(path, dir, strlen(dir)) == 0;
}

static int is_full(int fd) {
  if (!is_spoilt(fd, ".full")) return 0;
  errno = ENOSPC;
  return 1;
}

static void wait_while_stalled(int fd) {
  char path[4096];
  if (!is_spoilt(fd, ".stalled")) return;
  snprintf(path, sizeof(path), "%s.waiting", getenv("DISK_FAULTS_FLAG"));
  close(creat(path, 0600));
  while (is_spoilt(fd, ".stalled")) poll(NULL, 0, 5);
}

static int cannot_sync(int fd) {
  wait_while_stalled(fd);
  if (!is_spoilt(fd, ".unsynced")) return 0;
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* data, size_t size) {
  return is_full(fd) ? -1 : REAL(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return is_full(fd) ? -1 : REAL(pwrite)(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return is_full(fd) ? -1 : REAL(pwrite64)(fd, data, size, offset);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  return is_full(fd) ? ENOSPC : REAL(posix_fallocate)(fd, offset, size);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size) {
  return is_full(fd) ? ENOSPC : REAL(posix_fallocate64)(fd, offset, size);
}

int fsync(int fd) { return cannot_sync(fd) ? -1 : REAL(fsync)(fd); }

int fdatasync(int fd) { return cannot_sync(fd) ? -1 : REAL(fdatasync)(fd); }
