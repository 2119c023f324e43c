/* SPDX-License-Identifier: MIT */
/*
 * names.c - names that stand for something declared above, and pages inside it; and what the mm under test has.
 */
#include <string.h>
#include "lang/read.h"

enum {
	NAMES_AT_ONCE = LITMUS_MAX_NAMES + 3
};

/* What is declared so far, as a list for find_word() and for the near matches. */
struct names {
	const char *list[NAMES_AT_ONCE];
	unsigned int count;
};

static void add_name(struct names *names, const char *name)
{
	names->list[names->count++] = name;
	names->list[names->count] = NULL;
}

static int take_declared(struct reader *r, const char *what, const struct names *names)
{
	struct token t = r->lex.token;
	int found = find_word(&t, names->list);

	if (t.kind != TOKEN_NAME)
		fail_token(r, say("%s", what));
	if (found == LITMUS_NONE)
		fail_unknown(r, &t, what, names->list);
	lex_next(&r->lex);
	return found;
}

int take_map(struct reader *r)
{
	struct names names = { .count = 0 };

	for (unsigned int i = 0; i < r->litmus->nr_maps; i++)
		add_name(&names, r->litmus->maps[i].name);
	return take_declared(r, "the name of a map declared above", &names);
}

int take_file(struct reader *r)
{
	struct names names = { .count = 0 };

	for (unsigned int i = 0; i < r->litmus->nr_files; i++)
		add_name(&names, r->litmus->files[i].name);
	return take_declared(r, "the name of a file declared above", &names);
}

int take_mm(struct reader *r)
{
	struct names names = { .count = 0 };

	for (unsigned int i = 0; i < r->litmus->nr_mms; i++)
		add_name(&names, r->litmus->mms[i].name);
	if (r->litmus->nr_mms == 0) {
		add_name(&names, "m");
		r->said_m = true;
	}
	return take_declared(r, "the name of an mm declared above", &names);
}

int optional_in(struct reader *r, int otherwise)
{
	return accept_word(r, "in") ? take_mm(r) : otherwise;
}

int find_named(const struct litmus_name *names, unsigned int count, const struct token *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (token_is(name, names[i].name))
			return (int)i;
	return LITMUS_NONE;
}

static uint64_t all_of(const char *const *list)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; list[i]; i++)
		bits |= 1ull << i;
	return bits;
}

/* One or more, up to the end of the line. */
uint64_t take_archs(struct reader *r)
{
	uint64_t bits = 0;

	do {
		if (accept_word(r, "all"))
			bits |= all_of(r->words->archs);
		else
			bits |= 1ull << take_choice(r, "the name of an architecture, or all", r->words->archs);
	} while (!at_line_end(r));
	return bits;
}

static unsigned int take_page(struct reader *r, unsigned int min, unsigned int limit)
{
	struct token t = r->lex.token;

	if (t.kind != TOKEN_NUMBER)
		fail_token(r, say("the number of a page"));
	if (t.number < min || t.number > limit)
		fail(r, t.at, say("page %.*s", t.len > 20 ? 20 : (int)t.len, t.text),
		     say("a page from %u to %u", min, limit));
	lex_next(&r->lex);
	return (unsigned int)t.number;
}

void take_pages(struct reader *r, unsigned int limit, bool range, unsigned int *page, unsigned int *pages)
{
	*page = 0;
	*pages = range ? limit : 1;
	if (!accept_sign(r, '.'))
		return;
	*page = take_page(r, 0, limit - 1);
	*pages = 1;
	if (range && accept_kind(r, TOKEN_DOTS))
		*pages = take_page(r, *page + 1, limit) - *page;
}

/* ---- what the mm under test has ---- */

/* All that an mm may have or not: a statement, an option, an agent, a count. */
static const char *const known_features[] = {
	"raw",	      "asids",		 "huge",     "uffd",	"numa",	   "soft-dirty", "mm empty", "file hugetlb",
	"map kernel", "set unmap-batch", "set lazy", "set spf", "set pri", "device",	 "vcpu",     "notified",
	NULL,
};

static bool is_listed(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

bool has_feature(const struct reader *r, const char *feature)
{
	return is_listed(feature, r->words->features);
}

void need_feature(struct reader *r, const struct token *token, const char *feature, const char *what)
{
	if (!has_feature(r, feature))
		fail(r, token->at, describe(token), say("%s that the mm under test has", what));
}

void check_words(struct reader *r)
{
	const struct litmus_words *words = r->words;

	for (unsigned int i = 0; words->features[i]; i++)
		if (!is_listed(words->features[i], known_features))
			fail(r, r->lex.token.at,
			     say("\"%s\" among the features of the mm under test", words->features[i]),
			     say("one that the language has"));
	for (unsigned int i = 0; words->forms[i].text; i++)
		if (i >= LITMUS_MAX_FORMS || !form_is_good(words->forms[i].text))
			fail(r, r->lex.token.at,
			     say("\"%s\" among the operations of the mm under test", words->forms[i].text),
			     say("at most %u operations, each of elements that the language has", LITMUS_MAX_FORMS));
}
