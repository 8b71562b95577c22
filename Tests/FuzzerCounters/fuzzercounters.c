#define _GNU_SOURCE
#include "fuzzercounters.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// The section in which the compiler places a counter for each edge.
extern uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];

void fuzzer_counters_share(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  // Whole pages only: what else lies on the first and the last stays private.
  uintptr_t first = ((uintptr_t)__start___sancov_cntrs + page - 1) / page * page;
  uintptr_t end = (uintptr_t)__stop___sancov_cntrs / page * page;
  if (end <= first) return;
  size_t size = end - first;
  void *copy = malloc(size);
  if (copy == NULL) abort();
  memcpy(copy, (void *)first, size);
  void *shared = mmap((void *)first, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (shared == MAP_FAILED) abort();
  memcpy((void *)first, copy, size);
  free(copy);
}
