#!/bin/sh
# One exploration by processes that share no memory, over MPI, finds what one process finds: states, verdicts, executions.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
# Open MPI asks for these where tests are run by root, and its shared memory has its files there.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 NO_COLOR=1 TMPDIR="$work"
check="check --quiet --verbose --max-seconds 0"

# ranks NUMBER COMMAND...
ranks() {
	number=$1
	shift
	timeout 300 mpirun --oversubscribe --quiet -n $number "$@" </dev/null
}

# found FILE: verdicts and numbers of states, without times and transitions, of which some are made again; where a violation ends a
# search is another place each time
found() {
	tr '\n' ' ' <"$1" | sed -e 's/  */ /g' -e 's/ \(ok\|FAILED\|OPEN\) /\n\1 /g' | sed -n -E -e 's/, [0-9,]+( to [0-9,]+)? transitions.*//' \
		-e 's/, ([0-9]+ steps, )?(found after|explored) .*//' -e 's/, [0-9]+ steps, [0-9.]+ s.*//' -e '/^(ok|FAILED|OPEN) /p' | sort
}

# Of two lists of found(), the verdicts that are not the same, and where the second has fewer states. It may have more: which data is watched is
# learned on the way, and processes that go other ways may learn of more.
compared() {
	paste -d '\t' "$1" "$2" | awk -F '\t' '
	function states(line) { return match(line, /[0-9][0-9,]* states/) ? substr(line, RSTART, RLENGTH - 7) : 0 }
	function number(text) { gsub(",", "", text); return text + 0 }
	{
		one = $1; many = $2
		sub(/[0-9][0-9,]*( to [0-9,]+)? states/, "states", one); sub(/[0-9][0-9,]*( to [0-9,]+)? states/, "states", many)
		if (one != many || number(states($2)) < number(states($1)))
			print "one: " $1 "\nmany: " $2
	}'
}

# same RANKS ARGUMENTS...: what many do not find as one does
same() {
	nr=$1
	shift
	"$shootdown" $check --jobs 1 "$@" >"$work/one" 2>&1
	status=$?
	ranks $nr "$shootdown" $check "$@" >"$work/many" 2>&1
	got=$?
	[ $got = $status ] || echo "$nr: $*: status $got, not $status: $(cat "$work/many")"
	found "$work/one" >"$work/one.found"
	grep -q . "$work/one.found" || echo "$nr: $*: nothing was found"
	found "$work/many" >"$work/many.found"
	compared "$work/one.found" "$work/many.found" | grep . && echo "$nr: $*"
	grep -q "^$nr processes sent [0-9.,]*[1-9][0-9.,]* bytes a state" "$work/many" || echo "$nr: $*: it does not say what was sent"
}

# The launcher's own variables are enough to be taken for one of several.
{
	several="env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0"
	for option in "--jobs 2" "--search traces" "--random 5" "--bound 1" "--checkpoint $work/file" "--resume $work/file"; do
		gives 2 "2 processes were started" $several "$shootdown" check $option $quiet
	done
	gives 2 "\`matrix\` is not for several" $several "$shootdown" matrix $quiet
	gives 2 "No such file" $several "$shootdown" check "$work/nowhere"
	env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=1 "$shootdown" check "$work/nowhere" >"$work/out" 2>&1
	[ $? = 2 ] && [ ! -s "$work/out" ] || echo "the second one speaks, too: $(cat "$work/out")"
	"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -I. -Iinclude -fsyntax-only check/ranks_none.c 2>&1
	case $("$shootdown" --version) in *"with MPI" | *"without MPI") ;; *) echo "--version does not say whether it is in" ;; esac
} | verdict "what several cannot do is refused, once"

if "$shootdown" --version | grep -q '^without MPI'; then
	gives 2 "this program was built without MPI" env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$shootdown" check $quiet |
		verdict "without MPI it says so"
	echo "SKIPPED: the program was built without MPI (Debian: libopenmpi-dev, openmpi-bin)" >&2
	finish
fi

