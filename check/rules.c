/* SPDX-License-Identifier: MIT */
/* rules.c - the books of rules, for people: made from the two rules.def, in the order of enum vm_rule. */
#include "check/rules.h"

#include <stddef.h>
#include <string.h>

#include "vm/host.h"

static const struct rule_text books[] = {
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario, "include/shootdown/rules.def" },
#include "shootdown/rules.def"
#undef RULE_DEF
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario, "vm/rules.def" },
#include "vm/rules.def"
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

void rules_name(unsigned int nr, char *text, unsigned int size)
{
	strncpy(text, books[nr].symbol, size - 1);
	text[size - 1] = 0;
	for (; *text; text++) {
		if (*text == '_')
			*text = '-';
	}
}
