/// A crash inside a C library that reads a file, or a loop without end, becomes one line that names the file.
#pragma once

/// From here on, until `crash_guard_leave`, a crash of this thread (SIGSEGV, SIGBUS, SIGFPE, SIGABRT) ends the process
/// with status 1 and one line on standard error. So does more than `seconds` of processor time of this thread. Crashes
/// of other threads, or outside, stay what they are.
///
/// One thread at a time: the caller holds a lock until it leaves.
/// - Parameter path: the file that is read or written; NULL for the one of the call before.
void crash_guard_enter(const char *path, long seconds);

/// Puts back whatever handled these signals before.
void crash_guard_leave(void);

/// Whether this thread is between the two. May be called by a signal handler.
int crash_guard_is_inside(void);
