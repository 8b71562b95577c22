#define _GNU_SOURCE
#include "mpishim.h"

#include <dlfcn.h>
#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(MPI_MAX_ERROR_STRING <= MPISHIM_TEXT_CAPACITY, "an error text may not fit");
_Static_assert(MPI_MAX_PROCESSOR_NAME <= MPISHIM_TEXT_CAPACITY, "a host name may not fit");

struct mpishim_comm {
  MPI_Comm comm;
  /// What is under way; room for two messages with every rank.
  MPI_Request *requests;
  MPI_Status *statuses;
  int request_count;
  /// A type that a gathering under way needs; else MPI_DATATYPE_NULL.
  MPI_Datatype block;
};

static bool is_running(void) {
  int initialized = 0, finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized && !finalized;
}

// Life and death

int mpishim_init(void) {
  int provided = MPI_THREAD_SINGLE;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (code != MPI_SUCCESS) return code;
  if (provided < MPI_THREAD_FUNNELED) return MPI_ERR_UNSUPPORTED_OPERATION;
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

static int free_windows(void);

int mpishim_finalize(void) {
  if (!is_running()) return MPI_SUCCESS;
  int code = free_windows();
  return code == MPI_SUCCESS ? MPI_Finalize() : code;
}

/// MPI_Abort of Open MPI 4 prints eight lines of its own. The flag behind its parameter `orte_execute_quiet` is
/// exported by its runtime library; raised this late it silences that banner and nothing else. Other MPI
/// implementations do not have it, and then nothing happens.
static void silence_abort_banner(void) {
  bool *quiet = dlsym(RTLD_DEFAULT, "orte_execute_quiet");
  if (quiet) *quiet = true;
}

_Noreturn void mpishim_abort(int status) {
  if (is_running()) {
    silence_abort_banner();
    MPI_Abort(MPI_COMM_WORLD, status);
  }
  _exit(status);
}

// Texts

void mpishim_error_text(int code, char *text) {
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) strcpy(text, "unknown error");
}

int mpishim_host_name(char *name) {
  int length = 0;
  return MPI_Get_processor_name(name, &length);
}

void mpishim_processor_mask(uint8_t *mask) {
  cpu_set_t cores;
  _Static_assert(sizeof cores == MPISHIM_PROCESSOR_MASK_BYTES, "another size of a core mask");
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) memcpy(mask, &cores, sizeof cores);
  else memset(mask, 0xFF, sizeof cores);
}

// What there is

int mpishim_versions(char *running, char *built_with) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  int code = MPI_Get_library_version(text, &length);
  if (code != MPI_SUCCESS) return code;
  snprintf(running, MPISHIM_TEXT_CAPACITY, "%s", text);
#if defined(OMPI_MAJOR_VERSION)
  snprintf(built_with, MPISHIM_TEXT_CAPACITY, "%d.%d.%d", OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION, OMPI_RELEASE_VERSION);
#elif defined(MPICH_VERSION)
  snprintf(built_with, MPISHIM_TEXT_CAPACITY, "%s", MPICH_VERSION);
#else
  built_with[0] = 0;
#endif
  return MPI_SUCCESS;
}

const char *mpishim_thread_level(void) {
  int level = 0;
  if (!is_running() || MPI_Query_thread(&level) != MPI_SUCCESS) return NULL;
  switch (level) {
  case MPI_THREAD_SINGLE: return "SINGLE";
  case MPI_THREAD_FUNNELED: return "FUNNELED";
  case MPI_THREAD_SERIALIZED: return "SERIALIZED";
  default: return "MULTIPLE";
  }
}

int mpishim_read_process(int64_t process, uint64_t address, uint64_t *value) {
  struct iovec local = {value, sizeof *value}, remote = {(void *)(uintptr_t)address, sizeof *value};
  return process_vm_readv((pid_t)process, &local, 1, &remote, 1, 0) < 0 ? errno : 0;
}

// Communicators

/// Wraps `comm`, which is freed again if that fails.
static int adopt(MPI_Comm comm, mpishim_comm_t *out) {
  int size;
  MPI_Comm_size(comm, &size);
  mpishim_comm_t owner = malloc(sizeof *owner);
  MPI_Request *requests = malloc(2 * (size_t)size * sizeof *requests);
  MPI_Status *statuses = calloc(2 * (size_t)size, sizeof *statuses);
  if (!owner || !requests || !statuses) {
    free(owner);
    free(requests);
    free(statuses);
    MPI_Comm_free(&comm);
    return MPI_ERR_NO_MEM;
  }
  *owner = (struct mpishim_comm){comm, requests, statuses, 0, MPI_DATATYPE_NULL};
  *out = owner;
  return MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
}

