#!/bin/sh
# The command line: exit statuses, messages, replays that are exact, outputs that are there.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
: "${BUILD:=build}"
. "$(dirname "$0")/../tree/common.sh"
shootdown=$BUILD/shootdown
race=litmus/rmap/munmap-vs-unmap_mapping_range.litmus
quiet=litmus/gather/unmap-nothing.litmus	# has no expectation that something breaks
broken="--arch x86_64 --without pfn-flush-before-unlink $race"

# gives STATUS WORDS COMMAND...: what is wrong with that, if anything
gives() {
	status=$1 words=$2
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	[ $got = "$status" ] || echo "$*: status $got, not $status"
	grep -qF -- "$words" "$work/out" || { echo "$*: nothing says '$words'"; head -5 "$work/out"; }
}

{
	gives 0 "safe (all " "$shootdown" check --quiet --arch x86_64 $race
	gives 1 "unsafe: use-after-free" "$shootdown" check --quiet $broken
} | verdict "a safe scenario ends with 0, a broken one with 1"

{
	gives 2 "expected check, replay, matrix, rules or arch" "$shootdown" chek $race
	gives 2 "found 0 files" "$shootdown" check
	gives 2 "No such file" "$shootdown" check no-such.litmus
	gives 2 "did you mean x86_64?" "$shootdown" check --arch x86 $race
	gives 2 "did you mean pfn-flush-before-unlink?" "$shootdown" check --without pfn-flush-before-unlnk $race
	gives 2 "expected a number, 1 or more" "$shootdown" check --jobs 0 $race
	gives 2 "found a trace that is none" "$shootdown" replay --arch x86_64 --trace 0x $race
	gives 2 "trace of another scenario" "$shootdown" replay --arch x86_64 --trace 0x500 $race
	gives 2 "--arch with one name and --trace" "$shootdown" replay $race
} | verdict "what is asked wrongly ends with 2 and says what was expected"

{
	gives 0 "Usage: shootdown" "$shootdown" --help
	gives 0 "shootdown 0" "$shootdown" --version
	gives 0 "flush-before-free" "$shootdown" rules
	gives 0 "hostile" "$shootdown" arch
	gives 0 "unsafe without it" "$shootdown" matrix --quiet --arch x86_64 litmus/gather/munmap-page-free.litmus
} | verdict "help, version, rules, arch and matrix answer"

{
	"$shootdown" check --quiet $broken >"$work/found"
	replay=$(sed -n "s|^build/shootdown|$shootdown|p" "$work/found")
	[ "$(printf '%s\n' "$replay" | wc -l)" = 1 ] || echo "the replay is not one line"
	sh -c "$replay" >"$work/again"
	[ $? = 1 ] || echo "the replay does not end with 1"
	grep -E '^ *[0-9]+ ' "$work/found" | grep -v expectation >"$work/steps"
	grep -E '^ *[0-9]+ ' "$work/again" | cmp - "$work/steps"
	[ -s "$work/steps" ] || echo "the timeline has no steps"
	sh -c "$replay" | cmp - "$work/again"
} 2>&1 | verdict "a counterexample replays exactly from its one line"

{
	"$shootdown" check --quiet --json "$work/j" --svg "$work/svg" --html "$work/h" $broken >"$work/out"
	grep -q '"verdict"' "$work/j" || echo "no verdict in the JSON"
	grep -q '</svg>' "$work/svg/"*.svg || echo "no picture"
	grep -q '</html>' "$work/h" || echo "no page"
	[ "$("$shootdown" check --quiet --json - $broken | head -c 1)" = "{" ] || echo "--json - prints something else"
} 2>&1 | verdict "JSON, SVG and HTML are written"

{
	gives 1 "NOT EXHAUSTED" "$shootdown" check --quiet --max-executions 50 --arch x86_64 $race
	grep -q 'safe (' "$work/out" && echo "says safe of what it has not explored"
	gives 0 "no violation in 200 random executions" "$shootdown" check --quiet --random 200 --seed 7 --arch x86_64 $quiet
	grep -q 'safe (' "$work/out" && echo "says safe of what it has sampled"
	gives 1 "unsafe: " "$shootdown" check --quiet --random 20000 $broken
	gives 1 "unsafe: " "$shootdown" check --quiet --bound 2 $broken
	gives 0 "at most 0 preemptions" "$shootdown" check --quiet --bound 0 --arch x86_64 $quiet
	grep -q 'safe (' "$work/out" && echo "says safe of what it has bounded"
} | verdict "what was not explored is never called safe"

{
	"$shootdown" check --quiet --jobs 1 litmus/*/munmap-*.litmus >"$work/one"
	"$shootdown" check --quiet --jobs 2 litmus/*/munmap-*.litmus >"$work/two"
	sed -i 's/[0-9.]* s$//; s/, *$//' "$work/one" "$work/two"
	[ -s "$work/one" ] || echo "nothing was checked"
	cmp "$work/one" "$work/two"
} 2>&1 | verdict "--jobs 1 and --jobs 2 agree"

# One that fails says nothing about the others.
cat >"$work/each.litmus" <<END
litmus each
doc    "every expectation is answered for itself"
arch   x86_64
map A = anon rw
present A
cpu 0: munmap A
cpu 1: load A -> r
expect sometimes r = 0
expect r = 0
expect sometimes r = fault
expect ipis = 0
expect ipis <= 1
END
cat >"$work/still.litmus" <<END
litmus still
doc    "exec finds no stack that it could move, and moves none"
arch   x86_64
file F pages=1
map A = F rw shared at 0xc000 grows
present A
cpu 0: exec-shift A
expect safe
END
{
	"$shootdown" check --quiet "$work/each.litmus" >"$work/out"
	[ "$(sed -n 's/^\(ok\|FAILED\) .*/\1/p' "$work/out" | tr '\n' ' ')" = "ok FAILED ok FAILED ok " ] || cat "$work/out"
	"$shootdown" check --quiet "$work/still.litmus" || echo "a promise of an operation that did nothing"
} >"$work/each" 2>&1
grep -v "^ok\|^$\|expectation" "$work/each" | verdict "each expectation is answered for itself"

finish
