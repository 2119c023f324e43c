#!/bin/sh
# Wrong orders and forgotten steps, kept as patches: each is applied to a copy of the tree and built there, and whoever the
# patch names must notice it. docs/mutants.md says what a patch looks like.
#
#	tests/mutants/run.sh [--all | --sample N] [NAME...]
#
# Without arguments a sample of 12, another one every day; SAMPLE_DATE=2026-11-21 repeats that day's. JOBS (as many as
# there are CPUs) at a time, each in a copy of its own. --find NAME... runs everything, and prints all who notice a mutant.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}" "${CC:=cc}" "${JOBS:=$(nproc)}" "${SAMPLE_DATE:=$(date -u +%F)}"
# Of a make above this one: its jobs are not ours.
unset MAKEFLAGS MFLAGS MAKELEVEL

# What a mutant that nobody is said to notice is tried with: every scenario on one row of each kind, as far as this many
# states go, and for the library all of its own tests. In a sample on two rows, and not as far.
ROWS=x86_64,arm64,riscv,powerpc,s390,sparc64,hostile,m68k
STATES=20000
SAMPLE_ROWS=x86_64,arm64
SAMPLE_STATES=1000

sample=12 find=''
while [ $# -gt 0 ]; do
	case $1 in
	--all) sample=0 ;;
	--find) find='yes' ;;
	--sample)
		shift
		sample=${1-}
		case $sample in '' | *[!0-9]*) echo "run.sh: --sample needs a number" >&2 && exit 2 ;; esac
		;;
	-*) echo "usage: tests/mutants/run.sh [--all | --sample N | --find] [NAME...]" >&2 && exit 2 ;;
	*) break ;;
	esac
	shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
mkdir "$work/taken"
: >"$work/results"

# ---- which ----

# All names, in an order that is the date's, and the same everywhere.
shuffled() {
	for path in tests/mutants/*.patch; do
		stem=${path##*/}
		stem=${stem%.patch}
		echo "$(echo "$SAMPLE_DATE $stem" | cksum | cut -d ' ' -f 1) $stem"
	done | sort -n | cut -d ' ' -f 2
}

if [ $# -gt 0 ]; then
	printf '%s\n' "$@" >"$work/names"
elif [ "$sample" -gt 0 ]; then
	shuffled | head -n "$sample" >"$work/names"
	ROWS=$SAMPLE_ROWS STATES=$SAMPLE_STATES
	echo "the sample of $SAMPLE_DATE; the same again: SAMPLE_DATE=$SAMPLE_DATE tests/mutants/run.sh --sample $sample"
else
	shuffled | sort >"$work/names"
fi

# ---- one mutant, in $copy ----

# Objects come along with their dates, so that only what a patch changes is compiled again.
make_copy() {
	mkdir -p "$copy/$BUILD"
	for entry in *; do
		case $entry in "$BUILD" | build*) ;; *) cp -a "$entry" "$copy/" ;; esac
	done
	[ ! -d "$BUILD" ] || cp -a "$BUILD/." "$copy/$BUILD/"
}

# build TARGET...: warnings are no errors, as a mutant may leave something unused
build() {
	make -s -C "$copy" BUILD="$BUILD" CC="$CC" "$@" 2>&1
}

# From the program's JSON on standard input, one line a key: each expectation that does not hold, "kill" if it is one of the
# right program, else "count": one with a rule off, or on a number of flushes, tells that something moved, not that it is wrong.
expectations_failed() {
	awk -F '\t' '
	{ key = $(NF - 1); value = $NF; gsub(/^"|",?$|,$/, "", value) }
	key == "\"scenario\":" { scenario = value }
	key == "\"arch\":" { arch = value }
	key == "\"expectation\":" { expectation = value }
	key == "\"held\":" { held = value }
	key == "\"conclusive\":" && held == "false" && value == "true" {
		kind = expectation ~ / without |^expect (flushes|ipis|notified|invalidated) / ? "count" : "kill"
		print kind, scenario " on " arch ": " expectation
	}'
}

