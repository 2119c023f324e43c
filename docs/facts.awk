# facts.awk - docs/facts.md from the list of facts and the rows that have them.
#
#	awk -f docs/page.awk -f docs/facts.awk include/shootdown/facts.def arch/*.h
#
# In facts.def an entry begins in the first column and ends with ")" at the end of a line; its strings are C literals,
# several of which may stand one behind the other. In a row each fact, remark and name of a macro begins a line.

FILENAME ~ /\.def$/ && /^\/\* .*\. \*\/$/ {
	heading = $0
	gsub(/^\/\* *|\. *\*\/$/, "", heading)
}
FILENAME ~ /\.def$/ && /^TLB_FACT(_LAW)?\(/ {
	inside = 1
	entry = ""
}
FILENAME ~ /\.def$/ && inside {
	entry = entry $0 " "
	if (/\)$/) {
		inside = 0
		if (entry ~ /^TLB_FACT_LAW/)
			law[++laws] = strings(entry, 1)
		else
			add_fact(entry)
	}
}

function add_fact(text,    head, word) {
	head = text
	sub(/^TLB_FACT\(/, "", head)
	split(head, word, /, */)
	facts++
	kind[facts] = word[1]
	type[facts] = word[2]
	fact[facts] = word[3]
	part_of[facts] = heading
	says[facts] = strings(text, 1)
	wrong[facts] = strings(text, 2)
	from[facts] = strings(text, 3)
}

# ---- the rows ----

# What a row is stands above its first #; what it has in macros, each a list of facts, remarks and other macros.
FILENAME ~ /\.h$/ && FNR == 1 {
	row = FILENAME
	gsub(/.*\/|\.h$/, "", row)
	rows++
	row_name[rows] = row
	in_head = 1
	macro = ""
}
FILENAME ~ /\.h$/ && /^#/ {
	in_head = 0
	macro = ""
}
FILENAME ~ /\.h$/ && in_head && FNR > 1 {
	line = $0
	sub(/ *\*\/$/, "", line)
	gsub(/^\/\*|^ \*/, "", line)
	head_of[row] = head_of[row] line " "
}
FILENAME ~ /\.h$/ && /^#define TLB_(HARDWARE|CHOICES)_/ {
	line = $0
	ends = !sub(/[ \t]*\\$/, "", line)
	sub(/^#define TLB_/, "", line)
	match(line, /^[A-Za-z0-9_]*(\([^)]*\))?/)
	macro = substr(line, 1, RLENGTH)
	line = substr(line, RLENGTH + 1)
	parameters[name_of(macro)] = arguments_of(macro)
	macro = name_of(macro)
	macros_of[row] = macros_of[row] macro " "
	add_line(line)
	if (ends)
		macro = ""
	next
}
FILENAME ~ /\.h$/ && macro != "" {
	line = $0
	ends = !sub(/ *\\$/, "", line)
	add_line(line)
	if (ends)
		macro = ""
}

