#!/usr/bin/env bash
# A cluster of virtual hosts on this machine, to try things or test them. Every host has its own name, network address,
# /dev/shm and sshd; files and cores are this machine's. Needs root, openssh-server, iproute2 and Open MPI.
# Usage: cluster/virtual/hosts.sh [--name NAME] COMMAND          (NAME: a to z, at most 8; default: node)
#   up N                     put up hosts NAME1 to NAMEN; a cluster of that name is taken down first
#   run [--on I] COMMAND...  run a command on host I (default: 1); mpirun there uses all hosts
#   shape RATE | off         what a host sends and receives, such as 1gbit
#   cut I | join I           pull the network cable of host I, put it back
#   down                     take it all down, with everything that runs there
# For example: hosts.sh up 2 && hosts.sh run mpirun -np 4 --map-by ppr:2:node hostname; hosts.sh down
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

name=node
if [[ ${1-} == --name ]]; then
  name=${2-}
  shift 2 || usage
fi
[[ $name =~ ^[a-z]{1,8}$ ]] || usage
state=${TMPDIR:-/tmp}/mhvae-cluster-$name
source "$(dirname "${BASH_SOURCE[0]}")/network.sh"

up() {
  local count=$1 i
  down
  trap down EXIT
  mkdir -m 700 "$state"
  mkdir -p /run/sshd # sshd wants it, even in the foreground
  write_files "$count"
  add_switch
  for ((i = 1; i <= count; i++)); do
    plug_in "$i"
    start "$i"
  done
  for ((i = 1; i <= count; i++)); do await "$i"; done
  trap - EXIT
  echo "$count hosts are up; hostfile: $state/hostfile"
}

write_files() {
  local i
  ssh-keygen -q -t ed25519 -N '' -f "$state/key"
  ssh-keygen -q -t ed25519 -N '' -f "$state/host_key"
  printf '%s\n' "HostKey $state/host_key" "AuthorizedKeysFile $state/key.pub" "PidFile none" \
    "StrictModes no" "UsePAM no" "PermitRootLogin yes" "MaxStartups 1000" >"$state/sshd_config"
  printf '%s\n' "IdentityFile $state/key" "UserKnownHostsFile /dev/null" "StrictHostKeyChecking no" \
    "LogLevel ERROR" >"$state/ssh_config"
  echo "127.0.0.1 localhost" >"$state/hosts"
  for ((i = 1; i <= $1; i++)); do
    echo "10.77.0.$i $name$i" >>"$state/hosts"
    echo "$name$i slots=$(nproc)" >>"$state/hostfile"
  done
}

# start I: starts sshd, whose namespaces are the host. Not by `ip netns exec`, which hides the cgroups from Slurm.
start() {
  # shellcheck disable=SC2016 # for the inner shell
  setsid nsenter --net="/run/netns/$(space "$1")" unshare --uts --mount bash -euc '
    hostname "$2"
    mount --bind "$1/hosts" /etc/hosts
    mount --bind "$1/ssh_config" /etc/ssh/ssh_config
    mount -t tmpfs tmpfs /dev/shm
    exec "$(command -v sshd)" -D -e -f "$1/sshd_config"
  ' bash "$state" "$name$1" </dev/null >"$state/$name$1.log" 2>&1 &
  echo $! >"$state/$name$1.pid"
  disown
}

# await I: waits until host I answers.
await() {
  local attempt
  for ((attempt = 0; attempt < 100; attempt++)); do
    if (run ssh "$name$1" true) 2>/dev/null; then return; fi
    sleep 0.1
  done
  fail "sshd of $name$1 does not answer: $(cat "$state/$name$1.log")"
}

run() {
  local host=1
  if [[ ${1-} == --on ]]; then
    host=$2
    shift 2
  fi
  [[ -e $state/$name$host.pid ]] || fail "there is no host $name$host; put one up first"
  # mpirun does not know that the hosts share their cores: ranks must neither be bound to them nor wait busily.
  exec nsenter --target "$(cat "$state/$name$host.pid")" --net --uts --mount env --chdir="$PWD" \
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMPI_MCA_orte_default_hostfile="$state/hostfile" OMPI_MCA_hwloc_base_binding_policy=none \
    OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl_vader_single_copy_mechanism=none "$@"
}

host_count() {
  [[ -e $state/hostfile ]] || fail "there is no cluster $name; put one up first"
  wc -l <"$state/hostfile"
}

down() {
  local space
  for space in $(ip netns list | awk -v prefix="mhvae-$name" '$1 ~ "^" prefix "([0-9]+|-hub)$" { print $1 }'); do
    end_all_in "$space"
    ip netns del "$space"
  done
  rm -rf "$state"
}

# end_all_in SPACE: with its last process, what a host has mounted goes, too.
end_all_in() {
  local processes
  while processes=$(ip netns pids "$1") && [[ -n $processes ]]; do
    # shellcheck disable=SC2086 # one argument each
    kill -KILL $processes 2>/dev/null || true
    sleep 0.05
  done
}

need_root_and ip:iproute2 tc:iproute2 nsenter:util-linux sshd:openssh-server ssh:openssh-client mpirun:openmpi-bin
case ${1-} in
up)
  [[ ${2-} =~ ^[1-9][0-9]?$ ]] || usage
  up "$2"
  ;;
run)
  (($# >= 2)) || usage
  run "${@:2}"
  ;;
shape)
  (($# == 2)) || usage
  shape "$2"
  ;;
cut) cable "${2?name a host}" down ;;
join) cable "${2?name a host}" up ;;
down) down ;;
*) usage ;;
esac
