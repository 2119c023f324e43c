/* SPDX-License-Identifier: MIT */
/*
 * rules.h - every rule, for people: what each says, where it comes from, what breaks without it.
 *
 * A rule is a number from 0 on: the library's first, then those of the mm under test. Sets of rules are words
 * with one bit each, here, in struct job and in the machine; a set in a file or on a command line is a list of
 * names, which stay while numbers move.
 */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#include "check/bind.h"

/* Of a name with its end; a longer one would be cut off. */
enum {
	RULE_NAME_SIZE = 48
};

unsigned int rules_count(void); /* as many as struct machine_rules has room for, at most */
struct machine_rules rules_all(void);
struct machine_rules rules_of(const struct litmus_set *set);	     /* as a scenario or a command line has them */
struct machine_rules rules_without(const struct machine_rules *off); /* all others */
struct machine_rules rules_and_one(const struct machine_rules *rules, unsigned int nr);
bool rules_are_none(const struct machine_rules *rules);
bool rules_are_same(const struct machine_rules *a, const struct machine_rules *b);
bool rules_meet(const struct machine_rules *a, const struct machine_rules *b); /* has one a rule of the other? */
bool rules_are_among(const struct machine_rules *few, const struct machine_rules *many); /* all of them? */
/* @nr is less than rules_count(). The rule is constant. */
const struct subject_rule *rules_get(unsigned int nr);
/*
 * "lib/gather/gather.c:121": where RULE() has it, as of the build. Several places are separated by blanks;
 * what does not fit is cut off.
 */
void rules_places(unsigned int nr, char *text, unsigned int size);
/* As scenarios write it, with `-`. */
void rules_name(unsigned int nr, char *text, unsigned int size);

#endif
