# shellcheck shell=bash
# Sourced by the other scripts: makes mpirun usable where it would refuse.

# Open MPI refuses to run as root unless told twice; containers and CI have no one else.
if ((EUID == 0)); then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# Containers may forbid one process to read another's memory; copying twice through shared memory always works.
# Docker and podman each leave a file. The second name is Open MPI 5's.
if [[ -e /.dockerenv || -e /run/.containerenv || -n ${CI:-} ]]; then
  export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_smsc=^cma
fi
