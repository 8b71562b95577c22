#define _GNU_SOURCE
#include "crashguard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// The last is the timer's.
static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGVTALRM};
enum { SIGNAL_COUNT = sizeof signals / sizeof signals[0], STACK_SIZE = 64 << 10, LINE_SIZE = 5000 };

static struct sigaction previous[SIGNAL_COUNT];
static _Thread_local volatile sig_atomic_t is_inside;
static _Thread_local int has_timer;
static _Thread_local timer_t timer;

/// What to say, composed beforehand: a signal handler may hardly call anything.
static char crash_line[LINE_SIZE];
static char loop_line[LINE_SIZE];
static char current_path[4200];

static void compose(char *line, const char *what) {
  snprintf(
    line, LINE_SIZE, "%s: error: %s: the HDF5 library %s on this file, which is probably damaged: copy it or write it again\n",
    program_invocation_short_name, current_path, what);
}

static void set_path(const char *path) {
  if (crash_line[0] != 0 && strcmp(path, current_path) == 0) return;
  snprintf(current_path, sizeof current_path, "%s", path);
  compose(crash_line, "crashed");
  compose(loop_line, "does not come to an end");
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)context;
  if (is_inside) {
    const char *line = number == SIGVTALRM ? loop_line : crash_line;
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written;
    _exit(1);
  }
  // Another thread's. The instruction that faulted runs again and meets the handler that was there before; a signal that
  // was sent is sent again.
  for (int i = 0; i < SIGNAL_COUNT; i++)
    if (signals[i] == number) sigaction(number, &previous[i], NULL);
  if (info->si_code <= 0) raise(number);
}

static pthread_key_t thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Runs at the end of each thread that has been guarded.
static void clean_up(void *memory) {
  if (has_timer > 0) timer_delete(timer);
  has_timer = 0;
  stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  free(memory);
}

static void make_key(void) { pthread_key_create(&thread_end, clean_up); }

/// Endless recursion leaves no stack for a handler.
static void provide_stack(void) {
  pthread_once(&once, make_key);
  if (pthread_getspecific(thread_end) != NULL) return;
  stack_t stack;
  if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return;
  stack = (stack_t){.ss_sp = malloc(STACK_SIZE), .ss_size = STACK_SIZE};
  if (stack.ss_sp == NULL) return;
  sigaltstack(&stack, NULL);
  pthread_setspecific(thread_end, stack.ss_sp);
}

/// Sends this thread SIGVTALRM when it has run for so long; 0 for never.
static void limit(long seconds) {
  if (!has_timer) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM};
    event._sigev_un._tid = gettid();
    has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0 ? 1 : -1;
  }
  struct itimerspec time = {.it_value = {.tv_sec = seconds}};
  if (has_timer > 0) timer_settime(timer, 0, &time, NULL);
}

void crash_guard_enter(const char *path, long seconds) {
  if (path != NULL) set_path(path);
  provide_stack();
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  is_inside = 1;
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i], &action, &previous[i]);
  limit(seconds);
}

void crash_guard_leave(void) {
  limit(0);
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i], &previous[i], NULL);
  is_inside = 0;
}

int crash_guard_is_inside(void) { return is_inside; }
