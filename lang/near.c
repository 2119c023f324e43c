/* SPDX-License-Identifier: MIT */
/* near.c - what somebody may have meant who wrote a name that is not there. */
#include "lang/near.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_OFFERED = 3
};

/* Letters to insert, remove, replace or swap to come from @a to @b; each name is short. */
static unsigned int distance(const char *a, size_t len_a, const char *b)
{
	enum {
		LONGEST = 40
	};
	size_t len_b = strlen(b);
	unsigned int d[LONGEST + 1][LONGEST + 1];

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

static bool starts(const char *word, const char *name, size_t len)
{
	return len > 1 && !strncmp(word, name, len);
}

/* Names at distance @wanted; 0: names that go on where this one ends. */
static unsigned int offer(const char *name, size_t len, const char *const *list, unsigned int wanted, char *text,
			  size_t size)
{
	unsigned int offered = 0;

	for (; *list && offered < MOST_OFFERED; list++) {
		size_t used = strlen(text);

		if (wanted ? distance(name, len, *list) != wanted : !starts(*list, name, len))
			continue;
		snprintf(text + used, size - used, "%s%s", offered ? " or " : "", *list);
		offered++;
	}
	return offered;
}

void near_names(const char *name, size_t len, const char *const *list, char *text, size_t size)
{
	unsigned int limit = len < 5 ? 1 : len < 9 ? 2 : (unsigned int)len / 4;

	text[0] = 0;
	for (unsigned int wanted = 1; wanted <= limit; wanted++) {
		if (offer(name, len, list, wanted, text, size))
			return;
	}
	offer(name, len, list, 0, text, size);
}
