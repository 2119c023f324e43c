#!/bin/sh
# Objects of the code under test: what compilers refer to is what there is, also for another instruction set; and the lint
# finds what it must, each with its place. Needs the objects of $BUILD.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}" "${CC:=cc}"
. "$(dirname "$0")/../tree/common.sh"

# The names that a list has: lines without comments.
names() {
	sed 's/#.*//; /^[ 	]*$/d' "$1"
}

nm "$BUILD/machine/model/entry_points.o" | awk '$2 == "T" { print $3 }' | sort >"$work/provided"
names script/subject.allow | grep -E '^(__tsan|seam)_' | sort >"$work/allowed"
{
	comm -23 "$work/allowed" "$work/provided" | sed 's/$/: allowed, and nobody provides it/'
	grep -E '^__tsan_' "$work/provided" | comm -13 "$work/allowed" - | sed 's/$/: provided, and not allowed/'
} | verdict "the lint allows the entry points that there are"

for list in script/subject.syms machine/model/own.syms; do
	awk '{ print $2 }' $list | sort | comm -23 - "$work/provided" | sed "s,\$,: $list sends calls to it,"
done | verdict "what is redirected arrives"

# As one, so that what they refer to in each other is there. An object may be left over from a source that is gone.
for folder in lib arch kernel mm; do
	find "$BUILD/seen/$folder" -name '*.o'
done | while read -r object; do
	source=${object#"$BUILD/seen/"}
	[ ! -f "${source%.o}.c" ] || echo "$object"
done | xargs ld -r -T script/subject.lds -o "$work/own.o" 2>&1 | verdict "our own code is one object"
script/lint-object "$work/own.o" | verdict "... in which nothing escapes the checker"

# foreign COMPILER...: compiles accesses.c for AArch64 as code under test, and prints what the lint finds
foreign() {
	# shellcheck disable=SC2016 # make is who expands that
	printf '%s\n' "CC := $*" 'include script/shootdown-check.mk' "W := $work" \
		'$(W)/subject.o: $(W)/accesses.o' '	$(call CHECK_SUBJECT,$@,$^)' '$(W)/accesses.o: tests/seam/accesses.c' \
		'	$(CC) -std=c11 -O2 -I. -Iinclude $(CHECK_CFLAGS) -DACCESSES=told_accesses -c -o $@ $<' >"$work/foreign.mk"
	rm -f "$work"/*.o
	MAKEFLAGS='' make -s -f "$work/foreign.mk" CHECK_TOOLS=aarch64-linux-gnu- CHECK_ALLOW='local_escapes give*' "$work/subject.o" 2>&1
}

case $CC in
*clang*) foreign clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include ;;
*) foreign aarch64-linux-gnu-gcc ;;
esac | verdict "AArch64 needs no other entry points ($CC)"

# makes TOOLS LANGUAGE SOURCE: an object of it
makes() {
	printf '%s\n' "$3" >"$work/bad.$2"
	"$1gcc" -w -O1 -fno-pie -c -o "$work/bad.o" "$work/bad.$2" 2>&1
}

# finds WHAT TOOLS LANGUAGE SOURCE: the lint must say a line that the pattern WHAT matches, and no other
finds() {
	makes "$2" "$3" "$4" || return
	OBJDUMP=$2objdump NM=$2nm script/lint-object "$work/bad.o" >"$work/said" && echo "nothing is found in: $4"
	if ! grep -qE "$1" "$work/said" || [ "$(wc -l <"$work/said")" != 1 ]; then
		sed "s|^|instead of $1: |" "$work/said"
	fi
}

# instruction TEXT: a function f that has it, behind another one
instruction() {
	printf '.globl f\n.type f, %%function\nf: nop\n%s\n' "$1"
}

# shellcheck disable=SC2016 # a dollar sign of the assembler's
if [ "$(uname -m)" = x86_64 ]; then
	for text in 'lock incq (%rdi)' 'xchg %rax, (%rdi)' 'xchg %rax, 0x1000' 'cmpxchg %rax, (%rdi)' 'out %al, $0x80' 'inb $0x60, %al' \
		'mov %rax, %cr3' 'mov %cr2, %rax' wrmsr 'invlpg (%rdi)' 'invpcid (%rdi), %rax' hlt cli sti mfence rdtsc \
		'mov %fs:0, %rax' 'lidt (%rdi)' pushfq iretq 'movnti %rax, (%rdi)'; do
		finds 'bad.o: f\+0x1: ' '' s "$(instruction "$text")"
	done | verdict "the lint finds instructions of x86-64, each at its place"
	for text in pause 'rep nop' 'xchg %ax, %ax' 'xchg %rax, %rdx' 'mov (%rdi), %rax' 'rep stosq' 'movzbl (%rdi), %eax'; do
		makes '' s "$(instruction "$text")" && script/lint-object "$work/bad.o"
	done | verdict "... and only those"
fi

for text in 'ldxr x0, [x1]' 'stlxr w0, x0, [x1]' 'ldaddal x0, x0, [x1]' 'swpa x0, x0, [x1]' 'casal x0, x0, [x1]' 'stset x0, [x1]' \
	'stlr x0, [x1]' 'tlbi vmalle1is' 'msr daifset, 2' 'mrs x0, tpidr_el0' 'dsb ish' isb 'dmb ishst' wfi eret 'dc zva, x0'; do
	finds 'bad.o: f\+0x4: ' aarch64-linux-gnu- s ".arch armv8.1-a
$(instruction "$text")"
done | verdict "the lint finds instructions of AArch64"
for text in yield nop 'ldr x0, [x1]' 'str x0, [x1]' 'stp x0, x1, [sp]' 'ldar x0, [x1]' 'add x0, x0, 1'; do
	makes aarch64-linux-gnu- s "$(instruction "$text")" &&
		OBJDUMP=aarch64-linux-gnu-objdump NM=aarch64-linux-gnu-nm script/lint-object "$work/bad.o"
done | verdict "... and only those (AArch64)"

{
	finds 'bad.o: printk: the checker has no such function' '' c 'void f(void) { printk("x"); }'
	finds '__tsan_atomic128_load: .* 16 bytes' '' c 'void f(void) { __tsan_atomic128_load(); }'
	finds '\.tbss' '' c '__thread int own; '
	finds '\.tdata' '' c '__thread int own = 3; '
	finds 'percpu: can be written' '' c '__attribute__((section("percpu"))) int own = 3;'
} | verdict "the lint finds symbols and sections"

{
	script/lint-object >/dev/null 2>&1 && echo "no object, and it is content"
	script/lint-object --wrong x >/dev/null 2>&1 && echo "an option that it does not know"
	script/lint-object "$work/none.o" >/dev/null 2>&1 && echo "an object that is not there"
	makes '' c 'void f(void) { outside_one(); }'
	script/lint-object --allow 'outside_*' "$work/bad.o"
} | verdict "the lint's own options"

finish
