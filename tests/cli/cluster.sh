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

# night STATUS: the script for a night in three pieces, over four scenarios, ends so.
night() {
	(cd "$work/play" && SWEEP='1 2 3 4' PIECES=3 sh "$work/sh2") >"$work/printed" 2>&1
	status=$?
	[ $status = "$1" ] || { echo "status $status, not $1" && cat "$work/printed"; }
}

joined() {
	grep -q '^8 expectations' "$work/printed" || { echo "not joined" && cat "$work/printed"; }
}

{
	rm -f "$work"/play/part.* "$work"/play/log.*
	sed 's/--max-states 100000/--max-states 100/' "$work/sh2" >"$work/night" && mv "$work/night" "$work/sh2"
	night 3
	joined
	rm "$work/play/part.2.json" "$work"/play/log.*
	night 3
	joined
	[ "$(cd "$work/play" && echo log.*)" = log.2 ] || (cd "$work/play" && ls log.*)
	mkdir "$work/play/bin/stopped"
	printf '#!/bin/sh\necho part >new.json; kill -TERM $$\n' >"$work/play/bin/stopped/shootdown"
	chmod +x "$work/play/bin/stopped/shootdown"
	rm "$work/play/part.3.json"
	PATH=$work/play/bin/stopped:$PATH night 143
	[ ! -e "$work/play/part.3.json" ] || echo "a piece that was stopped counts as done"
} | verdict "a night in pieces goes on where it was stopped"

finish
