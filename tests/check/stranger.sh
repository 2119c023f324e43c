#!/bin/sh
# The checker linked with another mm: it has that mm's operations, rules and names, and none of ours.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"
stranger=$BUILD/tests/check/stranger

{ "$stranger" check --quiet tests/check/stranger/drop.litmus >"$work/output" 2>&1 || cat "$work/output"; } |
	verdict "a stranger's mm is safe with its rule and unsafe without it"

{
	"$stranger" check --quiet --steps --without drop-flush tests/check/stranger/drop.litmus >"$work/output" 2>&1
	grep -q "the stranger's lock" "$work/output" || cat "$work/output"
} | verdict "the timeline has the names of its objects"

sed 's/^litmus drop/litmus other/; s/drop A$/munmap A/; s/without .*/without flush-wait/' tests/check/stranger/drop.litmus >"$work/other.litmus"
{
	"$stranger" check --quiet "$work/other.litmus" 2>&1 |
		grep -q 'found munmap, expected an operation that the mm under test has' || echo "munmap is not refused"
	"$stranger" rules | grep -q drop-flush || echo "rules does not list drop-flush"
	! "$stranger" rules | grep -q mkclean-flush || echo "rules lists one of ours"
	# The machine that counts has it for itself, under names that nobody else sees.
	! nm "$stranger" | grep -qE ' T (do_munmap|handle_mm_fault|mm_boot)$' || echo "our mm is linked in"
} | verdict "it has its own operations and rules, and nothing of ours"

sed 's/cpu 0: ask/cpu 0: begin/; s/cpu 1: begin/cpu 1: ask/' tests/check/stranger/begin.litmus >"$work/begin.litmus"
{
	for race in tests/check/stranger/begin.litmus "$work/begin.litmus"; do
		"$stranger" check --quiet "$race" 2>&1 | grep -q 'unsafe: data-race' || echo "$race: no race is found"
	done
	"$stranger" check --quiet tests/check/stranger/begin-locked.litmus >"$work/output" 2>&1 || cat "$work/output"
} | verdict "a plain and an atomic access race, whoever comes first"

{
	"$stranger" sweep --list >"$work/output" 2>&1 || cat "$work/output"
	grep -qx 'pair-0001-anon-drop-drop-load' "$work/output" || cat "$work/output"
	"$stranger" sweep --quiet --arch arm64 1 >"$work/output" 2>&1 || cat "$work/output"
} | verdict "a sweep is of its operations"

finish
