#!/bin/sh
# What `make install` puts somewhere works there, and nothing of it is left by `make uninstall`; the library as two files
# and as an archive compiles for a host; the manual page and the completions are those of this program.
# shellcheck disable=SC1091,SC2154 # common.sh sets $work
set -u
: "${BUILD:=build}" "${CC:=cc}"
. "$(dirname "$0")/common.sh"
root=$work/root

# make_quietly ARGUMENT...: what it says if it fails
make_quietly() {
	make -s CC="$CC" BUILD="$BUILD" "$@" >"$work/make" 2>&1 || { echo "make $*:"; cat "$work/make"; }
}

{
	script/man "$shootdown" >"$work/shootdown.1"
	script/completions "$shootdown" "$work/completions"
	cmp man/shootdown.1 "$work/shootdown.1" && diff -rq completions "$work/completions" || echo "make man completions"
} 2>&1 | verdict "the manual page and the completions are up to date"

# As argp knows them: --NAME or --NAME=VALUE
for command in check replay sweep join matrix rules arch; do
	"$shootdown" $command --usage | grep -oE '\[--[a-z-]+(=[^] ]*)?' | sed 's/^.//; s/\[,.*//' |
		grep -vE '^--(help|usage|version)' | sort >"$work/options"
	awk -v section=".SS $command" '/^\.S[SH]/ { inside = $0 == section } inside && /^\.B / { sub(/^\.B (.*, )?/, ""); gsub(/\\/, ""); print }' \
		man/shootdown.1 | sed 's/\[,.*//' | sort | diff "$work/options" - | sed "s/^/manual, $command: /"
	sed -n "/^	$command)/,/;;/s/^[^']*'\(--[a-z-]*=*\)\[.*/\1/p" completions/_shootdown | grep -vE '^--(help|usage|version)' | sort >"$work/zsh"
	sed 's/=.*/=/' "$work/options" | diff - "$work/zsh" | sed "s/^/zsh, $command: /"
done | verdict "the manual page and the completions have each option once, and know which ones have a value"

{
	make_quietly install DESTDIR="$root" PREFIX=/usr
	for file in bin/shootdown share/man/man1/shootdown.1 include/shootdown/gather.h lib/pkgconfig/shootdown.pc \
		share/bash-completion/completions/shootdown share/shootdown/litmus/gather/unmap-nothing.litmus; do
		[ -s "$root/usr/$file" ] || echo "no $file"
	done
	(cd / && "$root/usr/bin/shootdown" check --quiet --arch x86_64 \
		"$root/usr/share/shootdown/litmus/gather/unmap-nothing.litmus") >"$work/out" 2>&1 || cat "$work/out"
	sed "s,=/usr,=$root/usr," "$root/usr/lib/pkgconfig/shootdown.pc" >"$work/moved.pc"
	sources=$(sed -n 's/^sourcedir=//p' "$work/moved.pc")
	for source in "$sources"/lib/*/*.c; do
		$CC -std=c11 -ffreestanding -I"$root/usr/include" -I"$sources" -I. -Wall -Wextra -Werror \
			-DSHOOTDOWN_HOST_HEADER='"examples/minimal/host.h"' -fsyntax-only "$source" 2>&1 | head -n 3
	done
} | verdict "what is installed works where it is"

{
	make_quietly uninstall DESTDIR="$root" PREFIX=/usr
	find "$root" -type f
} | verdict "uninstall leaves nothing"

{
	make_quietly dist
	version=$(sed -n 's/^#define SHOOTDOWN_VERSION "\(.*\)"/\1/p' include/shootdown/version.h)
	mkdir "$work/dist" && tar -C "$work/dist" -xzf "$BUILD/shootdown-$version.tar.gz"
	cp -R examples "$work/dist/shootdown-$version/"
	(cd "$work/dist/shootdown-$version" &&
		$CC -std=c11 -ffreestanding -Iinclude -I. -Wall -Wextra -Werror -Wshadow -O2 \
			-DSHOOTDOWN_HOST_HEADER='"examples/minimal/host.h"' -c -o shootdown.o shootdown.c) 2>&1 | head -n 5
} | verdict "the library compiles as two files"

{
	make -s BUILD="$work/none" libshootdown.a >"$work/out" 2>&1 && echo "an archive without a host"
	grep -q HOST_HEADER "$work/out" || cat "$work/out"
	make -s CC="$CC" BUILD="$work/archive" HOST_HEADER=examples/minimal/host.h libshootdown.a >"$work/out" 2>&1 ||
		cat "$work/out"
	nm "$work/archive/libshootdown.a" 2>/dev/null | grep -q ' T tlb_finish_mmu$' || echo "no tlb_finish_mmu in it"
} | verdict "the library is an archive for one host"

finish
