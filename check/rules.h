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

/* Fewer than 128: a set of rules is machine_rules. */
unsigned int rules_count(void);
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
