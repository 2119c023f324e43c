#!/bin/sh
# An exploration that is stopped and gone on with, any number of times, finds what one that runs through finds.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
check="timeout 100 $shootdown check --quiet --verbose --shard 1/100 --max-seconds 0"
large=$PWD/litmus/large/threads-of-one-cpu.litmus
huge=$PWD/litmus/large/map-again.litmus
file=$work/file

# found FILE: verdicts and numbers of states, without times, and transitions, of which some are made again; what does not hold is shown
# by the first execution that is met
found() {
	sed -n -E -e 's/(does not hold):.*/\1/' -e 's/, [0-9,]+( transitions.*|$)//' -e '/^(ok|FAILED|OPEN) /p' "$1"
}

# The states of the last run
states() {
	sed -n -E '/^(ok|FAILED|OPEN) /s/.*[^0-9,]([0-9,]+) states.*/\1/p' "$work/out" | head -n 1 | tr -d ,
}

# How many ends it has
ends() {
	tr -d ' \t' <"$work/json" | sed -n 's/^"ends":\([0-9]*\).*/\1/p' | head -n 1
}

# whole ARGUMENTS...: what one run finds, in $work/whole; its status, and how many ends
whole() {
	$check --json "$work/json" "$@" >"$work/out" 2>&1
	status=$?
	found "$work/out" >"$work/whole"
	ends=$(ends)
	return $status
}

# cuts STEP ARGUMENTS...: the same, stopped every STEP states until it ends; what is not the same
cuts() {
	step=$1 at=$1 pieces=1
	shift
	rm -f "$file"
	$check --max-states $step --checkpoint "$file" "$@" >"$work/out" 2>&1
	got=$?
	while grep -q 'NOT EXHAUSTED' "$work/out" && [ $pieces -lt 200 ]; do
		[ "$(states)" -ge $at ] || echo "$* in cuts of $step: $(states) states, not $at"
		at=$((at + step)) pieces=$((pieces + 1))
		$check --max-states $at --resume "$file" --checkpoint "$file" --json "$work/json" "$@" >"$work/out" 2>&1
		got=$?
	done
	[ -n "$ends" ] && [ "$(ends)" = "$ends" ] || echo "$* in cuts of $step: $(ends) ends, not $ends"
	[ $pieces -gt 2 ] || echo "$* in cuts of $step: was stopped $((pieces - 1)) times"
	[ $got = $status ] || echo "$* in cuts of $step: status $got, not $status: $(cat "$work/out")"
	found "$work/out" | cmp -s - "$work/whole" || { echo "$* in cuts of $step:"; found "$work/out" | diff - "$work/whole"; }
}

{
	for jobs in 1 3; do
		whole --jobs 1 --arch x86_64 $large
		for step in 1000 7777; do
			cuts $step --jobs $jobs --arch x86_64 $large
		done
		whole --jobs 1 --arch x86_64 --no-reduction litmus/fault/cow-two.litmus
		cuts 700 --jobs $jobs --arch x86_64 --no-reduction litmus/fault/cow-two.litmus
	done
	for scenario in litmus/gather/munmap-alloc-any litmus/gup/gup-vs-munmap litmus/rmap/munmap-vs-unmap_mapping_range; do
		whole --jobs 1 --arch arm64 $scenario.litmus
		cuts 300 --jobs 1 --arch arm64 $scenario.litmus
	done
} | verdict "cut anywhere, in one process and in several, it finds the same states"

{
	conditions first >"$work/first.litmus"
	whole --jobs 1 --arch x86_64 "$work/first.litmus"
	[ $status = 1 ] || echo "the whole run: status $status"
	cuts 60 --jobs 1 --arch x86_64 "$work/first.litmus"
	cuts 60 --jobs 2 --arch x86_64 "$work/first.litmus"
	# Of two that do not hold, the second is looked for once more; that search has nothing to do with the file.
	$check --arch x86_64 --checkpoint "$file" "$work/first.litmus" >"$work/out"
	[ "$(grep -c ' replay ' "$work/out")" = 2 ] || echo "it shows $(grep -c ' replay ' "$work/out") executions, not 2"
	$check --arch x86_64 --resume "$file" "$work/first.litmus" >"$work/out"
	[ "$(grep -c ' replay ' "$work/out")" = 2 ] || echo "gone on with, it shows $(grep -c ' replay ' "$work/out") executions"
} | verdict "what was found before a cut counts: conditions, and what does not hold"

