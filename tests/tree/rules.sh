#!/bin/sh
# The lists of rules against the code and the scenarios, in every direction.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

lists="include/shootdown/rules.def mm/rules.def"

# "file:line:name:litmus" of every RULE_DEF; its last string names the scenarios, by blanks
definitions() {
	for list in $lists; do
		[ ! -f "$list" ] || awk '
		/^RULE_DEF\(/ { line = FNR; text = ""; inside = 1 }
		inside { text = text $0 " " }
		inside && /\)[ \t]*$/ {
			name = text
			sub(/^RULE_DEF\([ \t]*/, "", name)
			sub(/[ \t]*,.*/, "", name)
			count = split(text, part, "\"")
			print FILENAME ":" line ":" name ":" part[count - 1]
			inside = 0
		}' "$list"
	done
}

# "file:line:name" of every RULE(name) in the code
uses() {
	stripped "c h" include lib arch kernel mm machine explore lang report check | awk '
	/:[ \t]*#[ \t]*define/ { next }
	{
		split($0, part, ":")
		text = substr($0, length(part[1]) + length(part[2]) + 3)
		while (match(text, /(^|[^A-Za-z0-9_])RULE\([a-z0-9_]+\)/)) {
			name = substr(text, RSTART, RLENGTH)
			sub(/.*\(/, "", name)
			sub(/\)/, "", name)
			print part[1] ":" part[2] ":" name
			text = substr(text, RSTART + RLENGTH)
		}
	}'
}

# Does the comment of line $2 of file $1 stand on it or end directly above it?
has_comment() {
	sed -n "$(($2 - 1))p;$2p" "$1" | grep -q '\*/'
}

definitions >"$work/definitions"
uses >"$work/uses"

cut -d: -f3 "$work/definitions" | sort | uniq -d | sed 's/$/: defined twice/' | verdict "every rule is defined once"

grep -vE ':[a-z][a-z0-9_]*:[^:]+$' "$work/definitions" | sed 's/$/   <- not RULE_DEF(name, "…", "…", "litmus")/' |
	verdict "every rule has a name and a scenario"

while IFS=: read -r file line name litmus; do
	grep -E "^(lib|mm)/.*:$name\$" "$work/uses" >"$work/places"
	if [ ! -s "$work/places" ]; then
		echo "$file:$line: $name stands nowhere in lib/ or mm/"
	elif [ "$(wc -l <"$work/places")" -gt 1 ]; then
		while IFS=: read -r place at _; do
			has_comment "$place" "$at" || echo "$place:$at: $name: one of several places, and no comment says why"
		done <"$work/places"
	fi
done <"$work/definitions" | verdict "every rule stands in one place, or says why in more"

while IFS=: read -r file line name; do
	grep -q ":$name:" "$work/definitions" || echo "$file:$line: RULE($name) is in no rules.def"
done <"$work/uses" | verdict "every RULE() in the code is in a list"

# A rule that is off leaves something out; it never chooses a second way, so that the code shows the right program only.
# An "else" stands at its if's own depth; the lines between are deeper.
stripped "c h" include lib mm | awk '
	{
		split($0, part, ":")
		text = substr($0, length(part[1]) + length(part[2]) + 3)
		depth = match(text, /[^\t ]/)
		place = part[1] ":" part[2]
	}
	!depth || text ~ /^[\t ]*#/ { next }
	part[1] == file && guarded && depth <= guard {
		if (text ~ /^[\t ]*(} )?else/)
			print place ": an else to RULE() at line " at
		if (text !~ /^[\t ]*[{}]/ || depth < guard)
			guarded = 0
	}
	{ file = part[1] }
	text ~ /![\t ]*RULE\(/ { print place ": RULE() negated" }
	text ~ /(^|[^A-Za-z0-9_])RULE\([a-z0-9_]+\)[^;?]*\?/ { print place ": RULE() chooses between two values" }
	text ~ /if \(/ { condition = depth; at_if = part[2] }
	condition && text ~ /RULE\(/ { guarded = 1; guard = condition; at = at_if }
	text ~ /[;{)]$/ && depth <= condition || text ~ /;$/ { condition = 0 }
' | verdict "a rule that is off only leaves something out"

while IFS=: read -r file line name litmus; do
	dashed=$(echo "$name" | tr _ -)
	for scenario in $litmus; do
		path=$(find litmus tests/calls -name "$scenario.litmus" 2>/dev/null)
		if [ -z "$path" ]; then
			echo "$file:$line: $name: there is no $scenario.litmus in litmus/ or tests/calls/"
		elif ! grep -qE "^[ \t]*expect .* without ([a-z0-9-]+,)*$dashed([, \t]|\$)" "$path"; then
			echo "$path: no line \"expect … without $dashed\""
		fi
	done
done <"$work/definitions" | verdict "every rule's scenario breaks without it"

# "file:line:text" of the expectations, without comments
[ ! -d litmus ] || find litmus -name '*.litmus' | sort | while read -r file; do
	sed 's/#.*//' "$file" | grep -nE '^[ 	]*expect[ 	]' | sed "s,^,$file:,"
done >"$work/expectations"
touch "$work/expectations"

find litmus -name '*.litmus' 2>/dev/null | sort | while read -r file; do
	grep "^$file:" "$work/expectations" | grep -qv ' without ' ||
		echo "$file: expects nothing of the code with all its rules"
done | verdict "every scenario expects something with all rules on"

find litmus -name '*.litmus' 2>/dev/null | sort | while read -r file; do
	name=${file##*/}
	grep -qE "^[ 	]*litmus[ 	]+${name%.litmus}[ 	]*(#.*)?\$" "$file" || echo "$file: its first statement names another scenario"
done | verdict "every scenario bears its file's name"

find litmus -type f 2>/dev/null | sort | grep -v '\.litmus$' | sed 's/$/: is no scenario/' |
	verdict "there is nothing but scenarios in litmus"

sed -n 's/^\([^:]*:[0-9]*\):.* without  *\([a-z0-9,-]*\).*/\1:\2/p' "$work/expectations" |
	while IFS=: read -r file line list; do
		for name in $(echo "$list" | tr , ' '); do
			[ "$name" = some ] || grep -q ":$(echo "$name" | tr - _):" "$work/definitions" ||
				echo "$file:$line: no rule named $name"
		done
	done | verdict "every rule that a scenario takes away is in a list"

finish
