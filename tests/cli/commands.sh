#!/bin/sh
# The command line: exit statuses, commands and their help, and verdicts that say what was explored.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
small=$(ls litmus/gather/munmap-page-free.litmus litmus/gather/munmap-b*.litmus litmus/table/munmap-t*.litmus litmus/table/munmap-vs-*.litmus)

{
	gives 0 "safe (all " "$shootdown" check --arch x86_64 $race
	gives 1 "unsafe: use-after-free" "$shootdown" check $broken
	sed 's/^expect safe//; s/^expect use-after-free/expect isolation/' $race >"$work/${race##*/}"
	gives 1 "does not hold: only use-after-free and" \
		"$shootdown" check --arch x86_64 "$work/${race##*/}"
} | verdict "a safe scenario ends with 0, a broken one with 1"

{
	gives 2 "Usage: shootdown" "$shootdown"
	gives 2 "did you mean check?" "$shootdown" chek $race
	gives 2 "found no FILE" "$shootdown" check
	gives 2 "found no FILE" "$shootdown" matrix
	gives 2 "found no FILE" "$shootdown" join
	gives 2 "found 2 FILEs" "$shootdown" replay --arch x86_64 --trace 0 $race $quiet
	gives 2 "No such file" "$shootdown" check no-such.litmus
} | verdict "what is no command or no file ends with 2 and says what was expected"

{
	gives 0 "Usage: shootdown" "$shootdown" --help
	for status in "0  " "1  " "2  " "3  " "130, 143"; do
		grep -q "^  $status" "$work/out" || echo "--help does not say what status $status means"
	done
	gives 0 "shootdown 0" "$shootdown" --version
	for command in check replay sweep join matrix rules arch; do
		gives 0 "Usage: shootdown $command " "$shootdown" $command --help
		cp "$work/out" "$work/help.$command"
	done
	grep -q -- --trace "$work/help.check" && echo "check --help has an option of replay"
	grep -q -- --bound "$work/help.replay" && echo "replay --help has an option of check"
	grep -q "Exit status" "$work/help.check" || echo "check --help does not say how it ends"
} | verdict "each command has help of its own"

{
	gives 0 "flush-before-free" "$shootdown" rules
	gives 0 "hostile" "$shootdown" arch
	gives 0 "unsafe without it" "$shootdown" matrix --quiet --arch x86_64 litmus/gather/munmap-page-free.litmus
	rules=$("$shootdown" rules --json - | grep -c '"rule"')
	grep -q "of $rules rules are needed by no scenario here" "$work/out" || echo "matrix hides how many rules it left out"
	[ "$(grep -c 'no scenario here needs it' "$work/out")" = 0 ] || echo "matrix has columns that say nothing"
} | verdict "rules, arch and matrix answer"

{
	gives 0 "flush-wait" "$shootdown" rules flush-wait
	grep -q flush-before-free "$work/out" && echo "rules NAME shows another rule"
	gives 0 "flush-wait" "$shootdown" rules flush_wait
	gives 2 "did you mean flush-wait?" "$shootdown" rules flush-wit
	gives 0 "arm64" "$shootdown" arch arm64
	grep -q riscv "$work/out" && echo "arch NAME shows another row"
	gives 2 "shootdown arch" "$shootdown" arch nowhere
	gives 0 '"shootdown-rules"' "$shootdown" rules --json -
	gives 0 '"shootdown-arch"' "$shootdown" arch --json -
	"$shootdown" rules flush-wait --json "$work/rules.json" >"$work/out" || echo "rules --json FILE: status $?"
	[ -s "$work/out" ] && echo "rules --json FILE prints as well"
	tr -d ' \t' <"$work/rules.json" | grep -q '"rule":"flush-wait"' || echo "rules.json does not name the rule"
} | verdict "rules and arch show what is named, and have JSON"

{
	gives 3 "NOT EXHAUSTED: explored 50 executions, stopped by --max-executions" \
		"$shootdown" check --search traces --max-executions 50 --arch x86_64 $race
	grep -q 'safe (' "$work/out" && echo "says safe of executions that it has not explored"
	gives 3 "stopped by --max-states" "$shootdown" check --max-states 50 --arch x86_64 $race
	grep -q "NOT EXHAUSTED: explored [1-9][0-9]* states, [1-9][0-9]* transitions," "$work/out" || cat "$work/out"
	grep -q 'safe (' "$work/out" && echo "says safe of what it has not explored"
	grep -q FAILED "$work/out" && echo "says FAILED of what it has not explored"
	grep -q "2 expectations, 0 held, 0 failed; 2 not finished;" "$work/out" || tail -n 3 "$work/out"
	gives 0 "no violation in 200 random executions" "$shootdown" check --random 200 --seed 7 --arch x86_64 $quiet
	grep -q 'safe (' "$work/out" && echo "says safe of what it has sampled"
	found_soon="--arch x86_64 --without flush-before-free $top/litmus/gather/munmap-page-free.litmus"
	gives 1 "unsafe: " "$shootdown" check --max-seconds 0 --random 20000 --seed 2 $found_soon
	gives 1 "unsafe: " "$shootdown" check --max-seconds 0 --bound 2 $found_soon
	gives 0 "at most 0 preemptions" "$shootdown" check --bound 0 --arch x86_64 $quiet
	grep -q 'safe (' "$work/out" && echo "says safe of what it has bounded"
} | verdict "what was not explored is neither safe nor failed"

