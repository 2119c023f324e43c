/* SPDX-License-Identifier: MIT */
/*
 * statement.c - the statements that describe the world: one function a statement.
 *
 * Each function begins behind the word that named its statement, and ends in front of the end of the line, which
 * read_lines() checks. An entry of an array is counted only when the whole line was good, so functions that look
 * through the array never see the entry that is being read. A limit is checked before the entry is written, even where
 * its address is taken earlier.
 */
#include <assert.h>
#include <string.h>
#include "lang/read.h"

/* Where a string is needed an empty one passes; whoever minds checks it. */
static const char *take_string(struct reader *r, const char *expected)
{
	struct token t = r->lex.token;

	assert(expected);
	if (!accept_kind(r, TOKEN_STRING))
		fail_token(r, say("%s", expected));
	return keep(r, t.text, t.len);
}

/* The message is put at the statement that is one too many. */
static void need_room(struct reader *r, const char *what, unsigned int have, unsigned int room)
{
	assert(have <= room);
	if (have == room)
		fail_token(r, say("at most %u %s in one file", room, what));
}

/* word=N */
static unsigned int take_setting(struct reader *r, unsigned int min, unsigned int max)
{
	assert(min <= max);
	need_sign(r, '=', "=");
	return take_number(r, "its value", min, max);
}

/* Every scenario says what it shows; an empty string would only pretend to. */
static void read_doc(struct reader *r)
{
	struct token t = r->lex.token;

	r->litmus->doc = take_string(r, "a string that says what the scenario shows");
	if (r->litmus->doc[0] == '\0')
		fail(r, t.at, describe(&t), say("a string that says what the scenario shows"));
}

/* Sources are shown as they are written and never opened. */
static void read_source(struct reader *r)
{
	struct litmus *l = r->litmus;

	need_room(r, "sources", l->nr_sources, LITMUS_MAX_SOURCES);
	l->sources[l->nr_sources++] = take_string(r, "a string that says where the scenario comes from");
}

/* Replaces the default, which is all of them. */
static void read_arch(struct reader *r)
{
	r->litmus->archs = take_archs(r);
}

/*
 * `before` lines may stand above this one and name CPUs, so the number is checked against them too.
 * Agents below are checked by take_cpu().
 */
static void read_cpus(struct reader *r)
{
	struct token t = r->lex.token;

	r->litmus->cpus = take_number(r, "how many CPUs", 1, LITMUS_MAX_CPUS);
	r->seen_cpus = true;
	if (r->litmus->cpus < r->named_cpus)
		fail(r, t.at, describe(&t), say("at least %u, which a line above names", r->named_cpus));
}

/*
 * At least 2, because with one level there would be no table but the root, and none to free. An mm whose tables have the form that some
 * hardware gives them has as many as that.
 */
static void read_levels(struct reader *r)
{
	unsigned int least = r->words->levels ? r->words->levels : 2;

	r->litmus->levels = take_number(r, "how many levels", least, r->words->levels ? least : LITMUS_MAX_LEVELS);
}

/* Each key may be given once, in any order; @given has a bit for each of them. */
static void read_gather(struct reader *r)
{
	static const char *const keys[] = { "bundle", "batch", "batches", "tables", "lanes", "ranges", NULL };
	static const unsigned int min[] = { 2, 2, 0, 1, 1, 0 };
	static const unsigned int max[] = { 8, 64, 64, 64, 8, 64 };
	struct litmus_gather *g = &r->litmus->gather;
	unsigned int *const values[] = { &g->bundle, &g->batch, &g->batches, &g->tables, &g->lanes, &g->ranges };
	unsigned int given = 0;

	do {
		struct token t = r->lex.token;
		int key = take_choice(r, "bundle=N, batch=N, batches=N, tables=N, lanes=N or ranges=N", keys);

		if (given & 1u << key)
			fail(r, t.at, say("%s twice", keys[key]), say("it once"));
		given |= 1u << key;
		*values[key] = take_setting(r, min[key], max[key]);
	} while (!at_line_end(r));
}

