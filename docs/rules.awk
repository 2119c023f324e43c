# rules.awk - docs/rules.md from the two lists of rules, the code they stand in and the scenarios that need them.
#
#	awk -f docs/page.awk -f docs/rules.awk include/shootdown/rules.def mm/rules.def lib/*/*.c mm/*.c litmus/*/*.litmus tests/calls/*.litmus
#
# Functions are named instead of lines, so that the page changes only when a rule moves.

FNR == 1 {
	section = ""
	function_name = ""
	inside = comment = 0
}

# ---- the lists ----

FILENAME ~ /\.def$/ && /^\/\*.*\*\/$/ && !/SPDX|RULE_DEF/ {
	section = $0
	gsub(/^\/\* *| *\*\/$/, "", section)
}
FILENAME ~ /\.def$/ && /^RULE_DEF\(/ {
	inside = 1
	text = ""
}
FILENAME ~ /\.def$/ && inside {
	text = text $0
	if (/\)$/)
		add_rule(text)
}

function add_rule(text,    name) {
	inside = 0
	name = text
	sub(/^RULE_DEF\(/, "", name)
	sub(/,.*/, "", name)
	rules++
	rule[rules] = name
	list[name] = FILENAME
	part_of[name] = section
	says[name] = strings(text, 1)
	from[name] = strings(text, 2)
	scenario[name] = strings(text, 3)
}

# ---- the code: the function whose body a RULE() is in; a signature begins in the first column ----

FILENAME ~ /\.c$/ && /^[a-z].*\(/ && !/;$/ {
	candidate = $0
	sub(/\(.*/, "", candidate)
	sub(/.*[ *]/, "", candidate)
}
FILENAME ~ /\.c$/ && /^\{/ { function_name = candidate }
FILENAME ~ /\.c$/ && !/^[ \t]*(\/\*| \*)/ {
	line = $0
	while (match(line, /RULE\([a-z0-9_]+\)/)) {
		add_place(substr(line, RSTART + 5, RLENGTH - 6))
		line = substr(line, RSTART + RLENGTH)
	}
}

function add_place(name,    place) {
	place = "[`" FILENAME "`](../" FILENAME "): `" function_name "()`"
	if (index(places[name] ", ", place ", "))
		return
	places[name] = places[name] (places[name] == "" ? "" : ", ") place
}

# ---- the scenarios: expect PROPERTY without RULE ----

FILENAME ~ /\.litmus$/ && /^[ \t]*expect[ \t].*[ \t]without[ \t]/ {
	sub(/#.*/, "")
	for (i = 1; i <= NF && $i != "without"; i++)
		;
	names = $(i + 1)
	if (names ~ /,/ || names == "some")
		next
	gsub(/-/, "_", names)
	file = FILENAME
	gsub(/.*\/|\.litmus$/, "", file)
	path[file] = FILENAME
	properties = $2
	gsub(/\|/, " or ", properties)
	add_break(names, file, properties)
}

function add_break(name, file, properties,    one) {
	one = "[" file "](../" path[file] ") (" properties ")"
	if (index(breaks[name], one))
		return
	# The scenario that the list names comes first.
	if (file == scenario[name])
		breaks[name] = one (breaks[name] == "" ? "" : ", " breaks[name])
	else
		breaks[name] = breaks[name] (breaks[name] == "" ? "" : ", ") one
}

# ---- the page ----

END {
	print "# The rules"
	print ""
	wrapped("", "Every safety rule once: what it says, where it stands, where it comes from, and the scenario that " \
		"breaks without it. " rules " rules in two lists. In a kernel each is the constant 1; the checker " \
		"switches one off with `--without NAME`.")
	print ""
	wrapped("", "This page is made by `make docs` from the lists, the code, `litmus/` and `tests/calls/`; edit those.")
	last_list = last_section = ""
	for (i = 1; i <= rules; i++) {
		name = rule[i]
		if (list[name] != last_list) {
			print "\n## " (list[name] ~ /^mm/ ? "What a kernel's own mm owes" : "What the library keeps") \
				" (`" list[name] "`)"
			last_section = ""
		}
		if (part_of[name] != "" && part_of[name] != last_section)
			print "\n**" part_of[name] "**"
		last_list = list[name]
		last_section = part_of[name]
		dashed = name
		gsub(/_/, "-", dashed)
		print "\n### " dashed "\n"
		wrapped("", says[name])
		print ""
		wrapped("- stands in", places[name] == "" ? "no code" : places[name])
		wrapped("- from", from[name])
		wrapped("- breaks without it:", breaks[name] == "" ? "nothing yet" : breaks[name])
	}
}
