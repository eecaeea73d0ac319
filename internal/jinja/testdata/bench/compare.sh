#!/bin/sh
# Compares with Jinja2, in one run: the texts must be equal, then the CPU times are divided.
#   PYTHON="python3" ./compare.sh
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d "${TMPDIR:-/tmp}/jinja-bench.XXXXXX")
trap 'rm -rf "$out"' EXIT
${PYTHON:-python3} jinja2.py "$out/python" > "$out/times.python"
(cd ../.. && JINJA_BENCH=1 JINJA_BENCH_OUT="$out/go" go test -count 1 -v -run BesideJinja2 . | grep -E '^(render|first)') > "$out/times.go"
cmp "$out/python.servers" "$out/go.servers"
cmp "$out/python.loop" "$out/go.loop"
echo "what            Jinja2 us      here us    times faster"
paste -d' ' "$out/times.python" "$out/times.go" | awk '{printf "%-7s %-8s %8d %12d %12.1f\n", $1, $2, $3, $6, $3 / $6}'
