#!/bin/sh
# A run that is spread over shards and joined says what the run says; parts that are not one run are refused.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
check="$shootdown check --quiet"
conditions first >"$work/first.litmus" # of its expectations some do not hold
run="--arch x86_64,arm64,riscv $work/first.litmus $quiet litmus/flush"

# What a run says, without the time that it took and the command that asked for it.
said() {
	sed -e '/"seconds":/d' -e '/"cpu_seconds":/d' -e '/"command":/d' -e '/"shard":/,/}/d' "$1"
}

# part I N FILE: its status is that of the part
part() {
	$check --shard "$1/$2" --json "$3" $run >"$work/out" 2>&1
}

{
	$check --json "$work/whole.json" $run >"$work/whole.txt" 2>&1
	whole=$?
	[ $whole = 1 ] || echo "the run itself: status $whole, not 1"
	for n in 1 2 3 7; do
		parts=''
		for i in $(seq $n); do
			part $i $n "$work/$i.json"
			[ $? -le 1 ] || cat "$work/out"
			parts="$work/$i.json $parts"
		done
		"$shootdown" join --json "$work/joined.json" $parts >"$work/joined.txt" 2>&1
		got=$?
		[ $got = 1 ] || echo "$n shards, joined: status $got, not 1"
		said "$work/whole.json" >"$work/a"
		said "$work/joined.json" >"$work/b"
		cmp -s "$work/a" "$work/b" || { echo "$n shards say something else:"; diff "$work/a" "$work/b" | head -n 5; }
		grep -E '^(ok|FAILED|OPEN)' "$work/joined.txt" | sed -E 's/[0-9.]+ s$//' >"$work/b"
		grep -E '^(ok|FAILED|OPEN)' "$work/whole.txt" | sed -E 's/[0-9.]+ s$//' | sort >"$work/a"
		sort "$work/b" | cmp -s - "$work/a" || { echo "$n shards print something else:"; diff "$work/a" "$work/b" | head -n 5; }
	done
} | verdict "shards, joined in any order, say what the run says, in its order"

{
	for i in 1 2 3; do
		grep -c '"scenario":' "$work/$i.json" >>"$work/shares"
		part $i 3 "$work/again.json"
		part $i 3 "$work/$i.json"
		said "$work/$i.json" >"$work/a"
		said "$work/again.json" | cmp -s - "$work/a" || echo "shard $i/3 is not the same a second time"
	done
	grep -qx 0 "$work/shares" && echo "a shard has nothing to do"
	for i in $(seq 200); do
		[ "$i" -gt 3 ] || part "$i" 200 "$work/many.$i.json" || [ $? = 1 ] || echo "shard $i of 200: $(cat "$work/out")"
	done
	part 200 200 "$work/none.json" || echo "a shard without an exploration: status $?"
	grep -q '"results":	\[\]' "$work/none.json" || echo "a shard without an exploration has results"
} | verdict "shards are the same each time, none is empty that need not be, and one that is empty is no error"

{
	join="$shootdown join"
	gives 2 "part 2 of 3 is missing" $join "$work/1.json" "$work/3.json"
	gives 2 "is a part that another file is, too" $join "$work/1.json" "$work/2.json" "$work/3.json" "$work/2.json"
	gives 2 "whole.json: is no part of a run" $join "$work/whole.json"
	$check --shard 2/3 --json "$work/other.json" --max-states 50 $run >/dev/null 2>&1
	gives 2 "is of another run" $join "$work/1.json" "$work/other.json" "$work/3.json"
	$check --shard 2/3 --json "$work/other.json" $run litmus/switch >/dev/null 2>&1
	gives 2 "is of another run" $join "$work/1.json" "$work/other.json" "$work/3.json"
	# As many explorations, of a scenario with another text, and on another architecture
	mkdir "$work/another"
	sed 's/^doc/# another\ndoc/' "$work/first.litmus" >"$work/another/first.litmus"
	# shellcheck disable=SC2046 # a list of words, here too
	$check --shard 2/3 --json "$work/other.json" $(echo "$run" | sed "s,$work,$work/another,") >/dev/null 2>&1
	gives 2 "is of another run" $join "$work/1.json" "$work/other.json" "$work/3.json"
	$check --shard 1/2 --json "$work/one.json" --arch x86_64,arm64 $quiet >/dev/null 2>&1
	$check --shard 2/2 --json "$work/other.json" --arch x86_64,mips $quiet >/dev/null 2>&1
	gives 2 "is of another run" $join "$work/one.json" "$work/other.json"
	gives 2 "No such file" $join "$work/nowhere.json"
	head -c 3000 "$work/1.json" >"$work/cut.json"
	gives 2 "it is no JSON, or cut off" $join "$work/cut.json"
	sed 's/shootdown-run/shootdown-tun/' "$work/1.json" >"$work/bad.json"
	gives 2 "it is no run of shootdown" $join "$work/bad.json"
	sed 's/"version":	[0-9]*/"version":	1/' "$work/1.json" >"$work/bad.json"
	gives 2 "its JSON is of version 1" $join "$work/bad.json"
	sed 's/"question":	[0-9]*/"question":	0/' "$work/2.json" >"$work/bad.json"
	gives 2 "not of this part" $join "$work/1.json" "$work/bad.json" "$work/3.json"
	sed 's/"verdict":	"safe"/"verdict":	"certain"/' "$work/1.json" >"$work/bad.json"
	gives 2 "'verdict' has a word that is not known" $join "$work/bad.json"
	sed 's/"agent":	[0-9]*/"agent":	31/' "$work/1.json" >"$work/bad.json"
	gives 2 "a row is of an agent that is not there" $join "$work/bad.json"
	sed 's/"to":	[0-9]*/"to":	0/' "$work/1.json" >"$work/bad.json"
	gives 2 "an arrow leads to no later row" $join "$work/bad.json"
	sed 's/"steps":	[0-9]*/"steps":	-3/' "$work/1.json" >"$work/bad.json"
	gives 2 "'steps' is no whole number" $join "$work/bad.json"
} | verdict "parts that are no run, or not one, are refused with what is wrong"

{
	for shard in 0/3 4/3 3 1/ /3 1/0 x/3 1/3x -1/3 1/99999999; do
		gives 2 "--shard: found '$shard', expected I/N" $check --shard $shard $run
	done
	gives 2 "--shard is given twice" $check --shard 1/2 --shard 2/2 $run
	gives 2 "unrecognized option '--shard" "$shootdown" matrix --shard 1/2 $quiet
} | verdict "a shard that is none is refused"

finish
