#!/bin/sh
# examples/own-mm, as somebody has it who has installed us and nothing else: a copy outside of the tree, built with what the
# pkg-config file says. Its three kernels give the verdicts that docs/own-mm.md promises, with the lines of both sides.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}" "${CC:=cc}"
. "$(dirname "$0")/../tree/common.sh"
own=$work/own-mm
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"

{
	make -s CC="$CC" BUILD="$BUILD" PREFIX="$work/prefix" install 2>&1
	cp -R examples/own-mm "$own"
	make -s -C "$own" CC="$CC" BUILD=build CFLAGS='-O2 -g -Werror' 2>&1 | grep -v '^make'
	for kernel in naive fixed library; do
		[ -x "$own/build/$kernel" ] || echo "no $kernel"
	done
} | verdict "the three kernels build from an installed checker ($CC)"

# finds SCENARIO PROPERTY PLACE...: the kernel as it is loses so, and the places are named
finds() {
	scenario=$1 property=$2
	shift 2
	(cd "$own" && build/naive check --steps "scenarios/$scenario.litmus" >"$work/out" 2>&1)
	[ $? = 1 ] || echo "$scenario: not unsafe"
	grep -q "unsafe: $property," "$work/out" || { echo "$scenario: no $property"; head -n 3 "$work/out"; }
	tr -s ' \n' ' ' <"$work/out" >"$work/line"
	for place; do
		grep -qF "$place" "$work/line" || echo "$scenario: nothing says $place"
	done
}

# line FILE TEXT: file:line, by what stands there
line() {
	(cd "$own" && grep -nF "$2" "$1" | head -n 1 | sed "s,^\([0-9]*\):.*,$1:\1,")
}

# steps SCENARIO PLACE...: the timeline has steps at these places, and none in what stands between the kernel and the machine
steps() {
	(cd "$own" && COLUMNS=200 build/naive check "scenarios/$1.litmus" >"$work/out" 2>&1)
	shift
	for place; do
		grep -qF "@ $place" "$work/out" || echo "no step @ $place"
	done
	grep -F '@ check/' "$work/out"
}

{
	finds load-vs-munmap use-after-free
	steps load-vs-munmap "$(line kernel/pages.c 'page_given_back(')" "$(line kernel/pages.c 'write_cr3(')"
} | verdict "a page is used after it was given back"
finds load-vs-munmap-all freed-table | verdict "a table is walked after it was given back"
# The counter behind the unlock: read and written by both.
finds munmap-two data-race "plain read at $(line kernel/naive/shootdown.c shootdowns++)" \
	"write by cpu 0 at $(line kernel/naive/shootdown.c shootdowns++)" | verdict "a data race, with the lines of both sides"

# What the guide shows of the first scenario, up to its "...", and of a data race
{
	for shown in "^FAILED  load-vs-munmap " "^data-race: "; do
		grep "$shown" docs/own-mm.md | sed 's/ \.\.\.$//' >"$work/shown"
		[ -s "$work/shown" ] || echo "the guide has no line $shown"
		for scenario in load-vs-munmap munmap-two; do
			(cd "$own" && COLUMNS=400 build/naive check "scenarios/$scenario.litmus" 2>&1)
		done >"$work/out"
		grep -qF -f "$work/shown" "$work/out" || { echo "not printed any more: $(cat "$work/shown")" && grep "$shown" "$work/out"; }
	done
} | verdict "the guide shows what is printed"

for kernel in fixed library; do
	(cd "$own" && "build/$kernel" check --quiet --max-seconds 0 scenarios 2>&1) | grep -vE '^ok|^$|, 0 failed;|^chance that' | head -n 20 |
		verdict "$kernel: safe in every scenario"
done

# ---- three others, in a folder of their own ----

