#!/bin/sh
# A failure says first how to see it again; that line, as it is printed, shows the same from any directory.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"

# replay_of FILE [EXPECTATION]: the line that is printed below the (first) failure, or below that of the expectation
replay_of() {
	awk -v what="${2-}" -v any="${2:-yes}" '
	/^FAILED/ { words = $0; below = 1; next }
	below && /^        / { words = words " " $0; next }	# FAILED goes on
	below {
		gsub(/ +/, " ", words)
		if (any == "yes" || index(words, "expected " what)) { print; exit }
		below = 0
	}' "$1"
}

# steps FILE: the numbered rows of a timeline
steps() {
	grep -E '^ *[0-9]+ ' "$1" | grep -v expectation
}

{
	"$shootdown" check $broken >"$work/found"
	replay_of "$work/found" >"$work/replay"
	[ "$(wc -l <"$work/replay")" = 1 ] || echo "the replay is not one line"
	(cd / && sh "$work/replay") >"$work/again"
	[ $? = 1 ] || echo "the replay does not end with 1"
	steps "$work/found" >"$work/steps"
	[ -s "$work/steps" ] || echo "the timeline has no steps"
	steps "$work/again" | cmp - "$work/steps"
	sh "$work/replay" | cmp - "$work/again"
	sh -c "$(cat "$work/replay") --steps" >"$work/all"
	[ "$(steps "$work/all" | wc -l)" -gt "$(wc -l <"$work/steps")" ] || echo "--steps does not show more"
} 2>&1 | verdict "a counterexample replays exactly from its one line, as printed"

# runs_as DIRECTORY PROGRAM FILE: the printed line works there and elsewhere
runs_as() {
	(cd "$1" && "$2" check --arch x86_64 --without pfn-flush-before-unlink "$3") >"$work/found" 2>&1
	replay_of "$work/found" >"$work/replay"
	for dir in "$1" /; do
		(cd "$dir" && sh "$work/replay") >"$work/again" 2>&1
		status=$?
		[ $status = 1 ] || { echo "$2 $3, then in $dir: status $status"; cat "$work/replay"; head -n 3 "$work/again"; }
	done
}

{
	mkdir -p "$work/it's a \$(dir)/x & y"
	odd="$work/it's a \$(dir)/x & y"
	cp "$race" "$odd/"
	cp "$shootdown" "$odd/my checker"
	name=${race##*/}
	runs_as "$top" "$shootdown" "litmus/rmap/$name"
	runs_as "$odd" "$shootdown" "$name"
	runs_as "$odd" "./my checker" "./$name"
	runs_as / "$odd/my checker" "$odd/$name"
	PATH=$odd:$PATH runs_as "$odd" "my checker" "../x & y/$name"
} | verdict "the line names the program and the file as a shell finds them, from any directory"

{
	"$shootdown" check --arch sparc64 --without refill-is-reader litmus/table/table-free-vs-refill.litmus >"$work/found"
	replay_of "$work/found" >"$work/replay"
	grep -q -- "--trace r" "$work/replay" || echo "the trace does not say that handlers of misses are on their way"
	sh "$work/replay" >"$work/again" 2>&1
	[ $? = 1 ] || echo "the replay does not end with 1"
	steps "$work/found" >"$work/steps"
	steps "$work/again" | cmp - "$work/steps"
} | verdict "a trace in which the handler of a miss is on its way replays"

conditions first >"$work/first.litmus"
{
	"$shootdown" check --arch x86_64 "$work/first.litmus" >"$work/found"
	for expectation in "never r = 0" "ipis = 0"; do
		replay_of "$work/found" "$expectation" >"$work/replay"
		grep -q -- --expect "$work/replay" || echo "$expectation: the line does not say what fails"
		(cd / && sh "$work/replay") >"$work/again" 2>&1
		[ $? = 1 ] || echo "$expectation: the replay does not end with 1"
		grep -q "does not hold: .*, expected $expectation" "$work/again" ||
			echo "$expectation: the replay does not say that it does not hold"
		steps "$work/again" | grep -q . || echo "$expectation: the replay shows no steps"
	done
	replay_of "$work/found" "never r = 0" | sh >"$work/again"
	grep -q "^r = 0 at the end; .expect never r = 0. does not hold" "$work/again" || tail -n 2 "$work/again"
	sh -c "$(replay_of "$work/found" "never r = 0") --steps" >"$work/all"
	number=$(steps "$work/all" | awk '$1 > most { most = $1 } END { print most }')
	grep -q "does not hold: r = 0, expected never r = 0, $number steps" "$work/found" || grep "^FAILED" "$work/found"
	grep -q "does not hold: ipis = 1, expected ipis = 0" "$work/found" || grep "^FAILED" "$work/found"
	grep -q "does not hold: in no execution, expected sometimes" "$work/found" || grep "^FAILED" "$work/found"
} | verdict "a condition that fails has a replay that shows it failing"

{
	trace=$(replay_of "$work/found" "never r = 0" | sed 's/.*--trace //')
	gives 0 "no violation on this trace" "$shootdown" replay --arch x86_64 "$work/first.litmus" --trace "$trace"
	gives 0 "r = 0 at the end" "$shootdown" replay --arch x86_64 "$work/first.litmus" --trace "$trace" --expect 1
	gives 2 "expected --arch with one name, as first is for 2 of them" "$shootdown" replay "$work/first.litmus" --trace "$trace"
	mkdir -p "$work/one"
	sed 's/^arch .*/arch x86_64/' "$work/first.litmus" >"$work/one/first.litmus"
	gives 0 "no violation on this trace" "$shootdown" replay "$work/one/first.litmus" --trace "$trace"
	gives 2 "trace of another scenario" "$shootdown" replay --arch x86_64 --trace 0x500 "$work/first.litmus"
	gives 2 "ends before the scenario does" "$shootdown" replay --arch x86_64 --trace 0x3 "$work/first.litmus"
	gives 2 "another scenario" "$shootdown" replay --arch x86_64 --trace "$trace" "$race"
	gives 2 "another scenario" "$shootdown" replay --arch x86_64 --trace 99999999999999999999x1 "$work/first.litmus" |
		sed '/nothing says/,$d'
} | verdict "a trace without a violation says so, and one of something else is refused"

finish