# NAME(ONE, TWO), or NAME alone.
function name_of(call) {
	sub(/\(.*/, "", call)
	return call
}

function arguments_of(call) {
	if (!sub(/^[^(]*\(/, "", call))
		return ""
	sub(/\).*/, "", call)
	gsub(/ /, "", call)
	return call
}

# A comment may go on over several lines; the fact that it belongs to stands in its first, or it is a remark.
function add_line(line,    rest) {
	if (in_comment) {
		sub(/^[ \t]*\*? ?/, "", line)
		in_comment = !sub(/ *\*\/.*/, "", line)
		cited[macro, items[macro]] = cited[macro, items[macro]] " " line
		return
	}
	rest = ""
	if (match(line, /\/\*.*/)) {
		rest = substr(line, RSTART + 3)
		line = substr(line, 1, RSTART - 1)
		in_comment = !sub(/ *\*\/.*/, "", rest)
	}
	gsub(/[ \t]|,[ \t]*$/, "", line)
	if (line == "" && rest == "")
		return
	items[macro]++
	item[macro, items[macro]] = line
	cited[macro, items[macro]] = rest
}

# What the parameter @value is, in a call with @arguments; what is no parameter is itself.
function argument(value, names, arguments,    name, given, n, i) {
	n = split(names, name, ",")
	split(arguments, given, ",")
	for (i = 1; i <= n; i++)
		if (name[i] == value)
			return given[i]
	return value
}

# Notes what the row has by the macro, called so, and by those that it names.
function expand(name, macro_name, arguments,    i, part, value) {
	for (i = 1; i <= items[macro_name]; i++) {
		part = item[macro_name, i]
		if (part ~ /^TLB_/) {
			sub(/^TLB_/, "", part)
			expand(name, name_of(part), arguments_of(part))
		} else if (part != "") {
			value = part
			sub(/^\.[a-z_0-9]*=/, "", value)
			gsub(/^\.|=.*/, "", part)
			value = argument(value, parameters[macro_name], arguments)
			if (value != "false" && value != "0")
				value_of[part, name] = value
		}
	}
}

function rows_of(name,    i, value, list, reach, word, result) {
	for (i = 1; i <= rows; i++) {
		if (!((name, row_name[i]) in value_of))
			continue
		value = value_of[name, row_name[i]]
		if (sub(/^TLB_REACH_/, "", value))
			reach[value] = reach[value] (reach[value] == "" ? "" : ", ") row_name[i]
		else
			list = list (list == "" ? "" : ", ") row_name[i] (value == "true" ? "" : " (" value ")")
	}
	result = list
	split("IPI BROADCAST ENTRY", word, " ")
	for (i = 1; i <= 3; i++) {
		if (word[i] in reach)
			result = result (result == "" ? "" : "; ") word[i] ": " reach[word[i]]
	}
	return result == "" ? "none" : result
}

# "all of NAME", and with what.
function called(call,    names, given, n, i, result) {
	n = split(parameters[name_of(call)], names, ",")
	split(arguments_of(call), given, ",")
	result = "all of `" name_of(call) "`"
	for (i = 1; i <= n; i++) {
		sub(/^TLB_REACH_/, "", given[i])
		result = result (i == 1 ? " with " : ", ") names[i] " = " given[i]
	}
	return result
}

# One macro: what it has, and where that comes from.
function print_macro(name,    i, part, value) {
	for (i = 1; i <= items[name]; i++) {
		part = item[name, i]
		value = part
		sub(/^\.[a-z_0-9]*=(TLB_REACH_)?/, "", value)
		if (part ~ /^TLB_/)
			part = called(substr(part, 5))
		else if (part != "")
			part = "`" substr(part, 2, index(part, "=") - 2) "`" (value == "true" ? "" : " = " value)
		wrapped("-", part (part != "" && cited[name, i] != "" ? ": " : "") cited[name, i])
	}
}

function print_row(name,    head, macros, word, i) {
	head = head_of[name]
	sub(/^[ \t]*[a-z0-9_]*\.h - /, "", head)
	print "\n### Row " name "\n"
	wrapped("", toupper(substr(head, 1, 1)) substr(head, 2))
	macros = split(macros_of[name], word, " ")
	for (i = 1; i <= macros; i++) {
		if (!items[word[i]])
			continue
		print "\n`" word[i] "`:\n"
		print_macro(word[i])
	}
}

# ---- the page ----

END {
	for (i = 1; i <= rows; i++) {
		expand(row_name[i], "HARDWARE_" row_name[i], "")
		expand(row_name[i], "CHOICES_" row_name[i], "")
	}
	print "# The facts of an architecture"
	print ""
	wrapped("", "What `struct tlb_arch` says, fact by fact: what it means, what goes wrong if it is set wrongly, where it " \
		"comes from, and which rows of `arch/` have it. " facts " facts: first those of the hardware, then the " \
		"choices of the kernel, which a host makes itself ([porting.md](porting.md)); the rows have Linux's.")
	print ""
	wrapped("", "This page is made by `make docs` from `include/shootdown/facts.def` and the rows; edit those. " \
		"`build/shootdown arch` prints it row by row. What machines differ in besides, and why no fact says it, stands in " \
		"[model.md](model.md#what-no-fact-says).")
	for (i = 1; i <= facts; i++) {
		if (kind[i] != kind[i - 1])
			print "\n## " (kind[i] == "HARDWARE" ? "Facts of the hardware" : "Choices of the kernel")
		if (part_of[i] != part_of[i - 1])
			print "\n**" part_of[i] "**"
		print "\n### " fact[i] "\n"
		if (type[i] != "bool")
			print "`" type[i] "`\n"
		wrapped("", says[i])
		print ""
		wrapped("- if it is wrong:", wrong[i])
		wrapped("- from", from[i])
		wrapped("- rows:", rows_of(fact[i]))
	}
	print "\n## What contradicts itself\n"
	wrapped("", "`tlb_arch_check()` returns the first of these that a row does not meet. A kernel asserts it at boot; " \
		"`shootdown` refuses such a row.")
	print ""
	for (i = 1; i <= laws; i++)
		wrapped("-", law[i])
	print "\n## Where each row comes from\n"
	wrapped("", "What stands in `arch/`, with the place that says so. A manual that a row calls unread is cited as others cite " \
		"it. A fact that a row leaves out without a word was found in none of its sources: unverified, as is what says so.")
	for (i = 1; i <= rows; i++)
		print_row(row_name[i])
}
