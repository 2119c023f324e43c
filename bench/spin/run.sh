#!/bin/sh
# SPIN on the shootdown race: what it costs a general model checker to find five seeded bugs, and to go through
# the correct program. And SPIN beside our explorer on the same programs over counters.
#
#	bench/spin/run.sh [CPUS...]		(3 4 5)
set -eu
cd "$(dirname "$0")/../.."
[ $# != 0 ] || set -- 3 4 5
if ! command -v spin >/dev/null 2>&1; then
	echo "bench/spin: no spin here: script/bootstrap --bench installs it" >&2
	exit 2
fi
: "${BUILD:=build}"
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

model=$PWD/bench/spin/counters.pml
echo
printf '%-14s | %10s %12s %8s %10s | %10s %10s %8s %10s %9s\n' "over counters" "SPIN states" transitions seconds states/s \
	"our states" transitions seconds states/s "bytes/step"
while read -r number name threads rounds; do
	search "-DPROGRAM=$number" "-DN=$threads" "-DR=$rounds"
	transitions=$(awk '/transitions \(= stored/ { print $1 }' "$work/pan.log")
	"$BUILD/bench/explore" "$name" "$threads" "$rounds" >"$work/ours"
	awk -v name="$name $threads x $rounds" -v states="$states" -v transitions="$transitions" -v seconds="$seconds" '{
		printf "%-14s | %11d %12d %8.3f %10.0f | %10d %10d %8.3f %10.0f %9.0f\n", name, states, transitions,
			seconds, states / seconds, $1, $2, $3, $1 / ($3 + 0.001), $4 / $2 }' "$work/ours"
done <<LIST
1 ticket 3 4
1 ticket 4 4
1 ticket 5 3
2 ainc 6 2
3 fib 2 6
LIST
echo "SPIN reduces partial orders, and so do we; which steps are one differs, and so do the states"
