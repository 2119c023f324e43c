#!/bin/sh
# Options and files: what cannot be meant is refused, and nothing checked is no success.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
conditions first >"$work/first.litmus" # for x86_64 and arm64
first=$work/first.litmus
check="$shootdown check"

{
	gives 2 "no scenario is for s390" $check --arch s390 $first
	gives 2 "no scenario is for s390" $check --arch x86_64,s390 $first
	gives 2 "no scenario is for s390" "$shootdown" matrix --arch s390 $first
	gives 2 "no scenario is for s390" "$shootdown" replay --arch s390 --trace 0 $first
	sed '/^expect/d; s/^litmus .*/litmus narrow/' $first >"$work/narrow.litmus"
	echo "expect safe on arm64" >>"$work/narrow.litmus"
	gives 2 "nothing to check" $check --arch x86_64 "$work/narrow.litmus"
	gives 1 "1 of 2 scenarios expect nothing" $check --arch x86_64 "$work/narrow.litmus" $first
	gives 1 "12 expectations" $check --arch arm64,x86_64 "$work/narrow.litmus" $first
	gives 0 "1 expectation, 1 held" $check --arch all "$work/narrow.litmus"
} | verdict "nothing checked is no success"

{
	for list in "" "," "x86_64," ",x86_64" "x86_64,,arm64"; do
		gives 2 "found '', expected an architecture" $check --arch "$list" $first
	done
	gives 2 "found '', expected a rule" $check --without "" $first
	gives 2 "did you mean x86_64?" $check --arch x86_65 $first
	gives 2 "shootdown arch" $check --arch bogus $first
	gives 2 "did you mean flush-before-free?" $check --without flush-before-fre $first
	gives 2 "shootdown rules" $check --without bogus $first
	gives 1 "without pfn-flush-before-unlink" $check --arch x86_64 --without pfn_flush_before_unlink $race
} | verdict "an empty or unknown name is refused, with the names that are near"

{
	huge=99999999999999999999999
	for option in bound random seed depth max-states max-executions max-seconds jobs; do
		for number in $huge -1 "" 1x " 1" +1; do
			gives 2 "--$option: found '$number', expected a number" $check --$option="$number" $first
		done
	done
	gives 2 "expected a number, 1 or more" $check --random 0 $first
	gives 2 "expected a number from 1 to" $check --jobs 0 $first
	gives 2 "expected a number from 1 to" $check --random 5 --depth 18 $first
} | verdict "a number that is none, or too large, is refused"

{
	gives 2 "--random does not go together with --bound" $check --random 10 --bound 2 $first
	gives 2 "--random does not go together with --max-executions" $check --random 10 --max-executions 2 $first
	gives 2 "--random does not go together with --search" $check --random 10 --search traces $first
	gives 2 "--bound does not go together with --search" $check --bound 1 --search states $first
	gives 2 "--search: found 'both', expected states or traces" $check --search both $first
	gives 2 "--search is given twice" $check --search states --search traces $first
	gives 2 "--max-executions does nothing without --search traces or --bound" $check --max-executions 2 $first
	gives 2 "--max-states does nothing without a search over states" $check --search traces --max-states 2 $first
	gives 2 "--max-states does nothing without a search over states" $check --bound 1 --max-states 2 $first
	gives 2 "--no-reduction does not go together with --bound" $check --bound 2 --no-reduction $first
	gives 2 "--no-reduction does not go together with --random" $check --random 2 --no-reduction $first
	gives 2 "--depth does nothing without --random" $check --depth 3 $first
	gives 2 "--seed does nothing without --random" "$shootdown" matrix --seed 3 $first
	gives 2 "--quiet does not go together with --progress" $check --quiet --progress $first
	gives 2 "--bound is given twice" $check --bound 1 --bound 2 $first
	gives 2 "both have standard output" $check --json - --html - $first
	gives 2 "--verbose is about text" $check --json - --verbose $first
	gives 2 "--steps is about text" $check --html - --steps $first
	gives 2 "are the same file" $check --json "$work/x" --html "$work/x" $first
	gives 2 "unrecognized option '--trace" $check --trace 0 $first
	gives 2 "unrecognized option '--bound" "$shootdown" replay --bound 1 $first
	gives 2 "unrecognized option '--arch" "$shootdown" rules --arch x86_64
	gives 2 "unrecognized option '--html" "$shootdown" arch --html x
	gives 2 "shootdown: unrecognized option '--quiet'" "$shootdown" --quiet check $first
} | verdict "options that contradict each other or do nothing are refused"

{
	gives 2 "expected --arch with one name" "$shootdown" replay --trace 0 $first
	gives 2 "expected --arch with one name" "$shootdown" replay --arch all --trace 0 $first
	gives 2 "expected --trace" "$shootdown" replay --arch x86_64 $first
	gives 2 "found '0x', expected [WORDS:]AGENT" "$shootdown" replay --arch x86_64 --trace 0x $first
	gives 2 "expected at most 6" "$shootdown" replay --arch x86_64 --expect 7 --trace 0 $first
	gives 2 "a condition or a count" "$shootdown" replay --arch x86_64 --expect 1 --trace 0 $race
} | verdict "replay says what it needs"

# ---- files ----

{
	"$shootdown" check --arch x86_64 - <$first >"$work/out" || [ $? = 1 ] || echo "standard input: status $?"
	grep -q "6 expectations, 3 held" "$work/out" || cat "$work/out"
	sed 's/^litmus .*/litmus any-name/' $first | "$shootdown" check --arch x86_64 - >"$work/out" 2>&1
	grep -q "any-name on x86_64" "$work/out" || cat "$work/out"
	sed 's/^litmus .*/litmus any-name/' $first | "$shootdown" check --arch x86_64 /dev/stdin >"$work/out" 2>&1
	grep -q "any-name on x86_64" "$work/out" || cat "$work/out"
	echo "litmus x-" | "$shootdown" check - >"$work/out" 2>&1
	[ $? = 2 ] || echo "a bad scenario on standard input is none"
	grep -q "^-:" "$work/out" || cat "$work/out"
} | verdict "a scenario comes from standard input, by any name"

{
	mkdir -p "$work/folder/sub/empty"
	cp "$quiet" "$work/folder/"
	conditions b >"$work/folder/sub/b.litmus"
	conditions a >"$work/folder/a.litmus"
	echo "not a scenario" >"$work/folder/notes.txt"
	gives 1 "expectations" $check --verbose --jobs 1 --arch x86_64 "$work/folder"
	awk '/^(ok|FAILED)/ { print $2 }' "$work/out" | uniq | tr '\n' ' ' >"$work/order"
	[ "$(cat "$work/order")" = "a b unmap-nothing " ] || cat "$work/order"
	gives 2 "there is no .litmus file in or below it" $check "$work/folder/sub/empty"
	gives 1 "6 expectations" $check --arch x86_64 "$work/folder/a.litmus" "$work/folder/../folder/a.litmus"
	gives 1 "6 expectations" $check --arch x86_64 "$work/folder/sub" "$work/folder/sub/b.litmus" "$work/folder/sub/"
} | verdict "a folder stands for its files, in order, and a file counts once"

finish