# quietly COMMAND...: in $copy. The shell inside is the one that reports a signal, so nobody reads that either.
quietly() (
	cd "$copy" || exit
	"$@"
	exit $?
) >/dev/null 2>&1

# The checker that has the operations of a scenario.
checker_of() {
	case $1 in
	tests/calls/*) echo "$BUILD/tests/calls/shootdown" ;;
	tests/generations/*) echo "$BUILD/three-bits/shootdown" ;;
	*) echo "$BUILD/shootdown" ;;
	esac
}

# Who notices? Sets $by to who, and $how to kill, count or nothing.
try_scenario() {
	: >"$copy.json"
	by="$1 on $2"
	quietly timeout 120 "$(checker_of "$1")" check --quiet --jobs 1 --json="$copy.json" --arch "$2" "$1"
	expectations_failed <"$copy.json" | sort -r >"$copy.failed"
	how=$(head -n 1 "$copy.failed" | cut -d ' ' -f 1)
}

try_test() {
	how='' by=$1
	quietly timeout 60 "$BUILD/$1" || how='kill'
}

# The library's tests, for a patch of the library.
unit_tests() {
	case $file in
	lib/* | include/*) sed -n 's/^LIB_TESTS *:= *//p' tests/lib/lib.mk | sed -E 's,([a-z_]+),tests/lib/\1,g' ;;
	esac
}

# Everything; each of those who notice on a line of "$copy.failed", tests first.
try_all() {
	: >"$copy.failed"
	for test in $(unit_tests); do
		try_test "$test"
		[ -z "$how" ] || echo "kill $test" >>"$copy.failed"
	done
	for scenarios in 'litmus/*/*.litmus' 'tests/calls/*.litmus'; do
		# shellcheck disable=SC2086 # file names
		(cd "$copy" && timeout 600 "$(checker_of "$scenarios")" check --quiet --jobs 1 --json=- --max-states=$STATES \
			--arch $ROWS $scenarios) 2>&1 | expectations_failed >>"$copy.failed"
	done
	how=$(grep -m 1 -o '^kill' "$copy.failed")
	by=$(sed -n 's/^kill //p;q' "$copy.failed")
}

# What has to be built for what the patch says.
targets() {
	case $kind in
	unit) echo "$BUILD/$who" ;;
	scenario | count) checker_of "$who" ;;
	*) echo "$BUILD/shootdown $BUILD/tests/calls/shootdown" ;;
	esac
	case $kind in equivalent | survives | find) unit_tests | sed -E "s,(^| )(tests/),\1$BUILD/\2,g" ;; esac
}

# Reads the head: $kind is scenario, count, unit, equivalent or survives; $who is who must notice; $order is set if the mutant
# only makes an order weaker: those that no scenario shows wait for a machine that obeys orders, and are counted for themselves.
read_head() {
	file=$(sed -n 's,^+++ b/,,p' "$1" | head -n 1)
	line=$(grep -m 1 -E '^(kill|kill-count|equivalent|survives): ' "$1")
	who=${line#*: } kind=${line%%:*}
	case $line in
	"kill: "*.litmus" "*) kind=scenario ;;
	"kill: "*) kind=unit ;;
	"kill-count: "*) kind=count ;;
	esac
	[ -z "$find" ] || kind='find'
	order=$(sed '/^$/q' "$1" | grep -o '^order:')
}

# $kind and $how against each other; $failure, if any, says why not.
judge() {
	case $kind:$how in
	scenario:kill | unit:kill | count:count | equivalent: | survives: | find:*) ;;
	scenario:count) failure="$by only moves a count or an expectation with a rule off: say kill-count" ;;
	count:kill) failure="$by calls it wrong with all rules on: say kill" ;;
	equivalent:* | survives:*) failure="is killed by $by" ;;
	*) failure="lives: $by notices nothing" ;;
	esac
}

