/* SPDX-License-Identifier: MIT */
/* rules.h - every rule, for people: what each says, where it comes from, what breaks without it. */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#include "check/bind.h"

enum {
	RULE_NAME_SIZE = 48
};

/* At most 64: a set of rules is one word. */
unsigned int rules_count(void);
const struct subject_rule *rules_get(unsigned int nr);
/* "lib/gather/gather.c:121": where RULE() has it, as of the build. */
void rules_places(unsigned int nr, char *text, unsigned int size);
/* As scenarios write it, with `-`. */
void rules_name(unsigned int nr, char *text, unsigned int size);

#endif
