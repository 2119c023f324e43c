#!/bin/sh
# The pages that users read, against the tree and the checker: what is made is up to date, links lead somewhere,
# names of files, rules and functions exist, and every command of the guide does what the guide says.
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:=build}"
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# verdict NAME: reads one line per violation; none is a pass
verdict() {
	cat >"$work/violations"
	if [ -s "$work/violations" ]; then
		failed=$((failed + 1))
		echo "FAILED $1"
		sed 's/^/    /' "$work/violations"
	else
		passed=$((passed + 1))
		echo "ok     $1"
	fi
}

pages="README.md CONTRIBUTING.md docs/*.md"

LC_ALL=C awk -f docs/page.awk -f docs/rules.awk include/shootdown/rules.def mm/rules.def lib/*/*.c mm/*.c litmus/*/*.litmus tests/calls/*.litmus >"$work/rules.md"
diff docs/rules.md "$work/rules.md" >"$work/difference" || echo "make docs" >>"$work/difference"
verdict "docs/rules.md is what make docs would write" <"$work/difference"

LC_ALL=C awk -f docs/page.awk -f docs/facts.awk include/shootdown/facts.def arch/*.h >"$work/facts.md"
diff docs/facts.md "$work/facts.md" >"$work/difference" || echo "make docs" >>"$work/difference"
verdict "docs/facts.md is what make docs would write" <"$work/difference"

# A source is a file of Linux, a manual by the short name that the head of some row gives it, "...", the one above, or that it is
# unverified. What the made-up rows have they have from others.
names=$(cat arch/*.h | tr -s ' *\n' ' ' | grep -oE '"[A-Z][A-Za-z0-9 -]*"( \(unread\))? is ' | cut -d '"' -f 2 | sort -u | paste -sd '|')
awk -v names="$names" 'BEGIN { source = "(^|[^A-Za-z])(" names "|Linux|QEMU|unverified)([^A-Za-z]|$)|(arch|mm|kernel)/|/\\* \\.\\.\\. " }
	FILENAME ~ /hostile/ { next }
	/^#define TLB_HARDWARE_/ { inside = /\\$/; text = ""; next }
	!inside { next }
	text == "" && /^\t\./ && !/\/\*/ { print FILENAME ":" FNR ": where does this come from?" }
	/\/\*/ { text = "" }
	{ text = text $0 }
	/\*\// {
		if (text !~ source)
			print FILENAME ":" FNR ": neither a source nor \"unverified\": " text
		text = ""
	}
	!/\\$/ { inside = 0 }' arch/*.h >"$work/sources"
[ -n "$names" ] || echo "no manual has a short name" >>"$work/sources"
verdict "every fact of the hardware in a row names its source, or is unverified" <"$work/sources"

# "page target" of every link to a place in the tree
for page in $pages; do
	grep -oE '\]\([^)]+\)|(href|src)="[^"]+"' "$page" | sed -E 's/^\]\(//; s/^(href|src)="//; s/[)"]$//; s/#.*//' |
		grep -vE '^(https?:|$)' | sed "s,^,$page ,"
done | sort -u | while read -r page target; do
	[ -e "$(dirname "$page")/$target" ] || echo "$page: there is no $target"
done >"$work/links"
verdict "every link leads to a file" <"$work/links"

# Folders of the tree, and pages: both are in a table of the first page.
folders=$(git ls-files 2>/dev/null | sed -n 's,/.*,,p' | grep -v '^\.' | sort -u)
[ -n "$folders" ] || folders=$(find . -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -name 'build*' | sed 's,^\./,,')
for folder in $folders; do
	grep -q "^|.*\`$folder/" README.md || echo "README.md: its table does not have the folder $folder"
