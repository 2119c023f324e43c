#!/bin/sh
# A scenario that the tool has no room for ends with status 2 and a sentence that names what there is too much of: in a
# world being set up, in the middle of an execution, in a step that is only tried. It is never a verdict.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"
shootdown=$BUILD/shootdown

# too_big NAME SENTENCE: the scenario on standard input, from its third line on
too_big() {
	{
		echo "litmus $1"
		echo "doc \"too big\""
		cat
	} >"$work/$1.litmus"
	COLUMNS=200 "$shootdown" check --quiet "$work/$1.litmus" >"$work/out" 2>"$work/error" </dev/null
	status=$?
	[ $status = 2 ] || echo "$1: status $status, not 2"
	grep -qF ": scenario too big: more than $2" "$work/out" || { echo "$1: no '$2'"; cat "$work/error" "$work/out"; }
	grep -E '^FAILED|unsafe|safe \(' "$work/out" | sed "s/^/$1: a verdict: /"
}

# lines FIRST LAST TEXT: TEXT for each number, which it has as #
lines() {
	i=$1
	while [ "$i" -le "$2" ]; do
		echo "$3" | sed "s/#/$i/g"
		i=$((i + 1))
	done
}

{
	too_big pages "48 pages of mappings" <<-END
		levels 4
		map A = anon pages=49 rw
		cpu 0: load A
		expect safe
	END
	too_big frames "64 pages and tables that one agent makes" <<-END
		arch x86_64 arm64
		levels 3
		mm M
		mm N
		map A = anon pages=24 rw in M
		map B = anon pages=24 rw in N
		present A
		present B
		cpu 0: load A
		expect safe
	END
	too_big threads "4 threads on one CPU" <<-END
		arch x86_64
		map A = anon rw
		$(lines 1 5 'cpu 0: load A')
		expect safe
	END
	too_big agents "24 agents" <<-END
		arch x86_64
		map A = anon rw
		$(lines 0 5 'cpu #: load A')
		$(lines 0 5 'cpu #: load A')
		expect safe
	END
	too_big files "6 files" <<-END
		arch x86_64
		$(lines 1 7 'file F# pages=1')
		map A = F1 r shared
		cpu 0: load A
		expect safe
	END
} | verdict "a world that cannot be set up"

{
	too_big stores "13 pages and tables that one agent makes" <<-END
		arch x86_64
		levels 3
		map A = anon pages=16 rw
		cpu 0: $(lines 0 15 'store A.# = 1;' | tr -d '\n') load A
		$(lines 1 4 'cpu #: load A')
		expect safe
	END
	too_big stale "24 stale translations on one CPU" <<-END
		arch x86_64
		levels 4
		gather bundle=8 batch=8 batches=4 tables=8
		map A = anon pages=26 rw
		present A
		cpu 0: munmap A
		expect safe
		expect use-after-free without flush-before-free
	END
} | verdict "an execution that gets too big"

{
	cat >"$work/none.litmus" <<-END
		litmus none
		doc "what there is not is not too much of it"
		arch x86_64
		levels 3
		file F pages=1 hugetlb
		map A = F rw shared
		cpu 0: load A; writeback F
		expect safe
	END
	COLUMNS=200 "$shootdown" check --quiet "$work/none.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "the status is not 2"
	grep -q ": the tool does not have hugetlb files that have a disk" "$work/out" || cat "$work/out"
} | verdict "what there is nothing of is said so"

# A limit says nothing of the others.
{
	cp litmus/gather/munmap-page-free.litmus "$work"
	"$shootdown" check --quiet --arch x86_64 "$work/threads.litmus" "$work/munmap-page-free.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "the status is not 2"
	grep -q "^ok .*munmap-page-free" "$work/out" || cat "$work/out"
	"$shootdown" check --quiet --jobs 1 --arch x86_64 "$work/threads.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "in one process: the status is not 2"
	"$shootdown" matrix --quiet --arch x86_64 "$work/threads.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "matrix: the status is not 2"
	"$shootdown" replay --arch x86_64 --trace 0 "$work/threads.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "replay: the status is not 2"
	grep -q "scenario too big" "$work/out" || cat "$work/out"
	"$shootdown" check --quiet --random 10 --arch x86_64 "$work/stale.litmus" >"$work/out" 2>&1
	[ $? = 2 ] || echo "at random: the status is not 2"
} | verdict "whatever else is asked"

finish
