# What the tests of the command line share. To be sourced, by the path of the test.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # the tests use these; common.sh of the tree sets $work
: "${BUILD:=build}"
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/../tree/common.sh"
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
shootdown=$BUILD/shootdown
top=$PWD
race=$PWD/litmus/rmap/munmap-vs-unmap_mapping_range.litmus
quiet=$PWD/litmus/gather/unmap-nothing.litmus # has no expectation that something breaks
broken="--arch x86_64 --without pfn-flush-before-unlink $race"

# gives STATUS WORDS COMMAND...: what is wrong with that, if anything. Leaves what it printed in $work/out.
gives() {
	status=$1 words=$2
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	[ $got = "$status" ] || echo "$*: status $got, not $status"
	grep -qF -- "$words" "$work/out" || { echo "$*: nothing says '$words'"; head -n 5 "$work/out"; }
}

# A scenario of which some expectations hold and some do not
conditions() {
	cat <<END
litmus $1
doc    "a load beside munmap sees the page, or nothing"
arch   x86_64 arm64
map A = anon rw
present A
cpu 0: munmap A
cpu 1: load A -> r
expect sometimes r = 0
expect never r = 0
expect sometimes r = fault
expect sometimes r = 7
expect ipis = 0 on x86_64
expect ipis <= 1
END
}