{
	for nr in 2 4; do
		same $nr --arch x86_64 litmus/fault/cow-two.litmus litmus/gather/munmap-alloc-any.litmus litmus/switch/switch-*.litmus
		same $nr --arch arm64 --no-reduction litmus/fault/fault-two.litmus
		same $nr --arch x86_64,arm64 litmus/others/frame-before-entry.litmus litmus/others/cpu-not-asked.litmus
	done
	same 3 --arch x86_64 litmus/large/threads-of-one-cpu.litmus
	# An exploration for each rule, and nothing else.
	{ sed -e '1s/ .*/ some/' -e '/^expect/d' litmus/gather/munmap-page-free.litmus && echo 'expect any without some'; } >"$work/some.litmus"
	same 2 --arch x86_64 "$work/some.litmus"
} | verdict "several find the same states and verdicts, also with rules off"

{
	conditions first >"$work/first.litmus"
	for nr in 2 4; do
		same $nr --arch x86_64 "$work/first.litmus"
		[ "$(grep -c ' replay ' "$work/many")" = "$(grep -c ' replay ' "$work/one")" ] || echo "$nr: not as many executions"
		same $nr --arch x86_64 litmus/gather/dontneed-vs-munmap.litmus
	done
} | verdict "conditions and counts are of all ends together"

{
	for nr in 2 4; do
		ranks $nr "$shootdown" check --quiet $broken >"$work/out" 2>&1
		[ $? = 1 ] || echo "$nr: status $?"
		command=$(sed -n 's/.*\(replay --arch .*--trace [0-9a-fx.,:+_]*\).*/\1/p' "$work/out" | head -n 1)
		gives 1 "unsafe: " "$shootdown" $command
	done
} | verdict "a violation that several find can be replayed"

{
	(unset NO_COLOR && TERM=xterm ranks 2 "$shootdown" check --quiet --arch x86_64 "$quiet") >"$work/out" 2>&1
	grep -q "^ok " "$work/out" || cat "$work/out"
	! grep -q "$(printf '\033')" "$work/out" || echo "escapes in a file"
} | verdict "what they print has no colours in a file"

{
	livelock="--arch mips --without spurious-flush litmus/fault/fault-two.litmus"
	for nr in 2 4; do
		ranks $nr "$shootdown" check --quiet $livelock >"$work/many" 2>&1
		[ $? = 1 ] || echo "$nr: it is not found"
		grep -q livelock "$work/many" || cat "$work/many"
		command=$(sed -n 's/.*\(replay --arch .*--trace [0-9a-fx.,:+_]*\).*/\1/p' "$work/many" | head -n 1)
		gives 1 livelock "$shootdown" $command
	done
} | verdict "a livelock is found in the graph of all"

{
	huge="--arch x86_64 litmus/large/map-again.litmus"
	ranks 2 "$shootdown" check --quiet --max-seconds 0 --max-states 3000 --json "$work/json" $huge >"$work/out" 2>&1
	[ $? = 3 ] || echo "--max-states: status $?: $(cat "$work/out")"
	grep -q 'NOT EXHAUSTED' "$work/out" || cat "$work/out"
	grep -q '"ranks":.*2' "$work/json" && grep -q '"sent":.*[1-9]' "$work/json" || echo "JSON does not say what was sent"
	ranks 2 "$shootdown" check --quiet --max-seconds 1 $huge >"$work/out" 2>&1
	[ $? = 3 ] || echo "--max-seconds: status $?: $(cat "$work/out")"
} | verdict "limits end all of them"

# A signal to any of them; progress says that the search is under way.
{
	for which in 1 2; do
		rm -f "$work/far"
		mpirun --oversubscribe --quiet -n 2 "$shootdown" check --progress --max-seconds 0 --arch x86_64 \
			litmus/large/map-again.litmus >"$work/out" 2>"$work/far" </dev/null &
		launcher=$!
		while kill -0 $launcher 2>/dev/null && ! grep -qs states "$work/far"; do sleep 0.1; done
		kill -TERM "$(ps -o pid= --ppid $launcher | sed -n "${which}p")" || echo "rank $which: it had ended"
		wait $launcher
		got=$?
		[ $got = 143 ] || echo "rank $which: status $got"
		grep -q 'stopped by SIGTERM' "$work/far" || { echo "rank $which:" && cat "$work/far"; }
		grep -q 'NOT EXHAUSTED' "$work/out" || { echo "rank $which:" && cat "$work/out"; }
	done
} | verdict "a signal to one of them ends all, and what is known is said"

finish
