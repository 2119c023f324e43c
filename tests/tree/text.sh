#!/bin/sh
# The looks of the sources: first lines, white space, lengths of files and functions, shell scripts.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

max_file=600 max_function=70
folders="include lib arch kernel mm machine count explore lang report check tests bench examples"

# shellcheck disable=SC2086 # a list of folders
{
	sources "c h S def" $folders >"$work/files"
	sources "c h S def mk sh py pml litmus md" . | grep -vE '^\./(\.git|build)' | sed 's,^\./,,' >"$work/texts"
	stripped "c h" $folders | functions >"$work/functions"
}
find script .ci -type f 2>/dev/null >>"$work/texts"
[ ! -f Makefile ] || echo Makefile >>"$work/texts"

while read -r file; do
	head -n 1 "$file" | grep -q '^/\* SPDX-License-Identifier: MIT \*/$' || echo "$file:1: no SPDX line"
done <"$work/files" | verdict "every source begins with its licence"

while read -r file; do
	sed -n 2p "$file" | grep -qE '^/\*|^$' || echo "$file:2: no comment that says the file's subject"
done <"$work/files" | verdict "every source goes on with its subject"

while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -lt $max_file ] || echo "$file: $lines lines, must stay under $max_file"
done <"$work/files" | verdict "files under $max_file lines"

awk -F: -v max=$max_function '$3 > max { print $1 ":" $2 ": " $4 "() has " $3 " lines, at most " max }' \
	"$work/functions" | verdict "functions of at most $max_function lines"

# Lengths are measured by braces in the first column, so a body must not open at the end of a line.
# shellcheck disable=SC2086 # a list of folders
stripped "c h" $folders | grep -E '^[^:]*:[0-9]+:[A-Za-z_][^=]*\)[ \t]*\{$' |
	grep -vE ':[0-9]+:(typedef|struct|union|enum) ' | sed 's/$/   <- brace on its own line/' |
	verdict "a function's brace opens on a line of its own"

while read -r file; do
	grep -nE '[ 	]+$' "$file" | sed "s,^\([0-9]*\):.*,$file:\1: trailing white space,"
	[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
done <"$work/texts" | verdict "no trailing white space"

# Another release of clang-format lays out some lines in another way; the tree is held to the one that Debian 12 has.
if clang-format --version 2>/dev/null | grep -q 'version 14\.' && [ -f .clang-format ]; then
	grep '\.[ch]$' "$work/files" | xargs clang-format --dry-run 2>&1 | grep 'warning:' |
		verdict "clang-format changes nothing"
fi

# Shell scripts: by the first line, wherever they stand
while read -r file; do
	case $file in *.c | *.h | *.md) continue ;; esac
	first=$(head -n 1 "$file")
	case $first in
	'#!/bin/sh'*) sh -n "$file" 2>&1 ;;
	'#!/bin/bash'* | '#!/usr/bin/env bash'*) bash -n "$file" 2>&1 ;;
	*) continue ;;
	esac
	[ -x "$file" ] || echo "$file: not executable"
	echo "$file" >>"$work/scripts"
done <"$work/texts" | verdict "shell scripts parse and are executable"

if command -v shellcheck >/dev/null 2>&1 && [ -s "$work/scripts" ]; then
	xargs shellcheck -x -f gcc <"$work/scripts" | verdict "shellcheck finds nothing"
fi

sort -t: -k3n "$work/functions" | awk -F: '{ n[NR] = $3 } END {
	if (NR)
		printf "       %d functions, median %d lines, 95%% within %d, longest %d\n",
			NR, n[int((NR + 1) / 2)], n[int(NR * 0.95 + 0.999)], n[NR] }'
finish
