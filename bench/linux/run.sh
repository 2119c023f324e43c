#!/bin/sh
# The library beside Linux 6.1's own mm/mmu_gather.c: instructions, counted by callgrind, of one gather as munmap() drives it.
#
# Linux's three files come, as they are, from Debian's package linux-source-6.1: if it is installed from there, else from
# what apt-get downloads. They stay in $BUILD and are never committed. What they include is bench/linux/kernel.h, our own
# words. Without the package there is nothing to compare with; that is said, and is no failure.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}" "${CC:=cc}"
package=linux-source-6.1
files="Makefile mm/mmu_gather.c include/asm-generic/tlb.h arch/x86/include/asm/tlb.h"
mkdir -p "$BUILD/bench/linux"
work=$(cd "$BUILD/bench/linux" && pwd)
tree=$work/$package

if ! command -v valgrind >/dev/null 2>&1; then
	echo "bench/linux: no valgrind here: script/bootstrap --bench installs it" >&2
	exit 2
fi

# ---- Linux's files ----

# tarball: the package's, on standard output
tarball() {
	if [ -f "/usr/src/$package.tar.xz" ]; then
		cat "/usr/src/$package.tar.xz"
	else
		dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -xOf - "./usr/src/$package.tar.xz"
	fi
}

# download: Debian's package, 139 MB, where apt-get may write it
download() {
	command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 &&
		(cd "$work" && apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=30 -qq download "$package")
}

# unpack: the three files, and Makefile, which says which version they are
unpack() {
	names=
	for file in $files; do names="$names $package/$file"; done
	# shellcheck disable=SC2086 # a list of names
	tarball | xz -dc | tar -xf - -C "$work" $names
	rm -f "$work/$package"_*.deb
}

have_files() {
	for file in $files; do
		[ -s "$tree/$file" ] || return 1
	done
}

if ! have_files; then
	[ -f "/usr/src/$package.tar.xz" ] || download >"$work/log" 2>&1 || {
		echo "bench/linux: skipped: $package is not installed, and apt-get could not download it:"
		sed 's/^/    /' "$work/log"
		exit 0
	}
	unpack 2>"$work/log"
	have_files || {
		echo "bench/linux: $package does not have what it should:" >&2
		sed 's/^/    /' "$work/log" >&2
		exit 1
	}
fi
version=$(awk '/^(VERSION|PATCHLEVEL|SUBLEVEL) =/ { printf "%s%s", dot, $3; dot = "." }' "$tree/Makefile")

# Each header that they include is kernel.h, but those that are there.
sed -n 's/^#include <\(.*\)>$/\1/p' "$tree/mm/mmu_gather.c" "$tree/include/asm-generic/tlb.h" | while read -r header; do
	[ ! -f "$tree/arch/x86/include/$header" ] || continue
	mkdir -p "$work/stubs/$(dirname "$header")"
	echo '#include "bench/linux/kernel.h"' >"$work/stubs/$header"
done

# ---- one side, one way of compiling ----

# count SIDE OPTIONS...: leaves "KIND PAGES INSTRUCTIONS FLUSHES" in $work/SIDE OPTIONS
count() {
	side=$1
	shift
	out="$work/$(echo "$side$*" | tr -d ' ')"
	case $side in
	ours)
		sources=$(echo lib/gather/*.c lib/flush/*.c lib/track/*.c lib/notify/*.c)
		includes="-Iinclude -DSHOOTDOWN_HOST_HEADER=\"bench/gather_host.h\""
		;;
	linux)
		sources=$tree/mm/mmu_gather.c
		includes="-I$tree/arch/x86/include -I$tree/include -I$work/stubs"
		;;
	esac
	# shellcheck disable=SC2086 # lists
	$CC -std=gnu11 "$@" -w -I. $includes -DMEASURED="\"bench/linux/$side.h\"" -o "$out" bench/linux/driver.c $sources ||
		return 1
	rm -f "$out".callgrind*
	valgrind -q --tool=callgrind --callgrind-out-file="$out.callgrind" "$out" >"$out.seen" 2>"$work/log" || {
		cat "$work/log" >&2
		return 1
	}
	# What an empty count costs comes first, and is taken off.
	awk '/^desc: Trigger: Client Request: / { name = $NF } /^totals: / && name { print name, $2 }' "$out".callgrind.* |
		awk 'FNR == NR { count[$1] = $2; next }
			{ print $1, $2, count[$1 "-" $2] - count["nothing"], $3 }' - "$out.seen" >"$out.counts"
	rm -f "$out".callgrind*
}

# table OPTIONS...
table() {
	if ! count linux "$@" || ! count ours "$@"; then
		echo "bench/linux: $CC $* does not work here"
		return
	fi
	printf '\n%s, asserts compiled out\n\n%-22s %6s %9s %9s %9s %9s %6s %9s\n' "$CC $*" what pages Linux ours 'L./page' \
		'ours/page' ratio flushes
	way=$(echo "$*" | tr -d ' ')
	awk 'BEGIN { what["pages"] = "pages of their own"; what["runs"] = "runs of 16 pages"; what["tables"] = "page tables" }
	FNR == NR { linux[$1, $2] = $3; flushes[$1, $2] = $4; next }
	{
		theirs = linux[$1, $2]
		printf "%-22s %6d %9d %9d %9.1f %9.1f %6.2f %5d, %2d%s\n", what[$1], $2, theirs, $3, theirs / $2, $3 / $2,
			$3 / theirs, flushes[$1, $2], $4, $3 < theirs ? "" : "  MORE THAN LINUX"
	}' "$work/linux$way.counts" "$work/ours$way.counts"
}

echo "Instructions of a whole gather: Linux $version's mm/mmu_gather.c, and the library (x86-64 row); hosts that do nothing"
table -O2
table -O2 -flto
cat <<'TEXT'

The same driver and the same host for both: bench/linux/driver.c, bench/host_work.h. Linux's flush_tlb_mm_range() is a
counter, so what arch/x86/mm/tlb.c does is not counted; what lib/flush/ does here is, but for the request itself: hook 19
reads nothing of it here, and then it is not built. Linux 6.1 knows no runs: their pages are queued one by one. It drops
a dirty file page's reverse map before the flush, which 6.2 mended, so that row has nothing to stand beside. flushes:
Linux's, ours.
TEXT
