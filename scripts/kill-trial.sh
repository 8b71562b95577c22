#!/usr/bin/env bash
# Kills training again and again, at random instants, and checks that each run ends with the bits of one that was left
# alone. Takes some minutes; needs the programs on the path (see README) and Debian's dataset-fashion-mnist.
# Usage: scripts/kill-trial.sh [RUNS [RANKS]]      (default: 50 runs on 2 ranks)
# Every run is started by cluster/run-with-restarts.sh. After a random time SIGKILL goes to a rank, to mpirun, or to
# rank 0 while it writes a checkpoint; up to four times a run.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-50} ranks=${2:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mhvae-pack fashion-mnist --input /usr/share/datasets/fashion-mnist --limit 4000 --output "$work/data.h5" >"$work/log"

# train DIRECTORY: the command that every run is.
train() {
  echo mpirun --oversubscribe -np "$ranks" mhvae-dist train --preset fashion-mnist --data "$work/data.h5" --run "$1" \
    --epochs 6 --warm-up-modality 1 --warm-up-core 1 --checkpoint-every-steps 4 --continue
}

# victims DIRECTORY PATTERN: processes of that run whose command begins so.
victims() { pgrep -f "^$2.*--run $1 " || true; }

# kill_one DIRECTORY: kills somebody, and tells whom.
kill_one() {
  local kind=$((RANDOM % 3)) victim=""
  case $kind in
  0) victim=$(victims "$1" "mhvae-dist" | shuf -n 1) ;;
  1) victim=$(victims "$1" "mpirun" | head -n 1) ;;
  2) # The names of files that are being written hold the process that writes.
    for _ in $(seq 400); do
      victim=$(find "$1/checkpoints" -name '.*.partial' 2>/dev/null | sed -E 's/.*\.([0-9]+)-[0-9a-f]+\.partial/\1/;q')
      [[ -z $victim ]] || break
      sleep 0.005
    done ;;
  esac
  if [[ -n $victim ]] && kill -KILL "$victim" 2>/dev/null; then echo "$kind"; fi
}

weights() { sha256sum "$1/checkpoints/last.safetensors" | cut -d ' ' -f 1; }

read -ra command <<<"$(train "$work/undisturbed")"
"${command[@]}" >>"$work/log" 2>&1
expected=$(weights "$work/undisturbed")

declare -A kills=([0]=0 [1]=0 [2]=0)
same=0 skipped=0
for run in $(seq "$runs"); do
  read -ra command <<<"$(train "$work/run")"
  cluster/run-with-restarts.sh --max-restarts 20 --pause 0 -- "${command[@]}" >"$work/run.log" 2>&1 &
  wrapper=$!
  for _ in 1 2 3 4; do
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    kill -0 "$wrapper" 2>/dev/null || break
    kind=$(kill_one "$work/run")
    if [[ -n $kind ]]; then kills[$kind]=$((kills[$kind] + 1)); fi
  done
  status=0
  wait "$wrapper" || status=$?
  if grep -q "skipping" "$work/run.log"; then skipped=$((skipped + 1)); fi
  if ((status == 0)) && [[ $(weights "$work/run") == "$expected" && $(wc -l <"$work/run/metrics.jsonl") == 6 ]]; then
    same=$((same + 1))
  else
    echo "run $run: exit status $status"
    tail -n 5 "$work/run.log"
  fi
  rm -rf "$work/run"
done
echo "$same of $runs runs on $ranks ranks ended with the same bytes as the undisturbed one; killed: ${kills[0]} ranks," \
  "${kills[1]} times mpirun, ${kills[2]} times rank 0 within a checkpoint; $skipped runs skipped a checkpoint"
((same == runs))