/* The words stand in the order of enum litmus_alloc. */
static void read_alloc(struct reader *r)
{
	static const char *const words[] = { "ok", "fail", "any", NULL };

	r->litmus->alloc = (enum litmus_alloc)take_choice(r, "ok, fail or any", words);
}

/* At least one, or no address space could run. */
static void read_asids(struct reader *r)
{
	r->litmus->asids = take_number(r, "how many address-space ids", 1, 64);
}

static bool take_switch(struct reader *r)
{
	static const char *const words[] = { "off", "on", NULL };

	need_sign(r, '=', "=");
	return take_choice(r, "on or off", words) == 1;
}

static void take_pri(struct reader *r)
{
	static const char *const words[] = { "off", "on", "stall", NULL };
	int choice;

	need_sign(r, '=', "=");
	choice = take_choice(r, "on, off or stall", words);
	r->litmus->set.pri = choice > 0;
	r->litmus->set.stall = choice == 2;
}

static enum litmus_memory take_memory(struct reader *r)
{
	static const char *const words[] = { "weak", "tso", "sc", NULL };

	need_sign(r, '=', "=");
	return (enum litmus_memory)take_choice(r, "weak, tso or sc", words);
}

/* The numbers of the keys are those of read_set()'s list. */
static void set_value(struct reader *r, int key)
{
	struct litmus_settings *set = &r->litmus->set;

	assert(key >= 0 && key < 8);
	switch (key) {
	case 0:
		set->ceiling = take_setting(r, 0, 1024);
		break;
	case 1:
		set->store_buffer = take_setting(r, 0, 8);
		break;
	case 2:
		set->unmap_batch = take_setting(r, 1, LITMUS_MAX_PAGES);
		break;
	case 3:
		set->lazy = take_switch(r);
		break;
	case 4:
		set->spf = take_switch(r);
		break;
	case 5:
		take_pri(r);
		break;
	case 6:
		set->in_flight = take_switch(r);
		break;
	default:
		set->memory = take_memory(r);
	}
}

/*
 * Those without a feature are of the library and the machine, the others the mm has or not. Keys that the mm does
 * not have are left out of the list, so that the message offers only what would work; @key turns the
 * position back into the number of the key.
 */
static void read_set(struct reader *r)
{
	static const char *const keys[] = { "ceiling", "store-buffer", "unmap-batch", "lazy",
					    "spf",     "pri",	       "in-flight",   "memory" };
	static const char *const features[] = { NULL, NULL, "set unmap-batch", "set lazy", "set spf", "set pri",
						NULL, NULL };
	const char *had[sizeof(keys) / sizeof(keys[0]) + 1] = { NULL };
	int key[sizeof(keys) / sizeof(keys[0])], n = 0;

	for (int i = 0; i < (int)(sizeof(keys) / sizeof(keys[0])); i++) {
		if (features[i] && !has_feature(r, features[i]))
			continue;
		had[n] = keys[i];
		key[n++] = i;
	}
	set_value(r, key[take_choice(r, any_of(had).text, had)]);
}

/*
 * No `mm` may follow a use of the `m` that nobody declared: the first declared one would silently take
 * its place.
 */
static void read_mm(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct token name;

	if (r->said_m)
		fail_token(r, say("every mm above the first statement that names one"));
	need_room(r, "mms", l->nr_mms, LITMUS_MAX_MMS);
	name = take_name(r, "a name for the mm");
	for (unsigned int i = 0; i < l->nr_mms; i++)
		if (token_is(&name, l->mms[i].name))
			fail(r, name.at, say("%s again", l->mms[i].name), say("a name that no other mm has"));
	l->mms[l->nr_mms].name = keep(r, name.text, name.len);
	if (at_word(r, "empty"))
		need_feature(r, &r->lex.token, "mm empty", "the end of the line, or an option");
	l->mms[l->nr_mms++].empty = accept_word(r, "empty");
	need_line_end(r, "empty or the end of the line");
}

static unsigned int take_pages_setting(struct reader *r)
{
	if (!accept_word(r, "pages"))
		fail_token(r, say("pages=N"));
	return take_setting(r, 1, LITMUS_MAX_PAGES);
}

