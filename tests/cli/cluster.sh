#!/bin/sh
# docs/cluster.md, played: what it shows for one machine is run as it stands there, and the script for Slurm with what Slurm would set.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
. "$(dirname "$0")/common.sh"
mkdir -p "$work/play/bin"
ln -s "$shootdown" "$work/play/bin/shootdown"
ln -s "$top/litmus" "$work/play/litmus"
PATH=$work/play/bin:$PATH
export PATH

# Pieces of the page in their order: console blocks, and the script.
awk -v dir="$work" '
/^```(console|sh)$/ { kind = substr($0, 4); nr = ++count[kind]; file = dir "/" kind nr; printf "" >file; next }
/^```/ { kind = ""; next }
kind != "" { print >file }' docs/cluster.md

# play BLOCK: runs each command, and wants the lines below it among what it prints. The last status is left in $work/status.
play() {
	while IFS= read -r line; do
		case $line in
		'$ '*)
			(cd "$work/play" && sh -c "${line#'$ '}") >"$work/printed" 2>&1 </dev/null
			echo $? >"$work/status"
			;;
		*) grep -qxF -- "$line" "$work/printed" || { echo "not printed: $line" && cat "$work/printed"; } ;;
		esac
	done <"$work/$1"
}

held() {
	[ "$(cat "$work/status")" = 0 ] || { echo "status $(cat "$work/status")" && cat "$work/printed"; }
	grep -q ' 0 failed; ' "$work/printed" || cat "$work/printed"
}

{
	play console1
	held
	grep -q '<html' "$work/play/whole.html" || echo "there is no page"
	play console2
	[ "$(cat "$work/status")" = 2 ] || echo "status $(cat "$work/status"), not 2"
} | verdict "by hand"

# Batch systems limit addresses, of which processes that share a search take more than they ever use.
{
	for jobs in 1 3; do
		(
			# shellcheck disable=SC3045 # no shell that Debian has as sh is without it
			ulimit -v 4000000
			exec "$shootdown" check --quiet --arch x86_64 --shard 1/100 --jobs $jobs --max-seconds 0 \
				litmus/large/threads-of-one-cpu.litmus
		) >"$work/printed" 2>&1
		echo $? >"$work/status"
		held
	done
} | verdict "within a limit of addresses"

if parallel --version 2>/dev/null | grep -q GNU; then
	{
		play console3
		held
	} | verdict "GNU parallel"
else
	echo "SKIPPED: GNU parallel is not installed (Debian: parallel), so its line in docs/cluster.md was not run" >&2
fi

{
	rm -f "$work"/play/part.*
	for task in 1 2 3; do
		(cd "$work/play" && SWEEP='1 2 3 4' SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=3 sh "$work/sh1") >"$work/printed" 2>&1 ||
			{ echo "task $task: not 0" && cat "$work/printed"; }
	done
	gives 3 "8 expectations" "$shootdown" join "$work/play/part.3.json" "$work/play/part.1.json" "$work/play/part.2.json"
} | verdict "the script of Slurm's tasks"

# night STATUS: the line for a night ends so, in three pieces and over four scenarios that are cut off early.
night() {
	line=$(sed -n 's/^\$ \(script.*--max-states\) 100000/\1 100/p' "$work/console4")
	(cd "$work/play" && PIECES=3 SHOOTDOWN=shootdown sh -c "$line 1 2 3 4") >"$work/printed" 2>&1
	status=$?
	[ $status = "$1" ] || { echo "status $status, not $1" && cat "$work/printed"; }
}

joined() {
	grep -q '^8 expectations' "$work/printed" || { echo "not joined" && cat "$work/printed"; }
}

{
	ln -s "$top/script" "$work/play/script"
	night 3
	joined
	[ -s "$work/play/night/whole.html" ] || echo "there is no page"
	rm "$work/play/night/part.2-of-3.json" "$work"/play/night/log.*
	night 3
	joined
	[ "$(cd "$work/play/night" && echo log.*)" = log.2 ] || (cd "$work/play/night" && ls log.*)
	mkdir "$work/play/bin/stopped"
	# shellcheck disable=SC2016 # it is another shell's
	printf '#!/bin/sh\necho part >night/new.json; kill -TERM $$\n' >"$work/play/bin/stopped/shootdown"
	chmod +x "$work/play/bin/stopped/shootdown"
	rm "$work/play/night/part.3-of-3.json"
	PATH=$work/play/bin/stopped:$PATH night 143
	[ ! -e "$work/play/night/part.3-of-3.json" ] || echo "a piece that was stopped counts as done"
} | verdict "a night in pieces goes on where it was stopped"

finish
