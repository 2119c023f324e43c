/* SPDX-License-Identifier: MIT */
/* rules.c - the books of rules, for people: made from the two rules.def, in the order of enum vm_rule. */
#include "check/rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "mm/host.h"

static const struct rule_text books[] = {
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario },
#include "shootdown/rules.def"
#undef RULE_DEF
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario },
#include "mm/rules.def"
#undef RULE_DEF
};

_Static_assert(sizeof(books) / sizeof(books[0]) == RULES, "one text a rule");
_Static_assert(RULES <= 64, "a set of rules is one word");

unsigned int rules_count(void)
{
	return RULES;
}

const struct rule_text *rules_get(unsigned int nr)
{
	return &books[nr];
}

static const struct {
	const char *symbol, *place;
} places[] = {
#include "rule_places.inc"
};

void rules_places(unsigned int nr, char *text, unsigned int size)
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && used < size; i++) {
		if (!strcmp(places[i].symbol, books[nr].symbol))
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", places[i].place);
	}
}

void rules_name(unsigned int nr, char *text, unsigned int size)
{
	strncpy(text, books[nr].symbol, size - 1);
	text[size - 1] = 0;
	for (; *text; text++) {
		if (*text == '_')
			*text = '-';
	}
}