/*
 * `anon` and `kernel` cannot be files, because a map names its object by the same word. The kinds are
 * listed from the second on: the page cache is what a file is without a word.
 */
static void read_file(struct reader *r)
{
	static const char *const kinds[] = { "pfn", "mixed", "hugetlb", "contiguous", NULL };
	struct litmus *l = r->litmus;
	struct litmus_file *file = &l->files[l->nr_files];
	struct token name;

	need_room(r, "files", l->nr_files, LITMUS_MAX_FILES);
	name = take_name(r, "a name for the file");
	if (token_is(&name, "anon") || token_is(&name, "kernel"))
		fail(r, name.at, describe(&name), say("a name that is not an object of map already"));
	for (unsigned int i = 0; i < l->nr_files; i++)
		if (token_is(&name, l->files[i].name))
			fail(r, name.at, say("%s again", l->files[i].name), say("a name that no other file has"));
	*file = (struct litmus_file){ .name = keep(r, name.text, name.len), .at = name.at };
	file->pages = take_pages_setting(r);
	if (at_word(r, "hugetlb"))
		need_feature(r, &r->lex.token, "file hugetlb", "pfn, mixed, or a kind of file");
	if (at_word(r, "contiguous"))
		need_feature(r, &r->lex.token, "file contiguous", "pfn, mixed, or a kind of file");
	if (!at_line_end(r))
		file->kind = (enum litmus_file_kind)(
			1 + take_choice(r, "pfn, mixed, hugetlb, contiguous or the end of the line", kinds));
	if (file->kind == LITMUS_FILE_CONTIGUOUS && file->pages % LITMUS_GROUP)
		fail(r, name.at, say("%u pages", file->pages),
		     say("a multiple of %u, which contiguous entries are for", LITMUS_GROUP));
	l->nr_files++;
}

/* ---- map ---- */

/*
 * By default a mapping goes from its first page to the end of the file. The limit for pages= is what is
 * left, so a mapping never goes beyond its file.
 */
static void read_file_part(struct reader *r, struct litmus_map *map)
{
	const struct litmus_file *file;
	unsigned int left;

	assert(map->object == LITMUS_OBJECT_FILE);
	map->file = take_file(r);
	file = &r->litmus->files[map->file];
	if (accept_sign(r, '+'))
		map->file_page = take_number(r, "a page of the file", 0, file->pages - 1);
	left = file->pages - map->file_page;
	map->pages = left;
	if (accept_word(r, "pages"))
		map->pages = take_setting(r, 1, left);
	if (file->kind == LITMUS_FILE_CONTIGUOUS && (map->file_page % LITMUS_GROUP || map->pages % LITMUS_GROUP))
		fail(r, map->at, say("pages %u to %u of %s", map->file_page, map->file_page + map->pages, file->name),
		     say("groups of %u, which contiguous entries are for", LITMUS_GROUP));
}

/*
 * What is neither anon nor kernel must be a file, and take_file() says so if it is not. One page is the
 * default for what has no file to give a size.
 */
static void read_object(struct reader *r, struct litmus_map *map)
{
	if (at_word(r, "kernel"))
		need_feature(r, &r->lex.token, "map kernel", "an object");
	if (accept_word(r, "anon"))
		map->object = LITMUS_OBJECT_ANON;
	else if (accept_word(r, "kernel"))
		map->object = LITMUS_OBJECT_KERNEL;
	else
		map->object = LITMUS_OBJECT_FILE;
	map->file = LITMUS_NONE;
	map->pages = 1;
	if (map->object == LITMUS_OBJECT_FILE)
		read_file_part(r, map);
	else if (at_word(r, "pages"))
		map->pages = take_pages_setting(r);
}

/* Every word contains r: no architecture here has pages that can be written but not read. */
unsigned int take_prot(struct reader *r)
{
	static const char *const words[] = { "r", "rw", "rx", "rwx", NULL };
	static const unsigned int prot[] = {
		LITMUS_PROT_READ,
		LITMUS_PROT_READ | LITMUS_PROT_WRITE,
		LITMUS_PROT_READ | LITMUS_PROT_EXEC,
		LITMUS_PROT_READ | LITMUS_PROT_WRITE | LITMUS_PROT_EXEC,
	};

	return prot[take_choice(r, "r, rw, rx or rwx", words)];
}

