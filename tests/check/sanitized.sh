#!/bin/sh
# The whole checker with sanitizers built in: every command and every form of output, on a few scenarios of each kind.
# A report of a sanitizer ends the program with another status than the checker's own.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
: "${BUILD:=build}"
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
. "$(dirname "$0")/../tree/common.sh"
checker=$BUILD/sanitized/shootdown
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=print_stacktrace=1

# runs STATUS COMMAND...: the status is STATUS, and no sanitizer speaks
runs() {
	expected=$1
	shift
	"$checker" "$@" >"$work/output" 2>&1
	status=$?
	if [ $status != "$expected" ] || grep -qE 'Sanitizer|runtime error' "$work/output"; then
		echo "status $status, expected $expected:"
		tail -n 30 "$work/output"
	fi | verdict "sanitized: $(echo "$*" | sed "s,$work/,,g")"
}

runs 0 check --quiet --arch x86_64,arm64,sparc64 litmus/gather/munmap-page-free.litmus \
	--html "$work/report.html" --json "$work/run.json" --svg "$work/pictures"
runs 0 check --quiet --arch hostile litmus/gup/gup_fast-vs-munmap.litmus
runs 0 check --quiet --arch arm64 --random 2000 --jobs 1 litmus/gather/munmap-page-free.litmus
runs 1 check --quiet --arch x86_64 --without flush-before-free litmus/gather/munmap-page-free.litmus
runs 0 matrix --quiet --arch x86_64 litmus/flush/flush-without-wait.litmus
runs 0 rules
runs 0 arch
runs 2 check litmus/there-is-none.litmus

finish
