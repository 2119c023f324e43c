# facts.awk - docs/facts.md from the list of facts and the rows that have them.
#
#	awk -f docs/page.awk -f docs/facts.awk include/shootdown/facts.def arch/*.h
#
# In facts.def an entry begins in the first column and ends with ")" at the end of a line; its strings are C literals,
# several of which may stand one behind the other. In a row ".NAME = VALUE" stands at the beginning of a line.

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

FILENAME ~ /\.h$/ && FNR == 1 {
	row = FILENAME
	gsub(/.*\/|\.h$/, "", row)
}
FILENAME ~ /\.h$/ && /^[ \t]*\.[a-z_]+ = / {
	name = $1
	sub(/^\./, "", name)
	value = $3
	gsub(/,.*/, "", value)
	if (sub(/^TLB_REACH_/, "", value))
		reach[name, value] = reach[name, value] (reach[name, value] == "" ? "" : ", ") row
	else
		has[name] = has[name] (has[name] == "" ? "" : ", ") row (value == "true" ? "" : " (" value ")")
}

function rows_of(name,    word, i, result) {
	result = has[name]
	split("IPI BROADCAST ENTRY", word, " ")
	for (i = 1; i <= 3; i++) {
		if ((name, word[i]) in reach)
			result = result (result == "" ? "" : "; ") word[i] ": " reach[name, word[i]]
	}
	return result == "" ? "none" : result
}

# ---- the page ----

END {
	print "# The facts of an architecture"
	print ""
	wrapped("", "What `struct tlb_arch` says, fact by fact: what it means, what goes wrong if it is set wrongly, where it " \
		"comes from, and which rows of `arch/` have it. " facts " facts: first those of the hardware, then the " \
		"choices of the kernel, which a host makes itself ([porting.md](porting.md)); the rows have Linux's.")
	print ""
	wrapped("", "This page is made by `make docs` from `include/shootdown/facts.def` and the rows; edit those. " \
		"`build/shootdown arch` prints it row by row.")
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
}