/*
 * With neither word the address is chosen by place_maps(). A mapping `near` another must be of the same
 * mm, since otherwise its place would say nothing.
 */
static void read_where(struct reader *r, struct litmus_map *map)
{
	struct token t;

	if (accept_word(r, "near")) {
		t = r->lex.token;
		map->near = take_map(r);
		if (r->litmus->maps[map->near].mm != map->mm)
			fail(r, t.at, describe(&t), say("a map of the same mm"));
	} else if (accept_word(r, "at")) {
		t = r->lex.token;
		map->start = take_value(r, "an address");
		map->fixed = true;
		if (map->start % (1ul << LITMUS_PAGE_SHIFT))
			fail(r, t.at, describe(&t), say("an address at the start of a page of 4096 bytes"));
	}
}

/*
 * A register may have been declared above, by a `before` line, so the name is compared with those too;
 * `private` is the default and may be written for clearness. What follows has one order, so that files
 * look alike and the message can show it.
 */
static void read_map(struct reader *r)
{
	struct litmus *l = r->litmus;
	struct litmus_map *map = &l->maps[l->nr_maps];
	struct token name;
	bool kernel;

	need_room(r, "maps", l->nr_maps, LITMUS_MAX_MAPS);
	name = take_name(r, "a name for the map");
	for (unsigned int i = 0; i < l->nr_maps; i++)
		if (token_is(&name, l->maps[i].name))
			fail(r, name.at, say("%s again", l->maps[i].name), say("a name that no other map has"));
	if (find_named(l->registers, l->nr_registers, &name) != LITMUS_NONE)
		fail(r, name.at, say("%.*s, which is a register", (int)name.len, name.text),
		     say("a name that no register has"));
	*map = (struct litmus_map){ .name = keep(r, name.text, name.len), .at = name.at, .near = LITMUS_NONE };
	need_sign(r, '=', "=");
	read_object(r, map);
	kernel = map->object == LITMUS_OBJECT_KERNEL;
	map->prot = take_prot(r);
	map->shared = !kernel && accept_word(r, "shared");
	if (!kernel && !map->shared)
		accept_word(r, "private");
	map->mm = kernel ? LITMUS_NONE : optional_in(r, 0);
	read_where(r, map);
	map->absent = accept_word(r, "absent");
	map->grows = !kernel && accept_word(r, "grows");
	need_line_end(r, kernel ? "what a kernel map takes next: [at VA | near B] [absent]"
				: "what map takes next: [shared|private] [in M] [at VA | near B] [absent] [grows]");
	l->nr_maps++;
}

/* ---- present, and what a map is marked with ---- */

/*
 * Each page may be present once, because a second line about it would have to win or lose against the
 * first. What an absent mapping maps would never be reached.
 */
static void check_present(struct reader *r, const struct litmus_present *p)
{
	const struct litmus *l = r->litmus;
	const struct litmus_map *map = &l->maps[p->map];

	assert(p->map != LITMUS_NONE);
	if (map->absent)
		fail(r, p->at, say("%s, which is absent at the start", map->name), say("a map that is there"));
	if (p->writable == LITMUS_RW && !(map->prot & LITMUS_PROT_WRITE))
		fail(r, p->at, say("rw"), say("ro, since %s may not be written", map->name));
	for (unsigned int i = 0; i < l->nr_presents; i++) {
		const struct litmus_present *other = &l->presents[i];

		if (other->map == p->map && p->page < other->page + other->pages && other->page < p->page + p->pages)
			fail(r, p->at, say("a page of %s that is present already", map->name),
			     say("each page once (line %u has it)", other->at.line));
	}
}

/*
 * The words stand in pairs, and the even one of a pair is its negative: word / 2 is the pair and word &
 * 1 the value. Pages are young unless the line says otherwise, as after an access.
 */