mkdir "$work/others" && cp tests/own-mm/*.c tests/own-mm/*.litmus "$work/others/"
cat >"$work/others/Makefile" <<'END'
include $(shell pkg-config --variable=checkdir shootdown-check)/shootdown-check.mk
FLAGS = -std=c11 -O2 -g -Wall -Wextra -Werror $(shell pkg-config --cflags shootdown-check) $(CHECK_CFLAGS)
KERNELS = ticket-right ticket-wrong hobby-right hobby-wrong roots-right roots-wrong
all: $(KERNELS)
%-right.o: %.c
	$(CC) $(FLAGS) -DRIGHT=1 -c -o $@ $<
%-wrong.o: %.c
	$(CC) $(FLAGS) -DRIGHT=0 -c -o $@ $<
$(KERNELS:%=%-all.o): %-all.o: %.o
	$(call CHECK_SUBJECT,$@,$^)
$(KERNELS): %: %-all.o
	$(CC) $(CHECK_LDFLAGS) -o $@ $< $(shell pkg-config --libs shootdown-check)
END
make -s -C "$work/others" CC="$CC" 2>&1 | grep -v '^make' | verdict "three others build"

# holds KERNEL SCENARIO: nothing is found
holds() {
	(cd "$work/others" && "./$1" check --quiet --max-seconds 0 "$2.litmus" 2>&1) | grep -vE '^ok|^$|, 0 failed;|^chance that' | head -n 20
}

# loses KERNEL SCENARIO TEXT: it says so
loses() {
	(cd "$work/others" && "./$1" check --quiet --max-seconds 0 "$2.litmus") >"$work/out" 2>&1
	[ $? = 1 ] || echo "$1, $2: nothing is found"
	grep -qF "$3" "$work/out" || { echo "$1, $2: nothing says $3"; head -n 5 "$work/out"; }
}

{
	holds ticket-right ticket
	loses ticket-wrong ticket "unsafe: use-after-free"
} | verdict "Sv39, ticket locks, static state, an interrupt in the middle of a poll"

{
	holds hobby-right hobby-two
	loses hobby-wrong hobby-two "unsafe: use-after-free"
} | verdict "x86-64, bit-fields, a big lock, and INVLPG straight behind the store"

{
	holds roots-right roots
	loses roots-wrong roots "unsafe: isolation"
} | verdict "Sv39 without ASIDs: satp drops nothing, and sfence.vma behind it is forgotten"

{
	holds hobby-right hobby-protect
	loses hobby-wrong hobby-protect "expected before = after"
} | verdict "a right that was taken away, by what a program still sees"

loses hobby-right hobby-spoil "hobby.c:$(grep -n -e '->frame = 1;' tests/own-mm/hobby.c | cut -d: -f1)" |
	verdict "a broken contract names the line of the kernel"

# states OPTIONS: how many the right one has
states() {
	(cd "$work/others" && ./ticket-right check --max-seconds 0 "$@" ticket.litmus 2>&1) | sed -n '1s/.*all \([0-9,]*\) states.*/\1/p'
}

# Words that are accessed as a whole here and in parts there belong together, or the reduction loses states.
all=$(states --jobs 1 --no-reduction)
for jobs in 1 2; do
	[ -n "$all" ] && [ "$(states --jobs $jobs)" = "$all" ] || echo "$jobs processes: $(states --jobs $jobs) states of $all"
done | verdict "all states are visited with reduction, by one process and by two"

# The kernel is the one that runs on hardware.
for variant in naive fixed library; do
	for source in pages.c "$variant/shootdown.c"; do
		(cd "$own" && $CC -std=c11 -ffreestanding -O2 -Wall -Wextra -Werror -Ikernel -Ikernel/x86-64 \
			-I"$work/prefix/include" -I"$work/prefix/share/shootdown" \
			-DSHOOTDOWN_HOST_HEADER='"library/host.h"' -c -o "$work/hardware.o" "kernel/$source" 2>&1)
	done
done | verdict "the same sources compile for hardware"

finish
