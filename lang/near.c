/* SPDX-License-Identifier: MIT */
/*
 * near.c - what somebody may have meant who wrote a name that is not there.
 *
 * The distance is that of Damerau and Levenshtein in its simple form: an exchange of two neighbours counts once. Near
 * names are offered only up to a limit that grows with the length, since for a word of three letters nearly every
 * other one is two changes away.
 */
#include "lang/near.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_OFFERED = 3
};

/*
 * Letters to insert, remove, replace or swap to come from @a to @b; each name is short. A name that is
 * too long is given a distance beyond every limit, so the table has a fixed size. The cell d[i][j] is
 * the distance of the first i letters from the first j.
 */
static unsigned int distance(const char *a, size_t len_a, const char *b)
{
	enum {
		LONGEST = 40
	};
	size_t len_b = strlen(b);
	unsigned int d[LONGEST + 1][LONGEST + 1];

	assert(a && b);
	if (len_a > LONGEST || len_b > LONGEST)
		return LONGEST;
	for (unsigned int i = 0; i <= len_a; i++) {
		for (unsigned int j = 0; j <= len_b; j++) {
			unsigned int best = i == 0 ? j : d[i - 1][j] + 1;

			if (i > 0 && j == 0)
				best = i;
			if (j > 0 && i > 0 && d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (j > 0 && i > 0 && d[i - 1][j - 1] + (a[i - 1] != b[j - 1]) < best)
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (j > 1 && i > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[len_a][len_b];
}

/* One letter would be the start of too many names. */
static bool starts(const char *word, const char *name, size_t len)
{
	return len > 1 && !strncmp(word, name, len);
}

/*
 * Names at distance @wanted; 0: names that go on where this one ends. Returns how many were offered.
 * snprintf() keeps the text inside @size; what does not fit is cut.
 */
static unsigned int offer(const char *name, size_t len, const char *const *list, unsigned int wanted, char *text,
			  size_t size)
{
	unsigned int offered = 0;

	assert(strlen(text) < size);
	for (; *list && offered < MOST_OFFERED; list++) {
		size_t used = strlen(text);

		if (wanted ? distance(name, len, *list) != wanted : !starts(*list, name, len))
			continue;
		snprintf(text + used, size - used, "%s%s", offered ? " or " : "", *list);
		offered++;
	}
	return offered;
}

/*
 * The nearest come first, and the search ends at the first distance that has any: farther names would
 * only distract. If nothing is near, the word may be the start of a longer one.
 */
void near_names(const char *name, size_t len, const char *const *list, char *text, size_t size)
{
	unsigned int limit = len < 5 ? 1 : len < 9 ? 2 : (unsigned int)len / 4;

	assert(size > 0);
	text[0] = 0;
	for (unsigned int wanted = 1; wanted <= limit; wanted++) {
		if (offer(name, len, list, wanted, text, size))
			return;
	}
	offer(name, len, list, 0, text, size);
}
