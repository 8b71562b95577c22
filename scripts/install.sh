#!/usr/bin/env bash
# Installs both programs, their manual pages and completions for bash, zsh and fish below one directory.
# Usage: scripts/install.sh [--prefix DIRECTORY] [--from DIRECTORY]
#   --prefix   where to (default: ~/.local): bin, share/man, share/bash-completion, share/zsh, share/fish
#   --from     takes the programs, and generate-manual of the argument parser, from there instead of building them
set -euo pipefail
prefix=$HOME/.local
programs=
while (($#)); do
  case $1 in
  --prefix | --from)
    (($# > 1)) || { echo "install.sh: $1 needs a directory" >&2 && exit 2; }
    if [[ $1 == --prefix ]]; then prefix=$2; else programs=$(cd "$2" && pwd); fi
    shift 2
    ;;
  *) sed -n '2,5s/^# //p' "$0" >&2 && exit 2 ;;
  esac
done
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
cd "$(dirname "$0")/.."

if [[ -z $programs ]]; then
  source scripts/environment.sh
  scripts/setup.sh
  echo "building (a few minutes the first time)"
  for product in mhvae-dist mhvae-pack generate-manual; do swift build -c release --quiet --product "$product"; done
  programs=$(swift build -c release --show-bin-path)
fi

# Pages of commands that are gone.
rm -f "$prefix"/share/man/man1/mhvae-{dist,pack}{,-*}.1
manual=$(mktemp -d)
trap 'rm -rf "$manual"' EXIT
for program in mhvae-dist mhvae-pack; do
  install -D -m 755 "$programs/$program" "$prefix/bin/$program"
  "$programs/generate-manual" "$prefix/bin/$program" --multi-page --output-directory "$manual" >/dev/null
  for shell in bash zsh fish; do
    case $shell in
    bash) target=share/bash-completion/completions/$program ;;
    zsh) target=share/zsh/site-functions/_$program ;;
    fish) target=share/fish/vendor_completions.d/$program.fish ;;
    esac
    "$prefix/bin/$program" --generate-completion-script "$shell" >"$manual/completion"
    install -D -m 644 "$manual/completion" "$prefix/$target"
  done
done
# "man mhvae-dist train" looks for a hyphen where the generator puts a full stop.
for page in "$manual"/*.1; do
  name=$(basename "$page" .1)
  [[ $name == *.help ]] && continue
  name=${name//./-}
  sed -i "s/^\.Dt .*/.Dt ${name^^} 1/" "$page"
  install -D -m 644 "$page" "$prefix/share/man/man1/$name.1"
done

echo "installed in $prefix: mhvae-dist, mhvae-pack, $(find "$prefix/share/man/man1" -name "mhvae-*.1" | wc -l) manual pages, completions"
case :$PATH: in
*":$prefix/bin:"*) ;;
*) echo "add it to the path: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
echo "zsh finds completions after: fpath+=(\"$prefix/share/zsh/site-functions\") in ~/.zshrc, before compinit"
