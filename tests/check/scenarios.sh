#!/bin/sh
# Small scenarios that are tests and no lessons: what each expects holds, and no line `# fails: expect ...` of it would.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"

for file in tests/check/scenarios/*.litmus; do
	"$BUILD/shootdown" check --quiet "$file" >"$work/output" 2>&1 || cat "$work/output"
done | verdict "what the scenarios expect holds"

for file in tests/check/scenarios/*.litmus; do
	name=${file##*/}
	sed -n 's/^# fails: //p' "$file" >"$work/lines"
	while read -r line; do
		{
			grep -v '^expect' "$file"
			echo "$line"
		} >"$work/$name"
		"$BUILD/shootdown" check --quiet "$work/$name" >"$work/output" 2>&1
		[ $? = 1 ] || { echo "$file: not refused: $line" && cat "$work/output"; }
	done <"$work/lines"
done | verdict "what they say would not hold does not"

[ "$(cat tests/check/scenarios/*.litmus | grep -c '^# fails: ')" -gt 5 ] || echo "nothing was tried" | verdict "there are lines that fail"
finish
