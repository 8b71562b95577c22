#!/usr/bin/env bash
# Installs what is missing, builds and runs all tests, in release mode: numeric code is unusably slow in debug builds.
# Usage: scripts/test.sh [--quick | OPTION OF swift test ...]      (such as --filter KernelsTests)
#   --quick   only what needs no mpirun, Python, Slurm or several hosts: some 20 seconds after the build
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh

# h5py and safetensors check that Python reads what we write, pandas and AnnData that we read what they write, Pillow that
# we resize as it does, PyTorch that a decoder
# rebuilt there gives our pixels, TensorBoard that it opens our event files. Without them those tests skip and say so.
install_optional_packages() {
  # For virtual hosts, Slurm and bare roots, which take root. Some of these start services, so only continuous
  # integration installs them; without them the tests that need them skip and say so.
  if ((EUID == 0)) && [[ -n ${CI:-} ]]; then
    scripts/setup.sh openssh-server iproute2 slurm-wlm munge debootstrap patchelf binutils shellcheck chromium ||
      echo "not all of them could be installed: the tests that need them will be skipped" >&2
  fi
  if [[ -z ${MHVAE_PYTHON:-} ]]; then
    python_with .build/python 'anndata, h5py, numpy, pandas, PIL, safetensors, sklearn, statsmodels, yaml' anndata h5py \
      numpy pandas pillow pyyaml safetensors scikit-learn statsmodels
    # It may be gigabytes large, so it is for continuous integration, where the version should not change by itself.
    [[ -z ${CI:-} ]] || python_with .build/python 'torch; assert torch.__version__.startswith("2.13.")' 'torch==2.13.*'
  fi
  if [[ -z ${MHVAE_TENSORBOARD_PYTHON:-} ]]; then
    # It has an environment of its own: it brings much along.
    python_with .build/tensorboard tensorboard tensorboard
  fi
}

# Names the environments that the tests use, unless somebody has.
find_pythons() {
  if [[ -z ${MHVAE_PYTHON:-} && -x .build/python/bin/python ]]; then
    export MHVAE_PYTHON=$PWD/.build/python/bin/python
  fi
  if [[ -z ${MHVAE_TENSORBOARD_PYTHON:-} && -x .build/tensorboard/bin/python ]]; then
    export MHVAE_TENSORBOARD_PYTHON=$PWD/.build/tensorboard/bin/python
  fi
}

# python_with DIRECTORY MODULES PACKAGE ...: makes a virtual environment that can import the modules.
python_with() {
  local python=$1/bin/python modules=$2
  if [[ -x $python ]] && "$python" -c "import $modules" 2>/dev/null; then return; fi
  { [[ -x $python ]] || python3 -m venv "$1"; } && "$python" -m pip install --quiet "${@:3}" ||
    echo "no Python with $modules: the tests that need it will be skipped" >&2
}

# tests LOG OPTION ...: runs tests one after the other, so that their times mean something, and prints suites, skipped
# tests and failures only.
tests() {
  NO_COLOR=1 .build/release/mhvae-distPackageTests.xctest --testing-library swift-testing --no-parallel "${@:2}" 2>&1 |
    tee "$1" | awk '!/^◇/ && (!/^✔ Test / || /^✔ Test run with/) { print; fflush() }'
}

# summary LOG ...: repeats the failures, names the slowest tests, and ends with the counts of all logs together.
summary() {
  awk '
    / Test run with / { next }
    /^✘/ { print }
    /^(✔|✘) Test .* (passed|failed) after / {
      if (/^✔/) passed++; else failed++
      name = $0; sub(/^[^ ]+ Test /, "", name); sub(/ (passed|failed) after .*/, "", name)
      time = $0; sub(/.* after /, "", time); names[++count] = name; times[count] = time + 0
    }
    /^➜ Test .* skipped/ { skipped++ }
    END {
      print "the slowest tests, in seconds:"
      for (line = 1; line <= 10 && line <= count; line++) {
        slowest = 0
        for (test = 1; test <= count; test++)
          if (times[test] >= 0 && (!slowest || times[test] > times[slowest])) slowest = test
        printf "%8.1f  %s\n", times[slowest], names[slowest]
        times[slowest] = -1
      }
      printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    }' "$@"
}

quick=
if [[ ${1-} == --quick ]]; then
  quick=1
  shift
fi

scripts/setup.sh dataset-fashion-mnist python3-venv
swift format lint --strict --recursive Package.swift Sources Tests
if [[ -z $quick ]]; then
  mkdir -p .build
  install_optional_packages >.build/packages.log 2>&1 & packages=$!
fi
swift build -c release --build-tests --quiet
if [[ -z $quick ]]; then
  wait "$packages" || true
  cat .build/packages.log
  find_pythons
fi

logs=.build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
if (($#)); then
  # Manual pages are tested, too.
  swift build -c release --product generate-manual --quiet
  swift test -c release --skip-build "$@" 2>&1 | tee "$logs/chosen" |
    awk '!/^◇/ && (!/^✔ Test / || /^✔ Test run with/) { print; fflush() }' ||
    { grep '^✘' "$logs/chosen"; exit 1; }
  exit
fi

failed=
if [[ -n $quick ]]; then
  tests "$logs/quick" --skip 'DistributedTests|H5pyTests|NumPyTests|PictureSourceTests|PillowTests|PythonTests|SourceMatrixTests' || failed=1
else
  swift build -c release --product generate-manual --quiet
  tests "$logs/units" --skip DistributedTests || failed=1
  # Jobs of several ranks run in three processes of about the same length, because starting them leaves cores idle. The
  # first has what mostly waits for a time limit, a cut link or a package to be installed, and a little besides.
  waiting='DistributedTests\.(Archive|HostsScript|LostHost|RankCount|Slurm|StreamedRun|WithinEpoch)Tests'
  half='DistributedTests\.(BatchScript|Documentation|Exchange|Kill|LostDirectory|Restart|Stall|Stop|VirtualHost)Tests'
  trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
  tests "$logs/waiting" --filter "$waiting" >"$logs/waiting.shown" & first=$!
  tests "$logs/half" --filter "$half" >"$logs/half.shown" & second=$!
  tests "$logs/rest" --filter DistributedTests --skip "$waiting|$half" || failed=1
  for process in $first $second; do wait "$process" || failed=1; done
  cat "$logs"/*.shown
  rm "$logs"/*.shown
fi
summary "$logs"/*
[[ -z $failed ]]
