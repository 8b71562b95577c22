// A library to be preloaded (LD_PRELOAD) that makes calls on files fail, for tests and trials of what happens then.
//
// Only calls on paths below FAULT_ROOT count: open for writing, write and pwrite, fsync and fdatasync, rename, symlink,
// link, unlink, ftruncate, mkdir. Two more can only hang: open for reading, access. The variables:
//   FAULT_DENY  calls that always fail: names with the error's number, such as symlink=1,fsync-directory=95
//   FAULT_AT    the number, counted from 1, of the one call that fails
//   FAULT_CODE  how it fails: the error's number, or "short" for a write of half the bytes
//   FAULT_SLOW  milliseconds that every fsync takes longer
//   FAULT_HANG  a file: while it exists no call returns
//   FAULT_LOG   a file to which a line is written for each call: its number, its name, its path
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { proceed, fail, halve };

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_int count;

static int is_below_root(const char *path) {
  const char *root = getenv("FAULT_ROOT");
  return root && path && strncmp(path, root, strlen(root)) == 0 && path[strlen(root)] == '/';
}

// As on a file system whose server does not answer.
static void hang(const char *path) {
  const char *file = getenv("FAULT_HANG");
  if (!file || !is_below_root(path)) return;
  while (REAL(access)(file, F_OK) == 0) usleep(10000);
}

// The error that FAULT_DENY names for a call; 0 for none.
static int denied(const char *call) {
  const char *list = getenv("FAULT_DENY");
  size_t length = strlen(call);
  while (list && *list) {
    if (strncmp(list, call, length) == 0 && list[length] == '=') return atoi(list + length + 1);
    list = strchr(list, ',');
    if (list) list++;
  }
  return 0;
}

// Counts a call and decides what becomes of it.
static int decide(const char *call, const char *path) {
  hang(path);
  if (!is_below_root(path)) return proceed;
  int number = ++count;
  const char *log = getenv("FAULT_LOG");
  if (log) {
    int file = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%d %s %s\n", number, call, path);
    if (REAL(write)(file, line, (size_t)length) < 0) abort();
    REAL(close)(file);
  }
  const char *slow = getenv("FAULT_SLOW");
  if (slow && strncmp(call, "fsync", 5) == 0) usleep((useconds_t)atoi(slow) * 1000);
  errno = denied(call);
  if (errno) return fail;
  const char *at = getenv("FAULT_AT"), *code = getenv("FAULT_CODE");
  if (!at || !code || atoi(at) != number) return proceed;
  if (strcmp(code, "short") == 0) return strcmp(call, "write") == 0 ? halve : proceed;
  errno = atoi(code);
  return fail;
}

// The same of a call on a descriptor.
static int decide_on(const char *call, int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return proceed;
  path[length] = 0;
  struct stat status;
  if (strcmp(call, "fsync") == 0 && fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) call = "fsync-directory";
  return decide(call, path);
}

static int open_with(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  if (!(flags & (O_WRONLY | O_RDWR | O_CREAT))) hang(path);
  else if (decide("open", path) == fail) return -1;
  return real(path, flags, mode);
}

static mode_t mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; }

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_with(REAL(open), path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_with(REAL(open64), path, flags, mode);
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
  int verdict = decide_on("write", descriptor);
  return verdict == fail ? -1 : REAL(write)(descriptor, bytes, verdict == halve && size > 1 ? size / 2 : size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
  int verdict = decide_on("write", descriptor);
  return verdict == fail ? -1 : REAL(pwrite)(descriptor, bytes, verdict == halve && size > 1 ? size / 2 : size, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset) {
  int verdict = decide_on("write", descriptor);
  return verdict == fail ? -1 : REAL(pwrite64)(descriptor, bytes, verdict == halve && size > 1 ? size / 2 : size, offset);
}

int access(const char *path, int mode) {
  hang(path);
  return REAL(access)(path, mode);
}

int fsync(int descriptor) { return decide_on("fsync", descriptor) == fail ? -1 : REAL(fsync)(descriptor); }

int fdatasync(int descriptor) { return decide_on("fsync", descriptor) == fail ? -1 : REAL(fdatasync)(descriptor); }

int rename(const char *from, const char *to) { return decide("rename", to) == fail ? -1 : REAL(rename)(from, to); }

int symlink(const char *target, const char *path) {
  return decide("symlink", path) == fail ? -1 : REAL(symlink)(target, path);
}

int link(const char *from, const char *to) { return decide("link", to) == fail ? -1 : REAL(link)(from, to); }

int unlink(const char *path) { return decide("unlink", path) == fail ? -1 : REAL(unlink)(path); }

int ftruncate(int descriptor, off_t size) {
  return decide_on("ftruncate", descriptor) == fail ? -1 : REAL(ftruncate)(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  return decide_on("ftruncate", descriptor) == fail ? -1 : REAL(ftruncate64)(descriptor, size);
}

int mkdir(const char *path, mode_t mode) { return decide("mkdir", path) == fail ? -1 : REAL(mkdir)(path, mode); }
