/* SPDX-License-Identifier: MIT */
/* rules.c - every rule, for people: the library's in the order of its rules.def, then those of the mm under test. */
#include "check/rules.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct subject_rule library[] = {
#define RULE_DEF(rule, what, from, scenario) { #rule, what, from, scenario },
#include "shootdown/rules.def"
#undef RULE_DEF
};

enum {
	NR_LIBRARY = sizeof(library) / sizeof(library[0])
};

/* The mm's rules follow the library's, so a library rule has the same number whatever mm is checked. */
unsigned int rules_count(void)
{
	return NR_LIBRARY + checked_subject()->nr_rules;
}

struct machine_rules rules_all(void)
{
	struct machine_rules all = { { 0 } };

	for (unsigned int nr = 0; nr < rules_count(); nr++)
		machine_put_rule(&all, nr);
	return all;
}

struct machine_rules rules_of(const struct litmus_set *set)
{
	struct machine_rules rules;

	_Static_assert(sizeof(rules) == sizeof(*set), "a name that a set can have is a rule that a set can have");
	memcpy(&rules, set, sizeof(rules));
	return rules;
}

struct machine_rules rules_without(const struct machine_rules *off)
{
	struct machine_rules on = rules_all();

	for (unsigned int i = 0; i < MACHINE_RULE_WORDS; i++)
		on.word[i] &= ~off->word[i];
	return on;
}

struct machine_rules rules_and_one(const struct machine_rules *rules, unsigned int nr)
{
	struct machine_rules more = *rules;

	machine_put_rule(&more, nr);
	return more;
}

bool rules_are_none(const struct machine_rules *rules)
{
	static const struct machine_rules none;

	return rules_are_same(rules, &none);
}

bool rules_are_same(const struct machine_rules *a, const struct machine_rules *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool rules_meet(const struct machine_rules *a, const struct machine_rules *b)
{
	bool meet = false;

	for (unsigned int i = 0; i < MACHINE_RULE_WORDS; i++)
		meet |= (a->word[i] & b->word[i]) != 0;
	return meet;
}

bool rules_are_among(const struct machine_rules *few, const struct machine_rules *many)
{
	bool among = true;

	for (unsigned int i = 0; i < MACHINE_RULE_WORDS; i++)
		among &= !(few->word[i] & ~many->word[i]);
	return among;
}

const struct subject_rule *rules_get(unsigned int nr)
{
	assert(nr < rules_count());
	return nr < NR_LIBRARY ? &library[nr] : &checked_subject()->rules[nr - NR_LIBRARY];
}

/* Made by the build from every RULE() in the sources, as pairs of a rule and "file:line". */
static const struct {
	const char *symbol, *place;
} places[] = {
#include "rule_places.inc"
};

/* The places are found in the sources when the program is built, so they cannot be out of date. */
void rules_places(unsigned int nr, char *text, unsigned int size)
{
	size_t used = 0;

	assert(size > 0);
	text[0] = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && used < size; i++) {
		if (!strcmp(places[i].symbol, rules_get(nr)->symbol))
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", places[i].place);
	}
}

/* A C identifier cannot have a dash, and a command line reads better with one. */
void rules_name(unsigned int nr, char *text, unsigned int size)
{
	assert(size > 0);
	strncpy(text, rules_get(nr)->symbol, size - 1);
	text[size - 1] = 0;
	for (; *text; text++) {
		if (*text == '_')
			*text = '-';
	}
}
