#!/bin/sh
# The reduction against chance, on the real machine: where every trace was explored and nothing found, random executions
# find nothing either, with each rule taken away in turn. (Generated programs: explore_reduction.)
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"

# broken STATUS ARCH OPTION...: "scenario rule" of each pair that breaks
broken() {
	expected=$1 arch=$2
	shift 2
	for file in $small; do
		"$BUILD/shootdown" matrix --quiet --max-seconds 0 --arch $arch "$@" "$file" >"$work/out" 2>&1
		status=$?
		[ $status = $expected ] || echo "status $status"
		sed -n "s,^[0-9]* \([a-z_-]*\): unsafe without it in 1\$,$(basename "$file" .litmus) \1,p" "$work/out"
	done
}

small=$(for name in flush-without-wait flush-without-fence dontneed-vs-late-fault munmap-table-free gup_fast-vs-munmap \
	mkclean-without-flush cow-vs-stale-read exec-shift-vs-store exit-vs-unmap_mapping_range munmap-alloc-any; do
	ls litmus/*/"$name.litmus"
done)

for arch in x86_64 arm64 hostile; do
	broken 0 $arch >"$work/all"
	broken 3 $arch --random 200 --seed 3 >"$work/some"
	{
		grep status "$work/all" "$work/some"
		[ "$(wc -l <"$work/all")" -ge 20 ] && [ "$(wc -l <"$work/some")" -ge 10 ] || echo "nothing was compared"
		awk 'NR == FNR { all[$0] = 1; next }
		!all[$0] { print $1 " without " $2 ": random executions found what all did not" }' "$work/all" "$work/some"
	} | verdict "on $arch chance finds nothing that the reduction has missed"
done

# A wait that is no condition is a loop, and an execution without end.
"$BUILD/shootdown" check --search traces --arch x86_64 litmus/protect/fork-again.litmus 2>&1 | grep -v '^ok\|^$\|^[0-9]* expectation' |
	verdict "who waits for a fork makes no step until then"

finish
