# shellcheck shell=bash
# Sourced by the scripts beside it.

# fail WORDS: says what is wrong and ends the script.
fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# usage: prints the comment that the script begins with and ends it.
usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# need_root_and PROGRAM:PACKAGE ...: ends the script unless root runs it and all programs are there.
need_root_and() {
  ((EUID == 0)) || fail "namespaces need root; run this with sudo"
  unshare --net --mount true 2>/dev/null || fail "this container may not make namespaces; start it with --privileged"
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  ((${#missing[@]} == 0)) || fail "missing: apt-get install $(printf '%s\n' "${missing[@]}" | sort -u | xargs)"
}

# Debian keeps daemons where only root's path looks.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
