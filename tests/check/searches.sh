#!/bin/sh
# The two searches against each other: what each expectation came to, by states and by traces.
#
#	tests/check/searches.sh		a sample of the scenarios, on three architectures
#	tests/check/searches.sh --all	all of them, on every architecture that they name (make agree)
#
# Nothing is compared where traces came to no end in so many executions. Of several violations the searches may meet different ones
# first, so of what is unsafe it is compared that it is, and the number of different properties is only said.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
: "${BUILD:=build}" "${TRACES_EACH:=20000}"
. "$(dirname "$0")/../tree/common.sh"

# answers SEARCH ARGUMENT...: "scenario|arch|expectation|without<TAB>verdict<TAB>property", one line a result
answers() {
	search=$1 limit='--max-seconds 0'
	[ "$search" = states ] || limit="$limit --max-executions $TRACES_EACH"
	shift
	"$BUILD/shootdown" check --quiet --search "$search" $limit --json - "$@" |
		awk -F'"' '
		function flush() {
			if (scenario)
				print scenario "|" arch "|" expectation "|" without "\t" verdict "\t" property
		}
		!/^\t\t\t"/ { next } # of a timeline, not of a result
		$2 == "scenario" { flush(); scenario = $4 }
		$2 == "arch" { arch = $4 }
		$2 == "expectation" { expectation = $4 }
		$2 == "without" { without = $4 }
		$2 == "verdict" { verdict = $4 }
		$2 == "line" && $4 ~ /the checker crashed/ { verdict = "crashed" }
		$2 == "property" { property = $4 }
		END { flush() }' | sort
}

# compare ARGUMENT...: prints what differs; adds to the numbers in $work/sums
compare() {
	answers states "$@" >"$work/states"
	answers traces "$@" >"$work/traces"
	[ "$(wc -l <"$work/states")" = "$(wc -l <"$work/traces")" ] || echo "one search has more answers than the other"
	awk -F'\t' -v sums="$work/sums" '
	NR == FNR { verdict[$1] = $2; property[$1] = $3; next }
	!($1 in verdict) { print $1 ": only traces have an answer"; next }
	$2 == "crashed" || verdict[$1] == "crashed" { print $1 ": " verdict[$1] " by states, " $2 " by traces"; next }
	$2 == "stopped" || $2 == "unfinished" { open++; next }
	verdict[$1] != $2 { print $1 ": " verdict[$1] " by states, " $2 " by traces"; next }
	{ same++ }
	$2 == "unsafe" && property[$1] != $3 { other++ }
	$2 == "broken" && property[$1] != $3 { print $1 ": " property[$1] " by states, " $3 " by traces" }
	END { print same + 0, open + 0, other + 0 >>sums }' "$work/states" "$work/traces"
}

# named NAME...: the files of these scenarios
named() {
	for name; do
		ls litmus/*/"$name.litmus"
	done
}

: >"$work/sums"
if [ "${1-}" = --all ]; then
	compare litmus | verdict "on all scenarios and architectures the searches agree"
else
	# 3,000 traces are all that these have. Two more have traces without an end where a fault is never repaired for good, and the longer a
	# search is in these, the more each of its executions takes; where they have an end, they have less than 500.
	sample=$(named munmap-page-free munmap-table-free munmap-two unmap-nothing flush-without-wait switch-vs-flush \
		gup_fast-vs-munmap cow-vs-stale-read mkclean-without-flush)
	faults=$(named fault-two spurious-fault)
	{
		TRACES_EACH=3000 && compare --arch x86_64,arm64,hostile $sample
		TRACES_EACH=500 && compare --arch x86_64,arm64,hostile $faults
	} | verdict "on a sample of the scenarios the searches agree"
	for rule in flush-before-free flush-wait fence-before-flush flush-before-table-free; do
		TRACES_EACH=3000
		compare --arch x86_64,arm64,hostile --without $rule $sample $faults
	done | verdict "... and with a rule taken away"
	TRACES_EACH=500
	compare --arch x86_64,arm64,hostile --without spurious-flush $sample $faults |
		verdict "... and without a flush after spurious faults"
	# Too many traces for all of them; a word on a stack that is waited for in turns is met in the first few.
	TRACES_EACH=1000
	compare --arch x86_64,hostile litmus/flush/wait-beside-another-thread.litmus | verdict "... and on threads that share a CPU"
fi
awk '{ same += $1; open += $2; other += $3 }
END {
	printf "# %d answers are the same, %d were not finished by traces, %d name another property\n", same, open, other
	exit same < 50
}' "$work/sums" || echo "too few answers were compared" | verdict "there is something to compare"
finish
