#!/bin/sh
# The contracts of the public headers: each function has one, with all of its lines, in order; what it says of asserts is in
# the code, and what the code asserts of a caller is said.
#
# A contract is the comment that begins with the function's name. Without one are hooks, which a host writes (host.h says
# how those are described): their prototypes have the name in parentheses; and what stands below a comment that says
# "not to be called".
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

lines="Context Locks Order Fails After Source"

find include/shootdown -maxdepth 1 -name '*.h' | sort >"$work/headers"

# What is said of functions, a line each: "contract|function|file|line|label|text", a label's text in one piece and "of" for
# what stands before the labels; "declared|function|file|line", with "own" or "internal" in front of the last bar; "hook|name".
# shellcheck disable=SC2046 # a list of files, none with blanks
awk '
	FNR == 1 { name = ""; inside = internal = fresh = 0 }
	/^\/\*/ { inside = 1; text = ""; name = ""; n = 0 }
	inside {
		line = $0
		closes = line ~ /\*\//
		if (n++ == 1 && match(line, /^ \* [A-Za-z_0-9]+ - /)) {
			name = substr(line, 4, RLENGTH - 6)
			at = FNR
			label = "of"
			said = ""
		}
		if (name != "" && !closes && match(line, /^ \* [A-Z][a-z]+:/)) {
			print "contract|" name "|" FILENAME "|" at "|" label "|" said
			label = substr(line, 4, RLENGTH - 4)
			said = substr(line, RLENGTH + 1)
			if (said !~ /^ *$/ && line !~ /^ \* (Context: |[A-Z]....:   |[A-Z].....:  )[^ ]/)
				label = label " (out of its column)"
		} else if (name != "" && !closes) {
			said = said " " substr(line, 4)
		}
		text = text line
		if (closes) {
			inside = 0
			fresh = 1
			internal = name == "" && text ~ /[Nn]ot to be called/
			if (name != "")
				print "contract|" name "|" FILENAME "|" at "|" label "|" said
		}
		next
	}
	match($0, /\(shootdown_[a-z_0-9]+\)\(/) { print "hook|" substr($0, RSTART + 1, RLENGTH - 3) }
	/^[a-z]/ && !/;.*=/ && match($0, /[ *][a-z_][a-z_0-9]*\(/) {
		print "declared|" substr($0, RSTART + 1, RLENGTH - 2) "|" FILENAME "|" FNR "|" \
			(internal ? "internal" : fresh && name != "" ? name : "")
	}
	!/^[ \t]*$/ && !/^#/ { fresh = 0 }' $(cat "$work/headers") >"$work/said"

# Of each public function: is there a contract above one of its declarations?
awk -F '|' '
	$1 == "hook" { hook[$2] = 1 }
	$1 == "contract" && $5 == "of" { contracts[$2]++ }
	$1 == "declared" {
		key = $2
		if (!(key in first)) {
			order[++n] = key
			first[key] = $3 ":" $4
		}
		if ($5 == "internal")
			inner[key] = 1
		if ($5 == key)
			above[key] = 1
	}
	END {
		for (i = 1; i <= n; i++) {
			key = order[i]
			if (key in hook || key in inner)
				continue
			if (!(key in above))
				print first[key] ": " key "() has no contract"
			else if (contracts[key] > 1)
				print first[key] ": " key "() has " contracts[key] " contracts"
			public++
		}
		for (key in contracts) {
			if (!(key in above))
				print "a contract of " key "(), and no such function below it"
		}
		print public + 0 >"'"$work/public"'"
	}' "$work/said" | verdict "every public function has a contract"

awk -F '|' -v lines="$lines" '
	$1 != "contract" { next }
	$5 == "of" {
		done()
		name = $2
		place = $3 ":" $4
		labels = ""
		next
	}
	{
		labels = labels (labels == "" ? "" : " ") $5
		if ($6 ~ /^ *$/)
			print place ": " name "(): nothing behind " $5
		if ($5 == "Source" && $6 !~ /^ *(Linux [A-Za-z0-9_\/-]+(\.[a-z]+)?: |none)/)
			print place ": " name "(): Source is neither \"Linux FILE: ...\" nor \"none\""
	}
	END { done() }
	function done() {
		if (name != "" && labels != lines)
			print place ": " name "() has the lines " labels ", not " lines
	}' "$work/said" | verdict "every contract has the lines $lines"

# "function|text" of each assert in the code, the condition of which can be false; and all of a contract that stands in quotes
# behind Fails.
# shellcheck disable=SC2046 # as above
cat $(cat "$work/headers") $(sources "c h" lib) | grep -vE '^ \*|^/\*' | grep -v ', true), "' |
	grep -oE '"[a-z_0-9]+: [^"]+"' | sed 's/^"\([a-z_0-9]*\): \(.*\)"$/\1|\2/' | sort -u >"$work/asserts"
awk -F '|' '$1 == "contract" && $5 == "Fails" {
		place = $2 "|" $3 ":" $4
		text = $6
		gsub(/ +/, " ", text)
		while (match(text, /"[^"]*"/)) {
			print place "|" substr(text, RSTART + 1, RLENGTH - 2)
			text = substr(text, RSTART + RLENGTH)
		}
	}' "$work/said" >"$work/quoted"

awk -F '|' 'NR == FNR { known[$2] = 1; next }
	!($3 in known) { print $2 ": " $1 "(): no assert says \"" $3 "\"" }' "$work/asserts" "$work/quoted" |
	verdict "every assert that a contract names is in the code"

awk -F '|' 'FILENAME ~ /said$/ { if ($1 == "contract" && $5 == "Fails") place[$2] = $3 ":" $4; next }
	FILENAME ~ /quoted$/ { quoted[$1 "|" $3] = 1; next }
	$1 in place && !($1 "|" $2 in quoted) { print place[$1] ": " $1 "(): Fails does not say that it asserts \"" $2 "\"" }' \
	"$work/said" "$work/quoted" "$work/asserts" | verdict "every assert of a public function is in its contract"

echo "       $(cat "$work/public") public functions"
finish
