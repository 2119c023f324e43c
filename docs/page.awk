# page.awk - what the scripts that write pages of docs/ from lists share.

# The @nth string of an entry: literals with nothing but blanks between them are one.
function strings(text, nth,    part, n, i, found, result) {
	n = split(text, part, "\"")
	for (i = 2; i <= n; i += 2) {
		if (i == 2 || part[i - 1] !~ /^[ \t]*$/)
			found++
		if (found == nth)
			result = result part[i]
	}
	return result
}

# Prints @first and the words of @text in lines that are not too long; those of an item of a list are indented.
function wrapped(first, text,    word, words, i, line) {
	words = split(text, word, " ")
	line = first
	for (i = 1; i <= words; i++) {
		if (length(line) + length(word[i]) + 1 > 105) {
			print line
			line = (first ~ /^-/ ? " " : "")
		}
		line = line (line == "" ? "" : " ") word[i]
	}
	print line
}