{
	livelock="--arch mips --without spurious-flush litmus/fault/spurious-fault.litmus"
	whole --jobs 1 $livelock
	grep -q livelock "$work/out" || echo "it has no livelock"
	for jobs in 1 2; do
		cuts 100 --jobs $jobs $livelock
		grep -q livelock "$work/out" || echo "$jobs processes, cut: no livelock"
	done
	# All states are met, and what closes the cycle is in the file alone.
	rm -f "$file"
	$check --jobs 1 --checkpoint "$file" $livelock >"$work/out" 2>&1
	$check --jobs 1 --resume "$file" $livelock >"$work/out" 2>&1
	grep -q livelock "$work/out" || echo "kept at the end: no livelock"
} | verdict "cycles are seen across cuts"

# Equal files: fingerprints, names of objects and numbers of states do not depend on where memory happens to be.
{
	[ "$(cat /proc/sys/kernel/randomize_va_space)" != 0 ] || echo "addresses are not random here, so this shows nothing"
	for size in 1 2000 40000; do
		filler=$(head -c $size /dev/zero | tr '\0' x)
		FILLER=$filler $check --jobs 1 --arch x86_64 --max-states 3000 --checkpoint "$work/same.$size" $large >/dev/null 2>&1
	done
	cmp "$work/same.1" "$work/same.2000" 2>&1
	cmp "$work/same.1" "$work/same.40000" 2>&1
} | verdict "a state has the same fingerprint in every process"

# A search that no test sees the end of: whoever stops it stops it on its way, however slow the machine is.
endless=$work/endless.litmus
sed -e 's/^litmus .*/litmus endless/' -e '/^cpu 2:/a cpu 3: store A = 2; load A; madvise A cold; store A = 3; load A; munmap A' $huge >"$endless"

# stopped SIGNAL JOBS EVERY: by SIGTERM when it says how far it is; or, with EVERY seconds between files, by SIGKILL when there is one, so
# that what is there was written on the way. Two minutes are for ever.
stopped() {
	rm -f "$file" "$work/far"
	"$shootdown" check --jobs $2 --shard 1/100 --arch x86_64 --max-seconds 0 --progress --checkpoint "$file" \
		--checkpoint-every $3 "$endless" >"$work/out" 2>"$work/far" &
	pid=$!
	turns=0
	until if [ $1 = KILL ]; then [ -f "$file" ]; else grep -qs states "$work/far"; fi || [ $turns = 1200 ]; do
		turns=$((turns + 1))
		sleep 0.1
	done
	kill -$1 $pid || echo "$*: it had ended"
	wait $pid 2>/dev/null
	got=$?
	[ "$(kill -l $got)" = $1 ] || echo "$*: status $got: $(cat "$work/out")"
	[ -f "$file" ] || { echo "$*: nothing was kept"; return; }
	$check --jobs $2 --arch x86_64 --resume "$file" --max-states 1 "$endless" >"$work/out" 2>&1
	[ "$(states)" -gt 1 ] || echo "$*: kept $(states) states"
	# All states are kept when they are met, whoever stops it then; so there are more.
	kept=$(states)
	$check --jobs $2 --arch x86_64 --resume "$file" --max-states $((kept + 100)) "$endless" >"$work/out" 2>&1
	[ "$(states)" -gt $kept ] || echo "$*: all $kept states were kept"
}

{
	for jobs in 1 2; do
		stopped KILL $jobs 0
		stopped TERM $jobs 1000000
	done
} | verdict "it is kept now and then, and when a signal stops it"

# part_left JOBS: asked to end again and again while it writes a file, it ends at once, and what it wrote of that goes. Whoever writes is
# held until then.
part_left() {
	rm -f "$file" "$file.part"
	"$shootdown" check --quiet --jobs $1 --shard 1/100 --arch x86_64 --max-seconds 0 --checkpoint "$file" --checkpoint-every 0 \
		"$endless" >"$work/out" 2>&1 &
	pid=$!
	held=
	for _ in $(seq 1000000); do
		[ -e "$file.part" ] || continue
		held=$(cat /proc/$pid/task/$pid/children)
		kill -STOP $held
		[ ! -e "$file.part" ] || break
		kill -CONT $held
		held=
	done
	[ "$held" ] || echo "$1: it was never seen to write"
	while kill -TERM $pid 2>/dev/null; do
		sleep 0.1
	done
	wait $pid
	[ ! -e "$file.part" ] || echo "$1: a part is left"
}

{
	part_left 1
	part_left 2
} | verdict "who does not wait for a file has no part of one"

