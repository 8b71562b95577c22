#include "mpishim.h"
#include <mpi.h>
int mpishim_init(void) { return MPI_Init(0, 0); }
