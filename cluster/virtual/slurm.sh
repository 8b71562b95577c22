#!/usr/bin/env bash
# A Slurm cluster on the virtual hosts of hosts.sh: slurmctld on the first, slurmd on every one. Needs root and the
# packages slurm-wlm and munge as well.
# Usage: cluster/virtual/slurm.sh [--name NAME] COMMAND          (NAME: a to z, at most 8; default: node)
#   up N            put up N hosts with Slurm; a cluster of that name is taken down first
#   run COMMAND...  run a command on the first host: sbatch, squeue, scontrol, ...
#   down            take it all down, with everything that runs there
# Time limits count in minutes, as everywhere; requeued jobs start at once, unlike elsewhere.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/common.sh"

name=node
if [[ ${1-} == --name ]]; then
  name=${2-}
  shift 2 || usage
fi
[[ $name =~ ^[a-z]{1,8}$ ]] || usage
state=${TMPDIR:-/tmp}/mhvae-cluster-$name
hosts=("$here/hosts.sh" --name "$name")

up() {
  local i
  "${hosts[@]}" up "$1"
  trap '"${hosts[@]}" down' EXIT
  write_configuration "$1"
  dd if=/dev/urandom of="$state/munge.key" bs=128 count=1 status=none
  chmod 600 "$state/munge.key"
  # One for all hosts, which share its socket. --force: root runs it, in a directory of root's.
  daemon 1 munged --foreground --force --key-file="$state/munge.key" --socket="$state/munge.socket" \
    --pid-file="$state/munged.pid" --log-file="$state/munged.log" --seed-file="$state/munge.seed"
  until [[ -S $state/munge.socket ]]; do sleep 0.1; done
  daemon 1 slurmctld -D -f "$state/slurm.conf"
  for ((i = 1; i <= $1; i++)); do
    mkdir "$state/tmp.$name$i"
    daemon "$i" slurmd -D -f "$state/slurm.conf" -N "$name$i"
  done
  await_nodes "$1"
  trap - EXIT
  echo "Slurm is up on $1 hosts; logs: $state"
}

# daemon I PROGRAM ...: starts a program on host I. It ends with the host.
daemon() {
  setsid "${hosts[@]}" run --on "$1" "${@:2}" </dev/null >>"$state/$2.$name$1.out" 2>&1 &
  disown
}

write_configuration() {
  mkdir "$state/slurmctld"
  cat >"$state/slurm.conf" <<END
ClusterName=$name
SlurmctldHost=${name}1
SlurmUser=root
AuthType=auth/munge
# A requeued job waits as long as credentials are valid, 120 s unless told otherwise.
AuthInfo=socket=$state/munge.socket,cred_expire=5
SchedulerParameters=sched_interval=2
JobRequeue=1
KillWait=10
ReturnToService=2
# Nothing that would need cgroups, or a host of its own.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation=$state/slurmctld
SlurmctldPidFile=$state/slurmctld.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdSpoolDir=$state/slurmd.%n
SlurmdPidFile=$state/slurmd.%n.pid
SlurmdLogFile=$state/slurmd.%n.log
# A folder of PMIx's in the hosts' common /tmp would have the same name for all of them: srun --mpi=pmix needs this.
TmpFS=$state/tmp.%n
NodeName=${name}[1-$1] CPUs=$(nproc)
PartitionName=all Nodes=ALL Default=YES
END
}

await_nodes() {
  local attempt
  for ((attempt = 0; attempt < 150; attempt++)); do
    if [[ $(run sinfo --noheader --states=idle --format=%D 2>/dev/null) == "$1" ]]; then return; fi
    sleep 0.2
  done
  fail "nodes did not come up: $(run sinfo --long --Node 2>&1; tail -n 3 "$state"/*.log "$state"/*.out)"
}

run() {
  "${hosts[@]}" run env SLURM_CONF="$state/slurm.conf" "$@"
}

need_root_and sbatch:slurm-wlm slurmctld:slurm-wlm slurmd:slurm-wlm munged:munge
case ${1-} in
up)
  [[ ${2-} =~ ^[1-9][0-9]?$ ]] || usage
  up "$2"
  ;;
run)
  (($# >= 2)) || usage
  run "${@:2}"
  ;;
down) "${hosts[@]}" down ;;
*) usage ;;
esac
