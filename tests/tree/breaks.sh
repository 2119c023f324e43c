#!/bin/sh
# The tests of the tree can fail: builds a small tree that keeps every rule, then breaks it in one way after the other, and
# expects the test concerned to name the place.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

tests=$PWD/tests
tree=$work/tree
: "${CC:=cc}"
export CC

# write FILE LINE...: a source with its first two lines, and these
write() {
	file=$tree/$1
	shift
	mkdir -p "${file%/*}"
	{
		echo '/* SPDX-License-Identifier: MIT */'
		echo '/* A small piece of a small tree. */'
		printf '%s\n' "$@"
	} >"$file"
}

# plain FILE LINE...: a file that is no C
plain() {
	mkdir -p "$tree/${1%/*}"
	file=$tree/$1
	shift
	printf '%s\n' "$@" >"$file"
}

compile() {
	mkdir -p "$tree/build/${1%/*}"
	(cd "$tree" && $CC -fno-common -I. -Iinclude -c -o "build/$1.o" "$1.c")
}

small_tree() {
	rm -rf "$tree"
	write include/shootdown/pages.h '#ifndef PAGES_H' '#define PAGES_H' '#include <stddef.h>' '/*' ' * tlb_free - free a page.' ' *' \
		' * Context: thread.' ' * Locks:   none.' ' * Order:   ORD-2.' ' * Fails:   never. Asserts "needs a' ' *          page".' \
		' * After:   it is free.' ' * Source:  Linux mm/page_alloc.c: free_pages().' ' */' 'int tlb_free(int x);' \
		'void (shootdown_hook)(void);' '/* Not to be called. */' 'int tlb_inner(int x);' '#endif'
	write include/shootdown/rules.def 'RULE_DEF(flush_first,' '	 "Flush, then free.",' '	 "a manual",' \
		'	 "free-vs-load")'
	write mm/rules.def 'RULE_DEF(lock_both,' '	 "Both locks.",' '	 "a thread", "two-locks")'
	write mm/host.h '#ifndef VM_HOST_H' '#define VM_HOST_H' '#include <machine/machine.h>' '#endif'
	write machine/machine.h '#ifndef MACHINE_H' '#define MACHINE_H' '#include <shootdown/pages.h>' '#endif'
	write machine/model/arena.c '#include <string.h>' '#include "machine/machine.h"' 'int arena[4];'
	write lib/free.c '#include <shootdown/pages.h>' '#define RULE(name) 1' '#define shootdown_assert(x, text) (void)(x)' \
		'int tlb_free(int x);' '' 'int tlb_free(int x)' '{' '	shootdown_assert(x, "tlb_free: needs a page");' \
		'	return RULE(flush_first) && x; /* an "x86" of "#if" */' '}'
	write mm/lock.c '#include "mm/host.h"' '#define RULE(name) 1' 'int both(void);' '' 'int both(void)' '{' \
		'	return RULE(lock_both);' '}'
	write check/main.c '#include "shootdown/pages.h"' '#include <stdio.h>' 'static const char *const names[] = { "a" };' \
		'const char *name(void);' '' 'const char *name(void)' '{' '	return names[0];' '}'
	plain litmus/free-vs-load.litmus 'litmus free-vs-load' 'expect safe' 'expect use-after-free without flush-first'
	plain litmus/two-locks.litmus 'litmus two-locks' 'expect r = 1' 'expect any without flush-first,lock-both # both'
	plain tests/mutants/free-first.patch "A page is freed first." "kill: litmus/two-locks.litmus alpha" '' "--- a/arch/alpha.c" \
		"+++ b/arch/alpha.c" "@@ -3,1 +3,1 @@" "-int alpha;" "+int beta;"
	write arch/alpha.c 'int alpha;'
	plain script/run '#!/bin/sh' 'echo run'
	chmod +x "$tree/script/run"
	for source in lib/free mm/lock check/main machine/model/arena; do
		compile $source
	done
}

look() {
	TREE=$tree BUILD=build "$tests/tree/$1.sh" >"$work/output" 2>&1
}

# caught WHICH TEXT WHAT: the test WHICH fails and prints TEXT; then the tree is made whole again
caught() {
	if look "$1"; then
		echo "$1.sh passes although $3"
	elif ! grep -qF -e "$2" "$work/output"; then
		echo "$1.sh does not say \"$2\":"
		cat "$work/output"
	fi | verdict "caught: $3"
	small_tree
}

small_tree
for test in layers text contracts objects rules mutants; do
	look $test || cat "$work/output"
done | verdict "a small tree that keeps every rule passes"

