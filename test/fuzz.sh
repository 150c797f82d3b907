#!/bin/sh
# Runs every fuzz target of the tree for FUZZTIME, one after the other.
set -eu
for f in $(grep -rl --include='*_test.go' '^func Fuzz' cmd internal); do
	dir=$(dirname "$f")
	for t in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$f"); do
		echo "== $dir $t"
		"${GO:-go}" test -run '^$' -fuzz "^$t\$" -fuzztime "${FUZZTIME:-20s}" "./$dir"
	done
done
