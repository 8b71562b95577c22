#define _GNU_SOURCE
#include "mpishim.h"

#include <dlfcn.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(MPI_MAX_ERROR_STRING <= MPISHIM_TEXT_CAPACITY, "an error text may not fit");
_Static_assert(MPI_MAX_PROCESSOR_NAME <= MPISHIM_TEXT_CAPACITY, "a host name may not fit");

struct mpishim_comm {
  MPI_Comm comm;
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

int mpishim_finalize(void) { return is_running() ? MPI_Finalize() : MPI_SUCCESS; }

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

// Communicators

/// Wraps `comm`, which is freed again if that fails.
static int adopt(MPI_Comm comm, mpishim_comm_t *out) {
  mpishim_comm_t owner = malloc(sizeof *owner);
  if (!owner) {
    MPI_Comm_free(&comm);
    return MPI_ERR_NO_MEM;
  }
  owner->comm = comm;
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

int mpishim_comm_free(mpishim_comm_t comm) {
  int code = is_running() ? MPI_Comm_free(&comm->comm) : MPI_SUCCESS;
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

int mpishim_barrier(mpishim_comm_t comm) { return MPI_Barrier(comm->comm); }

int mpishim_reduce(
    mpishim_comm_t comm, void *buffer, int count, mpishim_element_t element, mpishim_operation_t operation) {
  return MPI_Allreduce(MPI_IN_PLACE, buffer, count, datatype(element), operator(operation), comm->comm);
}

int mpishim_broadcast(mpishim_comm_t comm, void *bytes, int count, int root) {
  return MPI_Bcast(bytes, count, MPI_BYTE, root, comm->comm);
}

/// A type of `count` bytes whose next element starts `stride` bytes further on.
static int strided_bytes(int count, int64_t stride, MPI_Datatype *out) {
  MPI_Datatype packed;
  int code = MPI_Type_contiguous(count, MPI_BYTE, &packed);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Type_create_resized(packed, 0, (MPI_Aint)stride, out);
  MPI_Type_free(&packed);
  return code == MPI_SUCCESS ? MPI_Type_commit(out) : code;
}

int mpishim_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride, int root) {
  if (stride == count) return MPI_Gather(bytes, count, MPI_BYTE, out, count, MPI_BYTE, root, comm->comm);
  MPI_Datatype block;
  int code = strided_bytes(count, stride, &block);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Gather(bytes, count, MPI_BYTE, out, 1, block, root, comm->comm);
  MPI_Type_free(&block);
  return code;
}

int mpishim_all_gather(mpishim_comm_t comm, const void *bytes, int count, void *out, int64_t stride) {
  if (stride == count) return MPI_Allgather(bytes, count, MPI_BYTE, out, count, MPI_BYTE, comm->comm);
  MPI_Datatype block;
  int code = strided_bytes(count, stride, &block);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Allgather(bytes, count, MPI_BYTE, out, 1, block, comm->comm);
  MPI_Type_free(&block);
  return code;
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