int mpishim_comm_world(mpishim_comm_t *out) {
  MPI_Comm comm;
  int code = MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  return code == MPI_SUCCESS ? adopt(comm, out) : code;
}

int mpishim_comm_node(mpishim_comm_t comm, mpishim_comm_t *out) {
  MPI_Comm node;
  int code = MPI_Comm_split_type(comm->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  return code == MPI_SUCCESS ? adopt(node, out) : code;
}

int mpishim_comm_split(mpishim_comm_t comm, int color, int key, mpishim_comm_t *out) {
  MPI_Comm part;
  int code = MPI_Comm_split(comm->comm, color, key, &part);
  return code == MPI_SUCCESS ? adopt(part, out) : code;
}

int mpishim_comm_free(mpishim_comm_t comm) {
  // Something under way still needs it. That is so only while an error ends the job.
  if (comm->request_count > 0) return MPI_SUCCESS;
  int code = is_running() ? MPI_Comm_free(&comm->comm) : MPI_SUCCESS;
  free(comm->requests);
  free(comm->statuses);
  free(comm);
  return code;
}

int mpishim_comm_rank(mpishim_comm_t comm, int *rank) { return MPI_Comm_rank(comm->comm, rank); }

int mpishim_comm_size(mpishim_comm_t comm, int *size) { return MPI_Comm_size(comm->comm, size); }

// Collectives

static MPI_Datatype datatype(mpishim_element_t element) {
  switch (element) {
  case MPISHIM_FLOAT: return MPI_FLOAT;
  case MPISHIM_DOUBLE: return MPI_DOUBLE;
  case MPISHIM_INT64: return MPI_INT64_T;
  case MPISHIM_UINT16: return MPI_UINT16_T;
  }
  return MPI_DATATYPE_NULL;
}

static MPI_Op operator(mpishim_operation_t operation) {
  switch (operation) {
  case MPISHIM_SUM: return MPI_SUM;
  case MPISHIM_MAXIMUM: return MPI_MAX;
  case MPISHIM_MINIMUM: return MPI_MIN;
  }
  return MPI_OP_NULL;
}

/// Where the request of what is started now goes.
static MPI_Request *next_request(mpishim_comm_t comm) { return &comm->requests[comm->request_count]; }

/// Counts a request in if `code` is success.
static int started(mpishim_comm_t comm, int code) {
  if (code == MPI_SUCCESS) comm->request_count++;
  return code;
}

int mpishim_barrier(mpishim_comm_t comm) { return started(comm, MPI_Ibarrier(comm->comm, next_request(comm))); }

int mpishim_reduce(
    mpishim_comm_t comm, void *buffer, int count, mpishim_element_t element, mpishim_operation_t operation) {
  return started(
      comm, MPI_Iallreduce(
                MPI_IN_PLACE, buffer, count, datatype(element), operator(operation), comm->comm, next_request(comm)));
}

int mpishim_broadcast(mpishim_comm_t comm, void *bytes, int count, int root) {
  return started(comm, MPI_Ibcast(bytes, count, MPI_BYTE, root, comm->comm, next_request(comm)));
}

/// A type of `count` bytes whose next element starts `stride` bytes further on, kept until what is started now has
/// ended.
static int strided_bytes(mpishim_comm_t comm, int count, int64_t stride) {
  MPI_Datatype packed;
  int code = MPI_Type_contiguous(count, MPI_BYTE, &packed);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Type_create_resized(packed, 0, (MPI_Aint)stride, &comm->block);
  MPI_Type_free(&packed);
  return code == MPI_SUCCESS ? MPI_Type_commit(&comm->block) : code;
}

int mpishim_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride, int root) {
  int code = strided_bytes(comm, count, stride);
  if (code != MPI_SUCCESS) return code;
  return started(
      comm, MPI_Igather(bytes, count, MPI_BYTE, out, 1, comm->block, root, comm->comm, next_request(comm)));
}

int mpishim_all_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride) {
  int code = strided_bytes(comm, count, stride);
  if (code != MPI_SUCCESS) return code;
  return started(
      comm, MPI_Iallgather(bytes, count, MPI_BYTE, out, 1, comm->block, comm->comm, next_request(comm)));
}