mutant() {
	failure="there is no tests/mutants/$1.patch"
	[ -f "$patch" ] || return
	read_head "$patch"
	failure="its head names nobody who kills it"
	[ -n "$kind" ] || return
	said=$(patch -s -F1 -p1 -d "$copy" --no-backup-if-mismatch <"$patch" 2>&1) || {
		failure="does not apply: $said"
		return
	}
	# shellcheck disable=SC2046 # words
	said=$(build $(targets)) || {
		failure="does not build: $said"
		return
	}
	failure=
	case $kind in
	scenario | count) try_scenario "${who% *}" "${who##* }" ;;
	unit) try_test "$who" ;;
	*) try_all ;;
	esac
	judge
}

# Back, with a new date.
restore() {
	[ ! -f "$patch" ] || sed -n 's,^+++ b/,,p' "$patch" | while read -r changed; do
		cp "$changed" "$copy/$changed"
		rm -f "$copy/$changed.rej" "$copy/$changed.orig"
	done
}

# ---- all of them ----

say() {
	took=$(($(date +%s%3N) - begin))
	took=$((took / 1000)).$(printf %03d $((took % 1000)))
	if [ -n "$failure" ]; then
		printf 'FAILED    %s: %s\n' "$1" "$failure"
	elif [ "$kind" = find ]; then
		printf '%s:\n%s\n' "$1" "$(sed 's/^/    /' "$copy.failed")"
	elif [ -n "$how" ]; then
		[ "$how" = kill ] || by="$by, a count only"
		printf 'killed    %-32s by %s, %s s\n' "$1" "$by" "$took"
	else
		printf 'survived  %-32s %s: %s, %s s\n' "$1" "$kind" "$who" "$took"
	fi
	case $file in lib/* | machine/*) folder=${file%/*} ;; *) folder=${file%%/*} ;; esac
	# A weaker order that a scenario shows is a mutant like any other.
	case $order$kind in order:survives | order:unit) kind='order' ;; esac
	echo "${failure:+failed} $folder $kind" >>"$work/results"
}

worker() {
	copy=$work/copy$1
	make_copy
	while read -r name; do
		mkdir "$work/taken/$name" 2>/dev/null || continue
		patch=tests/mutants/$name.patch file='' kind='' who='' how='' by='' order=''
		begin=$(date +%s%3N)
		mutant "$name"
		say "$name"
		restore
	done <"$work/names"
}

# By folder and by who kills.
score() {
	grep "^ " "$work/results" | sort | awk '
	function row(name, n) {
		printf "| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, n["all"], n["scenario"], n["count"], n["unit"], \
			n["survives"], n["equivalent"], n["order"]
	}
	NF == 2 {
		if (folder != "" && folder != $1) {
			row(folder, here)
			delete here
		}
		folder = $1
		here[$2]++
		here["all"]++
		sum[$2]++
		sum["all"]++
		if (folder ~ /^(lib|include)/) {
			lib[$2]++
			lib["all"]++
		}
	}
	function share(name, n,   can) {
		can = n["all"] - n["equivalent"] - n["order"]
		if (can)
			printf "of %d %s that can be killed, scenarios kill %d %%, %d %% of them by a number alone; anything %d %%\n", \
				can, name, 100 * (n["scenario"] + n["count"]) / can, \
				100 * n["count"] / (n["scenario"] + n["count"] + !n["scenario"]), \
				100 * (n["scenario"] + n["count"] + n["unit"]) / can
	}
	BEGIN {
		print "| folder | mutants | scenario | count | unit test | survive | equivalent | order |"
		print "|---|---|---|---|---|---|---|---|"
	}
	END {
		if (folder != "")
			row(folder, here)
		row("all", sum)
		print ""
		share("of the library", lib)
		share("in all", sum)
	}'
}

if ! build_log=$(make -s BUILD="$BUILD" CC="$CC" "$BUILD/shootdown" 2>&1); then
	echo "$build_log"
	echo "0 passed, 1 failed"
	exit 1
fi
for number in $(seq "$JOBS"); do
	worker "$number" &
done
wait
[ -n "$find" ] || score
failed=$(grep -c '^failed' "$work/results")
echo "$(($(wc -l <"$work/results") - failed)) passed, $failed failed"
[ "$failed" = 0 ]