{
	gives 0 "chance that two states shared a fingerprint: at most " "$shootdown" check --verbose --arch x86_64 $quiet
	grep -q "safe (all [0-9,]* states, [0-9,]* transitions)" "$work/out" || cat "$work/out"
	grep -q execution "$work/out" && echo "speaks of executions where states were counted"
	gives 0 "executions)" "$shootdown" check --search traces --arch x86_64 $quiet
	grep -q "safe (all [0-9,]* executions)" "$work/out" || cat "$work/out"
	grep -q state "$work/out" && echo "speaks of states where executions were counted"
	conditions counted >"$work/counted.litmus"
	"$shootdown" check --arch x86_64 --verbose "$work/counted.litmus" >"$work/out"
	grep -q "does not hold: in no execution, expected sometimes .*, explored [0-9,]* states" "$work/out" || cat "$work/out"
	grep -q "holds (seen in [0-9,]* states" "$work/out" || echo "nothing was seen"
	one=$(sed -n 's/.*holds (all \([0-9,]*\) states.*/\1/p' "$work/out" | head -n 1)
	grep -q "6 expectations, 3 held, 3 failed; $one states" "$work/out" || tail -n 3 "$work/out"
} | verdict "a verdict speaks of what was counted, and a sum counts an exploration once"

{
	COLUMNS=200 "$shootdown" check --jobs 1 $small | sort >"$work/one"
	COLUMNS=200 "$shootdown" check --jobs 2 $small | sort >"$work/two"
	sed -i 's/ in [0-9.]* s.*//; s/[0-9.]* s$//; s/, *$//' "$work/one" "$work/two"
	grep -q "^ok" "$work/one" || echo "nothing was checked"
	cmp "$work/one" "$work/two"
} 2>&1 | verdict "--jobs 1 and --jobs 2 agree"

{
	for jobs in 1 2; do
		"$shootdown" check --quiet --jobs $jobs --json - --arch x86_64 $quiet $race --without move-flush >"$work/out"
		tr -d ' \t' <"$work/out" | awk -F'[:,]' '$1 == "\"transitions\"" { n += $2 } END { print n }' >"$work/sum$jobs"
	done
	"$shootdown" check --quiet --jobs 2 --json - --arch x86_64 $race --without move-flush >"$work/out"
	tr -d ' \t' <"$work/out" | awk -F'[:,]' '$1 == "\"transitions\"" { n += $2 } END { print n }' >"$work/sum3"
	paste "$work/sum1" "$work/sum2" "$work/sum3" | awk '!$1 || $2 > 1.1 * $1 || $3 > 1.1 * $1 { print "transitions: " $0 }'
} 2>&1 | verdict "processes that share an exploration count what each did, once"

{
	"$shootdown" check --arch x86_64 $quiet >"$work/out"
	grep -Eq ' in [0-9.]+ s \([0-9.]+ s of CPU time\)$' "$work/out" || tail -n 1 "$work/out"
} | verdict "wall time and CPU time are told apart"

# One that fails says nothing about the others.
conditions each >"$work/each.litmus"
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
	"$shootdown" check --arch x86_64 "$work/each.litmus" >"$work/out"
	[ "$(sed -n 's/^\(ok\|FAILED\) .*/\1/p' "$work/out" | tr '\n' ' ')" = "ok FAILED ok FAILED FAILED ok " ] ||
		cat "$work/out"
	"$shootdown" check "$work/still.litmus" >"$work/out" || echo "a promise of an operation that did nothing"
} 2>&1 | verdict "each expectation is answered for itself"

# operation STATEMENT OPERATION: refused without the statement, and done with it
operation() {
	for with in "" "$1 A"; do
		cat >"$work/named.litmus" <<END
litmus named
doc    "what an operation needs to be said of its map"
arch   x86_64
file F pages=2
map A = anon rw
$with
cpu 0: $2
expect safe
END
		if [ "$with" ]; then
			gives 0 "safe" "$shootdown" check "$work/named.litmus"
		else
			gives 2 "found A, expected a map that a $1 statement names ($1 A)" "$shootdown" check "$work/named.litmus"
		fi
	done
}
{
	operation uffd "uffd-wp A"
	operation uffd "uffd-unwp A"
	operation numa "numa-hint A"
	operation soft-dirty "clear-soft-dirty A"
	operation soft-dirty "read-soft-dirty A -> r"
	sed 's/^cpu 0: .*/cpu 0: free F/' "$work/named.litmus" >"$work/out.litmus"
	mv "$work/out.litmus" "$work/named.litmus"
	gives 2 "found F, expected a file whose pages are a driver's" "$shootdown" check "$work/named.litmus"
} 2>&1 | verdict "an operation that has nothing to do it on is an error"

finish