int mpishim_send(
    mpishim_comm_t comm, const void *values, int count, mpishim_element_t element, int destination, int tag) {
  return started(
      comm, MPI_Isend(values, count, datatype(element), destination, tag, comm->comm, next_request(comm)));
}

int mpishim_receive(mpishim_comm_t comm, void *values, int count, mpishim_element_t element, int source, int tag) {
  return started(comm, MPI_Irecv(values, count, datatype(element), source, tag, comm->comm, next_request(comm)));
}

/// MPI_Testall, with the error that is in a status. MPI only says that there is one, and Open MPI 4.1 does not even say
/// that of persistent requests.
/// - Parameter statuses: zeros at first, which are MPI_SUCCESS.
static int test_all(int count, MPI_Request *requests, MPI_Status *statuses, int *ended) {
  int code = MPI_Testall(count, requests, ended, statuses);
  if (code != MPI_ERR_IN_STATUS && (code != MPI_SUCCESS || !*ended)) return code;
  for (int i = 0; i < count; i++) {
    int cause = statuses[i].MPI_ERROR;
    if (cause != MPI_SUCCESS && cause != MPI_ERR_PENDING) return cause;
  }
  return code;
}

int mpishim_test(mpishim_comm_t comm, int *ended) {
  int code = test_all(comm->request_count, comm->requests, comm->statuses, ended);
  if (code != MPI_SUCCESS || !*ended) return code;
  comm->request_count = 0;
  return comm->block == MPI_DATATYPE_NULL ? MPI_SUCCESS : MPI_Type_free(&comm->block);
}

// A bound on calls that cannot be polled

static char guard_message[2 * MPISHIM_TEXT_CAPACITY];

static void guard_expired(int signal) {
  (void)signal;
  ssize_t written = write(STDERR_FILENO, guard_message, strlen(guard_message));
  (void)written;
  _exit(1);
}

void mpishim_guard(int seconds, const char *message) {
  strncpy(guard_message, message, sizeof guard_message - 1);
  signal(SIGALRM, guard_expired);
  alarm((unsigned)seconds);
}

void mpishim_unguard(void) {
  alarm(0);
  signal(SIGALRM, SIG_DFL);
}

// Last words

int mpishim_post(mpishim_comm_t comm, const void *bytes, int count, int destination, int tag) {
  void *copy = malloc(count > 0 ? (size_t)count : 1);
  if (!copy) return MPI_ERR_NO_MEM;
  memcpy(copy, bytes, (size_t)count);
  MPI_Request request;
  return MPI_Isend(copy, count, MPI_BYTE, destination, tag, comm->comm, &request);
}

int mpishim_poll(mpishim_comm_t comm, int tag, void *bytes, int capacity, int *source, int *count) {
  int arrived = 0;
  MPI_Status status;
  *source = -1;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->comm, &arrived, &status);
  if (code != MPI_SUCCESS || !arrived) return code;
  code = MPI_Recv(bytes, capacity, MPI_BYTE, status.MPI_SOURCE, tag, comm->comm, &status);
  if (code != MPI_SUCCESS) return code;
  *source = status.MPI_SOURCE;
  return MPI_Get_count(&status, MPI_BYTE, count);
}

// Shared windows

struct mpishim_window {
  MPI_Win win;
  mpishim_window_t next;
};

/// All windows, the newest first. Every rank makes the same ones in the same order.
static mpishim_window_t windows = NULL;

static int allocate_shared(MPI_Comm comm, int64_t bytes, MPI_Win *win) {
  MPI_Info info;
  int code = MPI_Info_create(&info);
  if (code != MPI_SUCCESS) return code;
  void *base;
  code = MPI_Info_set(info, "alloc_shared_noncontig", "true");
  if (code == MPI_SUCCESS) code = MPI_Win_allocate_shared((MPI_Aint)bytes, 1, info, comm, &base, win);
  MPI_Info_free(&info);
  return code;
}

int mpishim_window_allocate(mpishim_comm_t comm, int64_t bytes, mpishim_window_t *out) {
  mpishim_window_t window = malloc(sizeof *window);
  if (!window) return MPI_ERR_NO_MEM;
  int code = allocate_shared(comm->comm, bytes, &window->win);
  if (code != MPI_SUCCESS) {
    free(window);
    return code;
  }
  code = MPI_Win_set_errhandler(window->win, MPI_ERRORS_RETURN);
  if (code == MPI_SUCCESS) code = MPI_Win_lock_all(MPI_MODE_NOCHECK, window->win);
  // A window that was not opened is never freed: the job ends, and the others could not take part.
  if (code != MPI_SUCCESS) return code;
  window->next = windows;
  windows = *out = window;
  return MPI_SUCCESS;
}

