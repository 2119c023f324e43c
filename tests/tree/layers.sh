#!/bin/sh
# The layers of the tree: who may include whom, no conditionals inside functions, no architecture by name.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

# "file:line:target" of every #include; target is a path from the top, or <name> for a header from outside,
# or "!name" for one that is nowhere
includes() {
	stripped "c h S def" include lib arch kernel mm machine count explore lang report check |
		sed -n 's/^\([^:]*:[0-9]*\):[ \t]*#[ \t]*include[ \t]*\([<"][^>"]*\)[>"].*/\1:\2/p' |
		while IFS=: read -r file line name; do
			kind=${name%"${name#?}"} name=${name#?}
			if [ "$kind" = '"' ] && [ -f "${file%/*}/$name" ]; then
				target=${file%/*}/$name
			elif [ -f "$name" ]; then
				target=$name
			elif [ -f "include/$name" ]; then
				target=include/$name
			elif [ "$kind" = '<' ]; then
				target="<$name>"
			else
				target="!$name"
			fi
			case $target in [!!]*../*) target=$(realpath --relative-to=. "$target") ;; esac
			echo "$file:$line:$target"
		done
}

# The table. A folder may always include itself; headers of the compiler itself are no dependence. The checker reaches the mm under
# test through shootdown/subject.h only.
allowed() {
	case $1 in
	include/*) layer=include may='^include/shootdown/' ;;
	lib/*) layer=lib may='^include/shootdown/|^lib/' ;;
	arch/*) layer=arch may='^include/shootdown/|^arch/' ;;
	kernel/*) layer=kernel may='^include/shootdown/|^kernel/|^machine/machine\.h$' ;;
	mm/*) layer=mm may='^include/shootdown/|^(kernel|mm)/|^machine/machine\.h$|^<string\.h>$' ;;
	machine/geometry.h) layer=machine/geometry.h may='^machine/count/geometry\.h$' ;;
	machine/machine.h) layer=machine/machine.h may='^include/shootdown/|^machine/geometry\.h$' ;;
	machine/format.*) layer=machine/format may='^machine/format\.h$|^<' ;;
	machine/hardware.*) layer=machine/hardware may='^include/shootdown/|^machine/(hardware|machine)\.h$|^<' ;;
	machine/*)
		layer=${1#machine/} layer=machine/${layer%%/*}
		may="^include/shootdown/|^machine/((machine|format|hardware)\\.h|event\\.def)\$|^$layer/|^<"
		[ "$layer" != machine/model ] || may="$may|^explore/agent\\.h\$"
		[ "$layer" != machine/count ] || may="$may|^explore/fiber\\.h\$"
		;;
	explore/* | lang/* | report/*) layer=${1%%/*} may="^${1%%/*}/|^<" ;;
	count/*) layer=count may='^include/shootdown/|^(kernel|mm|count)/|^machine/machine\.h$|^machine/count/count\.h$|^<' ;;
	check/*) layer=check may='^include/shootdown/|^count/count\.h$|^(lib|arch|machine|explore|lang|report|check)/|^<' ;;
	esac
	freestanding='^<(stdbool|stddef|stdint|stdarg|limits|stdalign|stdnoreturn|float|iso646)\.h>$'
	printf '%s\n' "$2" | grep -qE "$may|$freestanding"
}

includes | while IFS=: read -r file line target; do
	case $target in
	!*.inc) ;; # made by the build
	!*) echo "$file:$line: no such header: ${target#!}" ;;
	*) allowed "$file" "$target" || echo "$file:$line: $layer may not include $target" ;;
	esac
done | verdict "every #include goes in an allowed direction"

# conditionals inside function bodies, "file:line: text"
conditionals() {
	awk '
	{
		split($0, part, ":")
		text = substr($0, length(part[1]) + length(part[2]) + 3)
	}
	text == "{" { inside = 1 }
	text ~ /^}/ || part[2] == 1 { inside = 0 }
	inside && text ~ /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)/ {
		print part[1] ":" part[2] ": conditional inside a function: " text
	}'
}
stripped "c h" lib kernel mm arch | conditionals | verdict "no #if inside a function of lib, kernel, mm, arch"

# A word is a part of an identifier; strings were blanked by stripping.
names='x86|x86_64|i386|amd64|arm|arm64|aarch64|riscv|riscv64|s390|s390x|powerpc|ppc|ppc64|sparc|sparc64|loongarch|csky|mips|ia64|parisc|m68k|alpha|xtensa'
stripped "c h" include lib |
	grep -E ":[0-9]+:((.*[^A-Za-z0-9])?($names)([^A-Za-z0-9]|\$)|(.*[^A-Za-z0-9_])?(CONFIG_)?ARCH_)" |
	sed 's/$/   <- an architecture by name/' | verdict "no architecture by name in include, lib"

stripped "c h" include lib kernel mm |
	grep -E '(arch\(\)|arch)->name' | sed 's/$/   <- a test of a name/' |
	verdict "no use of the name of an architecture in include, lib, kernel, mm"

finish
