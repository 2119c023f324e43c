#!/bin/sh
# Long runs: results as they come, progress, signals, and workers that die.
# shellcheck disable=SC1091,SC2154,SC2086,SC2009 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
check="$shootdown check --arch x86_64"
# Random executions of what is safe end when they are told to; what breaks, breaks at once.
endless="--random 1000000000000 --max-seconds 0"

# until COMMAND...: waits until it succeeds; on a busy machine that is long, and two minutes are for ever
until_true() {
	for _ in $(seq 1200); do
		"$@" && return
		sleep 0.1
	done
	echo "never came true: $*"
}

# A process that has ended and was not waited for is a zombie.
alive() {
	[ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

workers_of() {
	cat "/proc/$1/task/$1/children"
}

# all_gone PID...
all_gone() {
	for pid; do
		if alive "$pid"; then return 1; fi
	done
}

crash_workers() {
	workers=$(workers_of "$1")
	[ -n "$workers" ] && kill -SEGV $workers
}

has() {
	grep -q "$1" "$2" 2>/dev/null
}

# A job opens its files when it runs, so until then the last one's would be read.
anew() {
	rm -f "$work/out" "$work/err" "$work/typescript"
}

# The first scenario ends at once, the second never: that its line is there says that it came before the end.
{
	sed '/^expect safe/d; s/^litmus .*/litmus breaks/' $race >"$work/breaks.litmus"
	anew
	$check --jobs 1 --verbose $endless "$work/breaks.litmus" $quiet >"$work/out" 2>"$work/err" &
	pid=$!
	until_true has "^ok .*breaks" "$work/out"
	kill -INT $pid
	wait $pid
	[ "$(grep -c '^ok' "$work/out")" = 1 ] || cat "$work/out"
	grep -Eq "^[0-9]+ expectations, 1 held, 0 failed; [1-9] not finished;" "$work/out" || tail -n 3 "$work/out"
} | verdict "results come as they are known, also in a pipe or file"

for signal in INT=2 TERM=15; do
	number=${signal#*=} signal=${signal%=*}
	{
		anew
		$check --progress --jobs 2 $endless --json "$work/j" --html "$work/h" $race $quiet \
			>"$work/out" 2>"$work/err" &
		pid=$!
		until_true has "1 of 3 explorations (33 %)" "$work/err"
		workers=$(workers_of $pid)
		[ -n "$workers" ] || echo "there are no workers"
		kill -$signal $pid
		wait $pid
		status=$?
		[ $status = $((128 + number)) ] || echo "status $status"
		all_gone $workers || echo "workers live on"
		grep -q "^shootdown: stopped by SIG$signal" "$work/err" || echo "it does not say why it stopped"
		grep -q "without pfn-flush-before-unlink: unsafe: use-after-free" "$work/out" || echo "what is known is lost"
		grep -Eq "^[0-9]+ expectations, 1 held, 0 failed; [1-9] not finished;" "$work/out" || tail -n 3 "$work/out"
		grep -q '"stopped_by":.*"stopped by SIG'$signal'"' "$work/j" || echo "the JSON does not tell what is open"
		grep -q '</html>' "$work/h" || echo "no page"
	} 2>&1 | verdict "SIG$signal: what is known is printed and written, status $((128 + number))"
done

{
	$check --jobs 2 $endless $race $quiet >"$work/out" 2>&1 &
	pid=$!
	# shellcheck disable=SC2016 # for the other shell
	until_true sh -c '[ "$(wc -w </proc/$1/task/$1/children)" = 2 ]' - $pid
	workers=$(workers_of $pid)
	kill -KILL $pid
	wait $pid
	until_true all_gone $workers
} 2>/dev/null | verdict "no worker outlives its parent"

{
	anew
	# A minute that is never used up: the exploration is under way when its worker is killed, however busy the machine is.
	$check --progress --jobs 1 --random 1000000000000 --max-seconds 60 $race >"$work/out" 2>"$work/err" &
	pid=$!
	until_true has "now munmap-vs-unmap_mapping_range on x86_64" "$work/err"
	# The kernel's list of children may be read as empty while it changes.
	until_true crash_workers $pid
	wait $pid
	status=$?
	[ $status = 2 ] || echo "status $status"
	grep -q "^OPEN .*on x86_64: not finished: the checker crashed (Segmentation fault)" "$work/out" || cat "$work/out"
	grep -q "^ok .*without pfn-flush-before-unlink: unsafe: use-after-free" "$work/out" || echo "the rest is lost"
} 2>&1 | verdict "a worker that crashes costs one exploration its verdict"

# From too little memory to enough of it, in steps: what is set aside for several processes is what is refused last.
{
	anew
	said=
	for megabytes in $(seq 40 10 2000); do
		# shellcheck disable=SC3045 # dash and bash have it
		(ulimit -v ${megabytes}000; $check --quiet --jobs 2 $quiet) >"$work/out" 2>"$work/err" && break
		! grep -q "no room for [0-9]* MiB that processes are to share: .*; --jobs 1 needs none" "$work/err" || said=yes
		[ -s "$work/err" ] || echo "$megabytes MB: it does not say why it stopped"
	done
	[ "$said" ] || echo "it never said what it had no room for"
	grep -q " 3 held" "$work/out" || cat "$work/out"
} 2>&1 | verdict "without memory it says for what, and what needs less"

{
	anew
	$check --progress $endless $race >"$work/out" 2>"$work/err" &
	pid=$!
	until_true has '^[1-9][0-9]* s: 1 of 2 explorations (50 %), about [0-9]* s left.*; now munmap-vs-unmap_mapping_range on x86_64' "$work/err"
	kill -INT $pid
	wait $pid
	grep -q "$(printf '\033\|\r')" "$work/err" && echo "escapes in what is no terminal"
	$check --max-seconds 3 $quiet 2>&1 >/dev/null | sed 's/^/without --progress: /'
	if command -v script >/dev/null 2>&1; then
		TERM=xterm script -qec "$check $quiet >/dev/null" "$work/typescript" >/dev/null 2>&1 </dev/null
		grep -q "of 1 explorations.*$(printf '\033')\[K" "$work/typescript" || echo "no progress on a terminal"
		TERM=xterm script -qec "$check --quiet $quiet >/dev/null" "$work/typescript" >/dev/null 2>&1 </dev/null
		grep -q "explorations" "$work/typescript" && echo "progress in spite of --quiet"
		anew
		TERM=dumb script -qefc "$check $endless $quiet >/dev/null" "$work/typescript" >/dev/null 2>&1 </dev/null &
		pid=$!
		until_true has "of 1 explorations" "$work/typescript"
		# It goes when its terminal goes.
		kill $pid
		wait $pid
		grep -q "$(printf '\033')" "$work/typescript" && echo "escapes on a dumb terminal"
	fi
} 2>&1 | verdict "progress says the time, the share done, and what is under way"

finish
