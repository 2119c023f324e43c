#!/bin/sh
# examples/smp under ThreadSanitizer, which knows a page that is freed too early even if nobody read it at the wrong moment. Then
# without rules of the library and with memory orders that are too weak, so that the example is seen to fail.
# shellcheck source=tests/lib/smp-common.sh
. "$(dirname "$0")/smp-common.sh"

if ! echo 'int main(void) { return 0; }' | $CC -fsanitize=thread -x c -o "$out/probe" - 2>/dev/null || ! "$out/probe" 2>/dev/null; then
	echo "       no ThreadSanitizer here"
	finish
fi
# shellcheck disable=SC2086 # perhaps nothing
if build thread -fsanitize=thread $fences; then
	holds thread interrupts 500
	holds thread broadcasts 500
fi

# without NAME RULES WAY: RULES by colons, as they stand in include/shootdown/rules.def
without() {
	for rule in $(echo "$2" | tr : ' '); do
		grep -q "($rule," include/shootdown/rules.def || { failure="no rule $rule" && judge "$1"; }
	done
	# shellcheck disable=SC2086 # perhaps nothing
	build "$1" -fsanitize=thread $fences "-DSHOOTDOWN_RULE(name)=(!__builtin_strstr(\":$2:\", \":\" #name \":\"))" &&
		breaks "$1" "$3" 50000
}

without free-first flush_before_free:flush_before_table_free interrupts
without answer-first flush_wait interrupts
without enter-late mm_enter_before_load interrupts
without not-completed broadcast_complete broadcasts
without no-grace-period table_grace_period broadcasts

# mutated MUTANT WAY: a copy of the library with a patch of tests/mutants/
mutated() {
	rm -rf "$out/mutated"
	mkdir "$out/mutated"
	cp -r lib "$out/mutated/"
	library=$out/mutated/lib
	# shellcheck disable=SC2086 # perhaps nothing
	patch -s -p1 -d "$out/mutated" <"tests/mutants/$1.patch" && build "$1" -fsanitize=thread $fences && breaks "$1" "$2" 50000
	library=lib
}

mutated answer-relaxed interrupts
mutated wait-relaxed interrupts
mutated count-after-the-call interrupts

finish
