#!/usr/bin/env bash
# Plants mistakes in single lines of the numeric code, one after another, and shows which of them the tests notice.
# Usage: scripts/mutate.sh [COUNT [SEED]]      (default: 100 mistakes, seed 1)
# One build has all mistakes (scripts/mutate.py tells how); those that do not compile are taken out and it builds again.
# Builds take some minutes, a mistake about 10 seconds.
# Ends with status 1 when more than one in ten stays unnoticed. The copy of the package stays in .build/mutants.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/environment.sh
exec python3 scripts/mutate.py .build/mutants "${1:-100}" "${2:-1}"
