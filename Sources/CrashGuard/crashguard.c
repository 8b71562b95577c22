#define _GNU_SOURCE
#include "crashguard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { SIGNAL_COUNT = sizeof signals / sizeof signals[0], STACK_SIZE = 64 << 10 };

static struct sigaction previous[SIGNAL_COUNT];
static _Thread_local volatile sig_atomic_t is_inside;

/// What to say, composed beforehand: a signal handler may hardly call anything.
static char line[5000] = "";
static size_t line_length;
static char current_path[4200] = "";

static void compose_line(const char *path) {
  if (line_length > 0 && strcmp(path, current_path) == 0) return;
  snprintf(current_path, sizeof current_path, "%s", path);
  int length = snprintf(
    line, sizeof line,
    "%s: error: %s: the HDF5 library crashed on this file, which is probably damaged: copy it or write it again\n",
    program_invocation_short_name, current_path);
  line_length = length < 0 ? 0 : (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)context;
  if (is_inside) {
    ssize_t written = write(STDERR_FILENO, line, line_length);
    (void)written;
    _exit(1);
  }
  // Another thread's. The instruction that faulted runs again and meets the handler that was there before; a signal that
  // was sent is sent again.
  for (int i = 0; i < SIGNAL_COUNT; i++)
    if (signals[i] == number) sigaction(number, &previous[i], NULL);
  if (info->si_code <= 0) raise(number);
}

/// Endless recursion leaves no stack for a handler.
static void provide_stack(void) {
  static _Thread_local int is_provided;
  if (is_provided) return;
  is_provided = 1;
  stack_t stack;
  if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return;
  stack = (stack_t){.ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE};
  if (stack.ss_sp != NULL) sigaltstack(&stack, NULL);
}

void crash_guard_enter(const char *path) {
  if (path != NULL) compose_line(path);
  provide_stack();
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  is_inside = 1;
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i], &action, &previous[i]);
}

void crash_guard_leave(void) {
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i], &previous[i], NULL);
  is_inside = 0;
}
