#!/bin/sh
# Runs every fuzz target of the tree for FUZZTIME, one after the other.
#
# An input that reaches new code is made smaller before it is kept, by default
# for up to a minute each: with inputs of some kilobytes that is all a target
# would do. One try each leaves the time for new inputs.
set -eu
for f in $(grep -rl --include='*_test.go' '^func Fuzz' cmd internal); do
	dir=$(dirname "$f")
	for t in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$f"); do
		echo "== $dir $t"
		"${GO:-go}" test -run '^$' -fuzz "^$t\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1x "./$dir"
	done
done
