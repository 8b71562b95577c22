#!/usr/bin/env bash
# Kills training again and again, at random instants, and checks that each run ends with the bits of one that was left
# alone. Needs the programs on the path (see README) and Debian's dataset-fashion-mnist.
# Usage: scripts/kill-trial.sh [KILLS | SECONDSs [RANKS]]      (such as 1000, or 60s; default: 100 kills on 2 ranks)
# Every run is started by cluster/run-with-restarts.sh. SIGKILL goes to a rank, to mpirun, to rank 0 while it writes a
# checkpoint, to a rank of a session that is still resuming, or to two sessions within a second; eight times a run.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
[[ ${1:-100} =~ ^([0-9]+)(s?)$ ]] || {
  sed -n '2,/^set/s/^# //p' "$0" >&2
  exit 2
}
limit=$((10#${BASH_REMATCH[1]})) unit=${BASH_REMATCH[2]} ranks=${2:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mhvae-pack fashion-mnist --input /usr/share/datasets/fashion-mnist --limit 1500 --output "$work/data.h5" >"$work/log"

# The command that every run is, but for its directory.
command=(mpirun --oversubscribe -np "$ranks" mhvae-dist train --preset fashion-mnist --data "$work/data.h5" --epochs 4
  --warm-up-modality 1 --warm-up-core 1 --checkpoint-every-steps 4 --continue)

kinds=(rank mpirun writing resuming twice)
declare -A kills=([rank]=0 [mpirun]=0 [writing]=0 [resuming]=0 [twice]=0)
total=0

# victim PATTERN: a process of the run whose command begins so, by chance.
victim() { { pgrep -f "^$1.*--run $work/run$" || true; } | shuf -n 1; }

# await_victim PATTERN: the same, as soon as there is one, for at most 3 s.
await_victim() {
  local process attempt
  for ((attempt = 0; attempt < 300; attempt++)); do
    process=$(victim "$1")
    [[ -z $process ]] || break
    sleep 0.01
  done
  echo "$process"
}

# writer: the process that writes a checkpoint, which the name of the file holds; for at most 2 s.
writer() {
  local process attempt
  for ((attempt = 0; attempt < 400; attempt++)); do
    process=$(find "$work/run/checkpoints" -name '.*.partial' 2>/dev/null |
      sed -E 's/.*\.([0-9]+)-[0-9a-f]+\.partial/\1/;q')
    [[ -z $process ]] || break
    sleep 0.005
  done
  echo "$process"
}

# strike KIND PROCESS
strike() {
  if [[ -n $2 ]] && kill -KILL "$2" 2>/dev/null; then
    kills[$1]=$((kills[$1] + 1))
    total=$((total + 1))
  fi
}

# End of a session, and the beginning of the next: its ranks are there, but have not taken a step.
strike_resuming() {
  strike "$1" "$(victim mhvae-dist)"
  sleep "0.$((RANDOM % 4))"
  strike "$1" "$(await_victim mhvae-dist)"
}

strike_once() {
  local kind=${kinds[RANDOM % 5]}
  case $kind in
  rank) strike rank "$(victim mhvae-dist)" ;;
  mpirun) strike mpirun "$(victim mpirun)" ;;
  writing) strike writing "$(writer)" ;;
  resuming) strike_resuming resuming ;;
  twice)
    strike twice "$(victim mpirun)"
    strike twice "$(await_victim mpirun)"
    ;;
  esac
}

is_over() { if [[ -n $unit ]]; then ((SECONDS >= limit)); else ((total >= limit)); fi; }

# result DIRECTORY: what must be the same: the last checkpoint, and the losses of all epochs.
result() {
  sha256sum <"$1/checkpoints/last.safetensors"
  grep -o '"loss": *[^,}]*' "$1/metrics.jsonl"
}

"${command[@]}" --run "$work/undisturbed" >>"$work/log" 2>&1 || {
  cat "$work/log"
  exit 1
}
expected=$(result "$work/undisturbed")

SECONDS=0 runs=0 same=0 skipped=0
until is_over; do
  runs=$((runs + 1))
  cluster/run-with-restarts.sh --max-restarts 100000 --pause 0 -- "${command[@]}" --run "$work/run" \
    >"$work/run.log" 2>&1 &
  wrapper=$!
  for _ in {1..8}; do
    if is_over || ! kill -0 "$wrapper" 2>/dev/null; then break; fi
    sleep "$((RANDOM % 2)).$((RANDOM % 10))"
    strike_once
  done
  status=0
  wait "$wrapper" || status=$?
  if grep -q "skipping" "$work/run.log"; then skipped=$((skipped + 1)); fi
  if ((status == 0)) && [[ $(result "$work/run") == "$expected" ]]; then
    same=$((same + 1))
  else
    echo "run $runs: exit status $status"
    tail -n 5 "$work/run.log"
  fi
  rm -rf "$work/run"
done
echo "$same of $runs runs on $ranks ranks ended with the bytes of the undisturbed one;" \
  "$total kills in $SECONDS s:" \
  "${kills[rank]} of a rank, ${kills[mpirun]} of mpirun, ${kills[writing]} of rank 0 within a checkpoint," \
  "${kills[resuming]} around a resume, ${kills[twice]} of mpirun twice in a row; $skipped runs skipped a checkpoint"
((same == runs))
