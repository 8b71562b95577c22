/// The part of MPI this project uses, with everything the MPI standard leaves to the implementation pinned down:
/// no MPI type or macro crosses this header. Functions that return `int` return an MPI error code, 0 for success.
///
/// Counts are `int` because MPI's are; the Swift side splits what is larger. All calls belong on the thread that
/// called `mpishim_init` (`MPI_THREAD_FUNNELED`).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// A communicator that returns errors instead of ending the process.
typedef struct mpishim_comm *mpishim_comm_t;

typedef enum { MPISHIM_FLOAT, MPISHIM_DOUBLE, MPISHIM_INT64, MPISHIM_UINT16 } mpishim_element_t;
typedef enum { MPISHIM_SUM, MPISHIM_MAXIMUM, MPISHIM_MINIMUM } mpishim_operation_t;

enum { MPISHIM_TEXT_CAPACITY = 1024 };

/// `MPI_Init_thread` with `MPI_THREAD_FUNNELED`; an error if less is provided.
int mpishim_init(void);

/// `MPI_Finalize`; nothing if MPI is not running.
int mpishim_finalize(void);

/// Ends every rank with `status` (`MPI_Abort`), without the banner of Open MPI 4. Without MPI, ends this process.
_Noreturn void mpishim_abort(int status);

/// MPI's own words for an error code (`MPI_Error_string`), into `MPISHIM_TEXT_CAPACITY` bytes.
void mpishim_error_text(int code, char *text);

/// `MPI_Get_processor_name`, into `MPISHIM_TEXT_CAPACITY` bytes.
int mpishim_host_name(char *name);

enum { MPISHIM_PROCESSOR_MASK_BYTES = 128 };

/// The logical processors that this process may use (`sched_getaffinity`), a bit each, into
/// `MPISHIM_PROCESSOR_MASK_BYTES` bytes; all bits where the system does not say, as beyond 1024 processors.
void mpishim_processor_mask(uint8_t *mask);

/// The MPI library that runs (`MPI_Get_library_version`) and the version this was built with, each into
/// `MPISHIM_TEXT_CAPACITY` bytes. MPI need not run.
int mpishim_versions(char *running, char *built_with);

/// What MPI promises about threads (`MPI_Query_thread`), such as `FUNNELED`; a string that stays. NULL if MPI does not
/// run.
const char *mpishim_thread_level(void);

/// Reads eight bytes of another process of this machine, as MPI does for single copies (`process_vm_readv`).
/// - Returns: 0, or `errno`.
int mpishim_read_process(int64_t process, uint64_t address, uint64_t *value);

/// A duplicate of `MPI_COMM_WORLD` (`MPI_Comm_dup`).
int mpishim_comm_world(mpishim_comm_t *out);

/// The ranks of `comm` that share this rank's memory (`MPI_Comm_split_type`).
int mpishim_comm_node(mpishim_comm_t comm, mpishim_comm_t *out);

/// The ranks of `comm` with the same `color`, in the order of `key` (`MPI_Comm_split`).
int mpishim_comm_split(mpishim_comm_t comm, int color, int key, mpishim_comm_t *out);

/// `MPI_Comm_free`; after `mpishim_finalize` only the memory is released.
int mpishim_comm_free(mpishim_comm_t comm);

int mpishim_comm_rank(mpishim_comm_t comm, int *rank);
int mpishim_comm_size(mpishim_comm_t comm, int *size);

// What follows starts and returns; `mpishim_test` says when it has ended. Until then its memory must stay, and only
// messages may be started beside each other on a communicator, at most two with every rank.

/// `MPI_Ibarrier`.
int mpishim_barrier(mpishim_comm_t comm);

/// `MPI_Iallreduce` in place.
int mpishim_reduce(
    mpishim_comm_t comm, void *buffer, int count, mpishim_element_t element, mpishim_operation_t operation);

/// `MPI_Ibcast` of bytes.
int mpishim_broadcast(mpishim_comm_t comm, void *bytes, int count, int root);

/// `MPI_Igather` of `count` bytes of each rank; on the root rank r's land at `out + r * stride`.
int mpishim_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride, int root);

/// `MPI_Iallgather` of `count` bytes of each rank; rank r's land at `out + r * stride`.
int mpishim_all_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride);

