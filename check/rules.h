/* SPDX-License-Identifier: MIT */
/* rules.h - the books of rules, for people: what each says, where it comes from, what breaks without it. */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

enum {
	RULE_NAME_SIZE = 48
};

struct rule_text {
	const char *symbol; /* as the code has it, with `_` */
	const char *text, *source, *litmus;
};

unsigned int rules_count(void);
const struct rule_text *rules_get(unsigned int nr);
/* "lib/gather/gather.c:121": where RULE() has it, as of the build. */
void rules_places(unsigned int nr, char *text, unsigned int size);
/* As scenarios write it, with `-`. */
void rules_name(unsigned int nr, char *text, unsigned int size);

#endif
