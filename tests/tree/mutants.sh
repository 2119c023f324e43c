#!/bin/sh
# The patches of tests/mutants/: each has a head that says what it breaks and who notices, and fits the code.
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"

patches=$(find tests/mutants -name '*.patch' 2>/dev/null | sort)
[ -n "$patches" ] || echo "there is none" >"$work/none"
touch "$work/none"
verdict "there are mutants" <"$work/none"

# "patch:word:value" of each line of a head that says who notices. A head ends with the first empty line.
for patch in $patches; do
	sed '/^$/q' "$patch" | sed -n -E "s,^(kill|kill-count|equivalent|survives|unseen): ,$patch:\1:,p"
done >"$work/heads"

# What breaks, in sentences; then who notices; then whatever explains it; then the diff.
for patch in $patches; do
	awk -v name="$patch" '
	NR == 1 && !/ .*[.]$/ { print name ": its first line is no sentence" }
	/^(kill|kill-count|equivalent|survives): ./ && !body { said++ }
	/^$/ && !body { body = NR }
	body && NR == body + 1 && !/^--- a\// { print name ": no diff behind its head" }
	END {
		if (said != 1)
			print name ": " said + 0 " lines that say who notices, not one"
		if (!body || NR == body)
			print name ": no diff"
	}' "$patch"
done | verdict "every mutant says what it breaks, and once who notices"

for patch in $patches; do
	case ${patch##*/} in *[!a-z0-9.-]*) echo "$patch: a name of small letters, digits and -" ;; esac
done | verdict "every mutant has a plain name"

# The same change or the same words twice is one mutant too many.
for patch in $patches; do
	echo "$(sed '1,/^$/d; s/^@@.*@@/@@/' "$patch" | cksum) $patch"
done | sort | awk '$1 == last { print $3 ": the same change as " name } { last = $1; name = $3 }' |
	verdict "every mutant changes something else"
for patch in $patches; do
	echo "$(head -n 1 "$patch" | cksum) $patch"
done | sort | awk '$1 == last { print $3 ": the same first line as " name } { last = $1; name = $3 }' |
	verdict "every mutant says something else"

# The scenario is there, and is for that architecture.
grep -E ':kill(-count)?:.*\.litmus ' "$work/heads" | while IFS=: read -r patch _ who; do
	scenario=${who% *} row=${who##* }
	if [ ! -f "$scenario" ] || ! grep -rqw -e "$row" arch tests/calls/rows.c; then
		echo "$patch: there is no $who"
	elif grep -q '^arch ' "$scenario" && ! grep -E '^arch ' "$scenario" | sed 's/#.*//' | tr -s '[:blank:]' '\n' |
		grep -qxE "$row|all"; then
		echo "$patch: $scenario is not for $row"
	fi
done | verdict "every scenario that a mutant names is there"

# One of the library's, or one that a rule of its folder builds.
is_test() {
	grep -q "^LIB_TESTS.* ${1##*/}\( \|\$\)" tests/lib/lib.mk || grep -qF "\$(BUILD)/$1:" "${1%/*}"/*.mk
}

grep -E ':kill(-count)?:' "$work/heads" | grep -v '\.litmus ' | while IFS=: read -r patch word who; do
	if [ "$word" != kill ] || [ ! -f "$who.c" ] || ! is_test "$who"; then
		echo "$patch: there is no test $who"
	elif ! grep -q "^$patch:unseen:." "$work/heads"; then
		echo "$patch: no line \"unseen: why no scenario notices\""
	fi
done | verdict "every test that a mutant names is there"

for patch in $patches; do
	patch -p1 -F1 --dry-run --no-backup-if-mismatch -s <"$patch" >"$work/said" 2>&1 || sed "s,^,$patch: ," "$work/said"
done | verdict "every mutant fits the code"

finish
