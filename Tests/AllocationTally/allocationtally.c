#define _GNU_SOURCE
#include "allocationtally.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The C library's own, under the names that it exports for replacements like these.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

enum { capacity = 100, own_frames = 2 };

typedef struct {
  int depth;
  void *frames[ALLOCATIONTALLY_FRAMES];
} request;

static request requests[capacity];
static atomic_int request_count;
static const char *const *others;
static int other_count;
static atomic_int other_requests;
static atomic_bool is_watching;
/// Walking the stack may ask for memory itself.
static _Thread_local bool is_noting;

static bool passes_through_others(void **frames, int depth) {
  for (int i = 0; i < depth; i++) {
    Dl_info info;
    if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL) continue;
    for (int k = 0; k < other_count; k++) {
      if (strstr(info.dli_fname, others[k]) != NULL) return true;
    }
  }
  return false;
}

__attribute__((noinline)) static void note(void) {
  if (!atomic_load_explicit(&is_watching, memory_order_relaxed) || is_noting) return;
  is_noting = true;
  void *frames[ALLOCATIONTALLY_FRAMES + own_frames];
  int depth = backtrace(frames, ALLOCATIONTALLY_FRAMES + own_frames) - own_frames;
  if (depth < 0) depth = 0;
  if (passes_through_others(frames + own_frames, depth)) {
    atomic_fetch_add(&other_requests, 1);
  } else {
    int index = atomic_fetch_add(&request_count, 1);
    if (index < capacity) {
      requests[index].depth = depth;
      memcpy(requests[index].frames, frames + own_frames, sizeof(void *) * (size_t)depth);
    }
  }
  is_noting = false;
}

// Sanitizers have functions of their own in the place of these.
#if !defined(__has_feature) || !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  note();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  note();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  note();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *found = __libc_memalign(alignment, size);
  if (found == NULL) return ENOMEM;
  *memory = found;
  return 0;
}

#endif

void allocationtally_begin(const char *const *files, int count) {
  // The first walk loads the unwinder.
  void *frames[1];
  backtrace(frames, 1);
  others = files;
  other_count = count;
  atomic_store(&other_requests, 0);
  atomic_store(&request_count, 0);
  atomic_store(&is_watching, true);
}

int allocationtally_end(void) {
  atomic_store(&is_watching, false);
  return atomic_load(&request_count);
}

int allocationtally_others(void) { return atomic_load(&other_requests); }

int allocationtally_frames(int index, void **frames) {
  if (index < 0 || index >= capacity || index >= atomic_load(&request_count)) return 0;
  memcpy(frames, requests[index].frames, sizeof(void *) * (size_t)requests[index].depth);
  return requests[index].depth;
}

allocationtally_place allocationtally_find(void *address) {
  Dl_info info;
  allocationtally_place place = {NULL, NULL, 0};
  if (dladdr(address, &info) == 0) return place;
  place.file = info.dli_fname;
  place.function = info.dli_sname;
  place.offset = (size_t)((char *)address - (char *)info.dli_fbase);
  return place;
}
