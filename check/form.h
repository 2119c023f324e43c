/* SPDX-License-Identifier: MIT */
/* form.h - the form of an operation (include/shootdown/subject.h), read word by word, and written down for a sweep's worlds. */
#ifndef CHECK_FORM_H
#define CHECK_FORM_H

#include <stdbool.h>
#include <stdio.h>
#include <shootdown/subject.h>

enum {
	FORM_WORD = 32, /* bytes, with the end */
};

/* The next word of *@form into @word; false: there is none. The first is the operation's name. */
bool form_next_word(const char **form, char word[FORM_WORD]);
bool form_is_called(const char *form, const char *name);
/* What the form does not say; NULL: nothing. */
const struct subject_use *form_use(const struct subject *subject, const char *form);
/* Behind the name. */
bool form_has_word(const char *form, const char *word);
bool form_names_file(const char *form);
/* As `gup A.p -> g` does; as `put g` does. */
bool form_takes_page(const char *form);
bool form_uses_page(const char *form);
/* `dontneed`, which tells forms of one name apart; g and r are operands. */
bool form_tells_apart(const char *word);
/* False: it needs what generated worlds do not have, such as a second map or a device. */
bool form_is_plain(const char *form);
/* As thread @thread does it, on the map A and the file F. Registers, taken pages and values are the thread's own. */
void form_print(FILE *out, const char *form, unsigned int thread);

#endif
