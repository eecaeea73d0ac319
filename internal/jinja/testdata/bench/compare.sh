#!/bin/sh
# The rows of the benchmarks that stand beside the real Jinja2: PYTHON is a command of a Python that has it (python3).
# Exit code 1 when a bound is missed.
set -eu
cd "$(dirname "$0")/../../../.."
exec go run ./internal/tools/bench -only jinja2 "$@"