static void read_present(struct reader *r)
{
	static const char *const words[] = { "ro", "rw", "clean", "dirty", "old", "young", NULL };
	struct litmus *l = r->litmus;
	struct litmus_present *p = &l->presents[l->nr_presents];
	unsigned int given = 0;

	need_room(r, "present statements", l->nr_presents, LITMUS_MAX_PRESENTS);
	*p = (struct litmus_present){ .at = r->lex.token.at, .young = true };
	p->map = take_map(r);
	take_pages(r, l->maps[p->map].pages, true, &p->page, &p->pages);
	while (!at_line_end(r)) {
		struct token t = r->lex.token;
		int word = take_choice(r, "ro, rw, clean, dirty, young, old or the end of the line", words);

		if (given & 1u << word / 2)
			fail(r, t.at, describe(&t), say("one of %s and %s once", words[word & ~1], words[word | 1]));
		given |= 1u << word / 2;
		if (word < 2)
			p->writable = word ? LITMUS_RW : LITMUS_RO;
		else
			*(word < 4 ? &p->dirty : &p->young) = word & 1;
	}
	check_present(r, p);
	l->nr_presents++;
}

static struct litmus_map *take_marked(struct reader *r)
{
	struct token t = r->lex.token;
	struct litmus_map *map = &r->litmus->maps[take_map(r)];

	if (map->object == LITMUS_OBJECT_KERNEL)
		fail(r, t.at, describe(&t), say("a mapping of an address space"));
	return map;
}

static void read_huge(struct reader *r)
{
	take_marked(r)->huge = true;
}

static void read_uffd(struct reader *r)
{
	take_marked(r)->uffd = true;
}

static void read_numa(struct reader *r)
{
	take_marked(r)->numa = true;
}

static void read_soft_dirty(struct reader *r)
{
	take_marked(r)->soft_dirty = true;
}

/* ---- the table ---- */

static const struct {
	const char *word;
	void (*read)(struct reader *r);
	bool once;
	const char *feature; /* which the mm under test must have */
} statements[] = {
	{ "doc", read_doc, true, NULL },
	{ "source", read_source, false, NULL },
	{ "arch", read_arch, true, NULL },
	{ "cpus", read_cpus, true, NULL },
	{ "levels", read_levels, true, NULL },
	{ "gather", read_gather, true, NULL },
	{ "alloc", read_alloc, true, NULL },
	{ "asids", read_asids, true, "asids" },
	{ "set", read_set, false, NULL },
	{ "mm", read_mm, false, NULL },
	{ "file", read_file, false, NULL },
	{ "map", read_map, false, NULL },
	{ "present", read_present, false, NULL },
	{ "huge", read_huge, false, "huge" },
	{ "uffd", read_uffd, false, "uffd" },
	{ "numa", read_numa, false, "numa" },
	{ "soft-dirty", read_soft_dirty, false, "soft-dirty" },
	{ "raw", read_raw, true, NULL },
	{ "start", read_start, false, NULL },
	{ "hardware", read_hardware, false, NULL },
	{ "guest", read_guest, false, NULL },
	{ "global", read_global, false, NULL },
	{ "before", read_before, false, NULL },
};

/*
 * The check for the feature comes before the one for the place, since where to put a statement does not
 * matter to whoever cannot use it. r->agent is cleared so that no line continues an agent of a `before`
 * line across a statement.
 */
bool read_world_statement(struct reader *r)
{
	struct token t = r->lex.token;

	for (unsigned int i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (!token_is(&t, statements[i].word))
			continue;
		if (statements[i].feature)
			need_feature(r, &t, statements[i].feature, "a statement");
		if (r->placed)
			fail_token(r, say("%s, since the world stands above the agents",
					  r->litmus->nr_expects ? "an expectation" : "an agent or an expectation"));
		if (statements[i].once && r->seen & 1u << i)
			fail(r, t.at, say("%s again", statements[i].word), say("it once"));
		r->seen |= 1u << i;
		r->agent = NULL;
		lex_next(&r->lex);
		statements[i].read(r);
		return true;
	}
	return false;
}