static int free_windows(void) {
  while (windows) {
    mpishim_window_t window = windows;
    windows = window->next;
    int code = MPI_Win_unlock_all(window->win);
    if (code == MPI_SUCCESS) code = MPI_Win_free(&window->win);
    free(window);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int mpishim_window_segment(mpishim_window_t window, int rank, void **base) {
  MPI_Aint bytes;
  int unit;
  return MPI_Win_shared_query(window->win, rank, &bytes, &unit, base);
}

int mpishim_window_sync(mpishim_window_t window) { return MPI_Win_sync(window->win); }

int64_t mpishim_window_space(void) {
  struct statvfs place;
  return statvfs("/dev/shm", &place) == 0 ? (int64_t)place.f_bavail * (int64_t)place.f_frsize : -1;
}

static sigjmp_buf page_missing;

static void page_is_missing(int signal) {
  (void)signal;
  siglongjmp(page_missing, 1);
}

enum { PAGE = 4096 };

int mpishim_reserve(void *memory, int64_t bytes) {
  struct sigaction jump = {.sa_handler = page_is_missing}, before;
  sigemptyset(&jump.sa_mask);
  if (sigaction(SIGBUS, &jump, &before) != 0) return errno;
  volatile char *first = (volatile char *)((uintptr_t)memory & ~(uintptr_t)(PAGE - 1));
  volatile char *end = (volatile char *)memory + bytes;
  volatile int code = 0;
  if (sigsetjmp(page_missing, 1) == 0) {
    for (volatile char *page = first; page < end; page += PAGE) *page = 0;
  } else {
    code = ENOMEM;
  }
  sigaction(SIGBUS, &before, NULL);
  return code;
}

void mpishim_release(void *memory, int64_t bytes) {
  uintptr_t first = ((uintptr_t)memory + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
  uintptr_t end = ((uintptr_t)memory + (uintptr_t)bytes) & ~(uintptr_t)(PAGE - 1);
  if (first < end) madvise((void *)first, end - first, MADV_REMOVE);
}

// Messages

struct mpishim_messages {
  MPI_Comm comm;
  int count;
  MPI_Status *statuses;
  MPI_Request requests[];
};

int mpishim_messages_new(mpishim_comm_t comm, int capacity, mpishim_messages_t *out) {
  mpishim_messages_t messages = malloc(sizeof *messages + (size_t)capacity * sizeof(MPI_Request));
  MPI_Status *statuses = calloc(capacity > 0 ? (size_t)capacity : 1, sizeof *statuses);
  if (!messages || !statuses) {
    free(messages);
    free(statuses);
    return MPI_ERR_NO_MEM;
  }
  messages->comm = comm->comm;
  messages->statuses = statuses;
  messages->count = 0;
  *out = messages;
  return MPI_SUCCESS;
}

int mpishim_messages_add_send(
    mpishim_messages_t messages, const void *values, int count, mpishim_element_t element, int destination, int tag) {
  MPI_Request *request = &messages->requests[messages->count];
  int code = MPI_Send_init(values, count, datatype(element), destination, tag, messages->comm, request);
  if (code == MPI_SUCCESS) messages->count++;
  return code;
}

int mpishim_messages_add_receive(
    mpishim_messages_t messages, void *values, int count, mpishim_element_t element, int source, int tag) {
  MPI_Request *request = &messages->requests[messages->count];
  int code = MPI_Recv_init(values, count, datatype(element), source, tag, messages->comm, request);
  if (code == MPI_SUCCESS) messages->count++;
  return code;
}

int mpishim_messages_start(mpishim_messages_t messages) {
  return MPI_Startall(messages->count, messages->requests);
}

int mpishim_messages_test(mpishim_messages_t messages, int *ended) {
  return test_all(messages->count, messages->requests, messages->statuses, ended);
}

void mpishim_messages_free(mpishim_messages_t messages) {
  if (is_running()) {
    for (int i = 0; i < messages->count; i++) MPI_Request_free(&messages->requests[i]);
  }
  free(messages->statuses);
  free(messages);
}

int mpishim_progress(mpishim_comm_t comm) {
  int arrived;
  return MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm->comm, &arrived, MPI_STATUS_IGNORE);
}