write lib/free.c '#include "mm/host.h"'
caught layers "lib/free.c:3: lib may not include mm/host.h" "lib includes mm"
write lib/free.c '#include <stdio.h>'
caught layers "lib may not include <stdio.h>" "lib includes the C library"
write mm/lock.c '#include "../machine/model/model.h"'
caught layers "mm/lock.c:3: no such header: ../machine/model/model.h" "an included header is nowhere"
write machine/model/model.h '' && write mm/lock.c '#include <machine/model/model.h>'
caught layers "mm may not include machine/model/model.h" "mm includes a machine past its seam"
write machine/threads/threads.c '#include "../model/arena.c"'
caught layers "machine/threads may not include" "one machine includes another"
write check/main.c '#include "mm/host.h"'
caught layers "check/main.c:3: check may not include mm/host.h" "the checker looks into the mm under test"
write lang/words.c '#include "machine/machine.h"'
caught layers "lang may not include machine/machine.h" "the language knows the machine"
write arch/row.c '#include "lib/free.c"'
caught layers "arch may not include lib/free.c" "arch includes lib"
write lib/free.c 'void f(void)' '{' '#if 1' '#endif' '}'
caught layers "lib/free.c:5: conditional inside a function" "a function holds an #if"
write lib/free.c '#ifdef __x86_64__' '#endif'
caught layers "lib/free.c:3:#ifdef __x86_64__   <- an architecture by name" "lib tests for an architecture"
write include/shootdown/pages.h '#ifdef ARCH_NEW' '#endif'
caught layers "pages.h:3:#ifdef ARCH_NEW" "a public header tests for an architecture"
write lib/free.c 'int f(void)' '{' '	return *shootdown_arch()->name;' '}'
caught layers "a test of a name" "lib reads an architecture's name"

plain lib/free.c '#include <shootdown/pages.h>'
caught text "lib/free.c:1: no SPDX line" "a source has no licence"
plain lib/free.c '/* SPDX-License-Identifier: MIT */' 'int x;'
caught text "lib/free.c:2: no comment" "a source does not say its subject"
write lib/free.c "$(yes '/* line */' | head -n 598)"
caught text "lib/free.c: 600 lines, must stay under 600" "a file has 600 lines"
write lib/free.c 'void long_one(void)' '{' "$(yes '	;' | head -n 68)" '}'
caught text "lib/free.c:3: long_one() has 71 lines" "a function has 71 lines"
write lib/free.c 'void f(void) {' '}'
caught text "brace on its own line" "a function's brace ends its line"
write lib/free.c 'extern int x; '
caught text "lib/free.c:3: trailing white space" "a line ends in a blank"
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	cp .clang-format "$tree/" && write lib/free.c 'int  x;'
	caught text "lib/free.c:3" "a source is not formatted"
fi
plain script/run '#!/bin/sh' 'if true; then'
caught text "script/run" "a script does not parse"
chmod -x "$tree/script/run"
caught text "script/run: not executable" "a script is not executable"

pages=include/shootdown/pages.h
without() {
	sed -i "$1" "$tree/$pages"
}

for line in Context Locks Order After Source; do
	without "/^ \* $line:/d"
	caught contracts "$pages:7: tlb_free() has the lines" "a contract lacks the line $line"
done
without '/^ \* Fails:/,+1d'
caught contracts "tlb_free() has the lines Context Locks Order After Source, not" "a contract does not say how it fails"
without '/^ \* Locks:/{h;d};/^ \* Order:/G'
caught contracts "tlb_free() has the lines Context Order Locks Fails After Source, not" "a contract has its lines in another order"
without 's/^ \* After: .*/ * After:   it is free.\n * Return:  it./'
caught contracts "tlb_free() has the lines Context Locks Order Fails After Return Source, not" "a contract has a line of its own"
without 's/^ \* Locks:  /&  /'
caught contracts "tlb_free() has the lines Context Locks (out of its column)" "a line of a contract begins elsewhere"
without 's/^ \* Order: .*/ * Order:/'
caught contracts "$pages:7: tlb_free(): nothing behind Order" "a line of a contract is empty"
without 's/^ \* Source: .*/ * Source:  somewhere./'
caught contracts 'tlb_free(): Source is neither "Linux FILE: ..." nor "none"' "a contract has no source"
without '/^\/\*$/,/^ \*\/$/d'
caught contracts "$pages:6: tlb_free() has no contract" "a public function has no contract"
without 's/^int tlb_free/static inline int &/; s/^static inline int int/static inline int/; s/^ \* tlb_free -/ * tlb_frees -/'
caught contracts "$pages:17: tlb_free() has no contract" "a contract is another function's"
without 's/^.. Not to be called.*//'
caught contracts "tlb_inner() has no contract" "a function is not said to be the library's own"
without 's/needs a$/needs two/'
caught contracts 'tlb_free(): no assert says "needs two page"' "a contract names an assert that is not there"
without 's/ Asserts "needs a$//; s/^ \*          page"\.$/ *          Or so./'
caught contracts 'tlb_free(): Fails does not say that it asserts "needs a page"' "a contract leaves an assert out"

