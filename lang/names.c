/* SPDX-License-Identifier: MIT */
/*
 * names.c - names that stand for something declared above, and pages inside it; and what the mm under test has.
 *
 * Names are resolved while they are read, and only upwards: a file is read once, so a name must be declared before its
 * use. The lists are built anew for each look-up, which is cheap for so few names and keeps no second copy that could
 * be out of date.
 */
#include <assert.h>
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

/* The list always ends with NULL, as find_word() needs, so there must be a place for that too. */
static void add_name(struct names *names, const char *name)
{
	assert(names->count + 1 < NAMES_AT_ONCE);
	names->list[names->count++] = name;
	names->list[names->count] = NULL;
}

/*
 * The index into the list is the index into the array it was built from, since names are added in the
 * order of that array.
 */
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

	assert(r->litmus->nr_maps <= LITMUS_MAX_MAPS);
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

/*
 * A file without any `mm` has one called m. If `m` is used so, no `mm` may follow, because its index
 * would be taken already; r->said_m remembers it for that check.
 */
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

/* Where nothing is written, the caller decides: the first mm for programs, none for the kernel. */
int optional_in(struct reader *r, int otherwise)
{
	return accept_word(r, "in") ? take_mm(r) : otherwise;
}

/*
 * For names that agents declare by use; the struct differs from that of maps and files, so find_word()
 * does not do.
 */
int find_named(const struct litmus_name *names, unsigned int count, const struct token *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (token_is(name, names[i].name))
			return (int)i;
	return LITMUS_NONE;
}

/* The lists have at most 64 names, one for each bit. */
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

/*
 * A page is checked against its object here, so that whoever runs the scenario never meets a page
 * outside it.
 */
static unsigned int take_page(struct reader *r, unsigned int min, unsigned int limit)
{
	struct token t = r->lex.token;

	assert(min <= limit);
	if (t.kind != TOKEN_NUMBER)
		fail_token(r, say("the number of a page"));
	if (t.number < min || t.number > limit)
		fail(r, t.at, say("page %.*s", t.len > 20 ? 20 : (int)t.len, t.text),
		     say("a page from %u to %u", min, limit));
	lex_next(&r->lex);
	return (unsigned int)t.number;
}

/*
 * The range is half-open: A.2..4 is pages 2 and 3, so its end may be equal to the number of pages, and
 * must lie behind its start. An empty range cannot be written.
 */
void take_pages(struct reader *r, unsigned int limit, bool range, unsigned int *page, unsigned int *pages)
{
	assert(limit > 0);
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
	"asids",
	"huge",
	"uffd",
	"numa",
	"soft-dirty",
	"mm empty",
	"file hugetlb",
	"map kernel",
	"set unmap-batch",
	"file contiguous",
	"set lazy",
	"set spf",
	"set pri",
	"device",
	"vcpu",
	"notified",
	"cpu or",
	NULL,
};

static bool is_listed(const char *word, const char *const *list)
{
	assert(word && list);
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

bool has_feature(const struct reader *r, const char *feature)
{
	return is_listed(feature, r->words->features);
}

/*
 * Checked at the word itself, before what follows it is read, so that the message stands where the
 * feature is asked for.
 */
void need_feature(struct reader *r, const struct token *token, const char *feature, const char *what)
{
	if (!has_feature(r, feature))
		fail(r, token->at, describe(token), say("%s that the mm under test has", what));
}

/*
 * The words come from the program and not from the file, but whoever adds an mm writes them by hand.
 * Telling at the first file what is wrong is better than an operation that can never be read.
 */
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
