#!/bin/sh
# Small scenarios about the machine itself, with what they expect. Two threads that share a CPU have too many executions
# to explore all: that file is for the independence test.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"

for scenario in sync-count two-grace-periods cleaned-again; do
	"$BUILD/shootdown" check --quiet "tests/machine/$scenario.litmus" >"$work/out" 2>&1 || cat "$work/out"
done | verdict "what the machine counts is the same in all executions"

finish