write mm/host.h '#ifndef VM_HOST_H' '#define VM_HOST_H' 'size_t x(void);' '#endif'
caught objects "mm/host.h does not compile alone" "a header needs another one"
write mm/host.h 'struct twice { int x; };'
caught objects "mm/host.h does not compile alone" "a header has no guard"
write lib/free.c 'static int calls;' 'int *f(void);' 'int *f(void)' '{' '	return &calls;' '}' && compile lib/free
caught objects "build/lib/free.o: writable: calls" "lib has a static variable"
write check/main.c 'int level = 3;' && compile check/main
caught objects "build/check/main.o: writable: level" "check has a global variable"
write machine/model/arena.c 'int arena[4];' 'int second;' && compile machine/model/arena
caught objects "build/machine/model/arena.o: writable: second" "a machine has two objects"
rm "$tree"/build/*/*.o
caught objects "no objects in build" "nothing was built"

write lib/free.c '/* RULE(flush_first) */'
caught rules "flush_first stands nowhere" "a rule stands only in a comment"
write mm/lock.c 'int a = RULE(lock_both);' 'int b = RULE(lock_both);'
caught rules "mm/lock.c:4: lock_both: one of several places" "a rule stands in two places without a word"
write mm/lock.c 'int a = RULE(lock_both);' 'int b = RULE(unheard_of);'
caught rules "mm/lock.c:4: RULE(unheard_of) is in no rules.def" "the code has a rule that is in no list"
write lib/free.c 'int f(void)' '{' '	if (!RULE(flush_first))' '		return 1;' '	return 0;' '}'
caught rules "lib/free.c:5: RULE() negated" "the code asks for a rule to be off"
write lib/free.c 'int f(int x)' '{' '	return RULE(flush_first) ? x : 0;' '}'
caught rules "lib/free.c:5: RULE() chooses" "a rule chooses a value"
write lib/free.c 'void f(void)' '{' '	if (RULE(flush_first)) {' '		g();' '	} else {' '		h();' '	}' '}'
caught rules "lib/free.c:7: an else to RULE() at line 5" "a rule has an else"
write lib/free.c 'void f(void)' '{' '	if (x &&' '	    RULE(flush_first))' '		g();' '	else' '		h();' '}'
caught rules "lib/free.c:8: an else to RULE()" "a rule on a condition's second line has an else"
rm "$tree/litmus/two-locks.litmus"
caught rules "there is no two-locks.litmus in litmus/" "a rule's scenario is missing"
plain litmus/free-vs-load.litmus 'litmus free-vs-load' 'expect safe' 'expect any without flush-first-of-all'
caught rules 'no line "expect … without flush-first"' "a scenario does not break without its rule"
caught_name='litmus/free-vs-load.litmus:3: no rule named flush-first-of-all'
plain litmus/free-vs-load.litmus 'litmus free-vs-load' 'expect safe' 'expect any without flush-first-of-all'
caught rules "$caught_name" "a scenario takes away a rule that is in no list"
plain litmus/two-locks.litmus 'litmus two-locks' '# expect safe' 'expect any without lock-both'
caught rules "two-locks.litmus: expects nothing of the code with all its rules" "a scenario expects no good"
plain litmus/two-locks.litmus 'litmus two-lock' 'expect safe' 'expect any without lock-both'
caught rules "first statement names another scenario" "a scenario bears another name"
plain litmus/0074f54c 'litmus two' 'expect safe'
caught rules "litmus/0074f54c: is no scenario" "something else lies beside the scenarios"
cat "$tree/mm/rules.def" >>"$tree/include/shootdown/rules.def"
caught rules "lock_both: defined twice" "a rule is defined twice"

mutant=tests/mutants/free-first.patch
sed -i 's/^kill: .*/kill: litmus\/two-lock.litmus alpha/' "$tree/$mutant"
caught mutants "$mutant: there is no litmus/two-lock.litmus alpha" "a mutant names a scenario that is not there"
sed -i 's/^kill: .*/kill: tests\/lib\/no/' "$tree/$mutant"
caught mutants "$mutant: there is no test tests/lib/no" "a mutant names a test that is not there"
sed -i '/^kill: /d' "$tree/$mutant"
caught mutants "$mutant: 0 lines that say who notices" "a mutant names nobody"
sed -i '2s/.*/arch beta/' "$tree/litmus/two-locks.litmus"
caught mutants "$mutant: litmus/two-locks.litmus is not for alpha" "a mutant's scenario is not for its architecture"
cp "$tree/$mutant" "$tree/tests/mutants/again.patch"
caught mutants "the same change as tests/mutants/again.patch" "a change is there twice"
write arch/alpha.c 'int gamma;'
caught mutants "$mutant: 1 out of 1 hunk FAILED" "a mutant does not fit the code"
rm "$tree/$mutant"
caught mutants "there is none" "all mutants are gone"

finish
