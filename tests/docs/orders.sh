#!/bin/sh
# docs/ordering.md against the code: every access that orders something, and every fence, is in its table once; every hook that
# promises an order is in the other; and what a row says would show is there.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/../tree/common.sh"

page=docs/ordering.md

# ---- the code ----

# "file function() kind order" of every access to memory in these files that is more than relaxed: all the text of a function is
# one line, and of an access counts the first order that is named, which is that of success.
accesses() {
	strip "$@" | awk '
	{
		split($0, part, ":")
		file = part[1]
		text = substr($0, length(file) + length(part[2]) + 3)
	}
	file != previous { name = "outside" }
	{ previous = file }
	text ~ /^[A-Za-z_]/ && text !~ /;$/ && text ~ /\(/ {
		name = text
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
	}
	text ~ /^}/ { print file, name "()", body; body = "" }
	text !~ /^#/ { body = body " " text }' | awk '
	# @from: behind the opening parenthesis. Up to the one that closes it.
	function arguments(text, from,    at, depth, c) {
		depth = 1
		for (at = from; at <= length(text) && depth; at++) {
			c = substr(text, at, 1)
			depth += (c == "(") - (c == ")")
		}
		return substr(text, from, at - from)
	}
	{
		rest = $0
		while (match(rest, /__(atomic|sync)_[a-z_]+\(|(^|[^_a-z])(atomic|smp)_[a-z_]+\(/)) {
			kind = substr(rest, RSTART, RLENGTH - 1)
			inside = arguments(rest, RSTART + RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			order = "no order"
			if (match(inside, /__ATOMIC_[A-Z_]+/))
				order = tolower(substr(inside, RSTART + 9, RLENGTH - 9))
			sub(/^__atomic_/, "", kind)
			sub(/_n$/, "", kind)
			gsub(/_/, " ", kind)
			if (order != "relaxed")
				print $1, $2, kind, order
		}
	}'
}

# shellcheck disable=SC2046 # a list of files, none with blanks
accesses $(sources "c h" lib kernel mm include/shootdown/host) | sort >"$work/code"
[ -s "$work/code" ] || echo "none is found" >"$work/none"
touch "$work/none"
verdict "there are accesses that order something" <"$work/none"

# ---- the tables ----

# rows TITLE: the cells of the table below that heading, a row a line, one tab between two of them
rows() {
	awk -v title="## $1" '
	/^## / { inside = $0 == title }
	inside && /^\| / && !/^\| in \|/ && !/^\| hook \|/ && !/^\| # \|/ && !/^\|---/ {
		gsub(/^\| | \|$/, "")
		gsub(/ \| /, "\t")
		print
	}' "$page"
}
rows "Every access that orders" >"$work/accesses"
rows "Every order that a hook promises" >"$work/hooks"
rows "Linux's points" >"$work/points"

# The first three cells: `file`, `function()`, and `kind` order, which may stand there "N times".
awk -F '\t' -v OFS='\t' '{
	times = 1
	if (match($3, /, [0-9]+ times$/)) {
		times = substr($3, RSTART + 2) + 0
		$3 = substr($3, 1, RSTART - 1)
	}
	gsub(/`/, "")
	while (times--)
		print $1 " " $2 " " $3
}' "$work/accesses" | sort >"$work/page"
diff "$work/code" "$work/page" | sed -n "s,^< ,not in $page: ,p; s,^> ,only in $page: ,p" |
	verdict "every access that orders is in the table once"

# "hook N" of every contract that speaks of an order
awk '
function say() { if (number && ordered) print number; number = ordered = 0 }
match($0, /^(\/\*| \*) [0-9]+: /) { say(); number = substr($0, 4) + 0 }
/ORD-[0-9]|[Oo]rder: *[a-zA-Z]/ && !/[Oo]rder: *none/ { ordered = 1 }
/\*\/$/ { say() }' include/shootdown/host.h include/shootdown/host_notifiers.h | sort -n >"$work/promised"
cut -f 1 "$work/hooks" | sort -n | diff "$work/promised" - | sed -n "s,^< ,not in $page: hook ,p; s,^> ,only in $page: hook ,p" |
	verdict "every hook that promises an order is in the table once"

# ---- what a row says ----

# In a cell: `name` is a mutant or a rule; [name](path) a scenario.
cat "$work/accesses" "$work/hooks" "$work/points" >"$work/all"
# shellcheck disable=SC2016 # backticks are meant
awk -F '\t' '{ print $(NF - 1) }' "$work/accesses" "$work/hooks" | grep -o '`[a-z0-9-]*`' | tr -d '`' | sort -u | while read -r name; do
	[ -f "tests/mutants/$name.patch" ] || grep -q "($(echo "$name" | tr - _)," include/shootdown/rules.def mm/rules.def ||
		echo "$page: there is no rule and no mutant $name"
done | verdict "every rule and mutant of the tables is there"

grep -oE '\[[a-z0-9_-]+\]\([^)]*\.litmus\)' "$work/all" | tr -d '[]' | tr '()' '  ' | sort -u | while read -r name path; do
	[ -f "docs/$path" ] || echo "$page: there is no $path"
	[ "${path##*/}" = "$name.litmus" ] || echo "$page: $name leads to $path"
done | verdict "every scenario of the tables is there"

# shellcheck disable=SC2016 # backticks are meant
# The mutant of a row, and who kills it: as its head says, and in no row another one.
awk -F '\t' '{ print $(NF - 1) "\t" $NF }' "$work/accesses" "$work/hooks" | while IFS='	' read -r names where; do
	for name in $(echo "$names" | grep -o '`[a-z0-9-]*`' | tr -d '`'); do
		[ -f "tests/mutants/$name.patch" ] || continue
		head=$(sed '/^$/q' "tests/mutants/$name.patch" | grep -E '^(kill|kill-count|survives|equivalent): ')
		case $head in
		kill*.litmus*)
			killer=${head#*: }
			killer=${killer%% *}
			case $where in *"(../$killer)"*) ;; *) echo "$name: its head says $killer" ;; esac
			;;
		survives:*) case $where in *"nobody here"*) ;; *) echo "$name: nothing kills it, says its head" ;; esac ;;
		equivalent:*) case $where in *equivalent*) ;; *) echo "$name: it is equivalent, says its head" ;; esac ;;
		kill:*) case $where in *"${head#kill: }"*) ;; *) echo "$name: its head says ${head#kill: }" ;; esac ;;
		esac
	done
done | verdict "every row says what its mutants' heads say"

# A mutant that weakens an order is in a row.
grep -l '^order: ' tests/mutants/*.patch | while read -r patch; do
	name=${patch##*/}
	cut -f 4- "$work/accesses" "$work/hooks" | grep -qF "\`${name%.patch}\`" || echo "$patch: in no row of $page"
done | verdict "every mutant that weakens an order is in a row"

cut -f 1 "$work/points" | awk '$1 != NR { print "row " NR " is " $1 } END { if (NR != 67) print NR " rows" }' |
	verdict "Linux's points are there, each once"

awk -F '\t' '{ seen[$4]++ } END { printf "Whole: %d of %d; of the machine: %d; not needed: %d.\n", seen["yes"], NR, seen["raw"], seen["not needed"] }' \
	"$work/points" | while read -r sum; do grep -qF "$sum" "$page" || echo "$page does not say: $sum"; done |
	verdict "the sum of Linux's points is right"

finish
