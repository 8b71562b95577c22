#!/usr/bin/env bash
# Starts a training again until it is done: what Slurm's requeue does, for clusters without it.
# Usage: cluster/run-with-restarts.sh [--max-restarts N] [--pause SECONDS] -- \
#          mpirun ... mhvae-dist train --run DIR --continue ...
# Exit status 0 is the end, and so is any other once someone has put a file STOP into the run directory. After 75
# (stopped, with a checkpoint) it starts again at once. After any other status it starts again at most N times
# (default: 5), pausing before the first time (default: 5 s), twice as long before each further one, at most 300 s. It
# ends with the last status.
# Ctrl-C, a lost terminal, SIGTERM or SIGUSR1 stop the training with a checkpoint, and this script with it. A second
# signal does not wait. Start it by nohup to have it outlive its terminal.
set -uo pipefail

fail() {
  echo "run-with-restarts: $*" >&2
  exit 2
}

usage() {
  sed -n '2,/^set/s/^# //p' "$0" >&2
  exit 2
}

max_restarts=5 pause=5
while [[ ${1-} != -- ]]; do
  [[ ${2-} =~ ^[0-9]+$ ]] || usage
  case $1 in
  --max-restarts) max_restarts=$((10#$2)) ;;
  --pause) pause=$((10#$2)) ;;
  *) usage ;;
  esac
  shift 2
done
shift
[[ " $* " == *" --continue "* ]] || fail "without --continue among its options, training would not resume where it stopped"

# The run directory, from the command's own --run.
run=$(printf '%s\n' "$@" |
  awk 'previous == "--run" { print; exit } sub(/^--run=/, "") { print; exit } { previous = $0 }')
[[ -n $run ]] || fail "name the run directory with --run DIR after the --"
# As the program does.
# shellcheck disable=SC2088
[[ $run != "~/"* ]] || run=$HOME/${run:2}

# mpirun ends the job 25 s after a host was last heard of, instead of waiting for it (PRTE: Open MPI 5).
for prefix in OMPI_MCA PRTE_MCA; do
  export "${prefix}_oob_tcp_keepalive_time=10" "${prefix}_oob_tcp_keepalive_intvl=5"
  export "${prefix}_oob_tcp_keepalive_probes=3"
done

stopped="" interrupted="" forwarded="" training=""
# mpirun gives ranks one second after SIGTERM; SIGUSR1 it just passes on, and they have as long as a checkpoint takes.
stop() {
  interrupted=yes stopped=yes
  if [[ -n $training ]]; then
    kill -"$([[ -z $forwarded ]] && echo USR1 || echo TERM)" "$training" 2>/dev/null
    forwarded=yes
  fi
}
trap stop TERM INT HUP USR1

# await PROCESS: its exit status; a signal ends `wait`, not what it waits for.
await() {
  local status
  while true; do
    interrupted=""
    wait "$1"
    status=$?
    [[ -n $interrupted ]] || return "$status"
  done
}

restarts=0 began=""
while true; do
  [[ -z $began || -d $run ]] || fail "$run is gone, and training would begin anew; is its file system mounted?"
  # In a session of its own: mpirun must not hear the terminal's Ctrl-C, which leaves ranks one second.
  setsid "$@" &
  training=$!
  # A signal that came while there was no process number to send it to. The launcher gets a moment to listen.
  if [[ -n $stopped && -z $forwarded ]]; then sleep 1 && stop; fi
  await "$training"
  status=$?
  training=""
  if ((status == 0)) || [[ -n $stopped || -e $run/STOP ]]; then exit "$status"; fi
  [[ ! -d $run ]] || began=yes
  if ((status == 75)); then
    echo "run-with-restarts: stopped with a checkpoint; resuming" >&2
    continue
  fi
  if ((restarts == max_restarts)); then
    echo "run-with-restarts: exit status $status after $restarts restarts; giving up" >&2
    exit "$status"
  fi
  restarts=$((restarts + 1))
  echo "run-with-restarts: exit status $status; restart $restarts of $max_restarts in $pause s" >&2
  sleep "$pause" &
  pausing=$!
  wait "$pausing"
  # The next session would take STOP away.
  if [[ -n $stopped || -e $run/STOP ]]; then
    kill "$pausing" 2>/dev/null
    exit "$status"
  fi
  pause=$((pause * 2 < 300 ? pause * 2 : 300))
done
