#!/bin/sh
# The checker with a row that contradicts itself: it says so, and shows nothing.
# shellcheck disable=SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/../tree/common.sh"

for command in "check litmus/gather/munmap-page-free.litmus" arch; do
	# shellcheck disable=SC2086 # a command and its file
	{
		"$BUILD/tests/check/contradiction" $command >"$work/output" 2>"$work/message"
		status=$?
		[ $status = 2 ] || echo "status $status, expected 2"
		[ ! -s "$work/output" ] || echo "it went on"
		grep -qx "shootdown: the row yours contradicts itself: rcu_table_free needs a batch for tables (table_free)" \
			"$work/message" || cat "$work/message"
	} | verdict "a row that contradicts itself is refused: ${command%% *}"
done

finish
