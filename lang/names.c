/* SPDX-License-Identifier: MIT */
/*
 * names.c - names that stand for something declared above, and pages inside it.
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
