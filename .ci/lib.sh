# shellcheck shell=bash
# Shared by the scripts of this folder.

# need PROGRAM WHY: is the program there? Under CI its lack is a failure, elsewhere a line that says what is left out.
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ "${CI:-}" = true ]; then
    echo "error: $1 is missing: $2" >&2
    exit 1
  fi
  echo "skipped, no $1: $2"
  return 1
}
