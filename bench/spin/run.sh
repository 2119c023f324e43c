#!/bin/sh
# SPIN on the shootdown race: what it costs a general model checker to find five seeded bugs, and to go through
# the correct program.
#
#	bench/spin/run.sh [CPUS...]		(3 4 5)
set -eu
cd "$(dirname "$0")/../.."
[ $# != 0 ] || set -- 3 4 5
if ! command -v spin >/dev/null 2>&1; then
	echo "bench/spin: no spin here: script/bootstrap --bench installs it" >&2
	exit 2
fi
model=$PWD/bench/spin/shootdown.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# search DEFINES...: leaves states, errors and seconds
search() {
	(cd "$work" && spin -a "$@" "$model" && ${CC:-cc} -O2 -w -DSAFETY -o pan pan.c) >"$work/build.log" 2>&1 || {
		cat "$work/build.log"
		exit 2
	}
	begin=$(date +%s%N)
	(cd "$work" && ./pan -m1000000 -w20 >pan.log 2>&1)
	seconds=$(echo "$begin $(date +%s%N)" | awk '{ printf "%.3f", ($2 - $1) / 1e9 }')
	states=$(awk '/states, stored/ { print $1 }' "$work/pan.log")
	errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$work/pan.log")
	! grep -qE 'max search depth too small|out of memory' "$work/pan.log" || errors=incomplete
}

# row NAME EXPECTED
row() {
	# of a run that is mostly the start of the process, a rate says nothing
	rate=$(echo "$states $seconds" | awk '{ printf $2 < 0.2 || $1 < 100000 ? "-" : "%d", $1 / $2 }')
	verdict="safe"
	[ "$errors" = 0 ] || verdict="bug found"
	printf '%-44s %10s states %8s s %9s states/s  %s\n' "$1" "$states" "$seconds" "$rate" "$verdict"
	if [ "$errors" != "$2" ]; then
		echo "bench/spin: $1: expected $2 errors, got $errors" >&2
		exit 1
	fi
}

echo "spin: $(spin -V), the walker a process of its own; seconds include starting the process"
for cpus; do
	search "-DN=$cpus"
	row "$cpus CPUs, correct" 0
done
bug=0
for name in "no wait for the answers" "flush before clear" "free before flush" "mask read before clear" \
	"mask bit set after load"; do
	bug=$((bug + 1))
	search -DN=3 -DBUG=$bug
	row "3 CPUs, bug $bug: $name" 1
done
search -DN=3 -DBUG=5 -DOWN_FILL
row "3 CPUs, bug 5, without a walker of its own" 0
for witness in 1 2; do
	search -DN=3 -DWITNESS=$witness
	row "3 CPUs, witness $witness (must be reachable)" 1
done
