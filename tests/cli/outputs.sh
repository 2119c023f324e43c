#!/bin/sh
# What is written: whole or not at all, told when it fails, and never over something else.
# shellcheck disable=SC1091,SC2154,SC2086 # common.sh sets $work; lists of words are split on purpose
set -u
. "$(dirname "$0")/common.sh"
conditions first >"$work/first.litmus"
check="$shootdown check"

# left DIR: temporary files that were forgotten
left() {
	find "$1" -name '.*.??????' | sed 's/^/left behind: /'
}

{
	$check --json "$work/j" --svg "$work/svg" --html "$work/h" $broken >"$work/out"
	grep -q '"verdict"' "$work/j" || echo "no verdict in the JSON"
	grep -q '</svg>' "$work/svg/"*.svg || echo "no picture"
	grep -q '</html>' "$work/h" || echo "no page"
	[ "$($check --json - $broken | head -c 1)" = "{" ] || echo "--json - prints something else"
	[ "$($check --html - $broken | head -c 1)" = "<" ] || echo "--html - prints something else"
	[ -e ./- ] && echo "there is a file named -"
	for file in "$work/j" "$work/h" "$work"/svg/*; do
		[ "$(stat -c %a "$file")" = "$(umask | awk '{ print 644 }')" ] || stat -c 'mode %a of %n' "$file"
	done
	left "$work"
} 2>&1 | verdict "JSON, SVG and HTML are written"

{
	for option in json html; do
		gives 2 "/dev/full: No space left on device" $check --$option /dev/full $broken
		grep -q "^1 expectation, 0 held, 1 failed" "$work/out" || echo "--$option: the verdict is lost"
	done
	mkdir "$work/svg-full"
	ln -s /dev/full "$work/svg-full/$(cd "$work/svg" && echo *.svg)"
	gives 2 "No space left on device" $check --svg "$work/svg-full" $broken
	for command in "check $broken" "check --json - $broken" "check --html - $broken" rules arch --help --version \
		"check --help" "rules --json -" "matrix --arch x86_64 $quiet"; do
		"$shootdown" $command >/dev/full 2>"$work/out"
		status=$?
		[ $status = 2 ] || echo "$command >/dev/full: status $status"
		grep -q "standard output: No space left on device" "$work/out" || echo "$command >/dev/full: says nothing"
		[ "$(wc -l <"$work/out")" = 1 ] || echo "$command >/dev/full: says it more than once"
		"$shootdown" $command >&- 2>"$work/out"
		status=$?
		[ $status = 2 ] || echo "$command >&-: status $status"
		grep -q "standard output: Bad file descriptor" "$work/out" || echo "$command >&-: says nothing"
	done
} | verdict "what could not be written is an error"

# A limit on the size of files stands in for a disk that is full.
{
	echo "the report of yesterday" >"$work/old.html"
	(
		trap '' XFSZ
		ulimit -f 8
		$check --html "$work/old.html" $broken 2>"$work/out" | tail -n 1 >"$work/last"
	)
	grep -q "old.html: File too large" "$work/out" || cat "$work/out"
	grep -q "^1 expectation, 0 held, 1 failed" "$work/last" || echo "the verdict is lost"
	grep -q yesterday "$work/old.html" || echo "half a report has taken the place of the old one"
	left "$work"
	$check --html "$work/old.html" $broken >"$work/out"
	grep -q '</html>' "$work/old.html" || echo "a new report does not take the place of the old one"
	ln -s old.html "$work/link.html"
	$check --html "$work/link.html" $broken >"$work/out"
	[ -L "$work/link.html" ] || echo "a report has taken the place of a link"
} | verdict "a report is whole, or the old one stays"

{
	mkdir "$work/dir"
	endless="--random 1000000000000 --max-seconds 0 $quiet"
	for place in "json $work/no/such" "html $work/no/such" "svg $work/no/such" "json $work/dir" "html $work/dir" \
		"svg $work/first.litmus" "json $work/first.litmus/x"; do
		timeout 300 $check --${place%% *} "${place#* }" $endless >"$work/out" 2>"$work/err"
		status=$?
		[ $status = 2 ] || echo "--$place: status $status"
		grep -q "^shootdown: ${place#* }: " "$work/err" || echo "--$place: says nothing"
		[ -s "$work/out" ] && echo "--$place: has explored"
	done
	left "$work"
	gives 2 "first.litmus: is a scenario" $check --json "$work/first.litmus" "$work/first.litmus"
	gives 2 "first.litmus: is a scenario" $check --html "$work/dir/../first.litmus" "$work/first.litmus"
	conditions first | cmp - "$work/first.litmus"
} 2>&1 | verdict "a bad place is found before anything is explored"

{
	mkdir -p "$work/one" "$work/two"
	for dir in one two; do
		conditions same >"$work/$dir/same.litmus"
	done
	$check --arch x86_64 --svg "$work/pictures" "$work/one" "$work/two" >"$work/out"
	# Two conditions fail, with one execution each, in each of the two.
	[ "$(find "$work/pictures" -name '*.svg' | wc -l)" = 4 ] || ls "$work/pictures"
	grep -q "same ($work/one/same.litmus) on x86_64" "$work/out" || echo "one cannot tell them apart"
} | verdict "two scenarios of one name do not overwrite each other's picture"

{
	rules=$("$shootdown" rules --json - | sed -n 's/.*"rule":[[:space:]]*"\([^"]*\)".*/\1/p' | head -n 40 | paste -sd ,)
	$check --arch x86_64 --svg "$work/many" --without "$rules" litmus/gather/munmap-page-free.litmus >"$work/out"
	[ "$(find "$work/many" -name '*.svg' | wc -l)" = 1 ] || echo "not one picture: $(ls "$work/many")"
	grep -q -- "--without $rules " "$work/out" || echo "the line to replay it does not have all rules"
} 2>&1 | verdict "however many rules are off, the picture has a name, and the replay all of them"

{
	(
		$check --verbose --jobs 1 litmus 2>"$work/err"
		echo $? >"$work/status"
	) | head -n 1 >"$work/out"
	[ "$(cat "$work/status")" = 141 ] || echo "status $(cat "$work/status"), not that of SIGPIPE"
	[ -s "$work/err" ] && cat "$work/err"
	[ -s "$work/out" ] || echo "nothing was printed"
} | verdict "a reader that leaves ends the run quietly"

finish
