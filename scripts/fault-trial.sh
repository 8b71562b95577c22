#!/usr/bin/env bash
# Lets one call on files fail in each of many training runs, and checks that whatever became of the run, it resumes to
# the bits of one that was left alone. Needs the programs on the path (see README), a C compiler and Debian's
# dataset-fashion-mnist.
# Usage: scripts/fault-trial.sh [SECONDS]      (default: every call of three epochs, in every way)
# The calls: open for writing, write, fsync, rename, link, symlink, unlink, ftruncate, mkdir. The ways: no space (ENOSPC),
# quota (EDQUOT), device (EIO), interrupted (EINTR), half a write. With SECONDS, calls and ways are chosen by chance.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
seconds=${1:-}
[[ $seconds =~ ^[0-9]*$ ]] || {
  sed -n '2,/^set/s/^# //p' "$0" >&2
  exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=$(command -v clang || command -v cc) || {
  echo "fault-trial.sh: there is no C compiler" >&2
  exit 1
}
"$compiler" -shared -fPIC -o "$work/faults.so" scripts/faults/faults.c -ldl

mhvae-pack fashion-mnist --input /usr/share/datasets/fashion-mnist --limit 330 --output "$work/data.h5" >/dev/null
# As small as a model with batch norm can be: every call takes five runs.
cat >"$work/small.yaml" <<'END'
name: small
model:
  family: mvae
  modalities:
    - name: image
      shape: [1, 28, 28]
      likelihood: bernoulli
      encoder: [{linear: 2, norm: batch, activation: relu}]
      decoder: [{linear: 784}]
  latent: 2
training: {epochs: 3, batch_size: 100, learning_rate: 0.001, seed: 1, warm_up: {core: 1}, keep_checkpoints: 2}
evaluation: {samples: 1}
END
train=(mhvae-dist train --quiet --config "$work/small.yaml" --data "$work/data.h5" --log-steps 1
  --checkpoint-every-steps 2 --sample-every 2 --continue)

# with_fault VARIABLE=VALUE ...: trains in $work/run, with calls on its files under control.
with_fault() {
  env LD_PRELOAD="$work/faults.so" FAULT_ROOT="$work/run" "$@" "${train[@]}" --run "$work/run" >"$work/log" 2>&1
}

# outcome DIRECTORY: what a run comes to, to the bit; times of epochs are not part of it.
outcome() {
  sha256sum <"$1/checkpoints/last.safetensors"
  cat "$1/steps.jsonl"
  grep -o '"loss":[^,}]*' "$1/metrics.jsonl"
  # A checkpoint within an epoch that could not be written is not written again.
  (cd "$1" && find checkpoints samples ! -name '*-step-*' | LC_ALL=C sort)
}

"${train[@]}" --run "$work/whole" >/dev/null
expected=$(outcome "$work/whole")
with_fault FAULT_LOG="$work/calls"
calls=$(wc -l <"$work/calls")
[[ $(outcome "$work/run") == "$expected" ]] || {
  echo "two undisturbed runs differ:" >&2
  diff <(echo "$expected") <(outcome "$work/run") >&2 || true
  exit 1
}

# Ways to fail, as the library takes them.
ways=(28 122 5 4 short)
declare -A statuses=()
tried=0 lost=0

# try CALL WAY: one run with one fault, and its continuation without.
try() {
  rm -rf "$work/run"
  local status=0
  with_fault FAULT_AT="$1" FAULT_CODE="$2" || status=$?
  statuses[$status]=$((${statuses[$status]:-0} + 1))
  tried=$((tried + 1))
  if ((status > 1)) || ! "${train[@]}" --run "$work/run" >>"$work/log" 2>&1 ||
    [[ $(outcome "$work/run") != "$expected" ]]; then
    lost=$((lost + 1))
    echo "call $1 ($(sed -n "$1p" "$work/calls" | cut -d ' ' -f 2- | sed "s|$work/||")), way $2, status $status:"
    tail -n 3 "$work/log"
  fi
}

if [[ -n $seconds ]]; then
  end=$((SECONDS + seconds))
  while ((SECONDS < end)); do try $((RANDOM % calls + 1)) "${ways[RANDOM % ${#ways[@]}]}"; done
else
  for ((call = 1; call <= calls; call++)); do for way in "${ways[@]}"; do try "$call" "$way"; done; done
fi
echo "$tried faults in $calls calls of three epochs: $((tried - lost)) runs resumed to the same bits, $lost did not;" \
  "${statuses[0]:-0} sessions survived the fault, ${statuses[1]:-0} ended with an error"
((lost == 0))
