#!/usr/bin/env bash
# Reproduces one of the paper's tables: trains the three families, evaluates them, prints the table, draws pictures.
# Usage: scripts/paper.sh mnist|fashion-mnist|celeba DATA.h5 [--epochs N] [--ranks N] [--samples K] [--limit ROWS]
#                                                            [--precision f32|bf16] [--runs DIRECTORY]
# Without options as in the paper, which takes days on two cores. Fewer epochs shorten the warm-ups alike. bf16 holds for
# the evaluation, too.
# Runs, pictures and the table go to runs/NAME-EPOCHS, in bf16 to runs/NAME-EPOCHS-bf16.
# Run it again after an interruption: it resumes where it stopped.
set -euo pipefail

usage() {
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
}

(($# >= 2)) || usage
setup=$1 data=$2
shift 2
case $setup in
mnist | fashion-mnist) paper_epochs=500 warm_up_modality=100 warm_up_core=200 second=label ;;
celeba) paper_epochs=50 warm_up_modality=5 warm_up_core=10 second=attributes ;;
*) usage ;;
esac

epochs=$paper_epochs ranks=2 runs="" evaluation=() precision=()
while (($# > 0)); do
  (($# >= 2)) || usage
  case $1 in
  --runs) runs=$2 && shift 2 && continue ;;
  --precision) precision=(--precision "$2") && shift 2 && continue ;;
  esac
  [[ $2 =~ ^[1-9][0-9]*$ ]] || usage
  case $1 in
  --epochs) epochs=$2 ;;
  --ranks) ranks=$2 ;;
  --samples | --limit) evaluation+=("$1" "$2") ;;
  *) usage ;;
  esac
  shift 2
done
# Warm-ups depend on the number of epochs: runs of another one are other runs.
suffix=${precision[1]+-${precision[1]}}
: "${runs:=runs/$setup-$epochs${suffix#-f32}}"

# scaled U: U epochs of the paper's, in proportion, at least one.
scaled() { echo $(((epochs * $1 + paper_epochs - 1) / paper_epochs)); }

source "$(dirname "$0")/environment.sh"
# The programs of this folder, whether or not others are on the path.
PATH="$(cd "$(dirname "$0")/.." && pwd)/.build/release:$PATH"
command -v mhvae-dist >/dev/null || {
  echo "build first: swift build -c release" >&2
  exit 1
}
mkdir -p "$runs"

# The paper's own model first: the others are what it is compared with.
for family in mhvae mvae jmvae; do
  run=$runs/$family
  start=(--preset "$setup" --family "$family" --epochs "$epochs" --warm-up-core "$(scaled $warm_up_core)"
    ${precision[@]+"${precision[@]}"})
  # The baselines have one latent and one warm-up.
  [[ $family != mhvae ]] || start+=(--warm-up-modality "$(scaled $warm_up_modality)")
  [[ ! -e $run/config.yaml ]] || start=(--resume --epochs "$epochs")
  mpirun --oversubscribe -np "$ranks" mhvae-dist train --data "$data" --run "$run" "${start[@]}"
  how="epochs $epochs ${evaluation[*]-}${precision[1]+ ${precision[1]}}"
  if [[ $(cat "$run/evaluated" 2>/dev/null) != "$how" ]]; then
    mpirun --oversubscribe -np "$ranks" mhvae-dist evaluate --run "$run" --data "$data" --continue \
      --output "$run/evaluation.json" ${evaluation[@]+"${evaluation[@]}"} ${precision[@]+"${precision[@]}"}
    echo "$how" >"$run/evaluated"
  fi
  mhvae-dist generate --run "$run" --modality image --output "$runs/$family-prior.png"
  mhvae-dist translate --run "$run" --data "$data" --from "$second" --to image --draws 8 \
    --output "$runs/$family-given.png"
done
mhvae-dist compare "$runs/jmvae" "$runs/mvae" "$runs/mhvae" | tee "$runs/table.txt"