/// `MPI_Isend`.
int mpishim_send(
    mpishim_comm_t comm, const void *values, int count, mpishim_element_t element, int destination, int tag);

/// `MPI_Irecv`.
int mpishim_receive(mpishim_comm_t comm, void *values, int count, mpishim_element_t element, int source, int tag);

/// Whether all that was started on `comm` has ended (`MPI_Testall`). MPI makes progress in this call. The error is that
/// of the first message that failed, not `MPI_ERR_IN_STATUS`.
int mpishim_test(mpishim_comm_t comm, int *ended);

/// From now on: if `mpishim_unguard` is not called within `seconds`, writes `message` to standard error and ends this
/// process with status 1, whatever it is doing (`alarm`). For calls of MPI that nobody can poll.
void mpishim_guard(int seconds, const char *message);
void mpishim_unguard(void);

/// Sends a copy of `bytes` and does not wait for it (`MPI_Isend`). The copy and the request are never released:
/// this is for the last words of a process that is about to abort.
int mpishim_post(mpishim_comm_t comm, const void *bytes, int count, int destination, int tag);

/// Receives a posted message if one has come (`MPI_Iprobe`, `MPI_Recv`); `*source` is -1 if none has.
/// A message longer than `capacity` is an error.
int mpishim_poll(mpishim_comm_t comm, int tag, void *bytes, int capacity, int *source, int *count);

/// Memory of several processes of one machine, a segment each (`MPI_Win_allocate_shared`), zeroed. Collective.
///
/// Segments need not be neighbours: each starts on a page of its own. The window is open to loads and stores of all
/// its ranks (`MPI_Win_lock_all`) until `mpishim_finalize` frees it: freeing is collective, and a rank that fails must
/// not wait for the others.
typedef struct mpishim_window *mpishim_window_t;

int mpishim_window_allocate(mpishim_comm_t comm, int64_t bytes, mpishim_window_t *out);

/// Where the segment of a rank of the window's communicator lies in this process (`MPI_Win_shared_query`).
int mpishim_window_segment(mpishim_window_t window, int rank, void **base);

/// `MPI_Win_sync`: what this rank stored becomes visible, and what others made visible is loaded anew.
int mpishim_window_sync(mpishim_window_t window);

/// Bytes still free where windows live (`/dev/shm`); -1 if there is no such place and MPI chooses another one.
int64_t mpishim_window_space(void);

/// Makes the system provide the pages of fresh shared memory, on which zeros are written. Without this a file system that
/// promised more than it has ends the process later, by SIGBUS.
/// - Returns: 0, or an `errno` if a page is not there. The calling thread must be the only one that may meet a SIGBUS.
int mpishim_reserve(void *memory, int64_t bytes);

/// Gives the whole pages within shared memory back to the system. They read as zeros then.
void mpishim_release(void *memory, int64_t bytes);

/// A counter in shared memory that one process sets and others poll. Stores before that are visible to whoever
/// has seen it.
static inline void mpishim_counter_set(int64_t *counter, int64_t value) {
  __atomic_store_n(counter, value, __ATOMIC_RELEASE);
}

static inline int64_t mpishim_counter_get(const int64_t *counter) { return __atomic_load_n(counter, __ATOMIC_ACQUIRE); }

/// Tells the processor that this is a loop that waits.
static inline void mpishim_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Messages that are sent and received again and again between the same places (`MPI_Send_init`, `MPI_Recv_init`).
typedef struct mpishim_messages *mpishim_messages_t;

/// Room for `capacity` messages.
int mpishim_messages_new(mpishim_comm_t comm, int capacity, mpishim_messages_t *out);
int mpishim_messages_add_send(
    mpishim_messages_t messages, const void *values, int count, mpishim_element_t element, int destination, int tag);
int mpishim_messages_add_receive(
    mpishim_messages_t messages, void *values, int count, mpishim_element_t element, int source, int tag);

/// Sets all of them off (`MPI_Startall`).
int mpishim_messages_start(mpishim_messages_t messages);

/// Whether all of them have ended (`MPI_Testall`). MPI makes progress in this call.
int mpishim_messages_test(mpishim_messages_t messages, int *ended);

/// Releases them, ended or not; after `mpishim_finalize` only the memory.
void mpishim_messages_free(mpishim_messages_t messages);

/// Lets MPI make progress (`MPI_Iprobe`).
int mpishim_progress(mpishim_comm_t comm);
