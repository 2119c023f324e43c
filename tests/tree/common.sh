# What the tests of the tree share: reading C without its comments, and counting. To be sourced.
#
# TREE names another tree to look at (breaks.sh does); without it, it is the one that this file is in.
# shellcheck shell=sh

cd "${TREE:-$(dirname "$0")/../..}" || exit 2
work=$(mktemp -d)
tally=$work/tally
trap 'rm -rf "$work"' EXIT

# verdict NAME: reads one line per violation; none is a pass. Counts in a file, as it ends a pipeline.
verdict() {
	cat >"$work/violations"
	if [ -s "$work/violations" ]; then
		echo failed >>"$tally"
		echo "FAILED $1"
		sed 's/^/    /' "$work/violations"
	else
		echo passed >>"$tally"
		echo "ok     $1"
	fi
}

finish() {
	echo "$(grep -c passed "$tally") passed, $(grep -c failed "$tally") failed"
	! grep -q failed "$tally"
	exit
}

# sources EXTENSIONS FOLDER...: the files in these folders with one of these endings ("c h"); folders may be missing
sources() {
	endings=$1
	shift
	for folder; do
		for ending in $endings; do
			[ ! -d "$folder" ] || find "$folder" -name "*.$ending"
		done
	done | sort
}

# strip FILE...: "file:line:text" of every line, without comments; of strings and characters only the quotes
# are left, except on #include lines. Lines that continue with a backslash stay separate.
strip() {
	[ $# = 0 ] || awk '
	FNR == 1 { inside = 0 }
	{
		text = $0
		include = !inside && text ~ /^[ \t]*#[ \t]*include/
		out = ""
		while (text != "") {
			if (inside) {
				at = index(text, "*/")
				inside = !at
				text = at ? substr(text, at + 2) : ""
				continue
			}
			at = match(text, /\/\*|\/\/|"|\047/)
			if (!at) {
				out = out text
				break
			}
			opener = substr(text, at, RLENGTH)
			out = out substr(text, 1, at - 1)
			text = substr(text, at + RLENGTH)
			if (opener == "//")
				break
			if (opener == "/*") {
				inside = 1
				continue
			}
			out = out opener
			close_at = quote_end(text, opener)
			if (include)
				out = out substr(text, 1, close_at - 1)
			out = out opener
			text = substr(text, close_at + 1)
		}
		sub(/[ \t]+$/, "", out)
		print FILENAME ":" FNR ":" out
	}
	function quote_end(s, quote,    i, c) {
		for (i = 1; i <= length(s); i++) {
			c = substr(s, i, 1)
			if (c == "\\")
				i++
			else if (c == quote)
				return i
		}
		return length(s) + 1
	}' "$@"
}

# stripped ENDINGS FOLDER...: strip() of those files
stripped() {
	# shellcheck disable=SC2046 # a list of files, none with blanks
	strip $(sources "$@")
}

# functions: from strip()'s lines, "file:first line:lines:name" of every function, the lines of its signature included
functions() {
	awk '
	{
		split($0, part, ":")
		file = part[1]
		line = part[2]
		text = substr($0, length(file) + length(line) + 3)
		if (file != previous) {
			head = 0
			inside = 0
		}
		previous = file
	}
	text == "{" && head { inside = 1 }
	text ~ /^}/ {
		if (inside)
			print file ":" head ":" line - head + 1 ":" name
		inside = head = 0
		next
	}
	!inside && text ~ /^[A-Za-z_]/ && text !~ /;$/ {
		if (!head) {
			head = line
			name = text
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
		}
	}
	!inside && (text == "" || text ~ /;$/ || text ~ /^[ \t]*#/) { head = 0 }'
}
