#!/usr/bin/env bash
# Builds everything with sanitizers and runs the unit tests, and the parallel checks on 2 and 4 ranks, under them.
# Usage: scripts/sanitize.sh [address|thread ...]      (default: both; a build takes about as long as a normal one)
#   address   addresses and leaks, and undefined behaviour of the C shims
#   thread    data races
# Findings in Open MPI, OpenBLAS and HDF5 themselves are suppressed: scripts/sanitizers/*.txt, each with its reason.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
suppressions=$PWD/scripts/sanitizers
kinds=("$@")
((${#kinds[@]})) || kinds=(address thread)

export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1:use_sigaltstack=0
export LSAN_OPTIONS=suppressions=$suppressions/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=suppressions=$suppressions/threads.txt:halt_on_error=1:ignore_noninstrumented_modules=1
export SWIFT_BACKTRACE=enable=no OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_pml=ob1

# Checks of ranks together that end by themselves; those of stalls and failures end ranks on purpose.
checks=(all exchange micro-batches fixtures)

# sanitize KIND: builds and runs with one of them.
sanitize() {
  local kind=$1 build=.build/sanitize-$1 failed=0
  local options=(--sanitize "$kind")
  # Swift itself traps on what is undefined in C. The runtime of the address sanitizer has that of the undefined one.
  [[ $kind != address ]] || options+=(-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined)
  swift build -c release --build-tests --scratch-path "$build" "${options[@]}" --quiet || return 1
  # Tests that end a process on purpose, or limit its memory, do so to the sanitizer, too.
  local skipped='DistributedTests|H5pyTests|NumPyTests|PillowTests|PythonTests|LibraryCrashTests|TableMemoryTests|failedWriteLeavesTheOldFile|leftovers'
  # The thread sanitizer puts signals off until the next system call, which a loop without end never makes.
  [[ $kind != thread ]] || skipped+='|CrashGuardTests'
  "$build"/release/mhvae-distPackageTests.xctest --testing-library swift-testing --no-parallel --skip "$skipped" \
    >"$build/units.log" 2>&1 || failed=1
  grep -E '^✘|Sanitizer|Test run with' "$build/units.log" || true
  for ranks in 2 4; do
    for check in "${checks[@]}"; do
      local command=("$build/release/parallel-checks")
      [[ $check == all ]] || command+=("$check")
      # Open MPI unloads plugins whose memory it leaves behind: no suppression can name them. Leaks of ours show above.
      if ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 mpirun --oversubscribe -np "$ranks" "${command[@]}" >"$build/$check-$ranks.log" 2>&1; then
        echo "$kind: parallel-checks $check on $ranks ranks: nothing found"
      else
        echo "$kind: parallel-checks $check on $ranks ranks failed:"
        grep -E -A 20 'Sanitizer|error:' "$build/$check-$ranks.log" | head -n 40
        failed=1
      fi
    done
  done
  return "$failed"
}

failed=0
for kind in "${kinds[@]}"; do sanitize "$kind" || failed=1; done
exit "$failed"