{
	one="--jobs 1 --arch x86_64"
	$check $one --max-states 1000 --checkpoint "$file" $large >/dev/null 2>&1
	size=$(wc -c <"$file")
	gives 2 "the checkpoint is of another scenario" $check $one --resume "$file" $quiet
	mkdir "$work/other"
	other=$work/other/${large##*/}
	sed 's/^doc/# more\ndoc/' $large >"$other"
	gives 2 "the checkpoint is of another scenario" $check $one --resume "$file" "$other"
	gives 2 "the checkpoint is of another architecture" $check --arch arm64 --resume "$file" $large
	gives 2 "the checkpoint is of other rules" $check $one --without asid-keeps-cpu --resume "$file" $large
	gives 2 "the checkpoint is of other rules" $check $one --no-reduction --resume "$file" $large
	cp "$shootdown" "$work/shootdown" && printf x >>"$work/shootdown"
	gives 2 "the checkpoint is of another build of the program" \
		"$work/shootdown" check --quiet $one --shard 1/100 --resume "$file" $large
	for cut in 8 100 $((size / 2)) $((size - 8)) $((size - 3)); do
		head -c $cut "$file" >"$work/bad"
		gives 2 "the checkpoint is cut off" $check $one --resume "$work/bad" $large
	done
	for at in 30 300 $((size / 2)) $((size - 1)); do
		{ head -c $at "$file" && printf '\125' && tail -c +$((at + 2)) "$file"; } >"$work/bad"
		cmp -s "$file" "$work/bad" && continue
		gives 2 "the checkpoint is damaged" $check $one --resume "$work/bad" $large
	done
	gives 2 "is no checkpoint" $check $one --resume $large $large
	gives 2 "No such file" $check $one --resume "$work/nowhere" $large
	gives 2 "No such file" $check $one --checkpoint "$work/nowhere/file" $large
	for option in --checkpoint --resume; do
		gives 2 "other: Is a directory" $check $one $option "$work/other" $large
	done
	cp $large "$other"
	gives 2 "one would take its place" $check $one --checkpoint "$other" "$other"
	cmp -s $large "$other" || echo "a scenario was written over"
	for option in --checkpoint --resume; do
		gives 2 "a checkpoint is of one exploration, and here are 2" "$shootdown" check --arch x86_64,arm64 $option "$file" $quiet
		gives 2 "does nothing without a search over states" $check --random 5 $option "$file" $quiet
		gives 2 "does nothing without a search over states" $check --search traces $option "$file" $quiet
		gives 2 "is given twice" $check $option "$file" $option "$file" $quiet
		gives 2 "unrecognized option" "$shootdown" matrix $option "$file" $quiet
	done
	gives 2 "--checkpoint-every does nothing without --checkpoint" $check --checkpoint-every 5 $quiet
} | verdict "what cannot be gone on with is refused, and nothing else is written over"

# A file of more bytes than are allowed stands for a disk that is full. The first file of several has room there, and what was kept last
# stays: of the middle of the search, and written while it went on.
{
	rm -f "$file"
	whole --jobs 1 --arch x86_64 $large
	(
		trap '' XFSZ
		ulimit -f 2944
		gives 2 "File too large; the search is not kept" \
			$check --jobs 1 --arch x86_64 --checkpoint "$file" --checkpoint-every 0 $large
	)
	all=$(states)
	if [ -f "$file" ]; then
		$check --jobs 1 --arch x86_64 --resume "$file" --max-states 1 $large >"$work/out" 2>&1
		[ "$(states)" -gt 1 ] && [ "$(states)" -lt "$all" ] || echo "$(states) states of $all were kept on the way"
		$check --jobs 1 --arch x86_64 --resume "$file" --json "$work/json" $large >"$work/out" 2>&1
		found "$work/out" | diff - "$work/whole"
		[ "$(ends)" = "$ends" ] || echo "$(ends) ends, not $ends"
	else
		echo "nothing was kept on the way"
	fi
} | verdict "what was kept on the way is as good as what was kept at the end"

# There is room for no file at all.
{
	for jobs in 1 2; do
		(
			trap '' XFSZ
			ulimit -f 16
			gives 2 "full: File too large; the search is not kept" \
				$check --jobs $jobs --arch x86_64 --max-states 20000 --checkpoint "$work/full" $large
		)
		[ ! -e "$work/full" ] || echo "there is a checkpoint"
		[ ! -e "$work/full.part" ] || echo "a part of one is left"
	done
} | verdict "a checkpoint that cannot be written is an error"

finish
