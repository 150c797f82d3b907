#!/bin/sh
# Measures the log side and asks DuckDB the same questions over the same events,
# one after the other, so that neither takes the other's cores. Takes minutes,
# some GB of disk, and (for DuckDB) cgo.
#
#	bench/logs.sh OUTPUT-FOLDER [arguments of skywatch bench logs]
set -eu
out=$1
shift
mkdir -p "$out"
bin/skywatch bench logs --json "$out/logs.json" "$@" > "$out/logs.txt" || failed=$?
cat "$out/logs.txt"
[ -z "${failed-}" ] || exit "$failed" # an answer was wrong
events=$(mktemp -d)
trap 'rm -rf "$events"' EXIT
bin/skywatch bench logs --export "$events/day.ndjson" "$@"
echo
out=$(cd "$out" && pwd)
(cd bench/duckdb && CGO_ENABLED=1 ${GO:-go} run . --events "$events/day.ndjson" --report "$out/logs.json" --dir "$events" --json "$out/duckdb.json") > "$out/duckdb.txt"
cat "$out/duckdb.txt"
