#!/bin/sh
# What the compiler makes of the tree: each header compiles alone, and no folder has writable globals.
# Needs the objects of $BUILD.
: "${BUILD:=build}" "${CC:=cc}"
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -I. -Iinclude"
host='-DSHOOTDOWN_HOST_HEADER="mm/host.h"'

# Twice, so that a missing guard shows as well
sources h include lib arch kernel mm machine count explore lang report check | while read -r header; do
	name=\"${header#include/}\"
	# shellcheck disable=SC2086 # a list of flags
	if ! printf '#include %s\n#include %s\n' "$name" "$name" |
		$CC $flags "$host" -fsyntax-only -x c - >"$work/message" 2>&1; then
		echo "$header does not compile alone:"
		head -n 3 "$work/message"
	fi
done | verdict "each header compiles alone, and twice ($CC)"

# "object section bytes" of every writable section with something in it, and the symbols in it. Constants that the
# loader relocates (.data.rel.ro) are read-only to us.
writable() {
	objdump -h "$1" | awk -v object="$1" '
		$2 ~ /^\.(data|bss|tdata|tbss|sdata|sbss)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0*$/ {
			print object ": " $2 " has 0x" $3 " bytes that can be written" }'
	objdump -t "$1" | awk -v object="$1" '
		NF > 3 && $(NF - 2) ~ /^(\.(data|bss|tdata|tbss|sdata|sbss).*|\*COM\*)$/ && $(NF - 2) !~ /^\.data\.rel\.ro/ &&
			$NF !~ /^\./ { print object ": writable: " $NF }'
}

objects() {
	for folder; do
		[ ! -d "$BUILD/$folder" ] || find "$BUILD/$folder" -name '*.o'
	done | while read -r object; do
		# left over from a source that is gone
		source=${object#"$BUILD"/}
		[ ! -f "${source%.o}.c" ] && [ ! -f "${source%.o}.S" ] || echo "$object"
	done
}

objects lib arch kernel mm lang report check | while read -r object; do
	writable "$object"
done | verdict "no writable globals in lib, arch, kernel, mm, lang, report, check"

objects lib mm check | grep -q . || echo "no objects in $BUILD: build first" | verdict "there are objects to look at"

# A machine is one object: at most one writable symbol in all its files together; so is the explorer, whose agents know no
# machine: tests run plain programs on them.
for machine in machine/*/ explore/; do
	machine=${machine%/}
	objects "$machine" | while read -r object; do
		writable "$object" | grep ': writable: '
	done >"$work/symbols"
	[ "$(wc -l <"$work/symbols")" -le 1 ] || cat "$work/symbols"
done | verdict "a machine is one object"

finish
