#!/bin/sh
# Generated scenarios: all of them can be read, each is there once, and a finding is a scenario that `check` takes as it is.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
sweep="$shootdown sweep --quiet"

{
	gives 0 "pair-0001-" $sweep --list
	cp "$work/out" "$work/pairs"
	$sweep --pairs --list | cmp -s - "$work/pairs" || echo "--pairs is not the default, or not the same twice"
	sed 's/^pair-[0-9]*-//' "$work/pairs" | sort | uniq -d
	gives 0 "triple-0001-" $sweep --triples --list
	[ "$(grep -c . "$work/out")" -gt "$(grep -c . "$work/pairs")" ] || echo "there are no more triples than pairs"
	for operation in mmap munmap madvise-dontneed madvise-cold exec-shift exit gup gup-write gup-fast truncate \
		unmap_mapping_range free writeback fsync reuse; do
		[ $operation = reuse ] || grep -q -- "-$operation-$operation-" "$work/pairs" || echo "$operation never meets itself"
		[ $operation = exec-shift ] || [ $operation = writeback ] || [ $operation = fsync ] ||
			grep -qE -- "-(munmap-$operation|$operation-munmap)-" "$work/pairs" || echo "$operation never meets munmap"
	done
	# The driver's, not that of madvise.
	sed 's/madvise-free/madvise-lazily/g' "$work/pairs" >"$work/drivers"
	grep -E -- '-anon-.*(truncate|free|writeback|fsync)' "$work/drivers"
	grep -E '^pair-[0-9]*-(shared|private)-.*-free' "$work/drivers"
	grep -E -- '-(reuse|gup|gup-fast|writeback|fsync|madvise-cold|load)(-kthread)?-reuse|-private-.*-(writeback|fsync)|-(driver|driver-absent|mixed)-.*gup(-fast)?-write' "$work/pairs" |
		grep -v -- '-driver-private-.*gup'
} | verdict "every two operations meet once, where they mean something, at the same number each time"

# Agents by CPU, without the numbers of CPUs and registers, in an order of their own: what is the same then has been made twice.
$sweep --print >"$work/texts"
{
	[ "$(grep -c '^litmus ' "$work/texts")" = "$(grep -c . "$work/pairs")" ] || echo "--print has other scenarios than --list"
	awk '
	function ended(cpu, n, i, j, t, key) {
		for (cpu in on)
			list[++n] = on[cpu]
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
				t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
			}
		for (i = 1; i <= n; i++)
			key = key "|" list[i]
		if (n && seen[world key]++)
			print name " is one that was before"
		split("", on)
		world = ""
	}
	/^litmus / { ended(); name = $2 }
	/^(map|file|present|alloc)/ { world = world ";" $0 }
	/^(cpu|kthread) / {
		cpu = $2 + 0
		sub(/^cpu [0-9]+/, "cpu")
		sub(/^kthread [0-9]+/, "kthread")
		gsub(/ [rg][0-9]+/, " r")
		gsub(/= [0-9]+/, "= N")
		on[cpu] = on[cpu] < $0 ? on[cpu] "&" $0 : $0 "&" on[cpu]
	}
	END { ended() }' "$work/texts" | head -n 5
	for part in 'kthread . in m: truncate F' 'cpu .: store A = 2' 'exec A' 'alloc fail' 'pages=1 mixed'; do
		grep -q -- "$part" "$work/texts" || echo "no scenario has $part"
	done
	$sweep --print 1 | "$shootdown" check --quiet --arch x86_64 --max-states 50 - >"$work/out" 2>&1
	grep -q '^OPEN ' "$work/out" || { echo "check does not take what --print writes" && cat "$work/out"; }
} | verdict "no two scenarios are the same but for the numbers of CPUs"

{
	gives 0 "2 expectations, 2 held" $sweep --arch x86_64,arm64 "$(grep -n -- '-anon-munmap-munmap-load$' "$work/pairs" | cut -d : -f 1)"
	gives 3 "not finished" $sweep --arch x86_64 --max-states 20 1
	for number in 0 x -1 99999 1x ""; do
		gives 2 "expected the number of a scenario, from 1 to" $sweep -- "$number"
	done
	gives 2 "--pairs does not go together with --triples" $sweep --pairs --triples
	gives 2 "--list does not go together with --json" $sweep --list --json -
	gives 2 "--list does not go together with --print" $sweep --list --print
	gives 2 "--print does not go together with --output" $sweep --print --output "$work"
	gives 2 "Not a directory" $sweep --output Makefile 1
} | verdict "a scenario that is safe, one that is not explored, and what is refused"

{
	munmap=$(grep -n -- '-anon-munmap-reuse-store$' "$work/pairs" | cut -d : -f 1)
	broken="--arch x86_64 --without flush-wait"
	gives 1 "unsafe: " $sweep $broken --output "$work/found" $munmap
	name=$(sed -n "${munmap}p" "$work/pairs")
	[ "$(ls "$work/found")" = "$name.litmus" ] || ls "$work/found"
	replay=$(sed -n 's/^ *replay: //p; /shootdown replay/p' "$work/out" | head -n 1)
	gives 1 "unsafe: " "$shootdown" check --quiet $broken "$work/found"
	gives 0 "held" "$shootdown" check --quiet --arch x86_64 "$work/found"
	sh -c "$replay" >"$work/replayed" 2>&1
	grep -q "unsafe: " "$work/replayed" || { echo "it does not replay: $replay"; head -n 3 "$work/replayed"; }
	gives 1 "cpu 1: reuse" $sweep $broken $munmap
	sed -n '/^litmus /,/^expect safe/p' "$work/out" | cmp -s - "$work/found/$name.litmus" || echo "what is printed is not what is written"
	gives 0 "held" $sweep --arch x86_64 --output "$work/empty" $munmap
	ls "$work/empty"
} | verdict "a finding is kept as a scenario, and replays"

{
	for i in 1 2; do
		$sweep --arch x86_64,riscv --max-states 200 --shard $i/2 --json "$work/$i.json" 1 2 3 4 5 >/dev/null
	done
	gives 3 "10 expectations" "$shootdown" join "$work/1.json" "$work/2.json"
} | verdict "a sweep is spread and joined as a run is"

finish