done >"$work/folders"
for page in docs/*.md; do
	grep -q "^| .docs/.*($page)" README.md || echo "README.md: its table does not have $page"
done >>"$work/folders"
for folder in include/shootdown $(echo "$folders" | grep -E '^(lib|arch|machine|kernel|mm|explore|lang|report|check|tests|bench|examples)$'); do
	grep -qE "^\| .*\`$folder(/|\`)" CONTRIBUTING.md || echo "CONTRIBUTING.md: its table does not have the folder $folder"
done >>"$work/folders"
verdict "every folder and page is in the tables of folders" <"$work/folders"
folders=$(echo "$folders" | paste -sd '|')

# Packages that script/bootstrap asks for; those whose names differ with the release are said in words.
# shellcheck disable=SC2016 # backticks are meant
sed -n '/^need_for_run/,/^need_for_bench/s/^\tneed \([^ ]*\) .*/\1/p' script/bootstrap | grep -vE '^(clang-runtime|gcc-.*|.*-cross)$' | sort -u |
	while read -r package; do
		grep -qF '`'"$package"'`' README.md || echo "README.md: the package $package"
	done >"$work/packages"
verdict "the first page names the packages that are installed" <"$work/packages"

# Numbers that the first page gives of the tree
{
	hooks=$(grep -cE '^(/\*| \*) [0-9]+: ' include/shootdown/host.h)
	optional=$(sed '1,/all hooks, by number/d' include/shootdown/host.h | grep -c 'Optional')
	rows=$(grep -c '^#include "' arch/rows.def)
	cpus=$(sed -n 's/^\tMACHINE_MAX_CPUS = \([0-9]*\),.*/\1/p' machine/geometry.h)
	[ "$optional" = 10 ] && optional=ten
	for words in "$hooks small hooks" "$optional of them optional" "there are $((rows - 3)), variants among them, and three made-up rows" "of up to $cpus CPUs"; do
		tr '\n' ' ' <README.md | tr -s ' ' | grep -qF "$words" || echo "README.md: not \"$words\""
	done
} >"$work/numbers"
verdict "the first page's numbers are those of the tree" <"$work/numbers"

# limit NAME FILE: the number that the tree has
limit() {
	sed -n "s/^	$1 = \\([0-9]*\\),.*/\\1/p" "$2"
}
{
	for words in "Up to $(limit MACHINE_MAX_CPUS machine/geometry.h) CPUs and $(limit LITMUS_MAX_AGENTS lang/litmus.h) agents" \
		"and $(limit MACHINE_MAX_FRAMES machine/geometry.h) frames" "tables of $(limit MACHINE_TABLE_ENTRIES machine/geometry.h) entries" \
		"more than $(limit MODEL_HELD machine/model/model.h) stale translations"; do
		tr '\n' ' ' <docs/caveats.md | tr -s ' ' | grep -qF "$words" || echo "docs/caveats.md: not \"$words\""
	done
} >"$work/numbers"
verdict "the limits in docs/caveats.md are those of the tree" <"$work/numbers"

# bare: C without comments and empty lines
bare() {
	sed -E 's,[ 	]*/\*.*\*/,,' | grep -v '^[ 	]*$'
}

# shellcheck disable=SC2016 # backticks are meant
sed -n '/^```c$/,/^```$/p' README.md | grep -v '^```' | bare >"$work/shown"
sed -n '/^static void munmap(/,/^}/p' examples/minimal/minimal.c | bare | diff "$work/shown" - >"$work/difference"
[ -s "$work/shown" ] || echo "README.md shows no code" >>"$work/difference"
verdict "the first page's code is that of the example" <"$work/difference"

# Paths between backticks, which begin with a folder of the tree
# shellcheck disable=SC2016 # backticks are meant
for page in $pages; do
	grep -oE '`('"$folders"')/[A-Za-z0-9_./-]*`' "$page" |
		tr -d '`' | sed "s,^,$page ,"
done | sort -u | while read -r page path; do
	case $path in */NAME.* | */FOLDER*) continue ;; esac
	[ -e "$path" ] || echo "$page: there is no $path"
done >"$work/paths"
verdict "every file that a page names is there" <"$work/paths"

