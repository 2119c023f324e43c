#!/bin/sh
# The library as a kernel builds it: each architecture of examples/minimal/, no libc, no writable globals, nothing
# undefined but the host's hooks, small, and linked with -nostdlib. Compilers that are not installed are said so.
# shellcheck source=tests/lib/common.sh
. "$(dirname "$0")/common.sh"
out=$BUILD/tests/freestanding
limit=24576
mkdir -p "$out"

flags="-std=c11 -ffreestanding -nostdlib -fno-stack-protector -fno-pic -fno-asynchronous-unwind-tables -Os
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -I. -Iinclude"
# size(1) of the objects given: what is loaded from them
loaded() {
	size "$@" | awk 'NR > 1 { sum += $1 + $2 + $3 } END { print sum }'
}

# build NAME COMPILER...: objects of the library and of the example, then one program
build() {
	name=$1
	compiler=$2
	objects=
	mkdir -p "$out/$name"
	for source in lib/*/*.c examples/minimal/minimal.c; do
		object=$out/$name/$(basename "$source" .c).o
		# shellcheck disable=SC2086 # a list of flags
		failure=$($compiler $flags -DSHOOTDOWN_HOST_HEADER='"examples/minimal/host.h"' -c -o "$object" "$source" 2>&1) ||
			return 1
		case $source in lib/*) objects="$objects $object" ;; esac
	done
	# shellcheck disable=SC2086 # a list of files
	failure=$($compiler -nostdlib -static -o "$out/$name/kernel" $objects "$out/$name/minimal.o" 2>&1) || return 1
	failure=
}

check() {
	name=$1
	build "$name" "$2"
	judge "$name: compiles freestanding and links without a library"
	[ -z "$failure" ] || return
	# shellcheck disable=SC2086 # a list of files
	failure=$(nm -A $objects | awk '$2 ~ /^[bBdDcCgGsS]$/ || $3 ~ /^[bBdDcCgGsS]$/')
	judge "$name: no writable globals"
	# What the library's own objects do not define is a hook, or one of the two that host.h lets the compiler call.
	# shellcheck disable=SC2086
	failure=$(nm $objects | awk 'NF == 3 { defined[$3] } NF == 2 && $1 == "U" { wanted[$2] }
		END { for (name in wanted) if (!(name in defined)) print name }' |
		grep -vE '^(shootdown_.*|minimal_panic|memset|memcpy)$')
	judge "$name: nothing undefined but hooks"
	# A kernel may have names of its own, Linux's as well.
	# shellcheck disable=SC2086
	failure=$(nm -g $objects | awk 'NF == 3 && $3 !~ /^(tlb|mmu|shootdown)_/ { print $3 }')
	judge "$name: every external symbol is tlb_*, mmu_* or shootdown_*"
	# shellcheck disable=SC2086
	bytes=$(loaded $objects)
	failure=
	[ "$bytes" -lt $limit ] || failure="$bytes bytes, must stay under $limit"
	judge "$name: $bytes bytes at -Os, under $limit"
	# The row is a constant, so the laws that tlb_arch_check() would cite are gone.
	failure=$(strings "$out/$name/kernel" | grep -F -f "$out/laws")
	judge "$name: nothing is left of tlb_arch_check()"
	instructions "$name" "$2"
}

# What a load of the root, or an operand that is an address, would leave behind: see docs/porting.md, hook 19.
instructions() {
	# shellcheck disable=SC2086 # a compiler and its flags
	case $($2 -dumpmachine) in
	x86_64* | i?86*) what="global entries go with CR4" pattern='%cr4$' ;;
	aarch64*) what="TLBI gets an address without the bits above it" pattern='ubfx.*12, #?44' ;;
	*) return ;;
	esac
	# shellcheck disable=SC2086 # a list of flags
	failure=$($2 $flags -DSHOOTDOWN_HOST_HEADER='"examples/minimal/host.h"' -S -o - examples/minimal/minimal.c |
		grep -qE "$pattern" || echo "no $pattern in the assembly of the example")
	judge "$1: $what"
}

# The sentences of all laws, as the compiler reads them
printf '#define TLB_FACT_LAW(holds, sentence) "law" sentence\n#include <shootdown/facts.def>\n' |
	$CC -E -P -Iinclude -x c - | sed -n 's/.*"law" "\(.*\)"$/\1/p' >"$out/laws"
failure=
[ -s "$out/laws" ] || failure="no laws found in facts.def"
judge "facts.def has $(wc -l <"$out/laws") laws"

# The first word is the name, the second the compiler. Without outlined atomics the builtins are instructions.
case $($CC --version) in
*clang*) cross="--target=" suffix="" ;;
*) cross="" suffix="-gcc" ;;
esac
for target in "native $CC" "i386 $CC -m32" "aarch64 ${cross:+$CC $cross}aarch64-linux-gnu$suffix -mno-outline-atomics" \
	"riscv64 ${cross:+$CC $cross}riscv64-linux-gnu$suffix"; do
	command=${target#* }
	# shellcheck disable=SC2086 # a compiler and its flags
	if ! echo "int word;" | $command -x c -c -o "$out/object" - >/dev/null 2>&1; then
		echo "       ${target%% *}: $command does not work here, not tried"
		continue
	fi
	check "${target%% *}" "$command"
done

# For a kernel with subscribers (hooks 48 to 54) there is more of it.
subscribers=$out/subscribers.h
cat >"$subscribers" <<'END'
#include "examples/minimal/host.h"
#define shootdown_notifiers shootdown_notifiers
END
name=subscribers
objects=
mkdir -p "$out/$name"
failure=
for source in lib/*/*.c; do
	object=$out/$name/$(basename "$source" .c).o
	# shellcheck disable=SC2086 # a list of flags
	failure=$failure$($CC $flags "-DSHOOTDOWN_HOST_HEADER=\"$subscribers\"" -c -o "$object" "$source" 2>&1)
	objects="$objects $object"
done
judge "with subscribers: compiles freestanding"
# shellcheck disable=SC2086 # a list of files
failure=$(nm -g $objects | awk 'NF == 3 && $3 !~ /^(tlb|mmu|shootdown)_/ { print $3 }')
judge "with subscribers: every external symbol is tlb_*, mmu_* or shootdown_*"
# shellcheck disable=SC2086
failure=$(nm -A $objects | awk '$2 ~ /^[bBdDcCgGsS]$/ || $3 ~ /^[bBdDcCgGsS]$/')
judge "with subscribers: no writable globals"
# shellcheck disable=SC2086
bytes=$(loaded $objects)
failure=
[ "$bytes" -lt $limit ] || failure="$bytes bytes, must stay under $limit"
judge "with subscribers: $bytes bytes at -Os, under $limit"

# No shift is too far for a short word: the warnings say so where a level's size is a constant.
if echo 'int x;' | $CC -m32 -xc -c -o "$out/m32.o" - 2>/dev/null; then
	failure=
	for source in lib/*/*.c; do
		# shellcheck disable=SC2086 # a list of flags
		failure=$failure$($CC -m32 $flags -DSHOOTDOWN_HOST_HEADER='"bench/gather_host.h"' -c -o "$out/m32.o" "$source" 2>&1)
	done
	judge "32 bits: compiles without a warning"
fi

# C++ takes initialisers in the order of the members only, and has a word for each that is left out.
if command -v g++ >/dev/null 2>&1; then
	failure=$(g++ -std=c++20 -Wall -Wextra -Werror -I. -Iinclude -fsyntax-only -x c++ arch/table.c 2>&1)
	judge "C++: every row compiles without a warning"
fi

# Lists of facts and rules, and rows, are read by people and count as documentation; a kernel takes one row.
# So do the contracts: what is counted are lines of code. subject.h is the checker's, by which it asks a mm; no kernel is built with it.
# No compiler is asked: not each can take comments away and leave the rest as it is.
lines=$(find lib include -type f ! -name '*.def' ! -name subject.h | sort | while read -r source; do
	strip "$source"
done | cut -d : -f 3- | grep -c '[^[:space:]]')
failure=
[ "$lines" -lt 5000 ] || failure="$lines lines of code"
[ "$lines" -gt 0 ] || failure="no line was counted"
judge "the library has $lines lines of code, under 5,000"

asserts=$(grep -ho 'shootdown_assert(' lib/*.h lib/*/*.c include/shootdown/gather.h | wc -l)
code=$(cat lib/*.h lib/*/*.c | wc -l)
failure=
[ $((asserts * 1000)) -ge $((code * 15)) ] || failure="$asserts in $code lines"
judge "$asserts asserts in $code lines, at least 15 in 1,000"

# "#if" that starts inside a function: between a line "{" and a line "}"
failure=$(awk '/^{/ { inside = 1 } /^}/ { inside = 0 } inside && /^[ \t]*#[ \t]*if/ { print FILENAME ":" FNR ": " $0 }' \
	lib/*.h lib/*/*.c include/shootdown/*.h include/shootdown/*/*.h)
judge "no #if inside functions"

finish
