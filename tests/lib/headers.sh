#!/bin/sh
# The public headers as others include them: each alone, in C11 and in C++, with the warnings that strict kernels turn on,
# for 64 and for 32 bits; a C++ file finds the library's functions under their C names. Then that this can fail, and
# what a host that made a mistake is told.
# shellcheck disable=SC2154 # common.sh of the tree sets $work
# shellcheck source=tests/lib/common.sh
. "$(dirname "$0")/common.sh"

case $($CC --version) in
*clang*) cxx=clang++ ;;
*) cxx=g++ ;;
esac
strict="-ffreestanding -Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wundef
	-Wredundant-decls -Wno-missing-field-initializers"
c="$CC -x c -std=c11 -Wstrict-prototypes -Wmissing-prototypes $strict"
# Rows are written with the names of their fields.
cpp="$cxx -x c++ -std=c++20 $strict"
host=examples/minimal/host.h

# compile TREE COMPILER...: standard input, with the headers of TREE
compile() {
	tree=$1
	shift
	# shellcheck disable=SC2068 # a list of words
	$@ -I. "-I$tree" "-DSHOOTDOWN_HOST_HEADER=\"$host\"" -c -o "$work/object" - 2>&1
}

# alone TREE COMPILER: what is wrong with headers of TREE that are included alone, and twice
alone() {
	find "$1/shootdown" -name '*.h' | sort | while read -r header; do
		printf '#include <%s>\n#include <%s>\nextern int nothing;\n' "${header#"$1"/}" "${header#"$1"/}" |
			compile "$1" "$2" >"$work/message" || { echo "$header"; head -n 3 "$work/message"; }
	done
}

# A file of a kernel that is written in C++, and the names it wants from the library
cat >"$work/user" <<'END'
#include <shootdown/gather.h>
void unmap(struct tlb_mm *mm, struct tlb_vma *vma);
void unmap(struct tlb_mm *mm, struct tlb_vma *vma)
{
	struct mmu_gather tlb;

	tlb_mm_enter(mm);
	tlb_gather_mmu(&tlb, mm);
	tlb_start_vma(&tlb, vma);
	tlb_finish_mmu(&tlb);
	shootdown_unpin();
	shootdown_free_table(nullptr);
	tlb_mm_flush(mm);
}
END

# names TREE COMPILER: names that only C++ would find
names() {
	compile "$1" "$2" <"$work/user" || return
	nm "$work/object" | grep -E ' U _Z'
}

widths=64
! : | $CC -m32 -x c -c -o "$work/object" - 2>/dev/null || widths="64 32"
for bits in $widths; do
	failure=$(alone include "$c -m$bits")
	judge "C11, $bits bits: each header compiles alone, and twice"
	command -v $cxx >/dev/null || continue
	failure=$(alone include "$cpp -m$bits")
	judge "C++, $bits bits: each header compiles alone, and twice"
	failure=$(names include "$cpp -m$bits")
	judge "C++, $bits bits: the library's names are those of C"
	failure=$(echo '#include <shootdown/shootdown.h>' | compile include "$cpp -m$bits -Dshootdown_notifiers=shootdown_notifiers")
	judge "C++, $bits bits: with subscribers"
done
command -v $cxx >/dev/null || echo "       no $cxx here: C++ not tried"

# The version is there once as numbers and once as text.
printf '#include <shootdown/shootdown.h>\nnumbers SHOOTDOWN_VERSION_MAJOR SHOOTDOWN_VERSION_MINOR SHOOTDOWN_VERSION_PATCH\ntext SHOOTDOWN_VERSION\n' |
	$CC -x c -E -P -I. -Iinclude "-DSHOOTDOWN_HOST_HEADER=\"$host\"" - >"$work/version"
numbers=$(sed -n 's/^numbers \([0-9]*\) \([0-9]*\) \([0-9]*\)$/\1.\2.\3/p' "$work/version")
failure=$(grep -E "^text \"$numbers(-dev)?\"\$" "$work/version" >/dev/null || grep -E '^(numbers|text)' "$work/version")
judge "the version's numbers and its text agree"

