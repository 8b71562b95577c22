// Watches the C library's allocator in the program that links this: every way of asking it for memory is replaced by
// one that takes note first. Swift cannot define `malloc`.
#ifndef ALLOCATIONTALLY_H
#define ALLOCATIONTALLY_H

#include <stddef.h>

#define ALLOCATIONTALLY_FRAMES 32

/// Where an address lies: the file of its program or library and, where the file tells, the function.
typedef struct {
  const char *file;
  const char *function;
  size_t offset;
} allocationtally_place;

/// Forgets what was noted, and takes note of every request from now on, on all threads.
/// @param others parts of the names of libraries: requests made inside of their functions, or of what those call, are
///   counted apart. Must stay until the end.
void allocationtally_begin(const char *const *others, int count);

/// Takes no more notes.
/// @returns the number of requests noted, without those of others.
int allocationtally_end(void);

/// @returns the number of requests of others.
int allocationtally_others(void);

/// The return addresses of one request, its caller first. Of the first hundred; none of later ones.
/// @returns how many were written, at most ALLOCATIONTALLY_FRAMES.
int allocationtally_frames(int index, void **frames);

/// Both names may be NULL, and belong to the loader.
allocationtally_place allocationtally_find(void *address);

#endif
