#!/bin/sh
# Scenarios are safe on rows that they do not name, too: each on one of all rows, another one every day.
#
#	tests/check/rows.sh		the sample of the day; SAMPLE_DATE=2026-11-21 repeats that day's
#	tests/check/rows.sh ROW...	each on these rows
#	tests/check/rows.sh --all	each on all
#
# Only `expect safe` is asked, in the first STATES states (8,000): what else a scenario expects is for the rows that it names. Raw ones (litmus/machine)
# expect values. Rows whose caches go by addresses find mappings that alias in some; who maps so is wrong there, and is told.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}" "${SAMPLE_DATE:=$(date -u +%F)}" "${STATES:=8000}"
. "$(dirname "$0")/../tree/common.sh"

rows=$("$BUILD/shootdown" arch --json=- | sed -n 's/^.*"architecture":[^"]*"\([^"]*\)".*$/\1/p')
nr=$(echo "$rows" | wc -l)
# shellcheck disable=SC2086 # a word a row
[ "${1:-}" != --all ] || set -- $rows

# on_row ROW FILE: the scenario, for that row alone
on_row() {
	folder=$work/$1/${2%/*}
	mkdir -p "$folder"
	{
		sed -e '/^arch[ \t]/d' -e '/^expect[ \t]/d' -e "/^litmus[ \t]/a arch $1" "$2"
		echo "expect safe"
	} >"$folder/${2##*/}"
}

# An id that is another's is what asid-of-another tries where the library gives out none.
scenarios=$(find litmus -name '*.litmus' ! -path 'litmus/machine/*' ! -name asid-of-another.litmus | sort)

for file in $scenarios; do
	if [ $# = 0 ]; then
		number=$(echo "$SAMPLE_DATE $file" | cksum | cut -d ' ' -f 1)
		on_row "$(echo "$rows" | sed -n "$((number % nr + 1))p")" "$file"
	else
		for row; do
			on_row "$row" "$file"
		done
	fi
done
find "$work" -name '*.litmus' | sort | xargs "$BUILD/shootdown" check --quiet --max-states "$STATES" >"$work/output" 2>&1
# A long verdict goes on in the next line, under its first word.
sed -e ':on' -e '$!N' -e 's/\n        */ /' -e 't on' -e 'P' -e 'D' "$work/output" |
	grep -E '^FAILED|^[^ ]*litmus:[0-9]' | grep -v 'unsafe: alias,' |
	verdict "scenarios are safe on rows that they do not name ($SAMPLE_DATE)"
grep -q ' expectations, ' "$work/output" || tail -3 "$work/output" | verdict "they were tried"
finish