# In the pages about the code: name() between backticks; a paragraph that says "In Linux" may name Linux's own too.
cat include/shootdown/*.h lib/*/*.c kernel/*.[ch] mm/*.[ch] machine/*.h machine/model/*.[ch] examples/minimal/*.[ch] >"$work/code"
# shellcheck disable=SC2016 # backticks are meant
for page in docs/model.md docs/ordering.md docs/caveats.md docs/guide.md docs/founding.md; do
	grep -oE '`[a-z_0-9]+\(\)`' "$page" | tr -d '`()' | sed "s,^,$page ,"
done | sort -u | while read -r page name; do
	grep -qE "(^|[^a-z_0-9])$name\(" "$work/code" || awk -v RS= '/In Linux/' "$page" | grep -qF "$name()" ||
		echo "$page: there is no $name()"
done >"$work/names"
# Names that only we give, on every page but docs/errata.md, which says how things were called then
# shellcheck disable=SC2016,SC2086 # backticks are meant; pages are words
grep -oE '`(tlb|shootdown|machine|model|agent|subject|lines)_[a-z_0-9]+\(\)`' $pages CHANGELOG.md | tr -d '`()' | sort -u | while IFS=: read -r page name; do
	[ "$page" = docs/errata.md ] || grep -rqE "(^|[^a-z_0-9])$name\(" include lib machine explore check mm kernel || echo "$page: there is no $name()"
done >>"$work/names"
verdict "every function that a page names is there" <"$work/names"

# docs/model.md says in which file of the model a function is: `file`: `name()`, `name()`
# shellcheck disable=SC2016 # backticks are meant
tr '\n' ' ' <docs/model.md | grep -oE '`[a-z_]+\.[ch]`(: *`[a-z_]+\(\)`(, *`[a-z_]+\(\)`)*)?' | while IFS= read -r place; do
	file=machine/model/$(echo "$place" | cut -d '`' -f 2)
	[ -e "$file" ] || echo "docs/model.md: there is no $file"
	for name in $(echo "$place" | grep -oE '[a-z_]+\(\)' | tr -d '()'); do
		grep -qsE "^[A-Za-z].*[ *]$name\(.*[^;]$" "$file" || echo "docs/model.md: $file has no $name()"
	done
done >"$work/places"
verdict "every function is in the file where docs/model.md says it is" <"$work/places"

# In tables of what shows an axiom a name alone is a raw scenario, and one with "in FILE" behind it a test.
# shellcheck disable=SC2016 # backticks are meant
sed -n '/^## .*shows/,/^## /p' docs/model.md docs/weak.md | grep '^| ' | cut -d '|' -f 3 >"$work/shown"
# shellcheck disable=SC2016 # backticks are meant
{
	grep -oE '`[a-z_]+`( in `[a-z/.]+`)' "$work/shown" | tr -d '`' | sed 's/ in / /' | while read -r name file; do
		grep -qs "$name(" "$file" || echo "$file has no $name()"
	done
	for axiom in $(grep -oE '^\*\*M[0-9]+' docs/model.md | tr -d '*'); do
		grep -qE "^\| (M[0-9]+, )?${axiom}[,:]" docs/model.md || echo "docs/model.md: nothing shows $axiom"
	done
	grep -oE '`[a-z0-9-]+`' "$work/shown" | tr -d '`' | sort -u | while read -r name; do
		ls litmus/*/"$name.litmus" >/dev/null 2>&1 || echo "there is no $name.litmus"
	done
} >"$work/axioms"
[ -s "$work/shown" ] || echo "no table of what shows an axiom" >>"$work/axioms"
verdict "what shows an axiom is there" <"$work/axioms"

# Mutants whose head has this line, without those in which only an order is weaker
headed() {
	for patch in tests/mutants/*.patch; do
		sed '/^$/q' "$patch" >"$work/head"
		! grep -q "^$1" "$work/head" || grep -q '^order: ' "$work/head" || basename "$patch" .patch
	done
}

# listed FROM TO: the mutants in the first column of docs/mutants.md between these lines
listed() {
	sed -n "/^$1/,/^$2/s/^| \(\`[^|]*\) |.*/\1/p" docs/mutants.md | grep -oE '[a-z-]+' | sort
}
{
	headed 'survives: ' >"$work/survive"
	listed '## What survives' '## Orders' | diff "$work/survive" -
	headed 'kill: tests/\(lib\|check\)/' >"$work/unit"
	listed 'Why only a test' '## What survives' | diff "$work/unit" -
} >"$work/mutants"
verdict "docs/mutants.md has the mutants that survive, and those that only a test sees" <"$work/mutants"

