/// A crash inside a C library that reads a file becomes one line that names the file.
#pragma once

/// From here on, until `crash_guard_leave`, a crash of this thread (SIGSEGV, SIGBUS, SIGFPE, SIGABRT) ends the process
/// with status 1 and one line on standard error. Crashes of other threads, or outside, stay what they are.
///
/// One thread at a time: the caller holds a lock until it leaves.
/// - Parameter path: the file that is read or written; NULL for the one of the call before.
void crash_guard_enter(const char *path);

/// Puts back whatever handled these signals before.
void crash_guard_leave(void);