# ---- a header that is wrong is found ----

# found NAME FILE SED CHECK COMPILER: the headers with FILE changed by SED fail CHECK
found() {
	rm -rf "$work/tree"
	cp -r include "$work/tree"
	sed -i "$3" "$work/tree/shootdown/$2"
	failure=
	if cmp -s "include/shootdown/$2" "$work/tree/shootdown/$2"; then
		failure="$2 is as before"
	elif [ -z "$($4 "$work/tree" "$5")" ]; then
		failure="nobody noticed"
	fi
	judge "found: $1"
}

found "a header without a guard" mm.h "/MM_H\$/d; \$d" alone "$c"
found "a header that needs another one" flush.h '/^#include/d' alone "$c"
found "a hook that is declared twice, differently" host.h 's/^bool (shootdown_may_wait)/int (shootdown_may_wait)/' alone "$c"
[ "$widths" = 64 ] ||
	found "a size that holds for 64 bits only" gather.h 's/== 2 \* sizeof(void \*)/== 16/' alone "$c -m32"
if command -v $cxx >/dev/null; then
	found "C that is no C++" gather.h 's/SHOOTDOWN_STATIC_ASSERT/_Static_assert/' alone "$cpp"
	found "functions under C++ names" gather.h 's/^extern "C" {/extern "C++" {/' names "$cpp"
fi

# ---- a host that is wrong is told what ----

# told NAME TEXT: a host with $work/broken.h as its header gets TEXT from the compiler
told() {
	host=$work/broken.h
	message=$(echo '#include <shootdown/gather.h>' | compile include "$c")
	failure=
	echo "$message" | grep -q "error:.*$2" || failure="expected \"$2\", got: $message"
	judge "told: $1"
	host=examples/minimal/host.h
}

# but HOOK LINE: the smallest host, with LINE in place of its HOOK
but() {
	printf '#define %s minimal_%s\n#include "examples/minimal/host.h"\n#undef %s\n%s\n' "$1" "$1" "$1" "$2" >"$work/broken.h"
}

but shootdown_cpu 'static inline int shootdown_cpu(void) { return 0; }'
told "a hook of the wrong type" "conflicting types for .shootdown_cpu"
but shootdown_flush_complete 'static inline void shootdown_flush_complete(int wait) { (void)wait; }'
told "a hook with a wrong argument" "conflicting types for .shootdown_flush_complete"
but shootdown_relax 'static inline void shootdown_relax(void) { }'
told "an optional hook without its macro" "redefinition of .shootdown_relax"
: >"$work/broken.h"
told "a header that defines nothing" "SHOOTDOWN_HOST_HEADER defines no SHOOTDOWN_PAGE_SHIFT"

# Beside the library's own host.h, a name without a folder means that one.
failure=$(echo '#include <shootdown/gather.h>' | $CC -x c -Iinclude -Iexamples/minimal '-DSHOOTDOWN_HOST_HEADER="host.h"' -fsyntax-only - 2>&1 |
	grep -q 'error:.*name it with its folder' || echo "not told")
judge "told: a header called host.h without its folder"
failure=$(echo '#include <shootdown/gather.h>' | $CC -x c -Iinclude -fsyntax-only - 2>&1 |
	grep -q 'error:.*compile with -DSHOOTDOWN_HOST_HEADER' || echo "not told")
judge "told: no header at all"

# A hook that nobody defines is known by name when the kernel is linked.
but shootdown_cpumask_online ''
host=$work/broken.h
# shellcheck disable=SC2086 # a list of words
failure=$($CC -std=c11 -Os -ffreestanding -I. -Iinclude "-DSHOOTDOWN_HOST_HEADER=\"$host\"" -c -o "$work/object" lib/flush/flush.c 2>&1
	nm "$work/object" | grep -q ' U shootdown_cpumask_online$' || echo "shootdown_cpumask_online is not missed")
judge "told: a hook that is missing"

finish