{
	for page in docs/ordering.md docs/guide.md; do
		grep -oE '(\| |--without |`)[a-z]+(-[a-z]+)+' "$page" | sed -E 's/^(\| |--without |`)//' | sed "s,^,$page ,"
	done
	grep -oE '(--without |rule `)[a-z]+(-[a-z]+)+' README.md | sed -E 's/^(--without |rule `)/README.md /'
} | sort -u | while read -r page name; do
	underscored=$(echo "$name" | tr - _)
	[ "$name" = flush-before-fre ] || ls litmus/*/"$name.litmus" >/dev/null 2>&1 || grep -q "($underscored," include/shootdown/rules.def mm/rules.def ||
		[ -f "tests/mutants/$name.patch" ] || echo "$page: there is no rule and no mutant $name"
done >"$work/rules"
verdict "every rule that a page names is in a list" <"$work/rules"

# Tables of docs/founding.md: five cells a row, none empty; the places that it links to within a page, and what its commands are about.
# shellcheck disable=SC2016 # backticks are meant
{
	grep '^| ' docs/founding.md | awk '{
		line = $0
		gsub(/^\| | \|$/, "")
		if (split($0, cell, / \| /) != 5)
			print "not five cells: " line
		for (i in cell)
			if (cell[i] ~ /^[-* ]*$/ && cell[i] != "---")
				print "an empty cell: " line
	}'
	grep -oE '\]\((rules|facts)\.md#[a-z0-9_-]+\)' docs/founding.md | tr -d '])(' | sort -u | while IFS='#' read -r page place; do
		grep -qE "^###? .*$(echo "$place" | sed 's/^row-/Row /')\$" "docs/$page" || echo "$page has no $place"
	done
	grep -oE '`(build/(shootdown|tests)|tests/docs)[^`]*`' docs/founding.md README.md | cut -d '`' -f 2 | tr ' ,' '[\n*]' | sort -u | while read -r word; do
		case $word in
		build/tests/ | build/tests/calls/shootdown) ;;
		build/tests/*) [ -f "${word#build/}.c" ] || echo "no test ${word#build/}" ;;
		litmus/* | tests/*) [ -f "$word" ] || echo "there is no $word" ;;
		esac
	done
} >"$work/founding"
[ "$(grep -c '^| ' docs/founding.md)" -gt 100 ] || echo "docs/founding.md: no tables" >>"$work/founding"
verdict "docs/founding.md has no empty cell, and what it names is there" <"$work/founding"

# ---- the guide, played ----

# Pieces of the guide in their order: "F first" (a new file), "A text" (a line more), "C n" (console block n)
mkdir -p "$work/play/build"
ln -s "$BUILD/shootdown" "$work/play/build/shootdown"
awk -v dir="$work" '
/^```litmus$/ { kind = "litmus"; text = ""; next }
/^```console$/ { kind = "console"; block++; file = dir "/block" block; printf "" >file; next }
/^```$/ {
	if (kind == "litmus") {
		piece++
		printf "%s", text >(dir "/piece" piece)
		print (text ~ /^litmus / ? "new" : "add"), piece
	} else if (kind == "console")
		print "run", block
	kind = ""
}
kind == "litmus" { text = text $0 "\n" }
kind == "console" { print >file }' docs/guide.md >"$work/script"

# plain: without what differs from one run or compiler to the next: counts of what was explored, times, chances, traces; lines of
# the code, which move; one blank for many; and the folder in which the guide is played is where its reader stands
plain() {
	sed -E "s,$work/play/,,g;"'s/--trace [0-9a-fx.,:+_]+/--trace T/; s/, [0-9.]+$/, T/; s/(\.[ch]):[0-9]+/\1:N/g; s/[0-9][0-9,]* to [0-9][0-9,]*/N/g
		s/[0-9][0-9,]* random executions/N random executions/; s/[0-9][0-9,.]* (states|transitions|executions|s)\b/N \1/g; s/(probability|chance)(.*) at most [0-9.e-]+/\1\2 at most N/
		s/[ \t]+/ /g; s/ $//'
}

