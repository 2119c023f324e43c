#!/bin/sh
# `shootdown matrix` covers all rules: each of the library and of the mm has a column that breaks in the matrix of some scenario of litmus/ or tests/calls/.
#
# An expectation that takes a rule away alone is such a cell: tests/check/scenarios.sh and tests/calls/calls.sh see it break. Where several are
# taken away together matrix itself is run, and has to say that it takes them all.
# shellcheck disable=SC1091,SC2013,SC2016,SC2154 # common.sh sets $work; a file a word; awk has its own $
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"

"$BUILD/shootdown" rules --json - | sed -n 's/.*"rule":[^"]*"\([^"]*\)".*/\1/p' | sort >"$work/rules"
nr=$(wc -l <"$work/rules")

# What each expectation takes away: "FILE RULE,RULE..."
find litmus tests/calls -name '*.litmus' | sort | xargs awk '
	{ sub(/#.*/, "") }
	$1 == "expect" {
		for (i = 2; i < NF; i++) {
			if ($i == "without")
				print FILENAME, $(i + 1)
		}
	}' >"$work/taken"

# columns FILE: what breaks in its matrix, which is made once
columns() {
	matrix=$work/$(echo "$1" | tr / _)
	[ -f "$matrix" ] || "$BUILD/shootdown" matrix --quiet --max-seconds 0 "$1" >"$matrix" 2>&1 || cat "$matrix" >&2
	sed -n 's/^ *[0-9]* \([a-z0-9,-]*\): unsafe without .* in 1$/\1/p' "$matrix"
}

# together FILE: rules of its columns of several, where none of the others of that column breaks it alone
together() {
	columns "$1" | awk '{ breaks[$0] = 1 }
	END {
		for (column in breaks) {
			nr = split(column, rule, ",")
			for (i = 1; i <= nr; i++) {
				others = 0
				for (j = 1; j <= nr; j++)
					others += j != i && rule[j] in breaks
				if (nr > 1 && !others)
					print rule[i]
			}
		}
	}'
}

# without_cell: which rules have none, by what is taken away, on standard input, and what was seen together
without_cell() {
	{ grep -v ',' && cat "$work/together"; } | sort -u | comm -13 - "$work/rules"
}

for file in $(sed -n 's/ .*,.*//p' "$work/taken" | sort -u); do
	together "$file"
done >"$work/together"

{
	[ "$nr" -ge 150 ] || echo "$nr rules"
	cut -d ' ' -f 2 "$work/taken" | without_cell | sed 's/$/: breaks in the matrix of no scenario/'
} | verdict "each of $nr rules breaks in the matrix of some scenario"

# Rules that do each what the other does.
for pair in uffd-vs-copy:exclusive-lasts,wp-flush-pending soft-dirty-vs-copy:exclusive-lasts,soft-dirty-locked; do
	columns "$(find litmus -name "${pair%:*}.litmus")" >"$work/columns"
	grep -q " ${pair#*:}: unsafe without them in 1$" "$matrix" || echo "${pair%:*}: no column of ${pair#*:} that breaks"
	for rule in $(echo "${pair#*:}" | tr , ' '); do
		! grep -qx "$rule" "$work/columns" || echo "${pair%:*}: breaks without $rule alone: a scenario for the pair is one for nobody"
	done
	singles=$(grep -vc , "$work/columns")
	grep -qx "$((nr - singles - 2)) of $nr rules are needed by no scenario here" "$matrix" || cat "$matrix"
done 2>&1 | verdict "a column of two breaks where none of them alone does, and both are counted as needed"

# Rules of the library that only subscribers need.
"$BUILD/shootdown" matrix --quiet --max-seconds 0 litmus/vm/refused-vs-mirror.litmus litmus/vm/refused-vs-vcpu.litmus \
	litmus/vm/mirror-removed-vs-dontneed.litmus >"$work/out" 2>&1
for rule in refused-start-undone refused-start-ended removal-waits read-begin-waits change-told mirror-retries; do
	grep -q " $rule: unsafe without it in [1-3]$" "$work/out" || echo "no column of $rule that breaks"
done | verdict "those of subscribers have columns where these are"

# Shown to fail.
{
	grep -v ' flush-wait$' "$work/taken" | cut -d ' ' -f 2 | without_cell >"$work/found"
	[ "$(cat "$work/found")" = flush-wait ] || echo "flush-wait was left out of every scenario, and this is missed: $(cat "$work/found")"
	mkdir "$work/half"
	sed 's/^expect lost-write .*//' "$(find litmus -name uffd-vs-copy.litmus)" >"$work/half/uffd-vs-copy.litmus"
	mv "$work/together" "$work/all"
	grep -vx wp-flush-pending "$work/all" >"$work/together"
	together "$work/half/uffd-vs-copy.litmus" >>"$work/together"
	cut -d ' ' -f 2 "$work/taken" | without_cell >"$work/found"
	[ "$(cat "$work/found")" = wp-flush-pending ] || echo "nobody takes wp-flush-pending away, and this is missed: $(cat "$work/found")"
} | verdict "a rule whose expectation is taken out is missed"

finish
