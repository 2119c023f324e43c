/* SPDX-License-Identifier: MIT */
/* form.c - words of an operation's form, as include/shootdown/subject.h has them, and what a sweep writes for each. */
#include "check/form.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

bool form_next_word(const char **form, char word[FORM_WORD])
{
	size_t len;

	*form += strspn(*form, " ");
	len = strcspn(*form, " ");
	assert(len < FORM_WORD);
	memcpy(word, *form, len);
	word[len] = 0;
	*form += len;
	return len > 0;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(word, *list))
			return true;
	}
	return false;
}

bool form_tells_apart(const char *word)
{
	return islower((unsigned char)word[0]) && word[1];
}

static const char *const map_words[] = { "A", "A.p", "A[.p..q]", "S", NULL };
static const char *const file_words[] = { "F", "F.p", "F[.p]", NULL };
/* What is written for them does not depend on the world. */
static const char *const plain_words[] = { "[B...]", "->", "[->", "r", "r]", "g", "=", "PROT", NULL };

/* Does a word of @form after the name equal one in @list? */
static bool form_has(const char *form, const char *const *list)
{
	char word[FORM_WORD];

	assert(form);
	form_next_word(&form, word);
	while (form_next_word(&form, word)) {
		if (is_one_of(word, list))
			return true;
	}
	return false;
}

bool form_names_file(const char *form)
{
	return form_has(form, file_words);
}

bool form_has_word(const char *form, const char *word)
{
	const char *const list[] = { word, NULL };

	return form_has(form, list);
}

/* The first word ends at a space or at the end of the form. */
bool form_is_called(const char *form, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(form, name, len) && (form[len] == ' ' || !form[len]);
}

const struct subject_use *form_use(const struct subject *subject, const char *form)
{
	const struct subject_use *use = subject->uses;

	assert(form);
	while (use && use->operation && !form_is_called(form, use->operation))
		use++;
	return use && use->operation ? use : NULL;
}

bool form_takes_page(const char *form)
{
	return form_has_word(form, "g") && form_has_word(form, "->") && !form_has_word(form, "r");
}

bool form_uses_page(const char *form)
{
	return form_has_word(form, "g") && !form_takes_page(form);
}

/* N is a number only behind `=`. */
bool form_is_plain(const char *form)
{
	bool equals = form_has_word(form, "=");
	char word[FORM_WORD];

	form_next_word(&form, word);
	while (form_next_word(&form, word)) {
		bool number = equals && !strcmp(word, "N");

		if (!number && !form_tells_apart(word) && !is_one_of(word, map_words) && !is_one_of(word, file_words) &&
		    !is_one_of(word, plain_words))
			return false;
	}
	return true;
}

/* One word of a form as thread @thread writes it; the access is the thread behind the last. Values differ between them. */
static void print_word(FILE *out, const char *word, unsigned int thread)
{
	if (is_one_of(word, map_words))
		fputs(" A", out);
	else if (is_one_of(word, file_words))
		fputs(" F", out);
	else if (!strcmp(word, "->") || !strcmp(word, "[->"))
		fputs(" ->", out);
	else if (!strcmp(word, "r") || !strcmp(word, "r]"))
		fprintf(out, " r%u", thread);
	else if (!strcmp(word, "g"))
		fprintf(out, " g%u", thread);
	else if (!strcmp(word, "N"))
		fprintf(out, " %u", thread + 1);
	else if (!strcmp(word, "PROT"))
		fputs(" r", out);
	else if (strcmp(word, "[B...]"))
		fprintf(out, " %s", word);
}

void form_print(FILE *out, const char *form, unsigned int thread)
{
	char word[FORM_WORD];

	assert(form_is_plain(form));
	form_next_word(&form, word);
	fputs(word, out);
	while (form_next_word(&form, word))
		print_word(out, word, thread);
}