# play BLOCK: runs its commands; says which lines of the guide the checker did not print
play() {
	while IFS= read -r line; do
		case $line in
		'$ '*)
			command=${line#'$ '}
			case $command in
			*replay*) command=${command%--trace*}"--trace $trace" ;;
			# A tenth of it, however busy the machine is; the number is shorter by a digit, and the lines break where they do in the guide.
			*--random\ 100000\ *) command="COLUMNS=99 ${command%100000 *}10000 ${command#*100000 } --max-seconds 0" ;;
			esac
			(cd "$work/play" && COLUMNS=100 LC_ALL=C.UTF-8 sh -c "$command") >"$work/output" 2>&1 </dev/null
			status=$?
			[ $status -le 1 ] || grep -q expected "$work/output" || echo "\$ $command: status $status"
			found=$(sed -n 's/.*--trace \([0-9a-fx.,:+_]*\).*/\1/p' "$work/output" | head -n 1)
			[ -z "$found" ] || trace=$found
			plain <"$work/output" >"$work/plain"
			;;
		'' | ...) ;;
		*)
			echo "$line" | plain >"$work/line"
			grep -qxF -f "$work/line" "$work/plain" && continue
			echo "not printed any more: $line"
			# What has taken its place, if only numbers are others
			sed -E 's/[0-9]+/N/g' "$work/plain" | grep -nxF "$(sed -E 's/[0-9]+/N/g' "$work/line")" | head -n 1 |
				while IFS=: read -r number _; do echo "but:                  $(sed -n "${number}p" "$work/output")"; done
			;;
		esac
	done <"$work/block$1"
}

trace=
while read -r what number; do
	case $what in
	new) cp "$work/piece$number" "$work/play/first.litmus" ;;
	add)
		# The third expectation replaces the second.
		grep -v '^expect .* without' "$work/play/first.litmus" >"$work/rest"
		cat "$work/rest" "$work/piece$number" >"$work/play/first.litmus"
		;;
	run)
		play "$number" >"$work/wrong"
		verdict "guide: $(sed -n '1s/^\$ build.shootdown //p' "$work/block$number" | cut -c 1-60)" <"$work/wrong"
		;;
	esac
done <"$work/script"
for file in report.html run.json pictures/first-x86_64-without-flush-before-free.svg; do
	[ -s "$work/play/$file" ] || echo "no $file"
done >"$work/files"
verdict "guide: the files it speaks of are written" <"$work/files"

# ---- the picture of the first page ----

# The last box has the line that replays it, with whole paths: how it wraps, and so how high the picture is, depends on the
# folder.
shapes() {
	sed '/^<svg /d; /class="sd-paper"/d; / replay /,$d' "$1" | sed '$d'
}

# said PICTURE: its words, with paths from the top of the tree
said() {
	sed 's/<[^>]*>//g' "$1" | tr '\n' ' ' | sed "s,$BUILD/,build/,g; s,$PWD/,,g"
}

committed=docs/munmap-vs-unmap_mapping_range.svg
# What the text beside it says of its CPUs, by the marks of the picture
while IFS=: read -r mark cpu words; do
	tr '\n' ' ' <README.md | grep -qF "$cpu$words" || echo "README.md does not say \"$cpu$words\""
	grep -q "^Step [0-9]*, $cpu: .*; $mark\." "$committed" || echo "$committed: $cpu has no step \"$mark\""
done <<END >"$work/beside"
cleared:cpu 0: clears the entry
freed:cpu 2:, the driver, finds nothing to unmap and frees its page
STALE:cpu 1: writes to the page through the translation it still holds
END
verdict "the text beside the picture says what it shows" <"$work/beside"
"$BUILD/shootdown" check --quiet --jobs 1 --svg "$work/pictures" --arch x86_64 --without pfn-flush-before-unlink \
	litmus/rmap/munmap-vs-unmap_mapping_range.litmus >"$work/output" 2>&1
status=$?
drawn=$(find "$work/pictures" -name '*.svg')
{
	[ $status = 1 ] || echo "status $status, expected 1"
	[ -s "$drawn" ] || echo "no picture"
} >"$work/wrong_picture"
for part in shapes said; do
	$part "$committed" >"$work/committed"
	[ ! -s "$drawn" ] || $part "$drawn" >"$work/drawn"
	grep -q . "$work/committed" || echo "$committed: no $part"
	diff "$work/committed" "$work/drawn" >"$work/difference" || {
		head -n 6 "$work/difference" | cut -c 1-300
		echo "make docs"
	}
done >>"$work/wrong_picture" 2>&1
verdict "the race of the first page is found, and $committed is what make docs would draw" <"$work/wrong_picture"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
