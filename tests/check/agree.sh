#!/bin/sh
# The reduction against chance, on the real machine: where every trace was explored and nothing found, random executions
# find nothing either, with each rule taken away in turn. (Generated programs: explore_reduction.)
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"

# verdicts OPTION...: "scenario rule verdict" of each pair
verdicts() {
	for rule in $rules; do
		"$BUILD/shootdown" check --quiet --jobs "$(nproc)" --arch "$1" --without "$rule" --json - $2 $small |
			tr -d ' \t' | awk -F'"' -v rule="$rule" '
			$2 == "scenario" { name = $4 }
			$2 == "verdict" { print name, rule, $4 == "unsafe" ? "unsafe" : "clean" }'
	done | sort -u
}

rules=$(sed -n 's/^RULE_DEF(\([a-z_]*\),.*/\1/p' include/shootdown/rules.def mm/rules.def | tr _ -)
small=$(for name in flush-without-wait flush-without-fence dontneed-vs-late-fault munmap-table-free gup_fast-vs-munmap \
	mkclean-without-flush cow-vs-stale-read exec-shift-vs-store exit-vs-unmap_mapping_range munmap-alloc-any; do
	ls litmus/*/"$name.litmus"
done)

for arch in x86_64 arm64 hostile; do
	verdicts $arch "" >"$work/all"
	verdicts $arch "--random 200 --seed 3" >"$work/some"
	{
		[ "$(grep -c clean "$work/all")" -gt 50 ] && grep -q unsafe "$work/some" || echo "nothing was compared"
		awk 'NR == FNR { all[$1 " " $2] = $3; next }
		$3 == "unsafe" && all[$1 " " $2] == "clean" { print $1 " without " $2 ": random executions found what all did not" }' \
			"$work/all" "$work/some"
	} | verdict "on $arch chance finds nothing that the reduction has missed"
done

finish
