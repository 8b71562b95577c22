#!/usr/bin/env bash
# Builds the fuzzer, with the address sanitizer in it, and lets it try inputs on every reader of files and of what people
# type. Ends with status 1 and the file of the input if one crashes, touches memory that it must not, hangs for 20 s or
# takes more than 2 GiB.
# Usage: scripts/fuzz.sh [SECONDS [READER ...]]
#   SECONDS   of fuzzing, divided among the readers; without them 600
#   READER    one or more of those listed below; without them all
# New inputs that reach new code are kept in .build/fuzz-corpora, and a later call goes on from them.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh

seconds=${1:-600}
readers=("${@:2}")
((${#readers[@]})) || readers=(npy npz csv idx jpeg celeba yaml set given hdf5 safetensors checkpoint jsonl events)
each=$((seconds / ${#readers[@]}))
((each > 0)) || { echo "fuzz.sh: at least one second for each of ${#readers[@]} readers" >&2; exit 1; }

MHVAE_FUZZER=1 swift build -c release --sanitize fuzzer --sanitize address --product fuzzer --scratch-path .build/fuzz --quiet
fuzzer=.build/fuzz/release/fuzzer
export SWIFT_BACKTRACE=enable=no # libFuzzer reports crashes itself, with the input.
# Crashes within HDF5 are ours to catch (Sources/CrashGuard), and what it keeps for later is no leak. Freed memory that
# waits to be reused counts as taken.
export ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:detect_leaks=0:quarantine_size_mb=32

# fuzz READER: runs libFuzzer on one reader and prints one line.
fuzz() {
  local reader=$1 found=.build/fuzz-corpora/$1 log=.build/fuzz-corpora/$1.log status=0
  mkdir -p "$found" .build/fuzz-crashes
  local before
  before=$(find "$found" -type f | wc -l)
  MHVAE_FUZZ_READER=$reader "$fuzzer" -max_total_time="$each" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix=".build/fuzz-crashes/$reader-" "$found" "Tests/FuzzTests/Corpora/$reader" >"$log" 2>&1 ||
    status=$?
  local inputs coverage kept crash
  inputs=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$log")
  coverage=$(awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) } END { print edges + 0 }' "$log")
  kept=$(($(find "$found" -type f | wc -l) - before))
  crash=$(grep -o "Test unit written to .*" "$log" | sed 's/Test unit written to //' | head -1 || true)
  printf '%-12s %10s inputs  %6s edges  %5s new inputs kept  %s\n' \
    "$reader" "${inputs:-?}" "$coverage" "$kept" "${crash:+CRASH: $crash}"
  if ((status)); then
    [[ -n $crash ]] || tail -5 "$log"
    return 1
  fi
}

# Where HDF5 crashed, a file in memory is left.
trap 'rm -f /dev/shm/mhvae-fuzz-*' EXIT
failed=0
for reader in "${readers[@]}"; do fuzz "$reader" || failed=1; done
exit $failed
